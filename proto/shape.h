#pragma once

#include <glib.h>
#include <jansson.h>

#include "core/arena.h"

/*
 * Shapes: constant tables, made from proto/api/ by tools/gen-api.py, that describe every value the API carries. They
 * drive decoding, checking and encoding of JSON; nobody writes field-by-field JSON code.
 *
 * A value is what proto/api-types.h says: a `const ApiX *` for a structure, list or map, `const char *` for a string.
 * NULL is absent everywhere.
 *
 * Decoding checks JSON types only (api.md 1.3): unknown members are ignored at every depth, null is absent, 3.5 and
 * "3" are not integers. shape_check then applies the rules (needed members, lengths, patterns, enumerations).
 * Encoding omits what is absent and writes timestamps as seconds with at most three decimals.
 *
 * Thread rule: the tables are constant; every function may be called from any thread. Nothing blocks.
 */
typedef struct Shape Shape;

/* The JSON kind of a shape. Enumerations are strings. */
typedef enum {
  SHAPE_STRING,
  SHAPE_BOOLEAN,
  SHAPE_INTEGER, /* 32 bits on the wire, gint64 in memory */
  SHAPE_LONG,    /* 64 bits */
  SHAPE_DOUBLE,
  SHAPE_TIMESTAMP, /* gint64 milliseconds since the epoch in memory */
  SHAPE_LIST,
  SHAPE_MAP,
  SHAPE_STRUCTURE,
} ShapeKind;

#define SHAPE_ERROR (shape_error_quark ())
GQuark shape_error_quark (void);
typedef enum {
  SHAPE_ERROR_TEXT /* stored text that is not what the shape says */
} ShapeError;

const char *shape_name (const Shape *shape);
ShapeKind shape_kind (const Shape *shape);

/*
 * Decodes `json` into a value that lives in `arena`, strings copied. Raises API_ERR_SERIALIZATION naming the member.
 * Elements of lists and values of maps that are null are kept as NULL, for shape_check to refuse.
 */
gboolean shape_decode (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Applies the rules to a decoded value, member by member in table order, depth first; raises the modelled exception
 * of the first one broken (api-error.h). Members for which empty text counts as absent are set to NULL on the way.
 */
gboolean shape_check (const Shape *shape, gpointer value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Appends the value as compact JSON. */
void shape_write (const Shape *shape, gconstpointer value, GString *out);

/* The same for what is kept or shown to others: values that the facts call sensitive are replaced by a fixed text. */
#define SHAPE_HIDDEN_TEXT "HIDDEN_DUE_TO_SECURITY_REASONS"
void shape_write_public (const Shape *shape, gconstpointer value, GString *out);

/* Calls visit for every text of the value, at any depth, that names a resource, with the resource's type in CloudTrail's
 * words ("AWS::CodeDeploy::Application"). A name may come several times. */
typedef void (*ShapeVisitResource) (const char *type, const char *name, gpointer data);
void shape_visit_resources (const Shape *shape, gconstpointer value, ShapeVisitResource visit,
                            gpointer data);

/* The value as a JSON tree (new reference), for callers that need to walk or merge it. */
json_t *shape_encode (const Shape *shape, gconstpointer value) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The value as JSON text, for a column in the store; the caller frees it. NULL gives NULL. The way back is quick,
 * tolerates members that a newer version wrote, and does not apply the rules; NULL or empty text gives *out_value =
 * NULL. It is for text of our own: a member that stands twice is not refused, and text that cannot be read raises
 * SHAPE_ERROR, which is our fault and not the caller's.
 */
char *shape_to_text (const Shape *shape, gconstpointer value) G_GNUC_WARN_UNUSED_RESULT;
gboolean shape_from_text (const Shape *shape, const char *text, Arena *arena, gpointer *out_value,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Enumerations, behind the functions of proto/api-enums.h: 0 is "none", 1 is the first value in table order.
 */
guint shape_enum_from_name (const Shape *shape, const char *name);
const char *shape_enum_name (const Shape *shape, guint value);
