#include "server/integrations/haproxy-state.h"

#include <string.h>

/* As version 2.6 answers; columns that nobody reads are left out, in another order than they stand there. */
#define STATES                                                                                     \
  "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_check_state\n"     \
  "3 web 1 web-01 127.0.0.1 2 0 6\n3 web 2 web-02 127.0.0.1 0 9 14\n3 web 3 web-03 - 2 8 0\n\n"
#define STATS                                                                                      \
  "# pxname,svname,qcur,scur,status,check_status,check_desc,last_chk,check_rise,check_health,\n"   \
  "web,web-01,1,2,UP,L7OK,Layer7 check passed,OK,3,4,\n"                                           \
  "web,web-02,0,0,MAINT,,,,3,0,\n"                                                                 \
  "web,web-03,0,7,DOWN 2/3,L4CON,Layer4 connection problem,Connection refused,3,2,\n\n"

typedef struct {
  Arena *arena;
  GError *error;
  HaproxyServer server;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  arena_free (f->arena);
  g_clear_error (&f->error);
}

static gboolean
read_answer (Fixture *f, const char *answer, const char *server)
{
  g_clear_error (&f->error);
  return haproxy_state_read (answer, "web", server, f->arena, &f->server, &f->error);
}

static void
expect (Fixture *f, const char *answer, HaproxyStateError code, const char *message)
{
  g_assert_false (read_answer (f, answer, "web-09"));
  g_assert_error (f->error, HAPROXY_STATE_ERROR, (int)code);
  g_assert_cmpstr (f->error->message, ==, message);
}

static void
test_servers (Fixture *f, gconstpointer data)
{
  g_assert_true (read_answer (f, STATES STATS, "web-01"));
  g_assert_false (f->server.maintenance || f->server.drain);
  g_assert_true (f->server.checked);
  g_assert_cmpint (f->server.sessions, ==, 3);
  g_assert_cmpstr (f->server.status, ==, "UP");
  g_assert_true (read_answer (f, STATES STATS, "web-02"));
  g_assert_true (f->server.maintenance && f->server.drain);
  g_assert_true (f->server.checked); /* paused */
  g_assert_true (read_answer (f, STATES STATS, "web-03"));
  g_assert_true (f->server.drain && !f->server.maintenance);
  g_assert_false (f->server.checked);
  g_assert_cmpint (f->server.sessions, ==, 7);
  g_assert_cmpstr (f->server.check, ==, "L4CON Connection refused");
  g_assert_cmpint (f->server.check_passed, ==, 2);
  g_assert_cmpint (f->server.check_rise, ==, 3);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  expect (f, STATES STATS, HAPROXY_STATE_NO_SERVER,
          "has no server web-09; it has web-01, web-02, web-03");
  expect (f, "Can't find backend.\n\nNo such proxy.\n\n", HAPROXY_STATE_NO_BACKEND,
          "has no backend web");
  expect (f, "Permission denied\n", HAPROXY_STATE_DENIED,
          "gives no permission; the \"stats socket\" needs \"level admin\"");
  expect (f, "", HAPROXY_STATE_UNREADABLE, "gives an answer that makes no sense: ");
  expect (f, "HTTP/1.1 400 Bad\n", HAPROXY_STATE_UNREADABLE,
          "gives an answer that makes no sense: HTTP/1.1 400 Bad\n");
  g_assert_false (read_answer (f, STATES "# pxname,svname,scur\n", "web-01"));
  g_assert_error (f->error, HAPROXY_STATE_ERROR, HAPROXY_STATE_UNREADABLE);
}

static void
test_many_servers (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) answer = g_string_new ("# be_id be_name srv_name\n");
  for (int i = 0; i < 50; i++)
    g_string_append_printf (answer, "3 web s%d\n", i);
  g_string_append (answer, "\n" STATS);
  g_assert_false (read_answer (f, answer->str, "x"));
  g_assert_true (g_str_has_suffix (f->error->message, "s18, s19 and 30 more"));
}

/* Nothing of a table that is cut short, or has lines of other lengths, is made up. */
static void
test_cut_short (Fixture *f, gconstpointer data)
{
  static const char whole[] = STATES STATS;
  for (gsize n = 0; n < sizeof whole; n++) {
    g_autofree char *part = g_strndup (whole, n);
    gboolean ok = read_answer (f, part, "web-03");
    g_assert_true (ok == (f->error == NULL));
    g_assert_true (!ok || (f->server.drain && f->server.sessions <= 7));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/haproxy-state/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("servers-are-read-from-both-tables", test_servers);
  ADD ("what-is-not-there-is-told", test_refusals);
  ADD ("a-long-list-of-names-is-cut", test_many_servers);
  ADD ("an-answer-that-is-cut-short", test_cut_short);
  return g_test_run ();
}
