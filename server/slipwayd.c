#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "core/version.h"
#include "server/audit.h"
#include "server/installation.h"
#include "server/serve.h"
#include "server/store-location.h"

/* The control plane's program: one table of verbs. Exit codes: 0 done, 1 failed, 2 wrong usage. */

#define EXIT_USAGE 2

static int
fail (const GError *error)
{
  g_printerr ("slipwayd: %s\n", error->message);
  return 1;
}

static int
fail_usage (const char *verb, const char *message)
{
  g_printerr ("slipwayd %s: %s\nTry: slipwayd %s --help\n", verb, message, verb);
  return EXIT_USAGE;
}

/* Reads a verb's options. FALSE: *out_code says how to exit. */
static gboolean
parse_options (const char *verb, const char *summary, const char *description,
               const GOptionEntry *entries, int argc, char **argv, int *out_code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strconcat ("slipwayd ", verb, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  argv[0] = program;
  g_option_context_set_summary (context, summary);
  if (description != NULL)
    g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_set_prgname (program);
  gboolean ok = g_option_context_parse (context, &argc, &argv, &error);
  argv[0] = NULL;
  if (ok && argc == 1)
    return TRUE;
  g_autofree char *extra = ok ? g_strdup_printf ("unexpected argument \"%s\"", argv[1]) : NULL;
  *out_code = fail_usage (verb, ok ? extra : error->message);
  return FALSE;
}

/* ---- init ---- */

/* *out NULL: neither was given. */
static gboolean
read_store_url (const char *url, const char *file, char **out, GError **error)
{
  *out = NULL;
  if (url != NULL && !store_location_check_argument (url, error))
    return FALSE;
  if (url != NULL)
    *out = g_strdup (url);
  else if (file != NULL)
    *out = store_location_read_file (file, error);
  return *out != NULL || file == NULL;
}

static int
run_init (int argc, char **argv)
{
  g_autofree char *data = NULL;
  g_autofree char *account_id = NULL;
  g_autofree char *region = NULL;
  g_autofree char *store = NULL;
  g_autofree char *store_file = NULL;
  g_auto (GStrv) names = NULL;
  const GOptionEntry entries[] = {
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "Data folder to make (new or empty)", "DIR" },
    { "store", 0, 0, G_OPTION_ARG_STRING, &store,
      "An empty database: postgresql://USER@HOST:PORT/DATABASE (default: SQLite in DIR)", "URL" },
    { "store-file", 0, 0, G_OPTION_ARG_FILENAME, &store_file,
      "The same, for a URL with a password: a file of mode 0600 that holds it", "FILE" },
    { "account-id", 0, 0, G_OPTION_ARG_STRING, &account_id,
      "Account in the server's ARNs (twelve digits)", "ID" },
    { "region", 0, 0, G_OPTION_ARG_STRING, &region, "Region in the server's ARNs", "NAME" },
    { "name", 0, 0, G_OPTION_ARG_STRING_ARRAY, &names,
      "Another host name or address in the server's certificate", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  int code = 0;
  if (!parse_options ("init",
                      "Makes a data folder: settings, database, a private CA with the server's "
                      "certificate, and the\n"
                      "administrator's access key in DIR/admin.credentials.",
                      "PostgreSQL is asked for its password as libpq's programs are: ~/.pgpass, "
                      "PGPASSFILE, or none\n"
                      "through a local socket (postgresql:///DATABASE).",
                      entries, argc, argv, &code))
    return code;
  if (data == NULL)
    return fail_usage ("init", "--data DIR is missing");
  if (store != NULL && store_file != NULL)
    return fail_usage ("init", "--store and --store-file exclude each other");
  g_autoptr (GError) error = NULL;
  char *store_url = NULL;
  if (!read_store_url (store, store_file, &store_url, &error))
    return fail (error);
  const InstallationPlan plan = { account_id, region, (const char *const *)names, store_url };
  gboolean ok = installation_init (data, &plan, ambient_system (), &error);
  store_location_free (store_url);
  if (!ok)
    return fail (error);
  g_print ("%s is ready.\n"
           "  serve:       slipwayd serve --data %s\n"
           "  credentials: export AWS_SHARED_CREDENTIALS_FILE=%s/admin.credentials\n"
           "  CA (https):  export AWS_CA_BUNDLE=%s/pki/ca.pem\n",
           data, data, data, data);
  return 0;
}

/* ---- serve ---- */

static int
run_serve (int argc, char **argv)
{
  g_autofree char *data = NULL;
  g_autofree char *listen = NULL;
  g_auto (GStrv) sets = NULL;
  const GOptionEntry entries[] = { { "data", 'd', 0, G_OPTION_ARG_FILENAME, &data,
                                     "Data folder that slipwayd init has made", "DIR" },
                                   { "listen", 'l', 0, G_OPTION_ARG_STRING, &listen,
                                     "Same as --set listen=ADDRESS:PORT", "ADDRESS:PORT" },
                                   { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &sets,
                                     "Another value for a setting", "NAME=VALUE" },
                                   G_OPTION_ENTRY_NULL };
  g_autofree char *table = settings_help ();
  g_autofree char *description = g_strconcat (
      "Load balancers, alarms and other services outside are named in DIR/integrations.yml, which "
      "says how.\n\n"
      "Settings, with their defaults. The command line wins over DIR/slipwayd.yml.\n\n",
      table, NULL);
  int code = 0;
  if (!parse_options ("serve", "Serves the API, host commands and objects until SIGTERM or SIGINT.",
                      description, entries, argc, argv, &code))
    return code;
  if (data == NULL)
    return fail_usage ("serve", "--data DIR is missing");
  g_autoptr (GPtrArray) overrides = g_ptr_array_new_with_free_func (g_free);
  for (char **set = sets; set != NULL && *set != NULL; set++)
    g_ptr_array_add (overrides, g_strdup (*set));
  if (listen != NULL)
    g_ptr_array_add (overrides, g_strconcat ("listen=", listen, NULL));
  g_ptr_array_add (overrides, NULL);

  serve_block_signals ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Installation) installation = installation_open (
      data, INSTALLATION_EXCLUSIVE, (const char *const *)overrides->pdata, &error);
  if (installation == NULL || !serve (installation, ambient_system (), &error))
    return fail (error);
  return 0;
}

/* ---- keys create ---- */

typedef struct {
  const Installation *installation;
  Keyring *keyring;
  Principal principal;
  gint64 now_ms;
  gint64 session_s;
  KeyringNewSession made;
} NewKey;

/* An administrator that appears is what an audit is for. Names and paths need no escapes in JSON. */
static gboolean
audit_key (StoreTx *tx, const NewKey *new, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const AuditRules rules = { ambient_system (), new->installation->settings.audit_days };
  const AuditResource resources[] = { { "AWS::IAM::User", new->principal.name },
                                      { "AWS::IAM::AccessKey", new->made.key.id } };
  const char *duration =
      new->session_s == 0
          ? ""
          : arena_printf (arena, ",\"durationSeconds\":%" G_GINT64_FORMAT, new->session_s);
  const AuditLocalDeed deed = {
    .scope = &new->installation->arn,
    .event_name = "CreateAccessKey",
    .request_json = arena_printf (arena, "{\"userName\":\"%s\",\"path\":\"%s\"%s}",
                                  new->principal.name, new->principal.path, duration),
    .now_ms = new->now_ms,
    .n_resources = G_N_ELEMENTS (resources),
    .resources = resources,
  };
  return audit_write_local (tx, &rules, &deed, arena, error);
}

static gboolean
create_key (StoreTx *tx, gpointer data, GError **error)
{
  NewKey *new = data;
  gboolean made = new->session_s > 0
                      ? keyring_create_session (new->keyring, tx, &new->principal, new->now_ms,
                                                new->session_s, &new->made, error)
                      : keyring_create_key (new->keyring, tx, &new->principal, new->now_ms,
                                            &new->made.key, error);
  return made && audit_key (tx, new, error);
}

static gboolean
print_new_key (const char *data, const char *user, const char *path, gint64 session_s,
               GError **error)
{
  const Ambient *ambient = ambient_system ();
  g_autoptr (Installation) installation =
      installation_open (data, INSTALLATION_SHARED, NULL, error);
  if (installation == NULL)
    return FALSE;
  g_autoptr (Keyring) keyring = keyring_new (installation->master, ambient);
  NewKey new = { .installation = installation,
                 .keyring = keyring,
                 .now_ms = ambient_now_ms (ambient),
                 .session_s = session_s };
  if (!installation_principal (&installation->arn, path, user, new.now_ms, installation->arena,
                               &new.principal, error) ||
      !store_run (installation->store, STORE_WRITE, create_key, &new, error))
    return FALSE;
  char *text =
      installation_credentials_text (user, &new.made.key, session_s > 0 ? new.made.token : NULL);
  g_print ("# %s\n%s", new.principal.arn, text);
  explicit_bzero (text, strlen (text));
  explicit_bzero (&new.made, sizeof new.made);
  g_free (text);
  return TRUE;
}

static int
run_keys (int argc, char **argv)
{
  g_autofree char *data = NULL;
  g_autofree char *user = NULL;
  g_autofree char *path = NULL;
  gint64 session_s = 0;
  const GOptionEntry entries[] = {
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "Data folder", "DIR" },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user,
      "User that the key is for; made, as an administrator or a host, when there is none", "NAME" },
    { "path", 0, 0, G_OPTION_ARG_STRING, &path,
      "Path of a new user; /AWS/CodeDeploy/ makes a host, any other an administrator (default: /)",
      "PATH" },
    { "session", 0, 0, G_OPTION_ARG_INT64, &session_s,
      "Make a temporary key for so long (at most a week)", "SECONDS" },
    G_OPTION_ENTRY_NULL
  };
  if (argc < 2 || strcmp (argv[1], "create") != 0)
    return fail_usage ("keys create", "the one thing that keys can do is create");
  int code = 0;
  if (!parse_options ("keys create",
                      "Makes an access key and prints it as a section of a shared-credentials "
                      "file. Works while the\n"
                      "server runs.",
                      NULL, entries, argc - 1, argv + 1, &code))
    return code;
  if (data == NULL || user == NULL)
    return fail_usage ("keys create",
                       data == NULL ? "--data DIR is missing" : "--user NAME is missing");
  if (session_s < 0 || session_s > 7 * 24 * 3600)
    return fail_usage ("keys create", "--session must be 1 to 604800 seconds");
  g_autoptr (GError) error = NULL;
  return print_new_key (data, user, path == NULL ? "/" : path, session_s, &error) ? 0
                                                                                  : fail (error);
}

/* ---- verbs ---- */

typedef struct {
  const char *name;
  const char *help;
  int (*run) (int argc, char **argv); /* argv[0] is the verb */
} Verb;

static const Verb verbs[] = {
  { "init", "make a data folder", run_init },
  { "serve", "run the server", run_serve },
  { "keys", "create access keys: slipwayd keys create --data DIR --user NAME", run_keys },
};

static void
print_help (FILE *to)
{
  fprintf (to, "Usage: slipwayd VERB [OPTION...]\n\n");
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    fprintf (to, "  %-8s %s\n", verbs[i].name, verbs[i].help);
  fprintf (to, "\n  --help, --version\n\nslipwayd VERB --help says more.\n");
}

int
main (int argc, char **argv)
{
  /* For the terminal's character set only; no other thread runs yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
  setlocale (LC_CTYPE, "");
  const char *verb = argc > 1 ? argv[1] : "";
  if (strcmp (verb, "--version") == 0) {
    printf ("slipwayd %s\n", version_string ());
    return 0;
  }
  if (strcmp (verb, "--help") == 0 || strcmp (verb, "-h") == 0) {
    print_help (stdout);
    return 0;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verb, verbs[i].name) == 0)
      return verbs[i].run (argc - 1, argv + 1);
  if (*verb != '\0')
    fprintf (stderr, "slipwayd: there is no verb \"%s\"\n", verb);
  print_help (stderr);
  return EXIT_USAGE;
}
