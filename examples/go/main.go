// A small site of net/http: pages, work that waits, uploads, an answer that comes in parts.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/websocket"
)

func main() {
	http.HandleFunc("/", hello)
	http.HandleFunc("/work", work)
	http.HandleFunc("/upload", upload)
	http.HandleFunc("/request", request)
	http.HandleFunc("/stream", stream)
	http.Handle("/echo", websocket.Handler(echo))
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	log.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+port, nil))
}

func hello(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintln(w, "Hello from Go on Paddock. Try /work?wait=100, /request and /stream.")
}

// work takes as long as a database would; a POST is read first.
func work(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	wait, _ := strconv.Atoi(r.URL.Query().Get("wait"))
	time.Sleep(time.Duration(wait) * time.Millisecond)
	answer(w, map[string]any{"release": os.Getenv("PADDOCK_RELEASE")})
}

func upload(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	size, err := io.Copy(hash, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, map[string]any{"bytes": size, "sha256": hex.EncodeToString(hash.Sum(nil))})
}

// request tells what the application knows of a visitor. Its log has the request's id, as the proxy's has.
func request(w http.ResponseWriter, r *http.Request) {
	headers := map[string]string{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	line, _ := json.Marshal(map[string]string{"event": "asked", "request_id": headers["x-request-id"], "path": r.URL.Path})
	fmt.Println(string(line))
	answer(w, map[string]any{"scheme": headers["x-forwarded-proto"], "host": r.Host, "client": headers["x-forwarded-for"], "worker": os.Getpid(), "headers": headers})
}

// stream writes ten lines, each as soon as it is there: the header asks the proxy not to collect them.
func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("X-Accel-Buffering", "no")
	for line := 1; line <= 10; line++ {
		fmt.Fprintln(w, line)
		w.(http.Flusher).Flush()
		time.Sleep(200 * time.Millisecond)
	}
}

// echo says what comes by a WebSocket again.
func echo(connection *websocket.Conn) {
	io.Copy(connection, connection)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}
