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
    ndjson_init(&translate->lines, RELAY_EVENT_MAX);
    chat_delta_init(&translate->delta);
}

void relay_translate_done(struct relay_translate *translate)
{
    ndjson_done(&translate->lines);
    chat_delta_done(&translate->delta);
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
        enum failure failure = failure_of_answer(PROVIDER_OLLAMA, 200, &error);
        answer_fail_error(facts, failure ? failure : FAILURE_SERVER, &error);
    } else {
        answer_fail(facts, FAILURE_SERVER, "the provider sent an error without a message");
    }
    return true;
}

static void note(const struct chat_delta *delta, struct answer_facts *facts)
{
    if (delta->content.len || delta->reasoning.len || delta->call_count)
        facts->content = true;
    if (delta->finish == CHAT_FINISH_NONE)
        return;
    facts->content = facts->finished = facts->done = true;
    facts->policy = delta->finish == CHAT_FINISH_FILTER;
    facts->prompt_tokens = delta->prompt_tokens;
    facts->completion_tokens = delta->completion_tokens;
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
    int r = translate->to->event_write(&translate->writer, &translate->delta, out);
    if (r < 0 && out->len > before) {
        out->len = before;
        out->data[before] = '\0';
    }
    return r;
}

/* What the app is not told is no content for it, but a sign of life. */
static void hide_reasoning(struct relay_translate *translate, struct answer_facts *facts)
{
    if (!translate->to->hides_reasoning || translate->delta.reasoning.len == 0)
        return;
    translate->delta.reasoning = (struct text){0};
    facts->underway = true;
}

static void take_line(struct relay_translate *translate, struct text line, struct buf *out,
                      struct answer_facts *facts)
{
    struct error why = ERROR_NONE;
    if (take_error(line, facts))
        return;
    int r = translate->from->event_read(line, &translate->delta, &why);
    if (r == 0)
        hide_reasoning(translate, facts);
    if (r == 0)
        r = write_events(translate, out);
    if (r < 0)
        fail_read(facts, &why);
    else
        note(&translate->delta, facts);
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
        r = translate->to->answer_write(&translate->writer, &translate->delta, out);
    if (r < 0)
        fail_read(facts, &why);
    else
        note(&translate->delta, facts);
}
