"""Whom the emulator refuses, and when it has had enough."""

from oci.streaming import StreamAdminClient, StreamClient, models
from seeing import see
from walk_data import entry


def walk_refusals(world, stream_id):
    see("call with another key", world.client(StreamAdminClient, "FORGER").get_stream, stream_id)
    see("call with an unknown key", world.client(StreamAdminClient, "STRANGER").get_stream, stream_id)
    world.fault({"operation": "GetStream", "clockSkewMs": 600_000, "count": 1})
    see("call with a clock that is wrong", world.admin.get_stream, stream_id)

    message = models.PutMessagesDetails(messages=[entry(None, "x")])
    see("read as a reader", world.client(StreamAdminClient, "READER").get_stream, stream_id)
    see("put as a reader", world.client(StreamClient, "READER").put_messages, stream_id, message)
    see("put with another key", world.client(StreamClient, "FORGER").put_messages, stream_id, message)
    see("get what is not there", world.admin.get_stream, world.unknown_stream)
    see("put to what is not there", world.data.put_messages, world.unknown_stream, message)
    world.fault({"status": 503, "count": 1})
    see("call while the service is away", world.admin.get_stream, stream_id)

    details = models.CreateCursorDetails(partition="0", type="TRIM_HORIZON")
    cursor = world.data.create_cursor(stream_id, details).data.value
    world.advance(5)
    for _ in range(5):
        world.data.get_messages(stream_id, cursor, limit=1)
    see("read a sixth time in a second", world.data.get_messages, stream_id, cursor, limit=1)
