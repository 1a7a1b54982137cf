#pragma once

#include "server/keyring.h"
#include "server/simulation/site.h"

/* What the site's own files share. */

struct Site {
  SiteConfig config;
  Chance chance;
  AmbientFake fake;
  Ambient ambient;
  Quotas quotas;
  Settings settings;
  ApiEnv env;
  EngineAudience audience;
  Principal principal;
  Identity identity;
  Caller caller;
  Keyring *keyring;
  int log_fd; /* in memory; only errors are written */
  Log *log;
  char *folder; /* NULL: the store is in memory */
  Store *base;  /* the database */
  Store *store; /* as the server sees it */
  CommandHub *hub;
  Engine *engine;
  gboolean dying, calm;
  gint64 hub_ms;    /* when the hub wants its tick */
  gint64 errand_ms; /* when an errand is due */
  gint64 letter_ms; /* when a notification is */
  guint64 life;
  gint64 n_works; /* that wrote, since the storm began */
};

/* An errand, or a notification, is due then. ctx: a Site. */
void site_wake_for_errand (gpointer ctx, gint64 due_ms);
void site_wake_for_letter (gpointer ctx, gint64 due_ms);
