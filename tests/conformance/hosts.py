"""Hosts that follow a script: they speak the host command service, run nothing, and say of each event what a case wants.

A silent host is registered and never asks for commands. Any endpoint has these; the others need an identity, which
RegisterHost hands out, an extension of Slipway's own.
"""

import json
import threading

from signed_client import Refused, SignedClient

import endpoints

POLL_S = 90


class ScriptedHost(threading.Thread):
    """Takes commands until the process ends. fails: events that it reports as failed; holds: events that it takes and
    completes only after release()."""

    def __init__(self, endpoint, arn, key_id, secret, fails=(), holds=()):
        super().__init__(daemon=True)
        self.arn, self.fails, self.holds = arn, fails, holds
        self.client = SignedClient(endpoint.url, key_id, secret, endpoint.region, endpoint.ca, timeout_s=POLL_S)
        self.released = threading.Event()
        self.trouble = None

    def run(self):
        try:
            while True:
                self.take_one()
        except (OSError, Refused) as error:
            self.trouble = error  # the server ended, or the case removed the host

    def call(self, operation, **arguments):
        return self.client.call(operation, service="codedeploy-commands", **arguments)

    def take_one(self):
        command = self.call("PollHostCommand", HostIdentifier=self.arn).get("HostCommand")
        if command is None:
            return
        name, identifier = command["CommandName"], command["HostCommandIdentifier"]
        self.call("PutHostCommandAcknowledgement", HostCommandIdentifier=identifier)
        if name in self.holds:
            self.released.wait()
        good = name not in self.fails
        payload = {"error_code": 0 if good else 4, "script_name": "" if good else "hooks/it",
                   "message": "Succeeded" if good else "Script at specified location: hooks/it failed", "log": ""}
        self.call("PutHostCommandComplete", HostCommandIdentifier=identifier,
                  CommandStatus="Succeeded" if good else "Failed",
                  Diagnostics={"Format": "JSON", "Payload": json.dumps(payload)})

    def release(self):
        self.released.set()


def register(endpoint, name, tags):
    """Registers the instance with an identity of its own; returns (arn, access key id, secret)."""
    admin = SignedClient(endpoint.url, endpoint.key_id, endpoint.secret, endpoint.region, endpoint.ca)
    body = json.dumps({"instanceName": name, "tags": tags})
    answer = admin.request("RegisterHost", body, target="Slipway_20261101.RegisterHost")
    admin.close()
    if answer.status == 200:
        host = json.loads(answer.body)
        return host["iamUserArn"], host["accessKeyId"], host["secretAccessKey"]
    if answer.error()[0] == "UnknownOperationException":
        raise endpoints.Unavailable("needs a server that makes identities for hosts (RegisterHost)")
    raise Refused(answer.status, *answer.error())
