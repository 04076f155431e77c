/*
 * Only content of the first choice may have gone out. Reasoning may have too: it is over once
 * content comes, and is not part of what is gone on with.
 */
#include "answer/resume.h"

#include "answer/relay.h"
#include "json/jsonspan.h"

#define ID_MAX 256

bool resume_suits(const struct request_facts *facts)
{
    return facts->n <= 1 && !facts->shaped && !facts->logprobs;
}

void resume_init(struct resume *resume)
{
    *resume = (struct resume){0};
    sse_init(&resume->sse, ANSWER_EVENT_MAX);
    buf_init(&resume->text, RESUME_TEXT_MAX);
    buf_init(&resume->id, ID_MAX);
}

void resume_done(struct resume *resume)
{
    sse_done(&resume->sse);
    buf_done(&resume->text);
    buf_done(&resume->id);
}

static bool is_empty(struct text value)
{
    switch (jsonspan_type(value)) {
    case JSONSPAN_NONE:
    case JSONSPAN_NULL:
        return true;
    case JSONSPAN_STRING:
    case JSONSPAN_ARRAY:
    case JSONSPAN_OBJECT:
        return value.len <= 2;
    case JSONSPAN_NUMBER:
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
        return false;
    }
    return false;
}

static bool is_passed_over(struct text name)
{
    return jsonspan_name_is(name, "role") || jsonspan_name_is(name, "reasoning") ||
           jsonspan_name_is(name, "reasoning_content") ||
           jsonspan_name_is(name, "reasoning_details");
}

static void take_delta(struct resume *resume, struct text delta)
{
    struct text name, value;
    for (size_t position = 0; jsonspan_member(delta, &position, &name, &value);) {
        if (is_empty(value) || is_passed_over(name))
            continue;
        if (!jsonspan_name_is(name, "content") || jsonspan_decode(value, &resume->text) < 0)
            resume->impossible = true;
    }
}

static void take_choice(struct resume *resume, struct text choice)
{
    struct text value;
    if (jsonspan_get(choice, "index", &value) && !text_equals(value, "0"))
        resume->impossible = true;
    if (jsonspan_get(choice, "logprobs", &value) && !is_empty(value))
        resume->impossible = true;
    if (jsonspan_get(choice, "finish_reason", &value) && !is_empty(value))
        resume->impossible = true;
    if (jsonspan_get(choice, "delta", &value))
        take_delta(resume, value);
}

static int64_t whole(struct text number)
{
    int64_t n = 0;
    for (size_t i = 0; i < number.len && text_is_digit(number.at[i]); i++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, number.at[i] - '0', &n))
            return 0;
    return n;
}

static void take_identity(struct resume *resume, struct text event)
{
    struct text value;
    if (resume->id.len)
        return;
    if (jsonspan_get(event, "id", &value) && jsonspan_decode(value, &resume->id) < 0)
        resume->impossible = true;
    if (jsonspan_get(event, "created", &value))
        resume->created = whole(value);
}

static void take_event(struct resume *resume, struct text data)
{
    struct text choices, choice;
    size_t position = 0;
    if (jsonspan_check(data, NULL) < 0 || jsonspan_type(data) != JSONSPAN_OBJECT) {
        resume->impossible = true;
        return;
    }
    take_identity(resume, data);
    if (jsonspan_get(data, "error", &choices) && !is_empty(choices))
        resume->impossible = true;
    if (!jsonspan_get(data, "choices", &choices))
        return;
    while (jsonspan_next(choices, &position, &choice))
        take_choice(resume, choice);
}

void resume_feed(struct resume *resume, struct text bytes)
{
    struct sse_event event;
    while (bytes.len && !resume->impossible) {
        struct text part = {bytes.at, bytes.len < SSE_PUSH_MAX ? bytes.len : SSE_PUSH_MAX};
        if (sse_push(&resume->sse, part) < 0)
            resume->impossible = true;
        while (!resume->impossible && sse_next(&resume->sse, &event))
            if (event.has_data)
                take_event(resume, event.data);
        bytes = text_skip(bytes, part.len);
    }
}

bool resume_possible(const struct resume *resume)
{
    return !resume->impossible && resume->id.len > 0 && resume->text.len > 0;
}
