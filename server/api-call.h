#pragma once

#include "core/ambient.h"
#include "core/arena.h"
#include "core/arn.h"
#include "proto/api-operation.h"
#include "server/caller.h"
#include "server/github-vault.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/page-token.h"
#include "server/quotas.h"
#include "server/settings.h"
#include "store/records/principal.h"
#include "store/store.h"

/* One API request on its way through an action.
 *
 * The edge has authenticated it, looked the operation up, decoded and checked the input, and asked whether the caller may
 * do this (server/authorize.h). An action does the rest: rules across members, existence, state, and its own finer
 * permissions (a host acts only as itself: compare with principal->arn).
 *
 * An action of the first kind (ApiAction) runs inside one store transaction on a store thread, as StoreWork does: it may
 * run again, touches nothing but tx, output and the arena, and leaves side effects to store_tx_on_commit. It returns FALSE
 * with an API_ERROR for the caller; any other domain becomes InternalFailure and is logged.
 *
 * One that only reads may need to know what services outside say. It leaves its questions in the call and returns without
 * looking at output; when they are answered, or nobody waits any longer, it is run again in another transaction, with the
 * answers (server/errand-reader.h).
 *
 * An action of the second kind (ApiParkedAction) gets the call on an event loop, must not block, and answers whenever it
 * likes, from any thread, exactly once, with api_call_answer or api_call_fail; both end the call and its arena.
 */
typedef struct Engine Engine;                         /* server/engine/ */
typedef struct CommandHub CommandHub;                 /* server/host-commands/ */
typedef struct SpecificationCache SpecificationCache; /* server/host-commands/specification.h */
typedef struct Keyring Keyring;                       /* server/keyring.h */
typedef struct SpecSigner SpecSigner;                 /* server/spec-signer.h */
typedef struct Integrations Integrations;             /* server/integrations/integrations.h */
typedef struct ErrandReader ErrandReader;             /* server/errand-reader.h */
typedef struct ErrandReadingList ErrandReadingList;   /* server/engine/errands.h */

/* What every action may use; constant after start. */
typedef struct {
  ArnScope arn; /* partition, region, account_id */
  const Settings *settings;
  const Quotas *quotas;
  const Ambient *ambient;
  Store *store;
  const Log *log;
  Metrics *metrics;
  Keyring *keyring; /* sealing and making access keys */
  PageTokenKey page_key;
  GithubVault github;
  SpecSigner *signer; /* of deployment specifications */
  const Integrations *integrations;
  ErrandReader *reader; /* NULL: nobody outside can be asked */
  const char *ca_pem;   /* what clients trust for TLS */
  const char *signer_ca_pem;
  const char *data_dir;
  Engine *engine;
  CommandHub *hub;
  SpecificationCache *specifications;
} ApiEnv;

typedef struct {
  const ApiOperation *op;
  const Principal *principal; /* caller's */
  const Caller *caller;
  const void *input; /* the operation's ApiXInput */
  Arena *arena;      /* lives until the answer is encoded */
  const char *request_id;
  const char *agent_version; /* x-amz-codedeploy-agent-version, or NULL */
  gboolean
      short_conversation; /* the host agent knows the short conversation (docs/host-protocol.md) */
  gint64 now_ms;
  const ApiEnv *env;
  ErrandReadingList *questions;      /* set by an action that has to ask; in arena */
  const ErrandReadingList *readings; /* those, answered; NULL: nobody was asked yet */
} ApiCall;

/* output: the operation's zeroed ApiXOutput in call->arena; NULL when it has none. */
typedef gboolean (*ApiAction) (ApiCall *call, StoreTx *tx, gpointer output, GError **error);
typedef void (*ApiParkedAction) (ApiCall *call);

/* What an action of the first kind may have beside it: called once its transaction is durable, on a store thread, with its
 * output. It answers the call as a parked action does. */
typedef void (*ApiActionFinish) (ApiCall *call, gpointer output);

/* How a parked call ends. output as in api_encode_output; error is borrowed. */
void api_call_answer (ApiCall *call, gconstpointer output);
void api_call_fail (ApiCall *call, const GError *error);
/* Has the client closed its connection? Of a parked call that is not answered; any thread. */
gboolean api_call_is_abandoned (const ApiCall *call);
