package paddock.jvm;

import sun.misc.Signal;

/** How a release ends on SIGTERM: it takes nothing more, answers what was taken, and lets the web application close what it has. */
public final class Ending {
    /** Milliseconds without a request, after which open connections are nobody's question: kept ones that are idle, or upgraded ones. */
    private static final long QUIET = 1000;
    /** Milliseconds that the web application has to close what it has; systemd waits a little longer. */
    private static final long CLOSING = 3000;

    private Ending() {}

    /** What ends a server once its requests are answered. */
    public interface Server {
        void stop() throws Exception;
    }

    public static void onTermination(Intake intake, Mark mark, int seconds, Server server) {
        // Not a shutdown hook: the application's own hooks would run beside its last requests, and Java would say 143 for an end that was asked for.
        Signal.handle(new Signal("TERM"), signal -> new Thread(() -> end(intake, mark, seconds, server), "ending").start());
    }

    private static void end(Intake intake, Mark mark, int seconds, Server server) {
        try {
            intake.drain();
            if (!answered(intake, mark, seconds)) System.err.printf("cut %d requests at the request budget%n", mark.inFlight());
            mark.remove();
            Thread closing = new Thread(() -> close(server), "closing");
            closing.setDaemon(true);
            closing.start();
            closing.join(CLOSING);
        } catch (Exception error) {
            error.printStackTrace();
        }
        Runtime.getRuntime().halt(0);
    }

    private static boolean answered(Intake intake, Mark mark, int seconds) throws InterruptedException {
        long limit = System.nanoTime() + seconds * 1_000_000_000L;
        for (long quiet = System.nanoTime(); System.nanoTime() < limit; Thread.sleep(10)) {
            if (intake.open() == 0) return true;
            if (mark.inFlight() > 0) quiet = System.nanoTime();
            else if (System.nanoTime() - quiet > QUIET * 1_000_000L) return true;
        }
        return mark.inFlight() == 0;
    }

    private static void close(Server server) {
        try {
            server.stop();
            System.exit(0);
        } catch (Exception error) {
            error.printStackTrace();
        }
    }
}
