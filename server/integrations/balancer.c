#include "server/integrations/balancer.h"

#define MOST_AGAIN_MS 5000

gint64
balancer_again_ms (const BalancerAsk *ask, gint64 least_ms)
{
  gint64 waited_ms = MAX (ask->now_ms - ask->asked_ms, 0);
  return CLAMP (waited_ms / 10, least_ms, MOST_AGAIN_MS);
}

static const char *
format_message (Arena *arena, const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return arena_strdup (arena, valid);
}

void
balancer_not_yet (BalancerSaid *out, gint64 again_ms, Arena *arena, const char *format, ...)
{
  va_list arguments;
  out->outcome = ERRAND_NOT_YET;
  out->again_ms = again_ms;
  va_start (arguments, format);
  out->message = format_message (arena, format, arguments);
  va_end (arguments);
}

void
balancer_refuse (BalancerSaid *out, DeploymentError code, Arena *arena, const char *format, ...)
{
  va_list arguments;
  out->outcome = ERRAND_REFUSED;
  out->code = code;
  va_start (arguments, format);
  out->message = format_message (arena, format, arguments);
  va_end (arguments);
}

/* The outcomes are in the order of their weight (errands.h). */
G_STATIC_ASSERT (ERRAND_DONE < ERRAND_NOT_YET && ERRAND_NOT_YET < ERRAND_REFUSED);

void
balancer_join (BalancerSaid *all, const BalancerSaid *one, Arena *arena)
{
  if (one->outcome < all->outcome)
    return;
  if (one->outcome > all->outcome) {
    *all = *one;
    return;
  }
  all->again_ms = MIN (all->again_ms, one->again_ms);
  if (all->message == NULL)
    all->message = one->message;
  else if (one->message != NULL)
    all->message = arena_printf (arena, "%s; %s", all->message, one->message);
}
