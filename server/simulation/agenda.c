#include "server/simulation/agenda.h"

/* A binary heap in an array: the parent of i is (i - 1) / 2. */

typedef struct {
  AgendaItem item;
  guint64 sequence;
} Entry;

struct Agenda {
  GArray *heap; /* Entry */
  guint64 next_sequence;
};

Agenda *
agenda_new (void)
{
  Agenda *agenda = g_new0 (Agenda, 1);
  agenda->heap = g_array_new (FALSE, FALSE, sizeof (Entry));
  return agenda;
}

void
agenda_free (Agenda *agenda)
{
  AgendaItem item;
  if (agenda == NULL)
    return;
  while (agenda_take (agenda, &item))
    if (item.destroy != NULL)
      item.destroy (item.data);
  g_array_unref (agenda->heap);
  g_free (agenda);
}

static Entry *
at (Agenda *agenda, guint i)
{
  return &g_array_index (agenda->heap, Entry, i);
}

static gboolean
is_before (const Entry *a, const Entry *b)
{
  return a->item.at_ms != b->item.at_ms ? a->item.at_ms < b->item.at_ms : a->sequence < b->sequence;
}

static void
swap (Agenda *agenda, guint i, guint j)
{
  Entry entry = *at (agenda, i);
  *at (agenda, i) = *at (agenda, j);
  *at (agenda, j) = entry;
}

void
agenda_put (Agenda *agenda, const AgendaItem *item)
{
  const Entry entry = { *item, agenda->next_sequence++ };
  guint i = agenda->heap->len;
  g_array_append_val (agenda->heap, entry);
  while (i > 0 && is_before (at (agenda, i), at (agenda, (i - 1) / 2))) {
    swap (agenda, i, (i - 1) / 2);
    i = (i - 1) / 2;
  }
}

static void
sink (Agenda *agenda, guint i)
{
  for (;;) {
    guint first = i;
    for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < agenda->heap->len; child++)
      if (is_before (at (agenda, child), at (agenda, first)))
        first = child;
    if (first == i)
      return;
    swap (agenda, i, first);
    i = first;
  }
}

gboolean
agenda_take (Agenda *agenda, AgendaItem *out)
{
  guint n = agenda->heap->len;
  if (n == 0)
    return FALSE;
  *out = at (agenda, 0)->item;
  *at (agenda, 0) = *at (agenda, n - 1);
  g_array_set_size (agenda->heap, n - 1);
  sink (agenda, 0);
  return TRUE;
}

gint64
agenda_next_ms (const Agenda *agenda)
{
  return agenda->heap->len > 0 ? g_array_index (agenda->heap, Entry, 0).item.at_ms : G_MAXINT64;
}

gsize
agenda_length (const Agenda *agenda)
{
  return agenda->heap->len;
}
