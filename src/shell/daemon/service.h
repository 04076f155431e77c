/* The daemon: workers, signals, reload, drain. */
#ifndef UNDERSTUDY_SERVICE_H
#define UNDERSTUDY_SERVICE_H

#include <stdbool.h>

#include "command/loader.h"
#include "config/config.h"

/* Serves until a signal ends it. Takes the config over. The exit status: 0, 1, or 2 for sockets
 * that were passed and must not be served with these settings. */
int service_run(const struct loader *loader, struct config *config);

/* Did service_run return although a worker would not end? Then the process must end without more
 * ado, as that worker still uses everything. */
bool service_left_worker(void);

#endif
