#include "core/install-plan.h"

#include <string.h>

#include "core/pathname.h"

/*
 * A tree is a list of names: "a/" a folder, "a" a file, "a@" a link to a file, "a!" a dangling link, "a>" a link to a folder, "a/+" a folder that
 * something is mounted on. Parents are implied.
 */
typedef struct {
  const char *const *names;
} FakeTree;

static InstallKind
kind_in (const FakeTree *tree, const char *path, gboolean follow)
{
  gsize length = strlen (path);
  if (length == 0 || strcmp (path, "/") == 0)
    return INSTALL_DIRECTORY;
  for (gsize i = 0; tree->names[i] != NULL; i++) {
    const char *rest = tree->names[i] + length;
    if (strncmp (tree->names[i], path, length) != 0)
      continue;
    if (*rest == '/')
      return INSTALL_DIRECTORY;
    if (*rest == '\0')
      return INSTALL_FILE;
    if (strcmp (rest, "@") == 0)
      return follow ? INSTALL_FILE : INSTALL_SYMLINK;
    if (strcmp (rest, "!") == 0)
      return follow ? INSTALL_ABSENT : INSTALL_SYMLINK;
    if (strcmp (rest, ">") == 0)
      return follow ? INSTALL_DIRECTORY : INSTALL_SYMLINK;
  }
  return INSTALL_ABSENT;
}

static gboolean
fake_kind (gpointer ctx, const char *path, InstallKind *out, GError **error)
{
  *out = kind_in (ctx, path, FALSE);
  return TRUE;
}

static gboolean
fake_followed_kind (gpointer ctx, const char *path, InstallKind *out, GError **error)
{
  *out = kind_in (ctx, path, TRUE);
  return TRUE;
}

static gboolean
fake_list (gpointer ctx, const char *path, Arena *arena, InstallNames *out, GError **error)
{
  const FakeTree *tree = ctx;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  *out = (InstallNames){ .names = arena_new0_n (arena, InstallName, 100) };
  for (gsize i = 0; tree->names[i] != NULL; i++) {
    const char *below = pathname_below (tree->names[i], path);
    if (below == NULL)
      continue;
    if (strcmp (below, "+") == 0) {
      out->is_pinned = TRUE;
      continue;
    }
    char *name = arena_strndup (arena, below, strcspn (below, "/@!>"));
    if (name[0] != '\0' && g_hash_table_add (seen, name))
      out->names[out->n++] =
          (InstallName){ name, kind_in (tree, pathname_join (path, name, arena), FALSE) };
  }
  return TRUE;
}

typedef struct {
  const char *const *revision;
  const char *const *host;
  const char *const *cleanup; /* "+path" is a semanage line */
  const char *file_exists;
  const char *appspec;
} Case;

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const InstallPlan *
plan_of (const Case *c, Arena *arena, GError **error)
{
  g_autofree char *text = g_strdup_printf ("version: 0.0\nos: linux\n%s", c->appspec);
  const AppSpec *appspec = appspec_parse (text, strlen (text), arena, error);
  if (appspec == NULL)
    return NULL;
  FakeTree revision = { c->revision };
  FakeTree host = { c->host != NULL ? c->host : NAMES ("/srv/") };
  InstallTree revision_tree = { fake_kind, fake_followed_kind, fake_list, &revision };
  InstallTree host_tree = { fake_kind, fake_followed_kind, fake_list, &host };
  InstallCleanupEntry entries[20];
  InstallCleanup cleanup = { .entries = entries };
  for (gsize i = 0; c->cleanup != NULL && c->cleanup[i] != NULL; i++)
    entries[cleanup.n++] =
        (InstallCleanupEntry){ .is_semanage = c->cleanup[i][0] == '+',
                               .path = c->cleanup[i] + (c->cleanup[i][0] == '+') };
  InstallPlanInput input = { .appspec = appspec,
                             .file_exists = c->file_exists != NULL ? c->file_exists : "DISALLOW",
                             .revision = &revision_tree,
                             .host = &host_tree,
                             .cleanup = &cleanup };
  return install_plan_compute (&input, arena, error);
}

static char *
plan_text (const InstallPlan *plan, Arena *arena)
{
  static const char *const words[] = {
    [INSTALL_MKDIR] = "mkdir", [INSTALL_COPY] = "copy",       [INSTALL_CHOWN] = "chown",
    [INSTALL_CHMOD] = "chmod", [INSTALL_SETFACL] = "setfacl", [INSTALL_SEMANAGE] = "semanage",
  };
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < plan->n; i++) {
    const InstallInstruction *instruction = &plan->instructions[i];
    g_string_append_printf (out, "%s%s ", out->len > 0 ? "\n" : "", words[instruction->kind]);
    if (instruction->source != NULL)
      g_string_append_printf (out, "%s%s ", instruction->source,
                              instruction->is_symlink ? "@" : "");
    g_string_append (out, instruction->path);
  }
  return arena_strdup (arena, out->str);
}

static void
assert_plan (Case c, const char *expected)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const InstallPlan *plan = plan_of (&c, arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (plan_text (plan, arena), ==, expected);
}

static void
assert_refused (Case c, InstallPlanError code, const char *fragment)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (plan_of (&c, arena, &error));
  g_assert_error (error, INSTALL_PLAN_ERROR, (int)code);
  if (strstr (error->message, fragment) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, fragment);
}

#define WHOLE "files: [{source: /, destination: /srv/app}]\n"

static void
test_whole (void)
{
  assert_plan ((Case){ .revision = NAMES ("appspec.yml", ".env", "bin/run", "bin/.x", "empty/"),
                       .appspec = WHOLE },
               "mkdir /srv/app\n"
               "copy .env /srv/app/.env\n"
               "copy appspec.yml /srv/app/appspec.yml\n"
               "mkdir /srv/app/bin\n"
               "copy bin/.x /srv/app/bin/.x\n"
               "copy bin/run /srv/app/bin/run\n"
               "mkdir /srv/app/empty");
}

static void
test_sources (void)
{
  Case c = { .revision = NAMES ("conf/a", "b"),
             .appspec = "files:\n"
                        " - {source: conf, destination: /srv/x/y/}\n"
                        " - {source: b, destination: /srv/x/y}\n" };
  assert_plan (c, "mkdir /srv/x\nmkdir /srv/x/y\ncopy conf/a /srv/x/y/a\ncopy b /srv/x/y/b");
  c.appspec = "files: [{source: nothing, destination: /srv}]";
  assert_refused (c, INSTALL_PLAN_ERROR_SOURCE, "line 3");
}

static void
test_conflicts (void)
{
  Case c = { .revision = NAMES ("a/f", "b/f", "c/f/g"),
             .appspec = "files: [{source: a, destination: /srv}, {source: b, destination: /srv}]" };
  assert_refused (c, INSTALL_PLAN_ERROR_CONFLICT, "both \"a/f\" and \"b/f\"");
  c.appspec = "files: [{source: a, destination: /srv}, {source: c, destination: /srv}]";
  assert_refused (c, INSTALL_PLAN_ERROR_CONFLICT, "a/f");
  c.appspec = "files: [{source: c, destination: /srv}, {source: a, destination: /srv}]";
  assert_refused (c, INSTALL_PLAN_ERROR_CONFLICT, "a/f");
}

static void
test_existing (void)
{
  Case c = { .revision = NAMES ("f", "g"), .host = NAMES ("/srv/app/f"), .appspec = WHOLE };
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "/srv/app/f");
  c.file_exists = "OVERWRITE";
  assert_plan (c, "copy f /srv/app/f\ncopy g /srv/app/g");
  c.file_exists = "RETAIN";
  assert_plan (c, "copy g /srv/app/g");
  c.file_exists = "FOO";
  assert_refused (c, INSTALL_PLAN_ERROR_BEHAVIOUR, "FOO");
  c.appspec = WHOLE "file_exists_behavior: OVERWRITE\n";
  assert_plan (c, "copy f /srv/app/f\ncopy g /srv/app/g");
  c.appspec = WHOLE;
  c.host = NAMES ("/srv/app/");
  assert_plan (c, "copy f /srv/app/f\ncopy g /srv/app/g");
  c.file_exists = "OVERWRITE";
  c.host = NAMES ("/srv/app/f/");
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "folder");
  c.host = NAMES ("/srv/app");
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "needed as a folder");
}

static void
test_links (void)
{
  assert_plan (
      (Case){ .revision = NAMES ("l@", "d!"), .host = NAMES ("/srv/app/l!"), .appspec = WHOLE },
      "copy d@ /srv/app/d\ncopy l@ /srv/app/l");
  assert_refused (
      (Case){ .revision = NAMES ("l"), .host = NAMES ("/srv/app/l@"), .appspec = WHOLE },
      INSTALL_PLAN_ERROR_EXISTS, "/srv/app/l");
}

static void
test_links_in_the_way (void)
{
  Case c = { .revision = NAMES ("l"), .host = NAMES ("/srv/app/l>"), .appspec = WHOLE };
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "/srv/app/l");
  c.file_exists = "OVERWRITE";
  assert_plan (c, "copy l /srv/app/l");
  c.host = NAMES ("/srv/app/l!");
  assert_plan (c, "copy l /srv/app/l");
  c.revision = NAMES ("l/f");
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "leads nowhere");
  c.cleanup = NAMES ("/srv/app/l");
  assert_plan (c, "mkdir /srv/app/l\ncopy l/f /srv/app/l/f");
  c.host = NAMES ("/srv/app/l>");
  c.cleanup = NULL;
  assert_plan (c, "copy l/f /srv/app/l/f");
}

static void
test_names (void)
{
  Case c = { .revision = NAMES ("a\nb"), .appspec = WHOLE };
  assert_refused (c, INSTALL_PLAN_ERROR_NAME, "line break");
  c.revision = NAMES ("a\n/b");
  assert_refused (c, INSTALL_PLAN_ERROR_NAME, "line break");
  c.revision = NAMES ("Icon\r", "\xff ");
  assert_plan (c, "mkdir /srv/app\ncopy Icon\r /srv/app/Icon\r\ncopy \xff  /srv/app/\xff ");
}

static void
test_mounts (void)
{
  Case c = { .revision = NAMES ("d/f", "e/f"),
             .host = NAMES ("/srv/app/d/+", "/srv/app/d/f", "/srv/app/e/f"),
             .cleanup =
                 NAMES ("/srv/app", "/srv/app/d", "/srv/app/d/f", "/srv/app/e", "/srv/app/e/f"),
             .appspec = WHOLE };
  assert_plan (c, "copy d/f /srv/app/d/f\nmkdir /srv/app/e\ncopy e/f /srv/app/e/f");
}

static void
test_cleanup (void)
{
  Case c = { .revision = NAMES ("d/f", "k/g"),
             .host = NAMES ("/srv/app/d/f", "/srv/app/k/g", "/srv/app/k/log"),
             .cleanup = NAMES ("/srv/app", "/srv/app/d", "/srv/app/d/f", "/srv/app/k",
                               "/srv/app/k/g", "+/srv/app/k/log", "/srv/gone"),
             .file_exists = "RETAIN",
             .appspec = WHOLE };
  /* d empties and goes, k and app keep the log */
  assert_plan (c, "mkdir /srv/app/d\ncopy d/f /srv/app/d/f\ncopy k/g /srv/app/k/g");
  c.file_exists = "DISALLOW";
  c.revision = NAMES ("k/log");
  assert_refused (c, INSTALL_PLAN_ERROR_EXISTS, "/srv/app/k/log");
}

#define PERMISSIONS(item) WHOLE "permissions:\n  - {" item "}\n"

static void
test_permissions (void)
{
  Case c = { .revision = NAMES ("a.sh", "b", "d/c.sh"),
             .host = NAMES ("/srv/app/other.sh"),
             .appspec = PERMISSIONS ("object: /srv/app, pattern: '*.sh', owner: u, mode: 4755") };
  const char *created = "copy a.sh /srv/app/a.sh\ncopy b /srv/app/b\nmkdir /srv/app/d\n"
                        "copy d/c.sh /srv/app/d/c.sh";
  g_autofree char *children =
      g_strconcat (created, "\nchown /srv/app/a.sh\nchmod /srv/app/a.sh", NULL);
  assert_plan (c, children);

  c.appspec = PERMISSIONS ("object: /srv/app/, except: ['a*', 'c*'], mode: 600, type: [file]");
  g_autofree char *except =
      g_strconcat (created, "\nchmod /srv/app/b\nchmod /srv/app/d/c.sh", NULL);
  assert_plan (c, except);

  c.appspec = PERMISSIONS ("object: /srv/app, type: [directory], acls: ['d:bob:7']");
  g_autofree char *folders = g_strconcat (created, "\nsetfacl /srv/app/d", NULL);
  assert_plan (c, folders);

  c.appspec = PERMISSIONS ("object: /srv/app/b, context: {type: t}");
  g_autofree char *one = g_strconcat (created, "\nsemanage /srv/app/b", NULL);
  assert_plan (c, one);

  c.appspec = PERMISSIONS ("object: /srv/app/other.sh, mode: 600");
  assert_plan (c, created);
  c.appspec = PERMISSIONS ("object: /nowhere, mode: 600");
  assert_plan (c, created);
  c.appspec = PERMISSIONS ("object: /srv/app/d, type: [directory], mode: 700");
  assert_plan (c, created);
  c.appspec = PERMISSIONS ("object: /srv/app/b, type: [directory], pattern: x, mode: 700");
  assert_plan (c, created);
}

static void
test_permission_errors (void)
{
  Case c = { .revision = NAMES ("a", "d/b"), .appspec = NULL };
  c.appspec = PERMISSIONS ("object: /srv/app/a, pattern: '*.sh', mode: 700");
  assert_refused (c, INSTALL_PLAN_ERROR_PERMISSION, "/srv/app/a");
  c.appspec = PERMISSIONS ("object: /srv/app/a, acls: ['d:bob:7']");
  assert_refused (c, INSTALL_PLAN_ERROR_PERMISSION, "default ACL");
  c.appspec = PERMISSIONS ("object: /srv/app, acls: ['d:bob:7']");
  assert_refused (c, INSTALL_PLAN_ERROR_PERMISSION, "default ACL");
  c.appspec = PERMISSIONS ("object: /srv/app, mode: 700}\n  - {object: /srv/app/a, mode: 600");
  assert_refused (c, INSTALL_PLAN_ERROR_PERMISSION, "line 6");
}

static void
test_link_permissions (void)
{
  Case c = { .revision = NAMES ("l@"), .appspec = NULL };
  c.appspec = PERMISSIONS ("object: /srv/app, mode: 700, owner: u");
  assert_plan (c, "mkdir /srv/app\ncopy l@ /srv/app/l\nchown /srv/app/l");
}

static void
test_acl (void)
{
  g_autoptr (Arena) arena = arena_new ();
  AppSpecAcl acls[] = {
    { .type = APPSPEC_ACL_USER, .name = "bob", .permissions = 6 },
    { .is_default = TRUE, .type = APPSPEC_ACL_GROUP, .permissions = 5 },
    { .is_default = TRUE, .type = APPSPEC_ACL_USER, .name = "eve", .permissions = 7 }
  };
  AppSpecPermission permission = { .acls = acls, .n_acls = 1 };
  g_assert_cmpstr (install_plan_acl (&permission, 0640, arena), ==,
                   "user:bob:rw-,user::rw-,group::r--,other::---,mask::r--");
  permission.n_acls = 3;
  g_assert_cmpstr (install_plan_acl (&permission, 0750, arena), ==,
                   "user:bob:rw-,default:group::r-x,default:user:eve:rwx,user::rwx,group::r-x,"
                   "other::---,mask::r-x,default:user::rwx,default:other::---,default:mask::r-x");
}

static void
test_events (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  AppSpecHook hook = { .event = "Custom" };
  AppSpec appspec = { 0 };
  const char *nine[] = { "BeforeBlockTraffic", "AfterBlockTraffic",
                         "ApplicationStop",    "BeforeInstall",
                         "AfterInstall",       "ApplicationStart",
                         "BeforeAllowTraffic", "AfterAllowTraffic",
                         "ValidateService",    "Custom" };
  g_assert_true (install_plan_check_events (&appspec, NULL, 0, NULL));
  g_assert_true (install_plan_check_events (&appspec, nine, 9, NULL));
  g_assert_false (install_plan_check_events (&appspec, nine, 8, &error));
  g_assert_nonnull (strstr (error->message, "ValidateService"));
  g_clear_error (&error);
  g_assert_false (install_plan_check_events (&appspec, nine, 10, &error));
  g_assert_nonnull (strstr (error->message, "Custom"));
  g_clear_error (&error);
  appspec = (AppSpec){ .n_hooks = 1, .hooks = &hook };
  g_assert_true (install_plan_check_events (&appspec, nine, 10, NULL));
  g_assert_false (install_plan_check_events (&appspec, nine, 9, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/install-plan/87-slash-copies-everything", test_whole);
  g_test_add_func ("/install-plan/88-89-91-sources-and-ancestors", test_sources);
  g_test_add_func ("/install-plan/90-conflicts-are-refused", test_conflicts);
  g_test_add_func ("/install-plan/92-93-94-existing-files-follow-the-behaviour", test_existing);
  g_test_add_func ("/install-plan/101-links-are-recreated", test_links);
  g_test_add_func ("/install-plan/links-are-replaced-and-not-built-upon", test_links_in_the_way);
  g_test_add_func ("/install-plan/names-with-line-breaks-are-refused", test_names);
  g_test_add_func ("/install-plan/mounted-folders-are-not-replaced", test_mounts);
  g_test_add_func ("/install-plan/95-96-what-cleanup-removes-counts-as-absent", test_cleanup);
  g_test_add_func ("/install-plan/103-to-106-110-permissions-select-what-is-created",
                   test_permissions);
  g_test_add_func ("/install-plan/81-102-107-permissions-that-do-not-fit", test_permission_errors);
  g_test_add_func ("/install-plan/permissions-do-not-reach-through-links", test_link_permissions);
  g_test_add_func ("/install-plan/acl-is-completed-from-the-mode", test_acl);
  g_test_add_func ("/install-plan/84-85-event-names-are-checked", test_events);
  return g_test_run ();
}
