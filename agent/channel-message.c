#include "agent/channel-message.h"

#include <string.h>

#define MARK       0x5357 /* not a check of integrity: it shows an end that is out of step */
#define NO_TEXT    G_MAXUINT32
#define MAX_FIELDS 12

/* Bounds, in bytes. The long ones are those of what they come from: the journal's, and the signed specification's. */
#define MAX_PERSON  (16 * 1024)
#define MAX_SHORT   256
#define MAX_NAME    1024
#define MAX_ID      (64 * 1024)
#define MAX_SECRET  (8 * 1024)
#define MAX_PAYLOAD (1024 * 1024)

G_DEFINE_QUARK (slipway - channel - error, channel_error)

typedef enum {
  FIELD_NUMBER, /* most: the largest value */
  FIELD_TEXT,   /* most: bytes */
  FIELD_OPTIONAL,
  FIELD_PERSON /* cut when it is too long, repaired when it is not UTF-8 */
} FieldType;

typedef struct {
  FieldType type;
  gsize offset;
  guint32 most;
} Field;

typedef struct {
  const char *name;
  ChannelRoute route;
  gboolean carries_descriptor;
  gsize n_fields;
  Field fields[MAX_FIELDS];
} Kind;

#define NUMBER(member, most)                                                                       \
  {                                                                                                \
    FIELD_NUMBER, G_STRUCT_OFFSET (ChannelMessage, member), most                                   \
  }
#define TEXT(member, most)                                                                         \
  {                                                                                                \
    FIELD_TEXT, G_STRUCT_OFFSET (ChannelMessage, member), most                                     \
  }
#define OPTIONAL(member, most)                                                                     \
  {                                                                                                \
    FIELD_OPTIONAL, G_STRUCT_OFFSET (ChannelMessage, member), most                                 \
  }
#define PERSON                                                                                     \
  {                                                                                                \
    FIELD_PERSON, G_STRUCT_OFFSET (ChannelMessage, text), MAX_PERSON                               \
  }
#define SHORT_PERSON                                                                               \
  {                                                                                                \
    FIELD_PERSON, G_STRUCT_OFFSET (ChannelMessage, text), MAX_SHORT                                \
  }
#define FIELDS(...)                                                                                \
  .n_fields = G_N_ELEMENTS (((const Field[]){ __VA_ARGS__ })), .fields = { __VA_ARGS__ }

#define TO_MASTER   CHANNEL_NETWORK_TO_MASTER
#define FROM_MASTER CHANNEL_MASTER_TO_NETWORK
#define TO_WORKER   CHANNEL_NETWORK_TO_WORKER
#define FROM_WORKER CHANNEL_WORKER_TO_NETWORK
#define SERIAL      NUMBER (serial, G_MAXUINT32)
#define COMMAND_ID  TEXT (command_id, MAX_ID)
#define WHOLE_COMMAND                                                                              \
  COMMAND_ID, TEXT (host_identifier, MAX_ID), TEXT (execution_id, MAX_ID),                         \
      TEXT (command_name, MAX_NAME)

#define ENVELOPE                                                                                   \
  OPTIONAL (system, MAX_NAME), OPTIONAL (format, MAX_NAME), OPTIONAL (payload, MAX_PAYLOAD)

static const Kind kinds[CHANNEL_LAST_KIND + 1] = {
  [CHANNEL_WANT_WORKER] = { "WANT_WORKER", TO_MASTER, FIELDS (SERIAL) },
  [CHANNEL_WANT_KEYS] = { "WANT_KEYS", TO_MASTER, FIELDS (SERIAL) },
  [CHANNEL_POLLING] = { "POLLING", TO_MASTER },
  [CHANNEL_POLL_FAILED] = { "POLL_FAILED", TO_MASTER, FIELDS (SHORT_PERSON) },
  [CHANNEL_PONG] = { "PONG", TO_MASTER },

  [CHANNEL_WORKER] = { "WORKER", FROM_MASTER, TRUE, FIELDS (SERIAL) },
  [CHANNEL_KEYS] = { "KEYS", FROM_MASTER,
                     FIELDS (SERIAL, TEXT (access_key_id, MAX_SECRET),
                             TEXT (secret_access_key, MAX_SECRET),
                             OPTIONAL (session_token, MAX_SECRET)) },
  [CHANNEL_REFUSED] = { "REFUSED", FROM_MASTER, FIELDS (SERIAL, PERSON) },
  [CHANNEL_RECOVERY] = { "RECOVERY", FROM_MASTER, TRUE },
  [CHANNEL_PING] = { "PING", FROM_MASTER },
  [CHANNEL_STOP] = { "STOP", FROM_MASTER },

  [CHANNEL_COMMAND] = { "COMMAND", TO_WORKER,
                        FIELDS (WHOLE_COMMAND, TEXT (own_identifier, MAX_NAME),
                                TEXT (region, MAX_NAME), NUMBER (is_short, 1),
                                NUMBER (is_specified, 1), ENVELOPE) },
  [CHANNEL_SPECIFICATION] = { "SPECIFICATION", TO_WORKER, FIELDS (ENVELOPE) },
  [CHANNEL_ACKNOWLEDGED] = { "ACKNOWLEDGED", TO_WORKER, FIELDS (OPTIONAL (status, MAX_NAME)) },
  [CHANNEL_FETCHED] = { "FETCHED", TO_WORKER,
                        FIELDS (NUMBER (course, 1), OPTIONAL (etag, MAX_NAME)) },
  [CHANNEL_REPORTED] = { "REPORTED", TO_WORKER },
  [CHANNEL_RESUMED] = { "RESUMED", TO_WORKER },
  [CHANNEL_FAILED] = { "FAILED", TO_WORKER,
                       FIELDS (NUMBER (failure, CHANNEL_FAILURE_LAST), PERSON) },

  [CHANNEL_WANT_SPECIFICATION] = { "WANT_SPECIFICATION", FROM_WORKER },
  [CHANNEL_ACKNOWLEDGE] = { "ACKNOWLEDGE", FROM_WORKER, FIELDS (NUMBER (is_noop, 1)) },
  [CHANNEL_FETCH] = { "FETCH", FROM_WORKER, TRUE,
                      FIELDS (NUMBER (revision_type, 1), OPTIONAL (bucket, MAX_NAME),
                              OPTIONAL (key, MAX_SECRET), OPTIONAL (version, MAX_NAME),
                              OPTIONAL (etag, MAX_NAME), OPTIONAL (account, MAX_NAME),
                              OPTIONAL (repository, MAX_NAME), OPTIONAL (commit_id, MAX_NAME),
                              OPTIONAL (bundle_type, MAX_NAME),
                              OPTIONAL (github_token, MAX_SECRET)) },
  [CHANNEL_REPORT] = { "REPORT", FROM_WORKER,
                       FIELDS (COMMAND_ID, NUMBER (succeeded, 1), TEXT (payload, MAX_PAYLOAD)) },
  [CHANNEL_RESUME] = { "RESUME", FROM_WORKER, FIELDS (WHOLE_COMMAND) },
  [CHANNEL_END] = { "END", FROM_WORKER, FIELDS (NUMBER (end, CHANNEL_END_LAST)) },
  [CHANNEL_BEGIN] = { "BEGIN", FROM_WORKER },
};

typedef struct {
  guint32 body_bytes;
  guint16 kind, mark;
} Wire;
G_STATIC_ASSERT (sizeof (Wire) == CHANNEL_HEADER_BYTES);

static const Kind *
kind_of (guint number)
{
  return number <= CHANNEL_LAST_KIND && kinds[number].name != NULL ? &kinds[number] : NULL;
}

const char *
channel_kind_name (ChannelKind kind)
{
  const Kind *found = kind_of (kind);
  return found != NULL ? found->name : "(none)";
}

gboolean
channel_kind_carries_descriptor (ChannelKind kind)
{
  const Kind *found = kind_of (kind);
  return found != NULL && found->carries_descriptor;
}

static gsize
longest_body (const Kind *kind)
{
  gsize bytes = 0;
  for (gsize i = 0; i < kind->n_fields; i++)
    bytes += sizeof (guint32) + (kind->fields[i].type == FIELD_NUMBER ? 0 : kind->fields[i].most);
  return bytes;
}

static gboolean forbid (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
forbid (GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN, text);
  return FALSE;
}

gboolean
channel_header_decode (ChannelRoute route, const guint8 *bytes, ChannelHeader *out, GError **error)
{
  Wire wire;
  memcpy (&wire, bytes, sizeof wire);
  const Kind *kind = kind_of (wire.kind);

  if (wire.mark != MARK || kind == NULL)
    return forbid (error, "a message of no kind (%u)", wire.kind);
  if (kind->route != route)
    return forbid (error, "a message %s from who may not send it", kind->name);
  if (wire.body_bytes > longest_body (kind))
    return forbid (error, "a message %s of %u bytes", kind->name, wire.body_bytes);
  *out = (ChannelHeader){ wire.kind, wire.body_bytes, kind->carries_descriptor };
  return TRUE;
}

typedef struct {
  const guint8 *at;
  gsize left;
} Reader;

static gboolean
take_number (Reader *reader, guint32 *out)
{
  if (reader->left < sizeof *out)
    return FALSE;
  memcpy (out, reader->at, sizeof *out);
  reader->at += sizeof *out;
  reader->left -= sizeof *out;
  return TRUE;
}

static gboolean
decode_field (Reader *reader, const Kind *kind, const Field *field, Arena *arena,
              ChannelMessage *out, GError **error)
{
  guint32 number;

  if (!take_number (reader, &number))
    return forbid (error, "a message %s that is cut short", kind->name);
  if (field->type == FIELD_NUMBER) {
    if (number > field->most)
      return forbid (error, "a message %s with the number %u", kind->name, number);
    G_STRUCT_MEMBER (guint32, out, field->offset) = number;
    return TRUE;
  }
  if (number == NO_TEXT)
    return field->type == FIELD_OPTIONAL ||
           forbid (error, "a message %s without a text", kind->name);
  if (number > field->most || number > reader->left)
    return forbid (error, "a message %s with a text of %u bytes", kind->name, number);
  const char *text = (const char *)reader->at;
  if (!g_utf8_validate_len (text, number, NULL))
    return forbid (error, "a message %s with a text that is none", kind->name);
  G_STRUCT_MEMBER (const char *, out, field->offset) = arena_strndup (arena, text, number);
  reader->at += number;
  reader->left -= number;
  return TRUE;
}

gboolean
channel_body_decode (const ChannelHeader *header, const guint8 *bytes, Arena *arena,
                     ChannelMessage *out, GError **error)
{
  const Kind *kind = kind_of (header->kind);
  Reader reader = { bytes, header->body_bytes };

  *out = (ChannelMessage){ .kind = header->kind };
  for (gsize i = 0; i < kind->n_fields; i++)
    if (!decode_field (&reader, kind, &kind->fields[i], arena, out, error))
      return FALSE;
  return reader.left == 0 || forbid (error, "a message %s with bytes left over", kind->name);
}

static void
append_number (GByteArray *frame, guint32 number)
{
  g_byte_array_append (frame, (const guint8 *)&number, sizeof number);
}

static gboolean
append_text (GByteArray *frame, const Kind *kind, const Field *field, const char *text,
             GError **error)
{
  g_autofree char *repaired = NULL;

  if (text == NULL && field->type == FIELD_OPTIONAL) {
    append_number (frame, NO_TEXT);
    return TRUE;
  }
  if (field->type == FIELD_PERSON) {
    repaired = g_utf8_make_valid (text != NULL ? text : "", -1);
    if (strlen (repaired) > field->most)
      *g_utf8_find_prev_char (repaired, repaired + field->most) = '\0';
    text = repaired;
  }
  gsize length = text != NULL ? strlen (text) : 0;
  if (text == NULL || length > field->most || !g_utf8_validate_len (text, length, NULL))
    return forbid (error, "the message %s would have a text that is %s", kind->name,
                   text == NULL           ? "missing"
                   : length > field->most ? "too long"
                                          : "not UTF-8");
  append_number (frame, (guint32)length);
  g_byte_array_append (frame, (const guint8 *)text, (guint)length);
  return TRUE;
}

static gboolean
append_field (GByteArray *frame, const Kind *kind, const Field *field,
              const ChannelMessage *message, GError **error)
{
  if (field->type != FIELD_NUMBER)
    return append_text (frame, kind, field, G_STRUCT_MEMBER (const char *, message, field->offset),
                        error);
  guint32 number = G_STRUCT_MEMBER (guint32, message, field->offset);
  append_number (frame, number);
  return number <= field->most ||
         forbid (error, "the message %s would have the number %u", kind->name, number);
}

GByteArray *
channel_message_encode (ChannelRoute route, const ChannelMessage *message, GError **error)
{
  const Kind *kind = kind_of (message->kind);
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  g_assert (kind != NULL && kind->route == route);
  g_byte_array_set_size (frame, CHANNEL_HEADER_BYTES);
  for (gsize i = 0; i < kind->n_fields; i++)
    if (!append_field (frame, kind, &kind->fields[i], message, error))
      return NULL;
  Wire wire = { frame->len - CHANNEL_HEADER_BYTES, (guint16)message->kind, MARK };
  memcpy (frame->data, &wire, sizeof wire);
  return g_steal_pointer (&frame);
}
