#include "agent/install-place.h"

#include "agent/test-installation.h"

static const InstallCleanup nothing = { 0 };

/* A folder and a file that are staged. */
typedef struct {
  InstallInstruction instructions[2];
  InstallPlan plan;
  InstallJournal journal;
  GArray *marks;
  InstallPlacing placing;
  GArray *aside;
} Work;

static void
work_init (Work *work, Installation *installation)
{
  static const char *const names[] = { "app", "file" };
  static const char *const staged[] = { ".slipway-d-1-0", ".slipway-d-1-1" };
  installation_put (installation->files, ".slipway-d-1-0/a=2");
  installation_put (installation->files, ".slipway-d-1-1=2");
  work->marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  work->aside = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    InstallMark mark = { INSTALL_MARK_ROOT, i, { 0 } };
    const char *path = arena_printf (installation->arena, "%s/%s", installation->files, staged[i]);
    g_assert_true (install_identity_at (AT_FDCWD, path, &mark.identity));
    g_array_append_val (work->marks, mark);
    work->instructions[i] =
        (InstallInstruction){ .kind = i == 0 ? INSTALL_MKDIR : INSTALL_COPY,
                              .path = arena_printf (installation->arena, "%s/%s",
                                                    installation->files, names[i]),
                              .created = i };
  }
  work->plan = (InstallPlan){ 2, 2, work->instructions };
  work->journal = (InstallJournal){ "d-1", "group", NULL, &work->plan, &nothing };
  work->placing = (InstallPlacing){ &installation->host, &work->journal,
                                    install_layout_compute (&work->plan, NULL, installation->arena),
                                    work->marks };
}

static void
work_clear (Work *work)
{
  g_array_unref (work->marks);
  g_array_unref (work->aside);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* There and back, each way twice; out_aside says what had something in its place. */
static void
assert_both_ways (Installation *installation, Work *work, const char *placed, guint n_aside)
{
  const char *before = installation_tree (installation);
  for (guint i = 0; i < 2; i++)
    g_assert_true (install_place (&work->placing, work->aside, NULL));
  g_assert_cmpstr (installation_tree (installation), ==, placed);
  g_assert_cmpuint (work->aside->len, ==, n_aside);
  for (guint i = 0; i < 2; i++)
    g_assert_true (install_place_undo (&work->placing, NULL));
  g_assert_cmpstr (installation_tree (installation), ==, before);
}

static void
test_free (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  assert_both_ways (installation, &work, "app/a=2 file=2 ", 0);
}

static void
test_exchanged (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  installation_put (installation->files, "app/a=1");
  installation_put (installation->files, "app/b=1");
  installation_put (installation->files, "file=1");
  assert_both_ways (installation, &work,
                    ".slipway-d-1-0/a=1 .slipway-d-1-0/b=1 .slipway-d-1-1=1 app/a=2 file=2 ", 2);
}

static void
test_kinds (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  installation_put (installation->files, "app>file");
  installation_put (installation->files, "file/b=1");
  assert_both_ways (installation, &work, ".slipway-d-1-0>file .slipway-d-1-1/b=1 app/a=2 file=2 ",
                    2);
}

/* As it is left on a file system that cannot exchange names, cut off at any of its steps. */
static void
test_by_two_renames (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  work_init (&work, installation);
  installation_put (installation->files, ".slipway-d-1-1-old=1");
  g_assert_true (install_place (&work.placing, work.aside, NULL));
  g_assert_cmpstr (installation_tree (installation), ==, ".slipway-d-1-1-old=1 app/a=2 file=2 ");
  g_assert_true (install_place_undo (&work.placing, NULL));
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0/a=2 .slipway-d-1-1=2 file=1 ");
}

static void
test_another_thing (Installation *installation, gconstpointer data)
{
  g_auto (Work) work = { 0 };
  g_autoptr (GError) error = NULL;
  work_init (&work, installation);
  g_autofree char *staged = g_build_filename (installation->files, ".slipway-d-1-1", NULL);
  g_autofree char *kept = g_build_filename (installation->files, "kept", NULL);
  g_assert_cmpint (g_rename (staged, kept), ==, 0);
  installation_put (installation->files, ".slipway-d-1-1=planted");
  g_assert_false (install_place (&work.placing, work.aside, &error));
  g_assert_nonnull (strstr (error->message, "/file\""));
  g_assert_true (install_place_undo (&work.placing, NULL));
  g_assert_cmpstr (installation_tree (installation), ==,
                   ".slipway-d-1-0/a=2 .slipway-d-1-1=planted kept=2 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/install-place/" name, Installation, NULL, installation_set_up, function,           \
              installation_tear_down)
  CASE ("into-free-places-and-back", test_free);
  CASE ("exchanged-and-back", test_exchanged);
  CASE ("whatever-stands-there", test_kinds);
  CASE ("where-names-cannot-be-exchanged", test_by_two_renames);
  CASE ("another-thing-is-not-put-in-place", test_another_thing);
  return g_test_run ();
}
