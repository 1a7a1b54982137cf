#pragma once

#include <glib.h>

/*
 * Tells systemd how the service is: a datagram to NOTIFY_SOCKET, as sd_notify(3) sends it. Without a service manager that wants
 * to know, nothing is sent and nothing fails.
 *
 *   notify = service_notify_new_from_environment ();
 *   service_notify_ready (notify, "polling in region eu-west-1");
 *   every service_notify_watchdog_ms (notify) / 2: service_notify_watchdog (notify);
 *   service_notify_stopping (notify, "waiting for 1 running event");
 *
 * Thread rule: any thread. Sending never blocks.
 */
typedef struct ServiceNotify ServiceNotify;

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that scripts do not get them. Before any
 * other thread runs. */
ServiceNotify *service_notify_new_from_environment (void) G_GNUC_WARN_UNUSED_RESULT;
/* socket_name: an absolute path, or "@" and an abstract name; NULL: nobody. watchdog_ms 0: none. */
ServiceNotify *service_notify_new (const char *socket_name, gint64 watchdog_ms)
    G_GNUC_WARN_UNUSED_RESULT;
void service_notify_free (ServiceNotify *notify);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServiceNotify, service_notify_free)

/* How long the manager waits for a sign of life; 0: for ever. */
gint64 service_notify_watchdog_ms (const ServiceNotify *notify);

/* status: one line for `systemctl status`; a later one replaces it. Line breaks in it become blanks. */
void service_notify_ready (ServiceNotify *notify, const char *status);
void service_notify_status (ServiceNotify *notify, const char *status);
void service_notify_stopping (ServiceNotify *notify, const char *status);
void service_notify_watchdog (ServiceNotify *notify);
