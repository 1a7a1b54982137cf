#include "core/install-plan.h"

#include <string.h>

#include "core/pathname.h"

G_DEFINE_QUARK (slipway - install - plan - error, install_plan_error)

typedef struct {
  const InstallPlanInput *input;
  Arena *arena;
  GHashTable *removed;  /* path -> path: gone once the clean-up has run */
  GHashTable *planned;  /* path -> index + 1 of its MKDIR or COPY */
  GHashTable *selected; /* path -> path: a permission item has it already */
  GArray *instructions; /* InstallInstruction */
} Planner;

static gboolean fail (GError **error, InstallPlanError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError **error, InstallPlanError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (INSTALL_PLAN_ERROR, (int)code, format, args);
  va_end (args);
  return FALSE;
}

/* Is path, or a folder above it, in the set? */
static gboolean
is_removed (GHashTable *removed, const char *path)
{
  if (g_hash_table_size (removed) == 0)
    return FALSE;
  if (g_hash_table_contains (removed, path))
    return TRUE;
  g_autofree char *at = g_strdup (path);
  for (char *slash = strrchr (at, '/'); slash != NULL && slash != at; slash = strrchr (at, '/')) {
    *slash = '\0';
    if (g_hash_table_contains (removed, at))
      return TRUE;
  }
  return FALSE;
}

/* What will be at path, links followed, when the clean-up has run. */
static gboolean
host_kind (Planner *planner, const char *path, InstallKind *out, GError **error)
{
  const InstallTree *host = planner->input->host;
  if (is_removed (planner->removed, path)) {
    *out = INSTALL_ABSENT;
    return TRUE;
  }
  return host->followed_kind (host->ctx, path, out, error);
}

/* The same of a link itself. */
static gboolean
host_own_kind (Planner *planner, const char *path, InstallKind *out, GError **error)
{
  const InstallTree *host = planner->input->host;
  *out = INSTALL_ABSENT;
  return is_removed (planner->removed, path) || host->kind (host->ctx, path, out, error);
}

/* The clean-up file has a line for each path. */
static gboolean
check_name (const char *path, GError **error)
{
  return strchr (path, '\n') == NULL ||
         fail (error, INSTALL_PLAN_ERROR_NAME,
               "\"%s\" has a line break in its name, which cannot be installed: rename it in the "
               "revision",
               path);
}

static const InstallInstruction *
planned_at (Planner *planner, const char *path)
{
  guint at = GPOINTER_TO_UINT (g_hash_table_lookup (planner->planned, path));
  return at == 0 ? NULL : &g_array_index (planner->instructions, InstallInstruction, at - 1);
}

static void
plan_creation (Planner *planner, InstallInstruction instruction)
{
  instruction.created = planner->instructions->len;
  g_array_append_val (planner->instructions, instruction);
  g_hash_table_insert (planner->planned, (gpointer)instruction.path,
                       GUINT_TO_POINTER (planner->instructions->len));
}

/* Plans path and its missing ancestors as folders, top-down. *out_is_new: nothing can be in it yet. */
static gboolean
plan_directory (Planner *planner, const char *path, gboolean *out_is_new, GError **error)
{
  const InstallInstruction *planned = planned_at (planner, path);
  InstallKind kind;

  *out_is_new = planned != NULL;
  if (planned != NULL && planned->kind == INSTALL_MKDIR)
    return TRUE;
  if (planned != NULL)
    return fail (error, INSTALL_PLAN_ERROR_CONFLICT,
                 "\"%s\" is needed as a folder, but \"%s\" of the revision is copied there", path,
                 planned->source);
  if (!host_kind (planner, path, &kind, error))
    return FALSE;
  if (kind == INSTALL_DIRECTORY)
    return TRUE;
  if (kind != INSTALL_ABSENT)
    return fail (error, INSTALL_PLAN_ERROR_EXISTS,
                 "\"%s\" is needed as a folder, but a file is there", path);
  if (!check_name (path, error) || !host_own_kind (planner, path, &kind, error))
    return FALSE;
  if (kind == INSTALL_SYMLINK)
    return fail (error, INSTALL_PLAN_ERROR_EXISTS,
                 "\"%s\" is needed as a folder, but a link that leads nowhere is there", path);

  gboolean parent_is_new;
  if (!plan_directory (planner, pathname_parent (path, planner->arena), &parent_is_new, error))
    return FALSE;
  plan_creation (planner, (InstallInstruction){ .kind = INSTALL_MKDIR, .path = path });
  *out_is_new = TRUE;
  return TRUE;
}

typedef enum {
  EXISTING_COPY,
  EXISTING_KEEP,
  EXISTING_REFUSED
} Existing;

static Existing
judge_existing (Planner *planner, const char *path, InstallKind kind, GError **error)
{
  const AppSpec *appspec = planner->input->appspec;
  const char *word = planner->input->file_exists;
  AppSpecFileExists behaviour;

  if (appspec->file_exists != NULL) {
    behaviour = *appspec->file_exists;
  } else if (!appspec_file_exists_from_name (word, &behaviour)) {
    fail (error, INSTALL_PLAN_ERROR_BEHAVIOUR,
          "\"%s\" exists already, and the file-exists behaviour \"%s\" is none of DISALLOW, "
          "OVERWRITE and RETAIN",
          path, word);
    return EXISTING_REFUSED;
  }

  switch (behaviour) {
  case APPSPEC_FILE_EXISTS_RETAIN:
    return EXISTING_KEEP;
  case APPSPEC_FILE_EXISTS_OVERWRITE:
    /* a link to a folder is a link, and replaced as one */
    if (kind == INSTALL_DIRECTORY && !host_own_kind (planner, path, &kind, error))
      return EXISTING_REFUSED;
    if (kind != INSTALL_DIRECTORY)
      return EXISTING_COPY;
    fail (error, INSTALL_PLAN_ERROR_EXISTS, "\"%s\" is a folder and cannot become a file", path);
    return EXISTING_REFUSED;
  case APPSPEC_FILE_EXISTS_DISALLOW:
  default:
    fail (error, INSTALL_PLAN_ERROR_EXISTS,
          "\"%s\" exists already and was not installed by this deployment group; remove it, or "
          "choose OVERWRITE or RETAIN as file-exists behaviour",
          path);
    return EXISTING_REFUSED;
  }
}

/* parent_is_new: the folder of path is created by this plan, so there is nothing to look for. */
static gboolean
plan_copy (Planner *planner, const char *source, InstallKind source_kind, const char *path,
           gboolean parent_is_new, GError **error)
{
  const InstallInstruction *planned = planned_at (planner, path);
  if (planned != NULL && planned->kind == INSTALL_COPY)
    return fail (error, INSTALL_PLAN_ERROR_CONFLICT,
                 "both \"%s\" and \"%s\" of the revision would become \"%s\"", planned->source,
                 source, path);
  if (planned != NULL)
    return fail (error, INSTALL_PLAN_ERROR_CONFLICT,
                 "\"%s\" of the revision would become \"%s\", which is needed as a folder", source,
                 path);

  if (!check_name (path, error))
    return FALSE;
  if (!parent_is_new) {
    InstallKind kind;
    if (!host_kind (planner, path, &kind, error))
      return FALSE;
    if (kind != INSTALL_ABSENT) {
      Existing existing = judge_existing (planner, path, kind, error);
      if (existing != EXISTING_COPY)
        return existing == EXISTING_KEEP;
    }
  }
  plan_creation (planner, (InstallInstruction){ .kind = INSTALL_COPY,
                                                .path = path,
                                                .source = source,
                                                .is_symlink = source_kind == INSTALL_SYMLINK });
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (((const InstallName *)a)->name, ((const InstallName *)b)->name);
}

/* The contents of a folder of the revision, below destination. */
static gboolean
plan_contents (Planner *planner, const char *source, const char *destination, GError **error)
{
  const InstallTree *revision = planner->input->revision;
  InstallNames names;
  gboolean is_new;

  if (!plan_directory (planner, destination, &is_new, error) ||
      !revision->list (revision->ctx, source, planner->arena, &names, error))
    return FALSE;
  if (names.n > 1)
    qsort (names.names, names.n, sizeof names.names[0], compare_names);
  for (gsize i = 0; i < names.n; i++) {
    const char *from = pathname_join (source, names.names[i].name, planner->arena);
    const char *to = pathname_join (destination, names.names[i].name, planner->arena);
    InstallKind kind = names.names[i].kind;
    if (kind == INSTALL_DIRECTORY ? !plan_contents (planner, from, to, error)
                                  : !plan_copy (planner, from, kind, to, is_new, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
plan_file (Planner *planner, const AppSpecFile *file, GError **error)
{
  const InstallTree *revision = planner->input->revision;
  InstallKind kind;
  gboolean is_new;

  if (!revision->kind (revision->ctx, file->source, &kind, error))
    return FALSE;
  if (kind == INSTALL_ABSENT)
    return fail (error, INSTALL_PLAN_ERROR_SOURCE, "files, line %u: the revision has no \"%s\"",
                 file->line, file->source);
  if (kind == INSTALL_DIRECTORY)
    return plan_contents (planner, file->source, file->destination, error);
  const char *to =
      pathname_join (file->destination, pathname_basename (file->source), planner->arena);
  return plan_directory (planner, file->destination, &is_new, error) &&
         plan_copy (planner, file->source, kind, to, is_new, error);
}

/* The instructions of one permission item for one path. Owner before mode: chown clears set-id bits. */
static gboolean
plan_permission_on (Planner *planner, const AppSpecPermission *permission, gsize at, GError **error)
{
  InstallInstruction created = g_array_index (planner->instructions, InstallInstruction, at);
  InstallInstruction next = { .path = created.path, .permission = permission, .created = at };

  if (!g_hash_table_add (planner->selected, (gpointer)created.path))
    return fail (error, INSTALL_PLAN_ERROR_PERMISSION,
                 "permissions, line %u: \"%s\" is selected by another item already",
                 permission->line, created.path);
  if (permission->owner != NULL || permission->group != NULL) {
    next.kind = INSTALL_CHOWN;
    g_array_append_val (planner->instructions, next);
  }
  if (created.is_symlink)
    return TRUE; /* the rest would reach through the link */
  if (permission->mode != APPSPEC_NO_MODE) {
    next.kind = INSTALL_CHMOD;
    g_array_append_val (planner->instructions, next);
  }
  if (permission->n_acls > 0) {
    next.kind = INSTALL_SETFACL;
    g_array_append_val (planner->instructions, next);
  }
  if (permission->context != NULL) {
    next.kind = INSTALL_SEMANAGE;
    g_array_append_val (planner->instructions, next);
  }
  return TRUE;
}

static gboolean
has_default_acl (const AppSpecPermission *permission)
{
  for (gsize i = 0; i < permission->n_acls; i++)
    if (permission->acls[i].is_default)
      return TRUE;
  return FALSE;
}

static gboolean
refuse_default_acl (const AppSpecPermission *permission, const char *path, GError **error)
{
  if (!has_default_acl (permission))
    return TRUE;
  return fail (error, INSTALL_PLAN_ERROR_PERMISSION,
               "permissions, line %u: \"%s\" is a file and cannot have a default ACL entry",
               permission->line, path);
}

static gboolean
pattern_matches (const AppSpecPermission *permission, const char *path)
{
  const char *below = pathname_below (path, permission->object);
  if (below == NULL)
    return FALSE;
  if (strcmp (permission->pattern, "**") != 0 && !pathname_glob_match (permission->pattern, below))
    return FALSE;
  for (gsize i = 0; i < permission->n_except; i++)
    if (pathname_glob_match (permission->except[i], below))
      return FALSE;
  return TRUE;
}

static gboolean
plan_permission_below (Planner *planner, const AppSpecPermission *permission, gsize n_created,
                       InstallInstructionKind kind, GError **error)
{
  for (gsize i = 0; i < n_created; i++) {
    const InstallInstruction *created =
        &g_array_index (planner->instructions, InstallInstruction, i);
    if (created->kind != kind || !pattern_matches (permission, created->path))
      continue;
    if (kind == INSTALL_COPY && !refuse_default_acl (permission, created->path, error))
      return FALSE;
    if (!plan_permission_on (planner, permission, i, error))
      return FALSE;
  }
  return TRUE;
}

/* n_created: the instructions before this are the MKDIRs and COPYs. */
static gboolean
plan_permission (Planner *planner, const AppSpecPermission *permission, gsize n_created,
                 GError **error)
{
  const InstallInstruction *object = planned_at (planner, permission->object);

  if (object != NULL && object->kind == INSTALL_COPY) {
    if ((permission->types & APPSPEC_TYPE_FILE) == 0)
      return TRUE;
    if (strcmp (permission->pattern, "**") != 0 || permission->n_except > 0)
      return fail (error, INSTALL_PLAN_ERROR_PERMISSION,
                   "permissions, line %u: \"%s\" is a file; \"pattern\" and \"except\" are for "
                   "folders",
                   permission->line, permission->object);
    gsize at = GPOINTER_TO_UINT (g_hash_table_lookup (planner->planned, permission->object)) - 1;
    return refuse_default_acl (permission, permission->object, error) &&
           plan_permission_on (planner, permission, at, error);
  }

  if (object == NULL) {
    InstallKind kind;
    if (!host_kind (planner, permission->object, &kind, error))
      return FALSE;
    if (kind != INSTALL_DIRECTORY)
      return TRUE;
  }
  return ((permission->types & APPSPEC_TYPE_FILE) == 0 ||
          plan_permission_below (planner, permission, n_created, INSTALL_COPY, error)) &&
         ((permission->types & APPSPEC_TYPE_DIRECTORY) == 0 ||
          plan_permission_below (planner, permission, n_created, INSTALL_MKDIR, error));
}

static const InstallPlan *
planner_result (Planner *planner, gsize n_created)
{
  InstallPlan *plan = arena_new0 (planner->arena, InstallPlan);
  plan->n_created = n_created;
  plan->n = planner->instructions->len;
  plan->instructions = arena_memdup (planner->arena, planner->instructions->data,
                                     plan->n * sizeof (InstallInstruction));
  return plan;
}

const InstallPlan *
install_plan_compute (const InstallPlanInput *input, Arena *arena, GError **error)
{
  const AppSpec *appspec = input->appspec;
  static const InstallCleanup nothing = { 0 };
  g_autoptr (GHashTable) removed = install_plan_removed (
      input->cleanup != NULL ? input->cleanup : &nothing, input->host, arena, error);
  if (removed == NULL)
    return NULL;
  g_autoptr (GHashTable) planned = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) selected = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) instructions = g_array_new (FALSE, FALSE, sizeof (InstallInstruction));
  Planner planner = { input, arena, removed, planned, selected, instructions };

  for (gsize i = 0; i < appspec->n_files; i++)
    if (!plan_file (&planner, &appspec->files[i], error))
      return NULL;
  gsize n_created = instructions->len;
  for (gsize i = 0; i < appspec->n_permissions; i++)
    if (!plan_permission (&planner, &appspec->permissions[i], n_created, error))
      return NULL;
  return planner_result (&planner, n_created);
}

/* Will nothing be left in the folder? */
static gboolean
empties (const InstallTree *host, const char *path, GHashTable *removed, gboolean *out,
         GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallNames names;

  if (!host->list (host->ctx, path, arena, &names, error))
    return FALSE;
  *out = !names.is_pinned;
  for (gsize i = 0; i < names.n && *out; i++)
    *out = g_hash_table_contains (removed, pathname_join (path, names.names[i].name, arena));
  return TRUE;
}

GHashTable *
install_plan_removed (const InstallCleanup *cleanup, const InstallTree *host, Arena *arena,
                      GError **error)
{
  g_autoptr (GHashTable) removed = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = cleanup->n; i-- > 0;) {
    if (cleanup->entries[i].is_semanage)
      continue;
    char *path = pathname_normalise_absolute (cleanup->entries[i].path, arena);
    InstallKind kind;
    if (path == NULL)
      continue;
    if (!host->kind (host->ctx, path, &kind, error))
      return NULL;
    gboolean goes = kind != INSTALL_ABSENT;
    if (kind == INSTALL_DIRECTORY && !empties (host, path, removed, &goes, error))
      return NULL;
    if (goes)
      g_hash_table_add (removed, path);
  }
  return g_steal_pointer (&removed);
}
