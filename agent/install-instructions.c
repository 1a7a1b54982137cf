#include "agent/install-instructions.h"

#include "agent/fs-stream.h"
#include "proto/json-doc.h"

static void
append_member (GString *out, const char *key, const char *value)
{
  g_string_append_printf (out, ",\"%s\":", key);
  if (value != NULL)
    json_doc_append_text (out, value);
  else
    g_string_append (out, "null");
}

static void
append_permission (GString *out, const InstallInstruction *instruction, Arena *arena)
{
  const AppSpecPermission *permission = instruction->permission;

  switch (instruction->kind) {
  case INSTALL_CHMOD:
    append_member (out, "mode", arena_printf (arena, "%03o", permission->mode));
    break;
  case INSTALL_CHOWN:
    append_member (out, "owner", permission->owner);
    append_member (out, "group", permission->group);
    break;
  case INSTALL_SETFACL:
    g_string_append (out, ",\"acl\":[");
    for (gsize i = 0; i < permission->n_acls; i++) {
      if (i > 0)
        g_string_append_c (out, ',');
      json_doc_append_text (out, appspec_acl_text (&permission->acls[i], arena));
    }
    g_string_append_c (out, ']');
    break;
  default:
    g_string_append (out, ",\"context\":{\"role\":null");
    append_member (out, "user", permission->context->user);
    append_member (out, "type", permission->context->type);
    append_member (out, "range", permission->context->range);
    g_string_append_c (out, '}');
    break;
  }
  append_member (out, "file", instruction->path);
}

static void
append_instruction (GString *out, const InstallInstruction *instruction, const char *archive_dir,
                    Arena *arena)
{
  static const char *const types[] = {
    [INSTALL_MKDIR] = "mkdir", [INSTALL_COPY] = "copy",       [INSTALL_CHOWN] = "chown",
    [INSTALL_CHMOD] = "chmod", [INSTALL_SETFACL] = "setfacl", [INSTALL_SEMANAGE] = "semanage",
  };
  g_string_append_printf (out, "\n{\"type\":\"%s\"", types[instruction->kind]);
  if (instruction->kind == INSTALL_MKDIR) {
    append_member (out, "directory", instruction->path);
  } else if (instruction->kind == INSTALL_COPY) {
    append_member (out, "source", arena_printf (arena, "%s/%s", archive_dir, instruction->source));
    append_member (out, "destination", instruction->path);
  } else {
    append_permission (out, instruction, arena);
  }
  g_string_append_c (out, '}');
}

gboolean
install_instructions_write (const char *path, const InstallPlan *plan, const char *archive_dir,
                            GError **error)
{
  g_autoptr (FsStream) stream = fs_stream_open (path, 0644, error);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (Arena) passing = arena_new ();

  if (stream == NULL)
    return FALSE;
  fs_stream_add (stream, "{\"instructions\":[");
  for (gsize i = 0; i < plan->n; i++) {
    g_string_assign (text, i > 0 ? "," : "");
    append_instruction (text, &plan->instructions[i], archive_dir, passing);
    fs_stream_add_bytes (stream, text->str, text->len);
    arena_reset (passing);
  }
  fs_stream_add (stream, "\n]}\n");
  return fs_stream_close (g_steal_pointer (&stream), FS_ATOMIC_PLAIN, error);
}
