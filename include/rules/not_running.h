/* A provider on this machine that refuses connections is not unreachable: it is not there. */
#ifndef UNDERSTUDY_NOT_RUNNING_H
#define UNDERSTUDY_NOT_RUNNING_H

#include <stdbool.h>

#include "config/config.h"
#include "failure/failure.h"
#include "text/error.h"

/*
 * True, and what to do about it in *ret (which must be empty), when an attempt at provider that
 * ended so means that no server runs there.
 */
bool not_running(const struct config_provider *provider, enum transport transport,
                 struct error *ret);

#endif
