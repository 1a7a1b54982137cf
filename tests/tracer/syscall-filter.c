#include "tests/tracer/syscall-filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/tracer/syscall-table.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the seccomp filter needs the audit name of this architecture"
#endif

static void
append (GArray *program, struct sock_filter instruction)
{
  g_array_append_val (program, instruction);
}

static void
append_load (GArray *program, size_t offset)
{
  append (program, (struct sock_filter)BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (guint32)offset));
}

static void
append_return (GArray *program, guint32 verdict)
{
  append (program, (struct sock_filter)BPF_STMT (BPF_RET | BPF_K, verdict));
}

/* Jumps over the next instruction when what was loaded is something else. */
static void
append_if_equal (GArray *program, guint32 value)
{
  append (program, (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
}

static GArray *
filter_program (SyscallFilter which)
{
  GArray *program = g_array_new (FALSE, FALSE, sizeof (struct sock_filter));
  gsize n;
  const SyscallRow *rows = syscall_table (&n);

  if (which == SYSCALL_FILTER_ALL) {
    append_return (program, SECCOMP_RET_TRACE);
    return program;
  }
  /* numbers mean something else in a program of another architecture: all of its calls run */
  append_load (program, offsetof (struct seccomp_data, arch));
  append (program, (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  append_return (program, SECCOMP_RET_ALLOW);
  append_load (program, offsetof (struct seccomp_data, nr));
  for (gsize i = 0; i < n; i++)
    if (rows[i].kind != SYSCALL_NAMED || rows[i].number == SYS_prctl) {
      append_if_equal (program, (guint32)rows[i].number);
      append_return (program, SECCOMP_RET_TRACE);
    }
  append_return (program, SECCOMP_RET_ALLOW);
  return program;
}

gboolean
syscall_filter_install (SyscallFilter which)
{
  g_autoptr (GArray) program = filter_program (which);
  struct sock_fprog filter = {
    .len = (unsigned short)program->len,
    .filter = (struct sock_filter *)(void *)program->data,
  };
  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
    return TRUE;
  if (errno != EACCES || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return FALSE;
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}
