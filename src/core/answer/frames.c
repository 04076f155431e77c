/* One of two, chosen once. */
#include "answer/frames.h"

#include <errno.h>

/* No more than SSE_PUSH_MAX or NDJSON_PUSH_MAX. */
#define PUSH_MAX ((size_t)1 << 20)

void frames_init(struct frames *frames, enum dialect_framing framing, size_t event_max)
{
    *frames = (struct frames){.framing = framing};
    if (framing == DIALECT_SSE)
        sse_init(&frames->sse, event_max);
    else
        ndjson_init(&frames->lines, event_max);
}

void frames_done(struct frames *frames)
{
    if (frames->framing == DIALECT_SSE)
        sse_done(&frames->sse);
    else
        ndjson_done(&frames->lines);
}

bool frames_push(struct frames *frames, struct text *bytes, struct answer_facts *facts)
{
    bool lines = frames->framing == DIALECT_NDJSON;
    struct text part = text_cut(*bytes, PUSH_MAX);
    int r = lines ? ndjson_push(&frames->lines, part) : sse_push(&frames->sse, part);
    *bytes = text_skip(*bytes, part.len);
    if (r == -EMSGSIZE && lines)
        answer_fail(facts, FAILURE_PROTOCOL, "the answer has a line that is too long");
    else if (r < 0)
        answer_fail_errno(facts, r);
    return r == 0;
}

bool frames_next(struct frames *frames, struct frame *ret)
{
    struct sse_event event;
    struct text line;
    if (frames->framing == DIALECT_NDJSON) {
        if (!ndjson_next(&frames->lines, &line))
            return false;
        *ret = (struct frame){.event = {.data = line},
                              .raw = text_make(line.at, ndjson_taken(&frames->lines))};
        return true;
    }
    if (!sse_next(&frames->sse, &event))
        return false;
    ret->event.name = event.name;
    ret->event.data = event.data;
    if (!event.has_data)
        ret->event.data.at = NULL;
    else if (!event.data.at)
        ret->event.data = text_of("");
    ret->raw = event.raw;
    return true;
}

bool frames_close(struct frames *frames, struct frame *ret, size_t *ret_came)
{
    bool lines = frames->framing == DIALECT_NDJSON;
    struct text rest = lines ? ndjson_rest(&frames->lines) : sse_rest(&frames->sse);
    if (rest.len == 0)
        return false;
    *ret_came = rest.len;
    bool line_ended = rest.at[rest.len - 1] == '\n';
    int r = lines ? ndjson_push(&frames->lines, text_of("\n"))
                  : sse_push(&frames->sse, text_of(line_ended ? "\n" : "\n\n"));
    return r == 0 && frames_next(frames, ret);
}
