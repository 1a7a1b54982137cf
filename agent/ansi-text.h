#pragma once

#include <glib.h>

/*
 * Terminal control sequences (ECMA-48: colours, cursor movements, titles) taken out of text that is shown where there is no
 * terminal. Pure.
 *
 * Thread rule: any thread.
 */

/* In place; the new length. A sequence that the text's end cuts off goes as well. Other control characters stay. */
gsize ansi_text_strip (char *text, gsize n);
