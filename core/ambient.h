#pragma once

#include <glib.h>

/*
 * The clock and the source of randomness, passed down from main so that decisions can be tested and simulated.
 * Times are milliseconds since the Unix epoch, UTC.
 *
 * Thread rule: the functions of an Ambient must be callable from any thread; AmbientFake is for one thread.
 */
typedef struct {
  gint64 (*now_ms) (gpointer ctx);
  void (*random) (gpointer ctx, guint8 *out,
                  gsize n); /* cryptographically strong in the system's ambient */
  gpointer ctx;
  gint64 (*monotonic_us) (gpointer ctx);
} Ambient;

/* The machine's own clock and getrandom(2). Constant, never freed. */
const Ambient *ambient_system (void);

gint64 ambient_now_ms (const Ambient *ambient);
/* Microseconds of a clock that nobody sets, for measuring how long something takes; from an arbitrary beginning. */
gint64 ambient_monotonic_us (const Ambient *ambient);
void ambient_random (const Ambient *ambient, guint8 *out, gsize n);
/* Uniform in 0 .. bound-1; bound > 0. */
guint32 ambient_random_below (const Ambient *ambient, guint32 bound);

/* For tests and simulations: clocks that move only when now_ms is assigned, and a repeatable sequence of bytes. */
typedef struct {
  gint64 now_ms;
  guint64 seed;
} AmbientFake;

/* The result refers to fake, which must outlive it. */
Ambient ambient_fake (AmbientFake *fake);
