#pragma once

#include "server/simulation/world.h"

/* Those who are told of what happens in a simulated server's deployments, and who tells them: receivers that are away, answer with an
 * error, or take a notification and are not heard; couriers that die on the way, or are late.
 *
 * Threads: as in world.h. */

typedef struct Receivers Receivers;

/* Who hears of everything: for the site; the names end with NULL. */
const char *const *receivers_sinks (void);

Receivers *receivers_new (World *world) G_GNUC_WARN_UNUSED_RESULT;
void receivers_free (Receivers *receivers); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Receivers, receivers_free)

void receivers_start (Receivers *receivers);
/* Takes what is due; when the site's clock has come to site_next_letter_ms. */
void receivers_perform (Receivers *receivers);
