#include "agent/channel-message.h"

#include <string.h>

static const ChannelMessage command = {
  .kind = CHANNEL_COMMAND,
  .command_id = "id",
  .host_identifier = "arn:host",
  .execution_id = "a/b/c/d",
  .command_name = "Install",
  .own_identifier = "arn:host",
  .region = "eu-west-1",
};

static gboolean
decode (ChannelRoute route, const guint8 *bytes, gsize n, Arena *arena, ChannelMessage *out,
        GError **error)
{
  ChannelHeader header;
  if (!channel_header_decode (route, bytes, &header, error))
    return FALSE;
  g_assert_cmpuint (header.body_bytes, ==, n - CHANNEL_HEADER_BYTES);
  return channel_body_decode (&header, bytes + CHANNEL_HEADER_BYTES, arena, out, error);
}

static void
assert_refused (ChannelRoute route, const GByteArray *frame, const char *word)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  ChannelMessage out;
  ChannelHeader header;

  gboolean ok =
      channel_header_decode (route, frame->data, &header, &error) &&
      channel_body_decode (&header, frame->data + CHANNEL_HEADER_BYTES, arena, &out, &error);
  g_assert_false (ok);
  g_assert_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN);
  g_assert_nonnull (strstr (error->message, word));
}

static GByteArray *
encoded (ChannelRoute route, const ChannelMessage *message)
{
  g_autoptr (GError) error = NULL;
  GByteArray *frame = channel_message_encode (route, message, &error);
  g_assert_no_error (error);
  return frame;
}

static void
put (GByteArray *frame, gsize at, guint32 number)
{
  memcpy (frame->data + at, &number, sizeof number);
}

static void
test_round_trip (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  ChannelMessage out;
  g_autoptr (GByteArray) frame = encoded (CHANNEL_NETWORK_TO_WORKER, &command);

  g_assert_true (decode (CHANNEL_NETWORK_TO_WORKER, frame->data, frame->len, arena, &out, &error));
  g_assert_no_error (error);
  g_assert_cmpint (out.kind, ==, CHANNEL_COMMAND);
  g_assert_cmpstr (out.command_id, ==, "id");
  g_assert_cmpstr (out.host_identifier, ==, "arn:host");
  g_assert_cmpstr (out.execution_id, ==, "a/b/c/d");
  g_assert_cmpstr (out.command_name, ==, "Install");
  g_assert_null (out.payload);
}

static void
test_command_with_specification (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage out, whole = command;
  whole.is_specified = whole.is_short = TRUE;
  whole.system = "CodeDeploy";
  whole.payload = "signed";
  g_autoptr (GByteArray) frame = encoded (CHANNEL_NETWORK_TO_WORKER, &whole);

  g_assert_true (decode (CHANNEL_NETWORK_TO_WORKER, frame->data, frame->len, arena, &out, NULL));
  g_assert_cmpuint (out.is_specified, ==, TRUE);
  g_assert_cmpuint (out.is_short, ==, TRUE);
  g_assert_cmpstr (out.system, ==, "CodeDeploy");
  g_assert_null (out.format);
  g_assert_cmpstr (out.payload, ==, "signed");
}

static void
test_optional (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage out;
  ChannelMessage keys = {
    .kind = CHANNEL_KEYS, .serial = 7, .access_key_id = "AKID", .secret_access_key = ""
  };
  g_autoptr (GByteArray) frame = encoded (CHANNEL_MASTER_TO_NETWORK, &keys);

  g_assert_true (decode (CHANNEL_MASTER_TO_NETWORK, frame->data, frame->len, arena, &out, NULL));
  g_assert_cmpuint (out.serial, ==, 7);
  g_assert_cmpstr (out.secret_access_key, ==, "");
  g_assert_null (out.session_token);
}

static void
test_person (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage out;
  g_autofree char *big = g_strnfill (100000, 'x');
  memcpy (big, "\xff\xc3\xa4", 3);
  ChannelMessage refused = { .kind = CHANNEL_REFUSED, .text = big };
  g_autoptr (GByteArray) frame = encoded (CHANNEL_MASTER_TO_NETWORK, &refused);

  g_assert_true (decode (CHANNEL_MASTER_TO_NETWORK, frame->data, frame->len, arena, &out, NULL));
  g_assert_cmpuint (strlen (out.text), <=, 16 * 1024);
  g_assert_true (g_str_has_prefix (out.text, "\xef\xbf\xbd\xc3\xa4xxx"));
  g_assert_true (g_utf8_validate (out.text, -1, NULL));
}

static void
test_not_sent (void)
{
  g_autofree char *big = g_strnfill (2000, 'x');
  ChannelMessage missing = command, broken = command, long_one = command;
  missing.execution_id = NULL;
  broken.command_id = "\xff";
  long_one.command_name = big;
  ChannelMessage number = { .kind = CHANNEL_FAILED, .failure = 4, .text = "x" };
  ChannelMessage *const messages[] = { &missing, &broken, &long_one, &number };
  const char *const words[] = { "missing", "UTF-8", "too long", "number" };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GByteArray) frame =
        channel_message_encode (CHANNEL_NETWORK_TO_WORKER, messages[i], &error);
    g_assert_null (frame);
    g_assert_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN);
    g_assert_nonnull (strstr (error->message, words[i]));
  }
}

/* The network process cannot speak as anybody else, nor a worker's part to the master. */
static void
test_wrong_route (void)
{
  ChannelMessage stop = { .kind = CHANNEL_STOP };
  g_autoptr (GByteArray) frame = encoded (CHANNEL_MASTER_TO_NETWORK, &stop);
  assert_refused (CHANNEL_NETWORK_TO_MASTER, frame, "may not send");
  g_autoptr (GByteArray) other = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
  assert_refused (CHANNEL_NETWORK_TO_MASTER, other, "may not send");
  assert_refused (CHANNEL_WORKER_TO_NETWORK, other, "may not send");
}

static void
test_no_kind (void)
{
  ChannelMessage pong = { .kind = CHANNEL_PONG };
  g_autoptr (GByteArray) frame = encoded (CHANNEL_NETWORK_TO_MASTER, &pong);
  const guint16 kinds[] = { 0, CHANNEL_LAST_KIND + 1, G_MAXUINT16 };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    memcpy (frame->data + 4, &kinds[i], sizeof kinds[i]);
    assert_refused (CHANNEL_NETWORK_TO_MASTER, frame, "no kind");
  }
  g_autoptr (GByteArray) unmarked = encoded (CHANNEL_NETWORK_TO_MASTER, &pong);
  unmarked->data[7] ^= 1;
  assert_refused (CHANNEL_NETWORK_TO_MASTER, unmarked, "no kind");
}

/* Refused by the header alone: no memory is got for it. */
static void
test_too_long (void)
{
  ChannelMessage want = { .kind = CHANNEL_WANT_WORKER, .serial = 1 };
  g_autoptr (GByteArray) frame = encoded (CHANNEL_NETWORK_TO_MASTER, &want);
  const guint32 lengths[] = { 5, 4096, G_MAXINT32, G_MAXUINT32 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    ChannelHeader header;
    put (frame, 0, lengths[i]);
    g_assert_false (channel_header_decode (CHANNEL_NETWORK_TO_MASTER, frame->data, &header, NULL));
  }
}

static void
test_cut_short (void)
{
  for (guint32 n = 0;; n++) {
    g_autoptr (GByteArray) frame = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
    if (n == frame->len - CHANNEL_HEADER_BYTES)
      break;
    put (frame, 0, n);
    assert_refused (CHANNEL_NETWORK_TO_WORKER, frame, "COMMAND");
  }
}

static void
test_fields (void)
{
  const gsize first = CHANNEL_HEADER_BYTES;
  g_autoptr (GByteArray) missing = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
  put (missing, first, G_MAXUINT32);
  assert_refused (CHANNEL_NETWORK_TO_WORKER, missing, "without a text");

  g_autoptr (GByteArray) beyond = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
  put (beyond, first, 60000);
  assert_refused (CHANNEL_NETWORK_TO_WORKER, beyond, "of 60000 bytes");

  g_autoptr (GByteArray) with_nul = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
  with_nul->data[first + 5] = '\0';
  assert_refused (CHANNEL_NETWORK_TO_WORKER, with_nul, "that is none");

  g_autoptr (GByteArray) left_over = encoded (CHANNEL_NETWORK_TO_WORKER, &command);
  g_byte_array_append (left_over, (const guint8 *)"x", 1);
  put (left_over, 0, left_over->len - CHANNEL_HEADER_BYTES);
  assert_refused (CHANNEL_NETWORK_TO_WORKER, left_over, "left over");

  ChannelMessage failed = { .kind = CHANNEL_FAILED, .failure = 1, .text = "x" };
  g_autoptr (GByteArray) number = encoded (CHANNEL_NETWORK_TO_WORKER, &failed);
  put (number, first, 4);
  assert_refused (CHANNEL_NETWORK_TO_WORKER, number, "number");
}

/* What may come to the master, which lives for ever and serves everybody, is small. */
static void
test_master_is_not_flooded (void)
{
  for (guint number = 1; number <= CHANNEL_LAST_KIND; number++) {
    guint16 kind = (guint16)number;
    ChannelHeader header;
    guint8 bytes[CHANNEL_HEADER_BYTES] = { 0 };
    const guint16 mark = 0x5357;
    memcpy (bytes + 4, &kind, sizeof kind);
    memcpy (bytes + 6, &mark, sizeof mark);
    if (!channel_header_decode (CHANNEL_NETWORK_TO_MASTER, bytes, &header, NULL))
      continue;
    const guint32 much = 512;
    memcpy (bytes, &much, sizeof much);
    g_assert_false (channel_header_decode (CHANNEL_NETWORK_TO_MASTER, bytes, &header, NULL));
    g_assert_false (header.carries_descriptor);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel-message/comes-out-as-it-went-in", test_round_trip);
  g_test_add_func ("/channel-message/a-command-may-bring-its-specification",
                   test_command_with_specification);
  g_test_add_func ("/channel-message/absent-is-not-empty", test_optional);
  g_test_add_func ("/channel-message/text-for-people-is-made-to-fit", test_person);
  g_test_add_func ("/channel-message/what-would-be-refused-is-not-sent", test_not_sent);
  g_test_add_func ("/channel-message/each-side-has-its-own-kinds", test_wrong_route);
  g_test_add_func ("/channel-message/unknown-kinds-are-refused", test_no_kind);
  g_test_add_func ("/channel-message/long-bodies-are-refused-by-their-header", test_too_long);
  g_test_add_func ("/channel-message/short-bodies-are-refused", test_cut_short);
  g_test_add_func ("/channel-message/fields-are-held-to-the-table", test_fields);
  g_test_add_func ("/channel-message/the-master-gets-small-ones-only", test_master_is_not_flooded);
  return g_test_run ();
}
