package paddock.tomcat;

import java.io.IOException;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import paddock.jvm.Intake;
import paddock.jvm.Settings;

/** HTTP/1.1 on connections of an inherited socket. */
final class InheritedProtocol extends Http11NioProtocol {
    /** More than the proxy accepts, because it adds headers of its own. */
    private static final int HEADER_BYTES = 65536;

    private final boolean unix;

    InheritedProtocol(Settings settings, Intake intake) throws IOException {
        super(new InheritedEndpoint(intake));
        unix = intake.isUnix();
        setMaxThreads(settings.threads());
        setMinSpareThreads(Math.min(10, settings.threads()));
        setMaxHttpRequestHeaderSize(HEADER_BYTES);
        setMaxSwallowSize(-1);
        setConnectionTimeout(settings.timeout() * 1000);
        setKeepAliveTimeout(settings.keepAlive() * 1000);
        setMaxKeepAliveRequests(settings.keepAlive() > 0 ? -1 : 1);
    }

    /** Requests that wait for a thread. */
    int queued() {
        return getExecutor() instanceof ThreadPoolExecutor pool ? pool.getQueue().size() : 0;
    }

    /** A unix socket has no addresses: who asks is what the proxy says. */
    @Override
    protected Processor createProcessor() {
        return new Http11Processor(this, getAdapter()) {
            @Override
            protected boolean getPopulateRequestAttributesFromSocket() {
                return !unix;
            }
        };
    }
}
