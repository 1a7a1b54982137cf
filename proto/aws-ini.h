#pragma once

#include <glib.h>

/*
 * The text format of AWS's shared config and credentials files: [sections] of `key = value` lines, `#` and `;`
 * comments, and indented lines under a key without a value, which are kept as "key.inner".
 *
 * A section that appears twice is one section; the later value of a key wins. Lines that are none of this are refused,
 * with the line's number, because a silently skipped credential is hard to find.
 *
 * Thread rule: any thread; the value is constant once parsed.
 */
typedef struct AwsIni AwsIni;

#define AWS_INI_MAX_BYTES (1024 * 1024)

#define AWS_INI_ERROR (aws_ini_error_quark ())
GQuark aws_ini_error_quark (void);
typedef enum {
  AWS_INI_ERROR_SYNTAX,
  AWS_INI_ERROR_TOO_LARGE,
} AwsIniError;

/* `bytes` need not be terminated. Errors read "line 3: ..." and never hold the line itself: it may be a secret. */
AwsIni *aws_ini_parse (const char *bytes, gsize n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void aws_ini_free (AwsIni *ini);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AwsIni, aws_ini_free)

gboolean aws_ini_has_section (const AwsIni *ini, const char *section);
/* NULL when the section or the key is absent or the value is empty. */
const char *aws_ini_get (const AwsIni *ini, const char *section, const char *key);
