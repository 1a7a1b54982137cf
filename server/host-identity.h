#pragma once

#include "core/arn.h"
#include "store/records/principal.h"

/* Which host a principal is: a host may poll, fetch specifications and report as itself alone.
 *
 * Most are named by their principal's ARN. An EC2 instance is named by its instance ARN, and signs with its role's keys; the
 * name of such a session is the instance's id, on EC2 as here:
 *
 *   arn:aws:sts::123456789012:assumed-role/web/i-0123456789abcdef0
 *   is the host arn:aws:ec2:eu-west-3:123456789012:instance/i-0123456789abcdef0
 *
 * What lets it be a host is the role's policies (server/authorize.h).
 *
 * Thread rule: any thread. */

/* "i-" and 8 or 17 hexadecimal digits. */
gboolean host_identity_is_instance_id (const char *text);
/* Whether a principal is an EC2 instance, by its session's name. */
gboolean host_identity_is_instance (const Principal *principal);
/* The identifier that its agent uses; in arena, or the principal's. */
const char *host_identity_of (const Principal *principal, const ArnScope *scope, Arena *arena);
