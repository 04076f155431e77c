/* The way through the daemon of this machine. */
#ifndef UNDERSTUDY_ASK_DAEMON_H
#define UNDERSTUDY_ASK_DAEMON_H

#include "ask/asking.h"
#include "check/local_check.h"
#include "config/config.h"
#include "text/text.h"

/* Asks the one that was found, with the first token of the settings, and runs until the answer is
 * over. */
void ask_daemon(struct asking *asking, const struct config_server *server,
                const struct local_daemon *daemon, struct text body);

#endif
