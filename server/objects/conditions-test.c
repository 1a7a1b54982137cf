#include "server/objects/conditions.h"

#define MODIFIED_MS G_GINT64_CONSTANT (1700000000500)
#define SAME_SECOND "Tue, 14 Nov 2023 22:13:20 GMT"
#define BEFORE      "Tue, 14 Nov 2023 22:13:19 GMT"

typedef struct {
  Conditions conditions;
  ConditionsVerdict verdict;
  const char *failed; /* NULL: holds */
} Row;

static void
verdicts (void)
{
  static const Row rows[] = {
    { { NULL, NULL, NULL, NULL }, CONDITIONS_HOLD, NULL },
    { { "\"e\"", NULL, NULL, NULL }, CONDITIONS_HOLD, NULL },
    { { "\"x\"", NULL, NULL, NULL }, CONDITIONS_FAILED, "If-Match" },
    { { NULL, "\"e\"", NULL, NULL }, CONDITIONS_NOT_MODIFIED, "If-None-Match" },
    { { NULL, "\"x\"", NULL, NULL }, CONDITIONS_HOLD, NULL },
    { { NULL, NULL, SAME_SECOND, NULL }, CONDITIONS_NOT_MODIFIED, "If-Modified-Since" },
    { { NULL, NULL, BEFORE, NULL }, CONDITIONS_HOLD, NULL },
    { { NULL, NULL, NULL, SAME_SECOND }, CONDITIONS_HOLD, NULL },
    { { NULL, NULL, NULL, BEFORE }, CONDITIONS_FAILED, "If-Unmodified-Since" },
    { { NULL, NULL, NULL, "yesterday" }, CONDITIONS_HOLD, NULL },
    /* the tag decides, the time beside it does not count */
    { { "\"e\"", NULL, NULL, BEFORE }, CONDITIONS_HOLD, NULL },
    { { NULL, "\"x\"", SAME_SECOND, NULL }, CONDITIONS_HOLD, NULL },
    /* the first one that fails is named */
    { { "\"x\"", "\"e\"", NULL, NULL }, CONDITIONS_FAILED, "If-Match" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *failed = NULL;
    g_test_message ("row %" G_GSIZE_FORMAT, i);
    g_assert_cmpint (conditions_judge (&rows[i].conditions, "e", MODIFIED_MS, &failed), ==,
                     rows[i].verdict);
    if (rows[i].failed != NULL)
      g_assert_cmpstr (failed, ==, rows[i].failed);
  }
}

static void
lists (void)
{
  static const struct {
    const char *list;
    gboolean has;
  } rows[] = {
    { "e", TRUE },
    { "\"e\"", TRUE },
    { "W/\"e\"", TRUE },
    { "\"x\", \"e\"", TRUE },
    { "\"x\",\"y\"", FALSE },
    { "*", TRUE },
    { "", FALSE },
    { "\"\"", FALSE },
    { "\"e", FALSE },
    { " ,, e ,", TRUE },
    { "ee", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i].list);
    g_assert_cmpint (conditions_list_has_etag (rows[i].list, "e"), ==, rows[i].has);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conditions/each-alone-and-together", verdicts);
  g_test_add_func ("/conditions/lists-of-entity-tags", lists);
  return g_test_run ();
}
