import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.oracle.bmc.http.client.Serializer;
import com.oracle.bmc.model.BmcException;
import com.oracle.bmc.responses.BmcResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** What the Java SDK sees of the emulator: one line of JSON for each call, on stdout. */
final class Seeing {
    private static final List<String> HEADERS =
            List.of("etag", "opc-request-id", "opc-work-request-id", "opc-next-cursor", "opc-next-page", "opc-prev-page");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Every operation that the clients have. */
    static void has(Class<?>... clients) {
        ObjectNode line = JSON.createObjectNode();
        ArrayNode names = line.putArray("has");
        for (Class<?> client : clients) {
            for (Method method : client.getDeclaredMethods()) {
                if (BmcResponse.class.isAssignableFrom(method.getReturnType())) names.add(pascal(method.getName()));
            }
        }
        tell(line);
    }

    /** Calls, tells what came back, and returns it; {@code null} for a refusal. */
    static <R extends BmcResponse> R see(String step, Supplier<R> call) {
        ObjectNode line = JSON.createObjectNode().put("step", step);
        try {
            R response = call.get();
            Object body = bodyOf(response);
            line.put("status", response.get__httpStatusCode__()).put("type", typeOf(body)).set("body", plain(body));
            ObjectNode headers = line.putObject("headers");
            response.getHeaders().forEach((name, values) -> {
                if (HEADERS.contains(name.toLowerCase())) headers.put(name.toLowerCase(), values.get(0));
            });
            tell(line);
            return response;
        } catch (BmcException error) {
            line.putObject("error")
                    .put("type", error.getClass().getName())
                    .put("status", error.getStatusCode())
                    .put("code", error.getServiceCode())
                    .put("message", error.getUnmodifiedMessage())
                    .put("requestId", error.getOpcRequestId());
            tell(line);
            return null;
        }
    }

    static JsonNode parse(String text) throws IOException {
        return JSON.readTree(text);
    }

    static ObjectNode line() {
        return JSON.createObjectNode();
    }

    static void tell(ObjectNode line) {
        System.out.println(line);
    }

    /** A response has a getter for each header, and one more for its body. */
    private static Object bodyOf(BmcResponse response) {
        return Arrays.stream(response.getClass().getDeclaredMethods())
                .filter(method -> method.getName().matches("get(?!Etag|Opc).*") && method.getParameterCount() == 0)
                .findAny()
                .map(method -> got(method, response))
                .orElse(null);
    }

    private static Object got(Method getter, BmcResponse response) {
        try {
            return getter.invoke(response);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String typeOf(Object body) {
        if (body instanceof List<?> list) return "list[" + (list.isEmpty() ? "" : typeOf(list.get(0))) + "]";
        return body == null ? null : body.getClass().getSimpleName();
    }

    /** A model as JSON, as the SDK itself would write it. */
    private static JsonNode plain(Object body) {
        try {
            return body == null ? null : JSON.readTree(Serializer.getDefault().writeValueAsString(body));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String pascal(String name) {
        return name.substring(0, 1).toUpperCase() + name.substring(1);
    }

    private Seeing() {}
}
