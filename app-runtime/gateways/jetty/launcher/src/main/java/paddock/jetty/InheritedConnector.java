package paddock.jetty;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;
import paddock.jvm.Intake;
import paddock.jvm.Settings;

/**
 * HTTP/1.1 on connections of a socket that is not Jetty's own. Jetty's connectors take until there is nothing more, in a thread that serves other
 * connections too, and close the socket when they stop; here one thread takes, one connection at a time, and closes nothing.
 */
final class InheritedConnector extends AbstractConnector {
    /** More than the proxy accepts, because it adds headers of its own. */
    private static final int HEADER_BYTES = 65536;

    private final SelectorManager connections;

    InheritedConnector(Server server, Settings settings) {
        super(server, null, null, null, 0, new HttpConnectionFactory(configuration()));
        setIdleTimeout(Math.max(settings.keepAlive(), settings.timeout()) * 1000L);
        connections = new Connections(getExecutor(), getScheduler());
        installBean(connections, true);
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setRequestHeaderSize(HEADER_BYTES);
        configuration.setSendServerVersion(false);
        // The proxy has overwritten these headers, and nobody else reaches the socket.
        configuration.addCustomizer(new ForwardedRequestCustomizer());
        return configuration;
    }

    /** Takes connections until nothing more is to be taken. */
    void take(Intake intake) throws InterruptedException {
        while (true) {
            try {
                SocketChannel connection = intake.next();
                if (connection == null) return;
                connection.configureBlocking(false);
                connections.accept(connection);
            } catch (IOException error) {
                // As when there are too many open files: the next one may do better, a little later.
                System.err.printf("a connection was not taken: %s%n", error);
                Thread.sleep(50);
            }
        }
    }

    @Override
    protected void accept(int acceptor) {
        throw new UnsupportedOperationException("connections come by take()");
    }

    @Override
    public Object getTransport() {
        return null;
    }

    private final class Connections extends SelectorManager {
        private Connections(Executor executor, Scheduler scheduler) {
            super(executor, scheduler, 1);
        }

        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            SocketChannelEndPoint point = new SocketChannelEndPoint((SocketChannel) channel, selector, key, getScheduler());
            point.setIdleTimeout(getIdleTimeout());
            return point;
        }

        @Override
        public Connection newConnection(SelectableChannel channel, EndPoint point, Object attachment) {
            return getDefaultConnectionFactory().newConnection(InheritedConnector.this, point);
        }

        @Override
        protected void endPointOpened(EndPoint point) {
            super.endPointOpened(point);
            onEndPointOpened(point);
        }

        @Override
        protected void endPointClosed(EndPoint point) {
            onEndPointClosed(point);
            super.endPointClosed(point);
        }
    }
}
