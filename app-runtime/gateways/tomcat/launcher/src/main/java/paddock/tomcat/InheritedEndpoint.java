package paddock.tomcat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import org.apache.tomcat.util.net.NioEndpoint;
import paddock.jvm.Intake;

/**
 * Tomcat's endpoint on a socket that is not its own. Its acceptor closes a connection that it took while the endpoint is paused, so it is never
 * paused while another release takes over: it waits instead, and takes nothing.
 */
final class InheritedEndpoint extends NioEndpoint {
    private final Intake intake;
    private final CountDownLatch stopped = new CountDownLatch(1);

    InheritedEndpoint(Intake intake) throws IOException {
        this.intake = intake;
        setUseInheritedChannel(true);
        // By this Tomcat knows that a connection has no options of TCP; the path itself is systemd's.
        if (intake.isUnix()) setUnixDomainSocketPath("inherited");
    }

    @Override
    protected void initServerSocket() {
        // It listens already.
    }

    @Override
    protected SocketChannel serverSocketAccept() throws Exception {
        SocketChannel connection = intake.next();
        if (connection != null) return connection;
        stopped.await();
        // Of an error that comes once the endpoint has stopped, Tomcat says nothing.
        while (isRunning()) Thread.sleep(1);
        throw new IOException("nothing more is taken");
    }

    /** What wakes the acceptor once the endpoint stops. */
    @Override
    protected void unlockAccept() {
        stopped.countDown();
    }

    @Override
    protected void doCloseServerSocket() {
        // systemd's to close, and no path of ours to remove.
    }
}
