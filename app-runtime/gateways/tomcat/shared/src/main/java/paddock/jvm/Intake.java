package paddock.jvm;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Takes connections from the listening socket that systemd owns and hands over as standard input. Another release may take from it at the same
 * time, so it is never closed, and a question for the next connection may come back without one.
 */
public final class Intake {
    private final ServerSocketChannel socket;
    private final Selector selector;
    private final Set<SocketChannel> taken = ConcurrentHashMap.newKeySet();
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean draining;
    private int pruneAt = 64;

    /** @throws IllegalStateException when standard input is no listening socket */
    public Intake() throws IOException {
        if (!(System.inheritedChannel() instanceof ServerSocketChannel inherited)) throw new IllegalStateException("standard input must be a listening socket, as systemd passes it");
        socket = inherited;
        // systemd makes it blocking for each release that it starts, and the releases share the mode: set before anything is taken.
        socket.configureBlocking(false);
        selector = Selector.open();
        socket.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Whether a proxy of this machine asks, with a connection for each request. */
    public boolean isUnix() throws IOException {
        return socket.getLocalAddress() instanceof UnixDomainSocketAddress;
    }

    /**
     * Waits for a connection. One thread alone may ask, and whoever serves must know of the connection before it asks again.
     * @return null once nothing more is to be taken
     */
    public SocketChannel next() throws IOException {
        while (!draining) {
            selector.select();
            selector.selectedKeys().clear();
            // One at a time: should the socket be blocking because another release is just being started, there is at least this one.
            SocketChannel connection = draining ? null : socket.accept();
            if (connection == null) continue;
            taken.add(connection);
            prune();
            return connection;
        }
        done.countDown();
        return null;
    }

    /** Takes nothing more. Whatever was taken is known to the server when this returns. */
    public void drain() throws InterruptedException {
        draining = true;
        selector.wakeup();
        done.await();
    }

    public boolean isDraining() {
        return draining;
    }

    /** Connections that were taken and are not closed. */
    public long open() {
        return taken.stream().filter(SocketChannel::isOpen).count();
    }

    private void prune() {
        if (taken.size() < pruneAt) return;
        taken.removeIf(connection -> !connection.isOpen());
        pruneAt = Math.max(64, 2 * taken.size());
    }
}
