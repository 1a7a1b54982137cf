#pragma once

#include <glib.h>

/*
 * How a command ended, and the diagnostics payload that says so (agent.md 5.8).
 *
 * Thread rule: any thread.
 */
typedef enum {
  DIAGNOSTICS_OK = 0,
  DIAGNOSTICS_SCRIPT_MISSING = 1,
  DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE = 2,
  DIAGNOSTICS_SCRIPT_TIMED_OUT = 3,
  DIAGNOSTICS_SCRIPT_FAILED = 4,
  DIAGNOSTICS_UNKNOWN = 5,
  DIAGNOSTICS_OUTPUTS_LEFT_OPEN = 6,
  DIAGNOSTICS_FAILED_AFTER_RESTART = 7
} DiagnosticsErrorCode;

typedef struct {
  DiagnosticsErrorCode code;
  char *script_name; /* NULL: "" */
  char *message;
  char *log; /* NULL: "" */
} CommandResult;

void command_result_clear (CommandResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CommandResult, command_result_clear)

/* Sets code 5 with the error's message. */
void command_result_set_error (CommandResult *result, const GError *error);

/* Largest payload, in characters of its text (not bytes): the service's limit. */
#define DIAGNOSTICS_MAX_CHARACTERS 8192

/*
 * JSON text of at most DIAGNOSTICS_MAX_CHARACTERS: the message is shortened first, then the log loses its oldest
 * lines. Bytes that are not UTF-8 are replaced.
 */
char *diagnostics_payload (const CommandResult *result) G_GNUC_WARN_UNUSED_RESULT;
