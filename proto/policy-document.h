#pragma once

#include "core/policy.h"

/*
 * A policy document: JSON text, as the API of IAM, STS and S3 takes it, to a Policy (IAM User Guide, "Grammar of the IAM JSON
 * policy language").
 *
 * Nothing is ignored: an unknown element, condition operator or kind of principal, a key that stands twice, an element that
 * the kind of document must not have - all refuse the document, so that no policy says less than its author thinks.
 *
 * Thread rule: any thread. Nothing blocks.
 */
typedef enum {
  POLICY_DOCUMENT_IDENTITY, /* of a user, a role or a session: no Principal */
  POLICY_DOCUMENT_TRUST,    /* who may assume a role: Principal, actions of sts, no Resource */
  POLICY_DOCUMENT_RESOURCE, /* of a bucket: Principal and Resource */
} PolicyDocumentKind;

/* AWS's limits, in characters that are not white space (IAM quotas; S3 for buckets, in bytes there). */
#define POLICY_DOCUMENT_USER_MAX    2048 /* all inline policies of a user together */
#define POLICY_DOCUMENT_ROLE_MAX    10240
#define POLICY_DOCUMENT_TRUST_MAX   2048
#define POLICY_DOCUMENT_SESSION_MAX 2048
#define POLICY_DOCUMENT_MANAGED_MAX 6144
#define POLICY_DOCUMENT_BUCKET_MAX  20480

typedef enum {
  POLICY_DOCUMENT_ERROR_MALFORMED, /* MalformedPolicyDocument; of a bucket MalformedPolicy */
  POLICY_DOCUMENT_ERROR_TOO_LARGE, /* LimitExceeded */
} PolicyDocumentError;
#define POLICY_DOCUMENT_ERROR (policy_document_error_quark ())
GQuark policy_document_error_quark (void);

/* Characters that count: all but white space. */
gsize policy_document_size (const char *bytes, gsize length);

/* NULL with POLICY_DOCUMENT_ERROR, whose message names the statement (counted from 1) and the element, and quotes at most a short part of
 * the document. The policy lives in arena; bytes are not kept. max_size: as policy_document_size counts. */
const Policy *policy_document_parse (const char *bytes, gsize length, PolicyDocumentKind kind,
                                     gsize max_size, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
