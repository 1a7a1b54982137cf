#pragma once

#include "server/integrations/balancer.h"

/* HAProxy as a balancer, through its runtime API. One entry may name several HAProxys with the same backend (a pair, say): all
 * must agree.
 *
 * Blocking: the host's server goes to "drain", so that it gets no new sessions but those that persistence keeps to it; once it
 * has none, or after drain_seconds, to "maint". Its health checks rest then, and an application that restarts is no alarm.
 *
 * Allowing: it goes to "ready". HAProxy itself takes a server that leaves "maint" for healthy until a check fails; here it has to pass its
 * checks first ("health down" on the way, where there are checks), so that no request reaches a host that is not ready for it.
 *
 * A reload of HAProxy forgets all this, unless its configuration keeps a state file (docs/integrations.md).
 *
 * ctx: the server's Ambient. */
extern const BalancerOps haproxy_balancer;
