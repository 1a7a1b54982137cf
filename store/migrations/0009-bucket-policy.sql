-- What belongs to a bucket besides its objects; tags and parts of objects.

-- kind: 'policy' (JSON), 'tagging' (a JSON array of [key, value]). The document is opaque here.
CREATE TABLE bucket_document (
  bucket TEXT NOT NULL REFERENCES bucket (name),
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (bucket, kind)
);

-- tags: a JSON array of [key, value], NULL for none. n_parts: how many rows object_part has for the version; 0 for one
-- that did not come in parts. upload_id: the multipart upload that made it, so that completing it once more is
-- answered as the first time was.
ALTER TABLE object_version ADD COLUMN tags TEXT;
ALTER TABLE object_version ADD COLUMN n_parts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE object_version ADD COLUMN upload_id TEXT;

-- The parts of a version, numbered from 1 without gaps. position: of its first byte in the object.
CREATE TABLE object_part (
  bucket TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  number BIGINT NOT NULL,
  position BIGINT NOT NULL,
  size BIGINT NOT NULL,
  checksum TEXT,
  PRIMARY KEY (bucket, sequence, number)
);

-- initiator: ARN of who began the upload; NULL for those begun before this column was there.
ALTER TABLE multipart_upload ADD COLUMN tags TEXT;
ALTER TABLE multipart_upload ADD COLUMN initiator TEXT;
CREATE INDEX multipart_upload_by_age ON multipart_upload (start_ms);
