#include "core/ambient.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static gint64
system_now_ms (gpointer ctx)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return (gint64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static gint64
system_monotonic_us (gpointer ctx)
{
  return g_get_monotonic_time ();
}

static void
system_random (gpointer ctx, guint8 *out, gsize n)
{
  while (n > 0) {
    gssize got = getrandom (out, n, 0);

    if (got < 0 && errno != EINTR)
      g_error ("cannot read random bytes: %s", g_strerror (errno));
    if (got > 0) {
      out += got;
      n -= (gsize)got;
    }
  }
}

const Ambient *
ambient_system (void)
{
  static const Ambient system_ambient = { system_now_ms, system_random, NULL, system_monotonic_us };

  return &system_ambient;
}

gint64
ambient_now_ms (const Ambient *ambient)
{
  return ambient->now_ms (ambient->ctx);
}

gint64
ambient_monotonic_us (const Ambient *ambient)
{
  return ambient->monotonic_us (ambient->ctx);
}

void
ambient_random (const Ambient *ambient, guint8 *out, gsize n)
{
  ambient->random (ambient->ctx, out, n);
}

guint32
ambient_random_below (const Ambient *ambient, guint32 bound)
{
  guint32 value;
  guint32 limit;

  g_assert (bound > 0);
  /* Values past the last whole multiple of bound are drawn again, or the first ones would be likelier. */
  limit = G_MAXUINT32 - (guint32)(((guint64)G_MAXUINT32 + 1) % bound);
  do
    ambient_random (ambient, (guint8 *)&value, sizeof value);
  while (value > limit);
  return value % bound;
}

static gint64
fake_now_ms (gpointer ctx)
{
  const AmbientFake *fake = ctx;

  return fake->now_ms;
}

static gint64
fake_monotonic_us (gpointer ctx)
{
  return fake_now_ms (ctx) * 1000;
}

/* splitmix64: small, and every seed gives another sequence. */
static guint64
fake_next (AmbientFake *fake)
{
  guint64 z = (fake->seed += 0x9e3779b97f4a7c15u);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void
fake_random (gpointer ctx, guint8 *out, gsize n)
{
  AmbientFake *fake = ctx;

  while (n > 0) {
    guint64 word = GUINT64_TO_LE (fake_next (fake));
    gsize some = MIN (n, sizeof word);

    memcpy (out, &word, some);
    out += some;
    n -= some;
  }
}

Ambient
ambient_fake (AmbientFake *fake)
{
  return (Ambient){ fake_now_ms, fake_random, fake, fake_monotonic_us };
}
