"""What Terraform's provider does to an application and a deployment group, and whether its next plan would be empty.

A configuration is written in the API's words, with "name" and "tags"; what it leaves out has Terraform's default. The
cycle is the provider's (api.md 8.6): create or update with only what changed, read back by name, and compare what was
read, flattened as Terraform keeps it in its state, with what was configured.
"""

from values import Wrong


def nothing_as_absent(value):
    return value or None


def as_set(items):
    return frozenset(items or ())


def filters(items):
    """Terraform keeps all three members, and sends them all, an empty text for what is not used."""
    return as_set(tuple(item.get(part, "") for part in ("Key", "Type", "Value")) for item in items or ())


def tag_set(member):
    return lambda value: as_set(filters(group) for group in (value or {}).get(member, ()))


def group_names(items):
    return as_set(item if isinstance(item, str) else item["name"] for item in items or ())


def triggers(items):
    return as_set((t["triggerName"], t["triggerTargetArn"], as_set(t["triggerEvents"])) for t in items or ())


def alarms(value):
    names = as_set(alarm["name"] for alarm in (value or {}).get("alarms", ()))
    if not names and not (value or {}).get("enabled"):
        return None
    return names, value.get("enabled", False), value.get("ignorePollAlarmFailure", False)


def rollback(value):
    events = as_set((value or {}).get("events"))
    if not events and not (value or {}).get("enabled"):
        return None
    return events, value.get("enabled", False)


def balancers(value):
    kinds = ("elbInfoList", "targetGroupInfoList")
    flat = tuple(as_set(item["name"] for item in (value or {}).get(kind, ())) for kind in kinds)
    return flat if any(flat) else None


# member: (how it is compared, what is sent to take it away, what stands for leaving it out). NOT_COMPARED: what Terraform
# takes from the service when the configuration says nothing.
NOT_COMPARED = object()
ATTRIBUTES = {
    "deploymentConfigName": (str, None, "CodeDeployDefault.OneAtATime"),
    "serviceRoleArn": (str, None, NOT_COMPARED),
    "outdatedInstancesStrategy": (str, None, "UPDATE"),
    "autoScalingGroups": (group_names, [], []),
    "ec2TagFilters": (filters, [], []),
    "ec2TagSet": (tag_set("ec2TagSetList"), {"ec2TagSetList": []}, {}),
    "onPremisesInstanceTagFilters": (filters, [], []),
    "triggerConfigurations": (triggers, [], []),
    "alarmConfiguration": (alarms, {"enabled": False, "alarms": [], "ignorePollAlarmFailure": False}, None),
    "autoRollbackConfiguration": (rollback, {"enabled": False, "events": []}, None),
    "loadBalancerInfo": (balancers, {}, None),
    "deploymentStyle": (nothing_as_absent, None, NOT_COMPARED),
    "blueGreenDeploymentConfiguration": (nothing_as_absent, None, NOT_COMPARED),
}


def plan(configuration, state):
    """What Terraform would change: member -> (what is there, what should be)."""
    changes = {}
    for member, (flatten, _, fallback) in ATTRIBUTES.items():
        wanted = configuration.get(member, fallback)
        if wanted is NOT_COMPARED:
            continue
        there, should = flatten(state.get(member)), flatten(wanted)
        if there != should:
            changes[member] = (there, should)
    return changes


class Terraform:
    def __init__(self, call, variables):
        self.call = call
        self.application = variables["app"]
        self.arn = "arn:{partition}:codedeploy:{region}:{account}".format(**variables)
        self.name = None

    def names(self):
        return {"applicationName": self.application, "deploymentGroupName": self.name}

    def read(self):
        return self.call("GetDeploymentGroup", **self.names())["deploymentGroupInfo"]

    def read_tags(self):
        answer = self.call("ListTagsForResource", ResourceArn=f"{self.arn}:deploymentgroup:{self.application}/{self.name}")
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}

    def create(self, configuration):
        self.name = configuration["name"]
        sent = {member: configuration[member] for member in ATTRIBUTES if configuration.get(member)}
        sent.setdefault("deploymentConfigName", "CodeDeployDefault.OneAtATime")
        sent.setdefault("outdatedInstancesStrategy", "UPDATE")
        tags = [{"Key": key, "Value": value} for key, value in configuration.get("tags", {}).items()]
        if tags:
            sent["tags"] = tags
        self.id = self.call("CreateDeploymentGroup", **self.names(), **sent)["deploymentGroupId"]

    def update(self, configuration):
        changes = plan(configuration, self.read())
        sent = {"applicationName": self.application, "serviceRoleArn": configuration["serviceRoleArn"],
                "currentDeploymentGroupName": self.name}
        for member in changes:
            _, removal, fallback = ATTRIBUTES[member]
            sent[member] = configuration.get(member) or (fallback if removal is None else removal)
        if configuration["name"] != self.name:
            sent["newDeploymentGroupName"] = configuration["name"]
        # A configuration that is checked against the request's own Auto Scaling groups comes with them.
        if "blueGreenDeploymentConfiguration" in sent:
            sent.setdefault("autoScalingGroups", configuration.get("autoScalingGroups", []))
        self.call("UpdateDeploymentGroup", **sent)
        self.name = configuration["name"]

    def update_tags(self, wanted):
        there = self.read_tags()
        arn = f"{self.arn}:deploymentgroup:{self.application}/{self.name}"
        gone = sorted(set(there) - set(wanted))
        if gone:
            self.call("UntagResource", ResourceArn=arn, TagKeys=gone)
        changed = [{"Key": key, "Value": value} for key, value in wanted.items() if there.get(key) != value]
        if changed:
            self.call("TagResource", ResourceArn=arn, Tags=changed)

    def apply(self, configuration):
        """Brings the group to its configuration; the plan that would follow must be empty, twice: reading changes nothing."""
        if self.name is None:
            self.create(configuration)
        else:
            self.update(configuration)
            self.update_tags(configuration.get("tags", {}))
        for _ in range(2):
            state = self.read()
            left = plan(configuration, state)
            if left:
                raise Wrong(f"after applying {configuration}, the next plan is {left}")
        if state["deploymentGroupId"] != self.id:
            raise Wrong("an update made another group")
        if self.read_tags() != configuration.get("tags", {}):
            raise Wrong(f"after applying {configuration}, the tags are {self.read_tags()}")
