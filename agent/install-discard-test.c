#include "agent/install-discard.h"

#include <fcntl.h>

#include "agent/test-installation.h"

/* old: what was deployed, by path below the place. The place is app, what was there is aside. Returns what is left. */
static const char *
discard (Installation *installation, const char *const *old)
{
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  int fd = open (installation->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const char *place = arena_printf (installation->arena, "%s/app", installation->files);
  for (; *old != NULL; old++)
    g_hash_table_add (paths, (*old)[0] == '\0'
                                 ? (gpointer)place
                                 : arena_printf (installation->arena, "%s/%s", place, *old));
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  InstallDiscard what = { &installation->host, "d-1", paths, fd, place, "aside", FALSE, left };
  install_discard (&what);
  g_autoptr (GString) shown = g_string_new (NULL);
  for (guint i = 0; i < left->len; i++)
    g_string_append_printf (shown, "%s ",
                            (char *)g_ptr_array_index (left, i) + strlen (installation->files) + 1);
  install_discard (&what); /* as after a crash */
  close (fd);
  return arena_strdup (installation->arena, shown->str);
}

static void
put_all (Installation *installation, const char *const *items)
{
  for (; *items != NULL; items++)
    installation_put (installation->files, *items);
}

static void
test_all_goes (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside/a=1", "aside/d/b>a", "aside/d/e/", "app/new=2"));
  discard (installation, ITEMS ("", "a", "d", "d/b", "d/e", "gone"));
  g_assert_cmpstr (installation_tree (installation), ==, "app/new=2 ");
}

static void
test_given_back (Installation *installation, gconstpointer data)
{
  put_all (installation,
           ITEMS ("aside/a=1", "aside/pid=foreign", "aside/both/a=1", "aside/both/log=foreign",
                  "aside/only/a=1", "aside/only/deep/er/a=1", "aside/only/deep/er/log=foreign",
                  "aside/theirs/x=foreign", "app/both/new=2", "app/new=2"));
  discard (installation, ITEMS ("", "a", "both", "both/a", "only", "only/a", "only/deep",
                                "only/deep/er", "only/deep/er/a"));
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/both/log=foreign app/both/new=2 app/new=2 "
                   "app/only/deep/er/log=foreign app/pid=foreign app/theirs/x=foreign ");
}

/* What cannot be given back is not lost either. */
static void
test_conflicts (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside/f=foreign", "aside/d/x=foreign", "app/f=2", "app/d=2"));
  discard (installation, ITEMS ("", "d"));
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/d=2 app/f=2 aside/d/x=foreign aside/f=foreign ");
}

/* What cannot be removed is for the next Install. */
static void
test_left (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside/d/f=1", "aside/e/g=1", "app/d/new=2"));
  if (!installation_set_immutable (installation, "aside/d/f", TRUE) ||
      !installation_set_immutable (installation, "aside/e/g", TRUE)) {
    g_test_skip ("this user or file system has no files that cannot be removed");
    return;
  }
  const char *left = discard (installation, ITEMS ("", "d", "d/f", "e", "e/g"));
  g_assert_nonnull (strstr (left, "aside/d/f "));
  g_assert_nonnull (strstr (left, "app/e/g "));
  g_assert_nonnull (strstr (left, " aside "));
  g_assert_cmpstr (installation_tree (installation), ==, "app/d/new=2 app/e/g=1 aside/d/f=1 ");
  g_assert_true (installation_set_immutable (installation, "aside/d/f", FALSE));
  g_assert_true (installation_set_immutable (installation, "app/e/g", FALSE));
}

static void
test_folder_to_file (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside/f=1", "aside/own=foreign", "app=2"));
  discard (installation, ITEMS ("", "f"));
  g_assert_cmpstr (installation_tree (installation), ==, "app=2 aside/own=foreign ");
}

static void
test_file (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside=1", "app/new=2"));
  discard (installation, ITEMS (""));
  g_assert_cmpstr (installation_tree (installation), ==, "app/new=2 ");
}

static void
test_not_deployed (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("aside/f=foreign", "app/new=2"));
  discard (installation, ITEMS ("f"));
  g_assert_cmpstr (installation_tree (installation), ==, "app/new=2 aside/f=foreign ");
}

/* A folder of the list that has become a link is removed as one. */
static void
test_links (Installation *installation, gconstpointer data)
{
  put_all (installation, ITEMS ("outside/d/f=precious", "aside/d>../outside/d", "app/new=2"));
  discard (installation, ITEMS ("", "d", "d/f"));
  g_assert_cmpstr (installation_tree (installation), ==, "app/new=2 outside/d/f=precious ");
  put_all (installation, ITEMS ("aside>outside"));
  discard (installation, ITEMS ("", "d", "d/f"));
  g_assert_cmpstr (installation_tree (installation), ==, "app/new=2 outside/d/f=precious ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/install-discard/" name, Installation, NULL, installation_set_up, function,         \
              installation_tear_down)
  CASE ("what-was-deployed-goes", test_all_goes);
  CASE ("what-others-made-is-given-back", test_given_back);
  CASE ("what-cannot-be-given-back-stays-aside", test_conflicts);
  CASE ("what-cannot-be-removed-is-for-the-next-install", test_left);
  CASE ("a-folder-that-became-a-file", test_folder_to_file);
  CASE ("a-file-that-became-a-folder", test_file);
  CASE ("what-was-not-deployed-stays-aside", test_not_deployed);
  CASE ("links-are-not-followed", test_links);
  return g_test_run ();
}
