/*
 * `understudy check --local`: does the daemon of this machine serve, and who of its providers is
 * near? Nothing that is asked leaves for the cloud, no key goes there and nothing costs, so that it
 * can be asked every few seconds (a container's HEALTHCHECK). The shell asks.
 */
#ifndef UNDERSTUDY_LOCAL_CHECK_H
#define UNDERSTUDY_LOCAL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "check/checkup.h"
#include "config/config.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

enum local_state {
    LOCAL_ABSENT,    /* nobody answers there */
    LOCAL_FOREIGN,   /* what answers is no understudy, or does not take us in */
    LOCAL_NOT_READY, /* it serves, but is draining, or no provider of its route can be tried */
    LOCAL_READY,
};

/* An answer to local_check_request is short: more than that is not from us. Bytes. */
#define LOCAL_ANSWER_MAX 8192

#define LOCAL_ADDRESS_MAX 256

struct local_daemon {
    char address[LOCAL_ADDRESS_MAX]; /* as in [server] listen, where it can be asked */
    enum local_state state;
    struct error why;                   /* of all but LOCAL_READY, in words without a full stop */
    const struct config_listen *listen; /* that address; borrowed */
};

/* Where one that listens so is asked: 0.0.0.0 and [::] are loopback then. host is a literal or a
 * name, borrowed; NULL = the unix socket listen->path. */
const char *local_check_host(const struct config_listen *listen);

/* absent, with the address in words. */
void local_check_init(struct local_daemon *daemon, const struct config_listen *listen);

/* Adds the name under which one that listens so serves, for Host. Errors of buf. */
int local_check_name(const struct config_server *server, const struct config_listen *listen,
                     struct buf *out) __attribute__((warn_unused_result));

/* GET /readyz, under a name that is served. Errors of buf. */
int local_check_request(const struct config_server *server, const struct config_listen *listen,
                        struct buf *out) __attribute__((warn_unused_result));

/* The answer's head and body, as they came until the end of the connection. */
void local_check_answered(struct local_daemon *daemon, struct text answer);

/* Is a provider of the route on this machine or in its network, and able to answer? */
bool local_check_near(const struct checkup *checkups, size_t count);

/* A line for the daemon, one for each of the checkups, and one that sums up. Errors of buf. */
int local_check_print(const struct local_daemon *daemon, const struct checkup *checkups,
                      size_t count, struct buf *out) __attribute__((warn_unused_result));

/* {address, state, message}: for the caller to release, NULL when memory is out. */
json_t *local_check_json(const struct local_daemon *daemon) __attribute__((warn_unused_result));

/* The same as one JSON object. -ENOMEM, errors of buf. */
int local_check_print_json(const struct local_daemon *daemon, const struct checkup *checkups,
                           size_t count, struct buf *out) __attribute__((warn_unused_result));

#endif
