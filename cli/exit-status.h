#pragma once

#include <glib.h>

/*
 * The exit statuses of `slipway`, and the errors that lead to them. Scripts rely on the numbers: they are documented
 * in --help and never change.
 *
 * Thread rule: any thread.
 */
#define CLI_EXIT_LIST(X)                                                                           \
  X (CLI_EXIT_OK, 0, "done; with --wait: the deployment succeeded")                                \
  X (CLI_EXIT_DEPLOYMENT, 1,                                                                       \
     "the deployment failed or was stopped; validate: there are errors; plan: something blocks "   \
     "it")                                                                                         \
  X (CLI_EXIT_REFUSED, 2, "the server refused the request")                                        \
  X (CLI_EXIT_UNREACHABLE, 3, "no answer from the server, or one that makes no sense")             \
  X (CLI_EXIT_INPUT, 4, "a file, folder or AppSpec cannot be used")                                \
  X (CLI_EXIT_SETUP, 5, "no endpoint, no credentials, or a broken configuration file")             \
  X (CLI_EXIT_TIMEOUT, 6, "--timeout is over; the deployment goes on")                             \
  X (CLI_EXIT_USAGE, 64, "an unknown verb or option, or a missing argument")

typedef enum {
#define CLI_EXIT_VALUE(id, number, about) id = number,
  CLI_EXIT_LIST (CLI_EXIT_VALUE)
#undef CLI_EXIT_VALUE
} CliExit;

/* What validate found wrong, which is its work and no failure of it. */
#define CLI_EXIT_WRONG CLI_EXIT_DEPLOYMENT

/* The code of an error of this domain is the exit status. */
#define CLI_ERROR (cli_error_quark ())
GQuark cli_error_quark (void);

/* The status for an error of any domain that the program meets. */
int cli_exit_status (const GError *error);

/* The list as lines for --help. The caller frees it. */
char *cli_exit_help (void);
