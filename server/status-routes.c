#include "server/status-routes.h"

#include <string.h>

#include "core/version.h"

static void
answer_text (HttpExchange *exchange, guint status, const char *type, const char *text)
{
  const HttpHeader headers[] = { { "Content-Type", type } };
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  http_exchange_answer (exchange, status, headers, G_N_ELEMENTS (headers), body);
}

/* Who signs means a bucket of that name. */
static gboolean
is_signed (const HttpExchange *head)
{
  const char *authorization = http_exchange_header (head, "Authorization");
  return (authorization != NULL && g_str_has_prefix (authorization, "AWS4-")) ||
         strstr (http_exchange_query (head), "X-Amz-Signature=") != NULL;
}

static gboolean
asks_for (const HttpExchange *head, const char *path)
{
  const char *method = http_exchange_method (head);
  return strcmp (http_exchange_path (head), path) == 0 &&
         (strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0) && !is_signed (head);
}

/* ---- /healthz ---- */

static gboolean
accepts_health (const HttpExchange *head, gpointer ctx)
{
  return asks_for (head, "/healthz");
}

static gboolean
read_something (StoreTx *tx, gpointer data, GError **error)
{
  static const char sql[] = "SELECT COUNT(*) FROM principal";
  g_autoptr (StoreRows) rows = store_query (tx, sql, STORE_NO_ARGS, error);
  return rows != NULL && store_rows_next (rows, error);
}

static void
health_known (gpointer data, const GError *error)
{
  if (error == NULL)
    answer_text (data, 200, "text/plain", "ok\n");
  else
    answer_text (data, 503, "text/plain", "the store does not answer\n");
}

static void
handle_health (HttpExchange *exchange, gpointer ctx)
{
  const StatusRoutes *routes = ctx;
  store_submit (routes->store, STORE_READ, read_something, health_known, exchange);
}

HttpRoute
status_route_health (const StatusRoutes *routes)
{
  return (HttpRoute){ .accepts = accepts_health, .handle = handle_health, .ctx = (gpointer)routes };
}

/* ---- /metrics ---- */

static gboolean
accepts_metrics (const HttpExchange *head, gpointer ctx)
{
  return asks_for (head, "/metrics");
}

static void
handle_metrics (HttpExchange *exchange, gpointer ctx)
{
  const StatusRoutes *routes = ctx;
  StoreStats stats = { 0 };
  store_get_stats (routes->store, &stats);
  g_autoptr (GString) text = g_string_sized_new (4096);
  g_string_append_printf (text,
                          "# HELP slipway_build_info Version of the server\n"
                          "# TYPE slipway_build_info gauge\n"
                          "slipway_build_info{version=\"%s\"} 1\n",
                          version_string ());
  metrics_write (routes->metrics, text);
  metrics_write_value (text, "counter", "store_commits_total", "Durable commits",
                       (gint64)stats.commits);
  metrics_write_value (text, "counter", "store_works_total", "Write transactions committed",
                       (gint64)stats.works);
  metrics_write_value (text, "counter", "store_rolled_back_total", "Write transactions rolled back",
                       (gint64)stats.rolled_back);
  metrics_write_value (text, "counter", "store_reads_total", "Read transactions",
                       (gint64)stats.reads);
  metrics_write_value (text, "gauge", "store_queued", "Transactions waiting", (gint64)stats.queued);
  answer_text (exchange, 200, "text/plain; version=0.0.4; charset=utf-8", text->str);
}

HttpRoute
status_route_metrics (const StatusRoutes *routes)
{
  return (
      HttpRoute){ .accepts = accepts_metrics, .handle = handle_metrics, .ctx = (gpointer)routes };
}

/* ---- the rest ---- */

static gboolean
accepts_all (const HttpExchange *head, gpointer ctx)
{
  return TRUE;
}

static void
handle_nothing (HttpExchange *exchange, gpointer ctx)
{
  answer_text (exchange, 404, "text/plain", "there is nothing here\n");
}

HttpRoute
status_route_nothing (void)
{
  return (HttpRoute){ .accepts = accepts_all, .handle = handle_nothing };
}
