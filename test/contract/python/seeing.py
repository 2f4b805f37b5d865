"""What PyPI's `oci` sees of the emulator: one line of JSON for each call, on stdout."""

import json
import re
import sys
import urllib.request

import oci
from oci.streaming import StreamAdminClient, StreamClient

HEADERS = ("etag", "opc-request-id", "opc-work-request-id", "opc-next-cursor", "opc-next-page", "opc-prev-page")


class World:
    """The emulator, as the test describes it, and clients for it."""

    def __init__(self, given):
        self.compartment = given["compartmentId"]
        self.other_compartment = given["otherCompartmentId"]
        self.unknown_stream = given["unknownStreamId"]
        self._given = given
        self.admin = self.client(StreamAdminClient)
        self.data = self.client(StreamClient)

    def client(self, kind, profile="DEFAULT"):
        config = oci.config.from_file(self._given["configFile"], profile)
        # One attempt a call: what is refused is to be seen, not tried again.
        return kind(config, service_endpoint=self._given["endpoint"], retry_strategy=oci.retry.NoneRetryStrategy())

    def advance(self, seconds):
        """Moves the emulator's clock."""
        self._control("PUT", "/clock", {"advanceMs": seconds * 1000})

    def fault(self, rule):
        self._control("POST", f"/faults/{self._given['region']}", rule)

    def _control(self, method, path, body):
        request = urllib.request.Request(self._given["control"] + path, json.dumps(body).encode(), method=method)
        urllib.request.urlopen(request).close()


def has(*clients):
    """Every operation that the clients have."""
    names = [pascal(name) for client in clients for name in vars(client) if not name.startswith("_")]
    tell({"has": names})


def see(step, call, *args, **kwargs):
    """Calls, tells what came back, and returns it; `None` for a refusal."""
    try:
        response = call(*args, **kwargs)
    except oci.exceptions.ServiceError as error:
        kind = f"{type(error).__module__}.{type(error).__name__}"
        refused = {"type": kind, "status": error.status, "code": error.code, "message": error.message}
        tell({"step": step, "error": {**refused, "requestId": error.request_id}})
        return None
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    told = {"status": response.status, "headers": headers, "type": type_of(response.data), "body": plain(response.data)}
    tell({"step": step, **told})
    return response


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")


def type_of(data):
    if isinstance(data, list):
        return f"list[{type_of(data[0]) if data else ''}]"
    return None if data is None else type(data).__name__


def plain(data):
    """A model as JSON, with the names that it has on the wire."""

    def renamed(value):
        if isinstance(value, dict):
            return {re.sub(r"_(\w)", lambda m: m[1].upper(), key): renamed(each) for key, each in value.items()}
        return [renamed(each) for each in value] if isinstance(value, list) else value

    return renamed(oci.util.to_dict(data))


def pascal(name):
    return "".join(word.capitalize() for word in name.split("_"))
