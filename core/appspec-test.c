#include "core/appspec.h"

#include <string.h>

#include "core/appspec-acl.h"

#define HEAD "version: 0.0\nos: linux\n"

static const AppSpec *
parse_ok (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const AppSpec *appspec = appspec_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  g_assert_nonnull (appspec);
  return appspec;
}

static void
assert_fails (const char *text, AppSpecError code, const char *fragment)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (appspec_parse (text, strlen (text), arena, &error));
  g_assert_error (error, APPSPEC_ERROR, (int)code);
  if (strstr (error->message, fragment) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, fragment);
}

static void
test_smallest (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpec *appspec = parse_ok (HEAD, arena);
  g_assert_cmpuint (appspec->n_files + appspec->n_hooks + appspec->n_permissions, ==, 0);
  g_assert_null (appspec->file_exists);
  parse_ok ("version: 0\nos: linux\nfiles:\nhooks: ~\npermissions: null\nunknown: [1]\n", arena);
  parse_ok ("version: \"0.0\"\nos: linux\n", arena);
  parse_ok ("{\"version\": 0.0, \"os\": \"linux\"}", arena);
  parse_ok ("\xef\xbb\xbfversion: 0.0\r\nos: linux\r\n", arena); /* as some editors write it */
}

static void
test_head_errors (void)
{
  assert_fails ("", APPSPEC_ERROR_SYNTAX, "empty");
  assert_fails ("---\n", APPSPEC_ERROR_SYNTAX, "empty");
  assert_fails ("# only a remark\n", APPSPEC_ERROR_SYNTAX, "");
  assert_fails ("- a\n", APPSPEC_ERROR_SYNTAX, "mapping");
  assert_fails ("a: [\n", APPSPEC_ERROR_SYNTAX, "line 2");
  assert_fails ("os: linux\n", APPSPEC_ERROR_VERSION, "missing");
  assert_fails ("version: 1.0\nos: linux\n", APPSPEC_ERROR_VERSION, "line 1");
  assert_fails ("version: 0.0\n", APPSPEC_ERROR_OS, "missing");
  assert_fails ("version: 0.0\n\nos: solaris\n", APPSPEC_ERROR_OS, "line 3: \"os\" is \"solaris\"");
  assert_fails ("version: 0.0\nos: Linux\n", APPSPEC_ERROR_OS, "Linux");
  /* the order of the checks decides which error is told */
  assert_fails ("version: 0.0\nos: linux\nfiles: 1\nhooks: 2\n", APPSPEC_ERROR_HOOKS, "hooks");
}

static void
test_files (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpec *appspec = parse_ok (HEAD "files:\n"
                                          "  - source: /\n"
                                          "    destination: /srv/app/\n"
                                          "  - {source: ./conf//x.conf, destination: /etc/../opt}\n"
                                          "file_exists_behavior: RETAIN\n",
                                     arena);
  g_assert_cmpuint (appspec->n_files, ==, 2);
  g_assert_cmpstr (appspec->files[0].source, ==, "");
  g_assert_cmpstr (appspec->files[0].destination, ==, "/srv/app");
  g_assert_cmpstr (appspec->files[1].source, ==, "conf/x.conf");
  g_assert_cmpstr (appspec->files[1].destination, ==, "/opt");
  g_assert_cmpuint (appspec->files[1].line, ==, 6);
  g_assert_cmpint (*appspec->file_exists, ==, APPSPEC_FILE_EXISTS_RETAIN);
}

static void
test_file_errors (void)
{
  assert_fails (HEAD "files:\n - source: x\n", APPSPEC_ERROR_FILES, "\"destination\" is missing");
  assert_fails (HEAD "files:\n - destination: /x\n", APPSPEC_ERROR_FILES, "\"source\" is missing");
  assert_fails (HEAD "files:\n - destination: /x\n   source:\n", APPSPEC_ERROR_FILES, "source");
  assert_fails (HEAD "files:\n - source: x\n   destination: srv\n", APPSPEC_ERROR_FILES,
                "line 5: \"destination\" must be an absolute path");
  assert_fails (HEAD "files:\n - source: ../x\n   destination: /srv\n", APPSPEC_ERROR_FILES, "..");
  assert_fails (HEAD "files:\n - x\n", APPSPEC_ERROR_FILES, "mapping");
  assert_fails (HEAD "files: {}\n", APPSPEC_ERROR_FILES, "list");
  assert_fails (HEAD "file_exists_behavior: overwrite\n", APPSPEC_ERROR_FILE_EXISTS, "OVERWRITE");
}

static void
test_hooks (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpec *appspec = parse_ok (HEAD "hooks:\n"
                                          "  BeforeInstall:\n"
                                          "    - location: ' a b.sh '\n"
                                          "      timeout: \"30\"\n"
                                          "      runas: app\n"
                                          "    - location: b.sh\n"
                                          "      sudo: true\n"
                                          "      timeout: 2.9\n"
                                          "    - {location: c.sh, sudo: no}\n"
                                          "    - {location: c.sh, sudo: 'no'}\n"
                                          "  ApplicationStop: ~\n"
                                          "  AfterInstall: []\n"
                                          "  Custom: [{location: x}]\n",
                                     arena);
  const AppSpecHook *hook = appspec_hook (appspec, "BeforeInstall");
  g_assert_cmpuint (hook->n_scripts, ==, 4);
  g_assert_cmpstr (hook->scripts[0].location, ==, "a b.sh");
  g_assert_cmpint (hook->scripts[0].timeout_s, ==, 30);
  g_assert_cmpstr (hook->scripts[0].runas, ==, "app");
  g_assert_false (hook->scripts[0].sudo);
  g_assert_true (hook->scripts[1].sudo);
  g_assert_cmpint (hook->scripts[1].timeout_s, ==, 2);
  g_assert_cmpint (hook->scripts[2].timeout_s, ==, 3600);
  g_assert_false (hook->scripts[2].sudo);
  g_assert_true (hook->scripts[3].sudo);
  g_assert_null (appspec_hook (appspec, "ApplicationStop"));
  g_assert_null (appspec_hook (appspec, "AfterInstall"));
  g_assert_nonnull (appspec_hook (appspec, "Custom"));
  g_assert_cmpuint (appspec->n_hooks, ==, 3);
}

static void
test_hook_errors (void)
{
  const char *scripts[] = { "timeout: 3",
                            "location: ''",
                            "location: '  '",
                            "location: x, timeout: 0",
                            "location: x, timeout: -1",
                            "location: x, timeout: soon",
                            "location: x, timeout: [1]",
                            "location: [x]" };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++) {
    g_autofree char *text = g_strdup_printf (HEAD "hooks:\n  X:\n    - {%s}\n", scripts[i]);
    assert_fails (text, APPSPEC_ERROR_HOOKS, "line 5");
  }
  assert_fails (HEAD "hooks: []\n", APPSPEC_ERROR_HOOKS, "map");
  assert_fails (HEAD "hooks:\n  X: {}\n", APPSPEC_ERROR_HOOKS, "\"X\" must be a list");
}

static const AppSpecPermission *
permission_of (const char *item, Arena *arena)
{
  g_autofree char *text = g_strdup_printf (HEAD "permissions:\n  - {object: /srv, %s}\n", item);
  const AppSpec *appspec = parse_ok (text, arena);
  g_assert_cmpuint (appspec->n_permissions, ==, 1);
  return &appspec->permissions[0];
}

static void
assert_permission_fails (const char *item)
{
  g_autofree char *text = g_strdup_printf (HEAD "permissions:\n  - {%s}\n", item);
  assert_fails (text, APPSPEC_ERROR_PERMISSIONS, "line 4");
}

static void
test_permissions (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpecPermission *plain = permission_of ("owner: app", arena);
  g_assert_cmpstr (plain->object, ==, "/srv");
  g_assert_cmpstr (plain->pattern, ==, "**");
  g_assert_cmpuint (plain->types, ==, APPSPEC_TYPE_FILE | APPSPEC_TYPE_DIRECTORY);
  g_assert_cmpuint (plain->mode, ==, APPSPEC_NO_MODE);
  g_assert_cmpstr (plain->owner, ==, "app");
  g_assert_null (plain->group);

  g_assert_cmpuint (permission_of ("mode: 0644", arena)->mode, ==, 0644);
  g_assert_cmpuint (permission_of ("mode: 644", arena)->mode, ==, 0644);
  g_assert_cmpuint (permission_of ("mode: '0644'", arena)->mode, ==, 0644);
  g_assert_cmpuint (permission_of ("mode: 4755", arena)->mode, ==, 04755);
  g_assert_cmpuint (permission_of ("mode: 7", arena)->mode, ==, 0007);
  g_assert_cmpuint (permission_of ("type: [directory]", arena)->types, ==, APPSPEC_TYPE_DIRECTORY);
  g_assert_cmpuint (permission_of ("except: ['*.sh', x]", arena)->n_except, ==, 2);

  const AppSpecContext *context =
      permission_of ("context: {type: httpd_t, name: system_u, range: 's0-s0:c0,c1,c2,c9'}", arena)
          ->context;
  g_assert_cmpstr (context->user, ==, "system_u");
  g_assert_cmpstr (context->range, ==, "s0:c0.c2,c9");
  g_assert_null (permission_of ("context: {type: httpd_t}", arena)->context->range);
}

static void
test_permission_errors (void)
{
  assert_permission_fails ("owner: app");
  assert_permission_fails ("object: ' '");
  assert_permission_fails ("object: srv");
  assert_permission_fails ("object: /srv, type: [socket]");
  assert_permission_fails ("object: /srv, type: file");
  assert_permission_fails ("object: /srv, mode: 88");
  assert_permission_fails ("object: /srv, mode: 12345");
  assert_permission_fails ("object: /srv, mode: ''");
  assert_permission_fails ("object: /srv, context: {name: x}");
  assert_permission_fails ("object: /srv, context: {type: x, role: y}");
  assert_permission_fails ("object: /srv, context: {type: x, range: 's0:'}");
  assert_permission_fails ("object: /srv, acls: ['u::7']");
}

static void
test_acls (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *good[][2] = {
    { "u:bob:rw", "user:bob:rw-" },
    { "bob:6", "user:bob:rw-" },
    { "default:g:dev:rx", "default:group:dev:r-x" },
    { "m:7", "mask::rwx" },
    { "d:o:r", "default:other::r--" },
    { "d:u::7", "default:user::rwx" },
    { "mask::rwxx", "mask::rwx" },
    { "bob:", "user:bob:---" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    AppSpecAcl acl;
    const char *problem;
    g_assert_true (appspec_acl_parse (good[i][0], arena, &acl, &problem));
    g_assert_cmpstr (appspec_acl_text (&acl, arena), ==, good[i][1]);
  }
  const char *bad[] = { "u::7",    "x:y:z:w:1", "u:bob:q", "7",         "",       "x:bob:7",
                        "m:bob:7", "o:7",       "bob:8",   "d:a:b:c:7", "u:a,b:7" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    AppSpecAcl acl;
    const char *problem = NULL;
    g_assert_false (appspec_acl_parse (bad[i], arena, &acl, &problem));
    g_assert_nonnull (problem);
  }
}

static void
test_ranges (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *good[][2] = { { "s0", "s0" },
                            { "s0-s3:c0.c2,c5", "s0-s3:c0.c2,c5" },
                            { "s0-s0", "s0" },
                            { "s0:c0,c1", "s0:c0.c1" },
                            { "s0:c0.c3,c4,c1023", "s0:c0.c4,c1023" } };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpstr (appspec_range_canonical (good[i][0], arena), ==, good[i][1]);
  const char *bad[] = { "s0:",         "s2-s1",
                        "s0:c1024",    "s0:c1,c1",
                        "s0:c3.c1",    "",
                        "s",           "c1",
                        "s0:c5,c2",    "s0:c1,",
                        "s0x",         "s0:c1.c1",
                        "s0:c2.c4,c3", "s99999999999999999999" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (appspec_range_canonical (bad[i], arena));
}

static void
test_aliases (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpec *appspec = parse_ok (HEAD "hooks:\n"
                                          "  A: &s [{location: x}]\n"
                                          "  B: *s\n",
                                     arena);
  g_assert_cmpuint (appspec_hook (appspec, "B")->n_scripts, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/appspec/70-version-and-os-are-enough", test_smallest);
  g_test_add_func ("/appspec/71-each-error-of-the-head-has-its-meaning", test_head_errors);
  g_test_add_func ("/appspec/files-are-normalised", test_files);
  g_test_add_func ("/appspec/72-73-file-errors-name-key-and-line", test_file_errors);
  g_test_add_func ("/appspec/75-76-hooks-keep-order-and-defaults", test_hooks);
  g_test_add_func ("/appspec/74-hook-errors-name-the-line", test_hook_errors);
  g_test_add_func ("/appspec/78-79-83-permissions-are-read-as-written", test_permissions);
  g_test_add_func ("/appspec/77-permission-errors-name-the-line", test_permission_errors);
  g_test_add_func ("/appspec/80-acl-entries-become-canonical", test_acls);
  g_test_add_func ("/appspec/82-selinux-ranges-become-canonical", test_ranges);
  g_test_add_func ("/appspec/aliases-are-accepted", test_aliases);
  return g_test_run ();
}
