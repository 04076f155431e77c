/*
 * A look-up belongs to two, the loop and its thread, and is freed by the last of them: getaddrinfo
 * cannot be called off. The thread writes the result and then rings a bell of the loop.
 */
#include "connect/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bell.h"
#include "base/owner.h"
#include "machine/process.h"
#include "text/buf.h"

/*
 * One that takes longer may ask a server that has been gone since the machine changed networks: who
 * comes now asks anew. 5 s is also how long the C library waits for a server (resolv.conf(5)).
 */
#define OLD_MS 5000
/* Threads for one name. */
#define BESIDE_MAX 3
/* More than that in one answer are left out: nobody tries a hundred addresses. */
#define ADDRESSES_MAX 4096u

struct lookups {
    struct loop *loop;
    struct lookup *first; /* the latest */
};

struct lookup {
    struct lookups *lookups;
    struct lookup *next;
    struct lookup_waiter *waiters; /* in the order of their coming */
    struct loop_watch watch;
    char *host;
    int64_t begun_at_ms;
    int done_fd;
    atomic_int owners;
    int error;            /* of getaddrinfo; the thread's until it has written to done_fd, */
    bool no_descriptor;   /* and these */
    struct buf addresses; /* as well */
};

static void let_go(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->owners, 1) > 1)
        return;
    if (lookup->done_fd >= 0)
        close(lookup->done_fd);
    buf_done(&lookup->addresses);
    free(lookup->host);
    free(lookup);
}

/* In text, which has no place for the scope of an IPv6 address: one that needs it is left out. */
static bool print_address(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;
    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &v4->sin_addr, out, INET6_ADDRSTRLEN) != NULL;
    return address->sa_family == AF_INET6 && v6->sin6_scope_id == 0 &&
           inet_ntop(AF_INET6, &v6->sin6_addr, out, INET6_ADDRSTRLEN) != NULL;
}

static void note_addresses(struct lookup *lookup, const struct addrinfo *found)
{
    char text[INET6_ADDRSTRLEN];
    for (; found; found = found->ai_next) {
        const char *comma = lookup->addresses.len > 0 ? "," : "";
        if (print_address(found->ai_addr, text) &&
            buf_printf(&lookup->addresses, "%s%s", comma, text) < 0)
            return;
    }
}

static void *look_up(void *arg)
{
    struct lookup *lookup = arg;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    errno = 0;
    lookup->error = getaddrinfo(lookup->host, NULL, &hints, &found);
    lookup->no_descriptor = lookup->error != 0 && process_wants_descriptors(errno);
    if (lookup->error == 0) {
        note_addresses(lookup, found);
        freeaddrinfo(found);
    }
    bell_ring(lookup->done_fd);
    let_go(lookup);
    return NULL;
}

static void unlink_lookup(struct lookup *lookup)
{
    struct lookup **at = &lookup->lookups->first;
    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
    loop_watch_remove(lookup->lookups->loop, &lookup->watch);
}

/* Each waiter may start or end others: they are taken off one by one. */
static void on_done(struct loop_watch *watch, uint32_t events)
{
    struct lookup *lookup = OWNER(watch, struct lookup, watch);
    const char *addresses = NULL, *why = "it has no usable address";
    (void)events;
    bell_hush(lookup->done_fd); /* what the thread wrote before is there */
    unlink_lookup(lookup);
    if (lookup->error != 0)
        why = gai_strerror(lookup->error);
    else if (lookup->addresses.len > 0)
        addresses = lookup->addresses.data;
    while (lookup->waiters) {
        struct lookup_waiter *waiter = lookup->waiters;
        lookup_leave(waiter);
        waiter->no_descriptor = lookup->no_descriptor;
        waiter->ready(waiter, addresses, why);
    }
    let_go(lookup);
}

/* The latest of that name that can be waited for; NULL: a new one is to be begun. */
static struct lookup *find(const struct lookups *lookups, const char *host)
{
    struct lookup *latest = NULL;
    int count = 0;
    for (struct lookup *lookup = lookups->first; lookup; lookup = lookup->next) {
        if (strcmp(lookup->host, host) != 0)
            continue;
        latest = latest ? latest : lookup;
        count++;
    }
    bool old = latest && loop_now_ms(lookups->loop) - latest->begun_at_ms >= OLD_MS;
    return old && count < BESIDE_MAX ? NULL : latest;
}

void lookups_forget(struct lookups *lookups)
{
    for (struct lookup *lookup = lookups->first; lookup; lookup = lookup->next)
        lookup->begun_at_ms -= OLD_MS;
}

static int start_thread(struct lookup *lookup)
{
    pthread_t thread;
    atomic_fetch_add(&lookup->owners, 1);
    int r = pthread_create(&thread, NULL, look_up, lookup);
    if (r != 0) {
        atomic_fetch_sub(&lookup->owners, 1);
        return -r;
    }
    (void)pthread_setname_np(thread, "lookup");
    (void)pthread_detach(thread);
    return 0;
}

static int begin(struct lookups *lookups, const char *host, struct lookup **ret_lookup)
{
    struct lookup *lookup = xcalloc(1, sizeof(*lookup));
    lookup->lookups = lookups;
    lookup->host = xstrdup(host);
    lookup->begun_at_ms = loop_now_ms(lookups->loop);
    lookup->watch.ready = on_done;
    atomic_init(&lookup->owners, 1);
    buf_init(&lookup->addresses, ADDRESSES_MAX);
    int r = bell_hang(lookups->loop, &lookup->watch);
    lookup->done_fd = lookup->watch.fd;
    r = r < 0 ? r : start_thread(lookup);
    if (r < 0) {
        loop_watch_remove(lookups->loop, &lookup->watch);
        let_go(lookup);
        return r;
    }
    lookup->next = lookups->first;
    lookups->first = *ret_lookup = lookup;
    return 0;
}

int lookup_join(struct lookups *lookups, const char *host, struct lookup_waiter *waiter)
{
    struct lookup *lookup = find(lookups, host);
    int r = lookup ? 0 : begin(lookups, host, &lookup);
    if (r < 0)
        return r;
    struct lookup_waiter **end = &lookup->waiters;
    while (*end)
        end = &(*end)->next;
    *end = waiter;
    waiter->next = NULL;
    waiter->lookup = lookup;
    return 0;
}

void lookup_leave(struct lookup_waiter *waiter)
{
    if (!waiter->lookup)
        return;
    struct lookup_waiter **at = &waiter->lookup->waiters;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    waiter->lookup = NULL;
}

struct lookups *lookups_new(struct loop *loop)
{
    struct lookups *lookups = xcalloc(1, sizeof(*lookups));
    lookups->loop = loop;
    return lookups;
}

void lookups_free(struct lookups *lookups)
{
    while (lookups && lookups->first) {
        struct lookup *lookup = lookups->first;
        lookups->first = lookup->next;
        loop_watch_remove(lookups->loop, &lookup->watch);
        let_go(lookup);
    }
    free(lookups);
}
