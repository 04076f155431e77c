/*
 * As libmicrohttpd 0.9.75 and 1.0.1 lay it out (connection.c, memorypool.c): from the front the
 * head as it came and what has been read of a next request, from the end a record for each field,
 * argument and cookie, and a copy of Cookie. The answer's head gets what is between, in one piece.
 */
#include "httpd/headroom.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <microhttpd.h>

/* A record is seven words, rounded up to sixteen bytes. */
#define RECORD 64u
/* Status line, Date, Connection, Content-Length or Transfer-Encoding, and the least of a chunk. */
#define LIBRARYS_OWN 512u
/* What an error of ours takes at most. */
#define ANSWER_MIN 1024u
/* Nobody who has so many records sends the next request before the answer. */
#define ANSWER_USUAL 4096u

static size_t head_size(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

static size_t records_size(struct MHD_Connection *mhd)
{
    const char *cookie = NULL;
    size_t len = 0;
    int count = MHD_get_connection_values_n(
        mhd, MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND, NULL, NULL);
    if (MHD_lookup_connection_value_n(mhd, MHD_HEADER_KIND, "Cookie", 6, &cookie, &len) == MHD_YES)
        len += RECORD;
    return (count > 0 ? (size_t)count * RECORD : 0) + len;
}

/* Without what may have been read of a next request. */
static size_t free_size(struct MHD_Connection *mhd)
{
    size_t used = head_size(mhd) + records_size(mhd) + LIBRARYS_OWN;
    return used < HEADROOM_MEMORY ? HEADROOM_MEMORY - used : 0;
}

bool headroom_is_spent(struct MHD_Connection *mhd)
{
    return head_size(mhd) > HEADROOM_HEAD_MAX || free_size(mhd) < ANSWER_MIN;
}

size_t headroom_left(struct MHD_Connection *mhd)
{
    /* It reads into half of the memory; what the head has not taken of that may be a next one. */
    size_t head = head_size(mhd), half = HEADROOM_MEMORY / 2, room = free_size(mhd);
    size_t unread = head < half ? half - head : 0;
    if (room >= unread + ANSWER_USUAL)
        return room - unread;
    return room < ANSWER_USUAL ? room : ANSWER_USUAL;
}

/* So far behind the memory's beginning a line may begin: behind empty ones. */
#define EMPTY_LINES 1024

static bool is_zero(const char *page, size_t size)
{
    return page[0] == '\0' && memcmp(page, page + 1, size - 1) == 0;
}

/* A page of zeros that is given back reads as one; so this needs to know of no layout. */
void headroom_give_back(const char *first, bool fresh)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = fresh ? HEADROOM_MEMORY / 2 : HEADROOM_MEMORY - EMPTY_LINES;
    uintptr_t at = ((uintptr_t)first + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)first + size) / page * page;
    while (at < end) {
        uintptr_t from = at;
        while (at < end && is_zero((const char *)at, page))
            at += page;
        if (at > from)
            (void)madvise((void *)from, at - from, MADV_DONTNEED);
        else
            at += page;
    }
}
