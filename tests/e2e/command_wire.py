"""What a host agent may send, as pure rules: every request that reaches a scripted service is held against them.

`complaints_of_call` and `complaints_of_object` return what is wrong with one request, in words; an empty list is a good one.
They know the official agent's wire (agent.md part 1): headers, signature and its scope, and the exact members of every body.
`Conversations` follows each command through its calls and complains about what must never happen twice or out of order.
"""

import collections
import datetime
import json
import re
import urllib.parse

import wire

Request = collections.namedtuple("Request", "method path version headers body")  # headers: (name, value) as they came

PREFIXES = {
    "CodeDeployCommandService_v20141006": "codedeploy-commands",
    "CodeDeployCommandService": "codedeploy-commands-secure",
    "ApolloDeployControlService_mock": "codedeploy-commands",
}
MEMBERS = {
    "PollHostCommand": {"HostIdentifier"},
    "GetDeploymentSpecification": {"DeploymentExecutionId", "HostIdentifier"},
    "PutHostCommandAcknowledgement": {"HostCommandIdentifier", "Diagnostics"},
    "PutHostCommandComplete": {"HostCommandIdentifier", "CommandStatus", "Diagnostics"},
}
SIGNED = {"content-type", "host", "x-amz-date", "x-amz-target"}
CONVERSATION = "x-slipway-conversation"  # ours (docs/host-protocol.md): a word that services which do not know it leave alone
WITHOUT_SCRIPTS = ("DownloadBundle", "Install")  # in the short conversation these need no acknowledgement
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")
MAX_DIAGNOSTICS, MAX_LOG = 8192, 2048
SKEW_S = 300


def header(request, name):
    return next((value for given, value in request.headers if given.lower() == name), None)


def scope(request):
    """(key id, date, region, service) of the signature, or None."""
    found = AUTHORIZATION.match(header(request, "authorization") or "")
    return found.groups()[:4] if found else None


def seconds_off(request, clock_offset_s):
    """How far X-Amz-Date is from a service's clock; 0 when it has no date at all (that is complained about elsewhere)."""
    try:
        sent = datetime.datetime.strptime(header(request, "x-amz-date") or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return 0
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=clock_offset_s)
    return abs((sent - now).total_seconds())


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return "&".join(sorted(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in pairs))


def signature_verifies(request, keys):
    found = AUTHORIZATION.match(header(request, "authorization") or "")
    if not found or found.group(1) not in keys:
        return False
    key_id, scope_date, region, service, names, signature = found.groups()
    signed = names.split(";")
    path, _, query = request.path.partition("?")
    body_hash = wire.sha256(request.body)
    if service == "s3":
        body_hash = header(request, "x-amz-content-sha256")
    expected = wire.authorization(
        request.method, path, [(name, header(request, name) or "") for name in signed], body_hash, key_id, keys[key_id],
        date=header(request, "x-amz-date"), region=region, service=service, scope_date=scope_date, signed=signed,
        query=canonical_query(query))
    return expected.rpartition("=")[2] == signature


def complaints_of_signature(request, keys, region, service):
    found = AUTHORIZATION.match(header(request, "authorization") or "")
    if not found:
        return [f"the Authorization header has another form: {header(request, 'authorization')}"]
    key_id, scope_date, told_region, told_service, names, _ = found.groups()
    signed = names.split(";")
    date = header(request, "x-amz-date") or ""
    out = []
    if key_id not in keys:
        out.append(f"signed with the key {key_id} that nobody has")
    elif not signature_verifies(request, keys):
        out.append("the signature does not verify")
    if (told_region, told_service) != (region, service):
        out.append(f"the scope is {told_region}/{told_service}, not {region}/{service}")
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or not date.startswith(scope_date):
        out.append(f"X-Amz-Date {date!r} and the scope's date {scope_date} do not belong together")
    if signed != sorted(signed):
        out.append(f"signed headers are not in order: {names}")
    for name in ("x-amz-security-token", "x-amz-content-sha256", CONVERSATION):
        if header(request, name) is not None and name not in signed:
            out.append(f"{name} is sent and not signed")
    return out


def complaints_of_framing(request, host):
    out = []
    names = [name.lower() for name, _ in request.headers]
    if len(set(names)) != len(names):
        out.append(f"a header is sent twice: {sorted(names)}")
    if request.version != "HTTP/1.1":
        out.append(f"the version is {request.version}")
    if header(request, "host") != host:
        out.append(f"the Host is {header(request, 'host')}, not {host}")
    if header(request, "accept-encoding"):
        out.append("compressed answers are asked for (agent.md 1.1)")
    if header(request, "transfer-encoding") or header(request, "expect"):
        out.append("the body is not sent in one piece with its length")
    return out


def complaints_of_diagnostics(operation, body):
    diagnostics = body.get("Diagnostics")
    if not isinstance(diagnostics, dict) or set(diagnostics) != {"Format", "Payload"} or diagnostics["Format"] != "JSON":
        return [f"Diagnostics are no JSON envelope: {diagnostics}"]
    payload = diagnostics["Payload"]
    if not isinstance(payload, str) or len(payload) > MAX_DIAGNOSTICS:
        return [f"the payload is no text of at most {MAX_DIAGNOSTICS} characters"]
    if operation == "PutHostCommandAcknowledgement":
        return [] if payload in ('{"IsCommandNoop":true}', '{"IsCommandNoop":false}') else [f"an acknowledgement of {payload}"]
    told = strict_json(payload)
    if not isinstance(told, dict) or set(told) != {"error_code", "script_name", "message", "log"}:
        return [f"the payload has other members: {payload}"]
    out = []
    code = told["error_code"]
    if type(code) is not int or not 0 <= code <= 7:
        out.append(f"error_code is {code!r}")
    if not all(isinstance(told[name], str) for name in ("script_name", "message", "log")):
        out.append(f"a member is no text: {payload}")
    elif len(told["log"]) >= MAX_LOG:
        out.append(f"the log has {len(told['log'])} characters")
    elif body.get("CommandStatus") == "Succeeded":
        if code != 0 or told["script_name"] or told["log"] or not told["message"].startswith("Succeeded"):
            out.append(f"a success with {payload}")
    elif code == 0 or not told["message"]:
        out.append(f"a failure with {payload}")
    elif bool(told["script_name"]) != (code in (1, 2, 3, 4, 6)):
        out.append(f"code {code} with the script {told['script_name']!r}")
    return out


def strict_json(text):
    """None for what is no JSON, or has a member twice."""
    def unique(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a member twice")
        return dict(pairs)
    try:
        return json.loads(text, object_pairs_hook=unique)
    except ValueError:
        return None


def complaints_of_body(operation, raw, identifiers):
    body = strict_json(raw.decode("utf-8", "surrogateescape")) if raw else None
    if not isinstance(body, dict):
        return [f"the body is no JSON object: {raw[:200]!r}"]
    out = []
    if set(body) != MEMBERS[operation]:
        out.append(f"members {sorted(body)}, expected {sorted(MEMBERS[operation])}")
    for name in ("HostIdentifier", "DeploymentExecutionId", "HostCommandIdentifier", "CommandStatus"):
        if name in body and (not isinstance(body[name], str) or not body[name]):
            out.append(f"{name} is {body[name]!r}")
    if "HostIdentifier" in body and identifiers and body["HostIdentifier"] not in identifiers:
        out.append(f"the host calls itself {body['HostIdentifier']}")
    if operation == "PutHostCommandComplete" and body.get("CommandStatus") not in ("Succeeded", "Failed"):
        out.append(f"CommandStatus is {body.get('CommandStatus')!r}")
    if "Diagnostics" in MEMBERS[operation]:
        out += complaints_of_diagnostics(operation, body)
    return out


def complaints_of_call(request, keys, region, host, identifiers):
    """A call of the command service. keys: secrets by id; identifiers: who the hosts are (empty: anybody)."""
    out = complaints_of_framing(request, host)
    if (request.method, request.path) != ("POST", "/"):
        out.append(f"{request.method} {request.path} instead of POST /")
    if header(request, "content-type") != "application/x-amz-json-1.1":
        out.append(f"Content-Type is {header(request, 'content-type')}")
    if header(request, "content-length") != str(len(request.body)):
        out.append(f"Content-Length is {header(request, 'content-length')} for {len(request.body)} bytes")
    if not re.match(r"(OFFICIAL_)?\d+\.\d+", header(request, "x-amz-codedeploy-agent-version") or ""):
        out.append(f"the agent's version is {header(request, 'x-amz-codedeploy-agent-version')!r}")
    if header(request, CONVERSATION) not in (None, "short"):
        out.append(f"the conversation is {header(request, CONVERSATION)!r}")
    sha256 = header(request, "x-amz-content-sha256")
    if sha256 is not None and sha256 != wire.sha256(request.body):
        out.append("X-Amz-Content-Sha256 is not the body's")
    prefix, _, operation = (header(request, "x-amz-target") or "").rpartition(".")
    if prefix not in PREFIXES or operation not in MEMBERS:
        return [*out, f"nobody knows the target {header(request, 'x-amz-target')}"]
    out += complaints_of_signature(request, keys, region, PREFIXES[prefix])
    missing = SIGNED - set((AUTHORIZATION.match(header(request, "authorization") or "") or [""] * 7)[5].split(";"))
    if missing:
        out.append(f"not signed: {sorted(missing)}")
    return out + complaints_of_body(operation, request.body, identifiers)


def complaints_of_object(request, keys, region, host):
    """A GetObject of a bucket."""
    out = complaints_of_framing(request, host)
    path, _, query = request.path.partition("?")
    if request.method != "GET" or request.body:
        out.append(f"{request.method} with {len(request.body)} bytes instead of GET")
    if path != urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~"):
        out.append(f"the path is not encoded as it is signed: {path}")
    if query and not re.fullmatch(r"versionId=[^&]+", query):
        out.append(f"the query is {query}")
    if header(request, "range") is not None and not re.fullmatch(r"bytes=\d+-", header(request, "range")):
        out.append(f"the Range is {header(request, 'range')}")
    elif header(request, "range") is not None and header(request, "if-match") is None:
        out.append("the rest of an object is asked for, whatever the object may have become")
    if header(request, "x-amz-content-sha256") not in (wire.sha256(b""), "UNSIGNED-PAYLOAD"):
        out.append(f"X-Amz-Content-Sha256 is {header(request, 'x-amz-content-sha256')}")
    return out + complaints_of_signature(request, keys, region, "s3")


class Conversations:
    """Each command's calls so far: what came, and with note_answer what was answered well."""

    def __init__(self):
        self.acknowledged, self.completed, self.ends = set(), set(), {}
        self.short = set()  # may be completed without an acknowledgement

    def complaints_of(self, operation, body):
        identifier = body.get("HostCommandIdentifier")
        if operation == "PutHostCommandAcknowledgement":
            self.acknowledged.add(identifier)
            return [f"{identifier} is acknowledged after it was completed"] if identifier in self.completed else []
        if operation != "PutHostCommandComplete":
            return []
        told = (body.get("CommandStatus"), str(body.get("Diagnostics")))
        if self.ends.setdefault(identifier, told) != told:
            return [f"{identifier} ends in two ways: {self.ends[identifier]} and {told}"]
        if identifier not in self.acknowledged | self.short and '"error_code":5' not in told[1].replace(" ", ""):
            return [f"{identifier} is completed without an acknowledgement: {told}"]
        return []

    def note_brought(self, command):
        """An answer has brought this command and its specification."""
        if command["CommandName"] in WITHOUT_SCRIPTS:
            self.short.add(command["HostCommandIdentifier"])

    def note_answer(self, operation, body):
        if operation == "PutHostCommandComplete":
            self.completed.add(body.get("HostCommandIdentifier"))
