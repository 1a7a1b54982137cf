#pragma once

/* For the tests of the HAProxy driver: the part of HAProxy's runtime API that it uses, with one backend "web" of one server "web-01",
 * on a socket in a folder of its own. A test sets what it shows, and reads what it was told. Included by tests only, so everything is
 * static. tests/e2e/haproxy_test.py asks the real one. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
  char *dir, *path;
  int listener;
  GThread *thread;
  GMutex lock;
  GPtrArray *told;    /* commands that change something */
  guint admin;        /* 1: maint, 8: drain */
  gboolean checked;   /* has health checks */
  int sessions;       /* open */
  int health;         /* of 3, which is healthy */
  const char *check;  /* the last one */
  const char *denies; /* what every command is answered; NULL: as usual */
} TestHaproxy;

static const char *
test_haproxy_status (const TestHaproxy *haproxy, char buffer[32])
{
  if ((haproxy->admin & 1) != 0)
    return "MAINT";
  if (!haproxy->checked)
    return (haproxy->admin & 8) != 0 ? "DRAIN" : "no check";
  if (haproxy->health == 3)
    return (haproxy->admin & 8) != 0 ? "DRAIN" : "UP";
  g_snprintf (buffer, 32, haproxy->health == 0 ? "DOWN" : "DOWN %d/3", haproxy->health);
  return buffer;
}

static void
test_haproxy_show (const TestHaproxy *haproxy, const char *command, GString *out)
{
  char buffer[32];
  gboolean web = strstr (command, " web") != NULL;
  if (g_str_has_prefix (command, "show backend"))
    g_string_append (out, "# name\nweb\nother\n\n");
  else if (!web)
    g_string_append (out, g_str_has_prefix (command, "show stat") ? "No such proxy.\n\n"
                                                                  : "Can't find backend.\n\n");
  else if (g_str_has_prefix (command, "show servers state"))
    g_string_append_printf (out,
                            "1\n# be_id be_name srv_id srv_name srv_admin_state srv_check_state\n"
                            "3 web 1 web-01 %u %d\n\n",
                            haproxy->admin, haproxy->checked ? 6 : 0);
  else
    g_string_append_printf (
        out,
        "# pxname,svname,qcur,scur,status,check_status,last_chk,check_rise,check_health\n"
        "web,web-01,0,%d,%s,%s,,3,%d\n\n",
        haproxy->sessions, test_haproxy_status (haproxy, buffer), haproxy->check, haproxy->health);
}

/* Leaving "maint" makes a server healthy until a check says otherwise, as HAProxy does. */
static void
test_haproxy_set (TestHaproxy *haproxy, const char *command)
{
  if (g_str_has_suffix (command, "state drain")) {
    if ((haproxy->admin & 1) != 0)
      haproxy->health = 3;
    haproxy->admin = 8;
  } else if (g_str_has_suffix (command, "state maint")) {
    haproxy->admin = 1;
  } else if (g_str_has_suffix (command, "state ready")) {
    if ((haproxy->admin & 1) != 0)
      haproxy->health = 3;
    haproxy->admin = 0;
  } else if (g_str_has_suffix (command, "health down")) {
    haproxy->health = 0;
  } else {
    g_assert_true (g_str_has_prefix (command, "shutdown sessions server "));
  }
  g_ptr_array_add (haproxy->told, g_strdup (command));
}

static void
test_haproxy_answer (TestHaproxy *haproxy, char *line, GString *out)
{
  g_auto (GStrv) commands = g_strsplit (g_strstrip (line), ";", -1);
  for (char **command = commands; *command != NULL; command++) {
    if (haproxy->denies != NULL)
      g_string_append (out, haproxy->denies);
    else if (g_str_has_prefix (*command, "show "))
      test_haproxy_show (haproxy, *command, out);
    else if (strstr (*command, " web/web-01") == NULL)
      g_string_append (out, "No such server.\n\n");
    else {
      test_haproxy_set (haproxy, *command);
      g_string_append (out, "\n");
    }
  }
}

static gpointer
test_haproxy_serve (gpointer data)
{
  TestHaproxy *haproxy = data;
  int fd;
  while ((fd = accept (haproxy->listener, NULL, NULL)) >= 0) {
    char buffer[4096];
    gsize length = 0;
    gssize n;
    while (length < sizeof buffer - 1 && memchr (buffer, '\n', length) == NULL &&
           (n = read (fd, buffer + length, sizeof buffer - 1 - length)) > 0)
      length += (gsize)n;
    buffer[length] = '\0';
    g_autoptr (GString) out = g_string_new (NULL);
    g_mutex_lock (&haproxy->lock);
    test_haproxy_answer (haproxy, buffer, out);
    g_mutex_unlock (&haproxy->lock);
    g_assert_cmpint (send (fd, out->str, out->len, MSG_NOSIGNAL), ==, (gssize)out->len);
    close (fd);
  }
  return NULL;
}

static TestHaproxy *
test_haproxy_start (void)
{
  g_autoptr (GError) error = NULL;
  TestHaproxy *haproxy = g_new0 (TestHaproxy, 1);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_mutex_init (&haproxy->lock);
  haproxy->dir = g_dir_make_tmp ("slipway-haproxy-XXXXXX", &error);
  g_assert_no_error (error);
  haproxy->path = g_build_filename (haproxy->dir, "s", NULL);
  haproxy->told = g_ptr_array_new_with_free_func (g_free);
  haproxy->checked = TRUE;
  haproxy->health = 3;
  haproxy->check = "L7OK";
  g_strlcpy (address.sun_path, haproxy->path, sizeof address.sun_path);
  haproxy->listener = socket (AF_UNIX, SOCK_STREAM, 0);
  g_assert_cmpint (bind (haproxy->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (haproxy->listener, 16), ==, 0);
  haproxy->thread = g_thread_new ("haproxy", test_haproxy_serve, haproxy);
  return haproxy;
}

/* Nobody listens any more; the rest stays for the test. */
static void
test_haproxy_hang_up (TestHaproxy *haproxy)
{
  if (haproxy->listener < 0)
    return;
  shutdown (haproxy->listener, SHUT_RDWR);
  g_thread_join (haproxy->thread);
  close (haproxy->listener);
  haproxy->listener = -1;
}

static void
test_haproxy_stop (TestHaproxy *haproxy)
{
  test_haproxy_hang_up (haproxy);
  g_unlink (haproxy->path);
  g_rmdir (haproxy->dir);
  g_ptr_array_unref (haproxy->told);
  g_mutex_clear (&haproxy->lock);
  g_free (haproxy->dir);
  g_free (haproxy->path);
  g_free (haproxy);
}

/* The changes so far, with ';' between, and forgets them. The caller frees it. */
static char *
test_haproxy_take_told (TestHaproxy *haproxy)
{
  g_mutex_lock (&haproxy->lock);
  g_ptr_array_add (haproxy->told, NULL);
  char *text = g_strjoinv (";", (char **)haproxy->told->pdata);
  g_ptr_array_set_size (haproxy->told, 0);
  g_mutex_unlock (&haproxy->lock);
  return text;
}
