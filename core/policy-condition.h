#pragma once

#include "core/ip-range.h"
#include "core/policy-pattern.h"

/*
 * One line of a policy's Condition: an operator, a key, and the values to compare the request's with (IAM User Guide,
 * "Condition operators").
 *
 * Without a set operator a condition holds when the request's value fits one of the policy's; a negated operator
 * (StringNotEquals ...) when it fits none. Should the request have several values, each has to hold for an Allow, one for a
 * Deny. A key that the request does not have makes a condition false, a
 * negated one true, one with IfExists true. ForAnyValue: one of the request's values has to meet the operator, false without any;
 * ForAllValues: all have to, true without any; a single empty text counts as no value there.
 *
 * Thread rule: any thread; a condition is constant once made.
 */
typedef enum {
  POLICY_FAMILY_STRING,
  POLICY_FAMILY_NUMERIC,
  POLICY_FAMILY_DATE,
  POLICY_FAMILY_BOOL,
  POLICY_FAMILY_BINARY,
  POLICY_FAMILY_IP,
  POLICY_FAMILY_ARN,
  POLICY_FAMILY_NULL
} PolicyFamily;

typedef enum {
  POLICY_RELATION_EQUALS,
  POLICY_RELATION_EQUALS_IGNORE_CASE,
  POLICY_RELATION_LIKE, /* with wildcards */
  POLICY_RELATION_LESS,
  POLICY_RELATION_LESS_EQUALS,
  POLICY_RELATION_GREATER,
  POLICY_RELATION_GREATER_EQUALS
} PolicyRelation;

typedef struct {
  const char *name; /* StringNotEquals */
  PolicyFamily family;
  PolicyRelation relation;
  gboolean negated;
} PolicyOperator;

typedef enum {
  POLICY_SET_NONE,
  POLICY_SET_ANY,
  POLICY_SET_ALL
} PolicySetOperator;

/* A value, read as the operator's family asks. */
typedef struct {
  PolicyPattern pattern; /* string, ARN, bool */
  double number;         /* numeric; a date: seconds since the epoch */
  IpRange range;
  gboolean flag; /* null */
  const guint8 *bytes;
  gsize n_bytes;
} PolicyValue;

typedef struct {
  const PolicyOperator *op;
  PolicySetOperator set;
  gboolean if_exists;
  const char *key;
  gsize n;
  const PolicyValue *values;
} PolicyCondition;

/* operator: with its set operator and IfExists, "ForAllValues:StringLikeIfExists". Copies live in arena. variables: as the
 * policy's version has them. Raises POLICY_ERROR for an unknown operator, a key without a prefix, no value at all, and a value
 * that the operator cannot use. */
gboolean policy_condition_init (PolicyCondition *out, const char *op, const char *key,
                                const char *const *values, gsize n, PolicyPatternFlags variables,
                                Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a variable without a value does under a negated operator: nothing may be allowed by it, nor escape a denial. */
typedef enum {
  POLICY_UNRESOLVED_DIFFERS,
  POLICY_UNRESOLVED_EQUALS
} PolicyUnresolved;

gboolean policy_condition_holds (const PolicyCondition *condition, const PolicyContext *context,
                                 PolicyUnresolved unresolved);
