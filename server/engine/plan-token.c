#include "core/digest.h"
#include "proto/shape.h"
#include "server/actions/catalog.h"
#include "server/engine/private.h"

#include <string.h>

/* The token of a plan: a number for each thing that the plan rests on, so that what has changed can be told. Two of them are sums
 * over the hosts, in which a single host more can be found again. */

typedef enum {
  PART_REQUEST,
  PART_GROUP,
  PART_CONFIG,
  PART_REGISTERED, /* the registered hosts: all that can be looked at without asking another service */
  PART_NAMES,      /* which hosts there are */
  PART_ORDER,      /* all that a plan says of them, in their order */
  PART_COUNT,
  N_PARTS
} Part;

/* Hexadecimal digits of a number; of all of them proto/api/ has the pattern. */
#define PART_DIGITS 12
#define PART_MASK   ((G_GUINT64_CONSTANT (1) << (4 * PART_DIGITS)) - 1)

typedef struct {
  guint64 parts[N_PARTS];
} Token;

/* ---- numbers ---- */

static guint64
number_of_text (const char *text, gsize length)
{
  char hex[DIGEST_SHA256_HEX_SIZE];
  digest_sha256_hex (text, length, hex);
  hex[PART_DIGITS] = '\0';
  return g_ascii_strtoull (hex, NULL, 16);
}

/* Each text with its length, so that no two lists of texts read the same. */
static void
add_text (GString *out, const char *text)
{
  if (text == NULL)
    g_string_append (out, "-;");
  else
    g_string_append_printf (out, "%" G_GSIZE_FORMAT ":%s;", strlen (text), text);
}

static void
add_number (GString *out, gint64 number)
{
  g_string_append_printf (out, "%" G_GINT64_FORMAT ";", number);
}

/* ---- the request, the group, the configuration ---- */

/* What comes from the group or from the configuration is in their parts; what people say of it is in none. */
static guint64
number_of_request (const ApiDeploymentInfo *info)
{
  ApiDeploymentInfo own = *info;
  own.description = NULL;
  own.plan_token = NULL;
  own.previous_revision = NULL;
  own.deployment_style = NULL;
  own.load_balancer_info = NULL;
  own.blue_green_deployment_configuration = NULL;
  own.zonal_config = NULL;
  g_autofree char *text = shape_to_text (&api_shape_deployment_info, &own);
  return number_of_text (text, strlen (text));
}

static guint64
number_of_group (const DeploymentGroupRecord *group)
{
  g_autoptr (GString) text = g_string_new (NULL);
  add_text (text, group->application_id);
  add_text (text, group->id);
  add_text (text, group->settings_json);
  add_number (text, group->target_revision_number);
  return number_of_text (text->str, text->len);
}

static guint64
number_of_config (const DeploymentRecord *deployment, const ApiDeploymentInfo *info)
{
  const ApiDeploymentInfo zones = { .zonal_config = info->zonal_config };
  g_autofree char *zones_text = shape_to_text (&api_shape_deployment_info, &zones);
  g_autoptr (GString) text = g_string_new (NULL);
  add_text (text, deployment->config_name);
  add_text (text, minimum_healthy_type_name (deployment->healthy.type));
  add_number (text, deployment->healthy.value);
  add_number (text, deployment->options.timeout_minutes);
  add_number (text, deployment->options.retries);
  add_number (text, deployment->options.maximum_batch);
  add_text (text, zones_text);
  return number_of_text (text->str, text->len);
}

/* ---- hosts ---- */

typedef enum {
  ROLE_HOST,
  ROLE_ORIGINAL
} Role;

static guint64
number_of_name (const Candidate *host, Role role)
{
  g_autoptr (GString) text = g_string_new (NULL);
  add_number (text, role);
  add_text (text, host->target_arn);
  add_text (text, host->host_arn);
  return number_of_text (text->str, text->len);
}

static void
add_hosts (Token *token, const CandidateList *hosts, Role role, GString *order)
{
  for (gsize i = 0; i < hosts->n; i++) {
    const Candidate *host = &hosts->items[i];
    gsize begin = order->len;
    add_number (order, role);
    add_text (order, host->target_arn);
    add_text (order, host->host_arn);
    add_text (order, host->zone);
    add_number (order, host->health);
    if (!candidate_is_ec2 (host->host_arn))
      token->parts[PART_REGISTERED] += number_of_text (order->str + begin, order->len - begin);
    token->parts[PART_NAMES] += number_of_name (host, role);
  }
  token->parts[PART_COUNT] += hosts->n;
}

static void
add_stages (const StageList *stages, GString *order)
{
  for (gsize i = 0; i < stages->n; i++) {
    add_text (order, stages->items[i].name);
    add_number (order, stages->items[i].n);
  }
}

static Token
make_token (const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
            const DeploymentGroupRecord *group, const StartPreview *preview)
{
  Token token = { .parts = { [PART_REQUEST] = number_of_request (info),
                             [PART_GROUP] = number_of_group (group),
                             [PART_CONFIG] = number_of_config (deployment, info) } };
  g_autoptr (GString) order = g_string_new (NULL);
  add_hosts (&token, &preview->candidates, ROLE_HOST, order);
  add_hosts (&token, &preview->originals, ROLE_ORIGINAL, order);
  add_stages (&preview->stages, order);
  if (preview->copied ==
      NULL) { /* else it follows from what the copied group has in service then */
    add_number (order, preview->plan.minimum_healthy);
    add_number (order, preview->plan.maximum_batch);
    add_number (order, preview->plan.n_unhealthy);
  }
  token.parts[PART_ORDER] = number_of_text (order->str, order->len);
  for (Part i = 0; i < N_PARTS; i++)
    token.parts[i] &= PART_MASK;
  return token;
}

/* ---- as text ---- */

char *
plan_token (const DeploymentRecord *as_if, const ApiDeploymentInfo *info,
            const DeploymentGroupRecord *group, const StartPreview *preview, Arena *arena)
{
  const Token token = make_token (as_if, info, group, preview);
  g_autoptr (GString) text = g_string_new (NULL);
  for (Part i = 0; i < N_PARTS; i++)
    g_string_append_printf (text, "%0*" G_GINT64_MODIFIER "x", PART_DIGITS, token.parts[i]);
  return arena_strdup (arena, text->str);
}

/* One of another length was another server's. */
static gboolean
read_token (const char *text, Token *out)
{
  char digits[PART_DIGITS + 1];
  if (strlen (text) != (gsize)PART_DIGITS * N_PARTS)
    return FALSE;
  for (Part i = 0; i < N_PARTS; i++) {
    g_strlcpy (digits, text + i * PART_DIGITS, sizeof digits);
    out->parts[i] = g_ascii_strtoull (digits, NULL, 16);
  }
  return TRUE;
}

/* ---- what has changed ---- */

static gboolean
differs (const Token *planned, const Token *now, Part part)
{
  return planned->parts[part] != now->parts[part];
}

/* The host whose number is what there is more now; NULL: it is not one alone. */
static const char *
find_added (const Token *planned, const Token *now, const StartPreview *preview)
{
  guint64 more = (now->parts[PART_NAMES] - planned->parts[PART_NAMES]) & PART_MASK;
  const CandidateList *lists[] = { &preview->candidates, &preview->originals };
  for (gsize k = 0; k < G_N_ELEMENTS (lists); k++)
    for (gsize i = 0; i < lists[k]->n; i++)
      if (number_of_name (&lists[k]->items[i], (Role)k) == more)
        return lists[k]->items[i].name;
  return NULL;
}

static const char *
describe_hosts (const Token *planned, const Token *now, const StartPreview *preview,
                const char *group_name, Arena *arena)
{
  guint64 n_planned = planned->parts[PART_COUNT], n = now->parts[PART_COUNT];
  if (n == n_planned)
    return arena_printf (
        arena,
        differs (planned, now, PART_NAMES)
            ? "deployment group %s has as many hosts as then, but others"
            : "the health, zones or order of the hosts of deployment group %s have "
              "changed",
        group_name);
  const char *added = n == n_planned + 1 ? find_added (planned, now, preview) : NULL;
  return arena_printf (arena,
                       "the plan was for %" G_GUINT64_FORMAT
                       " hosts, and deployment group %s has %" G_GUINT64_FORMAT " now%s%s",
                       n_planned, group_name, n, added != NULL ? "; new is " : "",
                       added != NULL ? added : "");
}

static gboolean
hosts_differ (const Token *planned, const Token *now)
{
  return differs (planned, now, PART_NAMES) || differs (planned, now, PART_ORDER) ||
         differs (planned, now, PART_COUNT);
}

static const char *
describe_registered (const Token *planned, const Token *now, const char *group_name, Arena *arena)
{
  return differs (planned, now, PART_REGISTERED)
             ? arena_printf (arena,
                             "the registered hosts of deployment group %s, their health or zones "
                             "have changed",
                             group_name)
             : NULL;
}

static void
join (GString *out, const char *text)
{
  if (text != NULL)
    g_string_append_printf (out, "%s%s", out->len > 0 ? "; " : "", text);
}

/* ---- judging ---- */

/* Whether others have to be asked for some of its hosts. */
static gboolean
asks_for_instances (const Engine *engine, const ApiDeploymentInfo *info,
                    const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  const FleetSelector original = fleet_selector_of_group (settings, arena);
  if (!engine->config.lists_instances)
    return FALSE;
  if (!fleet_selector_is_empty (&original))
    return TRUE;
  if (info->target_instances == NULL)
    return FALSE;
  const FleetSelector replacement =
      fleet_selector_of_target_instances (info->target_instances, arena);
  return !fleet_selector_is_empty (&replacement);
}

gboolean
engine_plan_check (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                   const DeploymentGroupRecord *group, const char *token, Arena *arena,
                   const char **out_changed, GError **error)
{
  StartPreview preview;
  Token planned;
  const ApiDeploymentInfo *info = engine_deployment_info (as_if, arena, error);
  const ApiDeploymentGroupInfo *settings =
      info != NULL ? catalog_group_settings (group, arena, error) : NULL;
  if (settings == NULL ||
      !deployment_preview (engine, tx, as_if, info, group, NULL, arena, &preview, error))
    return FALSE;
  *out_changed = "it was made by another version of this server";
  if (!read_token (token, &planned))
    return TRUE;
  const Token now = make_token (as_if, info, group, &preview);
  g_autoptr (GString) changed = g_string_new (NULL);
  if (differs (&planned, &now, PART_GROUP))
    join (changed,
          arena_printf (arena, "deployment group %s was changed, or deployed to", group->name));
  else if (differs (&planned, &now, PART_REQUEST)) /* which has members of the group's, too */
    join (changed, "this is not the request that was planned");
  if (differs (&planned, &now, PART_CONFIG))
    join (changed, "the deployment configuration is another, or has other values");
  if (asks_for_instances (engine, info, settings, arena))
    join (changed, describe_registered (&planned, &now, group->name, arena));
  else if (hosts_differ (&planned, &now))
    join (changed, describe_hosts (&planned, &now, &preview, group->name, arena));
  *out_changed = changed->len > 0 ? arena_strdup (arena, changed->str) : NULL;
  return TRUE;
}

gboolean
plan_judge_start (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                  const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, Arena *arena,
                  Refusal *out, GError **error)
{
  StartPreview preview;
  Token planned;
  *out = (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  if (info->plan_token == NULL || !read_token (info->plan_token, &planned))
    return TRUE;
  if (!deployment_preview (engine, tx, deployment, info, group, NULL, arena, &preview, error))
    return FALSE;
  const Token now = make_token (deployment, info, group, &preview);
  if (hosts_differ (&planned, &now))
    *out =
        (Refusal){ DEPLOYMENT_ERROR_PLAN_IS_STALE,
                   arena_printf (arena,
                                 "The plan that was to be carried out has gone stale: %s. "
                                 "Nothing was begun; look at a new plan",
                                 describe_hosts (&planned, &now, &preview, group->name, arena)) };
  return TRUE;
}
