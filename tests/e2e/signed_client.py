"""A signed client in a page of Python: fast where starting the AWS CLI is slow, and able to do things wrongly on purpose."""

import datetime
import hashlib
import hmac
import http.client
import json
import ssl
import urllib.parse

PREFIXES = {"codedeploy": "CodeDeploy_20141006", "codedeploy-commands": "CodeDeployCommandService_v20141006"}


class Refused(Exception):
    """The server's answer to a call that it refused."""

    def __init__(self, status, name, message):
        super().__init__(f"{status} {name}: {message}")
        self.status, self.name, self.message = status, name, message


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def error(self):
        """(name, message) of an API error."""
        try:
            value = json.loads(self.body)
            return value.get("__type"), value.get("message", "")
        except ValueError:
            return None, self.body.decode(errors="replace")


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class SignedClient:
    """Keeps one connection; `tamper` of request() takes the finished headers and may change them."""

    def __init__(self, url, key_id, secret, region="us-east-1", ca=None, timeout_s=30):
        self.url = urllib.parse.urlsplit(url)
        self.key_id, self.secret, self.region, self.ca, self.timeout_s = key_id, secret, region, ca, timeout_s
        self.connection = None

    def connect(self):
        if self.url.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca)
            return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=self.timeout_s, context=context)
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=self.timeout_s)

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def sign(self, method, path, headers, body, service, skew_s=0, payload=None):
        """Headers with X-Amz-Date and Authorization; signs host, date and every header given. payload: what
        X-Amz-Content-Sha256 says instead of the body's hash."""
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=skew_s)
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self.region}/{service}/aws4_request"
        headers = dict(headers, Host=self.url.netloc)
        headers["X-Amz-Date"] = stamp
        body_hash = payload or hashlib.sha256(body).hexdigest()
        if service == "s3":
            headers["X-Amz-Content-Sha256"] = body_hash
        lowered = {name.lower(): value.strip() for name, value in headers.items()}
        signed = ";".join(sorted(lowered))
        bare, _, query = path.partition("?")
        pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
        query = "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in pairs)
        canonical = "\n".join([method, bare, query, *(f"{n}:{lowered[n]}" for n in sorted(lowered)), "", signed, body_hash])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac_sha256(key, part)
        signature = hmac_sha256(key, to_sign).hex()
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={signed}, Signature={signature}")
        return headers

    def send(self, method, path, headers, body):
        if self.connection is None:
            self.connection = self.connect()
        try:
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except Exception:
            self.close()
            raise

    def request(self, operation, body, service="codedeploy", target=None, skew_s=0, tamper=None, headers=None):
        """One API request with any body; returns the answer whatever it is."""
        body = body if isinstance(body, bytes) else body.encode()
        base = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target or f"{PREFIXES[service]}.{operation}"}
        base.update(headers or {})
        finished = self.sign("POST", "/", base, body, service, skew_s)
        if tamper:
            tamper(finished)
        return self.send("POST", "/", finished, body)

    def call(self, operation, service="codedeploy", **arguments):
        """A proper call: the decoded answer, or Refused."""
        answer = self.request(operation, json.dumps(arguments), service)
        if answer.status != 200:
            raise Refused(answer.status, *answer.error())
        return json.loads(answer.body) if answer.body else None

    def s3(self, method, path, body=b""):
        return self.send(method, path, self.sign(method, path, {}, body, "s3"), body)
