#include "server/actions/target-id.h"

#include "core/names.h"

#include <string.h>

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* "i-" and 8 to 17 hex digits. */
static gboolean
is_ec2_instance (const char *id)
{
  gsize n = strspn (id + strlen ("i-"), "0123456789abcdef");
  return n >= 8 && n <= 17 && id[strlen ("i-") + n] == '\0';
}

static TargetIdVerdict
check_server (const char *id)
{
  if (g_str_has_prefix (id, "i-"))
    return is_ec2_instance (id) ? TARGET_ID_GOOD : TARGET_ID_NO_FORM;
  return names_check_instance (id) == NAME_OK ? TARGET_ID_GOOD : TARGET_ID_NO_NAME;
}

/* Two parts of these characters around one colon; the second part may be optional. */
static gboolean
has_parts (const char *id, const char *first, const char *second, gboolean second_needed)
{
  gsize n = strspn (id, first);
  if (n == 0)
    return FALSE;
  if (id[n] == '\0')
    return !second_needed;
  gsize m = id[n] == ':' ? strspn (id + n + 1, second) : 0;
  return m > 0 && id[n + 1 + m] == '\0';
}

TargetIdVerdict
target_id_check (ComputePlatform platform, const char *id)
{
  switch (platform) {
  case COMPUTE_PLATFORM_LAMBDA:
    return has_parts (id, LETTERS_AND_DIGITS "_-", LETTERS_AND_DIGITS "_-$", FALSE)
               ? TARGET_ID_GOOD
               : TARGET_ID_NO_FORM;
  case COMPUTE_PLATFORM_ECS:
    return has_parts (id, LETTERS_AND_DIGITS "_-", LETTERS_AND_DIGITS "_-", TRUE)
               ? TARGET_ID_GOOD
               : TARGET_ID_NO_FORM;
  case COMPUTE_PLATFORM_SERVER:
    break;
  }
  return check_server (id);
}
