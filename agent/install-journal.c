#include "agent/install-journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/fs-stream.h"
#include "core/pathname.h"

#define HEADER            "slipway install journal 1"
#define TRAILER           "end"
#define MAX_JOURNAL_BYTES (512 * 1024 * 1024)
#define MAX_FIRST_BYTES   4096
#define MAX_CREATIONS     (32 * 1024 * 1024)
#define MARK_WORD(kind)   ((kind) == INSTALL_MARK_ROOT ? "root" : "removal")

/* The order in which they are asked for: what is further on counts. */
static const struct {
  InstallJournalState state;
  const char *suffix;
} files[] = {
  { INSTALL_JOURNAL_DONE, "-journal-done" }, { INSTALL_JOURNAL_PLACED, "-journal-placed" },
  { INSTALL_JOURNAL_BACK, "-journal-back" }, { INSTALL_JOURNAL_COMMITTED, "-journal-committed" },
  { INSTALL_JOURNAL_STAGING, "-journal" },
};

static char *
path_of (const AgentHost *host, const char *group_id, InstallJournalState state, Arena *arena)
{
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (files[i].state == state)
      return arena_printf (arena, "%s/%s%s", host_instructions_dir (host, arena), group_id,
                           files[i].suffix);
  g_assert_not_reached ();
}

/* Texts end with NUL, as names may hold anything else. */
static void
add_text (FsStream *stream, const char *text)
{
  fs_stream_add_bytes (stream, text, strlen (text) + 1);
}

static void
add_number (FsStream *stream, gsize value)
{
  char text[32];
  g_snprintf (text, sizeof text, "%" G_GSIZE_FORMAT, value);
  add_text (stream, text);
}

static void
add_word_and_path (FsStream *stream, char word, const char *path)
{
  fs_stream_add_bytes (stream, &word, 1);
  add_text (stream, path);
}

static gboolean
has_context (const InstallInstruction *instruction)
{
  return instruction->kind == INSTALL_SEMANAGE;
}

static void
add_context (FsStream *stream, const InstallInstruction *instruction)
{
  const AppSpecContext *context = instruction->permission->context;
  add_number (stream, instruction->created);
  add_text (stream, context->user != NULL ? context->user : "");
  add_text (stream, context->type);
  add_text (stream, context->range != NULL ? context->range : "");
}

gboolean
install_journal_begin (const AgentHost *host, const InstallJournal *journal, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const InstallPlan *plan = journal->plan;
  g_autoptr (FsStream) stream = fs_stream_open (
      path_of (host, journal->group_id, INSTALL_JOURNAL_STAGING, arena), 0600, error);
  gsize n_contexts = 0;

  if (stream == NULL)
    return FALSE;
  for (gsize i = plan->n_created; i < plan->n; i++)
    n_contexts += has_context (&plan->instructions[i]);
  add_text (stream, journal->deployment_id);
  add_text (stream, HEADER);
  add_text (stream, journal->failure != NULL ? journal->failure : "");
  add_number (stream, plan->n_created);
  add_number (stream, n_contexts);
  add_number (stream, journal->old->n);
  for (gsize i = 0; i < plan->n_created; i++)
    add_word_and_path (stream,
                       plan->instructions[i].kind == INSTALL_MKDIR ? 'd'
                       : plan->instructions[i].is_symlink          ? 'l'
                                                                   : 'f',
                       plan->instructions[i].path);
  for (gsize i = plan->n_created; i < plan->n; i++)
    if (has_context (&plan->instructions[i]))
      add_context (stream, &plan->instructions[i]);
  for (gsize i = 0; i < journal->old->n; i++)
    add_word_and_path (stream, journal->old->entries[i].is_semanage ? 's' : 'p',
                       journal->old->entries[i].path);
  add_text (stream, TRAILER);
  return fs_stream_close (g_steal_pointer (&stream), FS_ATOMIC_DURABLE, error);
}

gboolean
install_journal_commit (const AgentHost *host, const InstallJournal *journal, const GArray *marks,
                        GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (FsStream) stream = fs_stream_open (
      path_of (host, journal->group_id, INSTALL_JOURNAL_COMMITTED, arena), 0600, error);

  if (stream == NULL)
    return FALSE;
  add_text (stream, journal->deployment_id);
  for (guint i = 0; i < marks->len; i++) {
    const InstallMark *mark = &g_array_index (marks, InstallMark, i);
    char line[128];
    g_snprintf (line, sizeof line,
                "%s %" G_GSIZE_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                MARK_WORD (mark->kind), mark->index, mark->identity.device, mark->identity.inode);
    add_text (stream, line);
  }
  add_text (stream, TRAILER);
  return fs_stream_close (g_steal_pointer (&stream), FS_ATOMIC_DURABLE, error);
}

gboolean
install_journal_advance (const AgentHost *host, const char *group_id, InstallJournalState from,
                         InstallJournalState to, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *old_path = path_of (host, group_id, from, arena);
  const char *new_path = path_of (host, group_id, to, arena);
  g_autoptr (GError) ignored = NULL;
  if (rename (old_path, new_path) != 0)
    return fs_fail (error, errno, "rename", old_path);
  /* the step has been taken; after a power failure the one before may be repeated */
  if (!fs_sync_parent (new_path, &ignored))
    agent_log (host->log, AGENT_LOG_WARN, "%s", ignored->message);
  return TRUE;
}

gboolean
install_journal_state (const AgentHost *host, const char *group_id, InstallJournalState *out,
                       GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean has_plan = FALSE;

  *out = INSTALL_JOURNAL_NONE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    const char *path = path_of (host, group_id, files[i].state, arena);
    if (access (path, F_OK) != 0) {
      if (errno != ENOENT && errno != ENOTDIR)
        return fs_fail (error, errno, "examine", path);
      continue;
    }
    if (*out == INSTALL_JOURNAL_NONE)
      *out = files[i].state;
    has_plan = has_plan || files[i].state == INSTALL_JOURNAL_STAGING;
  }
  /* its plan went first, when the journal was removed */
  if (*out != INSTALL_JOURNAL_DONE && !has_plan)
    *out = INSTALL_JOURNAL_NONE;
  return TRUE;
}

/* The group whose journal this file of the folder is; NULL when it is none. In arena. */
static char *
group_of_file (const char *name, Arena *arena)
{
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_has_suffix (name, files[i].suffix))
      return arena_strndup (arena, name, strlen (name) - strlen (files[i].suffix));
  return NULL;
}

/* Is it of that deployment? Each of the files begins with its identifier. */
static gboolean
is_of_deployment (const char *path, const char *deployment_id, gboolean *out, GError **error)
{
  char first[MAX_FIRST_BYTES];
  FILE *file = fopen (path, "re");

  *out = FALSE;
  if (file == NULL)
    return errno == ENOENT || fs_fail (error, errno, "open", path);
  gsize n = fread (first, 1, sizeof first - 1, file);
  fclose (file);
  first[n] = '\0';
  *out = strcmp (first, deployment_id) == 0;
  return TRUE;
}

gboolean
install_journal_find (const AgentHost *host, const char *deployment_id, Arena *arena,
                      InstallJournalState *out, const char **out_group, GError **error)
{
  const char *folder = host_instructions_dir (host, arena);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *out = INSTALL_JOURNAL_NONE;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    const char *group = group_of_file (name, arena);
    gboolean is_its;
    if (group == NULL)
      continue;
    if (!is_of_deployment (pathname_join (folder, name, arena), deployment_id, &is_its, error))
      return FALSE;
    if (!is_its)
      continue;
    *out_group = group;
    return install_journal_state (host, group, out, error);
  }
  return TRUE;
}

/* Reading back: what is left of the bytes, and whether all was well so far. */
typedef struct {
  const char *at, *end;
  gboolean is_damaged;
} Reader;

static const char *
read_text (Reader *reader)
{
  const char *text = reader->at;
  const char *stop = text < reader->end ? memchr (text, '\0', (gsize)(reader->end - text)) : NULL;
  if (stop == NULL) {
    reader->is_damaged = TRUE;
    return "";
  }
  reader->at = stop + 1;
  return text;
}

static gsize
read_number (Reader *reader, gsize max)
{
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned (read_text (reader), 10, 0, max, &value, NULL))
    reader->is_damaged = TRUE;
  return (gsize)value;
}

static const char *
text_or_null (const char *text)
{
  return text[0] != '\0' ? text : NULL;
}

static void
read_creations (Reader *reader, InstallPlan *plan, InstallInstruction *instructions)
{
  for (gsize i = 0; i < plan->n_created && !reader->is_damaged; i++) {
    const char *text = read_text (reader);
    reader->is_damaged = reader->is_damaged || text[0] == '\0' || text[1] != '/';
    instructions[i] = (InstallInstruction){ .kind = text[0] == 'd' ? INSTALL_MKDIR : INSTALL_COPY,
                                            .path = reader->is_damaged ? "/" : text + 1,
                                            .is_symlink = text[0] == 'l',
                                            .created = i };
  }
}

static void
read_contexts (Reader *reader, InstallPlan *plan, InstallInstruction *instructions, Arena *arena)
{
  for (gsize i = plan->n_created; i < plan->n && !reader->is_damaged; i++) {
    AppSpecPermission *permission = arena_new0 (arena, AppSpecPermission);
    AppSpecContext *context = arena_new0 (arena, AppSpecContext);
    gsize created = read_number (reader, MAX_CREATIONS);
    context->user = text_or_null (read_text (reader));
    context->type = read_text (reader);
    context->range = text_or_null (read_text (reader));
    permission->context = context;
    reader->is_damaged = reader->is_damaged || created >= plan->n_created;
    if (!reader->is_damaged)
      instructions[i] = (InstallInstruction){ .kind = INSTALL_SEMANAGE,
                                              .path = instructions[created].path,
                                              .permission = permission,
                                              .created = created };
  }
}

static void
read_old (Reader *reader, InstallCleanup *old, Arena *arena)
{
  InstallCleanupEntry *entries = arena_new0_n (arena, InstallCleanupEntry, old->n);
  for (gsize i = 0; i < old->n && !reader->is_damaged; i++) {
    const char *text = read_text (reader);
    reader->is_damaged = reader->is_damaged || text[0] == '\0' || text[1] != '/';
    if (!reader->is_damaged)
      entries[i] = (InstallCleanupEntry){ text[0] == 's', text + 1 };
  }
  old->entries = entries;
}

static const InstallJournal *
parse (Reader *reader, const char *group_id, Arena *arena)
{
  InstallJournal *journal = arena_new0 (arena, InstallJournal);
  InstallPlan *plan = arena_new0 (arena, InstallPlan);
  InstallCleanup *old = arena_new0 (arena, InstallCleanup);

  journal->group_id = arena_strdup (arena, group_id);
  journal->deployment_id = read_text (reader);
  if (strcmp (read_text (reader), HEADER) != 0)
    return NULL;
  journal->failure = text_or_null (read_text (reader));
  /* each of them takes two bytes at least */
  gsize most = (gsize)(reader->end - reader->at) / 2;
  plan->n_created = read_number (reader, MIN (most, MAX_CREATIONS));
  plan->n = plan->n_created + read_number (reader, MIN (most, MAX_CREATIONS));
  old->n = read_number (reader, MIN (most, MAX_CREATIONS));
  if (reader->is_damaged)
    return NULL;
  InstallInstruction *instructions = arena_new0_n (arena, InstallInstruction, plan->n);
  plan->instructions = instructions;
  read_creations (reader, plan, instructions);
  read_contexts (reader, plan, instructions, arena);
  read_old (reader, old, arena);
  journal->plan = plan;
  journal->old = old;
  return strcmp (read_text (reader), TRAILER) == 0 && !reader->is_damaged ? journal : NULL;
}

static void
fail_damaged (GError **error, const char *path)
{
  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
               "the install journal \"%s\" is damaged: look at what is installed, then remove it",
               path);
}

const InstallJournal *
install_journal_read (const AgentHost *host, const char *group_id, Arena *arena, GError **error)
{
  const char *path = path_of (host, group_id, INSTALL_JOURNAL_STAGING, arena);
  gboolean missing;
  gsize n = 0;

  g_autofree char *text = fs_read_optional (path, MAX_JOURNAL_BYTES, &n, &missing, error);
  if (text == NULL) {
    if (missing)
      fail_damaged (error, path);
    return NULL;
  }
  const char *kept = arena_memdup (arena, text, n);
  Reader reader = { kept, kept + n, FALSE };
  const InstallJournal *journal = parse (&reader, group_id, arena);
  if (journal == NULL)
    fail_damaged (error, path);
  return journal;
}

static gboolean
parse_mark (const char *line, InstallMark *out)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 5);
  guint64 index;

  if (g_strv_length (words) != 4 ||
      !g_ascii_string_to_unsigned (words[1], 10, 0, MAX_CREATIONS, &index, NULL) ||
      !g_ascii_string_to_unsigned (words[2], 10, 0, G_MAXUINT64, &out->identity.device, NULL) ||
      !g_ascii_string_to_unsigned (words[3], 10, 0, G_MAXUINT64, &out->identity.inode, NULL))
    return FALSE;
  out->kind = strcmp (words[0], MARK_WORD (INSTALL_MARK_ROOT)) == 0 ? INSTALL_MARK_ROOT
                                                                    : INSTALL_MARK_REMOVAL;
  out->index = (gsize)index;
  return TRUE;
}

GArray *
install_journal_read_marks (const AgentHost *host, const char *group_id, InstallJournalState state,
                            GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = path_of (host, group_id, state, arena);
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  gboolean missing;
  gsize n = 0;

  g_autofree char *text = fs_read_optional (path, MAX_JOURNAL_BYTES, &n, &missing, error);
  if (text == NULL) {
    if (missing)
      fail_damaged (error, path);
    return NULL;
  }
  Reader reader = { text, text + n, FALSE };
  read_text (&reader); /* the deployment's identifier */
  for (const char *line = read_text (&reader); strcmp (line, TRAILER) != 0;
       line = read_text (&reader)) {
    InstallMark mark;
    if (reader.is_damaged || !parse_mark (line, &mark)) {
      fail_damaged (error, path);
      return NULL;
    }
    g_array_append_val (marks, mark);
  }
  return g_steal_pointer (&marks);
}

gboolean
install_journal_remove (const AgentHost *host, const char *group_id, GError **error)
{
  static const char *const endings[] = { "", ".tmp" };
  g_autoptr (Arena) arena = arena_new ();

  /* the plan first: a decision without a plan is none, and "done" needs no plan */
  for (gsize i = G_N_ELEMENTS (files); i-- > 0;)
    for (gsize j = 0; j < G_N_ELEMENTS (endings); j++) {
      const char *path = path_of (host, group_id, files[i].state, arena);
      const char *name = arena_printf (arena, "%s%s", path, endings[j]);
      if (unlink (name) != 0 && errno != ENOENT)
        return fs_fail (error, errno, "remove", name);
    }
  return TRUE;
}
