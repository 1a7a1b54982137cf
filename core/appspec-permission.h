#pragma once

#include "core/appspec.h"
#include "core/yaml-tree.h"

/*
 * One item of an AppSpec's "permissions" (agent.md 4.4, 4.5), and the small readers that it shares with appspec.c. For
 * appspec.c only; everybody else includes core/appspec.h.
 *
 * Thread rule: any thread.
 */
gboolean appspec_permission_parse (const YamlNode *node, Arena *arena, AppSpecPermission *out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One entry, [d|default:][type:][name]:perms; FALSE with *out_problem, a constant text, when it is not one. */
gboolean appspec_acl_parse (const char *text, Arena *arena, AppSpecAcl *out,
                            const char **out_problem) G_GNUC_WARN_UNUSED_RESULT;

/* The canonical form of an SELinux range such as s0-s3:c0.c2,c5; NULL when it is not one. */
char *appspec_range_canonical (const char *text, Arena *arena);

/* In appspec.c. */
const YamlNode *appspec_value (const YamlNode *map, const char *key);
gboolean appspec_fail_key (GError **error, AppSpecError code, const YamlNode *node, const char *key,
                           const char *what);
gboolean appspec_optional_text (const YamlNode *map, const char *key, AppSpecError code,
                                Arena *arena, const char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean appspec_required_text (const YamlNode *map, const char *key, AppSpecError code,
                                Arena *arena, const char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
