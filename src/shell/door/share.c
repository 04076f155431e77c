/* One lock for all shares: it is taken once for each connection, for as long as a look at each. */
#include "door/share.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bell.h"
#include "base/loop.h"
#include "base/owner.h"

/* A connection on its way from one worker to another. */
struct dealt {
    struct dealt *next;
    int fd;
    socklen_t len;
    struct sockaddr_storage address;
};

struct share {
    struct loop *loop;
    struct loop_watch bell; /* something is in the queue */
    share_admit *admit;
    void *arg;
    /* Under the lock: */
    int connections;
    int waiting; /* in the queue */
    struct dealt *first, **end;
    bool takes_part;
    struct share *next; /* of all that take part */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct share *all;

static struct dealt *take_queue(struct share *share)
{
    pthread_mutex_lock(&lock);
    struct dealt *first = share->first;
    share->first = NULL;
    share->end = &share->first;
    share->waiting = 0;
    pthread_mutex_unlock(&lock);
    return first;
}

static void admit_queue(struct share *share)
{
    struct dealt *next;
    for (struct dealt *dealt = take_queue(share); dealt; dealt = next) {
        next = dealt->next;
        share->admit(share->arg, dealt->fd, (const struct sockaddr *)&dealt->address, dealt->len);
        free(dealt);
    }
}

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    bell_hush(watch->fd);
    admit_queue(OWNER(watch, struct share, bell));
}

int share_new(struct loop *loop, share_admit *admit, void *arg, struct share **ret)
{
    struct share *share = xcalloc(1, sizeof(*share));
    share->loop = loop;
    share->bell.ready = on_bell;
    share->admit = admit;
    share->arg = arg;
    share->end = &share->first;
    int r = bell_hang(loop, &share->bell);
    if (r < 0) {
        free(share);
        return r;
    }
    pthread_mutex_lock(&lock);
    share->takes_part = true;
    share->next = all;
    all = share;
    pthread_mutex_unlock(&lock);
    *ret = share;
    return 0;
}

static int load_of(const struct share *share)
{
    return share->connections + share->waiting;
}

/* The one with the fewest, itself where others have no fewer. Under the lock. */
static struct share *fewest(struct share *share)
{
    struct share *best = share;
    for (struct share *other = all; other && share->takes_part; other = other->next)
        if (load_of(other) < load_of(best))
            best = other;
    return best;
}

static void enqueue(struct share *share, int fd, const struct sockaddr *address, socklen_t len)
{
    struct dealt *dealt = xcalloc(1, sizeof(*dealt));
    dealt->fd = fd;
    dealt->len = len < sizeof(dealt->address) ? len : (socklen_t)sizeof(dealt->address);
    memcpy(&dealt->address, address, dealt->len);
    *share->end = dealt;
    share->end = &dealt->next;
    share->waiting++;
}

void share_deal(struct share *share, int fd, const struct sockaddr *address, socklen_t len)
{
    pthread_mutex_lock(&lock);
    struct share *best = fewest(share);
    if (best != share) {
        enqueue(best, fd, address, len);
        bell_ring(best->bell.fd);
    }
    pthread_mutex_unlock(&lock);
    if (best == share)
        share->admit(share->arg, fd, address, len);
}

void share_note(struct share *share, int connections)
{
    pthread_mutex_lock(&lock);
    share->connections = connections;
    pthread_mutex_unlock(&lock);
}

static void step_back(struct share *share)
{
    pthread_mutex_lock(&lock);
    struct share **at = &all;
    while (*at && *at != share)
        at = &(*at)->next;
    if (*at)
        *at = share->next;
    share->takes_part = false;
    pthread_mutex_unlock(&lock);
}

void share_leave(struct share *share)
{
    step_back(share);
    admit_queue(share);
}

void share_free(struct share *share)
{
    if (!share)
        return;
    step_back(share);
    struct dealt *next;
    for (struct dealt *dealt = take_queue(share); dealt; dealt = next) {
        next = dealt->next;
        close(dealt->fd);
        free(dealt);
    }
    int bell = share->bell.fd;
    loop_watch_remove(share->loop, &share->bell);
    close(bell);
    free(share);
}
