#include "cli/config-text.h"

#include <string.h>

#include "cli/exit-status.h"
#include "cli/terminal-text.h"
#include "core/deploy-config.h"

static gboolean
refuse (GError **error, const char *what, const char *text, const char *expected)
{
  g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "%s is %s, not \"%s\"", what, expected, text);
  return FALSE;
}

/* ---- written ---- */

/* The API's integers have 32 bits. */
static gboolean
read_number (const char *text, gint64 *out)
{
  return g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, out, NULL);
}

gboolean
config_text_minimum (const char *text, Arena *arena, const ApiMinimumHealthyHosts **out,
                     GError **error)
{
  gboolean percent = g_str_has_suffix (text, "%");
  const char *digits = arena_strndup (arena, text, strlen (text) - (percent ? 1 : 0));
  gint64 value;
  if (!read_number (digits, &value)) {
    return refuse (error, "--minimum-healthy", text, "a number of hosts (3) or a part (75%)");
  }
  ApiMinimumHealthyHosts *minimum = arena_new0 (arena, ApiMinimumHealthyHosts);
  minimum->type = minimum_healthy_type_name (percent ? MINIMUM_HEALTHY_FLEET_PERCENT
                                                     : MINIMUM_HEALTHY_HOST_COUNT);
  minimum->value = arena_int64 (arena, value);
  *out = minimum;
  return TRUE;
}

/* PERCENT:MINUTES */
static gboolean
split_shift (const char *text, Arena *arena, const gint64 **out_percent, const gint64 **out_minutes)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 3);
  gint64 percent, minutes;
  if (g_strv_length (parts) != 2 || !read_number (parts[0], &percent) ||
      !read_number (parts[1], &minutes)) {
    return FALSE;
  }
  *out_percent = arena_int64 (arena, percent);
  *out_minutes = arena_int64 (arena, minutes);
  return TRUE;
}

gboolean
config_text_traffic (const char *text, Arena *arena, const ApiTrafficRoutingConfig **out,
                     GError **error)
{
  static const char canary_word[] = "canary:", linear_word[] = "linear:";
  ApiTrafficRoutingConfig *routing = arena_new0 (arena, ApiTrafficRoutingConfig);
  ApiTimeBasedCanary *canary = arena_new0 (arena, ApiTimeBasedCanary);
  ApiTimeBasedLinear *linear = arena_new0 (arena, ApiTimeBasedLinear);
  if (strcmp (text, "all-at-once") == 0) {
    routing->type = traffic_routing_type_name (TRAFFIC_ROUTING_ALL_AT_ONCE);
  } else if (g_str_has_prefix (text, canary_word) &&
             split_shift (text + strlen (canary_word), arena, &canary->canary_percentage,
                          &canary->canary_interval)) {
    routing->type = traffic_routing_type_name (TRAFFIC_ROUTING_CANARY);
    routing->time_based_canary = canary;
  } else if (g_str_has_prefix (text, linear_word) &&
             split_shift (text + strlen (linear_word), arena, &linear->linear_percentage,
                          &linear->linear_interval)) {
    routing->type = traffic_routing_type_name (TRAFFIC_ROUTING_LINEAR);
    routing->time_based_linear = linear;
  } else {
    return refuse (error, "--traffic", text,
                   "all-at-once, canary:PERCENT:MINUTES or linear:PERCENT:MINUTES");
  }
  *out = routing;
  return TRUE;
}

/* ---- read ---- */

static void append_line (GString *out, const char *what, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
append_line (GString *out, const char *what, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *safe = terminal_text_line (text);
  g_string_append_printf (out, "  %-22s %s\n", what, safe);
}

static gint64
number (const gint64 *value)
{
  return value != NULL ? *value : 0;
}

static void
append_minimum (GString *out, const ApiMinimumHealthyHosts *minimum)
{
  static const char what[] = "minimum healthy hosts";
  gint64 value = number (minimum->value);
  MinimumHealthyType type;
  if (!minimum_healthy_type_from_name (minimum->type, &type)) {
    append_line (out, what, "%" G_GINT64_FORMAT " (%s)", value, minimum->type);
    return;
  }
  switch (type) {
  case MINIMUM_HEALTHY_HOST_COUNT:
    append_line (out, what, "%" G_GINT64_FORMAT, value);
    return;
  case MINIMUM_HEALTHY_FLEET_PERCENT:
    append_line (out, what, "%" G_GINT64_FORMAT "%%", value);
    return;
  case MINIMUM_HEALTHY_MOST_CONCURRENCY:
    append_line (out, what, "all but %" G_GINT64_FORMAT, value);
    return;
  }
}

static void
append_traffic (GString *out, const ApiTrafficRoutingConfig *routing)
{
  const ApiTimeBasedCanary *canary = routing->time_based_canary;
  const ApiTimeBasedLinear *linear = routing->time_based_linear;
  if (canary != NULL) {
    append_line (out, "traffic",
                 "%" G_GINT64_FORMAT "%% at once, the rest after %" G_GINT64_FORMAT " min",
                 number (canary->canary_percentage), number (canary->canary_interval));
  } else if (linear != NULL) {
    append_line (out, "traffic", "%" G_GINT64_FORMAT "%% more every %" G_GINT64_FORMAT " min",
                 number (linear->linear_percentage), number (linear->linear_interval));
  } else {
    append_line (out, "traffic", "all at once");
  }
}

char *
config_text_describe (const ApiDeploymentConfigInfo *info)
{
  GString *out = g_string_new (NULL);
  g_autofree char *name = terminal_text_line (info->deployment_config_name);
  g_autofree char *platform = terminal_text_line (info->compute_platform);
  g_string_append_printf (out, "Deployment configuration %s, for %s\n", name, platform);
  if (info->minimum_healthy_hosts != NULL) {
    append_minimum (out, info->minimum_healthy_hosts);
  }
  if (info->traffic_routing_config != NULL) {
    append_traffic (out, info->traffic_routing_config);
  }
  if (number (info->maximum_batch_size) > 0) {
    append_line (out, "hosts at a time", "%" G_GINT64_FORMAT " at most",
                 number (info->maximum_batch_size));
  }
  if (number (info->retries_per_target) > 0) {
    append_line (out, "retries", "%" G_GINT64_FORMAT " for each host that fails",
                 number (info->retries_per_target));
  }
  if (info->deployment_timeout_in_minutes != NULL) {
    append_line (out, "timeout", "%" G_GINT64_FORMAT " min for a deployment",
                 number (info->deployment_timeout_in_minutes));
  }
  if (info->zonal_config != NULL) {
    append_line (out, "zones", "yes: see --output json");
  }
  return g_string_free (out, FALSE);
}
