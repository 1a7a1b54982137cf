#include "cli/secret-input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli/exit-status.h"

#define MAX_SECRET 4096

void
secret_input_free (char *secret)
{
  if (secret == NULL) {
    return;
  }
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static char *
refuse (GError **error, const char *name, const char *why)
{
  g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "cannot take a secret from %s: %s", name, why);
  return NULL;
}

/* The one line in buffer, whose size is one more than length. */
static char *
take_line (char *buffer, gsize length, const char *name, GError **error)
{
  buffer[length] = '\0';
  if (strlen (buffer) != length) {
    return refuse (error, name, "it has a NUL byte in it");
  }
  if (length > 0 && buffer[length - 1] == '\n') {
    buffer[--length] = '\0';
  }
  if (length > 0 && buffer[length - 1] == '\r') {
    buffer[--length] = '\0';
  }
  if (length == 0) {
    return refuse (error, name, "it is empty");
  }
  if (strpbrk (buffer, "\r\n") != NULL) {
    return refuse (error, name, "it has more than one line");
  }
  return g_strdup (buffer);
}

/* To the end, or at a terminal to the end of the line. */
static char *
read_from (int fd, const char *name, GError **error)
{
  char buffer[MAX_SECRET + 2];
  gsize length = 0;
  char *secret = NULL;
  for (;;) {
    ssize_t n = read (fd, buffer + length, MAX_SECRET + 1 - length);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      secret = refuse (error, name, g_strerror (errno));
      break;
    }
    length += (gsize)n;
    if (length > MAX_SECRET) {
      secret = refuse (error, name, "it is longer than 4096 bytes");
      break;
    }
    if (n == 0 || (isatty (fd) && memchr (buffer, '\n', length) != NULL)) {
      secret = take_line (buffer, length, name, error);
      break;
    }
  }
  explicit_bzero (buffer, sizeof buffer);
  return secret;
}

static char *
ask_terminal (GError **error)
{
  struct termios shown;
  if (tcgetattr (STDIN_FILENO, &shown) != 0) {
    return refuse (error, "the terminal", g_strerror (errno));
  }
  struct termios hidden = shown;
  hidden.c_lflag &= ~(tcflag_t)ECHO;
  if (tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden) != 0) {
    return refuse (error, "the terminal", g_strerror (errno));
  }
  fputs ("Token (not shown): ", stderr);
  char *secret = read_from (STDIN_FILENO, "the terminal", error);
  fputc ('\n', stderr);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
  return secret;
}

char *
secret_input_read (const char *path, GError **error)
{
  if (path == NULL) {
    return isatty (STDIN_FILENO) ? ask_terminal (error)
                                 : read_from (STDIN_FILENO, "standard input", error);
  }
  struct stat status;
  g_autofree char *name = g_strdup_printf ("\"%s\"", path);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    return refuse (error, name, g_strerror (errno));
  }
  char *secret = NULL;
  if (fstat (fd, &status) != 0) {
    secret = refuse (error, name, g_strerror (errno));
  } else if (!S_ISREG (status.st_mode)) {
    secret = refuse (error, name, "it is not a file");
  } else if ((status.st_mode & 077) != 0) {
    secret = refuse (error, name, "others can read it; make it yours alone with chmod 600");
  } else {
    secret = read_from (fd, name, error);
  }
  close (fd);
  return secret;
}
