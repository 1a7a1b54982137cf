#include "server/simulation/agenda.h"

#include "core/ambient.h"

static void
test_in_order_of_time_then_of_putting (void)
{
  AmbientFake fake = { .seed = 3 };
  Ambient ambient = ambient_fake (&fake);
  g_autoptr (Agenda) agenda = agenda_new ();
  AgendaItem item;
  for (guint64 i = 0; i < 2000; i++)
    agenda_put (agenda, &(AgendaItem){ .at_ms = ambient_random_below (&ambient, 50), .number = i });
  gint64 last_ms = -1;
  guint64 last_number = 0;
  int n = 0;
  for (; agenda_take (agenda, &item); n++) {
    g_assert_cmpint (item.at_ms, >=, last_ms);
    if (item.at_ms == last_ms)
      g_assert_cmpuint (item.number, >, last_number);
    last_ms = item.at_ms;
    last_number = item.number;
  }
  g_assert_cmpint (n, ==, 2000);
  g_assert_cmpuint (agenda_length (agenda), ==, 0);
}

static void
count_one (gpointer n)
{
  ++*(int *)n;
}

static void
test_what_does_not_happen_is_freed (void)
{
  int n = 0;
  Agenda *agenda = agenda_new ();
  agenda_put (agenda, &(AgendaItem){ .at_ms = 1, .data = &n, .destroy = count_one });
  agenda_free (agenda);
  g_assert_cmpint (n, ==, 1);
  agenda_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agenda/in-order-of-time-then-of-putting",
                   test_in_order_of_time_then_of_putting);
  g_test_add_func ("/agenda/what-does-not-happen-is-freed", test_what_does_not_happen_is_freed);
  return g_test_run ();
}
