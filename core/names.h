#pragma once

#include <glib.h>

/*
 * The rules for names and short texts that clients choose (api.md 2.1). Pure predicates: which API error a bad value
 * becomes is decided where the API is known. Lengths count Unicode code points; text that is not UTF-8 is refused.
 *
 * Thread rule: any thread.
 */
typedef enum {
  NAME_OK,
  NAME_MISSING, /* NULL or empty */
  NAME_INVALID  /* too long, or a character that is not allowed */
} NameVerdict;

#define NAMES_MAX_LENGTH             100
#define NAMES_DESCRIPTION_MAX_LENGTH 256
#define NAMES_ARN_MAX_LENGTH         1011
#define NAMES_TAG_KEY_MAX_LENGTH     128
#define NAMES_TAG_VALUE_MAX_LENGTH   256
#define NAMES_ALARM_MAX_LENGTH       255

/* Application, deployment group and deployment configuration: 1-100 of [A-Za-z0-9+=,.@_-]. */
NameVerdict names_check (const char *name);
/* On-premises instance: the same, and not starting with "i-". */
NameVerdict names_check_instance (const char *name);
/* 1-255 code points, anything else goes. */
NameVerdict names_check_alarm (const char *name);
/* A name that only the server may give: starts with "CodeDeployDefault." */
gboolean names_is_reserved_config (const char *name);

/* 0-256 code points; NULL is good. */
gboolean names_description_fits (const char *text);
/* Key 1-128, value 0-256 code points; NULL is not good. */
gboolean names_tag_key_is_valid (const char *key);
gboolean names_tag_value_is_valid (const char *value);
/* A resource tag's key may not start with "aws:" in any case. */
gboolean names_resource_tag_key_is_valid (const char *key);

/* owner/name, neither empty, one slash, of [A-Za-z0-9._-]. */
gboolean names_github_repository_is_valid (const char *repository);
/* 1-100 characters without control characters or blanks. */
gboolean names_github_commit_is_valid (const char *commit);
/* 3-63 of [a-z0-9.-], or up to 255 with upper case and _ as old buckets have; never ".." or a leading dot. */
gboolean names_bucket_is_valid (const char *bucket);
/* 1-1024 bytes of UTF-8. */
gboolean names_object_key_is_valid (const char *key);

/* Code points of UTF-8 text, or G_MAXSIZE when it is not UTF-8. */
gsize names_length (const char *text);
