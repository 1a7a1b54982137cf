#include "server/objects/bucket-policy.h"

#include <string.h>

#include "server/objects/s3-error.h"

#define BUCKET               "\"Resource\": \"arn:aws:s3:::b\""
#define OBJECTS              "\"Resource\": \"arn:aws:s3:::b/*\""
#define ANN                  "\"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/ann\"}"
#define ANYBODY              "\"Principal\": \"*\""
#define GET                  "\"Action\": \"s3:GetObject\""
#define ALLOW                "\"Effect\": \"Allow\""
#define DENY                 "\"Effect\": \"Deny\""
#define WHEN(op, key, value) "\"Condition\": {\"" op "\": {\"" key "\": " value "}}"

#define KEPT -1 /* no error */

static const ArnScope scope = { .partition = "aws",
                                .region = "us-east-1",
                                .account_id = "123456789012" };

typedef struct {
  const char *statement;
  int code; /* or KEPT */
} Row;

static void
statements (void)
{
  static const Row rows[] = {
    { ALLOW ", " ANN ", " GET ", " OBJECTS, KEPT },
    { ALLOW ", " ANN ", \"Action\": [\"s3:Get*\", \"s3:ListBucket\"], \"Resource\": "
            "[\"arn:aws:s3:::b\", \"arn:aws:s3:::b/x/*\"]",
      KEPT },
    { ALLOW ", " ANN ", \"Action\": \"*\", " OBJECTS, KEPT },
    { ALLOW ", " ANN ", \"Action\": \"S3:GetObject\", " OBJECTS, KEPT },
    { ALLOW ", \"Principal\": {\"AWS\": \"123456789012\"}, " GET ", " OBJECTS, KEPT },
    { ALLOW ", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, " GET ", " OBJECTS,
      KEPT },
    { ALLOW ", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/r\"}, " GET ", " OBJECTS,
      KEPT },
    { ALLOW ", \"Principal\": {\"AWS\": \"arn:aws:sts::123456789012:assumed-role/r/s\"}, " GET
            ", " OBJECTS,
      KEPT },
    { DENY ", " ANYBODY ", \"Action\": \"s3:*\", " OBJECTS, KEPT },
    { DENY ", \"NotPrincipal\": {\"AWS\": \"arn:aws:iam::123456789012:user/ann\"}, " GET
           ", " OBJECTS,
      KEPT },

    /* what it is about */
    { ALLOW ", " ANN ", \"Action\": \"codedeploy:GetApplication\", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },
    { ALLOW ", " ANN ", " GET ", \"Resource\": \"arn:aws:s3:::other/*\"", S3_ERR_MALFORMED_POLICY },
    { ALLOW ", " ANN ", " GET ", \"Resource\": \"arn:aws:s3:::bb\"", S3_ERR_MALFORMED_POLICY },
    { ALLOW ", " ANN ", " GET ", \"Resource\": \"*\"", S3_ERR_MALFORMED_POLICY },
    { ALLOW ", " GET ", " OBJECTS, S3_ERR_MALFORMED_POLICY }, /* nobody */
    { ALLOW ", " ANN ", " GET ", " OBJECTS ", \"Colour\": \"red\"", S3_ERR_MALFORMED_POLICY },

    /* whom it names */
    { ALLOW ", \"Principal\": {\"AWS\": \"210987654321\"}, " GET ", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },
    { ALLOW ", \"Principal\": {\"AWS\": [\"arn:aws:iam::123456789012:user/ann\", "
            "\"arn:aws:iam::210987654321:user/ann\"]}, " GET ", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },
    { DENY ", \"Principal\": {\"AWS\": \"210987654321\"}, " GET ", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },
    { ALLOW ", \"Principal\": {\"Service\": \"logging.s3.amazonaws.com\"}, " GET ", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },
    { ALLOW ", \"Principal\": {\"CanonicalUser\": \"79a59d\"}, " GET ", " OBJECTS,
      S3_ERR_MALFORMED_POLICY },

    /* everybody */
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS, S3_ERR_ACCESS_DENIED },
    { ALLOW ", \"Principal\": {\"AWS\": \"*\"}, " GET ", " OBJECTS, S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("StringEquals", "aws:PrincipalAccount", "\"123456789012\""),
      KEPT },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("StringEquals", "aws:PrincipalAccount", "[\"123456789012\", \"2\"]"),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("StringLike", "aws:PrincipalAccount", "\"123456789012*\""),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("StringNotEquals", "aws:PrincipalAccount", "\"123456789012\""),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("StringEqualsIfExists", "aws:PrincipalAccount", "\"123456789012\""),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("ForAllValues:StringEquals", "aws:PrincipalAccount", "\"123456789012\""),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("ArnLike", "aws:PrincipalArn", "\"arn:aws:iam::123456789012:user/ci/*\""),
      KEPT },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("ArnLike", "aws:PrincipalArn", "\"arn:aws:iam::*:user/ci/*\""),
      S3_ERR_ACCESS_DENIED },
    { ALLOW ", " ANYBODY ", " GET ", " OBJECTS
            ", " WHEN ("IpAddress", "aws:SourceIp", "\"10.0.0.0/8\""),
      S3_ERR_ACCESS_DENIED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strdup_printf ("{\"Version\": \"2012-10-17\", \"Statement\": [{"
                                             "%s}]}",
                                             rows[i].statement);
    g_test_message ("%s", rows[i].statement);
    const Policy *policy = bucket_policy_parse (text, strlen (text), &scope, "b", arena, &error);
    if (rows[i].code != KEPT) {
      g_assert_error (error, S3_ERROR, rows[i].code);
      g_assert_null (policy);
    } else {
      g_assert_no_error (error);
      g_assert_cmpuint (policy->n, ==, 1);
    }
  }
}

/* One bad statement among good ones, and what is no document at all. */
static void
documents (void)
{
  static const char good[] = "{" ALLOW ", " ANN ", " GET ", " OBJECTS "}";
  static const char bad[] = "{" ALLOW ", " ANYBODY ", " GET ", " OBJECTS "}";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *both =
      g_strdup_printf ("{\"Version\": \"2012-10-17\", \"Statement\": [%s, %s]}", good, bad);
  g_assert_null (bucket_policy_parse (both, strlen (both), &scope, "b", arena, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_ACCESS_DENIED);
  g_assert_nonnull (strstr (error->message, "statement 2"));
  g_autofree char *large = g_strnfill (30000, 'x');
  const char *texts[] = { "", "{", "[]", "null", large };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_clear_error (&error);
    g_assert_null (bucket_policy_parse (texts[i], strlen (texts[i]), &scope, "b", arena, &error));
    g_assert_error (error, S3_ERROR, S3_ERR_MALFORMED_POLICY);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bucket-policy/statements", statements);
  g_test_add_func ("/bucket-policy/documents", documents);
  return g_test_run ();
}
