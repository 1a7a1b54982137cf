// What the GitHub action webfactory/create-aws-codedeploy-deployment asks of the service, in its order (api.md 8.4):
// webfactory_action.mjs '{"application", "group", "groupConfig", "runNumber"}'. Prints a line for each thing that it did.
import { CodeDeploy, waitUntilDeploymentSuccessful } from "@aws-sdk/client-codedeploy";

const { application, group, groupConfig, runNumber } = JSON.parse(process.argv[2]);
const deploy = new CodeDeploy({});
const names = { applicationName: application, deploymentGroupName: group };
// The action leaves the pauses to the SDK, 15 s and more; the limit is its own.
const waiter = { client: deploy, maxWaitTime: 600, minDelay: 1, maxDelay: 1 };

try {
  await deploy.updateDeploymentGroup({
    ...groupConfig, applicationName: application, currentDeploymentGroupName: group,
  });
  console.log("updated");
} catch (error) {
  if (error.name !== "DeploymentGroupDoesNotExistException") throw error;
  await deploy.createDeploymentGroup({ ...groupConfig, ...names });
  console.log("made");
}

let deploymentId;
for (let round = 1; !deploymentId; round += 1) {
  if (round > 5) throw new Error("too many rounds");
  const { deploymentGroupInfo: { lastAttemptedDeployment: { deploymentId: last } = {} } } = await deploy.getDeploymentGroup(names);
  if (last) {
    const { deploymentInfo: { description } } = await deploy.getDeployment({ deploymentId: last });
    const earlier = description?.match(/run_number=(\d+)/)?.[1];
    if (earlier && Number(earlier) > runNumber) throw new Error(`run ${earlier} came first`);
  }
  try {
    ({ deploymentId } = await deploy.createDeployment({
      ...names,
      description: `Created by webfactory/create-aws-codedeploy-deployment (run_number=${runNumber})`,
      revision: {
        revisionType: "GitHub",
        gitHubLocation: { repository: "owner/project", commitId: "ec26c3e57ca3a959ca5aad62de7213c562f8c821" },
      },
    }));
  } catch (error) {
    if (error.name !== "DeploymentLimitExceededException") throw error;
    const found = error.message.match(/(?:is already deploying|already has an active Deployment) '(d-\w+)'/);
    if (!found) throw error;
    console.log(`waiting for ${found[1]}`);
    // Whatever its outcome, the next round follows.
    await waitUntilDeploymentSuccessful(waiter, { deploymentId: found[1] }).catch(() => {});
  }
}
console.log(`created ${deploymentId}`);
await waitUntilDeploymentSuccessful(waiter, { deploymentId });
const { deploymentInfo } = await deploy.getDeployment({ deploymentId });
console.log(`ended ${deploymentInfo.status}`);
