#include "server/audit.h"

#include <string.h>

#include "core/ids.h"
#include "core/time-iso8601.h"
#include "core/version.h"
#include "proto/api-error.h"
#include "proto/json-doc.h"
#include "proto/shape.h"
#include "server/wire-query.h"

#define EVENT_VERSION     "1.08"
#define ROOT              "root"       /* of an account: its owner, in ARNs */
#define MAX_PART_BYTES    (100 * 1024) /* of one of an event's two documents: CloudTrail's own limit */
#define MAX_REFUSED_BYTES (8 * 1024) /* the same of a call that failed */
#define MAX_RESOURCES     16
#define PURGED_PER_WRITE  4
#define MS_PER_DAY        (G_GINT64_CONSTANT (86400) * 1000)

/* ---- the event as text ---- */

static void
add_key (GString *out, const char *key)
{
  if (out->str[out->len - 1] != '{')
    g_string_append_c (out, ',');
  json_doc_append_text (out, key);
  g_string_append_c (out, ':');
}

static void
add_text (GString *out, const char *key, const char *text)
{
  if (text == NULL)
    return;
  add_key (out, key);
  json_doc_append_text (out, text);
}

static void
add_json (GString *out, const char *key, const char *json)
{
  add_key (out, key);
  g_string_append (out, json);
}

/* A document too large for an event is left out, and the event says so. Who is refused gets less room: he must not be
 * able to fill the store. */
static void
add_document (GString *out, const AuditDeed *deed, const char *key, const char *json)
{
  gsize room = deed->error_code == NULL ? MAX_PART_BYTES : MAX_REFUSED_BYTES;
  if (json == NULL)
    add_json (out, key, "null");
  else if (strlen (json) <= room)
    add_json (out, key, json);
  else
    g_string_append_printf (out, ",\"%s\":{\"omitted\":true,\"originalSize\":%" G_GSIZE_FORMAT "}",
                            key, strlen (json));
}

/* CloudTrail's times: 2015-08-30T12:36:00Z */
static const char *
whole_seconds (gint64 time_ms, char text[TIME_ISO8601_SIZE])
{
  time_format_iso8601 (time_ms, text);
  gsize seconds_end = strlen ("2015-08-30T12:36:00");
  text[seconds_end] = 'Z';
  text[seconds_end + 1] = '\0';
  return text;
}

/* Whose session it is: the role, which is not the principal. */
static void
add_session (GString *out, const AuditDeed *deed)
{
  const Principal *principal = deed->caller->principal;
  const Identity *identity = deed->caller->identity;
  const char *name = principal->role_arn == NULL ? NULL : strrchr (principal->role_arn, '/');
  if (name == NULL)
    return;
  add_key (out, "sessionContext");
  g_string_append (out, "{\"sessionIssuer\":{\"type\":\"Role\"");
  add_text (out, "arn", principal->role_arn);
  add_text (out, "accountId", deed->scope->account_id);
  add_text (out, "userName", name + 1);
  g_string_append (out, "},\"attributes\":{");
  if (identity != NULL && identity->issue_ms != 0) {
    char time[TIME_ISO8601_SIZE];
    add_text (out, "creationDate", whole_seconds (identity->issue_ms, time));
  }
  add_text (out, "mfaAuthenticated", "false");
  g_string_append (out, "}}");
}

static void
add_identity (GString *out, const AuditDeed *deed)
{
  const Principal *principal = deed->caller->principal;
  gboolean is_session = principal->kind == PRINCIPAL_SESSION;
  gboolean is_root = g_str_has_suffix (principal->arn, ":" ROOT);
  add_key (out, "userIdentity");
  g_string_append_c (out, '{');
  add_text (out, "type", is_session ? "AssumedRole" : is_root ? "Root" : "IAMUser");
  if (deed->caller->identity != NULL)
    add_text (out, "principalId", deed->caller->identity->user_id);
  add_text (out, "arn", principal->arn);
  add_text (out, "accountId", deed->scope->account_id);
  add_text (out, "accessKeyId", deed->caller->access_key_id);
  if (is_session)
    add_session (out, deed);
  else
    add_text (out, "userName", principal->name);
  g_string_append_c (out, '}');
}

static void
add_resources (GString *out, const AuditDeed *deed)
{
  if (deed->n_resources == 0)
    return;
  add_key (out, "resources");
  g_string_append_c (out, '[');
  for (gsize i = 0; i < deed->n_resources; i++) {
    g_string_append (out, i == 0 ? "{" : ",{");
    add_text (out, "type", deed->resources[i].type);
    add_text (out, "name", deed->resources[i].name);
    add_text (out, "accountId", deed->scope->account_id);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

const char *
audit_event_json (const AuditDeed *deed, const char *id, Arena *arena)
{
  char time[TIME_ISO8601_SIZE];
  g_autoptr (GString) out = g_string_new ("{");
  add_text (out, "eventVersion", EVENT_VERSION);
  add_identity (out, deed);
  add_text (out, "eventTime", whole_seconds (deed->now_ms, time));
  add_text (out, "eventSource", deed->event_source);
  add_text (out, "eventName", deed->event_name);
  add_text (out, "awsRegion", deed->scope->region);
  add_text (out, "sourceIPAddress", deed->caller->source_ip);
  add_text (out, "userAgent", deed->caller->user_agent);
  add_text (out, "errorCode", deed->error_code);
  add_text (out, "errorMessage", deed->error_message);
  add_document (out, deed, "requestParameters", deed->request_json);
  add_document (out, deed, "responseElements", deed->response_json);
  add_text (out, "requestID", deed->request_id);
  add_text (out, "eventID", id);
  add_json (out, "readOnly", deed->read_only ? "true" : "false");
  add_resources (out, deed);
  add_text (out, "eventType", "AwsApiCall");
  add_json (out, "managementEvent", deed->category == AUDIT_MANAGEMENT ? "true" : "false");
  add_text (out, "recipientAccountId", deed->scope->account_id);
  add_text (out, "eventCategory", deed->category == AUDIT_MANAGEMENT ? "Management" : "Data");
  g_string_append_c (out, '}');
  return arena_strdup (arena, out->str);
}

/* ---- into the store ---- */

gboolean
audit_write (StoreTx *tx, const AuditRules *rules, const AuditDeed *deed, Arena *arena,
             GError **error)
{
  char id[IDS_UUID_SIZE];
  ids_new_uuid (rules->ambient, id);
  const AuditEvent event = {
    .id = id,
    .time_ms = deed->now_ms,
    .source = deed->event_source,
    .name = deed->event_name,
    .read_only = deed->read_only,
    .user_name = deed->caller->principal->name,
    .access_key_id = deed->caller->access_key_id,
    .error_code = deed->error_code,
    .record_json = audit_event_json (deed, id, arena),
    .n_resources = deed->n_resources,
    .resources = deed->resources,
  };
  if (!audit_event_record_insert (tx, &event, error))
    return FALSE;
  return rules->keep_days == 0 ||
         audit_event_record_purge (tx, deed->now_ms - rules->keep_days * MS_PER_DAY,
                                   PURGED_PER_WRITE, error);
}

gboolean
audit_write_local (StoreTx *tx, const AuditRules *rules, const AuditLocalDeed *deed, Arena *arena,
                   GError **error)
{
  const Principal root = {
    .arn = arena_printf (arena, "arn:%s:iam::%s:" ROOT, deed->scope->partition,
                         deed->scope->account_id),
    .kind = PRINCIPAL_ADMINISTRATOR,
    .path = "/",
    .name = ROOT,
  };
  const Caller caller = { .principal = &root,
                          .access_key_id = "", /* none is needed */
                          .source_ip = "local",
                          .user_agent = arena_printf (arena, "slipwayd/%s", version_string ()) };
  const AuditDeed whole = {
    .caller = &caller,
    .scope = deed->scope,
    .event_source = "slipway",
    .event_name = deed->event_name,
    .request_json = deed->request_json,
    .now_ms = deed->now_ms,
    .n_resources = deed->n_resources,
    .resources = deed->resources,
  };
  return audit_write (tx, rules, &whole, arena, error);
}

/* ---- calls of the API ---- */

/* By its name, as CloudTrail judges. */
gboolean
audit_is_read_only (const ApiOperation *op)
{
  static const char *const prefixes[] = { "Get",    "List", "BatchGet", "Describe",
                                          "Lookup", "Plan", "Poll" };
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (op->name, prefixes[i]))
      return TRUE;
  return FALSE;
}

gboolean
audit_is_recorded (const ApiOperation *op, StoreMode mode)
{
  return mode == STORE_WRITE && op->service != API_SERVICE_HOST_COMMANDS;
}

typedef struct {
  gsize n;
  AuditResource items[MAX_RESOURCES];
} Resources;

static void
collect_resource (const char *type, const char *name, gpointer data)
{
  Resources *resources = data;
  for (gsize i = 0; i < resources->n; i++)
    if (strcmp (resources->items[i].type, type) == 0 &&
        strcmp (resources->items[i].name, name) == 0)
      return;
  if (resources->n < MAX_RESOURCES)
    resources->items[resources->n++] = (AuditResource){ type, name };
}

static const char *
public_json (const Shape *shape, gconstpointer value, Arena *arena)
{
  if (shape == NULL || value == NULL)
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  shape_write_public (shape, value, out);
  return strcmp (out->str, "{}") == 0 ? NULL : arena_strdup (arena, out->str);
}

static const char *
event_source (const ApiOperation *op, Arena *arena)
{
  if (op->service == API_SERVICE_SLIPWAY)
    return "slipway";
  return arena_printf (arena, "%s.amazonaws.com", op->signing_name);
}

/* As CloudTrail has it, whatever protocol the call came in: IAM's and STS's errors have the Query protocol's names. */
static const char *
error_name (const ApiOperation *op, const GError *failure)
{
  ApiErrorCode code = api_error_code (failure);
  return op->query_version != NULL ? wire_query_error_name (code) : api_error_name (code);
}

gboolean
audit_write_call (const ApiCall *call, gconstpointer output, const GError *failure, StoreTx *tx,
                  GError **error)
{
  const ApiOperation *op = call->op;
  const AuditRules rules = { call->env->ambient, call->env->settings->audit_days };
  Resources resources = { 0 };
  if (call->input != NULL)
    shape_visit_resources (op->input, call->input, collect_resource, &resources);
  if (failure == NULL && op->output != NULL)
    shape_visit_resources (op->output, output, collect_resource, &resources);
  gboolean is_told = failure != NULL && failure->domain == API_ERROR;
  const AuditDeed deed = {
    .caller = call->caller,
    .scope = &call->env->arn,
    .event_source = event_source (op, call->arena),
    .event_name = op->name,
    .read_only = audit_is_read_only (op),
    .request_json = public_json (op->input, call->input, call->arena),
    .response_json = failure == NULL ? public_json (op->output, output, call->arena) : NULL,
    .error_code = failure == NULL ? NULL : error_name (op, failure),
    .error_message = is_told ? failure->message : NULL,
    .request_id = call->request_id,
    .now_ms = call->now_ms,
    .n_resources = resources.n,
    .resources = resources.items,
  };
  return audit_write (tx, &rules, &deed, call->arena, error);
}
