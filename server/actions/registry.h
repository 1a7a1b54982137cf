#pragma once

#include "server/api-call.h"

/* Which function answers which operation. One constant table, indexed by ApiOp; an empty row is an operation that this
 * version does not have yet. Thread rule: any thread. */
typedef struct {
  StoreMode mode; /* of action's transaction */
  ApiAction action;
  ApiActionFinish finish; /* NULL: what action has put into output is the answer */
  ApiParkedAction parked; /* instead of both */
} ActionRow;

/* NULL for an operation that is not there yet. */
const ActionRow *action_registry_row (ApiOp op);
