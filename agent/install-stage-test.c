#include "agent/install-stage.h"

#include <fcntl.h>

#include "agent/install-commit.h"
#include "agent/install-permissions.h"
#include "agent/test-installation.h"

static const InstallCleanup nothing = { 0 };

/* The plan of every test: app/ new with a file and a folder, and a file beside it. */
typedef struct {
  InstallInstruction instructions[5];
  InstallPlan plan;
  InstallJournal journal;
  const InstallLayout *layout;
  GHashTable *owners;
  InstallStaging staging;
} Work;

static void
work_init (Work *work, Installation *installation)
{
  static const struct {
    InstallInstructionKind kind;
    const char *name, *source;
  } items[] = { { INSTALL_MKDIR, "app", NULL },
                { INSTALL_COPY, "app/a", "content/a" },
                { INSTALL_MKDIR, "app/sub", NULL },
                { INSTALL_COPY, "app/sub/b", "content/sub/b" },
                { INSTALL_COPY, "beside", "content/a" } };
  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    work->instructions[i] =
        (InstallInstruction){ .kind = items[i].kind,
                              .path = arena_printf (installation->arena, "%s/%s",
                                                    installation->files, items[i].name),
                              .source = items[i].source,
                              .created = i };
  work->plan = (InstallPlan){ G_N_ELEMENTS (items), G_N_ELEMENTS (items), work->instructions };
  work->journal = (InstallJournal){ "d-1", "group", NULL, &work->plan, &nothing };
  work->layout = install_layout_compute (&work->plan, NULL, installation->arena);
  work->owners = g_hash_table_new (NULL, NULL);
  work->staging = (InstallStaging){ &installation->host, &work->journal, work->layout,
                                    installation_archive (installation, "d-1"), work->owners };
  installation_unpack (installation, "d-1", ITEMS ("a=1", "sub/b=1"), NULL);
}

static void
work_clear (Work *work)
{
  g_hash_table_unref (work->owners);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static void
test_hidden (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  work_init (&work, installation);
  g_assert_true (install_stage (&work.staging, marks, NULL));
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0/a=1 .slipway-d-1-0/sub/b=1 .slipway-d-1-4=1 ");
  g_assert_cmpuint (marks->len, ==, 2);
  const InstallMark *mark = &g_array_index (marks, InstallMark, 0);
  g_autofree char *root = g_build_filename (installation->files, ".slipway-d-1-0", NULL);
  struct stat status;
  g_assert_cmpint (stat (root, &status), ==, 0);
  g_assert_cmpuint (mark->identity.inode, ==, status.st_ino);
  install_stage_undo (&installation->host, &work.journal, work.layout);
  g_assert_cmpstr (installation_tree (installation), ==, "/ ");
}

/* However much of it there is; and nothing that the plan does not name. */
static void
test_undo (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  install_stage_undo (&installation->host, &work.journal, work.layout);
  installation_put (installation->files, ".slipway-d-1-0/sub/");
  install_stage_undo (&installation->host, &work.journal, work.layout);
  g_assert_cmpstr (installation_tree (installation), ==, "/ ");
  installation_put (installation->files, ".slipway-d-1-0/sub/b=1");
  installation_put (installation->files, ".slipway-d-1-0/other=foreign");
  installation_put (installation->files, ".slipway-d-1-1=foreign");
  installation_put (installation->files, ".slipway-d-1-4=1");
  install_stage_undo (&installation->host, &work.journal, work.layout);
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0/other=foreign .slipway-d-1-1=foreign ");
}

static void
test_undo_follows_nothing (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  installation_put (installation->files, "outside/a=precious");
  installation_put (installation->files, ".slipway-d-1-0>outside");
  install_stage_undo (&installation->host, &work.journal, work.layout);
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0>outside outside/a=precious ");
}

static void
test_in_the_way (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  g_autoptr (GError) error = NULL;
  work_init (&work, installation);
  installation_put (installation->files, ".slipway-d-1-4=left over");
  g_assert_false (install_stage (&work.staging, marks, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_assert_cmpuint (marks->len, ==, 0);
  /* what the installer does about it */
  g_assert_true (installation_run (installation, "d-1", NULL));
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-4=left over app/a=1 app/sub/b=1 ");
}

static void
test_left_over (Installation *installation, gconstpointer data)
{
  installation_put (installation->files, ".slipway-d-1-0/a=left over");
  installation_install (installation, "d-1", ITEMS ("a=1"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=1 ");
}

/* Between the staging and the commit somebody puts another folder in the place of the staged one. */
static void
test_swapped (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  g_autoptr (GError) error = NULL;
  work_init (&work, installation);
  g_assert_true (install_stage (&work.staging, marks, NULL));
  int fd = open (installation->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (renameat (fd, ".slipway-d-1-0", fd, "kept"), ==, 0);
  close (fd);
  installation_put (installation->files, ".slipway-d-1-0/planted=foreign");
  g_assert_true (
      fs_make_directory (host_instructions_dir (&installation->host, installation->arena), NULL));
  g_assert_true (install_journal_begin (&installation->host, &work.journal, NULL));
  g_assert_true (install_journal_commit (&installation->host, &work.journal, marks, NULL));
  InstallCommit commit = { &installation->host, &work.journal, work.layout, marks,
                           INSTALL_COMMIT_FIRST };
  g_assert_false (install_commit (&commit, &error));
  g_assert_nonnull (strstr (error->message, "app"));
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0/planted=foreign kept/a=1 kept/sub/b=1 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/install-stage/" name, Installation, NULL, installation_set_up, function,           \
              installation_tear_down)
  CASE ("a-subtree-is-one-hidden-folder", test_hidden);
  CASE ("undo-takes-what-is-there-and-no-more", test_undo);
  CASE ("undo-follows-no-link", test_undo_follows_nothing);
  CASE ("what-is-in-the-way-is-not-overwritten", test_in_the_way);
  CASE ("left-overs-of-ours-are-cleared", test_left_over);
  CASE ("another-folder-is-not-put-in-place", test_swapped);
  return g_test_run ();
}
