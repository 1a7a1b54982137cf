-- Buckets, objects and their versions, multipart uploads. Contents are files named by their SHA-256 (lower-case hex).
--
-- Keys of objects are BYTEA (UTF-8) so that they sort by bytes everywhere, as S3 lists them.

-- versioning: '' (never), 'Enabled', 'Suspended'. last_sequence numbers the bucket's writes: of two versions of a
-- key the one with the greater sequence is newer.
CREATE TABLE bucket (
  name TEXT PRIMARY KEY,
  create_ms BIGINT NOT NULL,
  versioning TEXT NOT NULL,
  last_sequence BIGINT NOT NULL
);

-- One row a version; version_id 'null' where the bucket had no versioning. is_latest and is_delete_marker: 0 or 1.
-- content_sha256, etag: NULL for a delete marker. headers and metadata: JSON objects, opaque here.
CREATE TABLE object_version (
  bucket TEXT NOT NULL REFERENCES bucket (name),
  key BYTEA NOT NULL,
  version_id TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  is_latest BIGINT NOT NULL,
  is_delete_marker BIGINT NOT NULL,
  content_sha256 TEXT,
  size BIGINT NOT NULL,
  etag TEXT,
  modified_ms BIGINT NOT NULL,
  headers TEXT,
  metadata TEXT,
  checksum_algorithm TEXT,
  checksum TEXT,
  checksum_type TEXT,
  PRIMARY KEY (bucket, key, version_id)
);

CREATE INDEX object_version_listed ON object_version (bucket, is_latest, is_delete_marker, key);
CREATE INDEX object_version_in_order ON object_version (bucket, key, sequence);
CREATE INDEX object_version_by_content ON object_version (content_sha256);

CREATE TABLE multipart_upload (
  upload_id TEXT PRIMARY KEY,
  bucket TEXT NOT NULL REFERENCES bucket (name),
  key BYTEA NOT NULL,
  start_ms BIGINT NOT NULL,
  headers TEXT,
  metadata TEXT,
  checksum_algorithm TEXT,
  checksum_type TEXT
);

CREATE INDEX multipart_upload_listed ON multipart_upload (bucket, key, upload_id);

CREATE TABLE multipart_part (
  upload_id TEXT NOT NULL REFERENCES multipart_upload (upload_id),
  number BIGINT NOT NULL,
  content_sha256 TEXT NOT NULL,
  size BIGINT NOT NULL,
  etag TEXT NOT NULL,
  modified_ms BIGINT NOT NULL,
  checksum TEXT,
  PRIMARY KEY (upload_id, number)
);

CREATE INDEX multipart_part_by_content ON multipart_part (content_sha256);
