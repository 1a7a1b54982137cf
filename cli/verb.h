#pragma once

#include "cli/session.h"

/*
 * A verb of the command line: one file in cli/verbs/ each, listed once in cli/slipway.c.
 *
 * `run` gets the arguments after the verb's name, NULL-terminated, and returns the exit status; with `error` set the
 * status comes from the error and the text is printed for it.
 *
 * Thread rule: constant tables; run on the main thread.
 */
typedef struct {
  const char *name;      /* "push", "hosts register" */
  const char *arguments; /* "FOLDER" */
  const char *about;     /* one line */
  int (*run) (Session *session, char **argv, GError **error);
} Verb;

extern const Verb verb_approve;
extern const Verb verb_apps_create, verb_apps_list;
extern const Verb verb_audit;
extern const Verb verb_aws_models;
extern const Verb verb_configs_create, verb_configs_delete, verb_configs_list, verb_configs_show;
extern const Verb verb_continue;
extern const Verb verb_deploy;
extern const Verb verb_notifications_drop, verb_notifications_list, verb_notifications_retry;
extern const Verb verb_github_tokens_delete, verb_github_tokens_link, verb_github_tokens_list,
    verb_github_tokens_put, verb_github_tokens_unlink;
extern const Verb verb_groups_create, verb_groups_list;
extern const Verb verb_hosts_deregister, verb_hosts_list, verb_hosts_register;
extern const Verb verb_iam_assume, verb_iam_whoami;
extern const Verb verb_iam_keys_create, verb_iam_keys_delete, verb_iam_keys_disable,
    verb_iam_keys_enable, verb_iam_keys_list;
extern const Verb verb_iam_policies_attach, verb_iam_policies_delete, verb_iam_policies_detach,
    verb_iam_policies_list, verb_iam_policies_put, verb_iam_policies_show;
extern const Verb verb_iam_roles_create, verb_iam_roles_delete, verb_iam_roles_list,
    verb_iam_roles_show, verb_iam_roles_trust;
extern const Verb verb_iam_users_create, verb_iam_users_delete, verb_iam_users_list,
    verb_iam_users_show;
extern const Verb verb_local;
extern const Verb verb_pause;
extern const Verb verb_plan;
extern const Verb verb_push;
extern const Verb verb_resume;
extern const Verb verb_status;
extern const Verb verb_stop;
extern const Verb verb_validate;

/* session_parse with a verb's own texts. */
#define VERB_PARSE(session, verb, entries, argv, out_rest, error)                                  \
  session_parse ((session), (verb).name, (verb).arguments, (verb).about, (entries), (argv),        \
                 (out_rest), (error))
