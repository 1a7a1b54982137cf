#include "agent/install-instructions.h"

#include "agent/fs-atomic.h"

static void
test_text (void)
{
  static const AppSpecAcl acl = { .type = APPSPEC_ACL_USER, .name = "bob", .permissions = 6 };
  static const AppSpecContext context = { .type = "t" };
  static const AppSpecPermission permission = {
    .owner = "bob", .mode = 0640, .acls = &acl, .n_acls = 1, .context = &context
  };
  static const InstallInstruction instructions[] = {
    { INSTALL_MKDIR, .path = "/srv/\"a\"" },
    { INSTALL_COPY, .path = "/srv/\xff", .source = "x/\xff" },
    { INSTALL_CHOWN, .path = "/srv/b", .permission = &permission },
    { INSTALL_CHMOD, .path = "/srv/b", .permission = &permission },
    { INSTALL_SETFACL, .path = "/srv/b", .permission = &permission },
    { INSTALL_SEMANAGE, .path = "/srv/b", .permission = &permission },
  };
  const InstallPlan plan = { G_N_ELEMENTS (instructions), 2, instructions };
  g_autofree char *folder = g_dir_make_tmp ("install-instructions-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *text = NULL;

  g_assert_true (install_instructions_write (path, &plan, "/archive", NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==,
                   "{\"instructions\":[\n"
                   "{\"type\":\"mkdir\",\"directory\":\"/srv/\\\"a\\\"\"},\n"
                   "{\"type\":\"copy\",\"source\":\"/archive/x/\xef\xbf\xbd\","
                   "\"destination\":\"/srv/\xef\xbf\xbd\"},\n"
                   "{\"type\":\"chown\",\"owner\":\"bob\",\"group\":null,\"file\":\"/srv/b\"},\n"
                   "{\"type\":\"chmod\",\"mode\":\"640\",\"file\":\"/srv/b\"},\n"
                   "{\"type\":\"setfacl\",\"acl\":[\"user:bob:rw-\"],\"file\":\"/srv/b\"},\n"
                   "{\"type\":\"semanage\",\"context\":{\"role\":null,\"user\":null,\"type\":\"t\","
                   "\"range\":null},\"file\":\"/srv/b\"}\n]}\n");
  g_assert_true (fs_remove_tree (folder, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/install-instructions/100-names-each-instruction", test_text);
  return g_test_run ();
}
