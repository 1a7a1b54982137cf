#pragma once

#include "core/arena.h"
#include "core/yaml-tree.h"
#include "server/integrations/integrations-mistakes.h"

/* Mappings of integrations.yml into structures, by a table of fields: which keys there are, of which type, for which drivers. What
 * is wrong is noted with its line, and then the member stays as it is. Pure.
 *
 * Thread rule: any thread. */

/* A file that the text names. */
typedef struct {
  const char *where; /* "aws.credentials_file" */
  const char *path;
  guint line;
  gboolean secret; /* must be closed to others */
} IntegrationsFile;

typedef struct {
  const char *dir;  /* that files are relative to */
  Arena *arena;     /* of everything that is read */
  GPtrArray *files; /* IntegrationsFile *, in arena: those that were named */
  IntegrationsMistakes *mistakes;
} IntegrationsReader;

typedef enum {
  INTEGRATIONS_FIELD_TEXT,
  INTEGRATIONS_FIELD_URL,
  INTEGRATIONS_FIELD_BASE_URL,    /* one that paths are appended to */
  INTEGRATIONS_FIELD_TEXTS,       /* one, or a sequence */
  INTEGRATIONS_FIELD_FILE,        /* a path, which becomes relative to the working directory */
  INTEGRATIONS_FIELD_SECRET_FILE, /* the same, closed to others */
  INTEGRATIONS_FIELD_SECONDS,
  INTEGRATIONS_FIELD_FLAG
} IntegrationsFieldType;

/* A key of a mapping and the member of a structure that it fills. */
typedef struct {
  const char *key;
  IntegrationsFieldType type;
  gsize offset;
  guint drivers;  /* that have it, a bit each */
  guint required; /* of those that must have it */
  gint64 smallest, greatest, fallback;
} IntegrationsField;

#define INTEGRATIONS_ALL_DRIVERS  G_MAXUINT
#define INTEGRATIONS_ONLY(driver) (1u << (driver))

typedef struct {
  const IntegrationsField *fields;
  gsize n;
} IntegrationsFields;

#define INTEGRATIONS_FIELDS(table)                                                                 \
  {                                                                                                \
    table, G_N_ELEMENTS (table)                                                                    \
  }

/* where, in all of them: what it is, as a path of keys ("balancers.web"). */

gboolean integrations_fields_check_mapping (IntegrationsReader *reader, const char *where,
                                            const YamlNode *node) G_GNUC_WARN_UNUSED_RESULT;
/* words: what can stand there. */
void integrations_fields_note_unknown (IntegrationsReader *reader, const char *where,
                                       const YamlNode *key, GPtrArray *words);
/* The URL of a field of type INTEGRATIONS_FIELD_BASE_URL, where there is no field: http or https, without / at its end. */
void integrations_fields_read_base_url (IntegrationsReader *reader, const char *where,
                                        const YamlNode *node, const char **out);
/* All fields that the driver (a bit) has. passed: a key that is read elsewhere; NULL: none. */
void integrations_fields_read (IntegrationsReader *reader, const char *where,
                               const YamlNode *mapping, const IntegrationsFields *fields,
                               guint driver, const char *passed, gpointer entry);
