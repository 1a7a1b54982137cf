#include "store/postgres/session.h"

/* A restart of PostgreSQL takes one or two seconds. */
#define PATIENCE_US      (3 * G_USEC_PER_SEC)
#define FIRST_PAUSE_US   (20 * 1000)
#define LONGEST_PAUSE_US G_USEC_PER_SEC

struct PgSession {
  const PgTarget *target;
  PgConnection *connection; /* NULL: lost */
  gint64 lost_us;           /* when; monotonic, as all here */
  gint64 pause_us;          /* before the next try after the last */
  gint64 try_us;            /* when the next try may be made */
  GError *problem;          /* what the last try found; NULL: none was made yet */
  gboolean never;           /* nobody has asked for one yet */
};

PgSession *
pg_session_new (const PgTarget *target, PgConnection *connection)
{
  PgSession *session = g_new0 (PgSession, 1);
  session->target = target;
  session->connection = connection;
  session->pause_us = FIRST_PAUSE_US;
  session->never = connection == NULL;
  return session;
}

void
pg_session_free (PgSession *session)
{
  if (session == NULL)
    return;
  pg_connection_close (session->connection);
  g_clear_error (&session->problem);
  g_free (session);
}

void
pg_session_drop (PgSession *session)
{
  g_clear_pointer (&session->connection, pg_connection_close);
  session->lost_us = g_get_monotonic_time ();
  session->try_us = session->lost_us;
  session->pause_us = FIRST_PAUSE_US;
}

static void
try_once (PgSession *session)
{
  g_clear_error (&session->problem);
  gint64 begin_us = g_get_monotonic_time ();
  session->connection = pg_connection_open (session->target, &session->problem);
  /* Where a try takes its time-out to fail, at least half of the time nobody waits for one. */
  gint64 end_us = g_get_monotonic_time ();
  session->try_us = end_us + MAX (session->pause_us, end_us - begin_us);
  session->pause_us = MIN (2 * session->pause_us, LONGEST_PAUSE_US);
}

PgConnection *
pg_session_get (PgSession *session, GError **error)
{
  if (session->never)
    session->lost_us = g_get_monotonic_time ();
  session->never = FALSE;
  while (session->connection == NULL) {
    gint64 now_us = g_get_monotonic_time ();
    gboolean patient = now_us - session->lost_us < PATIENCE_US;
    if (now_us >= session->try_us)
      try_once (session);
    else if (patient)
      g_usleep ((gulong)(session->try_us - now_us));
    if (session->connection == NULL && !patient) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_IO,
                   "the database is away: %s; nothing was kept, and the server goes on when "
                   "PostgreSQL is back",
                   session->problem->message);
      return NULL;
    }
  }
  return session->connection;
}
