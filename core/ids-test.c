#include "core/ids.h"

#include <string.h>

static void
test_ids_have_their_forms (void)
{
  for (guint i = 0; i < 500; i++) {
    char uuid[IDS_UUID_SIZE], deployment[IDS_DEPLOYMENT_SIZE], suffix[IDS_INSTANCE_SUFFIX_SIZE];
    char key[IDS_ACCESS_KEY_SIZE], secret[IDS_SECRET_KEY_SIZE];

    ids_new_uuid (ambient_system (), uuid);
    ids_new_deployment (ambient_system (), deployment);
    ids_new_instance_suffix (ambient_system (), suffix);
    ids_new_access_key (ambient_system (), key);
    ids_new_secret_key (ambient_system (), secret);
    g_assert_true (g_regex_match_simple (
        "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", uuid, 0, 0));
    g_assert_true (g_regex_match_simple ("^d-[A-Z0-9]{9}$", deployment, 0, 0));
    g_assert_true (g_regex_match_simple ("^[A-Za-z0-9]{10}$", suffix, 0, 0));
    g_assert_true (g_regex_match_simple ("^AKIA[A-Z2-7]{16}$", key, 0, 0));
    g_assert_true (g_regex_match_simple ("^[A-Za-z0-9+/]{40}$", secret, 0, 0));
    g_assert_true (ids_is_uuid (uuid));
    g_assert_true (ids_is_deployment (deployment));
  }
}

static void
test_same_seed_gives_same_ids (void)
{
  AmbientFake one = { .seed = 11 }, two = { .seed = 11 };
  Ambient a = ambient_fake (&one), b = ambient_fake (&two);
  char x[IDS_DEPLOYMENT_SIZE], y[IDS_DEPLOYMENT_SIZE];

  ids_new_deployment (&a, x);
  ids_new_deployment (&b, y);
  g_assert_cmpstr (x, ==, y);
  ids_new_deployment (&a, x);
  g_assert_cmpstr (x, !=, y);
}

static void
test_predicates_refuse_everything_else (void)
{
  static const char *not_deployments[] = { "",
                                           "d-",
                                           "d-12345678",
                                           "d-1234567890",
                                           "D-123456789",
                                           "d-abcdefghi",
                                           "d_ABCDEFGHI",
                                           "d-ABCDEFGH ",
                                           "d-ABCDEFGH\n" };
  static const char *not_uuids[] = { "",
                                     "00000000-0000-0000-0000-00000000000",
                                     "00000000-0000-0000-0000-0000000000000",
                                     "00000000-0000-0000-0000-00000000000G",
                                     "00000000-0000-0000-0000-00000000000A",
                                     "000000000000-0000-0000-0000-00000000" };

  for (gsize i = 0; i < G_N_ELEMENTS (not_deployments); i++)
    g_assert_false (ids_is_deployment (not_deployments[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (not_uuids); i++)
    g_assert_false (ids_is_uuid (not_uuids[i]));
  g_assert_false (ids_is_deployment (NULL));
  g_assert_false (ids_is_uuid (NULL));
  g_assert_true (ids_is_uuid ("00000000-0000-0000-0000-000000000001"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ids/ids-have-their-forms", test_ids_have_their_forms);
  g_test_add_func ("/ids/same-seed-gives-same-ids", test_same_seed_gives_same_ids);
  g_test_add_func ("/ids/predicates-refuse-everything-else",
                   test_predicates_refuse_everything_else);
  return g_test_run ();
}
