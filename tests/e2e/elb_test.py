#!/usr/bin/env python3
"""Deployments to EC2 instances behind a target group (ELBv2) and a classic load balancer, with a scripted AWS."""

from fleet_test import BY_ROLE, Fleet
from harness import *
from scripted_aws import ScriptedAws

INSTANCE = "i-0000000000000000a"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{SERVICE_ROLE.split(':')[4]}:targetgroup/api/0123456789abcdef"
DRAINING, UNHEALTHY, HEALTHY = "draining", "unhealthy", "healthy"


class ScriptedBalancers(ScriptedAws):
    """A target group and a classic load balancer, each with the instance in it. It drains, and comes to be healthy, when the case says so."""

    def __init__(self, world):
        super().__init__(world)
        self.standing = {"api": HEALTHY, "old": HEALTHY}  # of the instance; absent: not registered
        self.order = []
        self.serves = lambda: None  # what runs on the instance

    def integrations(self, folder):
        return super().integrations(folder).replace("endpoints: {", f"endpoints: {{elasticloadbalancing: {self.url}, ")

    def go_on(self, balancer, standing):
        with self.lock:
            if standing:
                self.standing[balancer] = standing
            else:
                del self.standing[balancer]

    def note(self, what):
        self.order.append(f"{what} {self.serves()}")

    # ---- target group, 2015-12-01 ----

    def DescribeTargetGroups(self, form):
        equal(form["Names.member.1"], "api", "target group")
        return {"TargetGroups": {"member": {
            "TargetGroupArn": GROUP_ARN, "TargetGroupName": "api", "TargetType": "instance", "Port": 80, "HealthyThresholdCount": 3,
            "HealthCheckIntervalSeconds": 10}}}

    def DescribeTargetGroupAttributes(self, form):
        return {"Attributes": {"member": {"Key": "deregistration_delay.timeout_seconds", "Value": "120"}}}

    def DescribeTargetHealth(self, form):
        equal(form["TargetGroupArn"], GROUP_ARN, "target group")
        standing = self.standing.get("api")
        health = {DRAINING: {"State": "draining", "Reason": "Target.DeregistrationInProgress",
                             "Description": "Target deregistration is in progress"},
                  UNHEALTHY: {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch",
                              "Description": "Health checks failed with these codes: [502]"},
                  HEALTHY: {"State": "healthy"},
                  None: {"State": "unused", "Reason": "Target.NotRegistered", "Description": "Target is not registered to the target group"}}
        if standing is None and "Targets.member.1.Id" not in form:
            return {"TargetHealthDescriptions": {}}
        return {"TargetHealthDescriptions": {"member": {"Target": {"Id": INSTANCE, "Port": 80}, "TargetHealth": health[standing]}}}

    def DeregisterTargets(self, form):
        equal((form["Targets.member.1.Id"], self.standing.get("api")), (INSTANCE, HEALTHY), "what is deregistered")
        self.standing["api"] = DRAINING
        self.note("deregister api")
        return {}

    def RegisterTargets(self, form):
        equal((form["Targets.member.1.Id"], self.standing.get("api")), (INSTANCE, None), "what is registered")
        self.standing["api"] = UNHEALTHY
        self.note("register api")
        return {}

    # ---- classic load balancer, 2012-06-01 ----

    def DescribeInstanceHealth(self, form):
        equal((form["LoadBalancerName"], form["Instances.member.1.InstanceId"]), ("old", INSTANCE), "whose health")
        state, code, description = {
            DRAINING: ("InService", "N/A", "Instance deregistration currently in progress."),
            UNHEALTHY: ("OutOfService", "Instance", "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."),
            HEALTHY: ("InService", "N/A", "N/A"),
            None: ("OutOfService", "Instance", "Instance is not currently registered with the LoadBalancer.")}[self.standing.get("old")]
        return {"InstanceStates": {"member": {"InstanceId": INSTANCE, "State": state, "ReasonCode": code, "Description": description}}}

    def DeregisterInstancesFromLoadBalancer(self, form):
        equal(self.standing.get("old"), HEALTHY, "what is deregistered")
        self.standing["old"] = DRAINING
        self.note("deregister old")
        return {}

    def RegisterInstancesWithLoadBalancer(self, form):
        equal(self.standing.get("old"), None, "what is registered")
        self.standing["old"] = UNHEALTHY
        self.note("register old")
        return {}


class Site(Fleet):
    def __init__(self, world):
        super().__init__(world, ScriptedBalancers(world))
        self.instance(INSTANCE, tags={"role": "web"})
        self.aws.serves = lambda: self.seen(INSTANCE)
        self.group(ec2TagFilters=BY_ROLE, deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
                   loadBalancerInfo={"targetGroupInfoList": [{"name": "api"}], "elbInfoList": [{"name": "old"}]})

    def event(self, deployment, name):
        target = self.server.aws("deploy", "get-deployment-target", "--deployment-id", deployment, "--target-id", INSTANCE)
        events = target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]
        return next(e for e in events if e["lifecycleEventName"] == name)

    def waits_for(self, deployment, event, *parts):
        """Until the event's message is these parts, joined; `slipway status` shows it as well, cut to a line."""
        expected = "; ".join(parts)

        def message():
            shown = self.event(deployment, event)
            return shown["status"] == "InProgress" and shown.get("diagnostics", {}).get("message")
        wait_until(f"{event} to wait for {expected}", lambda: message() == expected)
        contains(self.server.slipway("status", deployment), expected[:100], "slipway status")


GROUP, OLD = f"target group api: {INSTANCE} is ", f"classic load balancer old: {INSTANCE} is "
GROUP_DRAINS = GROUP + "draining (Target deregistration is in progress), up to 120 s"
OLD_DRAINS = OLD + "draining: Instance deregistration currently in progress."
GROUP_FAILS = GROUP + "unhealthy (Health checks failed with these codes: [502]); it has to pass 3 health checks in a row, one every 10 s"
OLD_FAILS = OLD + "OutOfService: Instance has failed at least the UnhealthyThreshold number of health checks consecutively."


@case("a target group and a classic load balancer both drain before the revision changes, both find it healthy after, and each says what it waits for (132, 133)")
def both(world):
    site = Site(world)
    deployment = json.loads(site.deploy(1))["deploymentId"]
    site.waits_for(deployment, "BlockTraffic", OLD_DRAINS, GROUP_DRAINS)
    equal(site.event(deployment, "ApplicationStart")["status"], "Pending", "the revision's event")
    site.aws.go_on("api", None)
    site.waits_for(deployment, "BlockTraffic", OLD_DRAINS)
    site.server.kill()
    site.server.start()
    site.waits_for(deployment, "BlockTraffic", OLD_DRAINS)
    site.aws.go_on("old", None)
    site.waits_for(deployment, "AllowTraffic", OLD_FAILS, GROUP_FAILS)
    equal(site.seen(INSTANCE), "1", "the revision")
    site.aws.go_on("old", HEALTHY)
    site.waits_for(deployment, "AllowTraffic", GROUP_FAILS)
    site.aws.go_on("api", HEALTHY)
    site.one("user")
    equal(site.aws.order, ["deregister old None", "deregister api None", "register old 1", "register api 1"], "what AWS was told, and what ran then")
    equal(site.aws.standing, {"api": HEALTHY, "old": HEALTHY}, "the instance's standing")
    site.no_problems()


if __name__ == "__main__":
    main(globals())
