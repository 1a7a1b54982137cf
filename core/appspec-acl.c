#include "core/appspec-acl.h"

#include <string.h>

#define MAX_CATEGORY    1023
#define MAX_SENSITIVITY 999999

static gboolean
acl_type_of (const char *word, AppSpecAclType *out)
{
  static const struct {
    const char *word;
    AppSpecAclType type;
  } words[] = {
    { "u", APPSPEC_ACL_USER },
    { "g", APPSPEC_ACL_GROUP },
    { "m", APPSPEC_ACL_MASK },
    { "o", APPSPEC_ACL_OTHER },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (word, words[i].word) == 0) {
      *out = words[i].type;
      return TRUE;
    }
  return appspec_acl_type_from_name (word, out);
}

static gboolean
acl_permissions (const char *text, guint *out)
{
  if (text[0] >= '0' && text[0] <= '7' && text[1] == '\0') {
    *out = (guint)(text[0] - '0');
    return TRUE;
  }
  *out = 0;
  for (; *text != '\0'; text++) {
    if (*text == 'r')
      *out |= 4;
    else if (*text == 'w')
      *out |= 2;
    else if (*text == 'x')
      *out |= 1;
    else if (*text != '-')
      return FALSE;
  }
  return TRUE;
}

gboolean
appspec_acl_parse (const char *text, Arena *arena, AppSpecAcl *out, const char **out_problem)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 6);
  guint n = g_strv_length (parts);
  char **part = parts;
  AppSpecAcl acl = { .type = APPSPEC_ACL_USER };
  const char *name = "";

  *out_problem = "is not [default:][type:][name]:permissions";
  if (n < 2 || n > 4)
    return FALSE;
  if (strcmp (part[0], "d") == 0 || strcmp (part[0], "default") == 0) {
    acl.is_default = TRUE;
    part++;
    n--;
  }
  if (n > 3)
    return FALSE;
  if (!acl_permissions (part[n - 1], &acl.permissions)) {
    *out_problem = "has permissions other than one octal digit or letters of rwx-";
    return FALSE;
  }
  if (n == 3) {
    if (!acl_type_of (part[0], &acl.type)) {
      *out_problem = "has a type other than user, group, mask and other";
      return FALSE;
    }
    name = part[1];
  } else if (n == 2) {
    AppSpecAclType alone;
    if (acl_type_of (part[0], &alone) && (alone == APPSPEC_ACL_MASK || alone == APPSPEC_ACL_OTHER))
      acl.type = alone;
    else
      name = part[0];
  }

  gboolean takes_name = acl.type == APPSPEC_ACL_USER || acl.type == APPSPEC_ACL_GROUP;
  if (name[0] != '\0' && !takes_name) {
    *out_problem = "names somebody, but mask and other take no name";
    return FALSE;
  }
  if (strpbrk (name, ",\n") != NULL) {
    *out_problem = "has a comma or a line break in its name";
    return FALSE;
  }
  if (name[0] == '\0' && !acl.is_default && acl.type != APPSPEC_ACL_MASK) {
    *out_problem = "needs a name; owner, group and other are set by \"mode\"";
    return FALSE;
  }
  acl.name = name[0] != '\0' ? arena_strdup (arena, name) : NULL;
  *out = acl;
  return TRUE;
}

char *
appspec_acl_text (const AppSpecAcl *acl, Arena *arena)
{
  return arena_printf (
      arena, "%s%s:%s:%c%c%c", acl->is_default ? "default:" : "", appspec_acl_type_name (acl->type),
      acl->name != NULL ? acl->name : "", (acl->permissions & 4) != 0 ? 'r' : '-',
      (acl->permissions & 2) != 0 ? 'w' : '-', (acl->permissions & 1) != 0 ? 'x' : '-');
}

/* letter + digits at *at; moves past them. */
static gboolean
read_level (const char **at, char letter, guint max, guint *out)
{
  const char *p = *at;
  if (*p++ != letter || !g_ascii_isdigit (*p))
    return FALSE;
  guint value = 0;
  for (; g_ascii_isdigit (*p); p++) {
    value = value * 10 + (guint)(*p - '0');
    if (value > max)
      return FALSE;
  }
  *at = p;
  *out = value;
  return TRUE;
}

/* Ranges ascending and without duplicates; neighbours are joined. */
static gboolean
read_categories (const char *at, GString *out)
{
  guint start = 0, last = 0;
  gboolean open = FALSE;

  for (;;) {
    guint low, high;
    if (!read_level (&at, 'c', MAX_CATEGORY, &low))
      return FALSE;
    high = low;
    if (*at == '.') {
      at++;
      if (!read_level (&at, 'c', MAX_CATEGORY, &high) || high <= low)
        return FALSE;
    }
    if (open && low <= last)
      return FALSE;
    if (open && low != last + 1) {
      g_string_append_printf (out, start == last ? "c%u," : "c%u.c%u,", start, last);
      open = FALSE;
    }
    if (!open)
      start = low;
    open = TRUE;
    last = high;
    if (*at == '\0')
      break;
    if (*at++ != ',')
      return FALSE;
  }
  g_string_append_printf (out, start == last ? "c%u" : "c%u.c%u", start, last);
  return TRUE;
}

char *
appspec_range_canonical (const char *text, Arena *arena)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text;
  guint low, high;

  if (!read_level (&at, 's', MAX_SENSITIVITY, &low))
    return NULL;
  high = low;
  if (*at == '-') {
    at++;
    if (!read_level (&at, 's', MAX_SENSITIVITY, &high) || high < low)
      return NULL;
  }
  g_string_append_printf (out, "s%u", low);
  if (high != low)
    g_string_append_printf (out, "-s%u", high);
  if (*at == ':') {
    g_string_append_c (out, ':');
    if (!read_categories (at + 1, out))
      return NULL;
  } else if (*at != '\0') {
    return NULL;
  }
  return arena_strdup (arena, out->str);
}
