/*
 * An answer is told by what its choices hold:
 *
 *     content     a member of delta (or message, or text) that is not empty
 *     finished    every choice that has come has had its finish_reason
 *     policy      a finish_reason content_filter
 *     failure     an error object, or an event named error
 */
#include "judge.h"

#include <stddef.h>

#include "jsonspan.h"

#define CHOICES_MAX 64

static bool get(struct text object, const char *name, struct text *ret)
{
    return jsonspan_get(object, name, ret);
}

/* Is the value something: neither null, "", [], {} nor a bare number or boolean? */
static bool holds_something(struct text value)
{
    struct text none;
    size_t position = 0;
    switch (jsonspan_type(value)) {
    case JSONSPAN_STRING:
        return value.len > 2;
    case JSONSPAN_ARRAY:
        return jsonspan_next(value, &position, &none);
    case JSONSPAN_OBJECT:
        return value.len > 2;
    case JSONSPAN_NONE:
    case JSONSPAN_NUMBER:
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
    case JSONSPAN_NULL:
        return false;
    }
    return false;
}

/* A count of tokens; whatever is no whole number leaves *count as it is. */
static void read_count(struct text usage, const char *name, int64_t *count)
{
    struct text value;
    int64_t n = 0;
    if (!get(usage, name, &value) || value.len == 0 || !text_is_digit(value.at[0]))
        return;
    for (size_t i = 0; i < value.len && text_is_digit(value.at[i]); i++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, value.at[i] - '0', &n))
            return;
    *count = n;
}

static void read_usage(struct text body, struct answer_facts *facts)
{
    struct text usage;
    if (!get(body, "usage", &usage) || jsonspan_type(usage) != JSONSPAN_OBJECT)
        return;
    read_count(usage, "prompt_tokens", &facts->prompt_tokens);
    read_count(usage, "completion_tokens", &facts->completion_tokens);
}

/* Does the body carry an error? null, false and "" are none. */
static bool has_error(struct text body)
{
    struct text error;
    if (!get(body, "error", &error))
        return false;
    enum jsonspan_type type = jsonspan_type(error);
    return type == JSONSPAN_OBJECT ||
           ((type == JSONSPAN_STRING || type == JSONSPAN_ARRAY) && error.len > 2);
}

/* The class of the error's code; one that says nothing is the server's fault. */
static void fail_by_error(struct text body, struct answer_facts *facts)
{
    struct provider_error error;
    (void)provider_error_read(body, &error);
    enum failure failure = failure_of_answer(PROVIDER_OPENAI, 200, &error);
    if (!error.message[0] && !error.code[0] && !error.type[0])
        answer_fail(facts, FAILURE_SERVER, "the provider sent an error without a message");
    else
        answer_fail_error(facts, failure ? failure : FAILURE_SERVER, &error);
}

void judge_refused(struct text body, const char *reason, struct answer_facts *facts)
{
    struct text first;
    if (jsonspan_type(body) == JSONSPAN_ARRAY && jsonspan_item(body, 0, &first))
        body = first; /* Google's endpoint puts the error object into an array */
    if (has_error(body))
        fail_by_error(body, facts);
    else
        answer_fail(facts, FAILURE_PROTOCOL, "%s", reason);
}

/* Members of a delta in which an answer comes. reasoning_content is DeepSeek's and vLLM's name,
 * reasoning and reasoning_details are OpenRouter's, as is images. */
static bool delta_has_content(struct text delta)
{
    static const char *const members[] = {
        "content",       "tool_calls", "reasoning_content", "reasoning", "refusal",
        "function_call", "audio",      "reasoning_details", "images",
    };
    struct text value;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (get(delta, members[i], &value) && holds_something(value))
            return true;
    return false;
}

/* The bit of a choice's index. */
static uint64_t choice_bit(struct text choice)
{
    int64_t index = 0;
    read_count(choice, "index", &index);
    return UINT64_C(1) << (index < CHOICES_MAX ? index : CHOICES_MAX - 1);
}

/* Returns true when the choice has its finish_reason. */
static bool read_finish(struct text choice, struct answer_facts *facts)
{
    struct text reason;
    if (!get(choice, "finish_reason", &reason) || jsonspan_type(reason) != JSONSPAN_STRING ||
        reason.len <= 2)
        return false;
    if (text_equals(reason, "\"content_filter\""))
        facts->policy = true;
    return true;
}

/* delta of chat, text of completions. */
static void read_choice(struct judge *judge, struct text choice, struct answer_facts *facts)
{
    struct text value;
    uint64_t bit = choice_bit(choice);
    judge->seen |= bit;
    if (!facts->content && get(choice, "delta", &value) && delta_has_content(value))
        facts->content = true;
    if (!facts->content && get(choice, "text", &value) && holds_something(value))
        facts->content = true;
    if (read_finish(choice, facts)) {
        judge->finished |= bit;
        facts->content = true;
    }
}

static void read_choices(struct judge *judge, struct text data, struct answer_facts *facts)
{
    struct text choices, choice;
    size_t position = 0;
    if (!get(data, "choices", &choices) || jsonspan_type(choices) != JSONSPAN_ARRAY)
        return;
    while (jsonspan_next(choices, &position, &choice))
        read_choice(judge, choice, facts);
    facts->finished = judge->seen != 0 && judge->finished == judge->seen;
}

void judge_event(struct judge *judge, struct text name, struct text data,
                 struct answer_facts *facts)
{
    if (text_equals(text_trim(data), "[DONE]")) {
        facts->done = true;
        return;
    }
    bool json = jsonspan_check(data, NULL) == 0;
    if (text_equals(name, "error") || (json && has_error(data))) {
        fail_by_error(data, facts);
        return;
    }
    if (!json)
        return;
    read_choices(judge, data, facts);
    read_usage(data, facts);
}

/* Why a choice of a whole answer is none; NULL when it is one. */
static const char *choice_fault(struct text choice)
{
    struct text value;
    if (get(choice, "message", &value) && jsonspan_type(value) == JSONSPAN_OBJECT)
        return NULL;
    if (get(choice, "text", &value) && jsonspan_type(value) == JSONSPAN_STRING)
        return NULL;
    return "the answer has a choice without a message";
}

/* Every choice is looked at: one that is broken spoils the answer. */
static const char *read_whole_choices(struct text body, struct answer_facts *facts)
{
    struct text choices, choice;
    size_t position = 0, count = 0;
    const char *fault = NULL;
    if (!get(body, "choices", &choices) || jsonspan_type(choices) != JSONSPAN_ARRAY)
        return "the answer has no choices";
    while (!fault && jsonspan_next(choices, &position, &choice)) {
        fault = choice_fault(choice);
        (void)read_finish(choice, facts);
        count++;
    }
    return count ? fault : "the answer has no choices";
}

static const char *whole_fault(struct text content_type, struct text body)
{
    size_t blank = 0;
    while (blank < body.len && (unsigned char)body.at[blank] <= ' ')
        blank++;
    if (blank == body.len)
        return "the answer is empty";
    if (text_starts_nocase(text_trim(content_type), "text/html") || body.at[blank] == '<')
        return "the answer is a web page";
    if (jsonspan_check(body, NULL) < 0)
        return "the answer is not JSON";
    if (jsonspan_type(body) != JSONSPAN_OBJECT)
        return "the answer is not a JSON object";
    return NULL;
}

void judge_whole(struct text content_type, struct text body, struct answer_facts *facts)
{
    const char *fault = whole_fault(content_type, body);
    if (!fault && has_error(body)) {
        fail_by_error(body, facts);
        return;
    }
    if (!fault)
        fault = read_whole_choices(body, facts);
    if (fault) {
        judge_refused(body, fault, facts);
        return;
    }
    read_usage(body, facts);
    facts->content = facts->finished = facts->done = true;
}
