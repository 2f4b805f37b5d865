"""Walks through every operation of OCI Streaming as a user of PyPI's `oci`. Argument: the emulator, as JSON."""

import json
import sys

from oci.streaming import StreamAdminClient, StreamClient

from seeing import World, has
from walk_admin import walk_harnesses, walk_pools, walk_streams, walk_work_requests
from walk_data import walk_groups, walk_messages, walk_sizes
from walk_refusals import walk_refusals

world = World(json.loads(sys.argv[1]))
has(StreamClient, StreamAdminClient)
pool_id = walk_pools(world)
walk_harnesses(world)
stream_id, work_request_id = walk_streams(world, pool_id)
walk_work_requests(world, stream_id, work_request_id)
walk_messages(world, stream_id)
walk_groups(world, stream_id)
walk_sizes(world, stream_id)
walk_refusals(world, stream_id)
