// Objects with the JavaScript SDK as it comes: sdk_objects.mjs ENDPOINT path|host. Prints "all good" at the end.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import {
  S3Client, AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand,
  CreateMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetBucketVersioningCommand,
  GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListBucketsCommand, ListObjectVersionsCommand,
  ListObjectsV2Command, PutBucketAclCommand, PutBucketVersioningCommand, PutObjectCommand, UploadPartCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";

const [endpoint, style] = process.argv.slice(2);
const Bucket = `sdk-${style}-${endpoint.startsWith("https") ? "tls" : "plain"}`;
// Not every resolver knows <bucket>.localhost.
const lookup = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const s3 = new S3Client({
  endpoint, forcePathStyle: style === "path",
  requestHandler: { httpAgent: new http.Agent({ lookup }), httpsAgent: new https.Agent({ lookup }) },
});
const send = (Command, input = {}) => s3.send(new Command({ Bucket, ...input }));
const bytesOf = async (Key, more = {}) => Buffer.from(await (await send(GetObjectCommand, { Key, ...more })).Body.transformToByteArray());

await send(CreateBucketCommand);
await send(HeadBucketCommand);
assert((await s3.send(new ListBucketsCommand({}))).Buckets.some((b) => b.Name === Bucket));

// In memory: a checksum in a header. The default algorithm first.
const text = "hello, wörld";
for (const ChecksumAlgorithm of [undefined, "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  const Key = `memory/${ChecksumAlgorithm}`;
  await send(PutObjectCommand, { Key, Body: text, ChecksumAlgorithm, Metadata: { colour: "blue" } });
  const got = await send(GetObjectCommand, { Key });
  assert.equal(await got.Body.transformToString(), text);
  assert.deepEqual(got.Metadata, { colour: "blue" });
  if (ChecksumAlgorithm) assert(got[`Checksum${ChecksumAlgorithm}`], `no checksum ${ChecksumAlgorithm}`);
}

// Streams: aws-chunked with a trailing checksum.
const large = randomBytes(3_000_001);
for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  const Key = `stream/${ChecksumAlgorithm}`;
  const pieces = [];
  for (let at = 0; at < large.length; at += 100_000) pieces.push(large.subarray(at, at + 100_000));
  await send(PutObjectCommand, { Key, Body: Readable.from(pieces), ContentLength: large.length, ChecksumAlgorithm });
  assert((await bytesOf(Key)).equals(large));
  const head = await send(HeadObjectCommand, { Key, ChecksumMode: "ENABLED" });
  assert.equal(head.ContentLength, large.length);
  assert.equal(head.ETag, `"${createHash("md5").update(large).digest("hex")}"`);
  assert.equal(head.ContentEncoding, undefined);
}
assert((await bytesOf("stream/CRC32", { Range: "bytes=5-9" })).equals(large.subarray(5, 10)));
await assert.rejects(send(PutObjectCommand, { Key: "wrong", Body: text, ChecksumCRC32: "AAAAAA==" }), { name: "BadDigest" });
await assert.rejects(send(HeadObjectCommand, { Key: "wrong" }), { name: "NotFound" });

// Multipart, with the default checksums.
const parts = [randomBytes(5 * 1024 * 1024), randomBytes(1000)];
const { UploadId } = await send(CreateMultipartUploadCommand, { Key: "multi", ContentType: "text/x-two" });
const Parts = [];
for (const [i, Body] of parts.entries()) {
  const done = await send(UploadPartCommand, { Key: "multi", UploadId, PartNumber: i + 1, Body });
  Parts.push({ PartNumber: i + 1, ETag: done.ETag, ChecksumCRC32: done.ChecksumCRC32 });
}
const completed = await send(CompleteMultipartUploadCommand, { Key: "multi", UploadId, MultipartUpload: { Parts } });
assert.match(completed.ETag, /-2"$/);
assert((await bytesOf("multi")).equals(Buffer.concat(parts)));
assert.equal((await send(HeadObjectCommand, { Key: "multi" })).ContentType, "text/x-two");
const other = await send(CreateMultipartUploadCommand, { Key: "aborted" });
await send(AbortMultipartUploadCommand, { Key: "aborted", UploadId: other.UploadId });

// Conditions on writes.
await assert.rejects(send(PutObjectCommand, { Key: "multi", Body: "x", IfNoneMatch: "*" }), { name: "PreconditionFailed" });
await send(PutObjectCommand, { Key: "fresh", Body: "x", IfNoneMatch: "*" });

// Listing.
const keys = [];
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) keys.push(...page.Contents.map((c) => c.Key));
assert.deepEqual(keys, [...keys].sort());
assert(keys.length >= 11);
const grouped = await send(ListObjectsV2Command, { Delimiter: "/" });
assert.deepEqual(grouped.CommonPrefixes.map((p) => p.Prefix), ["memory/", "stream/"]);

// Copying, deleting.
await send(CopyObjectCommand, { Key: "a copy+", CopySource: encodeURIComponent(`${Bucket}/multi`) });
assert((await bytesOf("a copy+")).equals(Buffer.concat(parts)));
await send(DeleteObjectCommand, { Key: "a copy+" });
await assert.rejects(send(GetObjectCommand, { Key: "a copy+" }), { name: "NoSuchKey" });
await assert.rejects(send(PutBucketAclCommand, { ACL: "public-read" }), { name: "AccessControlListNotSupported" });

// Versions.
await send(PutBucketVersioningCommand, { VersioningConfiguration: { Status: "Enabled" } });
assert.equal((await send(GetBucketVersioningCommand)).Status, "Enabled");
const first = await send(PutObjectCommand, { Key: "kept", Body: "1" });
await send(PutObjectCommand, { Key: "kept", Body: "2" });
assert.equal((await bytesOf("kept", { VersionId: first.VersionId })).toString(), "1");
assert.equal((await bytesOf("kept")).toString(), "2");

const all = await send(ListObjectVersionsCommand);
const gone = await send(DeleteObjectsCommand, {
  Delete: { Objects: all.Versions.map(({ Key, VersionId }) => ({ Key, VersionId })) },
});
assert.equal(gone.Deleted.length, all.Versions.length);
await send(DeleteBucketCommand);
await assert.rejects(send(HeadBucketCommand), { name: "NotFound" });
console.log("all good");
