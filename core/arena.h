#pragma once

#include <glib.h>

/*
 * A bump allocator for values that live and die together: a decoded request, the records of one query. Memory is
 * zeroed, aligned for any type, and given back all at once; there is no free for a single object.
 *
 * It never fails: out of memory aborts, as everywhere in GLib. Callers bound sizes that come from outside first; one
 * object may be at most ARENA_MAX_OBJECT bytes (an assertion).
 *
 * Thread rule: one thread at a time; hand the whole arena over to pass its contents to another thread.
 *
 *   g_autoptr (Arena) arena = arena_new ();
 *   Record *record = arena_new0 (arena, Record);
 *   record->name = arena_strdup (arena, text);
 */
typedef struct Arena Arena;

#define ARENA_MAX_OBJECT ((gsize)1 << 30)

Arena *arena_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Frees the arena and all in it. NULL is allowed. */
void arena_free (Arena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Arena, arena_free)

/* Forgets the contents and keeps the arena (and its first block) for the next use. */
void arena_reset (Arena *arena);

/* Bytes the arena holds from the heap, slack included. For budgets in tests. */
gsize arena_held_bytes (const Arena *arena);

/* size 0 gives a valid unique pointer. */
gpointer arena_alloc (Arena *arena, gsize size) G_GNUC_MALLOC;
/* n * size bytes; the product is checked. */
gpointer arena_alloc_n (Arena *arena, gsize n, gsize size) G_GNUC_MALLOC;
#define arena_new0(arena, Type)      ((Type *)arena_alloc ((arena), sizeof (Type)))
#define arena_new0_n(arena, Type, n) ((Type *)arena_alloc_n ((arena), (n), sizeof (Type)))

/* Copies. NULL in gives NULL out. */
char *arena_strdup (Arena *arena, const char *text);
/* At most n bytes of text, always terminated. */
char *arena_strndup (Arena *arena, const char *text, gsize n);
gpointer arena_memdup (Arena *arena, gconstpointer bytes, gsize n);
char *arena_printf (Arena *arena, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Boxed values, for optional members where NULL means absent. */
const gint64 *arena_int64 (Arena *arena, gint64 value);
const gboolean *arena_bool (Arena *arena, gboolean value);
const double *arena_double (Arena *arena, double value);
