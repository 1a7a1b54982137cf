#pragma once

#include "core/appspec.h"
#include "core/yaml-tree.h"

/*
 * What the AppSpec's parts share: a mapping is read by a table of its keys, and what is wrong is noted, each with its place, while
 * reading goes on. For appspec*.c only; everybody else includes core/appspec.h.
 *
 * Thread rule: a reader belongs to one thread.
 */
typedef struct {
  Arena *arena;
  AppSpecError part; /* findings are of this part */
  guint n_errors;
  GArray *findings; /* AppSpecFinding, in the order they were made */
} AppSpecReader;

void appspec_note (AppSpecReader *reader, AppSpecSeverity severity, const YamlNode *node,
                   const char *format, ...) G_GNUC_PRINTF (4, 5);
#define appspec_error(reader, node, ...)                                                           \
  appspec_note ((reader), APPSPEC_SEVERITY_ERROR, (node), __VA_ARGS__)
#define appspec_warning(reader, node, ...)                                                         \
  appspec_note ((reader), APPSPEC_SEVERITY_WARNING, (node), __VA_ARGS__)

typedef struct AppSpecKey AppSpecKey;
/* Reads a value, never a null, into place, its member of the item. What is wrong is noted; then place may stay as it is. */
typedef void (*AppSpecRead) (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                             gpointer place);

struct AppSpecKey {
  const char *name;
  AppSpecRead read;
  gsize offset; /* of place in the item */
  enum {
    APPSPEC_OPTIONAL, /* null is as good as absent */
    APPSPEC_REQUIRED, /* there, not null, and as a text not blank */
  } need;
  AppSpecError part;   /* of the AppSpec's own keys; else 0 */
  const char *allowed; /* "it must be 0.0", for when it is missing; NULL: nothing to say */
};

typedef struct {
  const char *what;       /* "a script" */
  const AppSpecKey *keys; /* in the order in which they are read */
  gsize n;
} AppSpecMapping;

/* Every key of the table, then a warning for each other one and for keys given twice. item is the struct that offsets are in. */
void appspec_read_mapping (AppSpecReader *reader, const AppSpecMapping *mapping,
                           const YamlNode *node, gpointer item);

/* A scalar's text, blanks around it removed; place: const char *. */
void appspec_read_text (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                        gpointer place);

/* Is it a list? An error otherwise, "KEY" must be `what`. */
gboolean appspec_is_list (AppSpecReader *reader, const char *key, const YamlNode *value,
                          const char *what);

/* `; did you mean "WORD"?`, or "". */
const char *appspec_hint (AppSpecReader *reader, const char *word, const char *const *words,
                          gsize n);
YamlPlace appspec_place (const YamlNode *node);

/* The parts with rules of their own, each with its place: AppSpec. */
void appspec_read_hooks (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                         gpointer place);
void appspec_read_permissions (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                               gpointer place);

/* Of the AppSpec itself: value is its version, NULL when there is none. */
void appspec_check_version (AppSpecReader *reader, const YamlNode *root, const YamlNode *value);

/* Has it "Resources", as those of ECS and Lambda? */
gboolean appspec_is_for_service (const YamlNode *root);
AppSpecPlatform appspec_read_service (AppSpecReader *reader, const YamlNode *root);
