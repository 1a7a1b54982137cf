#pragma once

#include <glib.h>

#include "core/arena.h"
#include "proto/shape.h"

/*
 * The input side of AWS's Query protocol: a form (application/x-www-form-urlencoded, from a body or behind the '?') whose
 * names are paths into a shape.
 *
 *   Action=CreateUser&Version=2010-05-08&UserName=bob&Tags.member.1.Key=team&Tags.member.1.Value=web
 *
 * Elements of a list are numbered from 1, in any order, and may leave numbers out; a list's own name with nothing behind
 * it is an empty list. Names that the shape does not have are ignored, as the JSON decoder ignores unknown members.
 * Numbers are decimal, booleans "true" or "false". Rules are not applied: shape_check does that afterwards.
 *
 * Raises API_ERR_SERIALIZATION: bad percent-encoding, text that is not UTF-8 or holds NUL, a name twice, past a limit, or
 * of another type than the shape's. Messages name the parameter and never its value.
 *
 * Thread rule: any thread. Nothing blocks.
 */
#define QUERY_FORM_MAX_PARAMS 2000
#define QUERY_FORM_MAX_NAME   256  /* bytes, decoded */
#define QUERY_FORM_MAX_INDEX  1000 /* of a list's element */

typedef struct {
  const char *name;
  const char *value;
} QueryParam;

typedef struct {
  gsize n;
  const QueryParam *params; /* in order of name */
} QueryForm;

/* Texts live in arena. The caller has bounded length (which may be 0: a form without parameters). */
gboolean query_form_parse (const char *bytes, gsize length, Arena *arena, QueryForm *out,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The value, or NULL. */
const char *query_form_get (const QueryForm *form, const char *name);

/* The form as a value of a structure shape, in arena; strings are those of the form. */
gboolean shape_query_decode (const Shape *shape, const QueryForm *form, Arena *arena,
                             gpointer *out_value, GError **error) G_GNUC_WARN_UNUSED_RESULT;
