#include "agent/install-journal.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/test-host.h"

static void
set_up (TestHost *fixture, gconstpointer data)
{
  test_host_set_up (fixture, data);
  g_assert_true (fs_make_directory (host_instructions_dir (&fixture->host, fixture->arena), NULL));
}

static const AppSpecContext context = { .type = "some_t", .range = "s0" };
static const AppSpecPermission with_context = { .context = &context };
static const InstallInstruction instructions[] = {
  { INSTALL_MKDIR, .path = "/srv/app", .created = 0 },
  { INSTALL_COPY, .path = "/srv/app/\xff\n\t", .source = "x", .created = 1 },
  { INSTALL_COPY, .path = "/srv/app/link", .source = "l", .is_symlink = TRUE, .created = 2 },
  { INSTALL_CHMOD, .path = "/srv/app", .permission = &with_context, .created = 0 },
  { INSTALL_SEMANAGE, .path = "/srv/app/link", .permission = &with_context, .created = 2 },
};
static const InstallPlan plan = { G_N_ELEMENTS (instructions), 3, instructions };
static const InstallCleanupEntry entries[] = { { FALSE, "/srv/old" }, { TRUE, "/srv/old" } };
static const InstallCleanup old = { G_N_ELEMENTS (entries), entries };
static const InstallJournal journal = { "d-1", "group", NULL, &plan, &old };

static InstallJournalState
state_of (TestHost *fixture)
{
  InstallJournalState state;
  g_assert_true (install_journal_state (&fixture->host, "group", &state, NULL));
  return state;
}

static void
begin_and_commit (TestHost *fixture, const GArray *marks)
{
  g_assert_true (install_journal_begin (&fixture->host, &journal, NULL));
  g_assert_true (install_journal_commit (&fixture->host, &journal, marks, NULL));
}

static void
advance (TestHost *fixture, InstallJournalState from, InstallJournalState to)
{
  g_assert_true (install_journal_advance (&fixture->host, "group", from, to, NULL));
  g_assert_cmpint (state_of (fixture), ==, to);
}

static void
test_life (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_NONE);
  g_assert_true (install_journal_begin (&fixture->host, &journal, NULL));
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_STAGING);
  g_assert_true (install_journal_commit (&fixture->host, &journal, marks, NULL));
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_COMMITTED);
  advance (fixture, INSTALL_JOURNAL_COMMITTED, INSTALL_JOURNAL_PLACED);
  advance (fixture, INSTALL_JOURNAL_PLACED, INSTALL_JOURNAL_DONE);
  g_assert_true (install_journal_remove (&fixture->host, "group", NULL));
  begin_and_commit (fixture, marks);
  advance (fixture, INSTALL_JOURNAL_COMMITTED, INSTALL_JOURNAL_BACK);
  g_assert_true (install_journal_remove (&fixture->host, "group", NULL));
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_NONE);
  g_assert_true (install_journal_remove (&fixture->host, "group", NULL));
  /* nothing stays */
  g_assert_cmpint (g_rmdir (host_instructions_dir (&fixture->host, fixture->arena)), ==, 0);
}

static void
test_content (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (install_journal_begin (&fixture->host, &journal, NULL));
  const InstallJournal *read =
      install_journal_read (&fixture->host, "group", fixture->arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->deployment_id, ==, "d-1");
  g_assert_cmpstr (read->group_id, ==, "group");
  g_assert_null (read->failure);
  g_assert_cmpuint (read->plan->n_created, ==, 3);
  g_assert_cmpuint (read->plan->n, ==, 4); /* what is done while staging is not kept */
  for (gsize i = 0; i < 3; i++) {
    g_assert_cmpstr (read->plan->instructions[i].path, ==, instructions[i].path);
    g_assert_cmpint (read->plan->instructions[i].kind, ==, instructions[i].kind);
    g_assert_cmpint (read->plan->instructions[i].is_symlink, ==, instructions[i].is_symlink);
  }
  const InstallInstruction *last = &read->plan->instructions[3];
  g_assert_cmpint (last->kind, ==, INSTALL_SEMANAGE);
  g_assert_cmpuint (last->created, ==, 2);
  g_assert_cmpstr (last->path, ==, "/srv/app/link");
  g_assert_cmpstr (last->permission->context->type, ==, "some_t");
  g_assert_cmpstr (last->permission->context->range, ==, "s0");
  g_assert_null (last->permission->context->user);
  g_assert_cmpuint (read->old->n, ==, 2);
  g_assert_true (read->old->entries[1].is_semanage);
  g_assert_cmpstr (read->old->entries[0].path, ==, "/srv/old");
}

static void
test_failure_is_kept (TestHost *fixture, gconstpointer data)
{
  InstallJournal failing = journal;
  failing.failure = "there is no user";
  g_assert_true (install_journal_begin (&fixture->host, &failing, NULL));
  g_assert_cmpstr (install_journal_read (&fixture->host, "group", fixture->arena, NULL)->failure,
                   ==, "there is no user");
}

static void
test_marks (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  InstallMark one = { INSTALL_MARK_ROOT, 2, { G_MAXUINT64, 1 } };
  InstallMark other = { INSTALL_MARK_REMOVAL, 0, { 3, G_MAXUINT64 } };
  g_array_append_val (marks, one);
  g_array_append_val (marks, other);
  begin_and_commit (fixture, marks);
  g_autoptr (GArray) read =
      install_journal_read_marks (&fixture->host, "group", INSTALL_JOURNAL_COMMITTED, NULL);
  g_assert_cmpuint (read->len, ==, 2);
  const InstallMark *first = &g_array_index (read, InstallMark, 0);
  g_assert_cmpint (first->kind, ==, INSTALL_MARK_ROOT);
  g_assert_cmpuint (first->index, ==, 2);
  g_assert_cmpuint (first->identity.device, ==, G_MAXUINT64);
  const InstallMark *second = &g_array_index (read, InstallMark, 1);
  g_assert_cmpint (second->kind, ==, INSTALL_MARK_REMOVAL);
  g_assert_cmpuint (second->identity.inode, ==, G_MAXUINT64);
}

static void
test_find (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  InstallJournal another = journal;
  another.group_id = "another";
  another.deployment_id = "d-2";
  begin_and_commit (fixture, marks);
  g_assert_true (install_journal_begin (&fixture->host, &another, NULL));
  const struct {
    const char *deployment_id, *group_id;
    InstallJournalState state;
  } cases[] = { { "d-1", "group", INSTALL_JOURNAL_COMMITTED },
                { "d-2", "another", INSTALL_JOURNAL_STAGING },
                { "d-", NULL, INSTALL_JOURNAL_NONE } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    InstallJournalState state;
    const char *group_id = NULL;
    g_assert_true (install_journal_find (&fixture->host, cases[i].deployment_id, fixture->arena,
                                         &state, &group_id, NULL));
    g_assert_cmpint (state, ==, cases[i].state);
    g_assert_cmpstr (group_id, ==, cases[i].group_id);
  }
}

static char *
file_of (TestHost *fixture, const char *suffix)
{
  return arena_printf (fixture->arena, "%s/group%s",
                       host_instructions_dir (&fixture->host, fixture->arena), suffix);
}

/* Cut short anywhere, or with a byte changed, it is refused or says the same; it never breaks the reader. */
static void
test_damage (TestHost *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize n = 0;
  const char *path = file_of (fixture, "-journal");
  g_assert_true (install_journal_begin (&fixture->host, &journal, NULL));
  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  for (gsize cut = 0; cut < n; cut++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, text, (gssize)cut, NULL));
    g_assert_null (install_journal_read (&fixture->host, "group", fixture->arena, &error));
    g_assert_nonnull (strstr (error->message, "damaged"));
  }
  for (gsize at = 0; at < n; at++) {
    g_autofree char *changed = g_memdup2 (text, n);
    g_autoptr (GError) error = NULL;
    changed[at] ^= 0x10;
    g_assert_true (g_file_set_contents (path, changed, (gssize)n, NULL));
    const InstallJournal *read =
        install_journal_read (&fixture->host, "group", fixture->arena, &error);
    g_assert_true (read != NULL || strstr (error->message, "damaged") != NULL);
  }
}

static void
test_damaged_marks (TestHost *fixture, gconstpointer data)
{
#define BYTES(text)                                                                                \
  {                                                                                                \
    text, sizeof (text)                                                                            \
  }
  static const struct {
    const char *bytes;
    gsize n;
  } bad[] = { BYTES ("d-1"), BYTES ("d-1\0root 1 2\0end"), BYTES ("d-1\0root 1 2 x\0end"),
              BYTES ("d-1\0root 1 2 3") };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (file_of (fixture, "-journal-committed"), bad[i].bytes,
                                        (gssize)bad[i].n, NULL));
    g_assert_null (
        install_journal_read_marks (&fixture->host, "group", INSTALL_JOURNAL_COMMITTED, &error));
    g_assert_nonnull (strstr (error->message, "damaged"));
  }
}

/* A crash in the middle of a removal. */
static void
test_half_removed (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  begin_and_commit (fixture, marks);
  g_assert_cmpint (g_unlink (file_of (fixture, "-journal")), ==, 0);
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_NONE);
  begin_and_commit (fixture, marks);
  advance (fixture, INSTALL_JOURNAL_COMMITTED, INSTALL_JOURNAL_DONE);
  g_assert_cmpint (g_unlink (file_of (fixture, "-journal")), ==, 0);
  g_assert_cmpint (state_of (fixture), ==, INSTALL_JOURNAL_DONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/install-journal/" name, TestHost, NULL, set_up, function, test_host_tear_down)
  CASE ("goes-from-state-to-state", test_life);
  CASE ("says-what-was-written", test_content);
  CASE ("keeps-why-the-install-fails", test_failure_is_kept);
  CASE ("keeps-which-thing-is-which", test_marks);
  CASE ("is-found-by-the-deployment", test_find);
  CASE ("damage-is-refused", test_damage);
  CASE ("damaged-marks-are-refused", test_damaged_marks);
  CASE ("half-removed-is-removed", test_half_removed);
  return g_test_run ();
}
