"""Pools, connect harnesses, streams and their work requests."""

import oci
from oci.streaming import models

from seeing import see


def walk_pools(world):
    admin, compartment = world.admin, world.compartment
    details = models.CreateStreamPoolDetails(
        compartment_id=compartment,
        name="orders-pool",
        kafka_settings=models.KafkaSettings(auto_create_topics_enable=True, log_retention_hours=48, num_partitions=2),
        freeform_tags={"made": "here"},
    )
    pool = see("make a pool", admin.create_stream_pool, details, opc_retry_token="once").data
    see("make the pool again with its token", admin.create_stream_pool, details, opc_retry_token="once")
    details.name = "another-pool"
    see("make another pool with that token", admin.create_stream_pool, details, opc_retry_token="once")
    world.advance(1)
    etag = see("get the pool", admin.get_stream_pool, pool.id).headers["etag"]
    change = models.UpdateStreamPoolDetails(
        kafka_settings=models.KafkaSettings(num_partitions=3), freeform_tags={"changed": "here"}
    )
    see("change the pool with its etag", admin.update_stream_pool, pool.id, change, if_match=etag)
    see("change the pool with the old etag", admin.update_stream_pool, pool.id, change, if_match=etag)

    private = models.CreateStreamPoolDetails(
        compartment_id=compartment,
        name="private-pool",
        private_endpoint_details=models.PrivateEndpointDetails(
            subnet_id="ocid1.subnet.oc1..aaaa", private_endpoint_ip="10.0.0.7", nsg_ids=["ocid1.nsg.oc1..aaaa"]
        ),
        custom_encryption_key_details=models.CustomEncryptionKeyDetails(kms_key_id="ocid1.key.oc1..aaaa"),
        security_attributes={"zpr": {"tier": {"value": "inner", "mode": "enforce"}}},
        defined_tags={"ops": {"cost": "42"}},
    )
    private_id = see("make a private pool", admin.create_stream_pool, private).data.id
    world.advance(1)
    see("get the private pool", admin.get_stream_pool, private_id)
    first = see("list the pools", admin.list_stream_pools, compartment, limit=1, sort_by="NAME")
    see("list the next pools", admin.list_stream_pools, compartment, limit=1, sort_by="NAME", page=first.next_page)
    moved = models.ChangeStreamPoolCompartmentDetails(compartment_id=world.other_compartment)
    see("move the private pool", admin.change_stream_pool_compartment, private_id, moved)
    see("get the moved pool", admin.get_stream_pool, private_id)
    see("delete the private pool", admin.delete_stream_pool, private_id)
    see("get the deleted pool", admin.get_stream_pool, private_id)
    return pool.id


def walk_harnesses(world):
    admin, compartment = world.admin, world.compartment
    details = models.CreateConnectHarnessDetails(compartment_id=compartment, name="sink", freeform_tags={"made": "here"})
    harness = see("make a harness", admin.create_connect_harness, details).data
    world.advance(1)
    see("get the harness", admin.get_connect_harness, harness.id)
    see("list the harnesses", admin.list_connect_harnesses, compartment, name="sink", lifecycle_state="ACTIVE")
    change = models.UpdateConnectHarnessDetails(freeform_tags={"changed": "here"})
    see("change the harness", admin.update_connect_harness, harness.id, change)
    moved = models.ChangeConnectHarnessCompartmentDetails(compartment_id=world.other_compartment)
    see("move the harness", admin.change_connect_harness_compartment, harness.id, moved)
    see("get the moved harness", admin.get_connect_harness, harness.id)
    see("delete the harness", admin.delete_connect_harness, harness.id)
    see("get the deleted harness", admin.get_connect_harness, harness.id)


def walk_streams(world, pool_id):
    admin = world.admin

    def details(name, partitions=1):
        return models.CreateStreamDetails(
            name=name, partitions=partitions, stream_pool_id=pool_id, retention_in_hours=48, freeform_tags={"made": "here"}
        )

    made = see("make a stream", admin.create_stream, details("orders", 2))
    stream_id = made.data.id
    see("delete the stream too soon", admin.delete_stream, stream_id)
    see("make the stream twice", admin.create_stream, details("orders"))
    world.advance(1)
    ready = oci.wait_until(admin, admin.get_stream(stream_id), "lifecycle_state", "ACTIVE", max_wait_seconds=5)
    etag = see("get the stream", admin.get_stream, ready.data.id).headers["etag"]
    change = models.UpdateStreamDetails(freeform_tags={"changed": "here"})
    see("change the stream with its etag", admin.update_stream, stream_id, change, if_match=etag)
    see("change the stream with the old etag", admin.update_stream, stream_id, change, if_match=etag)

    second = see("make a second stream", admin.create_stream, details("payments")).data.id
    third = see("make a third stream", admin.create_stream, details("returns")).data.id
    world.advance(1)
    page = see("list two streams", admin.list_streams, stream_pool_id=pool_id, limit=2, sort_by="NAME")
    see("list the other", admin.list_streams, stream_pool_id=pool_id, limit=2, sort_by="NAME", page=page.next_page)
    see("list by name", admin.list_streams, compartment_id=world.compartment, name="payments", lifecycle_state="ACTIVE")
    see("list everything", admin.list_streams)
    moved = models.ChangeStreamCompartmentDetails(compartment_id=world.other_compartment)
    see("move the third stream", admin.change_stream_compartment, third, moved)
    see("get the moved stream", admin.get_stream, third)
    see("delete the pool with its streams", admin.delete_stream_pool, pool_id)
    see("delete the second stream", admin.delete_stream, second)
    see("get the deleted stream", admin.get_stream, second)
    return stream_id, made.headers["opc-work-request-id"]


def walk_work_requests(world, stream_id, work_request_id):
    admin, compartment = world.admin, world.compartment
    see("get the work request", admin.get_work_request, work_request_id)
    see("list the work requests", admin.list_work_requests, compartment_id=compartment, resource_id=stream_id)
    see("list the logs", admin.list_work_request_logs, work_request_id)
    see("list the errors", admin.list_work_request_errors, work_request_id)
    world.fault({"operation": "CreateStream", "creationEnds": "failed", "count": 1})
    details = models.CreateStreamDetails(name="ill-fated", partitions=1, compartment_id=compartment)
    failing = see("make a stream that fails", admin.create_stream, details).headers["opc-work-request-id"]
    world.advance(1)
    see("get the failed work request", admin.get_work_request, failing)
    see("list the errors of the failed one", admin.list_work_request_errors, failing)
