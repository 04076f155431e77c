/* The daemon: workers, signals, reload, drain. */
#ifndef UNDERSTUDY_SERVICE_H
#define UNDERSTUDY_SERVICE_H

#include "config.h"
#include "loader.h"

/* Serves until a signal ends it. Takes the config over. The exit status: 0, 1, or 2 for sockets
 * that were passed and must not be served with these settings. */
int service_run(const struct loader *loader, struct config *config);

#endif
