#include "server/host-identity.h"

#include <string.h>

gboolean
host_identity_is_instance_id (const char *text)
{
  if (text == NULL || !g_str_has_prefix (text, "i-"))
    return FALSE;
  const char *digits = text + strlen ("i-");
  gsize n = strspn (digits, "0123456789abcdef");
  return (n == 8 || n == 17) && digits[n] == '\0';
}

gboolean
host_identity_is_instance (const Principal *principal)
{
  return principal->kind == PRINCIPAL_SESSION && host_identity_is_instance_id (principal->name);
}

const char *
host_identity_of (const Principal *principal, const ArnScope *scope, Arena *arena)
{
  if (!host_identity_is_instance (principal))
    return principal->arn;
  return arn_for_ec2_instance (arena, scope, principal->name);
}
