#pragma once

#include "server/engine/fleet-text.h"
#include "server/simulation/cloud.h"

/* What the cloud's own files share. */

typedef enum {
  LIFE_PENDING,
  LIFE_PENDING_WAIT,
  LIFE_IN_SERVICE,
  LIFE_TERMINATING_WAIT,
  LIFE_TERMINATED
} CloudLife;

typedef struct {
  char *name;
  gboolean of_termination;
} CloudHook;

/* An instance waits for a hook. */
typedef struct {
  char *hook;
  gint64 deadline_ms; /* then the instance is abandoned */
} CloudAction;

typedef struct {
  char *name;
  gboolean is_there;
  gboolean anew; /* another of its name was there before: whose hooks it had is nobody's business */
  gint64 desired, create_ms;
  GPtrArray *hooks;     /* CloudHook */
  const char *copy_of;  /* interned; NULL: it was there at first */
  const char *made_for; /* the deployment that it was copied for, interned; NULL */
} CloudGroup;

typedef struct {
  char *id, *arn;
  const char *zone;
  CloudGroup *group;
  CloudLife life;
  gint64 running_ms;  /* when a pending one runs */
  GPtrArray *actions; /* CloudAction */
  gsize host;
} CloudInstance;

struct Cloud {
  World *world;
  Hosts *hosts;
  Chance chance;
  GPtrArray *groups;    /* CloudGroup; those that were deleted stay */
  GPtrArray *instances; /* CloudInstance; those that are alive */
  gsize n_fleets, n_launched;
  gint64 away_until_ms;
  char *earlier; /* all members as they were a while ago; NULL */
  CloudSabotage sabotage;
};

/* Auto Scaling's default. */
#define CLOUD_HEARTBEAT_MS (600 * 1000)

/* ---- what there is (cloud.c) ---- */
/* NULL: it is not there. */
CloudGroup *cloud_group (const Cloud *cloud, const char *name);
CloudGroup *cloud_add_group (Cloud *cloud, const char *name, gint64 desired);
/* With all its instances. */
void cloud_delete_group (Cloud *cloud, CloudGroup *group);
gsize cloud_count (const Cloud *cloud, const CloudGroup *group, CloudLife life);
CloudInstance *cloud_instance (const Cloud *cloud, const char *id);
void cloud_terminate (Cloud *cloud, CloudInstance *instance);
void cloud_put_hook (CloudGroup *group, const char *name, gboolean of_termination);
/* Who waits for it goes on as Auto Scaling has it: launched ones are abandoned. */
void cloud_delete_hook (Cloud *cloud, CloudGroup *group, const char *name);
/* An open action of an instance; NULL: it waits for no such hook. */
CloudAction *cloud_action (const CloudInstance *instance, const char *hook);
typedef enum {
  CLOUD_CONTINUE,
  CLOUD_ABANDON
} CloudVerdict;
void cloud_complete (Cloud *cloud, CloudInstance *instance, const char *hook, CloudVerdict verdict);
/* In arena. */
FleetMember cloud_member (const CloudInstance *instance, Arena *arena);
