#pragma once

#include "core/arena.h"
#include "core/arn.h"
#include "proto/api-types.h"
#include "server/github-vault.h"
#include "server/spec-signer.h"
#include "store/records/deployment.h"
#include "store/store.h"

/* The signed specification of a deployment, as its hosts get it (agent.md 2): the document, and a cache of signed ones. It
 * is the same for all hosts of a deployment, so it is signed once, not once a host. A deployment of a GitHub revision carries the
 * token that its application is linked to; without a usable one hosts ask GitHub without.
 *
 * Threads: any; a cache has its own lock. specification_get blocks while it signs, specification_peek does not. */

typedef struct SpecificationCache SpecificationCache;

/* Keeps at most capacity deployments, the least recently used goes first. vault: borrowed. */
SpecificationCache *specification_cache_new (gsize capacity, const GithubVault *vault)
    G_GNUC_WARN_UNUSED_RESULT;
void specification_cache_free (SpecificationCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpecificationCache, specification_cache_free)

/* What a document holds that is not the deployment's own. */
typedef struct {
  const char *github_token;        /* NULL: none */
  const char *reuse_deployment_id; /* whose archive on the host may be used again; NULL: nobody's */
} SpecificationExtras;

gboolean specification_extras (const GithubVault *vault, StoreTx *tx,
                               const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
                               Arena *arena, SpecificationExtras *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The JSON document. deployment_info: the deployment's stored info_json, decoded. The caller frees it. */
char *specification_document (const DeploymentRecord *deployment,
                              const ApiDeploymentInfo *deployment_info,
                              const SpecificationExtras *extras);

/* The signed document of a deployment, from the cache, or read from the store and signed. One that carries a GitHub token is
 * read each time, and signed again when the token is another one: whoever changed it, this server or another. NULL with
 * *error. */
const char *specification_get (SpecificationCache *cache, SpecSigner *signer, StoreTx *tx,
                               const char *deployment_id, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same without asking the store, in arena; NULL: it is not in the cache, or one that is read each time. */
const char *specification_peek (SpecificationCache *cache, const char *deployment_id, Arena *arena);

/* CodeDeploy/<region>/Prod/<deployment id>: what hosts hand back to get it. */
char *specification_execution_id (const ArnScope *scope, const char *deployment_id, Arena *arena);
/* The deployment id in it; NULL when it is not one of ours. */
const char *specification_deployment_id (const char *execution_id);
