#pragma once

#include <glib.h>

/*
 * The seccomp filter that makes the kernel stop a thread for its tracer only at the calls that matter, so that all others run at
 * full speed. Children and programs that are executed inherit it; without a tracer the calls in it fail with ENOSYS.
 */
typedef enum {
  SYSCALL_FILTER_COUNTED, /* what the table counts, and prctl, by which threads get their names */
  SYSCALL_FILTER_ALL
} SyscallFilter;

/* For this process, for good. Without the privilege for it, it gives up the right to gain any. FALSE: errno. */
gboolean syscall_filter_install (SyscallFilter which) G_GNUC_WARN_UNUSED_RESULT;
