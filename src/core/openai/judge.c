/*
 * An answer is told by what its choices hold:
 *
 *     content     a member of delta (or message, or text) that is not empty
 *     finished    every choice that has come has had its finish_reason
 *     policy      a finish_reason that tells of a refusal
 *     failure     an error object on top or inside a choice, a finish_reason that tells of an
 *                 error, or an event named error
 */
#include "openai/judge.h"

#include <stddef.h>

#include "http/sse.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

#define CHOICES_MAX 64

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

/* Whatever is no whole number leaves *ret as it is. */
static void read_number(struct text value, int64_t *ret)
{
    int64_t n;
    if (text_digits(value, &n) > 0 && n >= 0)
        *ret = n;
}

/* What is looked at of an event or a whole answer; the value is at NULL where it is absent. */
enum { ERROR, CHOICES, USAGE, BASE, OBJECT, PARTS };
#define PARTS_ROWS                                                                                 \
    [ERROR] = {.name = "error"}, [CHOICES] = {.name = "choices"}, [USAGE] = {.name = "usage"},     \
    [BASE] = {.name = "base_resp"}, [OBJECT] = {.name = "object"}

static struct chat_usage usage_of(const struct answer_facts *facts)
{
    return (struct chat_usage){facts->prompt_tokens, facts->completion_tokens, facts->cached_tokens,
                               -1, -1};
}

static void note_usage(struct answer_facts *facts, const struct chat_usage *usage)
{
    facts->prompt_tokens = usage->prompt;
    facts->completion_tokens = usage->completion;
    facts->cached_tokens = usage->cached;
}

/* Nearly every event has none. */
static void read_usage(struct text told, struct answer_facts *facts)
{
    struct chat_usage usage = usage_of(facts);
    if (jsonspan_type(told) != JSONSPAN_OBJECT)
        return;
    dialect_openai_read_usage(told, &usage);
    note_usage(facts, &usage);
}

/* null, false and "" are none. */
static bool is_error(struct text error)
{
    enum jsonspan_type type = jsonspan_type(error);
    return type == JSONSPAN_OBJECT ||
           ((type == JSONSPAN_STRING || type == JSONSPAN_ARRAY) && error.len > 2);
}

/* On top of an answer or event: an error member, what Mistral and vLLM call the object, or
 * MiniMax's base_resp with a code that is not 0. */
static bool tells_error(const struct jsonspan_wanted parts[static PARTS])
{
    struct text code;
    int64_t number = 0;
    if (is_error(parts[ERROR].value) || jsonspan_name_is(parts[OBJECT].value, "error"))
        return true;
    if (parts[BASE].value.at && jsonspan_get(parts[BASE].value, "status_code", &code))
        read_number(code, &number);
    return number != 0;
}

void judge_refused(struct text body, const char *reason, struct answer_facts *facts)
{
    struct text first;
    if (jsonspan_type(body) == JSONSPAN_ARRAY && jsonspan_item(body, 0, &first))
        body = first; /* Google's endpoint puts the error object into an array */
    struct jsonspan_wanted parts[PARTS] = {PARTS_ROWS};
    jsonspan_pick(body, parts, PARTS);
    if (tells_error(parts))
        answer_fail_told(facts, SPEAKER_OPENAI, body);
    else
        answer_fail(facts, FAILURE_PROTOCOL, "%s", reason);
}

/* Members of a delta in which an answer comes. reasoning_content is DeepSeek's and vLLM's name,
 * reasoning and reasoning_details are OpenRouter's, as is images. */
static bool is_content(struct text name)
{
    static const char *const members[] = {
        "content",       "tool_calls", "reasoning_content", "reasoning", "refusal",
        "function_call", "audio",      "reasoning_details", "images",
    };
    for (size_t i = 0; i < COUNT(members); i++)
        if (jsonspan_name_is(name, members[i]))
            return true;
    return false;
}

static bool delta_has_content(struct text delta)
{
    struct text name, value;
    for (size_t position = 0; jsonspan_member(delta, &position, &name, &value);)
        if (holds_something(value) && is_content(name))
            return true;
    return false;
}

/* A call has its function's name in its first piece only. function_call is what came before tools.
 */
static bool begins_call(struct text call)
{
    struct text function, name;
    if (jsonspan_get(call, "function", &function) || jsonspan_get(call, "custom", &function))
        call = function;
    return jsonspan_get(call, "name", &name) && jsonspan_type(name) == JSONSPAN_STRING &&
           name.len > 2;
}

/* Those that begin in these members of a message or a delta of one; at NULL = it has none. */
static int64_t count_calls(struct text function_call, struct text tool_calls)
{
    struct text call;
    int64_t count = function_call.at && begins_call(function_call);
    for (size_t position = 0; jsonspan_next(tool_calls, &position, &call);)
        count += begins_call(call);
    return count;
}

static int64_t count_delta_calls(struct text delta)
{
    struct jsonspan_wanted wanted[] = {{.name = "function_call"}, {.name = "tool_calls"}};
    jsonspan_pick(delta, wanted, COUNT(wanted));
    return count_calls(wanted[0].value, wanted[1].value);
}

/* The bit of a choice's index. */
static uint64_t choice_bit(struct text index)
{
    int64_t number = 0;
    read_number(index, &number);
    return UINT64_C(1) << (number < CHOICES_MAX ? number : CHOICES_MAX - 1);
}

/*
 * What a finish_reason says beside "this is the end", as clients of OpenRouter (error), Z.ai
 * (network_error, sensitive) and DeepSeek (insufficient_system_resource) know them, November 2026.
 */
static const struct {
    const char *reason;
    enum failure failure; /* FAILURE_POLICY: an answer, and noted */
} finish_reasons[] = {
    {"content_filter", FAILURE_POLICY},
    {"sensitive", FAILURE_POLICY},
    {"error", FAILURE_SERVER},
    {"network_error", FAILURE_SERVER},
    {"insufficient_system_resource", FAILURE_SERVER},
};

/* Returns true when there is one. */
static bool read_finish(struct text reason, struct answer_facts *facts)
{
    if (jsonspan_type(reason) != JSONSPAN_STRING || reason.len <= 2)
        return false;
    for (size_t i = 0; i < COUNT(finish_reasons); i++) {
        if (!jsonspan_name_is(reason, finish_reasons[i].reason))
            continue;
        if (finish_reasons[i].failure == FAILURE_POLICY)
            facts->policy = true;
        else
            answer_fail(facts, finish_reasons[i].failure,
                        "the provider ended the answer with finish_reason %s",
                        finish_reasons[i].reason);
    }
    return true;
}

/* Returns true when the choice has a finish_reason. An error told inside of it is one as on top;
 * beside it nothing in the choice counts. */
static bool choice_ended(struct text choice, struct text error, struct text reason,
                         struct answer_facts *facts)
{
    if (!is_error(error))
        return read_finish(reason, facts);
    answer_fail_told(facts, SPEAKER_OPENAI, choice);
    return false;
}

/* delta of chat, text of completions. */
enum { INDEX, DELTA, TEXT, FINISH, CHOICE_ERROR, CHOICE_PARTS };

static void read_choice(struct judge *judge, struct text choice,
                        const struct jsonspan_wanted parts[static CHOICE_PARTS],
                        struct answer_facts *facts)
{
    bool ended = choice_ended(choice, parts[CHOICE_ERROR].value, parts[FINISH].value, facts);
    if (facts->failure != FAILURE_NONE) {
        facts->told_aside = true;
        return;
    }
    facts->tool_calls += count_delta_calls(parts[DELTA].value);
    uint64_t bit = choice_bit(parts[INDEX].value);
    judge->seen |= bit;
    if (!facts->content &&
        (delta_has_content(parts[DELTA].value) || holds_something(parts[TEXT].value)))
        facts->content = true;
    if (ended) {
        judge->finished |= bit;
        facts->content = true;
    }
}

static void read_choices(struct judge *judge, struct text choices, struct answer_facts *facts)
{
    struct jsonspan_wanted parts[CHOICE_PARTS] = {[INDEX] = {.name = "index"},
                                                  [DELTA] = {.name = "delta"},
                                                  [TEXT] = {.name = "text"},
                                                  [FINISH] = {.name = "finish_reason"},
                                                  [CHOICE_ERROR] = {.name = "error"}};
    struct text choice;
    size_t position = 0;
    if (jsonspan_type(choices) != JSONSPAN_ARRAY)
        return;
    while (jsonspan_next_pick(choices, &position, parts, CHOICE_PARTS, &choice))
        read_choice(judge, choice, parts, facts);
    facts->finished = judge->seen != 0 && judge->finished == judge->seen;
}

struct judge_read judge_read_event(struct judge *judge, struct text name, struct text data,
                                   struct answer_facts *facts)
{
    struct judge_read read = {0};
    if (text_equals(text_trim(data), "[DONE]")) {
        facts->done = true;
        return read;
    }
    struct jsonspan_wanted parts[PARTS] = {PARTS_ROWS};
    struct text first;
    read.json = jsonspan_read(data, parts, PARTS, NULL) == 0;
    bool list =
        read.json && jsonspan_type(data) == JSONSPAN_ARRAY && jsonspan_item(data, 0, &first);
    if (list)
        jsonspan_pick(first, parts, PARTS); /* Google's errors are in an array */
    if (text_equals(name, "error") || tells_error(parts)) {
        answer_fail_told(facts, SPEAKER_OPENAI, data);
        facts->told_aside = list || (!is_error(parts[ERROR].value) && !text_equals(name, "error"));
        return read;
    }
    if (list)
        return read; /* no event of the API */
    read.choices = parts[CHOICES].value;
    read.usage = parts[USAGE].value;
    read_choices(judge, read.choices, facts);
    read_usage(read.usage, facts);
    return read;
}

void judge_event(struct judge *judge, struct text name, struct text data,
                 struct answer_facts *facts)
{
    (void)judge_read_event(judge, name, data, facts);
}

/* By its type or its first field (whatwg html, 9.2.5); no JSON begins so. */
static bool is_stream(struct text content_type, struct text body)
{
    bool json = body.at[0] == '{' || body.at[0] == '[';
    return sse_begins(body) ||
           (text_starts_nocase(text_trim(content_type), "text/event-stream") && !json);
}

const char *judge_form(struct text content_type, struct text body, bool *ret_repeats)
{
    size_t blank = 0;
    *ret_repeats = false;
    while (blank < body.len && (unsigned char)body.at[blank] <= ' ')
        blank++;
    if (blank == body.len)
        return "the answer is empty";
    if (text_starts_nocase(text_trim(content_type), "text/html") || body.at[blank] == '<')
        return "the answer is a web page";
    *ret_repeats = is_stream(content_type, text_skip(body, blank));
    return *ret_repeats ? "a stream came where a whole answer was asked for" : NULL;
}

const char *judge_json(int checked, struct text body)
{
    if (checked < 0)
        return "the answer is not JSON";
    return jsonspan_type(body) == JSONSPAN_OBJECT ? NULL : "the answer is not a JSON object";
}

/* ---- whole answers */

/* Behind PARTS, what is inside of them. message of chat, text of completions. */
enum {
    ELEMENT = PARTS,
    MESSAGE,
    WHOLE_TEXT,
    WHOLE_FINISH,
    WHOLE_ERROR,
    FUNCTION_CALL,
    TOOL_CALLS,
    IN_USAGE,
};
_Static_assert(IN_USAGE + DIALECT_OPENAI_USAGE_ROWS == JUDGE_ANSWER_ROWS, "as it is declared");

static const struct jsonspan_wanted answer_rows[JUDGE_ANSWER_ROWS] = {
    PARTS_ROWS,
    [ELEMENT] = {.in = JSONSCAN_IN(CHOICES)},
    [MESSAGE] = {.name = "message", .in = JSONSCAN_IN(ELEMENT)},
    [WHOLE_TEXT] = {.name = "text", .in = JSONSCAN_IN(ELEMENT)},
    [WHOLE_FINISH] = {.name = "finish_reason", .in = JSONSCAN_IN(ELEMENT)},
    [WHOLE_ERROR] = {.name = "error", .in = JSONSCAN_IN(ELEMENT)},
    [FUNCTION_CALL] = {.name = "function_call", .in = JSONSCAN_IN(MESSAGE)},
    [TOOL_CALLS] = {.name = "tool_calls", .in = JSONSCAN_IN(MESSAGE)},
    DIALECT_OPENAI_USAGE(IN_USAGE, JSONSCAN_IN(USAGE)),
};

/* Every choice is looked at: one that is broken spoils the answer. */
static void on_choice(void *arg, size_t element)
{
    struct judge_answer *answer = arg;
    struct answer_facts *facts = &answer->facts;
    const struct jsonspan_wanted *rows = answer->rows;
    answer->choices++;
    if (answer->fault)
        return;
    (void)choice_ended(rows[element].value, rows[WHOLE_ERROR].value, rows[WHOLE_FINISH].value,
                       facts);
    if (facts->failure != FAILURE_NONE)
        return;
    facts->tool_calls += count_calls(rows[FUNCTION_CALL].value, rows[TOOL_CALLS].value);
    if (jsonspan_type(rows[MESSAGE].value) != JSONSPAN_OBJECT &&
        jsonspan_type(rows[WHOLE_TEXT].value) != JSONSPAN_STRING)
        answer->fault = "the answer has a choice without a message";
}

void judge_answer_begin(struct judge_answer *answer)
{
    answer->facts = answer_facts_none();
    answer->fault = NULL;
    answer->choices = 0;
    memcpy(answer->rows, answer_rows, sizeof(answer_rows));
    jsonscan_begin(&answer->scan, answer->rows, JUDGE_ANSWER_ROWS, on_choice, answer);
}

void judge_answer_more(struct judge_answer *answer, struct text so_far)
{
    (void)!jsonscan_more(&answer->scan, so_far);
}

/* What is told on top counts before what was found in the choices. */
void judge_answer_end(struct judge_answer *answer, struct text content_type, struct text body,
                      struct answer_facts *facts)
{
    bool repeats = false;
    const char *fault = judge_form(content_type, body, &repeats);
    if (!fault)
        fault = judge_json(jsonscan_end(&answer->scan, body, NULL), body);
    if (!fault && tells_error(answer->rows)) {
        answer_fail_told(facts, SPEAKER_OPENAI, body);
        return;
    }
    if (!fault) {
        *facts = answer->facts;
        fault = answer->choices ? answer->fault : "the answer has no choices";
    }
    if (facts->failure != FAILURE_NONE)
        return;
    if (fault) {
        judge_refused(body, fault, facts);
        facts->repeats = repeats;
        return;
    }
    struct chat_usage usage = usage_of(facts);
    dialect_openai_take_usage(&answer->rows[IN_USAGE], &usage);
    note_usage(facts, &usage);
    facts->content = facts->finished = facts->done = true;
}

void judge_whole(struct text content_type, struct text body, struct answer_facts *facts)
{
    struct judge_answer answer;
    judge_answer_begin(&answer);
    judge_answer_end(&answer, content_type, body, facts);
}
