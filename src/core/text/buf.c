/*
 * Growth doubles from 256 bytes. Consumed bytes leave a gap in front; it is closed (moving what is
 * left) only when it is at least as large as what moves, so each byte is moved about once in its
 * life, however small the pieces in which a long queue is filled and emptied. Where the gap is
 * still too small for that, the memory grows instead, up to twice the maximum.
 */
#include "text/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

#define FIRST_CAP 256
/* See buf_reserve. */
#define RESERVED_MAX ((size_t)64 << 20)
/* No maximum may be larger, so that no sum of sizes overflows. */
#define MAX_MAX ((size_t)-1 / 8)

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max < MAX_MAX ? max : MAX_MAX};
}

void buf_init_secret(struct buf *buf, size_t max)
{
    buf_init(buf, max);
    buf->secret = true;
}

static void give_back(const struct buf *buf)
{
    if (buf->secret && buf->memory)
        explicit_bzero(buf->memory, buf->written);
    free(buf->memory);
}

void buf_done(struct buf *buf)
{
    if (!buf)
        return;
    bool secret = buf->secret;
    give_back(buf);
    buf_init(buf, buf->max);
    buf->secret = secret;
}

void buf_reset(struct buf *buf)
{
    buf->data = buf->memory;
    buf->len = 0;
    if (buf->memory)
        buf->memory[0] = '\0';
}

void buf_cut(struct buf *buf, size_t n)
{
    buf->len = n;
    if (buf->data)
        buf->data[n] = '\0';
}

static size_t gap(const struct buf *buf)
{
    return buf->memory ? (size_t)(buf->data - buf->memory) : 0;
}

static void close_gap(struct buf *buf)
{
    if (gap(buf) == 0)
        return;
    memmove(buf->memory, buf->data, buf->len + 1);
    buf->data = buf->memory;
}

/* The most memory it may have: a queue at its maximum needs room for a gap as well. */
static size_t cap_max(const struct buf *buf)
{
    return gap(buf) ? 2 * (buf->max + 1) : buf->max + 1;
}

static int grow(struct buf *buf, size_t need)
{
    size_t used = gap(buf);
    size_t cap = buf->cap ? buf->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    if (cap > cap_max(buf))
        cap = cap_max(buf);
    /* realloc would leave a secret where it was. */
    char *memory = buf->secret ? malloc(cap) : realloc(buf->memory, cap);
    if (!memory)
        return -ENOMEM;
    if (buf->secret && buf->memory) {
        memcpy(memory, buf->memory, buf->written);
        give_back(buf);
    }
    buf->memory = memory;
    buf->data = memory + used;
    buf->cap = cap;
    return 0;
}

/* Room for len more bytes and the NUL behind data. */
static int make_room(struct buf *buf, size_t len)
{
    if (len > buf->max - buf->len)
        return -EMSGSIZE;
    size_t need = buf->len + len + 1;
    if (need <= buf->cap - gap(buf))
        return 0;
    if (gap(buf) >= buf->len)
        close_gap(buf);
    if (need <= buf->cap - gap(buf))
        return 0;
    return grow(buf, gap(buf) + need);
}

void buf_reserve(struct buf *buf, size_t len)
{
    (void)!make_room(buf, len < RESERVED_MAX ? len : RESERVED_MAX);
}

/* len bytes and the NUL behind what is there. All that is ever written is written so; what is moved
 * goes to the front. */
static void note_written(struct buf *buf, size_t len)
{
    size_t end = gap(buf) + buf->len + len + 1;
    if (buf->secret && end > buf->written)
        buf->written = end;
}

int buf_append(struct buf *buf, const void *bytes, size_t len)
{
    /* Mostly there is room, which is seen without a call. */
    bool fits = len < buf->cap - gap(buf) - buf->len && len <= buf->max - buf->len;
    int r = fits ? 0 : make_room(buf, len);
    if (r < 0)
        return r;
    note_written(buf, len);
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_append_text(struct buf *buf, struct text text)
{
    return buf_append(buf, text.at, text.len);
}

int buf_append_string(struct buf *buf, const char *nul_terminated)
{
    return buf_append(buf, nul_terminated, strlen(nul_terminated));
}

int buf_append_shown(struct buf *buf, struct text text, char instead)
{
    int r = 0;
    while (r == 0 && text.len > 0) {
        size_t n = utf8_length(text.at, text.len);
        r = utf8_is_shown(text.at, n) ? buf_append(buf, text.at, n) : buf_append(buf, &instead, 1);
        text = text_skip(text, n ? n : 1);
    }
    return r;
}

/* Mostly it fits into what is there, so it is put there at once; else its length is known then. */
int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    int r = make_room(buf, 0);
    if (r < 0)
        return r;
    size_t room = buf->cap - gap(buf) - buf->len;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(buf->data + buf->len, room, format, args);
    va_end(args);
    note_written(buf, n > 0 && (size_t)n < room ? (size_t)n : room - 1);
    r = n < 0 ? -EINVAL : make_room(buf, (size_t)n);
    if (r == 0)
        note_written(buf, (size_t)n);
    if (r == 0 && (size_t)n >= room)
        (void)vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
    va_end(again);
    buf->len += r == 0 ? (size_t)n : 0;
    buf->data[buf->len] = '\0';
    return r;
}

void buf_consume(struct buf *buf, size_t n)
{
    if (n >= buf->len) {
        buf_reset(buf);
        return;
    }
    buf->data += n;
    buf->len -= n;
    if (gap(buf) > buf->cap / 2)
        close_gap(buf);
}

void buf_drain(struct buf *buf, size_t n)
{
    buf_consume(buf, n);
    if (buf->len == 0)
        buf_done(buf);
}

char *buf_steal(struct buf *buf, size_t *ret_len)
{
    if (!buf->memory)
        (void)!make_room(buf, 0);
    close_gap(buf);
    char *bytes = buf->memory;
    if (!bytes)
        return NULL;
    bytes[buf->len] = '\0';
    if (ret_len)
        *ret_len = buf->len;
    buf_init(buf, buf->max);
    return bytes;
}
