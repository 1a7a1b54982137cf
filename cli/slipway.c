#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit-status.h"
#include "cli/terminal-text.h"
#include "cli/verb.h"
#include "core/nearest-word.h"
#include "core/version.h"

#define VERB_COLUMN 24 /* wide; longer verbs have a line of their own */

/* Every verb, in the order of --help. */
static const Verb *const verbs[] = {
  &verb_hosts_register,
  &verb_hosts_list,
  &verb_hosts_deregister,
  &verb_apps_create,
  &verb_apps_list,
  &verb_groups_create,
  &verb_groups_list,
  &verb_configs_create,
  &verb_configs_list,
  &verb_configs_show,
  &verb_configs_delete,
  &verb_validate,
  &verb_local,
  &verb_push,
  &verb_plan,
  &verb_deploy,
  &verb_status,
  &verb_pause,
  &verb_resume,
  &verb_approve,
  &verb_continue,
  &verb_stop,
  &verb_audit,
  &verb_notifications_list,
  &verb_notifications_retry,
  &verb_notifications_drop,
  &verb_github_tokens_put,
  &verb_github_tokens_list,
  &verb_github_tokens_link,
  &verb_github_tokens_unlink,
  &verb_github_tokens_delete,
  &verb_iam_whoami,
  &verb_iam_assume,
  &verb_iam_users_create,
  &verb_iam_users_list,
  &verb_iam_users_show,
  &verb_iam_users_delete,
  &verb_iam_keys_create,
  &verb_iam_keys_list,
  &verb_iam_keys_disable,
  &verb_iam_keys_enable,
  &verb_iam_keys_delete,
  &verb_iam_policies_list,
  &verb_iam_policies_show,
  &verb_iam_policies_put,
  &verb_iam_policies_delete,
  &verb_iam_policies_attach,
  &verb_iam_policies_detach,
  &verb_iam_roles_create,
  &verb_iam_roles_list,
  &verb_iam_roles_show,
  &verb_iam_roles_trust,
  &verb_iam_roles_delete,
  &verb_aws_models,
};

static void
print_verb (const Verb *verb)
{
  g_autofree char *line = g_strdup_printf ("%s %s", verb->name, verb->arguments);
  if (strlen (line) > VERB_COLUMN) {
    printf ("  %s\n  %-*s %s\n", line, VERB_COLUMN, "", verb->about);
  } else {
    printf ("  %-*s %s\n", VERB_COLUMN, line, verb->about);
  }
}

static void
print_help (void)
{
  printf ("slipway %s - deploys to hosts through a Slipway server\n\nUsage: slipway VERB "
          "[OPTION...] ...\n\n",
          version_string ());
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    print_verb (verbs[i]);
  }
  g_autofree char *exits = cli_exit_help ();
  printf ("\n\"slipway VERB --help\" shows a verb's options.\n\n"
          "The server and the keys are found as the AWS CLI finds them: options, AWS_... "
          "variables, profiles in\n"
          "~/.aws. The first three to set: AWS_ENDPOINT_URL, AWS_SHARED_CREDENTIALS_FILE, and "
          "AWS_CA_BUNDLE for\n"
          "a server with a certificate of its own.\n\n%s",
          exits);
}

/* The official agent's tool, under whose name scripts may call us (agent.md 7.1). */
#define LOCAL_TOOL "codedeploy-local"

/* The verb that `words` begin with, and how many words its name has. */
static const Verb *
find_verb (char **words, guint *out_n_words)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    g_auto (GStrv) name = g_strsplit (verbs[i]->name, " ", -1);
    guint n = g_strv_length (name);
    guint same = 0;
    while (same < n && words[same] != NULL && g_str_equal (words[same], name[same])) {
      same++;
    }
    if (same == n) {
      *out_n_words = n;
      return verbs[i];
    }
  }
  return NULL;
}

/* "slipway hosts --help": the verbs that begin with the word. FALSE: it is not a question like that. */
static gboolean
print_group_help (char **words)
{
  gboolean found = FALSE;
  if (words[1] == NULL || (!g_str_equal (words[1], "--help") && !g_str_equal (words[1], "-h"))) {
    return FALSE;
  }
  g_autofree char *start = g_strconcat (words[0], " ", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (g_str_has_prefix (verbs[i]->name, start)) {
      print_verb (verbs[i]);
      found = TRUE;
    }
  }
  if (found) {
    printf ("\n\"slipway VERB --help\" shows a verb's options.\n");
  }
  return found;
}

/* The verb that the words were probably meant to be; NULL: there is none. */
static const char *
nearest_verb (char **words)
{
  const char *names[G_N_ELEMENTS (verbs)];
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    names[i] = verbs[i]->name;
  }
  g_autofree char *two = words[1] != NULL ? g_strjoin (" ", words[0], words[1], NULL) : NULL;
  const char *meant = two != NULL ? nearest_word (two, names, G_N_ELEMENTS (names)) : NULL;
  return meant != NULL ? meant : nearest_word (words[0], names, G_N_ELEMENTS (names));
}

static int
refuse_verb (char **words)
{
  g_autofree char *word = terminal_text_line (words[0]);
  g_autofree char *start = g_strconcat (words[0], " ", NULL);
  g_autoptr (GString) similar = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (g_str_has_prefix (verbs[i]->name, start)) {
      g_string_append_printf (similar, "%s\"slipway %s\"", similar->len > 0 ? ", " : "",
                              verbs[i]->name);
    }
  }
  const char *meant = nearest_verb (words);
  g_autofree char *hint =
      meant != NULL ? g_strdup_printf (" (did you mean \"slipway %s\"?)", meant) : g_strdup ("");
  if (similar->len > 0) {
    fprintf (stderr, "slipway: \"%s\" needs another word%s: %s\n", word, hint, similar->str);
  } else {
    fprintf (stderr, "slipway: there is no verb \"%s\"%s; see slipway --help\n", word, hint);
  }
  return CLI_EXIT_USAGE;
}

static int
run_verb (const Verb *verb, char **argv)
{
  g_autoptr (Session) session = session_new ();
  g_autoptr (GError) error = NULL;
  int status = verb->run (session, argv, &error);
  if (error != NULL) {
    fflush (stdout);
    g_autofree char *text = terminal_text_line (error->message);
    fprintf (stderr, "slipway: %s\n", text);
    status = cli_exit_status (error);
  }
  return status;
}

int
main (int argc, char **argv)
{
  /* For the terminal's character set only; no other thread runs yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
  setlocale (LC_CTYPE, "");
  char **words = argv + 1;
  g_autofree char *name = argc > 0 ? g_path_get_basename (argv[0]) : NULL;
  if (g_strcmp0 (name, LOCAL_TOOL) == 0) {
    g_set_prgname (name);
    return run_verb (&verb_local, words);
  }
  if (argc < 2 || g_str_equal (words[0], "--help") || g_str_equal (words[0], "-h") ||
      g_str_equal (words[0], "help")) {
    print_help ();
    return argc < 2 ? CLI_EXIT_USAGE : CLI_EXIT_OK;
  }
  if (g_str_equal (words[0], "--version")) {
    printf ("slipway %s\n", version_string ());
    return CLI_EXIT_OK;
  }
  guint n_words = 0;
  const Verb *verb = find_verb (words, &n_words);
  if (verb == NULL && print_group_help (words)) {
    return CLI_EXIT_OK;
  }
  if (verb == NULL) {
    return refuse_verb (words);
  }
  return run_verb (verb, words + n_words);
}
