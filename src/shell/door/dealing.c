/* One lock for all: it is taken once for each connection, for as long as a look at each worker. */
#include "door/dealing.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bell.h"
#include "base/loop.h"
#include "base/owner.h"

/* No turn of a loop that is well takes so long. */
#define STUCK_MS 1000

/* A connection on its way from one worker to another. */
struct dealt {
    struct dealt *next;
    int fd;
    int64_t since_ms;
    socklen_t len;
    struct sockaddr_storage address;
};

struct dealing {
    struct loop *loop;
    struct loop_watch bell; /* something is in the queue */
    dealing_admit *admit;
    void *arg;
    /* Under the lock: */
    int connections;
    int arriving; /* in the queue, or being admitted: not among the connections yet */
    struct dealt *first, **end;
    bool takes_part;
    bool deaf;            /* its queue was taken back, and it has not heard its bell since */
    struct dealing *next; /* of all that take part */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dealing *all;

/* Under the lock. */
static struct dealt *take_queue(struct dealing *dealing)
{
    struct dealt *first = dealing->first;
    dealing->first = NULL;
    dealing->end = &dealing->first;
    return first;
}

/* One that is counted as arriving. It counts twice for a moment, and never not at all. */
static void admit(struct dealing *dealing, int fd, const struct sockaddr *address, socklen_t len)
{
    dealing->admit(dealing->arg, fd, address, len);
    pthread_mutex_lock(&lock);
    dealing->arriving--;
    pthread_mutex_unlock(&lock);
}

static void admit_all(struct dealing *dealing, struct dealt *first)
{
    struct dealt *next;
    for (struct dealt *dealt = first; dealt; dealt = next) {
        next = dealt->next;
        admit(dealing, dealt->fd, (const struct sockaddr *)&dealt->address, dealt->len);
        free(dealt);
    }
}

static void admit_queue(struct dealing *dealing)
{
    pthread_mutex_lock(&lock);
    dealing->deaf = false;
    struct dealt *first = take_queue(dealing);
    pthread_mutex_unlock(&lock);
    admit_all(dealing, first);
}

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    bell_hush(watch->fd);
    admit_queue(OWNER(watch, struct dealing, bell));
}

int dealing_new(struct loop *loop, dealing_admit *admit_one, void *arg, struct dealing **ret)
{
    struct dealing *dealing = xcalloc(1, sizeof(*dealing));
    dealing->loop = loop;
    dealing->bell.ready = on_bell;
    dealing->admit = admit_one;
    dealing->arg = arg;
    dealing->end = &dealing->first;
    int r = bell_hang(loop, &dealing->bell);
    if (r < 0) {
        free(dealing);
        return r;
    }
    pthread_mutex_lock(&lock);
    dealing->takes_part = true;
    dealing->next = all;
    all = dealing;
    pthread_mutex_unlock(&lock);
    *ret = dealing;
    return 0;
}

/* ---- under the lock */

static bool is_stuck(const struct dealing *dealing, int64_t now_ms)
{
    return dealing->first && now_ms - dealing->first->since_ms >= STUCK_MS;
}

static int load_of(const struct dealing *dealing)
{
    return dealing->connections + dealing->arriving;
}

/* The one with the fewest; itself, where others have no fewer. */
static struct dealing *fewest(struct dealing *dealing)
{
    struct dealing *best = dealing;
    for (struct dealing *other = all; other && dealing->takes_part; other = other->next)
        if (load_of(other) < load_of(best) && !other->deaf)
            best = other;
    return best;
}

/* What waits for a worker that is stuck, as one list: it arrives here now. */
static struct dealt *take_back(struct dealing *dealing, int64_t now_ms)
{
    struct dealt *taken = NULL, **end = &taken;
    for (struct dealing *other = all; other; other = other->next) {
        if (other == dealing || !is_stuck(other, now_ms))
            continue;
        other->deaf = true;
        for (*end = take_queue(other); *end; end = &(*end)->next) {
            other->arriving--;
            dealing->arriving++;
        }
    }
    return taken;
}

static void enqueue(struct dealing *dealing, struct dealt *dealt)
{
    *dealing->end = dealt;
    dealing->end = &dealt->next;
}

/* ---- */

static struct dealt *make_dealt(int fd, const struct sockaddr *address, socklen_t len,
                                int64_t now_ms)
{
    struct dealt *dealt = xcalloc(1, sizeof(*dealt));
    dealt->fd = fd;
    dealt->since_ms = now_ms;
    dealt->len = len < sizeof(dealt->address) ? len : (socklen_t)sizeof(dealt->address);
    memcpy(&dealt->address, address, dealt->len);
    return dealt;
}

void dealing_deal(struct dealing *dealing, int fd, const struct sockaddr *address, socklen_t len)
{
    int64_t now_ms = loop_now_ms(dealing->loop);
    pthread_mutex_lock(&lock);
    struct dealt *taken = dealing->takes_part ? take_back(dealing, now_ms) : NULL;
    struct dealing *best = fewest(dealing);
    best->arriving++;
    if (best != dealing) {
        enqueue(best, make_dealt(fd, address, len, now_ms));
        bell_ring(best->bell.fd);
    }
    pthread_mutex_unlock(&lock);
    admit_all(dealing, taken);
    if (best == dealing)
        admit(dealing, fd, address, len);
}

void dealing_note(struct dealing *dealing, int connections)
{
    pthread_mutex_lock(&lock);
    dealing->connections = connections;
    pthread_mutex_unlock(&lock);
}

static void step_back(struct dealing *dealing)
{
    pthread_mutex_lock(&lock);
    struct dealing **at = &all;
    while (*at && *at != dealing)
        at = &(*at)->next;
    if (*at)
        *at = dealing->next;
    dealing->takes_part = false;
    pthread_mutex_unlock(&lock);
}

void dealing_leave(struct dealing *dealing)
{
    step_back(dealing);
    admit_queue(dealing);
}

void dealing_free(struct dealing *dealing)
{
    if (!dealing)
        return;
    step_back(dealing);
    struct dealt *next;
    for (struct dealt *dealt = take_queue(dealing); dealt; dealt = next) {
        next = dealt->next;
        close(dealt->fd);
        free(dealt);
    }
    int bell = dealing->bell.fd;
    loop_watch_remove(dealing->loop, &dealing->bell);
    close(bell);
    free(dealing);
}
