#pragma once

#include "proto/credentials.h"
#include "server/integrations/integrations.h"

/* The keys that calls to AWS are signed with, out of the file that the section aws names (shared-credentials format). It is read anew
 * for each call, so keys can be rotated under a server that runs; one that other users can read is refused each time.
 *
 * Thread rule: any thread; blocks on the disk. */

/* Errors: AWS_ERROR_SETTINGS, which names the file and no key. */
Credentials *aws_keys_read (const AwsSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
