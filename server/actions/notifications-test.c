#include "server/actions/action-harness.h"

#define NOBODY "00000000-0000-4000-8000-000000000001"

static const Step steps[] = {
  { 1901, "nothing-is-waiting", "ListNotifications", "{}", "= {'notifications':[]}" },
  { 1901, NULL, "ListNotifications", "{'onlyDead':true,'deploymentId':''}",
    "= {'notifications':[]}" },
  { 1901, NULL, "ListNotifications", "{'deploymentId':'x'}", "!InvalidDeploymentIdException" },
  { 1901, NULL, "ListNotifications", "{'nextToken':'x'}", "!InvalidNextTokenException" },

  { 1902, "what-is-not-there", "RetryNotification", "{'notificationId':'" NOBODY "'}",
    "!NotificationDoesNotExistException: No notification " NOBODY },
  { 1902, NULL, "DropNotification", "{'notificationId':'" NOBODY "'}",
    "!NotificationDoesNotExistException" },
  { 1902, NULL, "RetryNotification", "{}", "!NotificationIdRequiredException" },
  { 1902, NULL, "DropNotification", "{'notificationId':'7'}", "!InvalidNotificationIdException" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("notifications", steps);
  return g_test_run ();
}
