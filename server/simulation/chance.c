#include "server/simulation/chance.h"

/* splitmix64: small, and every start gives another sequence. */
guint64
chance_word (Chance *chance)
{
  guint64 z = (chance->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Chance
chance_new (guint64 seed, ChanceStream stream)
{
  Chance chance = { seed };
  chance.state = chance_word (&chance) + (guint64)stream * 0xd1342543de82ef95u;
  chance.state = chance_word (&chance);
  return chance;
}

/* The bias is less than what anybody could see in a simulation's life. */
gint64
chance_below (Chance *chance, gint64 n)
{
  g_assert (n > 0);
  return (gint64)(chance_word (chance) % (guint64)n);
}

gint64
chance_between (Chance *chance, gint64 low, gint64 high)
{
  return low + chance_below (chance, high - low + 1);
}

gboolean
chance_hits (Chance *chance, gint64 of_10000)
{
  return chance_below (chance, 10000) < of_10000;
}

gint64
chance_delay (Chance *chance, gint64 typical)
{
  guint doublings = 0;
  guint64 word = chance_word (chance);
  for (; doublings < 6 && (word & 3) == 0; word >>= 2)
    doublings++;
  return chance_between (chance, typical / 2, typical + typical / 2) << doublings;
}
