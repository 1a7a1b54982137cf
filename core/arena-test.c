#include "core/arena.h"

#include <string.h>

static void
test_memory_is_zeroed_and_aligned (void)
{
  g_autoptr (Arena) arena = arena_new ();

  for (gsize size = 0; size < 3000; size += 7) {
    guint8 *memory = arena_alloc (arena, size);

    g_assert_cmpuint ((guintptr)memory % sizeof (max_align_t), ==, 0);
    for (gsize i = 0; i < size; i++)
      g_assert_cmpuint (memory[i], ==, 0);
    memset (memory, 0xff, size);
  }
}

static void
test_empty_objects_are_distinct (void)
{
  g_autoptr (Arena) arena = arena_new ();

  g_assert_true (arena_alloc (arena, 0) != arena_alloc (arena, 0));
}

static void
test_strings_are_copied (void)
{
  g_autoptr (Arena) arena = arena_new ();
  char text[] = "revision";
  char *all = arena_strdup (arena, text);
  char *some = arena_strndup (arena, text, 3);
  char *more = arena_strndup (arena, text, 100);
  char *printed = arena_printf (arena, "%s-%d", text, 7);

  memset (text, 'x', sizeof text - 1);
  g_assert_cmpstr (all, ==, "revision");
  g_assert_cmpstr (some, ==, "rev");
  g_assert_cmpstr (more, ==, "revision");
  g_assert_cmpstr (printed, ==, "revision-7");
  g_assert_null (arena_strdup (arena, NULL));
  g_assert_null (arena_strndup (arena, NULL, 4));
  g_assert_null (arena_memdup (arena, NULL, 4));
}

static void
test_boxes_hold_their_values (void)
{
  g_autoptr (Arena) arena = arena_new ();

  g_assert_cmpint (*arena_int64 (arena, G_MININT64), ==, G_MININT64);
  g_assert_true (*arena_bool (arena, TRUE));
  g_assert_cmpfloat (*arena_double (arena, 12.5), ==, 12.5);
}

static void
test_reset_keeps_memory_bounded (void)
{
  g_autoptr (Arena) arena = arena_new ();
  gsize held = arena_held_bytes (arena);

  for (guint round = 0; round < 100; round++) {
    for (guint i = 0; i < 200; i++)
      memset (arena_alloc (arena, 1000), 0x5a, 1000);
    g_assert_cmpuint (arena_held_bytes (arena), >=, 200000);
    arena_reset (arena);
    g_assert_cmpuint (arena_held_bytes (arena), ==, held);
  }
  g_assert_cmpuint (*(guint8 *)arena_alloc (arena, 1), ==, 0);
}

static void
test_large_objects_work (void)
{
  g_autoptr (Arena) arena = arena_new ();
  guint8 *large = arena_alloc (arena, 8 << 20);

  large[(8 << 20) - 1] = 1;
  g_assert_cmpuint (large[0], ==, 0);
}

static void
test_overflowing_array_aborts (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (Arena) arena = arena_new ();

    arena_alloc_n (arena, G_MAXSIZE / 2, 4);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arena/memory-is-zeroed-and-aligned", test_memory_is_zeroed_and_aligned);
  g_test_add_func ("/arena/empty-objects-are-distinct", test_empty_objects_are_distinct);
  g_test_add_func ("/arena/strings-are-copied", test_strings_are_copied);
  g_test_add_func ("/arena/boxes-hold-their-values", test_boxes_hold_their_values);
  g_test_add_func ("/arena/reset-keeps-memory-bounded", test_reset_keeps_memory_bounded);
  g_test_add_func ("/arena/large-objects-work", test_large_objects_work);
  g_test_add_func ("/arena/overflowing-array-aborts", test_overflowing_array_aborts);
  return g_test_run ();
}
