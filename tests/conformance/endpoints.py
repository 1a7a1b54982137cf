"""What the suite runs against: servers of its own, one per kind of settings that a case asks for, or one given by its URL."""

import ssl
import threading
import urllib.parse

from harness import clean_environment
from wire import Connection

import values

# What cases may ask for with "on". Each kind is one server, shared by all that name it: their names must not collide.
SERVERS = {
    "usual": "",
    # 103 and 65 count what the whole account has.
    "fresh": "",
    "few-applications": "quota_applications: 2\n",
    "one-read-a-second": "rate_reads: 1\nrate_burst_s: 1\n",
    "one-region": "allowed_regions: [us-east-1]\n",
    # For clients without an endpoint setting: buckets are names below AWS's.
    "aws-names": "host_names: [s3.us-east-1.amazonaws.com, s3.amazonaws.com]\n",
}


class Unavailable(Exception):
    """Why this endpoint cannot be asked what a case asks."""


class Endpoint:
    """An address and the administrator's keys."""

    def __init__(self, url, key_id, secret, region="us-east-1", account="123456789012", partition="aws", ca=None, server=None):
        parts = urllib.parse.urlsplit(url)
        self.url, self.tls = url, parts.scheme == "https"
        self.host = parts.netloc
        self.name, self.port = parts.hostname, parts.port or (443 if self.tls else 80)
        self.key_id, self.secret, self.region, self.account, self.partition = key_id, secret, region, account, partition
        self.ca, self.server = ca, server

    def connect(self, timeout_s=60.0):
        if not self.tls:
            return Connection(f"{self.name}:{self.port}", timeout_s=timeout_s)
        return Connection(f"{self.name}:{self.port}", timeout_s=timeout_s, tls=ssl.create_default_context(cafile=self.ca))

    def environment(self, world):
        """What the SDKs and the AWS CLI need to talk to it."""
        env = clean_environment(world.folder)
        env.update(AWS_ACCESS_KEY_ID=self.key_id, AWS_SECRET_ACCESS_KEY=self.secret, AWS_REGION=self.region,
                   AWS_DEFAULT_REGION=self.region, AWS_ENDPOINT_URL=self.url, AWS_CONFIG_FILE=str(world.folder / "no-such-config"))
        if self.ca:
            env.update(AWS_CA_BUNDLE=str(self.ca), NODE_EXTRA_CA_CERTS=str(self.ca))
        return env

    def variables(self):
        return {"region": self.region, "account": self.account, "partition": self.partition, "endpoint": self.url,
                "host": self.host, "key_id": self.key_id, "secret": self.secret,
                "role": f"arn:{self.partition}:iam::{self.account}:role/CodeDeployServiceRole"}


class OwnServers:
    """Starts each kind of server when the first case asks for it; the world stops them."""

    def __init__(self, world, **options):
        self.world, self.options = world, options
        self.lock = threading.Lock()
        self.started = {}
        self.cleans_up = False  # they go with the world

    def endpoint(self, kind):
        if kind not in SERVERS:
            raise values.BadCase(f"there is no kind of server called {kind}")
        with self.lock:
            if kind not in self.started:
                server = self.world.server(kind, settings=SERVERS[kind], **self.options)
                self.started[kind] = Endpoint(server.http, *server.credentials(), server=server)
            return self.started[kind]


class GivenEndpoint:
    """A server that somebody else runs: its settings are what they are, and what cases make is removed."""

    def __init__(self, endpoint):
        self.given = endpoint
        self.cleans_up = True

    def endpoint(self, kind):
        if kind != "usual":
            raise Unavailable(f"needs a server that is {kind}")
        return self.given
