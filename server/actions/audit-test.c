#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 1001, "changes-are-found-newest-first", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1001, NULL, "@later", "1000", NULL },
  { 1001, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 1001, NULL, "GetApplication", "{'applicationName':'b'}", "{}" },
  { 1001, NULL, "LookupEvents", "{}",
    "{'Events':[{'EventName':'CreateApplication','ReadOnly':'false','AccessKeyId':'AKIAHARNESS',"
    "'EventSource':'codedeploy.amazonaws.com','Username':'admin','EventTime':1700000001.123,"
    "'Resources':[{'ResourceType':'AWS::CodeDeploy::Application','ResourceName':'b'}]},"
    "{'EventTime':1700000000.123}],'NextToken':null}" },
  { 1001, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'ResourceName','AttributeValue':'a'}]}",
    "{'Events':[{'EventTime':1700000000.123}]}" },
  { 1001, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'Username','AttributeValue':'admin'},{'AttributeKey':"
    "'EventName','AttributeValue':'DeleteApplication'}]}",
    "{'Events':[]}" },
  { 1001, NULL, "LookupEvents", "{'StartTime':1700000001,'EndTime':1700000002}",
    "{'Events':[{'EventTime':1700000001.123}]}" },

  { 1002, "pages", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1002, NULL, "@later", "1000", NULL },
  { 1002, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 1002, NULL, "LookupEvents", "{'MaxResults':1}",
    "{'Events':[{'EventTime':1700000001.123}],'NextToken':'<token>'}" },
  { 1002, NULL, "LookupEvents", "{'MaxResults':1,'NextToken':'<token>'}",
    "{'Events':[{'EventTime':1700000000.123}],'NextToken':null}" },
  { 1002, NULL, "LookupEvents", "{'MaxResults':2,'NextToken':'<token>'}",
    "!InvalidNextTokenException" },

  { 1003, "wrong-questions", "LookupEvents", "{'MaxResults':51}", "!InvalidMaxResultsException" },
  { 1003, NULL, "LookupEvents", "{'StartTime':2,'EndTime':1}", "!InvalidTimeRangeException" },
  { 1003, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'Color','AttributeValue':'x'}]}",
    "!InvalidLookupAttributesException" },
  { 1003, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'ReadOnly','AttributeValue':'maybe'}]}",
    "!InvalidLookupAttributesException" },
  { 1003, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'EventId','AttributeValue':'1'},{'AttributeKey':'EventId'"
    ","
    "'AttributeValue':'2'}]}",
    "!InvalidLookupAttributesException" },
  { 1003, NULL, "LookupEvents", "{'EventCategory':'management'}",
    "!InvalidEventCategoryException" },

  { 1004, "secrets-are-hidden", "RegisterHost", "{'instanceName':'web-1'}",
    "{'secretAccessKey':'<secret>'}" },
  { 1004, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'ResourceName','AttributeValue':'web-1'}]}",
    "{'Events':[{'EventName':'RegisterHost','EventSource':'slipway','CloudTrailEvent':"
    "'~HIDDEN_DUE_TO_SECURITY_REASONS'}]}" },

  { 1005, "old-events-are-purged", "@setting", "audit_days 2", NULL },
  { 1005, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1005, NULL, "@later", "172800001", NULL },
  { 1005, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 1005, NULL, "LookupEvents", "{}",
    "{'Events':[{'Resources':[{'ResourceName':'b'}]}],'NextToken':null}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("audit", steps);
  return g_test_run ();
}
