#pragma once

#include "proto/api-error.h"
#include "proto/shape.h"

/*
 * What a Shape is made of. Only the modules that walk the tables (decode, check, write) include this; everyone else
 * uses proto/shape.h.
 */

/* Timestamps lie in the years 1 to 9999: what every client can show. */
#define SHAPE_TIMESTAMP_MIN_S (-62135596800.0)
#define SHAPE_TIMESTAMP_MAX_S 253402300799.999

/* A constant text with its length. */
typedef struct {
  const char *text;
  guint length;
} ShapeText;
#define SHAPE_TEXT(literal)                                                                        \
  {                                                                                                \
    (literal), sizeof (literal) - 1                                                                \
  }

/* A run of `min` to `max` bytes out of a set (one bit per byte value). */
typedef struct {
  guint32 set[8];
  guint16 min;
  guint16 max;
} ShapePatternPiece;

/* Pieces one after another; the generator makes sure that taking as much as possible is right. */
typedef struct {
  const char *says; /* of text that does not match: "does not match [a-z]+" */
  guint n_pieces;
  const ShapePatternPiece *pieces;
} ShapePattern;

typedef enum {
  SHAPE_RULE_NEED = 1 << 0, /* absent raises `missing` */
  SHAPE_RULE_EMPTY_IS_MISSING =
      1 << 1, /* empty text, list, map, or a structure without members raises `missing` */
  SHAPE_RULE_EMPTY_IS_ABSENT = 1 << 2, /* empty text is turned into absent */
  SHAPE_RULE_MIN = 1 << 3,
  SHAPE_RULE_MAX = 1 << 4,
  SHAPE_RULE_SEALED = 1 << 5, /* whatever is wrong further down raises this rule's `invalid` */
} ShapeRuleFlags;

/* An error of 0 means: that of the structure around, and for `missing` and `too_many` first that of `invalid`. */
typedef struct {
  ShapeRuleFlags flags;
  ApiErrorCode missing;
  ApiErrorCode invalid;
  ApiErrorCode too_many; /* a list longer than max */
  gint64 min;            /* code points of text, elements of a list, or the number itself */
  gint64 max;
  guint max_bytes; /* 0: no limit */
  guint items_min; /* for a list of lists: elements that each inner list needs */
  const char *refuse_prefix;
  const char *unique; /* member that may not repeat within a list; "" for the elements themselves */
  const ShapePattern *pattern;
} ShapeRule;

typedef struct {
  ShapeText name;
  const Shape *shape;
  const ShapeRule *rule; /* the shape's rule with the member's own changes; NULL: none */
  gsize offset;
  gboolean required; /* as the service model says; rule decides what is enforced */
} ShapeMember;

struct Shape {
  const char *name;
  ShapeKind kind;
  gboolean ignore_case;      /* of enumeration values on input */
  gboolean percent_encoded;  /* text that XML answers carry percent-encoded (shape-xml.h) */
  gboolean sensitive;        /* a secret: shape_write_public hides it */
  const char *resource_type; /* of text that names a resource; NULL: it names none */
  guint n_values;            /* enumerations; 0 for free text */
  const ShapeText *values;
  guint n_members; /* structures */
  const ShapeMember *members;
  gsize size;        /* of the C structure */
  const Shape *item; /* list elements, map values */
  const Shape *key;  /* map keys */
  const ShapeRule *rule;
};

/* What every list and every map of the generated types look like in memory. */
typedef struct {
  gsize n;
  gpointer *items;
} ShapeList;

typedef struct {
  gsize n;
  const char **keys;
  gpointer *values;
} ShapeMap;
