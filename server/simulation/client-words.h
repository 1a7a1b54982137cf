#pragma once

#include "core/arena.h"
#include "server/simulation/chance.h"

/* What the people of a simulated world write: members of requests as JSON, drawn at random. All results live in arena.
 *
 * Threads: one at a time. */

#define WORDS_N_CONFIGS 8

typedef struct {
  Chance chance;
  gsize n_groups, n_hosts, n_fleets;
} Words;

/* 1 .. n_groups */
gint64 words_group (Words *words);
const char *words_config (Words *words);
const char *words_flag (Words *words, gint64 of_10000);
/* "custom-N" anew. */
char *words_new_config (Words *words, gint64 number, Arena *arena);
char *words_new_group (Words *words, gint64 group, Arena *arena);
/* One member of a group's settings, or two that belong together. */
char *words_of_group (Words *words, gint64 group, Arena *arena);
char *words_rollback (Words *words, Arena *arena);
/* Of a deployment: the revision and what else it may say. */
char *words_deployment (Words *words, Arena *arena);
