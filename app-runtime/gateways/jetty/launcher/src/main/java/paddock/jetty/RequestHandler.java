package paddock.jetty;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import paddock.jvm.Intake;
import paddock.jvm.Mark;
import paddock.jvm.Settings;

/** What the gateway does for each request: counts it, says who answers, and says whether its connection stays. */
final class RequestHandler extends Handler.Wrapper {
    private final Settings settings;
    private final Intake intake;
    private final String worker = String.valueOf(ProcessHandle.current().pid());
    private volatile Mark mark;

    RequestHandler(Settings settings, Intake intake, Handler application) {
        super(application);
        this.settings = settings;
        this.intake = intake;
    }

    void counts(Mark here) {
        mark = here;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Mark.Asked asked = mark.begin(request.getMethod() + " " + request.getHttpURI().getPath());
        Request.addCompletionListener(request, failure -> asked.end());
        if (settings.candidate()) response.getHeaders().put("X-Paddock-Worker", worker);
        boolean upgrades = request.getHeaders().contains(HttpHeader.UPGRADE);
        if (!upgrades && (settings.keepAlive() == 0 || intake.isDraining())) response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        try {
            return super.handle(request, response, callback);
        } finally {
            asked.leave();
        }
    }
}
