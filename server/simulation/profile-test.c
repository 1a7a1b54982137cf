#include "server/simulation/profile.h"

#define CHECK_MEMBER(name, what) g_assert_cmpint (profile->name, >=, 0);
#define CHECK_RATE(name)         g_assert_cmpint (profile->name, <=, 10000)

static void
test_every_profile_is_one (void)
{
  const Profile *profile;
  for (gsize i = 0; (profile = profile_row (i)) != NULL; i++) {
    PROFILE_MEMBER_LIST (CHECK_MEMBER)
    g_assert_cmpint (profile->hosts_min, >, 0);
    g_assert_cmpint (profile->hosts_min, <=, profile->hosts_max);
    g_assert_cmpint (profile->kill_before + profile->kill_after, <=, 10000);
    CHECK_RATE (message_lost);
    g_assert_true (profile_find (profile->name) == profile);
  }
  g_assert_null (profile_find ("no such"));
}

static void
test_seeds_have_all_of_them (void)
{
  const Profile *profile;
  for (gsize i = 0; (profile = profile_row (i)) != NULL; i++) {
    guint64 seed = 1;
    while (profile_of_seed (seed) != profile)
      g_assert_cmpuint (++seed, <=, 64);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/every-profile-is-one", test_every_profile_is_one);
  g_test_add_func ("/profile/seeds-have-all-of-them", test_seeds_have_all_of_them);
  return g_test_run ();
}
