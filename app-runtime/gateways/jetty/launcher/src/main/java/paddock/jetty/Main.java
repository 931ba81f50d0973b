package paddock.jetty;

import java.io.File;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import paddock.jvm.Ending;
import paddock.jvm.Failure;
import paddock.jvm.Intake;
import paddock.jvm.Mark;
import paddock.jvm.Settings;

/** Serves one web application by Jetty, from the socket that systemd owns: `SETTINGS [--candidate] APPLICATION`. */
public final class Main {
    /** Threads of Jetty's own: one waits for connections' bytes, and a few lead what they say to the others. */
    private static final int OWN_THREADS = 4;

    private Main() {}

    public static void main(String[] words) {
        try {
            serve(Settings.of(words));
        } catch (Throwable error) {
            Failure.end(error);
        }
    }

    private static void serve(Settings settings) throws Exception {
        Intake intake = new Intake();
        // An application that waits asynchronously is cut like one that holds a thread.
        System.setProperty("org.eclipse.jetty.ee11.servlet.ServletChannelState.DEFAULT_TIMEOUT", String.valueOf(settings.timeout() * 1000L));
        QueuedThreadPool threads = new QueuedThreadPool(settings.threads() + OWN_THREADS, Math.min(8, settings.threads()));
        Server server = new Server(threads);
        server.setStopTimeout(0);
        InheritedConnector connector = new InheritedConnector(server, settings);
        server.addConnector(connector);
        RequestHandler requests = new RequestHandler(settings, intake, application(settings));
        server.setHandler(requests);
        server.start();
        Mark mark = new Mark(settings.threads(), settings.timeout(), threads::getQueueSize);
        requests.counts(mark);
        Ending.onTermination(intake, mark, settings.gracefulStop(), server::stop);
        connector.take(intake);
    }

    private static WebAppContext application(Settings settings) {
        WebAppContext application = new WebAppContext(settings.application().toString(), "/");
        application.setTempDirectory(new File(System.getProperty("java.io.tmpdir"), "jetty"));
        // Without it a web application that failed would go on as a server of 503.
        application.setThrowUnavailableOnStartupException(true);
        // The proxy says how large a body may be.
        application.setMaxFormContentSize(-1);
        return application;
    }
}
