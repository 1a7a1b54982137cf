#include "agent/service-notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct ServiceNotify {
  int fd; /* -1: nobody wants to know */
  struct sockaddr_un address;
  socklen_t address_length;
  gint64 watchdog_ms;
};

static gboolean
set_address (ServiceNotify *notify, const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  if (length < 2 || length >= sizeof notify->address.sun_path || (name[0] != '/' && name[0] != '@'))
    return FALSE;
  notify->address.sun_family = AF_UNIX;
  memcpy (notify->address.sun_path, name, length + 1);
  gboolean is_abstract = name[0] == '@';
  if (is_abstract)
    notify->address.sun_path[0] = '\0';
  /* an abstract name ends with its length, a path with its NUL */
  notify->address_length =
      (socklen_t)(G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + length + !is_abstract);
  return TRUE;
}

ServiceNotify *
service_notify_new (const char *socket_name, gint64 watchdog_ms)
{
  ServiceNotify *notify = g_new0 (ServiceNotify, 1);
  notify->fd = -1;
  if (set_address (notify, socket_name))
    notify->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  notify->watchdog_ms = notify->fd >= 0 ? watchdog_ms : 0;
  return notify;
}

/* A variable's number; 0 when it is none. */
static gint64
variable_number (const char *name)
{
  const char *text = g_getenv (name);
  gint64 number = 0;
  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &number, NULL))
    return 0;
  return number;
}

ServiceNotify *
service_notify_new_from_environment (void)
{
  static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID" };
  gint64 pid = variable_number ("WATCHDOG_PID");
  gint64 watchdog_us = variable_number ("WATCHDOG_USEC");
  gboolean is_for_us = pid == 0 || pid == (gint64)getpid ();
  ServiceNotify *notify =
      service_notify_new (g_getenv ("NOTIFY_SOCKET"), is_for_us ? watchdog_us / 1000 : 0);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
  return notify;
}

void
service_notify_free (ServiceNotify *notify)
{
  if (notify == NULL)
    return;
  if (notify->fd >= 0)
    close (notify->fd);
  g_free (notify);
}

gint64
service_notify_watchdog_ms (const ServiceNotify *notify)
{
  return notify->watchdog_ms;
}

static void
send_text (ServiceNotify *notify, const char *text)
{
  if (notify->fd < 0)
    return;
  /* A manager that does not listen now has nothing to be told about that. */
  (void)!sendto (notify->fd, text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&notify->address, notify->address_length);
}

static void
send_status (ServiceNotify *notify, const char *state, const char *status)
{
  g_autofree char *line = g_strdup (status);
  g_strdelimit (line, "\r\n", ' ');
  g_autofree char *text = g_strdup_printf ("%sSTATUS=%s", state, line);
  send_text (notify, text);
}

void
service_notify_ready (ServiceNotify *notify, const char *status)
{
  send_status (notify, "READY=1\n", status);
}

void
service_notify_status (ServiceNotify *notify, const char *status)
{
  send_status (notify, "", status);
}

void
service_notify_stopping (ServiceNotify *notify, const char *status)
{
  send_status (notify, "STOPPING=1\n", status);
}

void
service_notify_watchdog (ServiceNotify *notify)
{
  send_text (notify, "WATCHDOG=1");
}
