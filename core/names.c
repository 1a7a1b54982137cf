#include "core/names.h"

#include <string.h>

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_CHARACTERS    LETTERS_AND_DIGITS "+=,.@_-"

#define BUCKET_CHARACTERS     "abcdefghijklmnopqrstuvwxyz0123456789.-"
#define OLD_BUCKET_CHARACTERS LETTERS_AND_DIGITS ".-_"
#define BUCKET_MIN            3
#define BUCKET_MAX            63
#define OLD_BUCKET_MAX        255
#define OBJECT_KEY_MAX        1024
#define COMMIT_MAX            100

gsize
names_length (const char *text)
{
  return g_utf8_validate (text, -1, NULL) ? (gsize)g_utf8_strlen (text, -1) : G_MAXSIZE;
}

static gboolean
length_is_between (const char *text, gsize min, gsize max)
{
  gsize length;

  /* A code point is at most four bytes: no need to look at more. */
  if (text == NULL || strnlen (text, 4 * max + 1) > 4 * max)
    return FALSE;
  length = names_length (text);
  return length >= min && length <= max;
}

static gboolean
consists_of (const char *text, const char *characters)
{
  return text[strspn (text, characters)] == '\0';
}

NameVerdict
names_check (const char *name)
{
  if (name == NULL || name[0] == '\0')
    return NAME_MISSING;
  return strnlen (name, NAMES_MAX_LENGTH + 1) <= NAMES_MAX_LENGTH &&
                 consists_of (name, NAME_CHARACTERS)
             ? NAME_OK
             : NAME_INVALID;
}

NameVerdict
names_check_instance (const char *name)
{
  NameVerdict verdict = names_check (name);

  return verdict == NAME_OK && g_str_has_prefix (name, "i-") ? NAME_INVALID : verdict;
}

NameVerdict
names_check_alarm (const char *name)
{
  if (name == NULL || name[0] == '\0')
    return NAME_MISSING;
  return length_is_between (name, 1, NAMES_ALARM_MAX_LENGTH) ? NAME_OK : NAME_INVALID;
}

gboolean
names_is_reserved_config (const char *name)
{
  return name != NULL && g_str_has_prefix (name, "CodeDeployDefault.");
}

gboolean
names_description_fits (const char *text)
{
  return text == NULL || length_is_between (text, 0, NAMES_DESCRIPTION_MAX_LENGTH);
}

gboolean
names_tag_key_is_valid (const char *key)
{
  return length_is_between (key, 1, NAMES_TAG_KEY_MAX_LENGTH);
}

gboolean
names_tag_value_is_valid (const char *value)
{
  return length_is_between (value, 0, NAMES_TAG_VALUE_MAX_LENGTH);
}

gboolean
names_resource_tag_key_is_valid (const char *key)
{
  return names_tag_key_is_valid (key) && g_ascii_strncasecmp (key, "aws:", 4) != 0;
}

gboolean
names_github_repository_is_valid (const char *repository)
{
  const char *slash = repository == NULL ? NULL : strchr (repository, '/');

  return slash != NULL && slash != repository && slash[1] != '\0' &&
         strchr (slash + 1, '/') == NULL &&
         strnlen (repository, NAMES_DESCRIPTION_MAX_LENGTH + 1) <= NAMES_DESCRIPTION_MAX_LENGTH &&
         consists_of (repository, LETTERS_AND_DIGITS "._-/");
}

gboolean
names_github_commit_is_valid (const char *commit)
{
  if (!length_is_between (commit, 1, COMMIT_MAX))
    return FALSE;
  for (const char *c = commit; *c != '\0'; c++)
    if ((guchar)*c <= ' ' || *c == 0x7f)
      return FALSE;
  return TRUE;
}

gboolean
names_bucket_is_valid (const char *bucket)
{
  gsize length;

  if (bucket == NULL || bucket[0] == '.' || strstr (bucket, "..") != NULL)
    return FALSE;
  length = strnlen (bucket, OLD_BUCKET_MAX + 1);
  if (length >= BUCKET_MIN && length <= BUCKET_MAX && consists_of (bucket, BUCKET_CHARACTERS))
    return TRUE;
  return length >= BUCKET_MIN && length <= OLD_BUCKET_MAX &&
         consists_of (bucket, OLD_BUCKET_CHARACTERS);
}

gboolean
names_object_key_is_valid (const char *key)
{
  return key != NULL && key[0] != '\0' && strnlen (key, OBJECT_KEY_MAX + 1) <= OBJECT_KEY_MAX &&
         g_utf8_validate (key, -1, NULL);
}
