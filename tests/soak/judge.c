#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a field of the head, or NULL. */
static const char *field(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    return at ? at + strlen(name) : NULL;
}

/* Takes chunks apart; true once the last one is here. */
static bool read_chunks(const char *bytes, size_t len, char *body, struct reading *reading)
{
    size_t at = 0;
    for (;;) {
        const char *end = memchr(bytes + at, '\n', len - at);
        if (!end)
            return false;
        size_t size = strtoul(bytes + at, NULL, 16);
        size_t begin = (size_t)(end + 1 - bytes);
        size_t here = len - begin < size ? len - begin : size;
        memcpy(body + reading->body_len, bytes + begin, here);
        reading->body_len += here;
        if (here < size || len - begin < size + 2)
            return false;
        at = begin + size + 2;
        if (size == 0) {
            reading->used += at;
            return true;
        }
    }
}

struct reading judge_read(char *bytes, size_t len, char *body)
{
    struct reading reading = {0};
    bytes[len] = '\0';
    body[0] = '\0';
    char *blank = strstr(bytes, "\r\n\r\n");
    if (!blank)
        return reading;
    *blank = '\0';
    const char *length = field(bytes, "\r\ncontent-length: ");
    const char *close = field(bytes, "\r\nconnection: ");
    bool chunked = field(bytes, "\r\ntransfer-encoding: chunked") != NULL;
    size_t head_len = (size_t)(blank + 4 - bytes), left = len - head_len;
    reading.status = strncmp(bytes, "HTTP/1.1 ", 9) == 0 ? (int)strtol(bytes + 9, NULL, 10) : -1;
    reading.close = close && strncasecmp(close, "close", 5) == 0;
    reading.used = head_len;
    if (chunked) {
        reading.whole = read_chunks(bytes + head_len, left, body, &reading);
    } else {
        size_t size = length ? strtoul(length, NULL, 10) : 0;
        reading.body_len = left < size ? left : size;
        memcpy(body, bytes + head_len, reading.body_len);
        reading.whole = left >= size;
        reading.used += size;
    }
    *blank = '\r';
    body[reading.body_len] = '\0';
    return reading;
}

/* How many words came, in order and from the first one; an answer may say all of them again. -1:
 * out of order. */
static long words(const char *body)
{
    long count = 0;
    for (const char *at = strstr(body, ACT_WORD); at; at = strstr(at, ACT_WORD)) {
        at += strlen(ACT_WORD);
        if (strtol(at, NULL, 10) != count % ACT_WORDS)
            return -1;
        count++;
    }
    return count;
}

/* Whether it is the answer to this request, as often as it says its text. */
static bool is_for(const char *body, unsigned number)
{
    const char *at = strstr(body, ACT_FOR);
    bool found = at != NULL;
    for (; at && found; at = strstr(at, ACT_FOR)) {
        at += strlen(ACT_FOR);
        found = strtoul(at, NULL, 10) == number;
    }
    return found;
}

static const char *judge_good(const struct kind *kind, const struct reading *reading,
                              const char *body)
{
    long count = words(body);
    if (reading->status != 200)
        return "the status is not 200";
    if (!reading->whole)
        return "the answer is not whole";
    if (count <= 0 || count % ACT_WORDS != 0)
        return "words are lost, doubled or out of order";
    return kind->end && !strstr(body, kind->end) ? "the end of the stream is missing" : NULL;
}

static const char *judge_broken(const struct kind *kind, const struct reading *reading,
                                const char *body)
{
    long count = words(body);
    if (reading->status != 200)
        return "the status is not 200";
    if (count <= 0 || count >= ACT_WORDS)
        return "words are lost, doubled or made up";
    if (strstr(body, kind->end))
        return "a broken stream has a good end";
    return strstr(body, "error") ? NULL : "a broken stream has no error";
}

const char *judge_answer(const struct kind *kind, unsigned number, const struct reading *reading,
                         const char *body)
{
    bool whole = reading->whole, error = strstr(body, "error") != NULL;
    if (reading->status == 200 && kind->expect != PAGE && !is_for(body, number))
        return "the answer is that of another request";
    switch (kind->expect) {
    case GOOD:
        return judge_good(kind, reading, body);
    case BROKEN:
        return judge_broken(kind, reading, body);
    case REFUSED:
        return whole && error && reading->status == kind->status ? NULL
                                                                 : "not the refusal expected";
    case FAILED:
        return whole && error && reading->status >= 500 ? NULL : "not the error expected";
    case PAGE:
        return whole && reading->status == 200 && *body ? NULL : "not the page expected";
    }
    return "no such expectation";
}
