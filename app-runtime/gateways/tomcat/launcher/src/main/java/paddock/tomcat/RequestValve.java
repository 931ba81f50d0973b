package paddock.tomcat;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import paddock.jvm.Intake;
import paddock.jvm.Mark;
import paddock.jvm.Settings;

/** What the gateway does for each request: counts it, says who answers, and believes the proxy. */
final class RequestValve extends ValveBase {
    private static final String COUNTED = RequestValve.class.getName();

    private final Settings settings;
    private final Intake intake;
    private final String worker = String.valueOf(ProcessHandle.current().pid());
    private volatile Mark mark;

    RequestValve(Settings settings, Intake intake) {
        super(true);
        this.settings = settings;
        this.intake = intake;
    }

    void counts(Mark here) {
        mark = here;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        // An asynchronous request that is dispatched comes here again.
        if (request.getAttribute(COUNTED) != null) {
            getNext().invoke(request, response);
            return;
        }
        Mark.Asked asked = mark.begin(request.getMethod() + " " + request.getRequestURI());
        request.setAttribute(COUNTED, asked);
        try {
            believe(request);
            if (settings.candidate()) response.setHeader("X-Paddock-Worker", worker);
            if (settings.keepAlive() > 0 && intake.isDraining()) response.setHeader("Connection", "close");
            getNext().invoke(request, response);
        } finally {
            if (request.isAsync()) {
                asked.leave();
                request.getAsyncContext().addListener(new Completion(asked));
            } else {
                asked.end();
            }
        }
    }

    /** The proxy has overwritten these headers, and nobody else reaches the socket. */
    private static void believe(Request request) {
        String client = request.getHeader("X-Forwarded-For");
        request.setRemoteAddr(client == null ? "127.0.0.1" : client.trim());
        request.setRemoteHost(request.getRemoteAddr());
        boolean secure = "https".equals(request.getHeader("X-Forwarded-Proto"));
        request.setSecure(secure);
        request.getCoyoteRequest().scheme().setString(secure ? "https" : "http");
        String port = request.getHeader("X-Forwarded-Port");
        request.setServerPort(port != null && port.matches("\\d{1,5}") ? Integer.parseInt(port) : secure ? 443 : 80);
    }

    /** Ends a request that was answered without its thread. */
    private record Completion(Mark.Asked asked) implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {
            asked.end();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }

        // Both are followed by onComplete.
        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}
    }
}
