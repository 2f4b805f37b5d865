import com.oracle.bmc.streaming.StreamClient;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * A Java program of others that follows a failover: it reads our stream.properties and puts a message to the stream
 * that is recorded there. Arguments: the emulator, as JSON, and the file.
 */
final class PutToRecorded {
    public static void main(String[] arguments) throws Exception {
        Properties recorded = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of(arguments[1]))) {
            recorded.load(file);
        }
        var line = Seeing.line();
        recorded.forEach((key, value) -> line.put((String) key, (String) value));
        Seeing.tell(line);

        String endpoint = recorded.getProperty("SECONDARY_STREAM_ENDPOINT");
        StreamClient data = new World(Seeing.parse(arguments[0])).dataAt(endpoint, "DEFAULT");
        var put = WalkMessages.putOf(
                recorded.getProperty("SECONDARY_STREAM_OCID"), WalkMessages.entry("ana", "from Java"));
        Seeing.see("put to the recorded stream", () -> data.putMessages(put));
        System.exit(0);
    }
}
