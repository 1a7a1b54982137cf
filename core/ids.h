#pragma once

#include "core/ambient.h"

/*
 * Identifiers that the server makes up (api.md 2.2). Randomness comes in; uniqueness is the store's business: a caller
 * that meets a taken id asks for another.
 *
 * Thread rule: any thread.
 */
#define IDS_UUID_SIZE       37 /* lower-case, version 4 */
#define IDS_DEPLOYMENT_SIZE 12 /* d- and nine of A-Z 0-9 */
#define IDS_INSTANCE_SUFFIX_SIZE                                                                   \
  11                           /* ten of A-Z a-z 0-9; an instance's ARN ends in <name>_<suffix> */
#define IDS_ACCESS_KEY_SIZE 21 /* AKIA and sixteen of A-Z 2-7 */
#define IDS_SECRET_KEY_SIZE 41 /* forty of A-Z a-z 0-9 + / */

#define IDS_PRINCIPAL_SIZE 22 /* AIDA (a user), AROA (a role) ... and seventeen of A-Z 2-7 */

void ids_new_uuid (const Ambient *ambient, char out[IDS_UUID_SIZE]);
void ids_new_deployment (const Ambient *ambient, char out[IDS_DEPLOYMENT_SIZE]);
void ids_new_instance_suffix (const Ambient *ambient, char out[IDS_INSTANCE_SUFFIX_SIZE]);
void ids_new_access_key (const Ambient *ambient, char out[IDS_ACCESS_KEY_SIZE]);
void ids_new_secret_key (const Ambient *ambient, char out[IDS_SECRET_KEY_SIZE]);

/* prefix: "AIDA", "AROA", "ANPA" (a managed policy). Made of what identifies a user or a role for good: one that is made anew under the name gets
 * another id. */
void ids_for_principal (const char *prefix, const char *arn, gint64 create_ms,
                        char out[IDS_PRINCIPAL_SIZE]);

/* ^d-[A-Z0-9]{9}$ ; NULL is FALSE. */
gboolean ids_is_deployment (const char *text);
/* 8-4-4-4-12 lower-case hex digits, any version (predefined configurations have 00000000-...); NULL is FALSE. */
gboolean ids_is_uuid (const char *text);
