// Large objects with the JavaScript SDK's helper for uploads: sdk_transfers.mjs ENDPOINT. Prints "all good" at the end.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  S3Client, CreateBucketCommand, DeleteObjectCommand, GetBucketPolicyStatusCommand, GetObjectAttributesCommand,
  GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const Bucket = "transfers";
const s3 = new S3Client({ endpoint: process.argv[2], forcePathStyle: true });
const send = (Command, input = {}) => s3.send(new Command({ Bucket, ...input }));
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
await send(CreateBucketCommand);

// A stream of unknown length, in parts that go at the same time, with the checksums that the SDK chooses.
const pieces = Array.from({ length: 170 }, () => randomBytes(100_000));
const whole = Buffer.concat(pieces);
const upload = new Upload({
  client: s3, queueSize: 4, partSize: 5 * 1024 * 1024,
  params: { Bucket, Key: "stream", Body: Readable.from(pieces), ContentType: "text/x-three", Tagging: "a=b" },
});
const done = await upload.done();
assert.match(done.ETag, /-4"$/);
const got = await send(GetObjectCommand, { Key: "stream" });
assert.equal(md5(Buffer.from(await got.Body.transformToByteArray())), md5(whole));
assert.equal(got.ContentType, "text/x-three");
assert.equal(got.TagCount, 1);

// What came in parts comes back in parts.
const first = await send(HeadObjectCommand, { Key: "stream", PartNumber: 1 });
assert.equal(first.PartsCount, 4);
const parts = [];
for (let PartNumber = 1; PartNumber <= first.PartsCount; PartNumber++) {
  parts.push(Buffer.from(await (await send(GetObjectCommand, { Key: "stream", PartNumber })).Body.transformToByteArray()));
}
assert.equal(md5(Buffer.concat(parts)), md5(whole));
const attributes = await send(GetObjectAttributesCommand, { Key: "stream", ObjectAttributes: ["ObjectParts", "Checksum", "ObjectSize"] });
assert.equal(attributes.ObjectSize, whole.length);
assert.equal(attributes.ObjectParts.TotalPartsCount, 4);
assert.equal(attributes.ObjectParts.Parts.reduce((sum, part) => sum + part.Size, 0), whole.length);
assert(attributes.Checksum.ChecksumCRC32);

// One that is given up leaves no upload behind.
const given = new Upload({ client: s3, params: { Bucket, Key: "given-up", Body: Readable.from(pieces) } });
given.on("httpUploadProgress", () => given.abort());
await assert.rejects(given.done(), { name: "AbortError" });
await assert.rejects(send(HeadObjectCommand, { Key: "given-up" }), { name: "NotFound" });

// Conditions as the newest client sends them.
await assert.rejects(send(PutObjectCommand, { Key: "none", Body: "x", IfMatch: '"0"' }), { name: "NoSuchKey" });
await assert.rejects(send(DeleteObjectCommand, { Key: "stream", IfMatch: '"0"' }), { name: "PreconditionFailed" });
await send(DeleteObjectCommand, { Key: "stream", IfMatch: done.ETag });
await assert.rejects(send(GetObjectCommand, { Key: "stream" }), { name: "NoSuchKey" });
await assert.rejects(send(GetObjectCommand, { Key: "x", ExpectedBucketOwner: "210987654321" }), { name: "AccessDenied" });
await assert.rejects(send(GetBucketPolicyStatusCommand), { name: "NoSuchBucketPolicy" });
assert.equal((await send(ListMultipartUploadsCommand, { Delimiter: "/" })).IsTruncated, false);
console.log("all good");
