#include "server/audit.h"

#include <string.h>

#include "proto/json-doc.h"

static const Principal alice = { .arn = "arn:aws:iam::123456789012:user/alice",
                                 .kind = PRINCIPAL_ADMINISTRATOR,
                                 .path = "/",
                                 .name = "alice" };
static const Caller caller = { .principal = &alice,
                               .access_key_id = "AKIAEXAMPLE",
                               .source_ip = "192.0.2.7",
                               .user_agent = "aws-cli/2 \"quoted\"\n" };
static const ArnScope scope = { .partition = "aws",
                                .region = "eu-west-3",
                                .account_id = "123456789012" };

static AuditDeed
deed (void)
{
  return (AuditDeed){
    .caller = &caller,
    .scope = &scope,
    .event_source = "codedeploy.amazonaws.com",
    .event_name = "CreateApplication",
    .request_json = "{\"applicationName\":\"a\"}",
    .request_id = "11111111-2222-4333-8444-555555555555",
    .now_ms = G_GINT64_CONSTANT (1700000000987),
  };
}

static void
test_success (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AuditResource resource = { "AWS::CodeDeploy::Application", "a" };
  AuditDeed done = deed ();
  done.response_json = "{\"applicationId\":\"x\"}";
  done.n_resources = 1;
  done.resources = &resource;
  g_assert_cmpstr (
      audit_event_json (&done, "e-1", arena), ==,
      "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"IAMUser\","
      "\"arn\":\"arn:aws:iam::123456789012:user/alice\",\"accountId\":\"123456789012\","
      "\"accessKeyId\":\"AKIAEXAMPLE\",\"userName\":\"alice\"},"
      "\"eventTime\":\"2023-11-14T22:13:20Z\",\"eventSource\":\"codedeploy.amazonaws.com\","
      "\"eventName\":\"CreateApplication\",\"awsRegion\":\"eu-west-3\","
      "\"sourceIPAddress\":\"192.0.2.7\",\"userAgent\":\"aws-cli/2 \\\"quoted\\\"\\n\","
      "\"requestParameters\":{\"applicationName\":\"a\"},"
      "\"responseElements\":{\"applicationId\":\"x\"},"
      "\"requestID\":\"11111111-2222-4333-8444-555555555555\",\"eventID\":\"e-1\","
      "\"readOnly\":false,\"resources\":[{\"type\":\"AWS::CodeDeploy::Application\","
      "\"name\":\"a\",\"accountId\":\"123456789012\"}],\"eventType\":\"AwsApiCall\","
      "\"managementEvent\":true,\"recipientAccountId\":\"123456789012\","
      "\"eventCategory\":\"Management\"}");
}

static void
test_session (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const Principal session = { .arn = "arn:aws:sts::123456789012:assumed-role/ci/build-7",
                              .kind = PRINCIPAL_SESSION,
                              .path = "/",
                              .name = "build-7",
                              .role_arn = "arn:aws:iam::123456789012:role/teams/ci" };
  const Identity identity = { .principal = &session,
                              .user_id = "AROAX:build-7",
                              .issue_ms = G_GINT64_CONSTANT (1699999999000) };
  const Caller of_session = { .principal = &session,
                              .identity = &identity,
                              .access_key_id = "ASIAEXAMPLE",
                              .source_ip = "::1",
                              .user_agent = "" };
  AuditDeed done = deed ();
  done.caller = &of_session;
  g_assert_nonnull (
      strstr (audit_event_json (&done, "e-1", arena),
              "\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:build-7\","
              "\"arn\":\"arn:aws:sts::123456789012:assumed-role/ci/build-7\","
              "\"accountId\":\"123456789012\",\"accessKeyId\":\"ASIAEXAMPLE\","
              "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\","
              "\"arn\":\"arn:aws:iam::123456789012:role/teams/ci\","
              "\"accountId\":\"123456789012\",\"userName\":\"ci\"},"
              "\"attributes\":{\"creationDate\":\"2023-11-14T22:13:19Z\","
              "\"mfaAuthenticated\":\"false\"}}},"));
}

static void
test_failure (void)
{
  g_autoptr (Arena) arena = arena_new ();
  AuditDeed refused = deed ();
  refused.error_code = "AccessDeniedException";
  refused.error_message = "no";
  const char *text = audit_event_json (&refused, "e-1", arena);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) event = json_doc_parse (text, strlen (text), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json_doc_text (event, "errorCode"), ==, "AccessDeniedException");
  g_assert_cmpstr (json_doc_text (event, "errorMessage"), ==, "no");
  g_assert_true (json_is_null (json_object_get (event, "responseElements")));
  g_assert_null (json_object_get (event, "resources"));
}

static void
test_oversized (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *blanks = g_strnfill (100 * 1024, ' ');
  g_autofree char *large = g_strdup_printf ("{\"a\":\"%s\"}", blanks);
  AuditDeed big = deed ();
  big.request_json = large;
  const char *text = audit_event_json (&big, "e-1", arena);
  g_assert_nonnull (
      strstr (text, "\"requestParameters\":{\"omitted\":true,\"originalSize\":102408}"));
}

/* Whoever may do nothing must not fill the store with what he asks for. */
static void
test_refused_get_less_room (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *blanks = g_strnfill (8 * 1024, ' ');
  g_autofree char *json = g_strdup_printf ("{\"a\":\"%s\"}", blanks);
  AuditDeed tried = deed ();
  tried.request_json = json;
  g_assert_nonnull (strstr (audit_event_json (&tried, "e-1", arena), blanks));
  tried.error_code = "AccessDeniedException";
  const char *text = audit_event_json (&tried, "e-1", arena);
  g_assert_nonnull (
      strstr (text, "\"requestParameters\":{\"omitted\":true,\"originalSize\":8200}"));
}

static void
test_which_are_recorded (void)
{
  g_assert_true (audit_is_recorded (api_operation (API_OP_CREATE_APPLICATION), STORE_WRITE));
  g_assert_true (audit_is_recorded (api_operation (API_OP_REGISTER_HOST), STORE_WRITE));
  g_assert_false (audit_is_recorded (api_operation (API_OP_GET_APPLICATION), STORE_READ));
  g_assert_false (
      audit_is_recorded (api_operation (API_OP_BATCH_GET_DEPLOYMENT_TARGETS), STORE_READ));
  g_assert_false (audit_is_recorded (api_operation (API_OP_LOOKUP_EVENTS), STORE_READ));
  g_assert_false (
      audit_is_recorded (api_operation (API_OP_PUT_HOST_COMMAND_COMPLETE), STORE_WRITE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audit/event-of-a-success", test_success);
  g_test_add_func ("/audit/event-of-a-session", test_session);
  g_test_add_func ("/audit/event-of-a-refusal", test_failure);
  g_test_add_func ("/audit/what-is-too-large-is-left-out", test_oversized);
  g_test_add_func ("/audit/refused-calls-get-less-room", test_refused_get_less_room);
  g_test_add_func ("/audit/which-calls-are-recorded", test_which_are_recorded);
  return g_test_run ();
}
