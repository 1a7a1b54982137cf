#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * The system calls that a crash test stops at, with how to print them. One row a call; what is in no row counts only
 * when every call does, and is printed by its number.
 *
 * Thread rule: any thread.
 */
typedef enum {
  SYSCALL_COUNTED,    /* changes files, or other processes see it */
  SYSCALL_IF_WRITING, /* an open: counted when it may create, empty or write */
  SYSCALL_IF_LOCKING, /* fcntl: counted when it takes or lets go of a lock */
  SYSCALL_NAMED       /* here for its name */
} SyscallKind;

/*
 * arguments: a letter each. P path, D folder descriptor of the path that follows, F descriptor, N number, O flags of an open,
 * H pointer to struct open_how, - not printed; those behind the last letter are not printed.
 */
typedef struct {
  long number;
  const char *name;
  const char *arguments;
  SyscallKind kind;
} SyscallRow;

/* A call that a stopped thread is about to make. */
typedef struct {
  pid_t thread;
  long number;
  const guint64 *arguments; /* six */
} SyscallEntry;

const SyscallRow *syscall_table (gsize *out_n);

gboolean syscall_counts (const SyscallEntry *entry);
/* "renameat2 /a/x /a/y"; reads the thread's memory and /proc. */
char *syscall_describe (const SyscallEntry *entry);

/* At most n - 1 bytes and a zero; FALSE when the thread's memory cannot be read there. */
gboolean syscall_read_text (pid_t thread, guint64 address, char *out, gsize n);
