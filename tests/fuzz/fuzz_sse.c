/*
 * The first byte is the size of the pieces. In one push, in pieces, and taken late, the same events
 * come out, and their bytes with the rest are the input.
 */

#include "fuzz.h"
#include "http/sse.h"

struct seen {
    struct buf raw;    /* all events and the rest */
    struct buf events; /* what they say, one behind the other */
};

static void drain(struct sse *sse, struct seen *seen)
{
    struct sse_event event;
    while (sse_next(sse, &event)) {
        require(event.raw.len > 0);
        require(event.has_data || event.data.len == 0);
        require(buf_append_text(&seen->raw, event.raw) == 0);
        require(buf_printf(&seen->events, "%d %zu %zu:", event.has_data, event.data.len,
                           event.name.len) == 0);
        require(buf_append_text(&seen->events, event.data) == 0);
        require(buf_append_text(&seen->events, event.name) == 0);
    }
}

static void run(struct text input, size_t step, bool late, struct seen *seen)
{
    struct sse sse;
    struct text left = input;
    sse_init(&sse, 1u << 20);
    buf_init(&seen->raw, SIZE_MAX);
    buf_init(&seen->events, SIZE_MAX);
    while (left.len > 0) {
        size_t n = step < left.len ? step : left.len;
        require(sse_push(&sse, text_make(left.at, n)) == 0);
        left = text_skip(left, n);
        if (!late)
            drain(&sse, seen);
    }
    drain(&sse, seen);
    require(buf_append_text(&seen->raw, sse_rest(&sse)) == 0);
    require(seen->raw.len == input.len);
    require(input.len == 0 || memcmp(seen->raw.data, input.at, input.len) == 0);
    sse_done(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, pieces, late;
    if (size == 0)
        return 0;
    struct text input = text_make((const char *)data + 1, size - 1);
    size_t step = data[0] % 16u + 1u;
    run(input, size, false, &whole);
    run(input, step, false, &pieces);
    run(input, step, true, &late);
    require(same(buf_text(&whole.events), buf_text(&pieces.events)));
    require(same(buf_text(&whole.events), buf_text(&late.events)));
    struct seen *all[] = {&whole, &pieces, &late};
    for (size_t i = 0; i < 3; i++) {
        buf_done(&all[i]->raw);
        buf_done(&all[i]->events);
    }
    return 0;
}
