package paddock.jvm;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * The worker's mark, as docs/gateway-contract.md has it: a byte for each request that it can work on at once, and two that count who waits. It
 * also ends what takes longer than a request may.
 */
public final class Mark {
    private static final int COUNT = 2;
    private static final long LOOK_MILLIS = 200;

    private final int places;
    private final Path file;
    private final MappedByteBuffer bytes;
    private final Set<Asked> asked = ConcurrentHashMap.newKeySet();
    private final IntSupplier queued;
    private int inFlight;

    /**
     * @param queued counts the requests that wait for a thread
     * @param seconds how long a request may take
     */
    public Mark(int places, int seconds, IntSupplier queued) throws IOException {
        this.places = places;
        this.queued = queued;
        file = Path.of(System.getenv("RUNTIME_DIRECTORY"), String.valueOf(ProcessHandle.current().pid()));
        // Under another name at first: whoever counts marks must not find one that is empty.
        Path begun = file.resolveSibling("." + file.getFileName());
        try (FileChannel channel = FileChannel.open(begun, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, places + COUNT);
        }
        Files.move(begun, file);
        Thread watch = new Thread(() -> watch(seconds * 1_000_000_000L), "mark");
        watch.setDaemon(true);
        watch.start();
    }

    /** A request that was begun and is not answered. */
    public final class Asked {
        private final long began = System.nanoTime();
        private final String what;
        private Thread thread = Thread.currentThread();

        private Asked(String what) {
            this.what = what;
        }

        /** Its thread goes on to something else, though it may not be answered yet. */
        public synchronized void leave() {
            thread = null;
        }

        public void end() {
            leave();
            if (asked.remove(this)) say(-1);
        }

        private synchronized void cut(long most) {
            if (thread == null || System.nanoTime() - began < most) return;
            System.err.printf("interrupted a request after %d s: %s%n", most / 1_000_000_000L, what);
            thread.interrupt();
            thread = null;
        }
    }

    /** @param what the request, for whoever reads that it was cut */
    public Asked begin(String what) {
        Asked request = new Asked(what);
        asked.add(request);
        say(1);
        return request;
    }

    public synchronized int inFlight() {
        return inFlight;
    }

    public void remove() throws IOException {
        Files.deleteIfExists(file);
    }

    private synchronized void say(int change) {
        int number = change > 0 ? ++inFlight : inFlight--;
        if (number <= places) bytes.put(number - 1, (byte) (change > 0 ? 1 : 0));
        else sayWaiting();
    }

    private synchronized void sayWaiting() {
        int waiting = Math.min(0xffff, Math.max(0, inFlight - places) + queued.getAsInt());
        bytes.put(places, (byte) waiting).put(places + 1, (byte) (waiting >>> 8));
    }

    private void watch(long most) {
        while (true) {
            sayWaiting();
            for (Asked request : asked) request.cut(most);
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException end) {
                return;
            }
        }
    }
}
