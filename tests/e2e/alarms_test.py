#!/usr/bin/env python3
"""Deployments that a real Prometheus stops: a hook makes the application show errors, a rule fires, the deployment is stopped and rolled
back while the alert still fires.

SEED repeats the moments of the kills, KILLS changes their number.
"""
import http.client
import http.server
import random
import shutil
import threading
import urllib.request

from harness import *

PROMETHEUS = shutil.which("prometheus")
KILLS = int(os.environ.get("KILLS", "6"))
HOSTS = ["web-1", "web-2"]
OVER = ("Succeeded", "Failed", "Stopped")

# The application "breaks" for good, whatever is deployed after it: the alert must not be gone because of the rollback.
BREAK = """#!/bin/sh
touch "$ERRORS"
"""
# Holds the deployment until the test has seen the alert.
HOLD = """#!/bin/sh
for i in $(seq 600); do [ -e "$RELEASE" ] && exit 0; sleep 0.1; done
exit 1
"""


class Monitoring:
    """Prometheus with one rule over what the test's own metrics endpoint shows: 1 as soon as a file is there."""

    def __init__(self, world):
        if PROMETHEUS is None:
            raise Skip("prometheus is missing: tools/install-packages installs it")
        self.errors = errors = world.folder / "errors"

        class Metrics(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"app_errors {int(errors.exists())}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *rest):
                pass
        self.metrics = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
        threading.Thread(target=self.metrics.serve_forever, daemon=True).start()
        world.closers.append(self.metrics.shutdown)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (world.folder / "rules.yml").write_text(
            "groups:\n  - name: app\n    interval: 200ms\n    rules:\n"
            "      - {alert: HighErrors, expr: app_errors > 0}\n")
        config = world.folder / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}\n"
            f"rule_files: [{world.folder}/rules.yml]\n"
            "scrape_configs:\n  - job_name: app\n    static_configs:\n"
            f"      - targets: ['127.0.0.1:{self.metrics.server_port}']\n")
        log = world.folder / "prometheus.log"
        world.logs.append(log)
        self.process = Process("prometheus", [
            PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={world.folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{self.port}"], clean_environment(world.folder), log).start()
        world.processes.append(self.process)
        wait_until("Prometheus with a judged rule", lambda: self.rule().get("health") == "ok", timeout_s=60)

    def rule(self):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/rules?type=alert", timeout=5) as answer:
                groups = json.load(answer)["data"]["groups"]
        except (OSError, http.client.HTTPException):
            return {}
        return groups[0]["rules"][0] if groups else {}

    def fires(self):
        return self.rule().get("state") == "firing"


class Site:
    def __init__(self, world, alarms=("high-errors",), **alarm_configuration):
        self.world = world
        self.monitoring = Monitoring(world)
        self.release = world.folder / "release"
        self.server = world.server(settings="alarm_poll_s: 1\nalarm_unreadable_s: 10\nplan_reading_s: 2\n", integrations=(
            "alarms:\n"
            f"  high-errors: {{driver: prometheus, url: '{self.monitoring.url}', alert: HighErrors}}\n"
            f"  error-rate: {{driver: prometheus, url: '{self.monitoring.url}', expression: app_errors > 0}}\n"
            f"  misspelt: {{driver: prometheus, url: '{self.monitoring.url}', alert: HihgErrors}}\n"
            f"  silent: {{driver: prometheus, url: '{Silence(world).url}', alert: HighErrors}}\n"))
        self.client = self.server.client(timeout_s=5)
        for name in HOSTS:
            world.agent(self.server, name, tags={"fleet": "web"}, extra_config={"poll_backoff_first": 0.2},
                        environment={"ERRORS": self.monitoring.errors, "RELEASE": self.release})
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        self.upload("good", {})
        self.upload("bad", {"ApplicationStart": BREAK, "ValidateService": HOLD})
        self.call("CreateApplication", applicationName="shop")
        self.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName="web", serviceRoleArn=SERVICE_ROLE,
                  deploymentConfigName="CodeDeployDefault.OneAtATime",
                  onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "web", "Type": "KEY_AND_VALUE"}],
                  alarmConfiguration={"enabled": True, "alarms": [{"name": n} for n in alarms], **alarm_configuration},
                  autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]})

    def upload(self, name, hooks):
        folder = revision_folder(self.world.folder / name, {"readme": name}, hooks)
        for event, text in hooks.items():
            (folder / "hooks" / event).write_text(text)
        bundle = tar_folder(folder, self.world.folder / f"{name}.tgz").read_bytes()
        equal(self.client.s3("PUT", f"/releases/{name}.tgz", bundle).status, 200, "status of the upload")

    def call(self, operation, **arguments):
        """Calls until the server is there: it may be between a kill and the start."""
        deadline = time.monotonic() + 20 * PATIENCE
        while True:
            try:
                return self.client.call(operation, **arguments)
            except (OSError, http.client.HTTPException) as error:
                self.client.close()
                if time.monotonic() > deadline:
                    raise Failure(f"{operation}: {error!r}")
                time.sleep(0.02)

    def deploy(self, revision, **more):
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": f"{revision}.tgz", "bundleType": "tgz"}}
        return self.call("CreateDeployment", applicationName="shop", deploymentGroupName="web", revision=location,
                         **more)["deploymentId"]

    def alarms_of_plan(self, *alarms, **configuration):
        """[(severity, code, message)] of a plan's alarms; the group's, or these."""
        override = {"overrideAlarmConfiguration": {"enabled": True, "alarms": [{"name": n} for n in alarms], **configuration}}
        answer = self.client.request("PlanDeployment", json.dumps({
            "applicationName": "shop", "deploymentGroupName": "web", **(override if alarms else {}),
            "revision": {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "good.tgz", "bundleType": "tgz"}}}),
            target="Slipway_20261101.PlanDeployment")
        equal(answer.status, 200, f"status of a plan: {answer.body}")
        return [(f["severity"], f["code"], f["message"]) for f in json.loads(answer.body)["findings"] if f["code"].startswith("ALARM")]

    def info(self, deployment_id):
        return self.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]

    def finish(self, deployment_id, status="Succeeded"):
        def over():
            info = self.info(deployment_id)
            return info if info["status"] in OVER else None
        info = wait_until(f"the end of {deployment_id}", over, timeout_s=90)
        equal(info["status"], status, f"status of {deployment_id}: {info.get('errorInformation')}")
        return info

    def wait_for_stop(self, deployment_id):
        """Until it starts nothing more; a host is still at its event."""
        wait_until("the alarm's effect", lambda: "<high-errors>" in self.info(deployment_id).get(
            "additionalDeploymentStatusInfo", ""), timeout_s=90)

    def check_stopped_and_rolled_back(self, bad, good):
        info = self.finish(bad, "Stopped")
        equal(info["errorInformation"]["code"], "ALARM_ACTIVE", "error code")
        contains(info["errorInformation"]["message"], "<high-errors>", "message")
        rollback = self.finish(info["rollbackInfo"]["rollbackDeploymentId"])
        equal(rollback["creator"], "codeDeployRollback", "creator")
        equal(rollback["revision"], self.info(good)["revision"], "revision of the rollback")
        equal(self.monitoring.fires(), True, "the alert, which the rollback did not look at")


@case("a Prometheus alert stops a deployment, and its rollback succeeds while the alert still fires (95, 107, 108, 149, 151)")
def alert(world):
    site = Site(world)
    good = site.deploy("good")
    site.finish(good)
    bad = site.deploy("bad")
    wait_until("the alert", site.monitoring.fires)
    site.wait_for_stop(bad)
    site.release.touch()
    site.check_stopped_and_rolled_back(bad, good)

    # A redeployment by hand is stopped before anything of it, unless its own configuration says otherwise.
    again = site.deploy("good", overrideAlarmConfiguration={"enabled": True, "alarms": [{"name": "error-rate"}]})
    info = site.finish(again, "Stopped")
    contains(info["errorInformation"]["message"], "<error-rate>", "message")
    equal(info["deploymentOverview"]["Succeeded"], 0, "hosts that were deployed to")
    site.finish(info["rollbackInfo"]["rollbackDeploymentId"])
    site.finish(site.deploy("good", overrideAlarmConfiguration={"enabled": False, "alarms": []}))


@case("an alarm that is not there stops a deployment, unless that is ignored (150)")
def misspelt(world):
    site = Site(world, alarms=["misspelt"])
    info = site.finish(site.deploy("good"), "Stopped")
    contains(info["errorInformation"]["message"], "has no alerting rule HihgErrors", "message")
    info = site.finish(site.deploy("good", overrideAlarmConfiguration={
        "enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "misspelt"}]}))
    contains(info["additionalDeploymentStatusInfo"], "which is ignored: misspelt", "what is told all the same")


@case("a plan says which alarms are active, or cannot be read, and does not wait for one that does not answer")
def planned(world):
    site = Site(world)
    equal(site.alarms_of_plan(), [], "a quiet alarm")
    site.monitoring.errors.touch()
    wait_until("the alert", site.monitoring.fires)
    [(severity, code, message)] = site.alarms_of_plan()
    equal((severity, code), ("blocks", "ALARM_ACTIVE"), "an active alarm")
    contains(message, "Alarm high-errors is active", "message")
    found = site.alarms_of_plan("silent", "misspelt", "error-rate")
    equal([(s, c) for s, c, _ in found], [("warns", "ALARM_NOT_READ"), ("blocks", "ALARM_NOT_READ"), ("blocks", "ALARM_ACTIVE")],
          "alarms that say something each")
    contains(found[0][2], "Alarm silent could not be read right now: no answer within 2 s", "message")
    contains(found[1][2], "has no alerting rule HihgErrors", "message")
    equal(site.alarms_of_plan("misspelt", ignorePollAlarmFailure=True)[0][:2], ("warns", "ALARM_NOT_READ"), "one that may be unreadable")
    done = site.server.slipway("plan", "-a", "shop", "-g", "web", "-r", "s3://releases/good.tgz", check=False)
    equal(done.returncode, 1, "exit status of a plan that is blocked")
    contains(done.stdout, "blocks  ALARM_ACTIVE: Alarm high-errors is active", "plan for people")

    site.monitoring.process.stop()
    [(severity, code, message)] = site.alarms_of_plan()
    equal((severity, code), ("warns", "ALARM_NOT_READ"), "an alarm that cannot be read")
    contains(message, "could not be read right now", "message")


@case("an alert while the deployment bakes stops it and rolls it back")
def baking(world):
    site = Site(world)
    good = site.deploy("good", overrideAlarmConfiguration={"enabled": False, "alarms": []})
    site.finish(good)
    site.release.touch()
    site.upload("late", {})
    late = site.deploy("late", overrideAlarmConfiguration={
        "enabled": True, "alarms": [{"name": "high-errors"}], "bakingTimeInMinutes": 30})
    wait_until("baking", lambda: site.info(late)["status"] == "Baking")
    site.monitoring.errors.touch()
    site.check_stopped_and_rolled_back(late, good)


@case(f"the same through {KILLS} kills of the server at random moments")
def kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    moments = random.Random(seed)
    site = Site(world)
    good = site.deploy("good")
    site.finish(good)
    bad = site.deploy("bad")
    killed = 0

    def kill():
        time.sleep(moments.uniform(0.0, 0.8))
        site.server.kill()
        site.client.close()
        site.server.start()
    for _ in range(KILLS // 2):
        kill()
        killed += 1
    wait_until("the alert", site.monitoring.fires)
    # Whoever was reading alarms as it was killed is replaced after alarm_unreadable_s.
    site.wait_for_stop(bad)
    site.release.touch()
    for _ in range(KILLS - killed):
        kill()
    site.check_stopped_and_rolled_back(bad, good)


if __name__ == "__main__":
    main(globals())
