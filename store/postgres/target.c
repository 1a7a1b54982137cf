#include "store/postgres/target.h"

#include <string.h>

#include "store/store.h"

/* What the URL may override: a peer that is gone without a word is noticed within a minute, and of several servers the
 * one that takes writes is ours. */
static const struct {
  const char *keyword, *value;
} defaults[] = {
  { "connect_timeout", "10" },     { "keepalives_idle", "30" },
  { "keepalives_interval", "10" }, { "keepalives_count", "3" },
  { "tcp_user_timeout", "60000" }, { "target_session_attrs", "read-write" },
};

struct PgTarget {
  GPtrArray *keywords, *values; /* for PQconnectdbParams: same length, NULL at the end */
  char *name;
  gboolean has_password;
};

static void
wipe_and_free (gpointer data)
{
  if (data != NULL)
    explicit_bzero (data, strlen (data));
  g_free (data);
}

void
pg_target_free (PgTarget *target)
{
  if (target == NULL)
    return;
  g_ptr_array_unref (target->keywords);
  g_ptr_array_unref (target->values);
  g_free (target->name);
  g_free (target);
}

static void
target_add (PgTarget *target, const char *keyword, const char *value)
{
  g_ptr_array_add (target->keywords, g_strdup (keyword));
  g_ptr_array_add (target->values, g_strdup (value));
}

static const char *
value_of (const PgTarget *target, const char *keyword)
{
  for (guint i = 0; i < target->keywords->len; i++)
    if (g_str_equal (target->keywords->pdata[i], keyword))
      return target->values->pdata[i];
  return NULL;
}

static char *
make_name (const PgTarget *target)
{
  const char *user = value_of (target, "user"), *host = value_of (target, "host");
  const char *port = value_of (target, "port"), *database = value_of (target, "dbname");
  GString *name = g_string_new ("postgresql://");
  if (user != NULL)
    g_string_append_printf (name, "%s@", user);
  /* A folder with sockets has slashes of its own. */
  gboolean is_folder = host != NULL && host[0] == '/';
  if (host != NULL && !is_folder)
    g_string_append (name, host);
  if (port != NULL)
    g_string_append_printf (name, ":%s", port);
  g_string_append_printf (name, "/%s", database != NULL ? database : "");
  if (is_folder)
    g_string_append_printf (name, "?host=%s", host);
  return g_string_free (name, FALSE);
}

static PQconninfoOption *
parse_options (const char *rest, GError **error)
{
  gboolean is_url = g_str_has_prefix (rest, "//");
  char *text = g_strconcat (is_url ? "postgresql:" : "", rest, NULL);
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse (text, &message);
  /* The message would quote the part that it could not read, which may be of the password. */
  PQfreemem (message);
  wipe_and_free (text);
  if (options == NULL)
    g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN,
                 "cannot read the PostgreSQL URL: expected "
                 "postgresql://[USER@]HOST[:PORT]/DATABASE[?OPTION=VALUE&...] with libpq's options "
                 "and special characters as %%XX");
  return options;
}

PgTarget *
pg_target_parse (const char *rest, GError **error)
{
  PQconninfoOption *options = parse_options (rest, error);
  if (options == NULL)
    return NULL;
  PgTarget *target = g_new0 (PgTarget, 1);
  target->keywords = g_ptr_array_new_with_free_func (g_free);
  target->values = g_ptr_array_new_with_free_func (wipe_and_free);
  for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
    if (option->val == NULL)
      continue;
    target_add (target, option->keyword, option->val);
    /* libpq marks with an asterisk what is not to be shown when typed */
    target->has_password |= option->dispchar[0] == '*' && option->val[0] != '\0';
  }
  for (PQconninfoOption *option = options; option->keyword != NULL; option++)
    if (option->val != NULL)
      explicit_bzero (option->val, strlen (option->val));
  PQconninfoFree (options);
  target->name = make_name (target);
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (value_of (target, defaults[i].keyword) == NULL)
      target_add (target, defaults[i].keyword, defaults[i].value);
  target_add (target, "fallback_application_name", "slipwayd");
  target_add (target, "client_encoding", "UTF8");
  g_ptr_array_add (target->keywords, NULL);
  g_ptr_array_add (target->values, NULL);
  return target;
}

const char *
pg_target_name (const PgTarget *target)
{
  return target->name;
}

gboolean
pg_target_has_password (const PgTarget *target)
{
  return target->has_password;
}

PGconn *
pg_target_connect (const PgTarget *target)
{
  return PQconnectdbParams ((const char *const *)target->keywords->pdata,
                            (const char *const *)target->values->pdata, 0);
}

PGPing
pg_target_ping (const PgTarget *target)
{
  return PQpingParams ((const char *const *)target->keywords->pdata,
                       (const char *const *)target->values->pdata, 0);
}
