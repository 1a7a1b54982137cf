#pragma once

#include <glib.h>

/*
 * Text from elsewhere (host names, script output, server messages) made safe for a terminal: control characters and
 * invalid UTF-8 become '?', so that a script's log cannot move the cursor, change colours or rename the window.
 *
 * Thread rule: any thread.
 */

/* One line: line breaks and tabs become blanks. NULL gives "". The caller frees it. */
char *terminal_text_line (const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* Several lines, each put behind `prefix` and ended with a line break. Blank lines at the end are dropped. */
char *terminal_text_block (const char *text, const char *prefix) G_GNUC_WARN_UNUSED_RESULT;

/* One line broken between words so that none is wider than `columns`; those after the first are indented. No line break at the end.
 * A word that is too long stands by itself. The caller frees it. */
char *terminal_text_wrap (const char *text, guint columns, guint indent) G_GNUC_WARN_UNUSED_RESULT;

/* Cuts or pads with blanks to exactly `columns` characters. */
char *terminal_text_fit (const char *text, guint columns) G_GNUC_WARN_UNUSED_RESULT;
