/*
 * line -> neutral delta -> events. The line that says done brings the whole end of the stream with
 * it, so nothing that happens to the connection afterwards matters.
 */
#include "answer/relay_translate.h"

#include <errno.h>

#include "answer/relay.h"
#include "json/jsonspan.h"

void relay_translate_init(struct relay_translate *translate, const struct dialect *from,
                          const struct dialect *to, const struct dialect_writer *writer)
{
    *translate = (struct relay_translate){.from = from, .to = to, .writer = *writer};
    ndjson_init(&translate->lines, ANSWER_EVENT_MAX);
    chat_delta_init(&translate->delta);
    translate->end.usage = translate->delta.usage;
    buf_init(&translate->end.stop_sequence, ANSWER_EVENT_MAX);
}

void relay_translate_done(struct relay_translate *translate)
{
    ndjson_done(&translate->lines);
    chat_delta_done(&translate->delta);
    buf_done(&translate->end.stop_sequence);
}

static bool is_over(const struct answer_facts *facts)
{
    return facts->done || facts->failure != FAILURE_NONE;
}

/* {"error": "text"}, with status 200 once the stream has begun. */
static bool take_error(struct text json, struct answer_facts *facts)
{
    struct text value;
    struct provider_error error;
    if (!jsonspan_get(json, "error", &value) || jsonspan_type(value) == JSONSPAN_NULL)
        return false;
    if (provider_error_read(json, &error)) {
        enum failure failure = failure_of_answer(SPEAKER_OLLAMA, 200, &error);
        answer_fail_error(facts, failure ? failure : FAILURE_SERVER, &error);
    } else {
        answer_fail(facts, FAILURE_SERVER, "the provider sent an error without a message");
    }
    return true;
}

/* A later word on usage stands for an earlier one. */
static void take_number(int64_t number, int64_t *kept)
{
    if (number >= 0)
        *kept = number;
}

/* How the answer ends may be told in several events: all of it goes out with the last. */
static int keep_end(struct relay_translate *translate)
{
    const struct chat_delta *delta = &translate->delta;
    struct relay_translate_end *end = &translate->end;
    take_number(delta->usage.prompt, &end->usage.prompt);
    take_number(delta->usage.completion, &end->usage.completion);
    take_number(delta->usage.cached, &end->usage.cached);
    take_number(delta->usage.cache_written, &end->usage.cache_written);
    take_number(delta->usage.reasoning, &end->usage.reasoning);
    if (delta->finish == CHAT_FINISH_NONE)
        return 0;
    end->finish = delta->finish;
    buf_reset(&end->stop_sequence);
    return buf_append_text(&end->stop_sequence, delta->stop_sequence);
}

static void note(const struct relay_translate *translate, struct answer_facts *facts)
{
    const struct chat_delta *delta = &translate->delta;
    const struct relay_translate_end *end = &translate->end;
    bool finished = end->finish != CHAT_FINISH_NONE;
    for (size_t i = 0; i < delta->piece_count; i++) {
        bool hidden =
            delta->pieces[i].kind == CHAT_PIECE_REASONING && translate->to->hides_reasoning;
        if (hidden)
            facts->underway = true; /* no content for the app, but a sign of life */
        else
            facts->content = true;
    }
    facts->finished = finished || delta->done;
    facts->done = delta->done;
    facts->content = facts->content || facts->finished;
    facts->policy = end->finish == CHAT_FINISH_FILTER;
    if (!facts->done)
        return;
    facts->prompt_tokens = end->usage.prompt;
    facts->completion_tokens = end->usage.completion;
}

/* why is told where it is known; else what is left is our own want of memory. */
static void fail_read(struct answer_facts *facts, const struct error *why)
{
    answer_fail(facts, FAILURE_PROTOCOL, "%s",
                error_is_set(why) ? why->text : "no memory is left for the answer");
}

/* Half of an event never stays in out. */
static int write_events(struct relay_translate *translate, struct buf *out)
{
    size_t before = out->len;
    struct chat_delta told = translate->delta;
    const struct relay_translate_end *end = &translate->end;
    told.finish = CHAT_FINISH_NONE;
    if (told.done) {
        told.finish = end->finish ? end->finish : CHAT_FINISH_STOP;
        told.stop_sequence = buf_text(&end->stop_sequence);
        told.usage = end->usage;
    }
    int r = translate->to->event_write(&translate->writer, &told, out);
    if (r < 0 && out->len > before) {
        out->len = before;
        out->data[before] = '\0';
    }
    return r;
}

static void take_line(struct relay_translate *translate, struct text line, struct buf *out,
                      struct answer_facts *facts)
{
    struct error why = ERROR_NONE;
    if (take_error(line, facts))
        return;
    int r = translate->from->event_read(line, &translate->delta, &why);
    if (r == 0)
        r = keep_end(translate);
    if (r == 0)
        r = write_events(translate, out);
    if (r < 0)
        fail_read(facts, &why);
    else
        note(translate, facts);
}

static void take_lines(struct relay_translate *translate, struct buf *out,
                       struct answer_facts *facts)
{
    struct text line;
    while (!is_over(facts) && ndjson_next(&translate->lines, &line))
        take_line(translate, line, out, facts);
}

void relay_translate_feed(struct relay_translate *translate, struct text bytes, struct buf *out,
                          struct answer_facts *facts)
{
    while (bytes.len && !is_over(facts)) {
        struct text part = {bytes.at, bytes.len < NDJSON_PUSH_MAX ? bytes.len : NDJSON_PUSH_MAX};
        int r = ndjson_push(&translate->lines, part);
        if (r == -EMSGSIZE)
            answer_fail(facts, FAILURE_PROTOCOL, "the answer has a line that is too long");
        else if (r < 0)
            answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
        else
            take_lines(translate, out, facts);
        bytes = text_skip(bytes, part.len);
    }
}

/* A last line without its line end counts when it is JSON as a whole: a cut one never is. */
void relay_translate_end(struct relay_translate *translate, enum transport transport,
                         struct buf *out, struct answer_facts *facts)
{
    if (is_over(facts))
        return;
    struct text rest = ndjson_rest(&translate->lines);
    if (rest.len && jsonspan_check(rest, NULL) == 0)
        take_line(translate, rest, out, facts);
    if (is_over(facts))
        return;
    if (transport == TRANSPORT_OK)
        answer_fail(facts, FAILURE_PROTOCOL, "the stream ended before the answer was finished");
    else
        answer_fail(facts, transport_failure(transport), "%s", transport_sentence(transport));
}

void relay_translate_whole(struct relay_translate *translate, struct text body, struct buf *out,
                           struct answer_facts *facts)
{
    struct error why = ERROR_NONE;
    if (body.len == 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "the answer is empty");
        return;
    }
    if (jsonspan_check(body, NULL) == 0 && take_error(body, facts))
        return;
    int r = translate->from->answer_read(body, &translate->delta, &why);
    if (r == 0)
        r = keep_end(translate);
    if (r == 0)
        r = translate->to->answer_write(&translate->writer, &translate->delta, out);
    if (r < 0)
        fail_read(facts, &why);
    else
        note(translate, facts);
}
