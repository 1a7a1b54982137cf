#include "server/integrations/haproxy-state.h"

#include <string.h>

#include "core/failure.h"

G_DEFINE_QUARK (slipway_haproxy_state_error, haproxy_state_error)

/* Bits of srv_admin_state and srv_check_state (management guide, "show servers state"). */
#define ADMIN_FORCED_MAINT 0x01
#define ADMIN_FORCED_DRAIN 0x08
#define CHECK_ENABLED      0x04

#define MAX_NAMES       20 /* in a message */
#define MAX_CHECK_BYTES 200

char *
haproxy_state_command (const char *backend, Arena *arena)
{
  return arena_printf (arena, "show servers state %s;show stat %s 4 -1", backend, backend);
}

/* A table of the answer: one line of column names behind '#', then rows. */
typedef struct {
  const char *separator;
  char **columns;
  GPtrArray *rows; /* of char ** */
} Table;

static void
table_clear (Table *table)
{
  g_strfreev (table->columns);
  if (table->rows != NULL)
    g_ptr_array_unref (table->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Table, table_clear)

static const char *
cell (const Table *table, char *const *row, const char *column)
{
  for (gsize i = 0; table->columns[i] != NULL && row[i] != NULL; i++)
    if (strcmp (table->columns[i], column) == 0)
      return row[i];
  return "";
}

static gint64
number (const Table *table, char *const *row, const char *column)
{
  gint64 value = 0;
  const char *text = cell (table, row, column);
  return g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &value, NULL) ? value : 0;
}

/* Takes the table whose first column is so named out of the lines; without rows when it is not there. */
static void
read_table (char *const *lines, const char *first_column, const char *separator, Table *out)
{
  *out = (Table){ separator, NULL, g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev) };
  for (; *lines != NULL; lines++) {
    const char *line = *lines;
    if (out->columns == NULL && g_str_has_prefix (line, "# ") &&
        g_str_has_prefix (line + 2, first_column))
      out->columns = g_strsplit (line + 2, separator, -1);
    else if (out->columns != NULL && *line == '\0')
      return;
    else if (out->columns != NULL)
      g_ptr_array_add (out->rows, g_strsplit (line, separator, -1));
  }
}

static char *const *
find_row (const Table *table, const char *column, const char *name)
{
  for (guint i = 0; i < table->rows->len; i++) {
    char *const *row = g_ptr_array_index (table->rows, i);
    if (strcmp (cell (table, row, column), name) == 0)
      return row;
  }
  return NULL;
}

static gboolean
refuse_server (const Table *states, const char *server, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint shown = MIN (states->rows->len, MAX_NAMES);
  for (guint i = 0; i < shown; i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ",
                            cell (states, g_ptr_array_index (states->rows, i), "srv_name"));
  if (states->rows->len > shown)
    g_string_append_printf (names, " and %u more", states->rows->len - shown);
  return failure_set (error, HAPROXY_STATE_ERROR, HAPROXY_STATE_NO_SERVER,
                      "has no server %s; it has %s", server, names->len > 0 ? names->str : "none");
}

static char *
last_check (const Table *stats, char *const *row, Arena *arena)
{
  const char *status = cell (stats, row, "check_status");
  const char *what = cell (stats, row, "last_chk");
  if (*what == '\0')
    what = cell (stats, row, "check_desc");
  g_autofree char *text =
      g_strconcat (status, *status != '\0' && *what != '\0' ? " " : "", what, NULL);
  /* Cut first: that may be in the middle of a character. */
  g_autofree char *valid = g_utf8_make_valid (text, (gssize)MIN (strlen (text), MAX_CHECK_BYTES));
  return arena_strdup (arena, valid);
}

static gboolean
fill (const Table *states, const Table *stats, const char *server, Arena *arena, HaproxyServer *out,
      GError **error)
{
  char *const *state = find_row (states, "srv_name", server);
  char *const *stat = find_row (stats, "svname", server);
  if (state == NULL)
    return refuse_server (states, server, error);
  if (stat == NULL)
    return failure_set (error, HAPROXY_STATE_ERROR, HAPROXY_STATE_UNREADABLE,
                        "says nothing about the sessions of %s", server);
  gint64 admin = number (states, state, "srv_admin_state");
  g_autofree char *status = g_utf8_make_valid (cell (stats, stat, "status"), -1);
  *out = (HaproxyServer){
    .name = arena_strdup (arena, server),
    .maintenance = (admin & ADMIN_FORCED_MAINT) != 0,
    .drain = (admin & ADMIN_FORCED_DRAIN) != 0,
    .checked = (number (states, state, "srv_check_state") & CHECK_ENABLED) != 0,
    .sessions = number (stats, stat, "scur") + number (stats, stat, "qcur"),
    .status = arena_strdup (arena, status),
    .check = last_check (stats, stat, arena),
    .check_passed = number (stats, stat, "check_health"),
    .check_rise = number (stats, stat, "check_rise"),
  };
  return TRUE;
}

gboolean
haproxy_state_read (const char *answer, const char *backend, const char *server, Arena *arena,
                    HaproxyServer *out, GError **error)
{
  if (strstr (answer, "Permission denied") != NULL)
    return failure_set (error, HAPROXY_STATE_ERROR, HAPROXY_STATE_DENIED,
                        "gives no permission; the \"stats socket\" needs \"level admin\"");
  if (strstr (answer, "Can't find backend") != NULL || strstr (answer, "No such proxy") != NULL)
    return failure_set (error, HAPROXY_STATE_ERROR, HAPROXY_STATE_NO_BACKEND, "has no backend %s",
                        backend);
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  g_auto (Table) states = { 0 };
  g_auto (Table) stats = { 0 };
  read_table (lines, "be_id", " ", &states);
  read_table (lines, "pxname", ",", &stats);
  if (states.columns == NULL || stats.columns == NULL)
    return failure_set (error, HAPROXY_STATE_ERROR, HAPROXY_STATE_UNREADABLE,
                        "gives an answer that makes no sense: %.100s", answer);
  return fill (&states, &stats, server, arena, out, error);
}
