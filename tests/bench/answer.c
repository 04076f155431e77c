#include "answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "script.h"

void answer_reset(struct answer *answer, bool stream, uint64_t expected)
{
    void (*delay)(int64_t us) = answer->delay, (*gap)(int64_t us) = answer->gap;
    *answer = (struct answer){.stream = stream, .expected = expected, .delay = delay, .gap = gap};
}

static void bad(struct answer *answer, const char *what)
{
    if (!answer->bad)
        answer->bad = what;
}

/* Adds bytes up to a line end; returns how many were taken, sets *ret_whole at the line end. */
static size_t take_line(struct answer_line *line, const char *bytes, size_t len, bool *ret_whole)
{
    const char *end = memchr(bytes, '\n', len);
    size_t n = end ? (size_t)(end - bytes) : len;
    size_t room = ANSWER_LINE_MAX - 1 - line->len;
    memcpy(line->text + line->len, bytes, n < room ? n : room);
    line->len += n < room ? n : room;
    *ret_whole = end != NULL;
    if (!end)
        return n;
    if (line->len > 0 && line->text[line->len - 1] == '\r')
        line->len--;
    line->text[line->len] = '\0';
    return n + 1;
}

/* Of a whole answer: SCRIPT_WHOLE, or with a long text in it. */
static size_t whole_len(const struct answer *answer)
{
    return answer->fill > 0 ? strlen(SCRIPT_WHOLE_BEGIN) + answer->fill + strlen(SCRIPT_WHOLE_END)
                            : strlen(SCRIPT_WHOLE);
}

static void end(struct answer *answer)
{
    answer->place = ANSWER_END;
    if (answer->status != 200)
        bad(answer, "the status is not 200");
    else if (!answer->stream && answer->matched != whole_len(answer))
        bad(answer, "the answer is too short");
    else if (answer->stream && answer->expected > 0 && answer->events != answer->expected)
        bad(answer, "events are missing");
    else if (answer->stream && !(answer->finished && answer->counted && answer->done))
        bad(answer, "the end of the stream is not whole");
}

static void begin_body(struct answer *answer)
{
    if (answer->chunked)
        answer->place = ANSWER_CHUNK_SIZE;
    else if (answer->left > 0)
        answer->place = ANSWER_BODY;
    else
        end(answer);
}

static void on_head_line(struct answer *answer, const char *line)
{
    if (answer->status == 0)
        answer->status = strlen(line) > 9 ? (int)strtol(line + 9, NULL, 10) : -1;
    else if (strncasecmp(line, "content-length:", 15) == 0)
        answer->left = strtoul(line + 15, NULL, 10);
    else if (strncasecmp(line, "transfer-encoding: chunked", 26) == 0)
        answer->chunked = true;
    else if (*line == '\0')
        begin_body(answer);
}

static void on_size_line(struct answer *answer, const char *line)
{
    answer->left = strtoul(line, NULL, 16);
    answer->place = answer->left > 0 ? ANSWER_CHUNK : ANSWER_TRAILER;
}

static void on_line(struct answer *answer, const char *line)
{
    switch (answer->place) {
    case ANSWER_HEAD:
        on_head_line(answer, line);
        break;
    case ANSWER_CHUNK_SIZE:
        on_size_line(answer, line);
        break;
    case ANSWER_CHUNK_END:
        answer->place = ANSWER_CHUNK_SIZE;
        break;
    case ANSWER_TRAILER:
        if (*line == '\0')
            end(answer);
        break;
    case ANSWER_BODY:
    case ANSWER_CHUNK:
    case ANSWER_END:
        break;
    }
}

static void on_content(struct answer *answer, const char *text, int64_t now_us)
{
    if (*text == '"')
        return; /* the role's event carries an empty text */
    char *after = NULL;
    uint64_t number = strtoull(text, &after, 10);
    int64_t sent_us = strtoll(after, NULL, 10);
    if (number != answer->events)
        bad(answer, "an event is lost, doubled or out of order");
    int64_t before_us = answer->delay_us;
    answer->delay_us = now_us - sent_us;
    if (answer->gap && answer->events > 0)
        answer->gap(answer->delay_us - before_us);
    if (answer->delay)
        answer->delay(answer->delay_us);
    answer->events++;
}

static void on_data_line(struct answer *answer, const char *line, int64_t now_us)
{
    const char *content = strstr(line, SCRIPT_CONTENT);
    if (*line == '\0')
        return;
    if (content)
        on_content(answer, content + strlen(SCRIPT_CONTENT), now_us);
    else if (strstr(line, SCRIPT_FINISH))
        answer->finished = true;
    else if (strstr(line, SCRIPT_USAGE))
        answer->counted = true;
    else if (strcmp(line, SCRIPT_DONE) == 0)
        answer->done = true;
    else
        bad(answer, "a line that was not sent");
}

static void on_data(struct answer *answer, const char *bytes, size_t len, int64_t now_us)
{
    while (len > 0) {
        bool whole;
        size_t n = take_line(&answer->data, bytes, len, &whole);
        bytes += n;
        len -= n;
        if (!whole)
            return;
        answer->data.len = 0;
        on_data_line(answer, answer->data.text, now_us);
    }
}

static bool is_fill(const char *bytes, size_t len)
{
    return len == 0 || (*bytes == SCRIPT_FILL && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* The bytes that are expected next, up to where they change in kind. */
static size_t match_some(const struct answer *answer, const char *bytes, size_t len)
{
    size_t begin = strlen(SCRIPT_WHOLE_BEGIN), at = answer->matched;
    const char *text = SCRIPT_WHOLE;
    size_t offset = at, left = strlen(SCRIPT_WHOLE) - at;
    if (answer->fill > 0 && at < begin) {
        left = begin - at;
    } else if (answer->fill > 0 && at < begin + answer->fill) {
        left = begin + answer->fill - at;
        len = len < left ? len : left;
        return is_fill(bytes, len) ? len : 0;
    } else if (answer->fill > 0) {
        text = SCRIPT_WHOLE_END;
        offset = at - begin - answer->fill;
        left = strlen(text) - offset;
    }
    len = len < left ? len : left;
    return memcmp(bytes, text + offset, len) == 0 ? len : 0;
}

static void on_whole(struct answer *answer, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t n = answer->matched < whole_len(answer) ? match_some(answer, bytes, len) : 0;
        if (n == 0) {
            bad(answer, "the answer is not the one that was sent");
            return;
        }
        answer->matched += n;
        bytes += n;
        len -= n;
    }
}

static size_t take_body(struct answer *answer, const char *bytes, size_t len, int64_t now_us)
{
    size_t n = len < answer->left ? len : answer->left;
    if (answer->stream)
        on_data(answer, bytes, n, now_us);
    else
        on_whole(answer, bytes, n);
    answer->left -= n;
    if (answer->left == 0 && answer->place == ANSWER_CHUNK)
        answer->place = ANSWER_CHUNK_END;
    else if (answer->left == 0)
        end(answer);
    return n;
}

void answer_feed(struct answer *answer, const char *bytes, size_t len, int64_t now_us)
{
    while (len > 0 && answer->place != ANSWER_END) {
        bool whole = false;
        bool body = answer->place == ANSWER_BODY || answer->place == ANSWER_CHUNK;
        size_t n = body ? take_body(answer, bytes, len, now_us)
                        : take_line(&answer->line, bytes, len, &whole);
        bytes += n;
        len -= n;
        if (!whole)
            continue;
        answer->line.len = 0;
        on_line(answer, answer->line.text);
    }
    if (len > 0)
        bad(answer, "bytes behind the end of the answer");
}
