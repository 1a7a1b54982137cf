#include <glib.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/command-journal.h"
#include "agent/config-table.h"
#include "agent/daemon.h"
#include "agent/master.h"
#include "agent/poll-state.h"
#include "agent/process-setup.h"
#include "agent/script-log-reader.h"
#include "core/time-iso8601.h"
#include "core/version.h"
#include "proto/json-doc.h"

#define EXIT_USAGE       64
#define EXIT_NOT_RUNNING 3

static const char usage[] =
    "Usage: slipway-agent [--config-file FILE] [run|start|stop|restart|status|logs]\n"
    "\n"
    "The host agent: polls a CodeDeploy command service and carries out its commands.\n"
    "\n"
    "  run       work in the foreground until SIGTERM (this is what happens without a verb);\n"
    "            a running lifecycle event is finished and reported first\n"
    "  start     the same in the background; returns once it runs\n"
    "  stop      end it; refused while a deployment is in progress\n"
    "  restart   stop, then start\n"
    "  status [--json]\n"
    "            say whether it runs: exit status 0 if so, 3 if not; with --json also which "
    "commands\n"
    "            are in progress\n"
    "  logs [DEPLOYMENT] [--event EVENT] [--follow]\n"
    "            print what the scripts of a deployment said, without DEPLOYMENT of the one whose\n"
    "            scripts spoke last\n"
    "  settings  list what codedeployagent.yml may say, with defaults;\n"
    "            with --sample as such a file, with --manual as part of a manual page\n"
    "\n"
    "  --config-file FILE   codedeployagent.yml (also spelled --config_file); default\n"
    "                       /etc/codedeploy-agent/conf/codedeployagent.yml, then\n"
    "                       /opt/codedeploy-agent/conf/codedeployagent.yml\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 failed, 3 not running (status), 64 wrong use.\n";

typedef struct {
  const char *config_file;
  const char *verb;
  gboolean json;      /* status */
  const char **words; /* of "logs": what is behind it; as many places as there are arguments */
  gsize n_words;
} Options;

static const char *
default_config_file (void)
{
  static const char *const paths[] = { "/etc/codedeploy-agent/conf/codedeployagent.yml",
                                       "/opt/codedeploy-agent/conf/codedeployagent.yml" };
  return access (paths[0], F_OK) == 0 ? paths[0] : paths[1];
}

static gboolean
is_verb (const char *word)
{
  static const char *const verbs[] = { "run", "start", "stop", "restart", "status", "logs", NULL };
  return g_strv_contains (verbs, word);
}

/* "settings": it needs no configuration, so that it helps to write one. */
static int
print_settings (int n_words, char **words)
{
  static const char *const pages[] = {
    [CONFIG_PAGE_LIST] = "--list",
    [CONFIG_PAGE_SAMPLE] = "--sample",
    [CONFIG_PAGE_MANUAL] = "--manual",
  };
  const char *wanted = n_words > 0 ? words[0] : pages[CONFIG_PAGE_LIST];
  for (gsize i = 0; i < G_N_ELEMENTS (pages) && n_words <= 1; i++)
    if (strcmp (pages[i], wanted) == 0) {
      g_autofree char *page = config_table_page ((ConfigPage)i);
      g_print ("%s", page);
      return 0;
    }
  g_printerr ("error: settings takes --sample or --manual, and nothing else\n%s", usage);
  return EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int
parse_options (int argc, char **argv, Options *out)
{
  *out = (Options){ .words = out->words };
  if (argc > 1 && strcmp (argv[1], "settings") == 0)
    return print_settings (argc - 2, argv + 2);
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];
    if (strcmp (word, "--version") == 0 || strcmp (word, "-v") == 0) {
      g_print ("slipway-agent %s\n", version_string ());
      return 0;
    }
    if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0) {
      g_print ("%s", usage);
      return 0;
    }
    gboolean is_config = strcmp (word, "--config-file") == 0 || strcmp (word, "--config_file") == 0;
    if (is_config && i + 1 < argc) {
      out->config_file = argv[++i];
    } else if (g_str_has_prefix (word, "--config-file=") ||
               g_str_has_prefix (word, "--config_file=")) {
      out->config_file = strchr (word, '=') + 1;
    } else if (g_strcmp0 (out->verb, "logs") == 0) {
      out->words[out->n_words++] = word;
    } else if (g_strcmp0 (out->verb, "status") == 0 && strcmp (word, "--json") == 0) {
      out->json = TRUE;
    } else if (word[0] == '-') {
      g_printerr ("error: unknown option or missing value: %s\n%s", word, usage);
      return EXIT_USAGE;
    } else if (!is_verb (word)) {
      g_printerr ("error: unknown verb \"%s\"\n%s", word, usage);
      return EXIT_USAGE;
    } else if (out->verb != NULL) {
      g_printerr ("error: one verb at a time, not both %s and %s\n%s", out->verb, word, usage);
      return EXIT_USAGE;
    } else {
      out->verb = word;
    }
  }
  if (out->verb == NULL)
    out->verb = "run";
  if (out->config_file == NULL)
    out->config_file = default_config_file ();
  return -1;
}

/* Every part of the agent inherits the mask: the master's loop alone sees these. */
static void
block_signals (void)
{
  sigset_t signals;
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGQUIT);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  signal (SIGPIPE, SIG_IGN);
}

static int
fail (AgentLog *log, const GError *error)
{
  g_printerr ("error: %s\n", error->message);
  if (log != NULL)
    agent_log (log, AGENT_LOG_ERROR, "%s", error->message);
  return 1;
}

static int
verb_run (const AgentConfig *config, const ProcessTitle *title)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  MasterEnd end;

  block_signals ();
  g_autofree char *name = g_strdup_printf ("codedeploy-agent: master %d", (int)getpid ());
  process_title_set (title, name); /* tools look for it */
  g_autoptr (ServiceNotify) notify = service_notify_new_from_environment ();
  if (!process_setup (config, &error))
    return fail (NULL, error);
  AgentLogSettings log_settings = {
    .directory = config->log_dir,
    .program_name = config->program_name,
    .least = config->verbose ? AGENT_LOG_DEBUG : AGENT_LOG_INFO,
    .to_stderr = TRUE,
    .days_kept = (guint)config->log_days_kept,
    .restricted = config->restrict_log_dir_permissions,
    .ambient = ambient_system (),
  };
  g_autoptr (AgentLog) log = agent_log_new (&log_settings, &error);
  if (log == NULL)
    return fail (NULL, error);
  for (const char *const *notice = config->notices; *notice != NULL; notice++)
    agent_log (log, AGENT_LOG_WARN, "configuration, %s", *notice);
  const AgentIdentity *identity = agent_identity_load (config, arena, &error);
  if (identity == NULL)
    return fail (log, error);
  g_autoptr (WireLog) wire = wire_log_open (config, ambient_system (), &error);
  if (error != NULL)
    return fail (log, error);
  int lock_fd = daemon_hold (config, &error);
  if (lock_fd == -1)
    return fail (log, error);

  AgentHost host = {
    .config = config, .identity = identity, .log = log, .ambient = ambient_system (), .wire = wire
  };
  MasterSettings settings = { &host, notify, title, lock_fd };
  gboolean begun = master_run (&settings, &end, &error);
  daemon_release (config, lock_fd);
  if (!begun)
    return fail (log, error);
  if (end == MASTER_STOPPED_LATE)
    _exit (1); /* what still runs uses all this */
  return 0;
}

static int
verb_start (const AgentConfig *config, const char *config_file)
{
  g_autoptr (GError) error = NULL;
  return daemon_start (config, config_file, &error) ? 0 : fail (NULL, error);
}

static int
verb_stop (const AgentConfig *config)
{
  g_autoptr (GError) error = NULL;
  gboolean was_running;
  AgentLogSettings log_settings = { .program_name = config->program_name,
                                    .least = AGENT_LOG_WARN,
                                    .to_stderr = TRUE,
                                    .ambient = ambient_system () };
  g_autoptr (AgentLog) log = agent_log_new (&log_settings, &error);
  if (log == NULL)
    return fail (NULL, error);
  AgentHost host = { .config = config, .log = log, .ambient = ambient_system () };
  int pid = daemon_find (config, &error);
  if (pid < 0)
    return fail (NULL, error);
  if (pid > 0 && command_journal_is_busy (&host)) {
    g_printerr (
        "error: a deployment is in progress; the agent is not stopped. Try again when it is "
        "over (\"status --json\" names it), or end the agent after its script with: kill "
        "-TERM %d\n",
        pid);
    return 1;
  }
  if (!daemon_stop (config, &was_running, &error))
    return fail (NULL, error);
  g_print (was_running ? "The agent has stopped.\n" : "The agent was not running.\n");
  return 0;
}

static int
verb_logs (const AgentConfig *config, const Options *options)
{
  g_autoptr (GError) error = NULL;
  ScriptLogQuery query;
  if (!script_log_query_parse (options->words, options->n_words, &query, &error)) {
    fail (NULL, error);
    g_printerr ("%s", usage);
    return EXIT_USAGE;
  }
  return script_log_reader_print (config->root_dir, &query, STDOUT_FILENO, &error)
             ? 0
             : fail (NULL, error);
}

/* FALSE: it has said nothing yet. */
static gboolean
read_poll_state (const AgentConfig *config, PollState *out)
{
  int fd = daemon_open_lock_file (config);
  gboolean known = fd >= 0 && poll_state_read (out, fd);
  if (fd >= 0)
    close (fd);
  return known;
}

/* {"running":true,"pid":7,"polls":{...},"commands":[{"deployment":"d-1","command":"...","since":"..."}]} */
static void
print_status_json (const AgentConfig *config, int pid)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  AgentHost host = { .config = config, .ambient = ambient_system () };
  g_autoptr (GArray) tracked = command_journal_tracked (&host, arena);

  g_string_append_printf (out, "{\"running\":%s,\"pid\":", pid > 0 ? "true" : "false");
  PollState polls = { 0 };
  gboolean known = pid > 0 && read_poll_state (config, &polls);
  if (pid > 0)
    g_string_append_printf (out, "%d,\"polls\":", pid);
  else
    g_string_append (out, "null,\"polls\":");
  if (known)
    poll_state_append_json (&polls, out);
  else
    g_string_append (out, "null");
  g_string_append (out, ",\"commands\":[");
  for (guint i = 0; i < tracked->len; i++) {
    const TrackedCommand *command = &g_array_index (tracked, TrackedCommand, i);
    char since[TIME_ISO8601_SIZE];
    time_format_iso8601 (command->since_ms, since);
    g_string_append (out, i > 0 ? ",{\"deployment\":" : "{\"deployment\":");
    json_doc_append_text (out, command->deployment_id);
    g_string_append (out, ",\"command\":");
    json_doc_append_text (out, command->command_id);
    g_string_append_printf (out, ",\"since\":\"%s\"}", since);
  }
  g_print ("%s]}\n", out->str);
}

static void
print_running (const AgentConfig *config, int pid)
{
  PollState polls = { 0 };
  if (!read_poll_state (config, &polls)) {
    /* it has only just begun, and no poll has ended in any way */
  }
  g_autofree char *how = poll_state_describe (&polls);
  g_print ("The agent is running as PID %d; %s.\n", pid, how);
}

static int
verb_status (const AgentConfig *config, const Options *options)
{
  g_autoptr (GError) error = NULL;
  int pid = daemon_find (config, &error);
  if (pid < 0)
    return fail (NULL, error);
  if (options->json)
    print_status_json (config, pid);
  else if (pid == 0)
    g_print ("The agent is not running.\n");
  else
    print_running (config, pid);
  return pid == 0 ? EXIT_NOT_RUNNING : 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree const char **words = g_new0 (const char *, (gsize)argc + 1);
  Options options = { .words = words };

  /* Threads here wait more than they allocate. NOLINTNEXTLINE(concurrency-mt-unsafe): none runs yet */
  mallopt (M_ARENA_MAX, 1);
  ProcessTitle title = process_title_begin (argc, argv);
  int status = parse_options (argc, argv, &options);
  if (status >= 0)
    return status;
  const AgentConfig *config = agent_config_load (options.config_file, arena, &error);
  if (config == NULL)
    return fail (NULL, error);
  if (strcmp (options.verb, "logs") == 0)
    return verb_logs (config, &options);
  if (strcmp (options.verb, "run") == 0)
    return verb_run (config, &title);
  if (strcmp (options.verb, "start") == 0)
    return verb_start (config, options.config_file);
  if (strcmp (options.verb, "stop") == 0)
    return verb_stop (config);
  if (strcmp (options.verb, "restart") == 0) {
    status = verb_stop (config);
    return status != 0 ? status : verb_start (config, options.config_file);
  }
  return verb_status (config, &options);
}
