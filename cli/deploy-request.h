#pragma once

#include "cli/verb.h"
#include "proto/api-types.h"

/*
 * What `slipway plan` and `slipway deploy` are asked for: the same options, so that what was planned can be carried out.
 *
 *   g_auto (DeployRequest) request = { 0 };
 *   const GOptionEntry entries[] = { DEPLOY_REQUEST_ENTRIES (&request), ..., G_OPTION_ENTRY_NULL };
 *   VERB_PARSE (...) && deploy_request_check (&verb, &request, &error)
 *
 * Thread rule: main thread; deploy_request_input blocks.
 */
typedef struct {
  char *application, *group, *folder, *revision, *config, *description, *file_exists;
  char **waves, **replacement_tags, **replacement_groups;
  gboolean ignore_stop_failures, unchecked;
} DeployRequest;

#define DEPLOY_REQUEST_ENTRIES(request)                                                              \
  { "application", 'a', 0, G_OPTION_ARG_STRING, &(request)->application, "The application (needed)", \
    "NAME" },                                                                                        \
      { "group", 'g', 0, G_OPTION_ARG_STRING, &(request)->group, "The deployment group (needed)",    \
        "NAME" },                                                                                    \
      { "folder",                                                                                    \
        'f',                                                                                         \
        0,                                                                                           \
        G_OPTION_ARG_FILENAME,                                                                       \
        &(request)->folder,                                                                          \
        "Push this folder and deploy it",                                                            \
        "FOLDER" },                                                                                  \
      { "no-validate",                                                                               \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_NONE,                                                                           \
        &(request)->unchecked,                                                                       \
        "With --folder: push it whatever is wrong with it",                                          \
        NULL },                                                                                      \
      { "revision",                                                                                  \
        'r',                                                                                         \
        0,                                                                                           \
        G_OPTION_ARG_STRING,                                                                         \
        &(request)->revision,                                                                        \
        "Deploy what is there: s3://BUCKET/KEY",                                                     \
        "URL" },                                                                                     \
      { "config",                                                                                    \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING,                                                                         \
        &(request)->config,                                                                          \
        "Deployment configuration [the group's]",                                                    \
        "NAME" },                                                                                    \
      { "description",                                                                               \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING,                                                                         \
        &(request)->description,                                                                     \
        "Kept with the deployment",                                                                  \
        "TEXT" },                                                                                    \
      { "file-exists",                                                                               \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING,                                                                         \
        &(request)->file_exists,                                                                     \
        "DISALLOW, OVERWRITE or RETAIN",                                                             \
        "WHAT" },                                                                                    \
      { "wave",                                                                                      \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING_ARRAY,                                                                   \
        &(request)->waves,                                                                           \
        "Hosts that come before the others, e.g. canary:1,wait=60,approval; again for the next, "    \
        "rest for the last",                                                                         \
        "WAVE" },                                                                                    \
      { "replacement-tag",                                                                           \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING_ARRAY,                                                                   \
        &(request)->replacement_tags,                                                                \
        "Blue/green: hosts with this tag, or KEY alone, replace the group's; may be given again: "   \
        "any of them",                                                                               \
        "KEY=VALUE" },                                                                               \
      { "replacement-asg",                                                                           \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING_ARRAY,                                                                   \
        &(request)->replacement_groups,                                                              \
        "Blue/green: instances of this Auto Scaling group replace the group's; may be given "        \
        "again",                                                                                     \
        "NAME" },                                                                                    \
  {                                                                                                  \
    "ignore-stop-failures", 0, 0, G_OPTION_ARG_NONE, &(request)->ignore_stop_failures,               \
        "Go on when ApplicationStop fails", NULL                                                     \
  }

void deploy_request_clear (DeployRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DeployRequest, deploy_request_clear)

/* What is missing, or does not go together. */
gboolean deploy_request_check (const Verb *verb, const DeployRequest *request, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Pushes the folder, if one is given. Lives in arena, but for texts of the request. */
gboolean deploy_request_input (Session *session, const Verb *verb, const DeployRequest *request,
                               Arena *arena, ApiCreateDeploymentInput *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
