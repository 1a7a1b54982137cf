#pragma once

#include "server/integrations/integrations-fields.h"
#include "server/integrations/integrations.h"

/* The sections of integrations.yml whose entries have drivers: balancers, alarms, triggers and events. Pure.
 *
 * Thread rule: any thread. */

/* Fills these members of out, in reader->arena. */
void integrations_entries_read (IntegrationsReader *reader, const YamlNode *root,
                                Integrations *out);
