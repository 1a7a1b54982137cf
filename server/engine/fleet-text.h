#pragma once

#include "core/arena.h"
#include "core/tag-filter.h"
#include "proto/api-types.h"
#include "store/records/tag-list.h"

/* What EC2 instances are asked for, and what is told of them, as values and as the text of errands: list-fleet's request and
 * answer, and the instances in those of copy-fleet and watch-scaling.
 *
 *   request {"tagGroups":[[{"Key","Value","Type"}]],"autoScalingGroups":["name"]}
 *   answer  {"instances":[{"id","arn","zone","state","tags":[{"Key","Value"}],"autoScalingGroup","lifecycleState"}]}
 *
 * Values and pure functions. Thread rule: any thread. */

#define FLEET_TEXT_ERROR (fleet_text_error_quark ())
GQuark fleet_text_error_quark (void);
typedef enum {
  FLEET_TEXT_ERROR_MALFORMED /* not JSON, or a member of another type */
} FleetTextError;

/* A union: what has the tags, and the members of the Auto Scaling groups (deployments.md 8.1). */
typedef struct {
  gsize n_tag_groups; /* an instance has a tag of each; none: no instance */
  const TagFilterList *tag_groups;
  gsize n_names;
  const char *const *names; /* of Auto Scaling groups */
} FleetSelector;

typedef struct {
  const char *id;
  const char *arn;
  const char *zone;  /* NULL: not told */
  const char *state; /* as EC2 says it: "running" */
  gsize n_tags;
  const Tag *tags;
  const char *auto_scaling_group; /* NULL: in none of those that were asked for */
  const char *lifecycle_state;    /* in that group: "InService"; NULL */
} FleetMember;

typedef struct {
  gsize n;
  const FleetMember *items;
} FleetMemberList;

FleetSelector fleet_selector_of_group (const ApiDeploymentGroupInfo *settings, Arena *arena);
FleetSelector fleet_selector_of_target_instances (const ApiTargetInstances *targets, Arena *arena);
gboolean fleet_selector_is_empty (const FleetSelector *selector);
/* "EC2 instances with the tags (role=web or stage) and (tier=1), or in service in the Auto Scaling group web". Of one that is
 * not empty. */
char *fleet_selector_describe (const FleetSelector *selector, Arena *arena);
/* It has the tags and runs or is stopped, or is in service in one of the groups (deployments.md 8.1). */
gboolean fleet_selector_takes (const FleetSelector *selector, const FleetMember *member);

char *fleet_selector_to_text (const FleetSelector *selector, Arena *arena);
gboolean fleet_selector_parse (const char *text, Arena *arena, FleetSelector *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* {"key":"value"}; NULL without tags. */
char *fleet_tags_to_text (const Tag *tags, gsize n, Arena *arena);
/* What that wrote; NULL: none. */
TagList fleet_tags_parse (const char *text, Arena *arena);
char *fleet_members_to_text (const FleetMemberList *list, Arena *arena);
/* Each has at least its id and ARN. */
gboolean fleet_members_parse (const char *text, Arena *arena, FleetMemberList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
