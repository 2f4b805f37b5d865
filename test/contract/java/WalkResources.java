import com.oracle.bmc.streaming.StreamAdminClient;
import com.oracle.bmc.streaming.model.*;
import com.oracle.bmc.streaming.requests.*;
import java.util.List;
import java.util.Map;

/** Stream pools, connect harnesses and streams. */
final class WalkResources {
    private static final Map<String, String> MADE = Map.of("made", "here");
    private static final Map<String, String> CHANGED = Map.of("changed", "here");

    private final World world;
    private final StreamAdminClient admin;

    WalkResources(World world) {
        this.world = world;
        this.admin = world.admin;
    }

    String pools() {
        var details = CreateStreamPoolDetails.builder()
                .compartmentId(world.compartment)
                .name("orders-pool")
                .kafkaSettings(KafkaSettings.builder()
                        .autoCreateTopicsEnable(true)
                        .logRetentionHours(48)
                        .numPartitions(2)
                        .build())
                .freeformTags(MADE)
                .build();
        var make = CreateStreamPoolRequest.builder().createStreamPoolDetails(details).opcRetryToken("once").build();
        String id = Seeing.see("make a pool", () -> admin.createStreamPool(make)).getStreamPool().getId();
        Seeing.see("make the pool again with its token", () -> admin.createStreamPool(make));
        var another = CreateStreamPoolRequest.builder()
                .createStreamPoolDetails(details.toBuilder().name("another-pool").build())
                .opcRetryToken("once")
                .build();
        Seeing.see("make another pool with that token", () -> admin.createStreamPool(another));
        world.advance(1);
        var get = GetStreamPoolRequest.builder().streamPoolId(id).build();
        String etag = Seeing.see("get the pool", () -> admin.getStreamPool(get)).getEtag();
        var change = UpdateStreamPoolRequest.builder()
                .streamPoolId(id)
                .updateStreamPoolDetails(UpdateStreamPoolDetails.builder()
                        .kafkaSettings(KafkaSettings.builder().numPartitions(3).build())
                        .freeformTags(CHANGED)
                        .build())
                .ifMatch(etag)
                .build();
        Seeing.see("change the pool with its etag", () -> admin.updateStreamPool(change));
        Seeing.see("change the pool with the old etag", () -> admin.updateStreamPool(change));
        privatePool();
        return id;
    }

    private void privatePool() {
        var details = CreateStreamPoolDetails.builder()
                .compartmentId(world.compartment)
                .name("private-pool")
                .privateEndpointDetails(PrivateEndpointDetails.builder()
                        .subnetId("ocid1.subnet.oc1..aaaa")
                        .privateEndpointIp("10.0.0.7")
                        .nsgIds(List.of("ocid1.nsg.oc1..aaaa"))
                        .build())
                .customEncryptionKeyDetails(
                        CustomEncryptionKeyDetails.builder().kmsKeyId("ocid1.key.oc1..aaaa").build())
                .securityAttributes(Map.of("zpr", Map.of("tier", Map.of("value", "inner", "mode", "enforce"))))
                .definedTags(Map.of("ops", Map.of("cost", "42")))
                .build();
        var make = CreateStreamPoolRequest.builder().createStreamPoolDetails(details).build();
        String id = Seeing.see("make a private pool", () -> admin.createStreamPool(make)).getStreamPool().getId();
        world.advance(1);
        var get = GetStreamPoolRequest.builder().streamPoolId(id).build();
        Seeing.see("get the private pool", () -> admin.getStreamPool(get));
        var list = ListStreamPoolsRequest.builder()
                .compartmentId(world.compartment)
                .limit(1)
                .sortBy(ListStreamPoolsRequest.SortBy.Name);
        var first = list.build();
        String page = Seeing.see("list the pools", () -> admin.listStreamPools(first)).getOpcNextPage();
        var next = list.page(page).build();
        Seeing.see("list the next pools", () -> admin.listStreamPools(next));
        var move = ChangeStreamPoolCompartmentRequest.builder()
                .streamPoolId(id)
                .changeStreamPoolCompartmentDetails(ChangeStreamPoolCompartmentDetails.builder()
                        .compartmentId(world.otherCompartment)
                        .build())
                .build();
        Seeing.see("move the private pool", () -> admin.changeStreamPoolCompartment(move));
        Seeing.see("get the moved pool", () -> admin.getStreamPool(get));
        var delete = DeleteStreamPoolRequest.builder().streamPoolId(id).build();
        Seeing.see("delete the private pool", () -> admin.deleteStreamPool(delete));
        Seeing.see("get the deleted pool", () -> admin.getStreamPool(get));
    }

    void harnesses() {
        var make = CreateConnectHarnessRequest.builder()
                .createConnectHarnessDetails(CreateConnectHarnessDetails.builder()
                        .compartmentId(world.compartment)
                        .name("sink")
                        .freeformTags(MADE)
                        .build())
                .build();
        String id = Seeing.see("make a harness", () -> admin.createConnectHarness(make)).getConnectHarness().getId();
        world.advance(1);
        var get = GetConnectHarnessRequest.builder().connectHarnessId(id).build();
        Seeing.see("get the harness", () -> admin.getConnectHarness(get));
        var list = ListConnectHarnessesRequest.builder()
                .compartmentId(world.compartment)
                .name("sink")
                .lifecycleState(ConnectHarnessSummary.LifecycleState.Active)
                .build();
        Seeing.see("list the harnesses", () -> admin.listConnectHarnesses(list));
        var change = UpdateConnectHarnessRequest.builder()
                .connectHarnessId(id)
                .updateConnectHarnessDetails(UpdateConnectHarnessDetails.builder().freeformTags(CHANGED).build())
                .build();
        Seeing.see("change the harness", () -> admin.updateConnectHarness(change));
        var move = ChangeConnectHarnessCompartmentRequest.builder()
                .connectHarnessId(id)
                .changeConnectHarnessCompartmentDetails(ChangeConnectHarnessCompartmentDetails.builder()
                        .compartmentId(world.otherCompartment)
                        .build())
                .build();
        Seeing.see("move the harness", () -> admin.changeConnectHarnessCompartment(move));
        Seeing.see("get the moved harness", () -> admin.getConnectHarness(get));
        var delete = DeleteConnectHarnessRequest.builder().connectHarnessId(id).build();
        Seeing.see("delete the harness", () -> admin.deleteConnectHarness(delete));
        Seeing.see("get the deleted harness", () -> admin.getConnectHarness(get));
    }

    String streams(String poolId) throws Exception {
        String id = make("make a stream", "orders", 2, poolId);
        var get = GetStreamRequest.builder().streamId(id).build();
        var delete = DeleteStreamRequest.builder().streamId(id).build();
        Seeing.see("delete the stream too soon", () -> admin.deleteStream(delete));
        make("make the stream twice", "orders", 1, poolId);
        world.advance(1);
        admin.getWaiters().forStream(get, Stream.LifecycleState.Active).execute();
        String etag = Seeing.see("get the stream", () -> admin.getStream(get)).getEtag();
        var change = UpdateStreamRequest.builder()
                .streamId(id)
                .updateStreamDetails(UpdateStreamDetails.builder().freeformTags(CHANGED).build())
                .ifMatch(etag)
                .build();
        Seeing.see("change the stream with its etag", () -> admin.updateStream(change));
        Seeing.see("change the stream with the old etag", () -> admin.updateStream(change));
        String second = make("make a second stream", "payments", 1, poolId);
        String third = make("make a third stream", "returns", 1, poolId);
        world.advance(1);
        list(poolId);
        var move = ChangeStreamCompartmentRequest.builder()
                .streamId(third)
                .changeStreamCompartmentDetails(
                        ChangeStreamCompartmentDetails.builder().compartmentId(world.otherCompartment).build())
                .build();
        Seeing.see("move the third stream", () -> admin.changeStreamCompartment(move));
        var getThird = GetStreamRequest.builder().streamId(third).build();
        Seeing.see("get the moved stream", () -> admin.getStream(getThird));
        var deletePool = DeleteStreamPoolRequest.builder().streamPoolId(poolId).build();
        Seeing.see("delete the pool with its streams", () -> admin.deleteStreamPool(deletePool));
        var deleteSecond = DeleteStreamRequest.builder().streamId(second).build();
        Seeing.see("delete the second stream", () -> admin.deleteStream(deleteSecond));
        var getSecond = GetStreamRequest.builder().streamId(second).build();
        Seeing.see("get the deleted stream", () -> admin.getStream(getSecond));
        return id;
    }

    private String make(String step, String name, int partitions, String poolId) {
        var details = CreateStreamDetails.builder()
                .name(name)
                .partitions(partitions)
                .streamPoolId(poolId)
                .retentionInHours(48)
                .freeformTags(MADE)
                .build();
        var request = CreateStreamRequest.builder().createStreamDetails(details).build();
        var response = Seeing.see(step, () -> admin.createStream(request));
        return response == null ? null : response.getStream().getId();
    }

    private void list(String poolId) {
        var two = ListStreamsRequest.builder().streamPoolId(poolId).limit(2).sortBy(ListStreamsRequest.SortBy.Name);
        var first = two.build();
        String page = Seeing.see("list two streams", () -> admin.listStreams(first)).getOpcNextPage();
        var next = two.page(page).build();
        Seeing.see("list the other", () -> admin.listStreams(next));
        var named = ListStreamsRequest.builder()
                .compartmentId(world.compartment)
                .name("payments")
                .lifecycleState(Stream.LifecycleState.Active)
                .build();
        Seeing.see("list by name", () -> admin.listStreams(named));
        var everything = ListStreamsRequest.builder().build();
        Seeing.see("list everything", () -> admin.listStreams(everything));
    }
}
