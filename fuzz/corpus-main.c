/* Runs a fuzz target over each file of a folder, as TAP: the corpus as an ordinary test, without libFuzzer. */
#include "fuzz/fuzz-target.h"

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (argc != 2 || (dir = g_dir_open (argv[1], 0, &error)) == NULL) {
    g_printerr ("usage: %s CORPUS-FOLDER%s%s\n", argv[0], error == NULL ? "" : ": ",
                error == NULL ? "" : error->message);
    return 1;
  }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_print ("1..%u\n", names->len + 1);

  LLVMFuzzerTestOneInput ((const guint8 *)"", 0);
  g_print ("ok 1 no bytes at all\n");
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (argv[1], names->pdata[i], NULL);
    g_autofree char *bytes = NULL;
    g_autofree guint8 *exact = NULL;
    gsize n;

    if (!g_file_get_contents (path, &bytes, &n, &error)) {
      g_print ("Bail out! %s\n", error->message);
      return 1;
    }
    /* Without the NUL that GLib puts after the contents: a sanitizer sees a read past the end. */
    exact = g_memdup2 (bytes, n);
    LLVMFuzzerTestOneInput (exact, n);
    g_print ("ok %u %s\n", i + 2, (const char *)names->pdata[i]);
  }
  return 0;
}
