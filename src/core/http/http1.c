/*
 * A response is a head (http1_head.c) and a body, which ends as the head's fields have it
 * (framing.c): with the head, behind so many bytes, with the last chunk (chunked.c), or with the
 * connection.
 */
#include "http/http1.h"

#include <errno.h>

void http1_init(struct http1 *http1, struct buf *lines, bool bodiless)
{
    *http1 = (struct http1){.bodiless = bodiless};
    http1_head_init(&http1->head, lines);
}

static enum http1_event fail(struct http1 *http1, enum http1_fault fault, const char *why)
{
    if (http1->state == HTTP1_IN_HEAD)
        buf_reset(http1->head.lines);
    http1->state = HTTP1_FAILED;
    http1->fault = fault;
    http1->why = why;
    return HTTP1_BAD;
}

static struct framing_case case_of(const struct http1 *http1)
{
    return (struct framing_case){
        .status = http1->head.status, .bodiless = http1->bodiless, .http10 = http1->head.http10};
}

static enum http1_event end_head(struct http1 *http1)
{
    const char *why = NULL;
    struct framing_case of = case_of(http1);
    switch (framing_body(&http1->head.framing, &of, &why)) {
    case FRAMING_NONE:
        http1->state = HTTP1_ENDED;
        break;
    case FRAMING_LENGTH:
        http1->state = HTTP1_IN_LENGTH;
        http1->left = http1->head.framing.length;
        break;
    case FRAMING_CHUNKED:
        http1->state = HTTP1_IN_CHUNKS;
        chunked_init(&http1->chunks);
        break;
    case FRAMING_CLOSE:
        http1->state = HTTP1_IN_REST;
        break;
    case FRAMING_BAD:
        return fail(http1, HTTP1_MALFORMED, why);
    }
    http1->status = http1->head.status;
    return HTTP1_HEAD;
}

static enum http1_event read_head(struct http1 *http1, struct text *bytes)
{
    bool whole;
    int r = http1_head_read(&http1->head, bytes, &whole);
    if (r < 0)
        return fail(http1, r == -ENOMEM ? HTTP1_NO_MEMORY : HTTP1_MALFORMED, http1->head.why);
    return whole ? end_head(http1) : HTTP1_MORE;
}

static enum http1_event end(struct http1 *http1)
{
    http1->state = HTTP1_ENDED;
    return HTTP1_END;
}

static enum http1_event read_length(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    if (http1->left == 0)
        return end(http1);
    if (bytes->len == 0)
        return HTTP1_MORE;
    *ret_body = (uint64_t)http1->left < bytes->len ? text_cut(*bytes, (size_t)http1->left) : *bytes;
    *bytes = text_skip(*bytes, ret_body->len);
    http1->left -= (int64_t)ret_body->len;
    return HTTP1_BODY;
}

static enum http1_event read_chunks(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    switch (chunked_read(&http1->chunks, bytes, ret_body)) {
    case CHUNKED_MORE:
        return HTTP1_MORE;
    case CHUNKED_BODY:
        return HTTP1_BODY;
    case CHUNKED_END:
        return end(http1);
    case CHUNKED_BAD:
        break;
    }
    return fail(http1, HTTP1_MALFORMED, http1->chunks.why);
}

static enum http1_event read_rest(struct text *bytes, struct text *ret_body)
{
    if (bytes->len == 0)
        return HTTP1_MORE;
    *ret_body = *bytes;
    *bytes = text_skip(*bytes, bytes->len);
    return HTTP1_BODY;
}

enum http1_event http1_read(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    http1->begun |= bytes->len > 0;
    switch (http1->state) {
    case HTTP1_IN_HEAD:
        return read_head(http1, bytes);
    case HTTP1_IN_LENGTH:
        return read_length(http1, bytes, ret_body);
    case HTTP1_IN_CHUNKS:
        return read_chunks(http1, bytes, ret_body);
    case HTTP1_IN_REST:
        return read_rest(bytes, ret_body);
    case HTTP1_ENDED:
        return HTTP1_END;
    case HTTP1_FAILED:
        break;
    }
    return HTTP1_BAD;
}

enum http1_event http1_close(struct http1 *http1)
{
    if (http1->state == HTTP1_ENDED || http1->state == HTTP1_IN_REST ||
        (http1->state == HTTP1_IN_LENGTH && http1->left == 0))
        return end(http1);
    if (http1->state == HTTP1_FAILED)
        return HTTP1_BAD;
    if (!http1->begun)
        return fail(http1, HTTP1_NOTHING, "the connection was closed before the answer began");
    return fail(http1, HTTP1_CUT, "the connection was closed inside of the answer");
}

bool http1_keeps(const struct http1 *http1)
{
    struct framing_case of = case_of(http1);
    return http1->state == HTTP1_ENDED && framing_keeps(&http1->head.framing, &of);
}
