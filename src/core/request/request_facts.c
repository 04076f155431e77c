/*
 * What each member means is in the table at the end. Numbers are never turned into floating point,
 * and values that we only look at may be as odd as they like.
 */
#include "request/request_facts.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "request/request_model.h"
#include "text/count.h"

static int refuse(struct request_facts_reading *r, const char *message)
{
    error_set(r->reterr, "%s", message);
    return -EINVAL;
}

static int read_model(struct request_facts_reading *r, struct text value)
{
    r->facts->model_span = value;
    if (jsonspan_type(value) == JSONSPAN_NULL)
        return 0;
    int result = request_model_read(value, &r->facts->model, r->reterr);
    r->facts->has_model = r->facts->model != NULL;
    return result;
}

static int read_stream(struct request_facts_reading *r, struct text value)
{
    enum jsonspan_type type = jsonspan_type(value);
    if (type != JSONSPAN_TRUE && type != JSONSPAN_FALSE && type != JSONSPAN_NULL)
        return refuse(r, "stream is not a boolean: send true or false, or leave it out");
    if (type != JSONSPAN_NULL)
        r->facts->stream = type == JSONSPAN_TRUE;
    return 0;
}

static bool member_is(struct text object, const char *name, enum jsonspan_type type)
{
    struct text value;
    return jsonspan_get(object, name, &value) && jsonspan_type(value) == type;
}

static int read_stream_options(struct request_facts_reading *r, struct text value)
{
    r->facts->include_usage = member_is(value, "include_usage", JSONSPAN_TRUE);
    return 0;
}

static int read_response_format(struct request_facts_reading *r, struct text value)
{
    struct text type;
    r->facts->shaped = jsonspan_get(value, "type", &type) && !jsonspan_name_is(type, "text");
    return 0;
}

/* Of responses: {"format": {"type"}}. */
static int read_text(struct request_facts_reading *r, struct text value)
{
    struct text format;
    return jsonspan_get(value, "format", &format) ? read_response_format(r, format) : 0;
}

/* Of responses, where logprobs are one of the things that may be told beside the answer. */
static int read_include(struct request_facts_reading *r, struct text value)
{
    struct text one;
    for (size_t at = 0; jsonspan_next(value, &at, &one);)
        if (jsonspan_name_is(one, "message.output_text.logprobs"))
            r->facts->logprobs = true;
    return 0;
}

/* What is there, and asked for, points to what is kept at a cloud: no other one has it. */
static int read_kept(struct request_facts_reading *r, struct text value)
{
    enum jsonspan_type type = jsonspan_type(value);
    if (type != JSONSPAN_NULL && type != JSONSPAN_FALSE)
        r->facts->kept = true;
    return 0;
}

static int read_logprobs(struct request_facts_reading *r, struct text value)
{
    r->facts->logprobs = jsonspan_type(value) == JSONSPAN_TRUE;
    return 0;
}

static bool is_filled_array(struct text value)
{
    struct text first;
    return jsonspan_item(value, 0, &first);
}

static int read_tools(struct request_facts_reading *r, struct text value)
{
    r->facts->tools = is_filled_array(value);
    return 0;
}

/* Those that an app runs; all others are the cloud's own, and no other model is asked to know them.
 */
static int read_responses_tools(struct request_facts_reading *r, struct text value)
{
    static const char *const kinds[] = {"function", "custom", "namespace"};
    struct text tool, type;
    for (size_t at = 0; jsonspan_next(value, &at, &tool);)
        for (size_t i = 0; i < COUNT(kinds); i++)
            if (jsonspan_get(tool, "type", &type) && jsonspan_name_is(type, kinds[i]))
                r->facts->tools = true;
    return 0;
}

static int read_functions(struct request_facts_reading *r, struct text value)
{
    r->functions = is_filled_array(value);
    return 0;
}

/* Anthropic's: those with a schema of their own. What its servers run is no call for others. */
static int read_messages_tools(struct request_facts_reading *r, struct text value)
{
    struct text tool, type;
    for (size_t i = 0; jsonspan_next(value, &i, &tool);)
        if (!jsonspan_get(tool, "type", &type) || jsonspan_type(type) != JSONSPAN_STRING ||
            jsonspan_name_is(type, "custom"))
            r->facts->tools = true;
    return 0;
}

/* Anthropic's is an object: {"type", "disable_parallel_tool_use"}. */
static int read_messages_choice(struct request_facts_reading *r, struct text value)
{
    struct text type;
    r->no_calls = jsonspan_get(value, "type", &type) && jsonspan_name_is(type, "none");
    r->facts->one_tool_call = member_is(value, "disable_parallel_tool_use", JSONSPAN_TRUE);
    return 0;
}

/* The one choice after which no model needs to be able to call tools. */
static int read_choice(struct request_facts_reading *r, struct text value)
{
    if (jsonspan_type(value) == JSONSPAN_STRING && jsonspan_name_is(value, "none"))
        r->no_calls = true;
    return 0;
}

static int read_parallel(struct request_facts_reading *r, struct text value)
{
    r->facts->one_tool_call = jsonspan_type(value) == JSONSPAN_FALSE;
    return 0;
}

static bool is_effort(struct text value)
{
    return jsonspan_type(value) == JSONSPAN_STRING && !jsonspan_name_is(value, "none");
}

static int read_reasoning_effort(struct request_facts_reading *r, struct text value)
{
    r->facts->reasoning = r->facts->reasoning || is_effort(value);
    return 0;
}

/* An object as other providers take it: {"effort": ...}, {"max_tokens": ...}, {"enabled": ...}. */
static int read_reasoning(struct request_facts_reading *r, struct text value)
{
    struct text effort;
    if (jsonspan_type(value) != JSONSPAN_OBJECT || member_is(value, "enabled", JSONSPAN_FALSE))
        return 0;
    if (!jsonspan_get(value, "effort", &effort) || is_effort(effort))
        r->facts->reasoning = true;
    return 0;
}

/* {"type": "enabled" | "adaptive" | "disabled"} */
static int read_thinking(struct request_facts_reading *r, struct text value)
{
    struct text type;
    if (jsonspan_get(value, "type", &type) && jsonspan_type(type) == JSONSPAN_STRING &&
        !jsonspan_name_is(type, "disabled"))
        r->facts->reasoning = true;
    return 0;
}

static int read_output_format(struct request_facts_reading *r, struct text value)
{
    r->facts->shaped = r->facts->shaped || jsonspan_type(value) == JSONSPAN_OBJECT;
    return 0;
}

/* {"effort", "format"} */
static int read_output_config(struct request_facts_reading *r, struct text value)
{
    struct text member;
    if (jsonspan_get(value, "effort", &member))
        (void)read_reasoning_effort(r, member);
    return jsonspan_get(value, "format", &member) ? read_output_format(r, member) : 0;
}

/* As a translation understands it: below 0 or with a fraction it is no limit. */
static int64_t token_limit(struct text value)
{
    int64_t n = -1;
    return jsonspan_whole(value, &n) && n >= 0 ? n : -1;
}

static int read_n(struct request_facts_reading *r, struct text value)
{
    int64_t n = 1;
    r->facts->n = jsonspan_whole(value, &n) ? n : 1;
    return 0;
}

static int read_max_tokens(struct request_facts_reading *r, struct text value)
{
    r->max_tokens = token_limit(value);
    return 0;
}

static int read_max_completion_tokens(struct request_facts_reading *r, struct text value)
{
    r->facts->max_tokens = token_limit(value);
    return 0;
}

static int read_messages(struct request_facts_reading *r, struct text value)
{
    r->messages = value;
    return 0;
}

/* A text, or an array of one. */
static int read_prompt(struct request_facts_reading *r, struct text value)
{
    struct text first, second;
    size_t position = 0;
    if (jsonspan_type(value) == JSONSPAN_ARRAY && jsonspan_next(value, &position, &first) &&
        !jsonspan_next(value, &position, &second))
        value = first;
    r->prompt = jsonspan_type(value) == JSONSPAN_STRING ? value : (struct text){0};
    return 0;
}

/* ---- Ollama's */

static int read_api_prompt(struct request_facts_reading *r, struct text value)
{
    r->asks = r->asks || jsonspan_is_filled(value);
    return 0;
}

static int read_api_images(struct request_facts_reading *r, struct text value)
{
    struct text one;
    for (size_t at = 0; jsonspan_next(value, &at, &one);)
        r->facts->image_count++;
    r->asks = r->asks || r->facts->image_count > 0;
    return 0;
}

/* "json", or a schema. */
static int read_api_format(struct request_facts_reading *r, struct text value)
{
    r->facts->shaped = jsonspan_type(value) == JSONSPAN_OBJECT || jsonspan_is_filled(value);
    return 0;
}

/* true, or how much. */
static int read_think(struct request_facts_reading *r, struct text value)
{
    r->facts->reasoning = jsonspan_type(value) == JSONSPAN_TRUE || jsonspan_is_filled(value);
    return 0;
}

static int read_options(struct request_facts_reading *r, struct text value)
{
    struct text limit;
    if (jsonspan_get(value, "num_predict", &limit))
        r->facts->max_tokens = token_limit(limit);
    return 0;
}

static int read_echo(struct request_facts_reading *r, struct text value)
{
    r->echo = jsonspan_type(value) == JSONSPAN_TRUE;
    return 0;
}

#define P(id) (1u << API_PATH_##id)
#define TOLD  (P(CHAT) | P(COMPLETIONS))
#define TALKS (TOLD | P(RESPONSES) | P(MESSAGES))
#define OWN   (P(API_CHAT) | P(API_GENERATE))
#define ALL   (TALKS | OWN | P(EMBEDDINGS) | P(COUNT_TOKENS) | P(OLLAMA))

static const struct member {
    const char *name;
    int (*read)(struct request_facts_reading *r, struct text value);
    unsigned paths;
    bool once; /* twice is refused: we and the provider might each believe another one */
} members[] = {
    {"model", read_model, ALL, true},
    {"stream", read_stream, TALKS | OWN, true},
    {"messages", read_messages, P(CHAT) | P(MESSAGES) | P(COUNT_TOKENS) | P(API_CHAT), false},
    {"input", read_messages, P(RESPONSES), false},
    {"prompt", read_prompt, P(COMPLETIONS), false},
    {"prompt", read_api_prompt, P(API_GENERATE), false},
    {"images", read_api_images, P(API_GENERATE), false},
    {"format", read_api_format, OWN, false},
    {"think", read_think, OWN, false},
    {"options", read_options, OWN, false},
    {"echo", read_echo, P(COMPLETIONS), false},
    {"stream_options", read_stream_options, TOLD, false},
    {"tools", read_tools, P(CHAT) | P(API_CHAT), false},
    {"tools", read_responses_tools, P(RESPONSES), false},
    {"tools", read_messages_tools, P(MESSAGES), false},
    {"functions", read_functions, P(CHAT), false},
    {"tool_choice", read_choice, P(CHAT) | P(RESPONSES), false},
    {"tool_choice", read_messages_choice, P(MESSAGES), false},
    {"function_call", read_choice, P(CHAT), false},
    {"parallel_tool_calls", read_parallel, P(CHAT) | P(RESPONSES), false},
    {"reasoning_effort", read_reasoning_effort, P(CHAT), false},
    {"reasoning", read_reasoning, P(CHAT) | P(RESPONSES), false},
    {"thinking", read_thinking, P(MESSAGES), false},
    {"output_config", read_output_config, P(MESSAGES), false},
    {"output_format", read_output_format, P(MESSAGES), false},
    {"response_format", read_response_format, P(CHAT), false},
    {"logprobs", read_logprobs, P(CHAT) | OWN, false},
    {"text", read_text, P(RESPONSES), false},
    {"include", read_include, P(RESPONSES), false},
    {"previous_response_id", read_kept, P(RESPONSES), false},
    {"conversation", read_kept, P(RESPONSES), false},
    {"prompt", read_kept, P(RESPONSES), false},
    {"background", read_kept, P(RESPONSES), false},
    {"n", read_n, TOLD, false},
    {"max_tokens", read_max_tokens, TOLD | P(MESSAGES), false},
    {"max_completion_tokens", read_max_completion_tokens, P(CHAT), false},
    {"max_output_tokens", read_max_completion_tokens, P(RESPONSES), false},
};

#define MEMBERS COUNT(members)

_Static_assert(MEMBERS <= 64, "a bit in seen for each");

int request_facts_member(struct request_facts_reading *r, struct text name, struct text value)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if (!(members[i].paths & 1u << r->path) || !jsonspan_name_may_be(name, members[i].name) ||
            !jsonspan_name_is(name, members[i].name))
            continue;
        if (members[i].once && r->seen & UINT64_C(1) << i) {
            error_set(r->reterr, "%s is in the request twice: send it once", members[i].name);
            return -EINVAL;
        }
        r->seen |= UINT64_C(1) << i;
        return members[i].read(r, value);
    }
    return 0;
}

void request_facts_begin(struct request_facts_reading *r, enum api_path path,
                         struct request_facts *facts, struct error *reterr)
{
    *facts = (struct request_facts){.n = 1, .max_tokens = -1};
    facts->stream = (1u << path & OWN) != 0; /* their default */
    *r = (struct request_facts_reading){
        .path = path, .facts = facts, .reterr = reterr, .max_tokens = -1};
}

void request_facts_end(struct request_facts_reading *r)
{
    struct request_facts *facts = r->facts;
    if (r->echo)
        facts->echo = r->prompt;
    if (facts->max_tokens < 0 || (facts->max_tokens == 0 && r->max_tokens > 0))
        facts->max_tokens = r->max_tokens;
    facts->legacy_call = r->functions && !facts->tools && !r->no_calls;
    facts->tools = (facts->tools || r->functions) && !r->no_calls;
}

void request_facts_done(struct request_facts *facts)
{
    if (!facts)
        return;
    free(facts->model);
    *facts = (struct request_facts){.n = 1, .max_tokens = -1};
}
