/*
 * An event is told by its type:
 *
 *     content     *.delta with something in it, output_item.added of a call
 *     done        completed, incomplete
 *     policy      incomplete because of a filter
 *     failure     failed, error
 *
 * What else there is (a search under way, a part that begins) says nothing yet.
 */
#include "responses/responses_judge.h"

#include "json/jsonspan.h"
#include "openai/judge.h"
#include "text/count.h"

/* As a string of JSON, quotes included: no name of an event has an escape. */
static bool ends_in(struct text string, const char *end)
{
    size_t len = strlen(end);
    return string.len > len && memcmp(string.at + string.len - len, end, len) == 0;
}

static bool is_call(struct text item)
{
    struct text type;
    return jsonspan_get(item, "type", &type) && ends_in(type, "_call\"");
}

bool responses_judge_is_apps_call(struct text item)
{
    static const char *const types[] = {"function_call",    "custom_tool_call", "computer_call",
                                        "local_shell_call", "shell_call",       "apply_patch_call"};
    struct text type;
    if (!jsonspan_get(item, "type", &type))
        return false;
    for (size_t i = 0; i < COUNT(types); i++)
        if (jsonspan_name_is(type, types[i]))
            return true;
    return false;
}

static void read_count(struct text usage, const char *name, int64_t *ret)
{
    struct text value;
    if (jsonspan_get(usage, name, &value))
        (void)jsonspan_count(value, ret);
}

static bool is_word(struct text value, const char *word)
{
    return jsonspan_type(value) == JSONSPAN_STRING && jsonspan_name_is(value, word);
}

/* The response at its end, or a whole answer. */
static void read_response(struct text response, struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "status"}, {.name = "error"}, {.name = "usage"}, {.name = "incomplete_details"}};
    struct text reason, details;
    if (jsonspan_type(response) != JSONSPAN_OBJECT)
        return;
    jsonspan_pick(response, wanted, COUNT(wanted));
    enum jsonspan_type error = jsonspan_type(wanted[1].value);
    if (is_word(wanted[0].value, "failed") || error == JSONSPAN_OBJECT) {
        answer_fail_told(facts, SPEAKER_OPENAI, response);
        return;
    }
    if (wanted[2].value.at) {
        read_count(wanted[2].value, "input_tokens", &facts->prompt_tokens);
        read_count(wanted[2].value, "output_tokens", &facts->completion_tokens);
        if (jsonspan_get(wanted[2].value, "input_tokens_details", &details))
            read_count(details, "cached_tokens", &facts->cached_tokens);
    }
    if (wanted[3].value.at && jsonspan_get(wanted[3].value, "reason", &reason) &&
        is_word(reason, "content_filter"))
        facts->policy = true;
}

bool responses_judge_event(struct text data, struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "type"}, {.name = "delta"}, {.name = "item"}, {.name = "response"}};
    if (jsonspan_read(data, wanted, COUNT(wanted), NULL) < 0 ||
        jsonspan_type(data) != JSONSPAN_OBJECT)
        return false;
    struct text type = wanted[0].value;
    if (text_equals(type, "\"error\"")) {
        answer_fail_told(facts, SPEAKER_OPENAI, data);
        return true;
    }
    if (!text_starts_nocase(type, "\"response."))
        return false;
    if (text_equals(type, "\"response.completed\"") ||
        text_equals(type, "\"response.incomplete\"")) {
        facts->content = facts->finished = facts->done = true;
        read_response(wanted[3].value, facts);
    } else if (text_equals(type, "\"response.failed\"")) {
        answer_fail_told(facts, SPEAKER_OPENAI, wanted[3].value);
    } else if (text_equals(type, "\"response.output_item.added\"")) {
        facts->content |= is_call(wanted[2].value);
        facts->tool_calls += responses_judge_is_apps_call(wanted[2].value);
    } else if (ends_in(type, ".delta\"")) {
        facts->content |= jsonspan_is_filled(wanted[1].value);
    }
    return true;
}

void responses_judge_whole(struct text content_type, struct text body, struct answer_facts *facts)
{
    bool repeats = false;
    const char *fault = judge_form(content_type, body, &repeats);
    if (!fault)
        fault = judge_json(jsonspan_check(body, NULL), body);
    if (fault) {
        judge_refused(body, fault, facts);
        facts->repeats = repeats;
        return;
    }
    read_response(body, facts);
    if (facts->failure != FAILURE_NONE)
        return;
    facts->content = facts->finished = facts->done = true;
    struct text output, item;
    if (jsonspan_get(body, "output", &output))
        for (size_t at = 0; jsonspan_next(output, &at, &item);)
            facts->tool_calls += responses_judge_is_apps_call(item);
}
