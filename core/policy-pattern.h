#pragma once

#include "core/arena.h"

/*
 * Texts of a policy that a request is compared with: names with wildcards, and policy variables (IAM User Guide, "Policy
 * variables"). `*` stands for any run of characters, colons and slashes included, `?` for one character. `${key}` stands
 * for the value that the request's context has under the key, `${key, 'text'}` for the text when it has none; `${*}`, `${?}`
 * and `${$}` for the character itself.
 *
 * A wildcard in a variable's value is an ordinary character. Matching takes at most length x length steps, whatever
 * the pattern.
 *
 * Thread rule: any thread; a pattern is constant once made.
 */

/* What is known of a request: names (case does not matter) with one or more values each. Used by one thread at a time: the first
 * look after something was added puts it in order, n log n whatever the names are. */
typedef struct PolicyContext PolicyContext;

PolicyContext *policy_context_new (Arena *arena);
/* One more value of the key; key and value are borrowed while the context lives. A NULL value adds nothing. */
void policy_context_add (PolicyContext *context, const char *key, const char *value);
/* The key's values, *out_n of them, valid until one is added; NULL and 0 when there are none. */
const char *const *policy_context_values (const PolicyContext *context, const char *key,
                                          gsize *out_n);

typedef enum {
  POLICY_ERROR_SYNTAX,    /* a text that is not what its place asks for */
  POLICY_ERROR_OPERATOR,  /* an unknown condition operator */
  POLICY_ERROR_PRINCIPAL, /* a principal that cannot be */
} PolicyError;
#define POLICY_ERROR (policy_error_quark ())
GQuark policy_error_quark (void);

typedef enum {
  POLICY_PATTERN_PLAIN = 0,
  POLICY_PATTERN_WILDCARDS = 1 << 0, /* else * and ? are themselves */
  POLICY_PATTERN_VARIABLES = 1 << 1, /* else ${ is itself: policies before 2012-10-17 */
} PolicyPatternFlags;

/* A run of text, its wildcards marked; or a variable. */
typedef struct {
  const char *text;     /* NULL for a variable */
  const char *key;      /* of the variable */
  const char *fallback; /* or NULL */
} PolicyPiece;

typedef struct {
  gsize n;
  const PolicyPiece *pieces;
} PolicyPattern;

/* Takes a text apart; copies live in arena. Refused: control characters, a variable that does not end or has no
 * name, a default that is not quoted. */
gboolean policy_pattern_init (PolicyPattern *out, const char *text, PolicyPatternFlags flags,
                              Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Does the pattern contain a variable? */
gboolean policy_pattern_is_variable (const PolicyPattern *pattern);

typedef enum {
  POLICY_MATCH_NO,
  POLICY_MATCH_YES,
  POLICY_MATCH_UNRESOLVED, /* a variable has no value, or several: neither yes nor no */
} PolicyMatch;

typedef enum {
  POLICY_COMPARE_TEXT,
  POLICY_COMPARE_IGNORE_CASE,
  POLICY_COMPARE_ARN, /* each of the six parts between colons by itself; a sole * matches all */
} PolicyCompare;

PolicyMatch policy_pattern_match (const PolicyPattern *pattern, const PolicyContext *context,
                                  const char *text, PolicyCompare compare);
