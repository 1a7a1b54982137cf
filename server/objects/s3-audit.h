#pragma once

#include "server/objects/request.h"

/* The audit of the object endpoint: what changes buckets and objects leaves an event each (server/audit.h), in the change's
 * own transaction; what was refused leaves one before it is answered. Events about objects are data events in
 * CloudTrail's words, those about buckets management events.
 *
 * Threads: the pool's. Blocks on the store. */

/* Does a request of this kind change something? */
gboolean s3_audit_is_recorded (const S3Request *request);

/* Inside the transaction of a change. */
gboolean s3_audit_success (S3Request *request, StoreTx *tx, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A known caller's request failed. What cannot be written is logged: the caller gets his answer all the same. */
void s3_audit_failure (S3Request *request, const GError *failure);
