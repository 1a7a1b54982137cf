#pragma once

#include <glib.h>

#include "core/arena.h"

/* How calls to AWS fail: what its services say was wrong, in XML or JSON, and what that means for who asked.
 *
 * Thread rule: any thread. Pure. */

typedef enum {
  AWS_ERROR_REFUSED,     /* the service will not: asking again does not help */
  AWS_ERROR_DENIED,      /* for lack of a permission, or the keys are not good */
  AWS_ERROR_THROTTLED,   /* asking again after aws_client_pause_ms helps */
  AWS_ERROR_UNREACHABLE, /* no answer, 5xx, or one that makes no sense: it may pass */
  AWS_ERROR_SETTINGS,    /* the credentials file or the CA file cannot be used; nothing was asked */
  AWS_ERROR_LATE,        /* the caller's time was over before; nothing was asked */
  AWS_ERROR_ABORTED
} AwsError;
#define AWS_ERROR (aws_error_quark ())
GQuark aws_error_quark (void);

/* Texts in the arena; NULL when the service did not say. */
typedef struct {
  const char *code; /* "TargetGroupNotFound" */
  const char *message;
} AwsComplaint;

typedef void (*AwsComplaintRead) (const char *body, gsize length, Arena *arena, AwsComplaint *out);

/* What is no such document has neither. */
void aws_complaint_read_xml (const char *body, gsize length, Arena *arena, AwsComplaint *out);
void aws_complaint_read_json (const char *body, gsize length, Arena *arena, AwsComplaint *out);

/* What an answer means that is no 2xx; code: the service's word, or NULL. */
AwsError aws_error_judge (guint status, const char *code);
