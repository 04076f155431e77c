/* The library asks for the next piece when it has sent the one before, once in a turn. */
#include "httpd/large_reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <microhttpd.h>

/* Sent at once this is a millisecond, a fifth of what a turn may take. */
#define LARGE_MIN ((size_t)4 << 20)
/* Less than what a socket takes at once, so that a fast client costs no more turns than it needs.
 */
#define PIECE ((size_t)256 << 10)
/* From here on (malloc(3), M_MMAP_THRESHOLD) the kernel gets it back in any case. What is smaller
 * may be used again, and need not be had anew page by page. */
#define MAPPED_MIN ((size_t)32 << 20)

struct large_reply {
    char *bytes;
    size_t len;
    uintptr_t kept; /* from here on: what is before has gone, from the body's first whole page on */
};

bool large_reply_is_due(size_t len)
{
    return len >= LARGE_MIN;
}

/* Whole pages, which are all the body's: what malloc has before it stays. */
static void drop_sent(struct large_reply *reply, size_t sent)
{
    if (reply->len < MAPPED_MIN)
        return;
    uintptr_t end = (uintptr_t)reply->bytes + sent;
    end -= end % (uintptr_t)sysconf(_SC_PAGESIZE);
    if (end <= reply->kept)
        return;
    (void)madvise((void *)reply->kept, end - reply->kept, MADV_DONTNEED);
    reply->kept = end;
}

static ssize_t on_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct large_reply *reply = arg;
    size_t at = (size_t)position, left = reply->len - at;
    size_t len = left < max ? left : max;
    if (len == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    memcpy(out, reply->bytes + at, len);
    drop_sent(reply, at);
    return (ssize_t)len;
}

static void on_free(void *arg)
{
    struct large_reply *reply = arg;
    free(reply->bytes);
    free(reply);
}

struct MHD_Response *large_reply_new(char *bytes, size_t len)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct large_reply *reply = malloc(sizeof(*reply));
    if (!reply)
        return NULL;
    *reply = (struct large_reply){
        .bytes = bytes, .len = len, .kept = ((uintptr_t)bytes + page - 1) / page * page};
    struct MHD_Response *response =
        MHD_create_response_from_callback(len, PIECE, on_read, reply, on_free);
    if (!response)
        free(reply);
    return response;
}
