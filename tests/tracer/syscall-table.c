#include "tests/tracer/syscall-table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_TEXT   512
#define PAGE_BYTES 4096

/* clang-format off */
#define SYSCALL_LIST(X)                       \
  X (openat,            "DPO",  IF_WRITING)   \
  X (openat2,           "DPH",  IF_WRITING)   \
  X (write,             "F-N",  COUNTED)      \
  X (pwrite64,          "F-NN", COUNTED)      \
  X (writev,            "F",    COUNTED)      \
  X (pwritev,           "F",    COUNTED)      \
  X (copy_file_range,   "F-F",  COUNTED)      \
  X (sendfile,          "FF",   COUNTED)      \
  X (splice,            "F-F",  COUNTED)      \
  X (ftruncate,         "FN",   COUNTED)      \
  X (truncate,          "PN",   COUNTED)      \
  X (fallocate,         "F",    COUNTED)      \
  X (ioctl,             "FN",   COUNTED)      \
  X (fsync,             "F",    COUNTED)      \
  X (fdatasync,         "F",    COUNTED)      \
  X (syncfs,            "F",    COUNTED)      \
  X (sync_file_range,   "F",    COUNTED)      \
  X (mkdirat,           "DPN",  COUNTED)      \
  X (mknodat,           "DP",   COUNTED)      \
  X (unlinkat,          "DP",   COUNTED)      \
  X (renameat2,         "DPDP", COUNTED)      \
  X (linkat,            "DPDP", COUNTED)      \
  X (symlinkat,         "PDP",  COUNTED)      \
  X (fchmod,            "FN",   COUNTED)      \
  X (fchmodat,          "DPN",  COUNTED)      \
  X (fchown,            "FNN",  COUNTED)      \
  X (fchownat,          "DPNN", COUNTED)      \
  X (utimensat,         "DP",   COUNTED)      \
  X (setxattr,          "PP",   COUNTED)      \
  X (lsetxattr,         "PP",   COUNTED)      \
  X (fsetxattr,         "FP",   COUNTED)      \
  X (removexattr,       "PP",   COUNTED)      \
  X (lremovexattr,      "PP",   COUNTED)      \
  X (fremovexattr,      "FP",   COUNTED)      \
  X (flock,             "FN",   COUNTED)      \
  X (fcntl,             "FN",   IF_LOCKING)   \
  X (socketpair,        "N",    NAMED)        \
  X (connect,           "F",    NAMED)        \
  X (accept4,           "F",    COUNTED)      \
  X (sendto,            "F-N",  COUNTED)      \
  X (sendmsg,           "F",    COUNTED)      \
  X (recvmsg,           "F",    COUNTED)      \
  X (shutdown,          "F",    COUNTED)      \
  X (clone,             "",     COUNTED)      \
  X (clone3,            "",     COUNTED)      \
  X (execve,            "P",    COUNTED)      \
  X (execveat,          "DP",   COUNTED)      \
  X (kill,              "NN",   COUNTED)      \
  X (tgkill,            "NNN",  COUNTED)      \
  X (pidfd_send_signal, "FN",   COUNTED)      \
  X (wait4,             "N",    NAMED)        \
  X (waitid,            "NN",   NAMED)        \
  X (setsid,            "",     COUNTED)      \
  X (setpgid,           "NN",   COUNTED)      \
  X (exit_group,        "N",    COUNTED)      \
  X (exit,              "N",    NAMED)        \
  X (prctl,             "N",    NAMED)        \
  X (read,              "F",    NAMED)        \
  X (pread64,           "F",    NAMED)        \
  X (readv,             "F",    NAMED)        \
  X (close,             "F",    NAMED)        \
  X (close_range,       "NN",   NAMED)        \
  X (lseek,             "FN",   NAMED)        \
  X (fstat,             "F",    NAMED)        \
  X (newfstatat,        "DP",   NAMED)        \
  X (statx,             "DP",   NAMED)        \
  X (faccessat,         "DP",   NAMED)        \
  X (faccessat2,        "DP",   NAMED)        \
  X (readlinkat,        "DP",   NAMED)        \
  X (getdents64,        "F",    NAMED)        \
  X (fstatfs,           "F",    NAMED)        \
  X (fadvise64,         "F",    NAMED)        \
  X (dup,               "F",    NAMED)        \
  X (dup3,              "FN",   NAMED)        \
  X (pipe2,             "",     NAMED)        \
  X (eventfd2,          "",     NAMED)        \
  X (memfd_create,      "P",    NAMED)        \
  X (socket,            "NN",   NAMED)        \
  X (bind,              "F",    NAMED)        \
  X (listen,            "F",    NAMED)        \
  X (getsockname,       "F",    NAMED)        \
  X (getpeername,       "F",    NAMED)        \
  X (getsockopt,        "F",    NAMED)        \
  X (setsockopt,        "F",    NAMED)        \
  X (recvfrom,          "F",    NAMED)        \
  X (ppoll,             "",     NAMED)        \
  X (epoll_create1,     "",     NAMED)        \
  X (epoll_ctl,         "F",    NAMED)        \
  X (epoll_pwait,       "F",    NAMED)        \
  X (pidfd_open,        "N",    NAMED)        \
  X (futex,             "",     NAMED)        \
  X (mmap,              "",     NAMED)        \
  X (munmap,            "",     NAMED)        \
  X (mprotect,          "",     NAMED)        \
  X (madvise,           "",     NAMED)        \
  X (brk,               "",     NAMED)        \
  X (rt_sigaction,      "N",    NAMED)        \
  X (rt_sigprocmask,    "",     NAMED)        \
  X (rt_sigtimedwait,   "",     NAMED)        \
  X (clock_nanosleep,   "",     NAMED)        \
  X (getrandom,         "",     NAMED)        \
  X (getpid,            "",     NAMED)        \
  X (getppid,           "",     NAMED)        \
  X (gettid,            "",     NAMED)        \
  X (getuid,            "",     NAMED)        \
  X (geteuid,           "",     NAMED)        \
  X (setgroups,         "N",    NAMED)        \
  X (setresuid,         "NNN",  NAMED)        \
  X (setresgid,         "NNN",  NAMED)        \
  X (umask,             "N",    NAMED)        \
  X (chdir,             "P",    NAMED)        \
  X (fchdir,            "F",    NAMED)        \
  X (prlimit64,         "NN",   NAMED)        \
  X (set_robust_list,   "",     NAMED)        \
  X (set_tid_address,   "",     NAMED)        \
  X (rseq,              "",     NAMED)        \
  X (sched_getaffinity, "",     NAMED)        \
  X (sysinfo,           "",     NAMED)        \
  X (uname,             "",     NAMED)

/* What younger architectures do not have. */
#define SYSCALL_LIST_OLD(X)                   \
  X (open,              "PO",   IF_WRITING)   \
  X (creat,             "P",    COUNTED)      \
  X (mkdir,             "PN",   COUNTED)      \
  X (rmdir,             "P",    COUNTED)      \
  X (unlink,            "P",    COUNTED)      \
  X (rename,            "PP",   COUNTED)      \
  X (renameat,          "DPDP", COUNTED)      \
  X (link,              "PP",   COUNTED)      \
  X (symlink,           "PP",   COUNTED)      \
  X (mknod,             "P",    COUNTED)      \
  X (chmod,             "PN",   COUNTED)      \
  X (chown,             "PNN",  COUNTED)      \
  X (lchown,            "PNN",  COUNTED)      \
  X (utimes,            "P",    COUNTED)      \
  X (futimesat,         "DP",   COUNTED)      \
  X (accept,            "F",    COUNTED)      \
  X (fork,              "",     COUNTED)      \
  X (vfork,             "",     COUNTED)      \
  X (stat,              "P",    NAMED)        \
  X (lstat,             "P",    NAMED)        \
  X (access,            "P",    NAMED)        \
  X (readlink,          "P",    NAMED)        \
  X (dup2,              "FN",   NAMED)        \
  X (pipe,              "",     NAMED)        \
  X (poll,              "",     NAMED)        \
  X (select,            "",     NAMED)        \
  X (epoll_wait,        "F",    NAMED)        \
  X (arch_prctl,        "",     NAMED)

#define ROW(call, arguments, kind) { SYS_##call, #call, arguments, SYSCALL_##kind },
/* clang-format on */

const SyscallRow *
syscall_table (gsize *out_n)
{
  static const SyscallRow rows[] = { SYSCALL_LIST (ROW)
#ifdef SYS_fork
                                         SYSCALL_LIST_OLD (ROW)
#endif
  };
  *out_n = G_N_ELEMENTS (rows);
  return rows;
}

static const SyscallRow *
find_row (long number)
{
  gsize n;
  const SyscallRow *rows = syscall_table (&n);
  for (gsize i = 0; i < n; i++)
    if (rows[i].number == number)
      return &rows[i];
  return NULL;
}

/* Of one page's bytes and the next page's: the text may end right before memory that cannot be read. */
static gssize
read_memory (pid_t thread, guint64 address, void *out, gsize n)
{
  gsize first = MIN (n, PAGE_BYTES - address % PAGE_BYTES);
  struct iovec local = { out, n };
  struct iovec remote[] = {
    { (void *)(uintptr_t)address, first }, /* NOLINT(performance-no-int-to-ptr): the other's */
    { (void *)(uintptr_t)(address + first), n - first },
  };
  return process_vm_readv (thread, &local, 1, remote, n > first ? 2 : 1, 0);
}

gboolean
syscall_read_text (pid_t thread, guint64 address, char *out, gsize n)
{
  gssize got = address != 0 ? read_memory (thread, address, out, n - 1) : -1;
  out[MAX (got, 0)] = '\0';
  return got > 0;
}

static guint64
open_how_flags (const SyscallEntry *entry, guint64 address)
{
  struct open_how how = { 0 };
  gssize got = read_memory (entry->thread, address, &how, sizeof how);
  return got == (gssize)sizeof how ? how.flags : O_CREAT;
}

static gboolean
is_writing (const SyscallEntry *entry, const SyscallRow *row)
{
  for (gsize i = 0; row->arguments[i] != '\0'; i++) {
    guint64 value = entry->arguments[i];
    if (row->arguments[i] != 'O' && row->arguments[i] != 'H')
      continue;
    guint64 flags = row->arguments[i] == 'H' ? open_how_flags (entry, value) : value;
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  }
  return TRUE;
}

static gboolean
is_locking (const SyscallEntry *entry)
{
  switch ((int)entry->arguments[1]) {
  case F_SETLK:
  case F_SETLKW:
  case F_OFD_SETLK:
  case F_OFD_SETLKW:
    return TRUE;
  default:
    return FALSE;
  }
}

gboolean
syscall_counts (const SyscallEntry *entry)
{
  const SyscallRow *row = find_row (entry->number);
  if (row == NULL || row->kind == SYSCALL_NAMED)
    return FALSE;
  if (row->kind == SYSCALL_IF_WRITING)
    return is_writing (entry, row);
  return row->kind == SYSCALL_COUNTED || is_locking (entry);
}

/* Where a descriptor, or the working folder, leads. */
static char *
describe_descriptor (pid_t thread, int fd)
{
  char target[MAX_TEXT];
  g_autofree char *link = fd == AT_FDCWD ? g_strdup_printf ("/proc/%d/cwd", thread)
                                         : g_strdup_printf ("/proc/%d/fd/%d", thread, fd);
  ssize_t n = readlink (link, target, sizeof target);
  return n >= 0 ? g_strndup (target, (gsize)n) : g_strdup_printf ("fd %d", fd);
}

static void
append_path (GString *out, const SyscallEntry *entry, guint64 address, int folder_fd)
{
  char path[MAX_TEXT];
  if (!syscall_read_text (entry->thread, address, path, sizeof path))
    path[0] = '\0';
  g_string_append_c (out, ' ');
  if (path[0] != '/') {
    g_autofree char *folder = describe_descriptor (entry->thread, folder_fd);
    g_string_append_printf (out, "%s%s", folder, path[0] != '\0' ? "/" : "");
  }
  g_string_append (out, path);
}

char *
syscall_describe (const SyscallEntry *entry)
{
  const SyscallRow *row = find_row (entry->number);
  int folder_fd = AT_FDCWD;

  if (row == NULL)
    return g_strdup_printf ("call-%ld", entry->number);
  GString *out = g_string_new (row->name);
  for (gsize i = 0; row->arguments[i] != '\0'; i++) {
    guint64 value = entry->arguments[i];
    g_autofree char *descriptor = NULL;
    switch (row->arguments[i]) {
    case 'D':
      folder_fd = (int)value;
      break;
    case 'P':
      append_path (out, entry, value, folder_fd);
      folder_fd = AT_FDCWD;
      break;
    case 'F':
      descriptor = describe_descriptor (entry->thread, (int)value);
      g_string_append_printf (out, " %s", descriptor);
      break;
    case 'N':
      g_string_append_printf (out, " %d", (int)value);
      break;
    default:
      break;
    }
  }
  return g_string_free (out, FALSE);
}
