#include "store/postgres/value.h"

#include <string.h>

/* Of pg_type; they are fixed. */
#define OID_BOOL    16
#define OID_BYTEA   17
#define OID_NAME    19
#define OID_INT8    20
#define OID_INT2    21
#define OID_INT4    23
#define OID_TEXT    25
#define OID_UNKNOWN 705
#define OID_BPCHAR  1042
#define OID_VARCHAR 1043
#define OID_NUMERIC 1700

#define FORMAT_BINARY 1
/* PostgreSQL keeps no more in one value. */
#define MAX_VALUE_BYTES ((1 << 30) - 1)

/* --- parameters --- */

/* After the closing quote; a doubled one opens the next part. */
static const char *
skip_quoted (const char *at)
{
  const char *end = strchr (at + 1, *at);
  return end != NULL ? end + 1 : at + strlen (at);
}

static const char *
skip_comment (const char *at)
{
  const char *close = at[0] == '-' ? "\n" : "*/";
  const char *end = strstr (at + 2, close);
  return end != NULL ? end + strlen (close) : at + strlen (at);
}

guint
pg_count_params (const char *sql)
{
  guint64 greatest = 0;
  const char *at = sql;
  while (*at != '\0') {
    if (*at == '\'' || *at == '"') {
      at = skip_quoted (at);
    } else if (g_str_has_prefix (at, "--") || g_str_has_prefix (at, "/*")) {
      at = skip_comment (at);
    } else if (*at == '$' && g_ascii_isdigit (at[1])) {
      char *end;
      guint64 number = g_ascii_strtoull (at + 1, &end, 10);
      greatest = MAX (greatest, number);
      at = end;
    } else {
      at++;
    }
  }
  return (guint)MIN (greatest, G_MAXUINT);
}

static gboolean
fill_bytes (PgParams *params, guint i, const StoreValue *value, const char *sql, GError **error)
{
  if (value->size_bytes > MAX_VALUE_BYTES) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL,
                 "parameter $%u is larger than %d bytes: \"%s\"", i + 1, MAX_VALUE_BYTES, sql);
    return FALSE;
  }
  params->values[i] = value->size_bytes > 0 ? value->bytes : "";
  params->lengths[i] = (int)value->size_bytes;
  return TRUE;
}

static gboolean
fill_param (PgParams *params, guint i, const StoreValue *value, const char *sql, GError **error)
{
  params->formats[i] = FORMAT_BINARY;
  params->values[i] = NULL;
  params->lengths[i] = 0;
  params->types[i] = 0;
  switch (value->kind) {
  case STORE_VALUE_NULL:
    return TRUE;
  case STORE_VALUE_INT: {
    guint64 big_endian = GUINT64_TO_BE ((guint64)value->number);
    memcpy (params->numbers[i], &big_endian, sizeof big_endian);
    params->types[i] = OID_INT8;
    params->values[i] = (const char *)params->numbers[i];
    params->lengths[i] = sizeof big_endian;
    return TRUE;
  }
  case STORE_VALUE_TEXT:
    params->types[i] = OID_TEXT;
    if (value->size_bytes > 0 && memchr (value->bytes, 0, value->size_bytes) != NULL) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_SQL,
                   "parameter $%u is a text with the character NUL, which PostgreSQL cannot store: "
                   "\"%s\"",
                   i + 1, sql);
      return FALSE;
    }
    return fill_bytes (params, i, value, sql, error);
  case STORE_VALUE_BYTES:
    params->types[i] = OID_BYTEA;
    return fill_bytes (params, i, value, sql, error);
  }
  g_assert_not_reached ();
}

gboolean
pg_params_fill (PgParams *params, const StoreValue *args, gsize n_args, guint n, const char *sql,
                GError **error)
{
  if (n > PG_MAX_PARAMS) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "more than %d parameters in \"%s\"",
                 PG_MAX_PARAMS, sql);
    return FALSE;
  }
  if (n > 0 && (args == NULL || n > n_args)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL,
                 "parameter $%u has no value (%" G_GSIZE_FORMAT " given): \"%s\"", n, n_args, sql);
    return FALSE;
  }
  for (guint i = 0; i < n; i++)
    if (!fill_param (params, i, &args[i], sql, error))
      return FALSE;
  return TRUE;
}

/* --- results --- */

/* A numeric is: number of groups, weight of the first, sign, decimals shown; then groups of four digits, each 16 bits,
 * all big-endian. */
typedef struct {
  gint16 n_groups;
  gint16 weight; /* of the first group, as a power of 10000 */
  guint16 sign;
} NumericHead;

#define NUMERIC_HEAD_BYTES 8
#define NUMERIC_NEGATIVE   0x4000

static guint16
read_u16 (const guint8 *bytes)
{
  return (guint16)(bytes[0] << 8 | bytes[1]);
}

gboolean
pg_numeric_to_int (const guint8 *bytes, gsize size_bytes, gint64 *out)
{
  if (size_bytes < NUMERIC_HEAD_BYTES)
    return FALSE;
  NumericHead head = { (gint16)read_u16 (bytes), (gint16)read_u16 (bytes + 2),
                       read_u16 (bytes + 4) };
  if (head.n_groups < 0 || size_bytes < NUMERIC_HEAD_BYTES + 2 * (gsize)head.n_groups ||
      (head.sign != 0 && head.sign != NUMERIC_NEGATIVE))
    return FALSE; /* not a number, or infinite */
  if (head.n_groups > head.weight + 1 || head.weight > 5)
    return FALSE; /* a fraction: trailing zero groups are not kept; or greater than any 64 bits */
  gint64 number = 0;
  for (int i = 0; i <= head.weight; i++) {
    gint64 group = i < head.n_groups ? read_u16 (bytes + NUMERIC_HEAD_BYTES + 2 * i) : 0;
    /* Below zero there is room for one more. */
    if (__builtin_mul_overflow (number, 10000, &number) ||
        __builtin_sub_overflow (number, group, &number))
      return FALSE;
  }
  if (head.sign == 0 && number == G_MININT64)
    return FALSE;
  *out = head.sign == 0 ? -number : number;
  return TRUE;
}

gboolean
pg_row_check (const PGresult *result, int row, GError **error)
{
  for (int column = 0; column < PQnfields (result); column++) {
    gint64 ignored;
    if (PQftype (result, column) == OID_NUMERIC && !PQgetisnull (result, row, column) &&
        !pg_numeric_to_int ((const guint8 *)PQgetvalue (result, row, column),
                            (gsize)PQgetlength (result, row, column), &ignored)) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_SQL,
                   "column %d of the result is no whole number of 64 bits", column);
      return FALSE;
    }
  }
  return TRUE;
}

gint64
pg_value_int (const PGresult *result, int row, int column)
{
  g_assert (column < PQnfields (result));
  if (PQgetisnull (result, row, column))
    return 0;
  const guint8 *bytes = (const guint8 *)PQgetvalue (result, row, column);
  gsize size_bytes = (gsize)PQgetlength (result, row, column);
  gint64 number = 0;
  switch (PQftype (result, column)) {
  case OID_BOOL:
    return bytes[0] != 0;
  case OID_NUMERIC:
    if (!pg_numeric_to_int (bytes, size_bytes, &number))
      g_assert_not_reached (); /* see pg_row_check */
    return number;
  case OID_INT8:
  case OID_INT4:
  case OID_INT2:
    number = (bytes[0] & 0x80) != 0 ? -1 : 0;
    for (gsize i = 0; i < size_bytes; i++)
      number = (gint64)((guint64)number << 8 | bytes[i]);
    return number;
  default:
    g_assert_not_reached ();
  }
}

const char *
pg_value_text (const PGresult *result, int row, int column)
{
  g_assert (column < PQnfields (result));
  if (PQgetisnull (result, row, column))
    return NULL;
  Oid type = PQftype (result, column);
  g_assert (type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_NAME ||
            type == OID_UNKNOWN);
  return PQgetvalue (result, row, column);
}

const guint8 *
pg_value_bytes (const PGresult *result, int row, int column, gsize *out_size_bytes)
{
  g_assert (column < PQnfields (result));
  *out_size_bytes = 0;
  if (PQgetisnull (result, row, column))
    return NULL;
  g_assert (PQftype (result, column) == OID_BYTEA);
  *out_size_bytes = (gsize)PQgetlength (result, row, column);
  return (const guint8 *)PQgetvalue (result, row, column);
}
