#pragma once

#include "core/arena.h"

/*
 * Lexical rules for path names: nothing here looks at a disk, follows a link or knows a working directory. Names are
 * bytes; "/" separates, NUL ends.
 *
 * Thread rule: any thread.
 */

/*
 * An absolute name in its one spelling: no empty, "." or ".." components, no trailing slash ("/" itself excepted); ".." at
 * the root stays at the root. NULL when path does not begin with "/".
 */
char *pathname_normalise_absolute (const char *path, Arena *arena);

/*
 * A name inside some folder in its one spelling: leading slashes and "." dropped, components joined by one slash. The folder
 * itself is "". NULL when it would leave the folder: any ".." component, even one that another component takes back.
 */
char *pathname_normalise_inside (const char *path, Arena *arena);

/* directory + "/" + name without doubling the slash; either may be empty. */
char *pathname_join (const char *directory, const char *name, Arena *arena);

/* The part after the last slash; points into path. */
const char *pathname_basename (const char *path);
/* The normalised parent: "/a" -> "/", "/" -> "/", "a" -> "". */
char *pathname_parent (const char *path, Arena *arena);

/*
 * For two normalised names: the part of path below directory ("b/c" for "/a/b/c" and "/a"), pointing into path; NULL when path
 * is not strictly below. "" as directory stands for the folder of relative names.
 */
const char *pathname_below (const char *path, const char *directory);

/* Components of a normalised name: 0 for "" and "/". */
guint pathname_depth (const char *path);

/* Whole-name match: "*" is any run of bytes other than "/", all other bytes stand for themselves (agent.md 4.4). */
gboolean pathname_glob_match (const char *pattern, const char *name);
