import com.fasterxml.jackson.databind.JsonNode;
import com.oracle.bmc.ClientConfiguration;
import com.oracle.bmc.ConfigFileReader;
import com.oracle.bmc.auth.ConfigFileAuthenticationDetailsProvider;
import com.oracle.bmc.retrier.RetryConfiguration;
import com.oracle.bmc.streaming.StreamAdminClient;
import com.oracle.bmc.streaming.StreamClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The emulator, as the test describes it, and clients for it. */
final class World {
    // One attempt a call: what is refused is to be seen, not tried again.
    private static final ClientConfiguration ONCE =
            ClientConfiguration.builder().retryConfiguration(RetryConfiguration.NO_RETRY_CONFIGURATION).build();

    final String compartment;
    final String otherCompartment;
    final String unknownStream;
    final StreamAdminClient admin;
    final StreamClient data;
    private final JsonNode given;
    private final HttpClient http = HttpClient.newHttpClient();

    World(JsonNode given) {
        this.given = given;
        compartment = given.get("compartmentId").asText();
        otherCompartment = given.get("otherCompartmentId").asText();
        unknownStream = given.get("unknownStreamId").asText();
        admin = adminOf("DEFAULT");
        data = dataOf("DEFAULT");
    }

    StreamAdminClient adminOf(String profile) {
        return StreamAdminClient.builder().configuration(ONCE).endpoint(endpoint()).build(signer(profile));
    }

    StreamClient dataOf(String profile) {
        return dataAt(endpoint(), profile);
    }

    StreamClient dataAt(String endpoint, String profile) {
        return StreamClient.builder().configuration(ONCE).endpoint(endpoint).build(signer(profile));
    }

    /** Moves the emulator's clock. */
    void advance(int seconds) {
        control("PUT", "/clock", "{\"advanceMs\": " + seconds * 1000 + "}");
    }

    void fault(String rule) {
        control("POST", "/faults/" + given.get("region").asText(), rule);
    }

    private String endpoint() {
        return given.get("endpoint").asText();
    }

    private ConfigFileAuthenticationDetailsProvider signer(String profile) {
        try {
            String file = given.get("configFile").asText();
            return new ConfigFileAuthenticationDetailsProvider(ConfigFileReader.parse(file, profile));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void control(String method, String path, String body) {
        URI address = URI.create(given.get("control").asText() + path);
        HttpRequest request =
                HttpRequest.newBuilder(address).method(method, BodyPublishers.ofString(body)).build();
        try {
            int status = http.send(request, BodyHandlers.discarding()).statusCode();
            if (status != 200) throw new IllegalStateException(method + " " + path + ": " + status);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }
}
