#pragma once

#include <glib.h>
#include <jansson.h>

/*
 * JSON from outside, with caps: bytes, nesting, number of values. Duplicate keys, text that is not UTF-8, embedded
 * NUL characters and anything after the document are refused.
 *
 * Thread rule: any thread. Nothing blocks.
 */
typedef struct {
  gsize max_bytes;
  guint max_depth;
  guint max_values; /* objects, arrays and members together, roughly */
} JsonDocLimits;

/* For requests, answers and documents of ours: 1 MiB, 32 deep, 50,000 values. */
extern const JsonDocLimits json_doc_default_limits;

typedef enum {
  JSON_DOC_ERROR_SYNTAX,    /* not JSON, or a duplicate key */
  JSON_DOC_ERROR_TOO_LARGE, /* past one of the limits */
} JsonDocError;
#define JSON_DOC_ERROR (json_doc_error_quark ())
GQuark json_doc_error_quark (void);

/* Parses one JSON object or array; new reference. `limits` NULL means the default. */
json_t *json_doc_parse (const char *bytes, gsize length, const JsonDocLimits *limits,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Text of a member, or NULL when it is absent or not text. Borrowed from `object`. */
const char *json_doc_text (const json_t *object, const char *key);

/* Appends `text` as a JSON string with its quotes; text that is not UTF-8 is made so. */
void json_doc_append_text (GString *out, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)
