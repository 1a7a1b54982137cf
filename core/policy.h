#pragma once

#include "core/policy-condition.h"
#include "core/policy-pattern.h"

/*
 * Policies in the language of AWS IAM, as values, and the decision over them: pure, no JSON (proto/policy-document.h reads
 * them), no store.
 *
 * A policy is a list of statements. A statement applies to a request when its principal (if it has one), its action, its
 * resource and every line of its condition fit. One that applies and denies decides; else one that allows; else the
 * request is not allowed.
 *
 * Variables: one without a value in the request never lets a statement allow anything, nor lets a negated comparison of
 * a Deny slip by [inf]: IAM says only that it makes the statement invalid.
 *
 * Thread rule: any thread; policies are constant once made. Memory: all of a policy lives in the arena it was made in.
 */
typedef enum {
  POLICY_ALLOW,
  POLICY_DENY
} PolicyEffect;

typedef enum {
  POLICY_PRINCIPAL_ANYONE,  /* "*" */
  POLICY_PRINCIPAL_ACCOUNT, /* an account: who is named by its policies */
  POLICY_PRINCIPAL_ARN,     /* one user, role or role session */
  POLICY_PRINCIPAL_SERVICE, /* codedeploy.amazonaws.com */
  POLICY_PRINCIPAL_GONE,    /* the id of a user or role that was deleted: nobody, for good */
  POLICY_PRINCIPAL_OTHER,   /* federated or canonical: nobody here */
} PolicyPrincipalKind;

typedef struct {
  PolicyPrincipalKind kind;
  const char *name; /* account id, ARN, id or service; NULL for anyone */
} PolicyPrincipal;

/* What an element names, or with negated (NotAction ...) all but that. */
typedef struct {
  gboolean given;
  gboolean negated;
  gsize n;
  const PolicyPrincipal *items;
} PolicyPrincipals;

typedef struct {
  gboolean given;
  gboolean negated;
  gsize n;
  const PolicyPattern *items;
} PolicyPatterns;

typedef struct {
  const char *sid; /* "" for none */
  PolicyEffect effect;
  PolicyPrincipals principals; /* not given: for whoever has the policy */
  PolicyPatterns actions;
  PolicyPatterns resources; /* not given, in a trust policy: for the role that has it */
  gsize n_conditions;
  const PolicyCondition *conditions;
} PolicyStatement;

typedef struct {
  gsize n;
  const PolicyStatement *statements;
} Policy;

/* Allows everything. */
extern const Policy policy_of_administrators;

/* ---- making the parts of a statement; raise POLICY_ERROR ---- */

/* "*", or vendor:name with wildcards in the name. */
gboolean policy_action_init (PolicyPattern *out, const char *text, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* "*", or an ARN with wildcards and variables; parts that are missing at its end stand for any. */
gboolean policy_resource_init (PolicyPattern *out, const char *text, PolicyPatternFlags variables,
                               Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* kind: "AWS", "Service", "Federated" or "CanonicalUser"; text: "*", an account id, a whole ARN without wildcards, or the id (AIDA...,
 * AROA..., AROA...:session) that stands for one that is gone. */
gboolean policy_principal_init (PolicyPrincipal *out, const char *kind, const char *text,
                                Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- deciding ---- */

/* Who asks. All NULL: an anonymous caller. */
typedef struct {
  const char *arn;        /* of the user or the role session */
  const char *role_arn;   /* of the role that a session is of; else NULL */
  const char *account_id; /* of the account that the principal belongs to */
  const char *service;    /* of a service that asks for itself; else NULL */
} PolicyCaller;

typedef struct {
  const char *action; /* "codedeploy:GetApplication" */
  /* The resource, in all the ways that its ARN may be written in a policy; one that matches is enough. */
  gsize n_resources;
  const char *const *resources;
  PolicyCaller caller;
  const PolicyContext *context; /* what conditions and variables look at; may be NULL */
} PolicyRequest;

typedef enum {
  POLICY_NOT_ALLOWED,
  POLICY_DELEGATED, /* a policy with principals allows the caller's account: the caller's own policies must allow as well */
  POLICY_ALLOWED,
  POLICY_DENIED, /* explicitly */
} PolicyDecision;

/* The decision of some policies, taken together. */
PolicyDecision policy_evaluate (const Policy *const *policies, gsize n,
                                const PolicyRequest *request);

typedef struct {
  gsize n;
  const Policy *const *policies;
} PolicyList;

/* What a resource's policy (a bucket's, a role's trust policy) is for. */
typedef enum {
  POLICY_RESOURCE_MAY_ALLOW,  /* it, or the caller's own policies */
  POLICY_RESOURCE_MUST_ALLOW, /* it in any case: to assume a role */
} PolicyResourceRule;

/* All that has a say about a request. */
typedef struct {
  PolicyList identity; /* the caller's own: of the user, of the role */
  PolicyList
      session; /* given when the session was made: with any, nothing is allowed that these don't allow */
  const Policy *resource; /* or NULL */
  PolicyResourceRule resource_rule;
} PolicySources;

typedef enum {
  POLICY_BY_IDENTITY,
  POLICY_BY_SESSION,
  POLICY_BY_RESOURCE
} PolicySource;

typedef struct {
  gboolean allowed;
  gboolean explicit_deny;
  PolicySource by; /* what denied, or what did not allow */
} PolicyVerdict;

/* An explicit denial anywhere decides. A resource's policy that names the session allows by itself; one that names the user or
 * role, or anyone, is limited by the session's policies; one that names the account needs the caller's own to allow. */
PolicyVerdict policy_decide (const PolicySources *sources, const PolicyRequest *request);

/* Do all resources of the policy lie in this one: the ARN itself or what follows a slash? */
gboolean policy_is_within (const Policy *policy, const char *arn);

/* Does a condition or a variable look at a key that begins with this (case does not matter)? So that a caller need not
 * fill the context with what nobody asks for. */
gboolean policy_mentions (const Policy *const *policies, gsize n, const char *key_prefix);
