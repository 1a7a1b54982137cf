#include "agent/service-pool.h"

struct ServicePool {
  const AgentHost *host;
  CredentialsSource *credentials;
  const char *agent_version;
  GMutex lock;     /* all below */
  GPtrArray *idle; /* between commands */
  GPtrArray *busy; /* those of conversations, borrowed */
};

ServicePool *
service_pool_new (const AgentHost *host, CredentialsSource *credentials, const char *agent_version)
{
  ServicePool *pool = g_new0 (ServicePool, 1);
  pool->host = host;
  pool->credentials = credentials;
  pool->agent_version = agent_version;
  g_mutex_init (&pool->lock);
  pool->idle = g_ptr_array_new_with_free_func ((GDestroyNotify)command_service_free);
  pool->busy = g_ptr_array_new ();
  return pool;
}

void
service_pool_free (ServicePool *pool)
{
  if (pool == NULL)
    return;
  g_ptr_array_unref (pool->idle);
  g_ptr_array_unref (pool->busy);
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

CommandService *
service_pool_take (ServicePool *pool, GError **error)
{
  CommandService *service = NULL;
  g_mutex_lock (&pool->lock);
  if (pool->idle->len > 0)
    service = g_ptr_array_steal_index (pool->idle, pool->idle->len - 1);
  g_mutex_unlock (&pool->lock);
  if (service == NULL)
    service = command_service_new (pool->host, pool->credentials, pool->agent_version, error);
  if (service == NULL)
    return NULL;
  g_mutex_lock (&pool->lock);
  g_ptr_array_add (pool->busy, service);
  g_mutex_unlock (&pool->lock);
  return service;
}

void
service_pool_give_back (ServicePool *pool, CommandService *service)
{
  g_mutex_lock (&pool->lock);
  g_ptr_array_remove_fast (pool->busy, service);
  gboolean keep = pool->idle->len == 0 && !command_service_is_aborted (service);
  if (keep)
    g_ptr_array_add (pool->idle, service);
  g_mutex_unlock (&pool->lock);
  if (!keep)
    command_service_free (service);
}

void
service_pool_abort (ServicePool *pool)
{
  g_mutex_lock (&pool->lock);
  for (guint i = 0; i < pool->busy->len; i++)
    command_service_abort (g_ptr_array_index (pool->busy, i));
  g_mutex_unlock (&pool->lock);
}

void
service_pool_abort_late (ServicePool *pool, gint64 since_us, gint64 patience_us)
{
  g_mutex_lock (&pool->lock);
  for (guint i = 0; i < pool->busy->len; i++)
    command_service_abort_if_late (g_ptr_array_index (pool->busy, i), since_us, patience_us);
  g_mutex_unlock (&pool->lock);
}
