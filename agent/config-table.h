#pragma once

#include "agent/config.h"

/*
 * Every key of codedeployagent.yml, of the official agents and our own: one table, from which come the parser's defaults and
 * ranges, `slipway-agent settings`, the sample file and the manual page.
 *
 * Thread rule: constant.
 */
typedef enum {
  CONFIG_TEXT, /* empty counts as not given */
  CONFIG_FLAG,
  CONFIG_COUNT, /* whole number, a fraction is cut off */
  CONFIG_BYTES, /* COUNT with an optional unit: KB, MB, GB, TB of 1000, KiB, MiB, GiB, TiB of 1024 */
  CONFIG_SECONDS_IN_MS, /* may have a fraction; the member is in milliseconds */
  CONFIG_NO_EFFECT      /* known from another agent; help says why it does nothing here */
} ConfigKind;

typedef struct {
  const char *key;
  ConfigKind kind;
  gsize offset;         /* of the member in AgentConfig */
  const char *fallback; /* as it would be written; NULL: none, zero */
  gint64 least, most;   /* of numbers, in the unit of the file */
  const char *origin;   /* "official", "2.x", "Go" or "ours" */
  const char *unit;     /* of numbers; NULL: none */
  const char *help;
} ConfigKey;

extern const ConfigKey config_table[];
extern const gsize config_table_length;

/* A key without its colon; NULL: there is none. */
const ConfigKey *config_table_find (const char *key);
/* The key that was probably meant; NULL when none is near. */
const ConfigKey *config_table_nearest (const char *key);

typedef enum {
  CONFIG_PAGE_LIST,   /* for a terminal */
  CONFIG_PAGE_SAMPLE, /* a codedeployagent.yml */
  CONFIG_PAGE_MANUAL  /* the list of a manual page, in man(7) */
} ConfigPage;
char *config_table_page (ConfigPage page) G_GNUC_WARN_UNUSED_RESULT;
