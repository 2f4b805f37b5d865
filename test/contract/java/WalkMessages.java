import static java.nio.charset.StandardCharsets.UTF_8;

import com.oracle.bmc.streaming.StreamClient;
import com.oracle.bmc.streaming.model.*;
import com.oracle.bmc.streaming.requests.*;
import com.oracle.bmc.streaming.responses.PutMessagesResponse;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** Messages, cursors and consumer groups. */
final class WalkMessages {
    private static final String NO_CURSOR = "bm90LWEtY3Vyc29y";

    private final World world;
    private final StreamClient data;
    private final String streamId;

    WalkMessages(World world, String streamId) {
        this.world = world;
        this.data = world.data;
        this.streamId = streamId;
    }

    static PutMessagesDetailsEntry entry(String key, String value) {
        return PutMessagesDetailsEntry.builder()
                .key(key == null ? null : key.getBytes(UTF_8))
                .value(value.getBytes(UTF_8))
                .build();
    }

    static PutMessagesRequest putOf(String streamId, PutMessagesDetailsEntry... entries) {
        var details = PutMessagesDetails.builder().messages(List.of(entries)).build();
        return PutMessagesRequest.builder().streamId(streamId).putMessagesDetails(details).build();
    }

    static CreateCursorRequest cursorOf(String streamId, CreateCursorDetails details) {
        return CreateCursorRequest.builder().streamId(streamId).createCursorDetails(details).build();
    }

    void messages() {
        var stored = put("put messages", entry("ana", "1"), entry(null, "2"), entry("ana", "3"))
                .getPutMessagesResult()
                .getEntries();
        long first = stored.get(0).getOffset();
        var at = CreateCursorDetails.builder().partition(stored.get(0).getPartition());

        String oldest = cursor("a cursor at the oldest", at.type(CreateCursorDetails.Type.TrimHorizon));
        String second = read("read one message", oldest, 1);
        String third = read("read on", second, null);
        read("read what is not there yet", third, null);
        world.advance(1);
        String here = cursor("a cursor at an offset", at.type(CreateCursorDetails.Type.AtOffset).offset(first));
        read("read from an offset", here, 1);
        String after = cursor("a cursor after an offset", at.type(CreateCursorDetails.Type.AfterOffset));
        read("read after an offset", after, null);
        cursor("a cursor at no offset", at.type(CreateCursorDetails.Type.AtOffset).offset(first + 1000));
        Date begin = Date.from(Instant.parse("2020-01-01T00:00:00Z"));
        String since = cursor("a cursor at a time", at.type(CreateCursorDetails.Type.AtTime).offset(null).time(begin));
        read("read from a time", since, null);
        String latest = cursor("a cursor at the end", at.type(CreateCursorDetails.Type.Latest).time(null));
        read("read from the end", latest, null);
        world.advance(5 * 60 + 1);
        read("read with an expired cursor", latest, null);
        read("read with a cursor that is none", NO_CURSOR, null);
    }

    void sizes() {
        int mebibyte = 1024 * 1024;
        put("put 1 MiB", entry(null, "x".repeat(mebibyte)));
        put("put more than 1 MiB", entry(null, "x".repeat(mebibyte + 1)));
        put("put a key of 257 bytes", entry("k".repeat(257), "x"));
        world.advance(5);
        put("put more than a partition takes",
                entry("busy", "x".repeat(600_000)),
                entry("busy", "x".repeat(400_000)),
                entry("busy", "late"));
        world.advance(5);
    }

    void groups() {
        put("put two for the group", entry("ana", "for the group"), entry("ana", "for the group too"));
        String delivered = read("read in a group", groupCursor("a group's cursor", readers("one")), 1);
        getGroup("get the group before a commit", "readers");
        var beat = heartbeatOf(delivered);
        String alive = Seeing.see("heartbeat", () -> data.consumerHeartbeat(beat)).getCursor().getValue();
        var commit = commitOf(alive);
        String committed = Seeing.see("commit", () -> data.consumerCommit(commit)).getCursor().getValue();
        getGroup("get the group after the commit", "readers");
        read("read on in the group", committed, 1);
        getGroup("get a group that is none", "nobody");
        var noBeat = heartbeatOf(NO_CURSOR);
        Seeing.see("heartbeat with a cursor that is none", () -> data.consumerHeartbeat(noBeat));

        var back = UpdateGroupRequest.builder()
                .streamId(streamId)
                .groupName("readers")
                .updateGroupDetails(
                        UpdateGroupDetails.builder().type(UpdateGroupDetails.Type.TrimHorizon).build())
                .build();
        Seeing.see("take the group back", () -> data.updateGroup(back));
        getGroup("get the group that was taken back", "readers");
        String again = read("read again", committed, 1);
        world.advance(31);
        read("read as another instance", groupCursor("another's cursor", readers("two")), 1);
        var lost = commitOf(again);
        Seeing.see("commit what was lost", () -> data.consumerCommit(lost));

        String following = read("read in the plain group", groupCursor("a plain group's cursor", plainGroup()), 1);
        getGroup("get the plain group", "plain");
        read("read on in the plain group", following, 1);
        getGroup("get the plain group after the next read", "plain");
    }

    private PutMessagesResponse put(String step, PutMessagesDetailsEntry... entries) {
        return Seeing.see(step, () -> data.putMessages(putOf(streamId, entries)));
    }

    private String cursor(String step, CreateCursorDetails.Builder at) {
        var request = cursorOf(streamId, at.build());
        var response = Seeing.see(step, () -> data.createCursor(request));
        return response == null ? null : response.getCursor().getValue();
    }

    private String read(String step, String cursor, Integer limit) {
        var request = GetMessagesRequest.builder().streamId(streamId).cursor(cursor).limit(limit).build();
        var response = Seeing.see(step, () -> data.getMessages(request));
        return response == null ? null : response.getOpcNextCursor();
    }

    private static CreateGroupCursorDetails readers(String instance) {
        return CreateGroupCursorDetails.builder()
                .type(CreateGroupCursorDetails.Type.TrimHorizon)
                .groupName("readers")
                .instanceName(instance)
                .timeoutInMs(30_000)
                .commitOnGet(false)
                .build();
    }

    /** A group with nothing said that need not be said. */
    private static CreateGroupCursorDetails plainGroup() {
        return CreateGroupCursorDetails.builder()
                .type(CreateGroupCursorDetails.Type.TrimHorizon)
                .groupName("plain")
                .build();
    }

    private String groupCursor(String step, CreateGroupCursorDetails details) {
        var request = CreateGroupCursorRequest.builder().streamId(streamId).createGroupCursorDetails(details).build();
        return Seeing.see(step, () -> data.createGroupCursor(request)).getCursor().getValue();
    }

    private void getGroup(String step, String name) {
        var request = GetGroupRequest.builder().streamId(streamId).groupName(name).build();
        Seeing.see(step, () -> data.getGroup(request));
    }

    private ConsumerHeartbeatRequest heartbeatOf(String cursor) {
        return ConsumerHeartbeatRequest.builder().streamId(streamId).cursor(cursor).build();
    }

    private ConsumerCommitRequest commitOf(String cursor) {
        return ConsumerCommitRequest.builder().streamId(streamId).cursor(cursor).build();
    }
}
