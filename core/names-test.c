#include "core/names.h"

#include <string.h>

static char *
repeat (const char *unit, gsize n)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    g_string_append (text, unit);
  return g_string_free (text, FALSE);
}

static void
test_names (void)
{
  g_autofree char *longest = repeat ("a", 100);
  g_autofree char *too_long = repeat ("a", 101);

  g_assert_cmpint (names_check (NULL), ==, NAME_MISSING);
  g_assert_cmpint (names_check (""), ==, NAME_MISSING);
  g_assert_cmpint (names_check ("A+b=c,d.e@f_g-1"), ==, NAME_OK);
  g_assert_cmpint (names_check ("i-am-an-application"), ==, NAME_OK);
  g_assert_cmpint (names_check (longest), ==, NAME_OK);
  g_assert_cmpint (names_check (too_long), ==, NAME_INVALID);
  for (const char *bad = " /:\"'\\\t\n*?!#$%&()[]{}<>|;~`^\x7f\x80\xff"; *bad != '\0'; bad++) {
    char name[] = { 'a', *bad, 'b', '\0' };

    g_assert_cmpint (names_check (name), ==, NAME_INVALID);
  }
  g_assert_cmpint (names_check ("n\xc3\xa4me"), ==, NAME_INVALID);
}

static void
test_instance_names_are_not_instance_ids (void)
{
  g_assert_cmpint (names_check_instance ("i-0123456789abcdef0"), ==, NAME_INVALID);
  g_assert_cmpint (names_check_instance ("i-"), ==, NAME_INVALID);
  g_assert_cmpint (names_check_instance ("I-1"), ==, NAME_OK);
  g_assert_cmpint (names_check_instance ("web-1"), ==, NAME_OK);
  g_assert_cmpint (names_check_instance (""), ==, NAME_MISSING);
}

static void
test_lengths_count_code_points (void)
{
  g_autofree char *fits = repeat ("\xe2\x82\xac", 256);
  g_autofree char *over = repeat ("\xe2\x82\xac", 257);
  g_autofree char *key = repeat ("\xf0\x9f\x9a\x80", 128);
  g_autofree char *long_key = repeat ("\xf0\x9f\x9a\x80", 129);

  g_assert_true (names_description_fits (fits));
  g_assert_false (names_description_fits (over));
  g_assert_true (names_description_fits (NULL));
  g_assert_true (names_description_fits (""));
  g_assert_true (names_tag_value_is_valid (fits));
  g_assert_false (names_tag_value_is_valid (over));
  g_assert_true (names_tag_key_is_valid (key));
  g_assert_false (names_tag_key_is_valid (long_key));
  g_assert_false (names_description_fits ("\xff\xfe"));
  g_assert_cmpuint (names_length ("a\xe2\x82\xac"), ==, 2);
  g_assert_cmpuint (names_length ("\xe2\x82"), ==, G_MAXSIZE);
}

static void
test_tags (void)
{
  g_assert_false (names_tag_key_is_valid (""));
  g_assert_false (names_tag_key_is_valid (NULL));
  g_assert_true (names_tag_value_is_valid (""));
  g_assert_false (names_tag_value_is_valid (NULL));
  g_assert_true (names_tag_key_is_valid ("aws:cloudformation"));
  g_assert_false (names_resource_tag_key_is_valid ("aws:x"));
  g_assert_false (names_resource_tag_key_is_valid ("AwS:x"));
  g_assert_true (names_resource_tag_key_is_valid ("awsx"));
}

static void
test_reserved_configs (void)
{
  g_assert_true (names_is_reserved_config ("CodeDeployDefault.Mine"));
  g_assert_false (names_is_reserved_config ("codedeploydefault.Mine"));
  g_assert_false (names_is_reserved_config (NULL));
}

static void
test_alarm_names (void)
{
  g_autofree char *longest = repeat ("\xc3\xa9", 255);
  g_autofree char *too_long = repeat ("x", 256);

  g_assert_cmpint (names_check_alarm ("any thing / at all"), ==, NAME_OK);
  g_assert_cmpint (names_check_alarm (longest), ==, NAME_OK);
  g_assert_cmpint (names_check_alarm (too_long), ==, NAME_INVALID);
  g_assert_cmpint (names_check_alarm (NULL), ==, NAME_MISSING);
}

static void
test_github (void)
{
  g_assert_true (names_github_repository_is_valid ("owner/repo.name_1-x"));
  g_assert_false (names_github_repository_is_valid ("owner"));
  g_assert_false (names_github_repository_is_valid ("/repo"));
  g_assert_false (names_github_repository_is_valid ("owner/"));
  g_assert_false (names_github_repository_is_valid ("a/b/c"));
  g_assert_false (names_github_repository_is_valid ("a b/c"));
  g_assert_false (names_github_repository_is_valid (NULL));
  g_assert_true (names_github_commit_is_valid ("2f4c1b0d9e8a7c6b5a4f3e2d1c0b9a8f7e6d5c4b"));
  g_assert_true (names_github_commit_is_valid ("main"));
  g_assert_false (names_github_commit_is_valid ("a\nb"));
  g_assert_false (names_github_commit_is_valid (""));
}

static void
test_buckets_and_keys (void)
{
  g_autofree char *long_old = repeat ("A", 255);
  g_autofree char *too_long = repeat ("a", 256);
  g_autofree char *key = repeat ("k", 1024);
  g_autofree char *long_key = repeat ("k", 1025);

  g_assert_true (names_bucket_is_valid ("my-bucket.eu"));
  g_assert_true (names_bucket_is_valid ("Old_Bucket"));
  g_assert_true (names_bucket_is_valid (long_old));
  g_assert_false (names_bucket_is_valid (too_long));
  g_assert_false (names_bucket_is_valid ("ab"));
  g_assert_false (names_bucket_is_valid (".."));
  g_assert_false (names_bucket_is_valid ("..."));
  g_assert_false (names_bucket_is_valid ("a..b"));
  g_assert_false (names_bucket_is_valid (".hidden"));
  g_assert_false (names_bucket_is_valid ("a/b/c"));
  g_assert_true (names_object_key_is_valid ("releases/app 1.zip"));
  g_assert_true (names_object_key_is_valid (key));
  g_assert_false (names_object_key_is_valid (long_key));
  g_assert_false (names_object_key_is_valid (""));
  g_assert_false (names_object_key_is_valid ("\xff"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names/names", test_names);
  g_test_add_func ("/names/instance-names-are-not-instance-ids",
                   test_instance_names_are_not_instance_ids);
  g_test_add_func ("/names/lengths-count-code-points", test_lengths_count_code_points);
  g_test_add_func ("/names/tags", test_tags);
  g_test_add_func ("/names/reserved-configs", test_reserved_configs);
  g_test_add_func ("/names/alarm-names", test_alarm_names);
  g_test_add_func ("/names/github", test_github);
  g_test_add_func ("/names/buckets-and-keys", test_buckets_and_keys);
  return g_test_run ();
}
