#pragma once

#include <glib.h>

/* What will happen in a simulated world, in order of virtual time; at the same time in the order in which it was put down.
 *
 * Threads: one at a time. */

typedef struct Agenda Agenda;

/* ctx: whose agenda it is. number tells occurrences of one thing apart; most need none. */
typedef void (*AgendaAct) (gpointer ctx, gpointer data, guint64 number);

typedef struct {
  gint64 at_ms;
  AgendaAct act;
  gpointer data;
  guint64 number;
  GDestroyNotify destroy; /* of data, also when it does not happen any more; NULL */
} AgendaItem;

Agenda *agenda_new (void) G_GNUC_WARN_UNUSED_RESULT;
void agenda_free (Agenda *agenda); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Agenda, agenda_free)

void agenda_put (Agenda *agenda, const AgendaItem *item);
/* FALSE when nothing is left. The caller does it, and frees its data. */
gboolean agenda_take (Agenda *agenda, AgendaItem *out) G_GNUC_WARN_UNUSED_RESULT;
/* When the first of it is; G_MAXINT64: nothing is left. */
gint64 agenda_next_ms (const Agenda *agenda);
gsize agenda_length (const Agenda *agenda);
