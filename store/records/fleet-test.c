#include "store/records/fleet.h"

#include "store/test-database.h"

static gboolean
a_list_is_kept_once_a_side (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  FleetInstance two = { "i-2", "arn:2", "eu-west-3a", "{}" }, one = { "i-1", "arn:1", NULL, NULL };
  FleetInstance *items[] = { &two, &one, &two };
  const FleetInstanceList list = { 3, items }, shorter = { 1, items };
  FleetInstanceList got;
  gint64 list_ms;
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_ORIGINAL, arena, &got, &list_ms, &error));
  g_assert_cmpint (list_ms, ==, 0);
  g_assert_cmpuint (got.n, ==, 0);

  TEST_STORE_OK (fleet_record_put (tx, "d-1", FLEET_ORIGINAL, &list, 5, &error));
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_ORIGINAL, arena, &got, &list_ms, &error));
  g_assert_cmpint (list_ms, ==, 5);
  g_assert_cmpuint (got.n, ==, 2);
  g_assert_cmpstr (got.items[0]->name, ==, "i-1");
  g_assert_null (got.items[0]->zone);
  g_assert_cmpstr (got.items[1]->zone, ==, "eu-west-3a");
  g_assert_cmpstr (got.items[1]->tags_json, ==, "{}");
  g_assert_null (got.items[0]->tags_json);

  TEST_STORE_OK (fleet_record_put (tx, "d-1", FLEET_REPLACEMENT, &list, 6, &error));
  TEST_STORE_OK (fleet_record_put (tx, "d-1", FLEET_ORIGINAL, &shorter, 7, &error));
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_ORIGINAL, arena, &got, &list_ms, &error));
  g_assert_cmpint (list_ms, ==, 7);
  g_assert_cmpuint (got.n, ==, 1);
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_REPLACEMENT, arena, &got, &list_ms, &error));
  g_assert_cmpuint (got.n, ==, 2);
  return TRUE;
}

static gboolean
an_owner_s_lists_go_together (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  FleetInstance one = { "i-1", "arn:1", NULL };
  FleetInstance *items[] = { &one };
  const FleetInstanceList list = { 1, items }, nobody = { 0, NULL };
  FleetInstanceList got;
  gint64 list_ms;
  TEST_STORE_OK (fleet_record_put (tx, "d-1", FLEET_ORIGINAL, &nobody, 5, &error));
  TEST_STORE_OK (fleet_record_put (tx, "d-1", FLEET_ONLY, &list, 5, &error));
  TEST_STORE_OK (fleet_record_put (tx, "d-2", FLEET_ONLY, &list, 5, &error));
  TEST_STORE_OK (fleet_record_delete (tx, "d-1", &error));
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_ORIGINAL, arena, &got, &list_ms, &error));
  g_assert_cmpint (list_ms, ==, 0);
  TEST_STORE_OK (fleet_record_get (tx, "d-1", FLEET_ONLY, arena, &got, &list_ms, &error));
  g_assert_cmpuint (got.n, ==, 0);
  TEST_STORE_OK (fleet_record_get (tx, "d-2", FLEET_ONLY, arena, &got, &list_ms, &error));
  g_assert_cmpuint (got.n, ==, 1);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/fleet/a-list-is-kept-once-a-side", a_list_is_kept_once_a_side },
  { "/fleet/an-owner-s-lists-go-together", an_owner_s_lists_go_together },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
