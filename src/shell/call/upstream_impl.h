/* What the files of upstream share. Not for anybody else. */
#ifndef UNDERSTUDY_UPSTREAM_IMPL_H
#define UNDERSTUDY_UPSTREAM_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/list.h"
#include "base/loop.h"
#include "base/owner.h"
#include "call/upstream_head.h"
#include "call/upstream_request.h"
#include "connect/lookup.h"
#include "connect/upstream_certificates.h"
#include "connect/upstream_connection.h"
#include "connect/upstream_name.h"
#include "connect/upstream_socket.h"

struct upstream_call {
    unsigned era;
    struct upstream *upstream;
    CURL *easy;
    struct upstream_call *next;              /* in the pool */
    LIST_LINK(struct upstream_call) in_left; /* among those that were left */
    struct upstream_events events;
    void *arg;
    struct upstream_head head;
    struct curl_slist *headers;
    struct upstream_name name;
    struct loop_task over;   /* tells the owner of the end */
    struct loop_task prod;   /* makes libcurl look at the call */
    struct loop_timer limit; /* of one that was left */
    size_t body_bytes;
    curl_socket_t fd; /* of the connection that it has; CURL_SOCKET_BAD = none */
    enum transport transport;
    int sends;    /* times libcurl was about to put the request on a connection */
    bool running; /* in the multi handle */
    bool left;    /* nobody is told of it any more */
    bool released;
    bool head_refused;
    bool no_descriptor; /* was left when a socket was asked for */
    char detail[CURL_ERROR_SIZE];
};

struct upstream {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer;
    struct upstream_call *pool;
    size_t pooled;
    unsigned era; /* of keys: calls of an earlier one are not used again */
    struct upstream_call *left;
    struct upstream_sockets sockets;
    struct lookups *lookups;
    struct upstream_connections connections;
    struct upstream_certificates certificates;
    int64_t names_from_ms; /* addresses that were found before are not used any more */
    bool heads_first;      /* see set_answer */
    bool inside;           /* libcurl is on the stack */
};

/* upstream_rules.c: options of a new call that do not depend on its request. */
void upstream_rules_set(struct upstream_call *call);

/* Must a head's lines be seen before libcurl looks at them? */
bool upstream_rules_heads_first(void);

#endif
