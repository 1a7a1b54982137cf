#include "core/arena.h"

#include <obstack.h>
#include <string.h>

#define obstack_chunk_alloc g_malloc
#define obstack_chunk_free  g_free

/* Enough for a host's poll, of which there may be ten thousand waiting; who needs more gets blocks of a page, less what
 * malloc keeps for itself. */
#define FIRST_BLOCK 1000
#define NEXT_BLOCK  4064

/*
 * glibc's obstack aligns by adding to a null pointer, which clang's pointer-overflow check reports in whatever function
 * the macros are expanded.
 */
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif

struct Arena {
  struct obstack stack;
  gpointer first; /* the object below all others: freeing it empties the stack */
};

Arena *
arena_new (void)
{
  Arena *arena = g_new (Arena, 1);

  obstack_specify_allocation (&arena->stack, FIRST_BLOCK, sizeof (max_align_t), g_malloc, g_free);
  obstack_chunk_size (&arena->stack) = NEXT_BLOCK;
  arena->first = obstack_alloc (&arena->stack, 0);
  return arena;
}

void
arena_free (Arena *arena)
{
  if (arena == NULL)
    return;
  obstack_free (&arena->stack, NULL);
  g_free (arena);
}

void
arena_reset (Arena *arena)
{
  obstack_free (&arena->stack, arena->first);
  arena->first = obstack_alloc (&arena->stack, 0);
}

gsize
arena_held_bytes (const Arena *arena)
{
  return (gsize)_obstack_memory_used ((struct obstack *)&arena->stack);
}

gpointer
arena_alloc (Arena *arena, gsize size)
{
  gpointer memory;

  g_assert (size <= ARENA_MAX_OBJECT);
  /* An object of no bytes would share its address with the next one. */
  memory = obstack_alloc (&arena->stack, (int)MAX (size, 1));
  return memset (memory, 0, MAX (size, 1));
}

gpointer
arena_alloc_n (Arena *arena, gsize n, gsize size)
{
  gsize total;

  if (!g_size_checked_mul (&total, n, size))
    g_error ("arena: %" G_GSIZE_FORMAT " objects of %" G_GSIZE_FORMAT " bytes", n, size);
  return arena_alloc (arena, total);
}

gpointer
arena_memdup (Arena *arena, gconstpointer bytes, gsize n)
{
  gpointer memory;

  if (bytes == NULL)
    return NULL;
  g_assert (n <= ARENA_MAX_OBJECT);
  memory = obstack_alloc (&arena->stack, (int)MAX (n, 1));
  return memcpy (memory, bytes, n);
}

char *
arena_strndup (Arena *arena, const char *text, gsize n)
{
  gsize length;
  char *copy;

  if (text == NULL)
    return NULL;
  length = strnlen (text, n);
  g_assert (length < ARENA_MAX_OBJECT);
  copy = obstack_alloc (&arena->stack, (int)length + 1);
  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

char *
arena_strdup (Arena *arena, const char *text)
{
  return text == NULL ? NULL : arena_memdup (arena, text, strlen (text) + 1);
}

char *
arena_printf (Arena *arena, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return arena_strdup (arena, text);
}

const gint64 *
arena_int64 (Arena *arena, gint64 value)
{
  return arena_memdup (arena, &value, sizeof value);
}

const gboolean *
arena_bool (Arena *arena, gboolean value)
{
  return arena_memdup (arena, &value, sizeof value);
}

const double *
arena_double (Arena *arena, double value)
{
  return arena_memdup (arena, &value, sizeof value);
}

#ifdef __clang__
#pragma clang attribute pop
#endif
