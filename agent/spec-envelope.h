#pragma once

#include "agent/deployment-spec.h"
#include "proto/api-operation.h"
#include "proto/api-types.h"
#include "proto/cms.h"

/*
 * From what GetDeploymentSpecification answers to a checked specification: system, envelope, signature, document (agent.md 1.9,
 * 2.1, 2.2).
 *
 * Thread rule: any thread.
 */
const DeploymentSpec *spec_envelope_open (const ApiGetDeploymentSpecificationOutput *answer,
                                          const CmsVerifier *verifier, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
