package paddock.tomcat;

import java.io.File;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;
import paddock.jvm.Ending;
import paddock.jvm.Failure;
import paddock.jvm.Intake;
import paddock.jvm.Mark;
import paddock.jvm.Settings;

/** Serves one web application by Tomcat, from the socket that systemd owns: `SETTINGS [--candidate] APPLICATION`. */
public final class Main {
    /** What Tomcat says of itself; kept, so that its level is not forgotten. */
    private static final Logger LOG = Logger.getLogger("org.apache");

    private Main() {}

    public static void main(String[] words) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s %3$s: %5$s%6$s%n");
        LOG.setLevel(Level.WARNING);
        try {
            serve(Settings.of(words));
        } catch (Throwable error) {
            Failure.end(error);
        }
    }

    private static void serve(Settings settings) throws Exception {
        Intake intake = new Intake();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(new File(System.getProperty("java.io.tmpdir"), "tomcat").getPath());
        RequestValve requests = new RequestValve(settings, intake);
        tomcat.getEngine().getPipeline().addValve(requests);
        ((StandardHost) tomcat.getHost()).setFailCtxIfServletStartFails(true);
        load(tomcat, settings);
        InheritedProtocol protocol = new InheritedProtocol(settings, intake);
        Mark mark = new Mark(settings.threads(), settings.timeout(), protocol::queued);
        requests.counts(mark);
        tomcat.getService().addConnector(connector(protocol, settings));
        Ending.onTermination(intake, mark, settings.gracefulStop(), tomcat::stop);
        tomcat.getServer().await();
    }

    /** Loads the application before anything is taken from the socket. @throws IllegalStateException with why it failed, which Tomcat only logs */
    private static void load(Tomcat tomcat, Settings settings) throws Exception {
        StandardContext context = (StandardContext) tomcat.addWebapp("", settings.application().toString());
        // What the launcher brings has nothing to find in it.
        StandardJarScanner scanner = (StandardJarScanner) context.getJarScanner();
        scanner.setScanClassPath(false);
        scanner.setScanManifest(false);
        // The process ends with the application: nothing can leak into another one.
        context.setClearReferencesRmiTargets(false);
        context.setClearReferencesThreadLocals(false);
        Reasons reasons = new Reasons();
        LOG.addHandler(reasons);
        tomcat.start();
        LOG.removeHandler(reasons);
        if (!context.getState().isAvailable()) throw new IllegalStateException("the web application did not start", reasons.first);
    }

    private static Connector connector(InheritedProtocol protocol, Settings settings) {
        Connector connector = new Connector(protocol);
        // The proxy says how large a body may be.
        connector.setMaxPostSize(-1);
        connector.setAsyncTimeout(settings.timeout() * 1000L);
        connector.setThrowOnFailure(true);
        return connector;
    }

    /** Hears what Tomcat logs instead of throwing it. */
    private static final class Reasons extends Handler {
        private Throwable first;

        @Override
        public void publish(LogRecord record) {
            if (first == null && record.getLevel() == Level.SEVERE) first = record.getThrown();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
