#pragma once

#include "core/ambient.h"

/*
 * How long to wait after something failed. Pure.
 *
 * Thread rule: any thread.
 */

/*
 * The official agent's pauses after n polls that failed one after the other (agent.md 1.11): for first_ms 10,000 these are 10,
 * 13, 17, 21, 27, 34, 44, 56, 71 and then 90 seconds; another first pause scales them. elapsed_ms, how long the attempt took,
 * is taken off. n 0: no pause.
 */
gint64 backoff_poll_ms (guint n, gint64 first_ms, gint64 elapsed_ms);

/*
 * Pauses between attempts of one call: first_ms doubling to 30 seconds, each with up to a quarter more at random, so that hosts
 * that lost their server together do not come back together.
 */
gint64 backoff_call_ms (guint n, gint64 first_ms, const Ambient *ambient);
