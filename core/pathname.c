#include "core/pathname.h"

#include <string.h>

typedef enum {
  CLIMB_STAYS, /* ".." takes a component back; at the root it stays there */
  CLIMB_REFUSED
} Climb;

/* Components of path joined by "/", without a leading slash. NULL when ".." is refused and there is one. */
static char *
join_components (const char *path, Climb climb, Arena *arena)
{
  char *out = arena_alloc (arena, strlen (path) + 1);
  gsize end = 0;

  for (const char *at = path; *at != '\0';) {
    gsize length = strcspn (at, "/");
    if (length == 2 && at[0] == '.' && at[1] == '.') {
      if (climb == CLIMB_REFUSED)
        return NULL;
      while (end > 0 && out[--end] != '/')
        ;
    } else if (length > 0 && !(length == 1 && at[0] == '.')) {
      if (end > 0)
        out[end++] = '/';
      memcpy (out + end, at, length);
      end += length;
    }
    at += length;
    if (*at == '/')
      at++;
  }
  out[end] = '\0';
  return out;
}

char *
pathname_normalise_absolute (const char *path, Arena *arena)
{
  if (path[0] != '/')
    return NULL;
  return arena_printf (arena, "/%s", join_components (path, CLIMB_STAYS, arena));
}

char *
pathname_normalise_inside (const char *path, Arena *arena)
{
  return join_components (path, CLIMB_REFUSED, arena);
}

char *
pathname_join (const char *directory, const char *name, Arena *arena)
{
  if (directory[0] == '\0')
    return arena_strdup (arena, name);
  if (name[0] == '\0')
    return arena_strdup (arena, directory);
  gboolean ends = g_str_has_suffix (directory, "/");
  return arena_printf (arena, ends ? "%s%s" : "%s/%s", directory, name);
}

const char *
pathname_basename (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash != NULL ? slash + 1 : path;
}

char *
pathname_parent (const char *path, Arena *arena)
{
  const char *slash = strrchr (path, '/');
  if (slash == NULL)
    return arena_strdup (arena, "");
  return arena_strndup (arena, path, slash == path ? 1 : (gsize)(slash - path));
}

const char *
pathname_below (const char *path, const char *directory)
{
  gsize length = strlen (directory);

  if (length == 0)
    return path[0] != '\0' ? path : NULL;
  if (strncmp (path, directory, length) != 0)
    return NULL;
  if (directory[length - 1] == '/')
    return path[length] != '\0' ? path + length : NULL;
  return path[length] == '/' && path[length + 1] != '\0' ? path + length + 1 : NULL;
}

guint
pathname_depth (const char *path)
{
  guint depth = 0;
  for (const char *at = path; *at != '\0'; at++)
    if (*at != '/' && (at == path || at[-1] == '/'))
      depth++;
  return depth;
}

gboolean
pathname_glob_match (const char *pattern, const char *name)
{
  const char *star = NULL;
  const char *resume = NULL;

  /* the usual one-star backtrack: on a mismatch the last star takes one byte more */
  while (*name != '\0') {
    if (*pattern == '*') {
      star = pattern++;
      resume = name;
    } else if (*pattern == *name) {
      pattern++;
      name++;
    } else if (star != NULL && *resume != '/') {
      pattern = star + 1;
      name = ++resume;
    } else {
      return FALSE;
    }
  }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}
