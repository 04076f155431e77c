/* Who has the address that we wanted? At the start only: it waits for an answer, a second at most.
 */
#ifndef UNDERSTUDY_NEIGHBOUR_H
#define UNDERSTUDY_NEIGHBOUR_H

#include <stdbool.h>

#include "config/config.h"

/* Does an understudy answer there? False for the path of a unix socket. */
bool neighbour_is_understudy(const struct config_listen *listen);

#endif
