package paddock.jvm;

import java.util.Arrays;

/** How a release ends that cannot serve: whoever waits for its mark must hear why. */
public final class Failure {
    private Failure() {}

    /** Says it, the cause that a person can mend in the last line, and ends with 1. */
    public static void end(Throwable error) {
        error.printStackTrace();
        Throwable cause = error;
        while (cause.getCause() != null && cause.getCause() != cause) cause = cause.getCause();
        System.err.printf("the web application must start, got %s%s; correct it and deploy again%n", cause, place(cause));
        Runtime.getRuntime().halt(1);
    }

    /** The deepest place that is neither Java's nor the server's. */
    private static String place(Throwable cause) {
        return Arrays.stream(cause.getStackTrace()).filter(frame -> !frame.getClassName().matches("(java|javax|jdk|sun|jakarta|org\\.apache|org\\.eclipse|paddock)\\..*"))
            .findFirst().map(frame -> " (%s:%d)".formatted(frame.getFileName(), frame.getLineNumber())).orElse("");
    }
}
