import com.oracle.bmc.streaming.Stream;
import com.oracle.bmc.streaming.StreamAdmin;
import com.oracle.bmc.streaming.StreamAdminClient;
import com.oracle.bmc.streaming.model.CreateCursorDetails;
import com.oracle.bmc.streaming.requests.GetMessagesRequest;
import com.oracle.bmc.streaming.requests.GetStreamRequest;

/** Walks through every operation of OCI Streaming as a user of the Java SDK. Argument: the emulator, as JSON. */
final class Walk {
    public static void main(String[] arguments) throws Exception {
        World world = new World(Seeing.parse(arguments[0]));
        Seeing.has(Stream.class, StreamAdmin.class);
        WalkResources resources = new WalkResources(world);
        String poolId = resources.pools();
        resources.harnesses();
        String streamId = resources.streams(poolId);
        WalkMessages messages = new WalkMessages(world, streamId);
        messages.messages();
        messages.groups();
        messages.sizes();
        refusals(world, streamId);
        // Idle threads of the SDK's clients would keep the program for a minute.
        System.exit(0);
    }

    /** Whom the emulator refuses, and when it has had enough. */
    private static void refusals(World world, String streamId) {
        get("call with another key", world.adminOf("FORGER"), streamId);
        get("call with an unknown key", world.adminOf("STRANGER"), streamId);
        world.fault("{\"operation\": \"GetStream\", \"clockSkewMs\": 600000, \"count\": 1}");
        get("call with a clock that is wrong", world.admin, streamId);

        var put = WalkMessages.putOf(streamId, WalkMessages.entry(null, "x"));
        get("read as a reader", world.adminOf("READER"), streamId);
        Seeing.see("put as a reader", () -> world.dataOf("READER").putMessages(put));
        Seeing.see("put with another key", () -> world.dataOf("FORGER").putMessages(put));
        get("get what is not there", world.admin, world.unknownStream);
        var nowhere = WalkMessages.putOf(world.unknownStream, WalkMessages.entry(null, "x"));
        Seeing.see("put to what is not there", () -> world.data.putMessages(nowhere));
        world.fault("{\"status\": 503, \"count\": 1}");
        get("call while the service is away", world.admin, streamId);

        var details = CreateCursorDetails.builder().partition("0").type(CreateCursorDetails.Type.TrimHorizon).build();
        var cursor = world.data.createCursor(WalkMessages.cursorOf(streamId, details)).getCursor().getValue();
        var read = GetMessagesRequest.builder().streamId(streamId).cursor(cursor).limit(1).build();
        world.advance(5);
        for (int time = 0; time < 5; time++) world.data.getMessages(read);
        Seeing.see("read a sixth time in a second", () -> world.data.getMessages(read));
    }

    private static void get(String step, StreamAdminClient admin, String streamId) {
        Seeing.see(step, () -> admin.getStream(GetStreamRequest.builder().streamId(streamId).build()));
    }
}
