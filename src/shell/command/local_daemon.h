/* One question to the daemon of this machine, for `understudy check --local`: over TCP or its unix
 * socket, in a process that has nothing else to do meanwhile. */
#ifndef UNDERSTUDY_LOCAL_DAEMON_H
#define UNDERSTUDY_LOCAL_DAEMON_H

#include <stdint.h>

#include "check/local_check.h"
#include "config/config.h"

/* It answers at once or it is ill; a container's HEALTHCHECK would not wait longer, either. */
#define LOCAL_DAEMON_LIMIT_MS 5000

/*
 * Asks each address of [server] listen until one answers, all in all for limit_ms at most. *ret is
 * the one that is ready, else the first that answered, else the first. What goes wrong is told in
 * there.
 */
void local_daemon_ask(const struct config_server *server, int64_t limit_ms,
                      struct local_daemon *ret);

#endif
