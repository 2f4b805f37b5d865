"""Messages, cursors and consumer groups."""

from base64 import b64encode
from datetime import datetime, timezone

from oci.streaming import models
from seeing import see


def entry(key, value):
    def encoded(text):
        return None if text is None else b64encode(text.encode()).decode()

    return models.PutMessagesDetailsEntry(key=encoded(key), value=encoded(value))


def put(step, world, stream_id, *entries):
    return see(step, world.data.put_messages, stream_id, models.PutMessagesDetails(messages=list(entries)))


def walk_messages(world, stream_id):
    data = world.data
    stored = put("put messages", world, stream_id, entry("ana", "1"), entry(None, "2"), entry("ana", "3")).data.entries
    partition, first, last = stored[0].partition, stored[0].offset, stored[2].offset

    def cursor(step, kind, **at):
        details = models.CreateCursorDetails(partition=partition, type=kind, **at)
        return see(step, data.create_cursor, stream_id, details)

    oldest = cursor("a cursor at the oldest", "TRIM_HORIZON").data.value
    page = see("read one message", data.get_messages, stream_id, oldest, limit=1)
    page = see("read on", data.get_messages, stream_id, page.headers["opc-next-cursor"])
    see("read what is not there yet", data.get_messages, stream_id, page.headers["opc-next-cursor"])
    world.advance(1)
    at = cursor("a cursor at an offset", "AT_OFFSET", offset=first).data.value
    see("read from an offset", data.get_messages, stream_id, at, limit=1)
    after = cursor("a cursor after an offset", "AFTER_OFFSET", offset=first).data.value
    see("read after an offset", data.get_messages, stream_id, after)
    begin = datetime(2020, 1, 1, tzinfo=timezone.utc)
    see("read from a time", data.get_messages, stream_id, cursor("a cursor at a time", "AT_TIME", time=begin).data.value)
    latest = cursor("a cursor at the end", "LATEST").data.value
    see("read from the end", data.get_messages, stream_id, latest)
    cursor("a cursor at no offset", "AT_OFFSET", offset=last + 1000)
    world.advance(5 * 60 + 1)
    see("read with an expired cursor", data.get_messages, stream_id, latest)
    see("read with a cursor that is none", data.get_messages, stream_id, "bm90LWEtY3Vyc29y")


def walk_sizes(world, stream_id):
    mebibyte = 1024 * 1024
    put("put 1 MiB", world, stream_id, entry(None, "x" * mebibyte))
    put("put more than 1 MiB", world, stream_id, entry(None, "x" * (mebibyte + 1)))
    put("put a key of 257 bytes", world, stream_id, entry("k" * 257, "x"))
    world.advance(5)
    busy = [entry("busy", "x" * 600_000), entry("busy", "x" * 400_000), entry("busy", "late")]
    put("put more than a partition takes", world, stream_id, *busy)
    world.advance(5)


def walk_groups(world, stream_id):
    data = world.data

    def cursor(step, instance):
        details = models.CreateGroupCursorDetails(
            type="TRIM_HORIZON", group_name="readers", instance_name=instance, timeout_in_ms=30000, commit_on_get=False
        )
        return see(step, data.create_group_cursor, stream_id, details).data.value

    put("put two for the group", world, stream_id, entry("ana", "for the group"), entry("ana", "for the group too"))
    page = see("read in a group", data.get_messages, stream_id, cursor("a group's cursor", "one"), limit=1)
    delivered = page.headers["opc-next-cursor"]
    see("get the group before a commit", data.get_group, stream_id, "readers")
    alive = see("heartbeat", data.consumer_heartbeat, stream_id, delivered).data.value
    committed = see("commit", data.consumer_commit, stream_id, alive).data.value
    see("get the group after the commit", data.get_group, stream_id, "readers")
    see("read on in the group", data.get_messages, stream_id, committed, limit=1)
    see("get a group that is none", data.get_group, stream_id, "nobody")
    see("heartbeat with a cursor that is none", data.consumer_heartbeat, stream_id, "bm90LWEtY3Vyc29y")

    back = models.UpdateGroupDetails(type="TRIM_HORIZON")
    see("take the group back", data.update_group, stream_id, "readers", back)
    see("get the group that was taken back", data.get_group, stream_id, "readers")
    again = see("read again", data.get_messages, stream_id, committed, limit=1).headers["opc-next-cursor"]
    world.advance(31)
    see("read as another instance", data.get_messages, stream_id, cursor("another's cursor", "two"), limit=1)
    see("commit what was lost", data.consumer_commit, stream_id, again)

    def get(step, at):
        return see(step, data.get_messages, stream_id, at, limit=1).headers["opc-next-cursor"]

    plain = models.CreateGroupCursorDetails(type="TRIM_HORIZON", group_name="plain")
    first = see("a plain group's cursor", data.create_group_cursor, stream_id, plain).data.value
    following = get("read in the plain group", first)
    see("get the plain group", data.get_group, stream_id, "plain")
    get("read on in the plain group", following)
    see("get the plain group after the next read", data.get_group, stream_id, "plain")
