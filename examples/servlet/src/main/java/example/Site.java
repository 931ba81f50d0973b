package example;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** A small servlet with what a site does: pages, work that waits, uploads, an answer that comes in parts. */
@WebServlet({"", "/work", "/upload", "/request", "/stream"})
public class Site extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getServletPath()) {
            case "/work" -> work(request, response);
            case "/request" -> request(request, response);
            case "/stream" -> stream(response);
            case "" -> {
                response.setContentType("text/plain;charset=utf-8");
                response.getWriter().println("Hello from a servlet on Paddock. Try /work?wait=100, /request and /stream.");
            }
            default -> response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getServletPath()) {
            case "/work" -> {
                request.getInputStream().transferTo(OutputStream.nullOutputStream());
                work(request, response);
            }
            case "/upload" -> upload(request, response);
            default -> response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        }
    }

    /** As long as a database would take. */
    private void work(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String wait = request.getParameter("wait");
        pause(wait == null ? 0 : Long.parseLong(wait));
        json(response, "{\"release\": %s}".formatted(quote(System.getenv("PADDOCK_RELEASE"))));
    }

    private void upload(HttpServletRequest request, HttpServletResponse response) throws IOException {
        MessageDigest digest = sha256();
        long bytes = 0;
        byte[] part = new byte[65536];
        InputStream body = request.getInputStream();
        for (int length = body.read(part); length >= 0; length = body.read(part)) {
            digest.update(part, 0, length);
            bytes += length;
        }
        json(response, "{\"bytes\": %d, \"sha256\": \"%s\"}".formatted(bytes, HexFormat.of().formatHex(digest.digest())));
    }

    /** What the application knows of a visitor. Its log has the request's id, as the proxy's has. */
    private void request(HttpServletRequest request, HttpServletResponse response) throws IOException {
        System.out.printf("{\"event\": \"asked\", \"request_id\": %s, \"path\": %s}%n", quote(request.getHeader("X-Request-ID")), quote(request.getRequestURI()));
        String headers = Collections.list(request.getHeaderNames()).stream()
            .map(name -> quote(name.toLowerCase()) + ": " + quote(request.getHeader(name))).collect(Collectors.joining(", "));
        json(response, "{\"scheme\": %s, \"host\": %s, \"client\": %s, \"worker\": %d, \"headers\": {%s}}".formatted(
            quote(request.getScheme()), quote(request.getServerName()), quote(request.getRemoteAddr()), ProcessHandle.current().pid(), headers));
    }

    /** Ten lines, each as soon as it is there: the header asks the proxy not to collect them. */
    private void stream(HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        response.setHeader("X-Accel-Buffering", "no");
        PrintWriter out = response.getWriter();
        for (int line = 1; line <= 10; line++) {
            out.println(line);
            out.flush();
            pause(200);
        }
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException cut) {
            throw new IOException("cut as it waited", cut);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void json(HttpServletResponse response, String text) throws IOException {
        response.setContentType("application/json");
        response.getWriter().println(text);
    }

    private static String quote(String text) {
        return text == null ? "null" : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
