#include "server/integrations/aws-error.h"

#include <string.h>

static void
test_judge (void)
{
  static const struct {
    guint status;
    const char *code;
    AwsError means;
  } rows[] = {
    { 400, "Throttling", AWS_ERROR_THROTTLED },
    { 503, "RequestLimitExceeded", AWS_ERROR_THROTTLED },
    { 429, NULL, AWS_ERROR_THROTTLED },
    { 500, "InternalFailure", AWS_ERROR_UNREACHABLE },
    { 503, "AccessDenied", AWS_ERROR_UNREACHABLE },
    { 400, "ExpiredToken", AWS_ERROR_DENIED },
    { 403, NULL, AWS_ERROR_DENIED },
    { 403, "TargetGroupNotFound", AWS_ERROR_REFUSED },
    { 400, NULL, AWS_ERROR_UNREACHABLE },
    { 302, NULL, AWS_ERROR_UNREACHABLE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (aws_error_judge (rows[i].status, rows[i].code), ==, rows[i].means);
}

typedef struct {
  AwsComplaintRead read;
  const char *body, *code, *message;
} Row;

static void
test_complaints (void)
{
  static const Row rows[] = {
    { aws_complaint_read_xml,
      "<ErrorResponse><Error><Code>A</Code><Message>b</Message></Error></ErrorResponse>", "A",
      "b" },
    { aws_complaint_read_xml, "<Response><Errors><Error><Code>A</Code></Error></Errors></Response>",
      "A", NULL },
    { aws_complaint_read_xml, "<html/>", NULL, NULL },
    { aws_complaint_read_xml, "no XML", NULL, NULL },
    { aws_complaint_read_xml,
      "<!DOCTYPE x [<!ENTITY e 'boom'>]><R><Error><Code>&e;</Code></Error></R>", NULL, NULL },
    { aws_complaint_read_json, "{\"__type\":\"com.aws#A\",\"message\":\"b\"}", "A", "b" },
    { aws_complaint_read_json, "{\"__type\":\"A\",\"Message\":\"b\"}", "A", "b" },
    { aws_complaint_read_json, "{\"__type\":7}", NULL, NULL },
    { aws_complaint_read_json, "[]", NULL, NULL },
    { aws_complaint_read_json, "", NULL, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Arena) arena = arena_new ();
    AwsComplaint complaint = { "x", "x" };
    rows[i].read (rows[i].body, strlen (rows[i].body), arena, &complaint);
    g_assert_cmpstr (complaint.code, ==, rows[i].code);
    g_assert_cmpstr (complaint.message, ==, rows[i].message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws-error/what-an-answer-means", test_judge);
  g_test_add_func ("/aws-error/what-services-say-was-wrong", test_complaints);
  return g_test_run ();
}
