#include "agent/spec-envelope.h"

#include <string.h>

static const DeploymentSpec *
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_INVALID, why);
  return NULL;
}

const DeploymentSpec *
spec_envelope_open (const ApiGetDeploymentSpecificationOutput *answer, const CmsVerifier *verifier,
                    Arena *arena, GError **error)
{
  const ApiDeploymentSpecification *specification = answer->deployment_specification;

  if (answer->deployment_system == NULL || strcmp (answer->deployment_system, "CodeDeploy") != 0)
    return refuse (error, "the deployment system is not CodeDeploy");
  if (specification == NULL || specification->generic_envelope == NULL)
    return refuse (error, "the service sent no deployment specification");
  const ApiSpecificationEnvelope *envelope = specification->generic_envelope;
  if (envelope->format == NULL || strcmp (envelope->format, "PKCS7/JSON") != 0)
    return refuse (error, "the deployment specification is not in the format PKCS7/JSON");
  if (envelope->payload == NULL)
    return refuse (error, "the deployment specification is empty");

  gsize n = 0;
  g_autofree char *document = cms_verify (verifier, envelope->payload, &n, error);
  if (document == NULL) {
    g_prefix_error (error, "the deployment specification is refused: ");
    return NULL;
  }
  return deployment_spec_parse (document, n, arena, error);
}
