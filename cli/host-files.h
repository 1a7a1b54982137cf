#pragma once

#include <glib.h>

/*
 * The files that make a folder the home of one agent:
 *
 *   codedeployagent.yml          the agent's settings: every path inside the folder, and the server's address
 *   codedeploy.onpremises.yml    who the host is, with its keys; mode 0600
 *   ca.pem, signer-ca.pem        what the agent trusts: the server's certificates and the signer of specifications
 *
 * Thread rule: any thread. Blocks on the disk.
 */
typedef struct {
  const char *root;     /* absolute */
  const char *endpoint; /* of the server, as the host reaches it */
  const char *iam_user_arn, *access_key_id, *secret_access_key, *region;
  const char *host_ca_pem;   /* NULL: the system's certificates are trusted */
  const char *signer_ca_pem; /* NULL: signatures are checked without an anchor */
} HostFiles;

#define HOST_FILES_ERROR (host_files_error_quark ())
GQuark host_files_error_quark (void);
typedef enum {
  HOST_FILES_ERROR_EXISTS, /* the folder is an agent's home already */
  HOST_FILES_ERROR_WRITE,
} HostFilesError;

/* Makes the folder when it is not there, and finds out whether it can be used, before anything is registered. */
gboolean host_files_prepare (const char *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The settings file is written last: an agent's home is whole or not there. */
gboolean host_files_write (const HostFiles *files, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The settings file's path in `root`; the caller frees it. */
char *host_files_config_path (const char *root);

/* The texts of the two YAML files, for tests and for people who write them elsewhere. */
char *host_files_agent_yaml (const HostFiles *files);
char *host_files_identity_yaml (const HostFiles *files);
