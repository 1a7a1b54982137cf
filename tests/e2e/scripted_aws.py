"""EC2 and Auto Scaling for tests: instances and groups that a case puts there, answered from memory. Every request's signature and every parameter is
held against AWS's service model, and so is every answer."""

import hashlib
import http.server
import threading
import urllib.parse
from xml.sax.saxutils import escape

from aws_calls_test import check_answer, check_request, service_model
from harness import *

ACCOUNT = SERVICE_ROLE.split(":")[4]
KEYS = ("AKIDSCRIPTEDAWS00000", "scripted-secret")
TERMINATED = ("Terminated", "terminated")


def arn_of(instance):
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance}"


def xml_of(value):
    """Dictionaries are elements, lists repeat what they are in."""
    if isinstance(value, dict):
        return "".join(f"<{k}>{xml_of(part)}</{k}>" for k, v in value.items() for part in (v if isinstance(v, list) else [v]))
    return escape(str(value))


class ScriptedAws:
    def __init__(self, world):
        self.lock = threading.Lock()
        self.instances = {}  # id -> {"tags", "state", "group", "lifecycle"}
        self.hooks = {}      # (group, hook) -> parameters
        self.calls = []      # (action, parameters)
        self.problems = []
        aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, text = aws.serve(self.headers, body)
                except Exception as problem:  # told when the case ends; the client only sees a failure
                    aws.problems.append(repr(problem))
                    status, text = 500, ""
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        world.closers.append(self.close)

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def integrations(self, folder):
        keys = folder / "aws.ini"
        keys.touch(mode=0o600)
        keys.write_text(f"[default]\naws_access_key_id = {KEYS[0]}\naws_secret_access_key = {KEYS[1]}\n")
        return (f"aws:\n  credentials_file: {keys}\n  endpoints: {{ec2: {self.url}, autoscaling: {self.url}}}\n"
                "inventory: {ec2: true}\n")

    # ---- the requests ----

    def check_signature(self, headers, body, service):
        """Signs the same request with the same keys, and compares."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        authorization = headers["Authorization"]
        signed = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest("POST", self.url + "/", {name: headers[name] for name in signed if name != "host"}, body)
        request.context["timestamp"] = headers["X-Amz-Date"]
        auth = SigV4Auth(Credentials(*KEYS), service, REGION)
        auth.headers_to_sign = lambda r: {name: headers[name] for name in signed}  # those that were signed
        auth.payload = lambda r: hashlib.sha256(body).hexdigest()
        canonical = "\n".join(["POST", "/", "", *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(signed)), "",
                               ";".join(sorted(signed)), hashlib.sha256(body).hexdigest()])
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        equal(authorization.split("Signature=")[1], signature, f"signature of {service}")

    def serve(self, headers, raw):
        body = raw.decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        service = headers["Authorization"].split("Credential=")[1].split(",")[0].split("/")[3]
        self.check_signature(headers, raw, service)
        action = form["Action"]
        operation = service_model(service, form["Version"]).operation_model(action)
        check_request(operation, body, service == "ec2")
        with self.lock:
            self.calls.append((action, form))
            result = getattr(self, action)(form)
        if isinstance(result, str):
            return 400, f"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>{result}</Message></Error></ErrorResponse>"
        inner = xml_of(result)
        text = f"<{action}Response>{inner}</{action}Response>" if service == "ec2" else (
            f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>")
        check_answer(operation, "ec2" if service == "ec2" else "query", 200, text)
        return 200, text

    # ---- EC2 ----

    def DescribeInstances(self, form):
        return {"reservationSet": {"item": [
            {"ownerId": ACCOUNT, "instancesSet": {"item": {
                "instanceId": name, "instanceState": {"name": it["state"]}, "placement": {"availabilityZone": REGION + "a"},
                "tagSet": {"item": [{"key": k, "value": v} for k, v in it["tags"].items()]}}}}
            for name, it in self.instances.items() if it["tags"]]}}

    # ---- Auto Scaling ----

    def DescribeAutoScalingGroups(self, form):
        names = [value for key, value in form.items() if key.startswith("AutoScalingGroupNames.")]
        return {"AutoScalingGroups": {"member": [
            {"AutoScalingGroupName": group,
             "AutoScalingGroupARN": f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/{group}",
             "Instances": {"member": [
                 {"InstanceId": name, "AvailabilityZone": REGION + "b", "LifecycleState": it["lifecycle"]}
                 for name, it in self.instances.items() if it["group"] == group and it["lifecycle"] not in TERMINATED]}}
            for group in names]}}

    def PutLifecycleHook(self, form):
        self.hooks[form["AutoScalingGroupName"], form["LifecycleHookName"]] = form
        return {}

    def DeleteLifecycleHook(self, form):
        return {} if self.hooks.pop((form["AutoScalingGroupName"], form["LifecycleHookName"]), None) else "hook not found"

    def RecordLifecycleActionHeartbeat(self, form):
        return {} if self.instances[form["InstanceId"]]["lifecycle"].endswith(":Wait") else "No active Lifecycle Action found"

    def CompleteLifecycleAction(self, form):
        it = self.instances[form["InstanceId"]]
        if not it["lifecycle"].endswith(":Wait"):
            return "No active Lifecycle Action found"
        go_on = form["LifecycleActionResult"] == "CONTINUE" and it["lifecycle"] == "Pending:Wait"
        it["lifecycle"] = "InService" if go_on else "Terminated"
        return {}

    # ---- for cases ----

    def add(self, name, tags=None, group=None, lifecycle=None, state="running"):
        with self.lock:
            self.instances[name] = {"tags": tags or {}, "state": state, "group": group, "lifecycle": lifecycle}

    def lifecycle(self, name):
        with self.lock:
            return self.instances[name]["lifecycle"]

    def actions(self, action):
        with self.lock:
            return [form for name, form in self.calls if name == action]
