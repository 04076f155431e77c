/* The other end of the control socket: a command that has something to say to the daemon. */
#ifndef UNDERSTUDY_CONTROL_CLIENT_H
#define UNDERSTUDY_CONTROL_CLIENT_H

#include "control/control_line.h"

/* Of the daemon that listens at the first of control_path_to_ask: a socket that does not block, or
 * -errno and *reterr, which says what to do. */
int control_client_connect(struct error *reterr) __attribute__((warn_unused_result));

/* 0 or -errno. */
int control_client_send(int fd, const struct control_request *request)
    __attribute__((warn_unused_result));

/* How long the daemon may take for each of these, and for an answer. */
#define CONTROL_CLIENT_MS 5000

#endif
