package paddock.jvm;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What the machine tells a launcher: `SETTINGS [--candidate] APPLICATION`, the first a file of properties, the last the folder of an exploded WAR.
 *
 * @param threads requests that are worked on at once
 * @param keepAlive seconds that an idle connection is kept; 0 for one connection a request
 * @param timeout seconds that a request may take
 * @param gracefulStop seconds that requests have left once the release is to end
 * @param candidate whether it only proves itself, and says who answers
 * @param application folder of the web application
 */
public record Settings(int threads, int keepAlive, int timeout, int gracefulStop, boolean candidate, Path application) {
    public static Settings of(String[] words) throws IOException {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(words[0]))) {
            read.load(reader);
        }
        boolean candidate = words[1].equals("--candidate");
        return new Settings(whole(read, "threads"), whole(read, "keepAlive"), whole(read, "timeout"), whole(read, "gracefulStop"), candidate, Path.of(words[candidate ? 2 : 1]));
    }

    private static int whole(Properties read, String name) {
        return Integer.parseInt(read.getProperty(name));
    }
}
