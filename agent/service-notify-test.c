#include "agent/service-notify.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager's socket. */
static int
listen_at (const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize length = strlen (name);
  memcpy (address.sun_path, name, length);
  if (name[0] == '@')
    address.sun_path[0] = '\0';
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size = (socklen_t)(G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + length);
  g_assert_cmpint (bind (fd, (const struct sockaddr *)&address, size), ==, 0);
  return fd;
}

static void
expect (int fd, const char *text)
{
  char buffer[200];
  gssize n = recv (fd, buffer, sizeof buffer - 1, MSG_DONTWAIT);
  g_assert_cmpint (n, >, 0);
  buffer[n] = '\0';
  g_assert_cmpstr (buffer, ==, text);
}

static void
test_states (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("notify-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *abstract = g_strdup_printf ("@slipway-notify-test-%d", (int)getpid ());
  const char *const names[] = { path, abstract };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    int fd = listen_at (names[i]);
    g_autoptr (ServiceNotify) notify = service_notify_new (names[i], 0);
    service_notify_ready (notify, "polling\nin region x");
    expect (fd, "READY=1\nSTATUS=polling in region x");
    service_notify_status (notify, "busy");
    expect (fd, "STATUS=busy");
    service_notify_watchdog (notify);
    expect (fd, "WATCHDOG=1");
    service_notify_stopping (notify, "");
    expect (fd, "STOPPING=1\nSTATUS=");
    close (fd);
    service_notify_watchdog (notify); /* a manager that is gone */
  }
  g_unlink (path);
  g_rmdir (folder);
}

static void
set_environment (const char *name, const char *usec, const char *pid)
{
  g_setenv ("NOTIFY_SOCKET", name, TRUE);
  g_setenv ("WATCHDOG_USEC", usec, TRUE);
  g_setenv ("WATCHDOG_PID", pid, TRUE);
}

static void
test_environment (void)
{
  g_autofree char *name = g_strdup_printf ("@slipway-notify-test-%d", (int)getpid ());
  g_autofree char *pid = g_strdup_printf ("%d", (int)getpid ());
  int fd = listen_at (name);

  set_environment (name, "30000000", pid);
  g_autoptr (ServiceNotify) ours = service_notify_new_from_environment ();
  g_assert_cmpint (service_notify_watchdog_ms (ours), ==, 30000);
  g_assert_null (g_getenv ("NOTIFY_SOCKET"));
  g_assert_null (g_getenv ("WATCHDOG_USEC"));
  g_assert_null (g_getenv ("WATCHDOG_PID"));
  service_notify_watchdog (ours);
  expect (fd, "WATCHDOG=1");

  set_environment (name, "30000000", "1");
  g_autoptr (ServiceNotify) anothers = service_notify_new_from_environment ();
  g_assert_cmpint (service_notify_watchdog_ms (anothers), ==, 0);
  set_environment (name, "many", pid);
  g_autoptr (ServiceNotify) spoilt = service_notify_new_from_environment ();
  g_assert_cmpint (service_notify_watchdog_ms (spoilt), ==, 0);
  close (fd);
}

static void
test_nobody (void)
{
  g_autofree char *too_long = g_strnfill (200, '/');
  const char *const names[] = { NULL, "", "relative", "/", too_long };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (ServiceNotify) notify = service_notify_new (names[i], 1000);
    g_assert_cmpint (service_notify_watchdog_ms (notify), ==, 0);
    service_notify_ready (notify, "x");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service-notify/states-arrive", test_states);
  g_test_add_func ("/service-notify/the-environment-is-taken", test_environment);
  g_test_add_func ("/service-notify/nobody-wants-to-know", test_nobody);
  return g_test_run ();
}
