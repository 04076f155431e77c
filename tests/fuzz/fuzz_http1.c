/*
 * The first byte says how the request was and how long a head may be, the second how the bytes are
 * cut. Cut in any way they give the same head, body, verdict and rest; what the head says is so,
 * and a head that was read is read as the same once more.
 */
#include "fuzz.h"
#include "http/headers.h"
#include "http/http1.h"

#define BODILESS 1
#define SHORT    2

struct seen {
    struct http1 http1;
    enum http1_event last;
    struct buf lines, body;
    size_t heads, left;
};

/* Feeds one piece; false: nothing more may be fed. */
static bool feed(struct seen *seen, struct text bytes)
{
    struct text piece;
    for (;;) {
        struct text before = bytes;
        seen->last = http1_read(&seen->http1, &bytes, &piece);
        const char *end = before.at + before.len, *rest = bytes.len ? bytes.at : end;
        require(seen->last == HTTP1_BAD || rest + bytes.len == end); /* cut off the front */
        if (seen->last == HTTP1_BODY) {
            require(seen->heads == 1 && piece.len > 0 && piece.len <= before.len);
            require(piece.at >= before.at && piece.at + piece.len == rest);
            require(buf_append_text(&seen->body, piece) == 0);
        } else if (seen->last == HTTP1_HEAD) {
            seen->heads++;
        } else {
            require(seen->last != HTTP1_MORE || bytes.len == 0);
            seen->left = bytes.len;
            return seen->last == HTTP1_MORE;
        }
    }
}

/* In pieces of 1 to 16 bytes, by `seed`; 0 = at once. */
static void run(struct text input, uint8_t flags, unsigned seed, struct seen *seen)
{
    struct text left = input;
    bool more = true;
    *seen = (struct seen){.last = HTTP1_MORE};
    buf_init(&seen->lines, flags & SHORT ? 64 : SIZE_MAX);
    buf_init(&seen->body, SIZE_MAX);
    http1_init(&seen->http1, &seen->lines, flags & BODILESS);
    while (more && left.len > 0) {
        size_t n = seed ? seed % 16u + 1u : left.len;
        seed = seed > 255 ? seed * 1103515245u + 12345u : seed;
        struct text piece = text_cut(left, n);
        left = text_skip(left, piece.len);
        more = feed(seen, piece);
    }
    if (more)
        seen->last = http1_close(&seen->http1);
    seen->left = seen->last == HTTP1_END && !more ? seen->left + left.len : 0;
}

static void done(struct seen *seen)
{
    buf_done(&seen->lines);
    buf_done(&seen->body);
}

static void require_same(const struct seen *a, const struct seen *b)
{
    require(a->last == b->last && a->http1.fault == b->http1.fault);
    require(a->http1.status == b->http1.status && a->heads == b->heads && a->left == b->left);
    require(http1_keeps(&a->http1) == http1_keeps(&b->http1));
    require(http1_begun(&a->http1) == http1_begun(&b->http1));
    require(same(buf_text(&a->body), buf_text(&b->body)));
    if (a->heads || a->http1.fault == HTTP1_MALFORMED) /* else they are those of half a head */
        require(same(buf_text(&a->lines), buf_text(&b->lines)));
}

/* Lines as they are promised. *ret_length: what they say of the body; -1: nothing. */
static void check_lines(struct text lines, int64_t *ret_length, bool *ret_encoding)
{
    *ret_length = -1;
    *ret_encoding = false;
    require(text_ends(lines, "\r\n") && text_starts(lines, "HTTP/1."));
    require(memchr(lines.at, '\0', lines.len) == NULL);
    for (bool first = true; lines.len > 0; first = false) {
        struct text line = take_until(&lines, '\n');
        require(text_ends(line, "\r") && memchr(line.at, '\r', line.len) == line.at + line.len - 1);
        if (first)
            continue;
        struct text name = take_until(&line, ':');
        require(header_name_valid(name) && line.len > 0);
        if (header_name_is(name, "content-length"))
            (void)text_digits(text_trim(line), ret_length);
        *ret_encoding |= header_name_is(name, "transfer-encoding");
    }
}

static void check_head(const struct seen *seen, uint8_t flags)
{
    struct seen again;
    int64_t length;
    bool encoding;
    int status = seen->http1.status;
    bool none = flags & BODILESS || status == 204 || status == 304;
    require(seen->heads == 1 && status >= 200 && status <= 999);
    check_lines(buf_text(&seen->lines), &length, &encoding);
    if (none)
        require(seen->last == HTTP1_END && seen->body.len == 0);
    else if (!encoding && length >= 0)
        require(seen->last == HTTP1_END ? (int64_t)seen->body.len == length
                                        : (int64_t)seen->body.len < length);
    else if (!encoding)
        require(seen->last == HTTP1_END && seen->left == 0 && !http1_keeps(&seen->http1));
    struct buf head;
    buf_init(&head, SIZE_MAX);
    require(buf_append_text(&head, buf_text(&seen->lines)) == 0);
    require(buf_append_string(&head, "\r\n") == 0);
    run(buf_text(&head), flags & BODILESS, 0, &again);
    require(again.http1.status == status && again.heads == 1);
    require(same(buf_text(&again.lines), buf_text(&seen->lines)));
    buf_done(&head);
    done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, cut;
    struct text input = text_make((const char *)data, size);
    uint8_t flags = take_byte(&input), step = take_byte(&input);
    const unsigned seeds[] = {1 + step % 16u, 256u + step, 16};
    run(input, flags, 0, &whole);
    require((whole.last == HTTP1_END) == (whole.http1.fault == HTTP1_SOUND));
    require((whole.last == HTTP1_BAD) == (whole.http1.why != NULL));
    require((whole.http1.status != 0) == (whole.heads != 0));
    require(http1_begun(&whole.http1) == (input.len > 0));
    require((whole.http1.fault == HTTP1_NOTHING) == (input.len == 0));
    require(whole.http1.fault != HTTP1_MALFORMED || whole.heads || whole.lines.len == 0);
    for (size_t i = 0; i < 3; i++) {
        run(input, flags, seeds[i], &cut);
        require_same(&whole, &cut);
        done(&cut);
    }
    if (whole.heads)
        check_head(&whole, flags);
    done(&whole);
    return 0;
}
