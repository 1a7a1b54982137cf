"""One request to the API as a case describes it, with the knobs of the signing and the HTTP layer, and its judgement."""

import calendar
import email.utils
import json
import math
import time

from wire import API, JSON_TYPE, authorization, sha256

import values
from values import Wrong

# Beyond the window of five minutes a clock is rounded outwards, inside it inwards: what is sent never comes nearer to the
# limit than the case says. An attempt that took longer than this moved the limit itself, and says nothing.
CLOCK_WINDOW_S = 300
CLOCK_ATTEMPT_S = 0.9
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def stamp(offset_s):
    moment = time.time() + offset_s
    outwards = (offset_s > 0) == (abs(offset_s) > CLOCK_WINDOW_S)
    seconds = math.ceil(moment) if outwards else math.floor(moment)
    return time.strftime(DATE_FORMAT, time.gmtime(seconds))


class ApiCall:
    """Made from a step of a case whose variables are filled in already."""

    def __init__(self, endpoint, step):
        self.endpoint, self.step = endpoint, step
        self.sign = step.get("sign", {})
        self.method, self.path = step.get("method", "POST"), step.get("path", "/")
        self.body = step["text"].encode() if "text" in step else json.dumps(step.get("with", {})).encode()
        self.date = stamp(step.get("clock", 0))

    def headers(self):
        target = self.step.get("target", API + self.step["call"])
        headers = {"Host": self.endpoint.host, "Content-Type": JSON_TYPE, "X-Amz-Target": target}
        if self.step.get("date") == "Date":
            moment = calendar.timegm(time.strptime(self.date, DATE_FORMAT))
            headers["Date"] = email.utils.formatdate(moment, usegmt=True)
        else:
            headers["X-Amz-Date"] = self.date
        if "token" in self.sign:
            headers["X-Amz-Security-Token"] = self.sign["token"]
        headers.update(self.step.get("headers", {}))
        return [(name, value) for name, value in headers.items() if value is not None]

    def authorization(self, headers):
        if self.sign.get("nothing"):
            return None
        text = authorization(
            self.method, self.path, headers, self.sign.get("hash", sha256(self.body)),
            self.sign.get("key", self.endpoint.key_id), self.sign.get("secret", self.endpoint.secret), date=self.date,
            region=self.sign.get("region", self.endpoint.region), service=self.sign.get("service", "codedeploy"),
            scope_date=self.sign.get("date"), signed=self.sign.get("headers"))
        if "without" in self.sign:
            parts = [part for part in text.split(", ") if not part.startswith(self.sign["without"])]
            text = ", ".join(parts)
        return text

    def bytes(self):
        headers = self.headers()
        signature = self.authorization(headers)
        if signature:
            headers.append(("Authorization", signature))
        body = self.step["sent"].encode() if "sent" in self.step else self.body
        if self.step.get("framing") == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
            pieces = [body[at:at + 7] for at in range(0, len(body), 7)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        else:
            headers.append(("Content-Length", str(len(body))))
        head = f"{self.method} {self.path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n"
        return head.encode() + body

    def send(self):
        data = self.bytes()
        self.sent_at = time.time()
        with self.endpoint.connect() as connection:
            try:
                connection.send(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was whole: the answer is there to be read
            answer = connection.answer(self.method)
        self.received_at = time.time()
        if answer is None:
            raise Wrong("the connection was closed without an answer")
        return answer


def perform(endpoint, step):
    """Sends the step's request; returns (the call, its answer)."""
    for _ in range(10):
        call = ApiCall(endpoint, step)
        answer = call.send()
        if "clock" not in step or call.received_at - call.sent_at < CLOCK_ATTEMPT_S:
            return call, answer
    raise Wrong(f"no answer within {CLOCK_ATTEMPT_S} s, and this case is about the clock")


# ---- what is expected ---------------------------------------------------------------------------

EXPECTATIONS = ("error", "status", "message", "answer", "body", "header")


def check_envelope(call, answer):
    """What every answer has, whatever it says (lines 1 to 4)."""
    if answer.header("Content-Type") != JSON_TYPE:
        raise Wrong(f"the content type is {answer.header('Content-Type')!r}")
    if not values.UUID.fullmatch(answer.header("x-amzn-RequestId") or ""):
        raise Wrong(f"x-amzn-RequestId is {answer.header('x-amzn-RequestId')!r}")
    date = email.utils.parsedate_to_datetime(answer.header("Date") or "Mon, 01 Jan 1900 00:00:00 GMT").timestamp()
    if not math.floor(call.sent_at) - 1 <= date <= call.received_at + 1:
        raise Wrong(f"Date is {answer.header('Date')!r}")


def check_error(answer, expected, judge):
    got = values.parse(answer.body)
    if got.get("__type") != expected["error"]:
        raise Wrong(f"__type is {got.get('__type')!r}, not {expected['error']!r}: {got.get('message')!r}")
    judge.check(got.get("message", values.ABSENT), expected.get("message", "$text"), "message")


def check_answer(call, answer, expected, began):
    """Judges an answer by a step's expectations; what is "now" happened since the case began."""
    judge = values.Judge(began, call.received_at)
    status = expected.get("status", 400 if "error" in expected else 200)
    if answer.status != status:
        raise Wrong(f"the status is {answer.status}, not {status}: {answer.body[:500]!r}")
    check_envelope(call, answer)
    if "error" in expected:
        check_error(answer, expected, judge)
    if "body" in expected and answer.body.decode() != expected["body"]:
        raise Wrong(f"the body is {answer.body[:500]!r}, not {expected['body']!r}")
    if "answer" in expected:
        judge.check(values.parse(answer.body), expected["answer"])
    for name, value in expected.get("header", {}).items():
        judge.check(answer.header(name) if answer.header(name) is not None else values.ABSENT, value, f"header {name}")
