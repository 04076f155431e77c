/* See chunks.h. Size line, bytes and line end lie in three places, and go out in one call. */
#include "serve/chunks.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The digits of a size_t, CR LF. */
#define SIZE_LINE_MAX (2 * sizeof(size_t) + 2)

void chunks_init(struct chunks *chunks)
{
    buf_init(&chunks->rest, CHUNK_MAX + 2 * SIZE_LINE_MAX);
}

void chunks_done(struct chunks *chunks)
{
    buf_done(&chunks->rest);
}

/* How many bytes the socket took, or -errno. */
static ssize_t send_parts(int fd, struct iovec *parts, size_t count)
{
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR)
        n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

/* Behind the first `taken` bytes of all parts. */
static int keep_rest(struct chunks *chunks, const struct iovec *parts, size_t count, size_t taken)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct text part = text_make(parts[i].iov_base, parts[i].iov_len);
        size_t gone = taken < part.len ? taken : part.len;
        taken -= gone;
        r = buf_append_text(&chunks->rest, text_skip(part, gone));
    }
    return r < 0 ? r : -EAGAIN;
}

/* Into the end of line, as the last digit is known first; tells where it begins. */
static char *write_size_line(char line[SIZE_LINE_MAX], size_t size)
{
    char *at = line + SIZE_LINE_MAX;
    *--at = '\n';
    *--at = '\r';
    for (; size > 0; size >>= 4)
        *--at = "0123456789abcdef"[size & 15];
    return at;
}

int chunks_send(struct chunks *chunks, int fd, struct text bytes)
{
    char size_line[SIZE_LINE_MAX], line_end[] = "\r\n";
    assert(chunks->rest.len == 0 && bytes.len > 0 && bytes.len <= CHUNK_MAX);
    char *size_at = write_size_line(size_line, bytes.len);
    struct iovec parts[] = {{size_at, (size_t)(size_line + SIZE_LINE_MAX - size_at)},
                            {(void *)(uintptr_t)bytes.at, bytes.len},
                            {line_end, sizeof(line_end) - 1}};
    const size_t count = sizeof(parts) / sizeof(parts[0]);
    ssize_t n = send_parts(fd, parts, count);
    if (n < 0 && n != -EAGAIN)
        return (int)n;
    size_t taken = n > 0 ? (size_t)n : 0;
    if (taken == parts[0].iov_len + parts[1].iov_len + parts[2].iov_len)
        return 0;
    return keep_rest(chunks, parts, count, taken);
}

int chunks_flush(struct chunks *chunks, int fd)
{
    if (chunks->rest.len == 0)
        return 0;
    struct iovec part = {chunks->rest.data, chunks->rest.len};
    ssize_t n = send_parts(fd, &part, 1);
    if (n < 0)
        return (int)n;
    if ((size_t)n < part.iov_len) {
        buf_consume(&chunks->rest, (size_t)n);
        return -EAGAIN;
    }
    buf_done(&chunks->rest);
    return 0;
}
