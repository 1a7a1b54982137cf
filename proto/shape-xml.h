#pragma once

#include <glib.h>

#include "proto/shape.h"

/*
 * Values as XML, the way AWS's Query protocol writes its answers: an element a member, a list's elements as <member>,
 * timestamps in ISO 8601 with seconds, text of a shape that says so percent-encoded (policy documents).
 *
 *   <User><UserName>bob</UserName><Tags><member><Key>team</Key><Value>web</Value></member></Tags></User>
 *
 * What is absent has no element. Text is escaped, and what XML 1.0 cannot carry (control characters, bytes that are not
 * UTF-8) becomes U+FFFD, so the result is well-formed whatever the value holds.
 *
 * Thread rule: any thread. Nothing blocks.
 */

/* Appends the members of a structure, without an element around them. NULL appends nothing. */
void shape_xml_write (const Shape *shape, gconstpointer structure, GString *out);

/* Appends text, escaped for the content of an element. */
void shape_xml_append_text (GString *out, const char *text);
