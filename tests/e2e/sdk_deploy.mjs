// Deploys with nothing but the JavaScript SDK: sdk_deploy.mjs HOST_ARN BUNDLE.tgz. Prints what it saw as one JSON object.
import { createReadStream, readFileSync } from "node:fs";
import {
  CodeDeployClient, AddTagsToOnPremisesInstancesCommand, BatchGetDeploymentTargetsCommand, CreateApplicationCommand,
  CreateDeploymentCommand, CreateDeploymentGroupCommand, GetApplicationCommand, GetDeploymentCommand,
  GetDeploymentTargetCommand, ListDeploymentsCommand, RegisterApplicationRevisionCommand,
  ListDeploymentTargetsCommand, RegisterOnPremisesInstanceCommand, waitUntilDeploymentSuccessful,
} from "@aws-sdk/client-codedeploy";
import {
  S3Client, CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, GetObjectCommand,
  HeadObjectCommand, PutObjectCommand, UploadPartCommand,
} from "@aws-sdk/client-s3";

const [hostArn, bundle] = process.argv.slice(2);
const deploy = new CodeDeployClient({});
const s3 = new S3Client({});
const names = { application: "sdk-app", group: "sdk-group", bucket: "sdk-bucket", host: "sdk-host" };
const seen = { errors: {} };

await s3.send(new CreateBucketCommand({ Bucket: names.bucket }));

// A stream of known length goes out as aws-chunked with a trailing checksum.
const length = readFileSync(bundle).length;
await s3.send(new PutObjectCommand({
  Bucket: names.bucket, Key: "web/1.tgz", Body: createReadStream(bundle), ContentLength: length,
}));
for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "SHA1", "SHA256"]) {
  const Key = `checksums/${ChecksumAlgorithm}`;
  await s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body: `with ${ChecksumAlgorithm}`, ChecksumAlgorithm }));
  const got = await s3.send(new GetObjectCommand({ Bucket: names.bucket, Key }));
  seen[ChecksumAlgorithm] = await got.Body.transformToString();
}

// Two parts, the first of the smallest size that is allowed.
const parts = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.from("the end")];
const large = { Bucket: names.bucket, Key: "large file ä+.bin" };
const { UploadId } = await s3.send(new CreateMultipartUploadCommand(large));
const Parts = [];
for (const [index, Body] of parts.entries()) {
  const PartNumber = index + 1;
  const { ETag } = await s3.send(new UploadPartCommand({ ...large, UploadId, PartNumber, Body }));
  Parts.push({ ETag, PartNumber });
}
const completed = await s3.send(new CompleteMultipartUploadCommand({ ...large, UploadId, MultipartUpload: { Parts } }));
const head = await s3.send(new HeadObjectCommand(large));
const range = await s3.send(new GetObjectCommand({ ...large, Range: "bytes=5242880-" }));
seen.large = { length: head.ContentLength, etag: completed.ETag, end: await range.Body.transformToString() };

await deploy.send(new CreateApplicationCommand({ applicationName: names.application, computePlatform: "Server" }));
seen.application = (await deploy.send(new GetApplicationCommand({ applicationName: names.application }))).application;
await deploy.send(new RegisterOnPremisesInstanceCommand({ instanceName: names.host, iamUserArn: hostArn }));
await deploy.send(new AddTagsToOnPremisesInstancesCommand({
  instanceNames: [names.host], tags: [{ Key: "role", Value: "sdk" }],
}));
await deploy.send(new CreateDeploymentGroupCommand({
  applicationName: names.application, deploymentGroupName: names.group,
  serviceRoleArn: "arn:aws:iam::123456789012:role/CodeDeployServiceRole",
  onPremisesInstanceTagFilters: [{ Key: "role", Value: "sdk", Type: "KEY_AND_VALUE" }],
}));

// An error arrives as its own class.
try {
  await deploy.send(new CreateApplicationCommand({ applicationName: names.application }));
} catch (error) {
  seen.errors.again = error.name;
}

const revision = {
  revisionType: "S3", s3Location: { bucket: names.bucket, key: "web/1.tgz", bundleType: "tgz" },
};
await deploy.send(new RegisterApplicationRevisionCommand({ applicationName: names.application, revision }));
const { deploymentId } = await deploy.send(new CreateDeploymentCommand({
  applicationName: names.application, deploymentGroupName: names.group, revision,
}));
seen.deploymentId = deploymentId;
await waitUntilDeploymentSuccessful({ client: deploy, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { deploymentId });

const { deploymentInfo } = await deploy.send(new GetDeploymentCommand({ deploymentId }));
seen.status = deploymentInfo.status;
seen.overview = deploymentInfo.deploymentOverview;
seen.datesAreDates = deploymentInfo.createTime instanceof Date && deploymentInfo.completeTime >= deploymentInfo.createTime;
seen.targets = (await deploy.send(new ListDeploymentTargetsCommand({ deploymentId }))).targetIds;
const one = await deploy.send(new GetDeploymentTargetCommand({ deploymentId, targetId: seen.targets[0] }));
seen.events = one.deploymentTarget.instanceTarget.lifecycleEvents.map((e) => [e.lifecycleEventName, e.status]);
const batch = await deploy.send(new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: seen.targets }));
seen.batch = batch.deploymentTargets.map((t) => t.instanceTarget.status);
const listed = await deploy.send(new ListDeploymentsCommand({
  applicationName: names.application, deploymentGroupName: names.group,
}));
seen.listed = listed.deployments;
console.log(JSON.stringify(seen));
