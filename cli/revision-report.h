#pragma once

#include "core/appspec.h"
#include "proto/json-doc.h"

/*
 * What is wrong with a revision: findings, each with its file, line and column, as compilers tell them.
 *
 * Thread rule: one thread at a time; strings live in the report.
 */
typedef enum {
  REVISION_SEVERITY_ERROR,
  REVISION_SEVERITY_WARNING
} RevisionSeverity;

typedef struct {
  RevisionSeverity severity;
  const char *file; /* as it is called in the revision, or the revision itself */
  YamlPlace place;  /* line 0: the file as a whole */
  const char *text;
  guint file_rank; /* files are told of in the order in which they were looked at */
} RevisionFinding;

typedef struct {
  Arena *arena;
  GArray *findings;  /* of RevisionFinding; at most REVISION_MAX_FINDINGS */
  GHashTable *ranks; /* file -> its rank */
  guint n_errors, n_warnings;
  AppSpecPlatform platform;
} RevisionReport;

#define REVISION_MAX_FINDINGS 500 /* more are counted, not kept */

RevisionReport *revision_report_new (void) G_GNUC_WARN_UNUSED_RESULT;
void revision_report_free (RevisionReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RevisionReport, revision_report_free)

/* Bytes that are not UTF-8 are replaced in the text. */
void revision_report_add (RevisionReport *report, RevisionSeverity severity, const char *file,
                          YamlPlace place, const char *format, ...) G_GNUC_PRINTF (5, 6);
/* What the parser found in `file`. */
void revision_report_add_appspec (RevisionReport *report, const char *file,
                                  const AppSpecReport *appspec);

/* "FILE:LINE:COLUMN: error: TEXT" lines, safe for a terminal: first those of one file, then of the next. The caller frees it. */
char *revision_report_text (const RevisionReport *report) G_GNUC_WARN_UNUSED_RESULT;
/* "2 errors, 1 warning". The caller frees it. */
char *revision_report_summary (const RevisionReport *report) G_GNUC_WARN_UNUSED_RESULT;
/* The caller unrefs it. */
json_t *revision_report_json (const RevisionReport *report) G_GNUC_WARN_UNUSED_RESULT;
