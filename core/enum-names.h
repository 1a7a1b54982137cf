#pragma once

#include <glib.h>
#include <string.h>

/*
 * One list per vocabulary: the enumerators and their wire texts are written once, as an X-macro, and the two functions
 * between them come from here. Inside the program there are only enumerators; texts exist at the edges.
 *
 *   #define COLOUR_LIST(X) X (COLOUR_RED, "Red") X (COLOUR_BLUE, "Blue")
 *   ENUM_NAMES_TYPE (Colour, COLOUR_LIST);              // header: the enum itself, counted from 0
 *   ENUM_NAMES_DECLARE (Colour, colour)                 // header: colour_name, colour_from_name
 *   ENUM_NAMES_DEFINE (Colour, colour, COLOUR_LIST)     // source
 *
 * <prefix>_name: the text, a constant; NULL for a value outside the list. <prefix>_from_name: FALSE when text is NULL or
 * not in the list (exact, case-sensitive), *out untouched then. Any thread.
 */
#define ENUM_NAMES_ENUMERATOR(enumerator, text) enumerator,
#define ENUM_NAMES_TYPE(Type, LIST)                                                                \
  typedef enum {                                                                                   \
    LIST (ENUM_NAMES_ENUMERATOR)                                                                   \
  } Type

#define ENUM_NAMES_DECLARE(Type, prefix)                                                           \
  const char *prefix##_name (Type value);                                                          \
  gboolean prefix##_from_name (const char *text, Type *out) G_GNUC_WARN_UNUSED_RESULT;

#define ENUM_NAMES_CASE(enumerator, text)                                                          \
  case enumerator:                                                                                 \
    return text;
#define ENUM_NAMES_COMPARE(enumerator, text_)                                                      \
  if (strcmp (text, text_) == 0) {                                                                 \
    *out = enumerator;                                                                             \
    return TRUE;                                                                                   \
  }

#define ENUM_NAMES_DEFINE(Type, prefix, LIST)                                                      \
  const char *prefix##_name (Type value)                                                           \
  {                                                                                                \
    switch (value) {                                                                               \
      LIST (ENUM_NAMES_CASE)                                                                       \
    }                                                                                              \
    return NULL;                                                                                   \
  }                                                                                                \
  gboolean prefix##_from_name (const char *text, Type *out)                                        \
  {                                                                                                \
    if (text == NULL)                                                                              \
      return FALSE;                                                                                \
    LIST (ENUM_NAMES_COMPARE)                                                                      \
    return FALSE;                                                                                  \
  }
