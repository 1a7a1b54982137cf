#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "proto/api-types.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/page.h"
#include "store/records/audit-event.h"

#include <string.h>

/* LookupEvents, as CloudTrail has it: reading the audit. */

#define DEFAULT_RESULTS 50

static gboolean
read_flag (const char *text, ApiCall *call, AuditQuery *query, GError **error)
{
  gboolean yes = g_ascii_strcasecmp (text, "true") == 0;
  if (!yes && g_ascii_strcasecmp (text, "false") != 0) {
    api_error_set (error, API_ERR_INVALID_LOOKUP_ATTRIBUTES,
                   "The value of the attribute ReadOnly is true or false, not %.100s", text);
    return FALSE;
  }
  query->read_only = arena_bool (call->arena, yes);
  return TRUE;
}

static gboolean
read_attribute (const ApiLookupAttribute *attribute, ApiCall *call, AuditQuery *query,
                GError **error)
{
  const char *value = attribute->attribute_value;
  switch (api_lookup_attribute_key_from_name (attribute->attribute_key)) {
  case API_LOOKUP_ATTRIBUTE_KEY_EVENT_ID:
    query->id = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_EVENT_NAME:
    query->name = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_READ_ONLY:
    return read_flag (value, call, query, error);
  case API_LOOKUP_ATTRIBUTE_KEY_USERNAME:
    query->user_name = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_RESOURCE_TYPE:
    query->resource_type = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_RESOURCE_NAME:
    query->resource_name = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_EVENT_SOURCE:
    query->source = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_ACCESS_KEY_ID:
    query->access_key_id = value;
    return TRUE;
  case API_LOOKUP_ATTRIBUTE_KEY_NONE:
    break;
  }
  return TRUE; /* others are not decoded */
}

static gboolean
read_query (ApiCall *call, const ApiLookupEventsInput *input, AuditQuery *query, GError **error)
{
  const ApiLookupAttributesList *attributes = input->lookup_attributes;
  query->from_ms = input->start_time != NULL ? *input->start_time : G_MININT64;
  query->to_ms = input->end_time != NULL ? *input->end_time : G_MAXINT64;
  if (query->from_ms > query->to_ms) {
    api_error_set (error, API_ERR_INVALID_TIME_RANGE, "StartTime must not be after EndTime");
    return FALSE;
  }
  for (gsize i = 0; attributes != NULL && i < attributes->n; i++)
    if (!read_attribute (attributes->items[i], call, query, error))
      return FALSE;
  return TRUE;
}

/* A position is "<time>:<id>". */
static void
read_position (const char *position, AuditQuery *query)
{
  char *rest;
  if (position == NULL)
    return;
  query->after_ms = g_ascii_strtoll (position, &rest, 10);
  query->after_id = *rest == ':' ? rest + 1 : "";
}

static const ApiAuditResourceList *
show_resources (const AuditEvent *event, Arena *arena)
{
  ApiAuditResourceList *list = arena_new0 (arena, ApiAuditResourceList);
  list->items = arena_new0_n (arena, const ApiAuditResource *, event->n_resources);
  for (gsize i = 0; i < event->n_resources; i++) {
    ApiAuditResource *shown = arena_new0 (arena, ApiAuditResource);
    *shown = (ApiAuditResource){ event->resources[i].type, event->resources[i].name };
    list->items[list->n++] = shown;
  }
  return list;
}

static const ApiAuditEvent *
show (const AuditEvent *event, Arena *arena)
{
  ApiAuditEvent *shown = arena_new0 (arena, ApiAuditEvent);
  shown->event_id = event->id;
  shown->event_name = event->name;
  shown->read_only = event->read_only ? "true" : "false";
  shown->access_key_id = event->access_key_id;
  shown->event_time = arena_int64 (arena, event->time_ms);
  shown->event_source = event->source;
  shown->username = event->user_name;
  shown->resources = show_resources (event, arena);
  shown->cloud_trail_event = event->record_json;
  return shown;
}

gboolean
action_lookup_events (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiLookupEventsInput *input = call->input;
  ApiLookupEventsOutput *out = output;
  gsize limit = input->max_results != NULL ? (gsize)*input->max_results : DEFAULT_RESULTS;
  AuditQuery query = { .limit = limit + 1 };
  AuditEventList page;
  const char *position;
  if (!read_query (call, input, &query, error) ||
      !page_begin (call, input->next_token, &position, error))
    return FALSE;
  read_position (position, &query);
  ApiAuditEventList *list = arena_new0 (call->arena, ApiAuditEventList);
  out->events = list;
  if (input->event_category != NULL)
    return TRUE; /* insights: there are none */
  if (!audit_event_record_list (tx, &query, call->arena, &page, error))
    return FALSE;
  list->items = arena_new0_n (call->arena, const ApiAuditEvent *, MIN (page.n, limit));
  for (gsize i = 0; i < page.n && i < limit; i++)
    list->items[list->n++] = show (page.items[i], call->arena);
  if (page.n > limit) {
    const AuditEvent *last = page.items[limit - 1];
    out->next_token = page_end (
        call, arena_printf (call->arena, "%" G_GINT64_FORMAT ":%s", last->time_ms, last->id));
  }
  return TRUE;
}
