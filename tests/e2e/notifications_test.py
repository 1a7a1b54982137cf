#!/usr/bin/env python3
"""Notifications as their receivers see them: in order, at least once through kills, signed, and as dead letters when nobody takes them.

SEED repeats the moments of the kills.
"""
import base64
import hashlib
import hmac
import http.client
import http.server
import random
import threading
import urllib.parse

from harness import *

import botocore.loaders
import botocore.model
import botocore.validate

SECRET = "0123456789abcdef0123456789abcdef"
TOPIC = "arn:aws:sns:us-east-1:123456789012:ops"
EVERYTHING = ["DeploymentStart", "DeploymentSuccess", "DeploymentFailure", "DeploymentStop", "InstanceStart",
              "InstanceSuccess", "InstanceFailure"]


def verify(headers, body, secret=SECRET.encode(), tolerance_s=300):
    """What docs/integrations.md has receivers do."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) <= tolerance_s
    return fresh and any(hmac.compare_digest(given, "v1," + right)
                         for given in headers["webhook-signature"].split())


class Receiver:
    """Answers what `answer` says, 200 or another status; keeps what it took, and what it did not."""

    def __init__(self, world, fails=0):
        self.fails, self.taken, self.refused, self.forged = fails, [], 0, 0
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    status = receiver.take(self, body)
                answer = receiver.text(self, body) if status == 200 else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *rest):
                pass
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        world.closers.append(self.http.shutdown)

    def text(self, request, body):
        return b""

    def take(self, request, body):
        if not verify(request.headers, body):
            self.forged += 1
            return 403
        if self.fails:
            self.fails -= 1
            self.refused += 1
            return 503
        self.taken.append((request.headers["webhook-id"], json.loads(body)))
        return 200


def what(message):
    """A trigger's message, short: of a deployment its status, of an instance its id's end and status."""
    if "instanceStatus" in message:
        return message["instanceStatus"]
    return message["status"]


class Site:
    def __init__(self, world, integrations, settings="", events=EVERYTHING, hosts=("web-1",)):
        (world.folder / "hook.key").write_text(SECRET + "\n")
        (world.folder / "hook.key").chmod(0o600)
        self.world = world
        self.server = world.server(integrations=integrations, settings=settings)
        self.client = self.server.client(timeout_s=5)
        self.agents = [world.agent(self.server, name, tags={"fleet": "web"}, extra_config={"poll_backoff_first": 0.2})
                       for name in hosts]
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        folder = revision_folder(world.folder / "good", {"readme": "good"}, ["ValidateService"])
        bundle = tar_folder(folder, world.folder / "good.tgz").read_bytes()
        equal(self.client.s3("PUT", "/releases/good.tgz", bundle).status, 200, "status of the upload")
        self.call("CreateApplication", applicationName="shop")
        self.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName="web", serviceRoleArn=SERVICE_ROLE,
                  deploymentConfigName="CodeDeployDefault.AllAtOnce",
                  onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "web", "Type": "KEY_AND_VALUE"}],
                  triggerConfigurations=[{"triggerName": "ops", "triggerTargetArn": TOPIC, "triggerEvents": events}])

    def call(self, operation, **arguments):
        deadline = time.monotonic() + 20 * PATIENCE
        while True:
            try:
                return self.client.call(operation, **arguments)
            except (OSError, http.client.HTTPException) as error:
                self.client.close()
                if time.monotonic() > deadline:
                    raise Failure(f"{operation}: {error!r}")
                time.sleep(0.02)

    def deploy(self):
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "good.tgz", "bundleType": "tgz"}}
        return self.call("CreateDeployment", applicationName="shop", deploymentGroupName="web",
                         revision=location)["deploymentId"]

    def finish(self, deployment_id):
        def over():
            info = self.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        info = wait_until(f"the end of {deployment_id}", over, timeout_s=90)
        equal(info["status"], "Succeeded", f"status of {deployment_id}: {info.get('errorInformation')}")

    def letters(self, *options):
        text = self.server.slipway("notifications", "list", "--output", "json", *options)
        return json.loads(text)["notifications"]


def webhook(world, receiver):
    return (f"triggers:\n  '{TOPIC}': {{driver: webhook, url: '{receiver.url}/hook', "
            f"secret_file: '{world.folder}/hook.key'}}\n")


@case("a signed webhook hears of everything in order and at least once, through kills and its own failures")
def in_order(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    moments = random.Random(seed)
    receiver = Receiver(world, fails=3)
    site = Site(world, webhook(world, receiver))
    deployment = site.deploy()
    for _ in range(6):
        time.sleep(moments.uniform(0.0, 0.5))
        site.server.kill()
        site.client.close()
        site.server.start()
    site.finish(deployment)
    # What was on its way when the server was killed is delivered when its lease, 90 s, is over.
    wait_until("the last notification", lambda: any(what(m) == "SUCCEEDED" for _, m in receiver.taken), timeout_s=300)
    equal(receiver.forged, 0, "requests with a bad signature")
    first = list({number: message for number, message in receiver.taken}.values())
    equal([what(m) for m in first], ["CREATED", "InProgress", "Succeeded", "SUCCEEDED"], "what was told, in order")
    for number, message in receiver.taken:
        equal(message, dict(receiver.taken)[number], "a message that was sent twice")
    equal({m["deploymentId"] for m in first}, {deployment}, "deployments")
    equal(json.loads(first[-1]["deploymentOverview"])["Succeeded"], 1, "hosts that succeeded (153)")
    wait_until("an empty outbox", lambda: site.letters() == [])


@case("what nobody takes is a dead letter, which is retried or dropped, and no deployment minds (155)")
def dead_letters(world):
    receiver = Receiver(world, fails=1000)
    site = Site(world, webhook(world, receiver), settings="notification_tries: 1\n",
                events=["DeploymentStart", "DeploymentSuccess"])
    deployment = site.deploy()
    site.finish(deployment)
    dead = wait_until("two dead letters", lambda: len(site.letters("--dead")) == 2 and site.letters("--dead"))
    equal([d["event"] for d in dead], ["DeploymentStart", "DeploymentSuccess"], "events")
    equal({d["status"] for d in dead}, {"dead"}, "status")
    contains(dead[0]["failure"], "answered 503", "failure")
    contains(site.server.slipway("notifications", "list", "--dead"), "tries failed; the last:", "for people")
    contains(site.server.get("/metrics")[2].decode(), "slipway_notifications_dead_total 2", "metrics")

    receiver.fails = 0
    contains(site.server.slipway("notifications", "retry", dead[1]["notificationId"]), "is tried again")
    wait_until("the retried one", lambda: [what(m) for _, m in receiver.taken] == ["SUCCEEDED"])
    contains(site.server.slipway("notifications", "drop", dead[0]["notificationId"]), "is dropped")
    equal(site.letters(), [], "what is left")
    done = site.server.slipway("notifications", "drop", dead[0]["notificationId"], check=False)
    contains(done.stderr, "No notification", "dropping what is gone")


@case("a trigger whose topic nobody serves is logged, and costs nothing (155)")
def nobody(world):
    site = Site(world, "")
    site.finish(site.deploy())
    contains(site.server.log.read_text(), "event=trigger-reaches-nobody", "log")
    equal(site.letters(), [], "what waits")


class Aws(Receiver):
    """SNS and EventBridge, which hold what they get against AWS's own models."""

    def take(self, request, body):
        target = request.headers.get("X-Amz-Target")
        if target is None:
            form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
            equal(form.pop("Version"), "2010-03-31", "version")
            self.check("sns", form.pop("Action"), form)
            self.taken.append(("sns", json.loads(form["Message"])))
        else:
            equal(target, "AWSEvents.PutEvents", "target")
            equal(request.headers["Content-Type"], "application/x-amz-json-1.1", "type")
            call = json.loads(body)
            self.check("events", "PutEvents", call)
            self.taken.extend(("events", entry) for entry in call["Entries"])
        return 200

    def check(self, service, operation, parameters):
        model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(service, "service-2"))
        shape = model.operation_model(operation).input_shape
        report = botocore.validate.ParamValidator().validate(parameters, shape)
        if report.has_errors() or set(parameters) - set(shape.members):
            self.forged += 1
            diagnose(f"{service} {operation}: {report.generate_report()} {parameters}")

    def text(self, request, body):
        if request.headers.get("X-Amz-Target") is None:
            return b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
        return b'{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}'


@case("SNS and EventBridge get what their models allow, and CloudEvents go beside them (152, 153, 154)")
def aws_services(world):
    aws, cloud = Aws(world), Receiver(world)
    (world.folder / "aws.ini").write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hush\n")
    (world.folder / "aws.ini").chmod(0o600)
    site = Site(world, (
        f"aws: {{credentials_file: '{world.folder}/aws.ini', endpoints: {{sns: '{aws.url}', events: '{aws.url}'}}}}\n"
        "events:\n  - {driver: eventbridge, bus: default}\n"
        f"  - {{driver: cloudevents, url: '{cloud.url}/events', secret_file: '{world.folder}/hook.key'}}\n"))
    deployment = site.deploy()
    site.finish(deployment)
    wait_until("everything", lambda: len(aws.taken) == 8 and len(cloud.taken) == 4)
    equal(aws.forged, 0, "requests that AWS's models do not allow")
    equal([what(m) for service, m in aws.taken if service == "sns"],
          ["CREATED", "InProgress", "Succeeded", "SUCCEEDED"], "messages")
    details = [json.loads(entry["Detail"]) for service, entry in aws.taken if service == "events"]
    equal([d["state"] for d in details], ["START", "START", "SUCCESS", "SUCCESS"], "states of events")
    equal(["instanceId" in d for d in details], [False, True, True, False], "events of instances")
    equal([event["type"] for _, event in cloud.taken],
          ["slipway.deployment.start", "slipway.instance.start", "slipway.instance.success", "slipway.deployment.success"],
          "CloudEvents")
    equal({event["specversion"] for _, event in cloud.taken}, {"1.0"}, "their version")


if __name__ == "__main__":
    main(globals())
