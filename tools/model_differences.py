"""Differences between our API facts and a public model that are right, each with its reason: for tools/check-api-model.

An entry that no model of its kind needs any more is a failure: take it out.
"""

# ---- Debian's botocore, which is years older than our facts -------------------------------------

ZONAL = "zonal deployment configurations came after these models"
TERMINATION = "termination hooks came after these models"
REQUIRED = "newer models mark what the service always demanded"
MODE = "only in the newest JavaScript SDK"

OLDER = {
    "member CreateDeploymentConfigInput.zonalConfig is not in the model": ZONAL,
    "member DeploymentConfigInfo.zonalConfig is not in the model": ZONAL,
    "error InvalidZonalDeploymentConfigurationException of CreateDeploymentConfig is not in the model": ZONAL,
    "member AutoScalingGroup.terminationHook is not in the model": TERMINATION,
    "member CreateDeploymentGroupInput.terminationHookEnabled is not in the model": TERMINATION,
    "member DeploymentGroupInfo.terminationHookEnabled is not in the model": TERMINATION,
    "member UpdateDeploymentGroupInput.terminationHookEnabled is not in the model": TERMINATION,
    "value autoscalingTermination of DeploymentCreator is not in the model": TERMINATION,
    "member CreateDeploymentInput.deploymentMode is not in the model": MODE,
    "member DeploymentInfo.deploymentMode is not in the model": MODE,
}
for owner, members in (("BatchGetDeploymentTargetsInput", ("deploymentId", "targetIds")),
                       ("GetDeploymentTargetInput", ("deploymentId", "targetId")),
                       ("ListDeploymentTargetsInput", ("deploymentId",))):
    for member in members:
        OLDER[f"member {owner}.{member} is not required by the model"] = REQUIRED

LATE_ERRORS = {
    "CreateApplication": ("ThrottlingException",),
    "CreateDeployment": ("InvalidComputePlatformException", "InvalidECSServiceException", "InvalidInputException"),
    "ListDeploymentInstances": ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"),
    "ListDeploymentTargets": ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException",
                              "InvalidTargetFilterNameException"),
}
for operation, errors in LATE_ERRORS.items():
    for error in errors:
        OLDER[f"error {error} of {operation} is not in the model"] = "newer models list more of what the service always said"

# ---- what is ours alone -----------------------------------------------------------------------

# Only a request with a planToken, which no stock client sends, is answered so, and only its deployment ends so.
OURS = {"error PlanIsStaleException of CreateDeployment is not in the model": "plans are ours",
        "value PLAN_IS_STALE of DeploymentErrorCode is not in the model": "plans are ours"}
OLDER.update(OURS)

# ---- AWS's identity service ---------------------------------------------------------------------

KEPT = "the administrator that the settings name cannot be changed over the network, and the model has no other word for it"
IDENTITY = {f"error UnmodifiableEntity of {operation} is not in the model": KEPT
            for operation in ("DeleteAccessKey", "DeleteUser", "UpdateAccessKey")}
IDENTITY["shape IamText is a structure in the model"] = "elements of lists that are always empty here"

EXPLAINED = {
    ("botocore", "codedeploy"): OLDER,
    ("botocore", "iam"): IDENTITY,
    ("javascript", "codedeploy"): OURS,
}

# ErrorCode would be ApiErrorCode in C, which is the list of exceptions.
RENAMED = {"DeploymentErrorCode": "ErrorCode"}

# Of these services we have a part: what is not here is no difference.
PARTS = {"iam", "sts", "cloudtrail"}
