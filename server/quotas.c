#include "server/quotas.h"

#include <stddef.h>
#include <string.h>

G_DEFINE_QUARK (slipway - quotas - error, quotas_error)

#define QUOTA_ROW(name, fallback, smallest, greatest, what)                                        \
  { #name, fallback, smallest, greatest, what },
static const QuotaRow rows[] = { QUOTA_LIST (QUOTA_ROW) };

#define QUOTA_OFFSET(name, fallback, smallest, greatest, what) offsetof (Quotas, name),
static const gsize offsets[] = { QUOTA_LIST (QUOTA_OFFSET) };
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == G_N_ELEMENTS (offsets));

static gint64 *
member (Quotas *quotas, gsize index)
{
  return (gint64 *)((char *)quotas + offsets[index]);
}

const QuotaRow *
quotas_row (gsize index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

void
quotas_init (Quotas *quotas)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    *member (quotas, i) = rows[i].fallback;
}

static gboolean
same_name (const char *a, const char *b)
{
  while (*a != '\0' && (*a == '-' ? '_' : *a) == (*b == '-' ? '_' : *b))
    a++, b++;
  return *a == *b;
}

gboolean
quotas_set (Quotas *quotas, const char *name, gint64 value, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!same_name (name, rows[i].name))
      continue;
    if (value < rows[i].smallest || value > rows[i].greatest) {
      g_set_error (error, QUOTAS_ERROR, QUOTAS_ERROR_VALUE,
                   "quota %s is %" G_GINT64_FORMAT ", but must be %" G_GINT64_FORMAT
                   " to %" G_GINT64_FORMAT,
                   name, value, rows[i].smallest, rows[i].greatest);
      return FALSE;
    }
    *member (quotas, i) = value;
    return TRUE;
  }
  g_set_error (error, QUOTAS_ERROR, QUOTAS_ERROR_NAME, "there is no quota \"%s\"", name);
  return FALSE;
}
