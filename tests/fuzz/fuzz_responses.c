/*
 * An answer of Ollama's, told as a response. Whatever came, it is a stream of events that name
 * themselves, counted from 0 without a gap; it ends with exactly one that ends it, which tells of a
 * failure where there was one; and in small pieces the same comes out as in one.
 *
 *     size of pieces, transport | answer
 */
#include <stdio.h>

#include "answer/relay.h"
#include "dialect/dialect.h"
#include "fuzz.h"

static const char request[] = "{\"model\":\"x\",\"input\":\"hi\",\"tools\":[{\"type\":\"custom\","
                              "\"name\":\"p\"},{\"type\":\"namespace\",\"name\":\"s\",\"tools\":[{"
                              "\"type\":\"function\",\"name\":\"f\"}]}]}";

struct told {
    struct buf out;
    bool failed, done;
};

static void tell(struct text input, size_t step, enum transport transport, struct told *ret)
{
    const struct relay_options options = {.app = &dialect_responses,
                                          .from = &dialect_ollama,
                                          .identity = {.id = "resp_1", .model = "m", .created = 1},
                                          .request = text_of(request)};
    struct relay *relay = relay_new(&options);
    require(relay != NULL);
    buf_init(&ret->out, SIZE_MAX);
    while (input.len) {
        size_t n = step < input.len ? step : input.len;
        relay_feed(relay, text_make(input.at, n));
        input = text_skip(input, n);
    }
    relay_end(relay, transport);
    ret->failed = relay_facts(relay)->failure != FAILURE_NONE;
    ret->done = relay_facts(relay)->done;
    if (ret->failed)
        relay_break(relay);
    require(buf_append_text(&ret->out, buf_text(relay_out(relay))) == 0);
    relay_free(relay);
}

/* The next line, without its end. */
static struct text take_line(struct text *out)
{
    require(out->len && memchr(out->at, '\n', out->len));
    return take_until(out, '\n');
}

/* What the member of the event is, as it stands there. */
static struct text member(struct text data, const char *name)
{
    struct text value;
    require(jsonspan_get(data, name, &value));
    return value;
}

static bool is_end(struct text name)
{
    return text_equals(name, "response.completed") || text_equals(name, "response.incomplete") ||
           text_equals(name, "response.failed");
}

static void check(const struct told *told)
{
    struct text out = buf_text(&told->out), name = text_make("", 0);
    char number[32];
    require(told->failed != told->done);
    for (size_t n = 0; out.len; n++) {
        require(!is_end(name));
        struct text first = take_line(&out), data = take_line(&out);
        require(take_line(&out).len == 0);
        require(text_starts(first, "event: ") && text_starts(data, "data: "));
        name = text_skip(first, strlen("event: "));
        data = text_skip(data, strlen("data: "));
        require(is_object(data) && jsonspan_name_is(member(data, "type"), "response.failed") ==
                                       text_equals(name, "response.failed"));
        (void)snprintf(number, sizeof(number), "%zu", n);
        require(text_equals(member(data, "sequence_number"), number));
    }
    require(is_end(name));
    require(text_equals(name, "response.failed") == told->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    if (size < 2)
        return 0;
    size_t step = 1 + take_byte(&input) % 64u;
    enum transport transport = (enum transport)(take_byte(&input) % TRANSPORT_COUNT);
    struct told whole, pieces;
    tell(input, input.len + 1, transport, &whole);
    tell(input, step, transport, &pieces);
    check(&whole);
    require(same(buf_text(&whole.out), buf_text(&pieces.out)));
    buf_done(&whole.out);
    buf_done(&pieces.out);
    return 0;
}
