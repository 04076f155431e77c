/*
 * Writes the neutral request for POST /v1/messages, and which of its wishes the API has refused.
 *
 * Models differ in what they take: those before Claude 4.6 know no adaptive thinking, those from
 * 4.7 on no temperature (platform.claude.com/docs/en/about-claude/models, read 2026-11). It is
 * asked for all the same, and left out, and named, where the API's 400 names it.
 */
#include <errno.h>
#include <string.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"
#include "text/wording.h"

/* The API wants a limit. Every model since Claude 3.5 takes this one. */
#define LIMIT 8192

/* Beyond it the API refuses the request (types of anthropic-python 2.14). */
#define USER_MAX 256

/* There is no mode for any JSON object; a schema needs the names of all members. */
static const char json_wanted[] = "Answer with one JSON object and nothing else: no text before or "
                                  "behind it, and no code fence.";

/* ---- thinking */

static bool asks_to_think(const struct chat_request *request)
{
    if (request->thinking == CHAT_THINKING_OFF || request->effort == CHAT_EFFORT_NONE)
        return false;
    return request->thinking != CHAT_THINKING_UNSET || request->effort != CHAT_EFFORT_UNSET;
}

static bool forces_a_call(const struct chat_request *request)
{
    return request->tool_count && request->choice != CHAT_CHOICE_AUTO &&
           request->choice != CHAT_CHOICE_NONE;
}

/* As the model sees fit, which a call that is forced rules out. */
static bool thinks(const struct chat_request *request, const struct dialect_target *target)
{
    return asks_to_think(request) && !forces_a_call(request) &&
           !(target->without & DIALECT_ANTHROPIC_THINK);
}

static void put_thinking(struct jsonwrite *json, const struct chat_request *request,
                         const struct dialect_target *target)
{
    bool told = request->thinking != CHAT_THINKING_UNSET || request->effort != CHAT_EFFORT_UNSET;
    bool off = told && !asks_to_think(request);
    if (off ? target->without & DIALECT_ANTHROPIC_THINK : !thinks(request, target)) {
        if (told)
            chat_drop(request, request->effort_field ? request->effort_field : "thinking");
        return;
    }
    jsonwrite_open(json, "thinking", '{');
    jsonwrite_string(json, "type", text_of(off ? "disabled" : "adaptive"));
    jsonwrite_close(json, '}');
}

static const char *effort_word(const struct chat_request *request)
{
    switch (request->effort) {
    case CHAT_EFFORT_LOW:
        return "low";
    case CHAT_EFFORT_MEDIUM:
        return "medium";
    case CHAT_EFFORT_HIGH:
        return "high";
    case CHAT_EFFORT_MAX:
        return "max";
    case CHAT_EFFORT_UNSET:
    case CHAT_EFFORT_NONE:
        return NULL;
    }
    return NULL;
}

/* ---- the answer's form */

/*
 * A schema goes as structured output and not as a tool that must be called: it leaves thinking and
 * the app's tools possible, and the answer comes as text, piece by piece.
 */
static void put_format(struct jsonwrite *json, const struct chat_request *request)
{
    json_auto_t *schema = dialect_anthropic_output_schema(request);
    if (!schema && json->r == 0)
        json->r = -ENOMEM;
    jsonwrite_open(json, "format", '{');
    jsonwrite_string(json, "type", text_of("json_schema"));
    if (schema)
        jsonwrite_tree(json, "schema", schema);
    jsonwrite_close(json, '}');
}

static void put_output_config(struct jsonwrite *json, const struct chat_request *request,
                              const struct dialect_target *target)
{
    const char *effort = thinks(request, target) ? effort_word(request) : NULL;
    bool schema = request->format == CHAT_FORMAT_SCHEMA;
    if (!effort && !schema)
        return;
    jsonwrite_open(json, "output_config", '{');
    if (effort)
        jsonwrite_string(json, "effort", text_of(effort));
    if (schema)
        put_format(json, request);
    jsonwrite_close(json, '}');
}

/* ---- tools */

/*
 * strict is left out and named: how many tools and members may be strict at once is bounded there,
 * and a request that OpenAI takes would be refused.
 */
static void put_tool(struct jsonwrite *json, const struct chat_request *request,
                     const struct chat_tool *tool)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "name", tool->name);
    jsonwrite_filled(json, "description", tool->description);
    if (tool->kind == CHAT_TOOL_CUSTOM) {
        dialect_openai_put_custom(json, "input_schema", tool);
    } else {
        json_auto_t *schema = dialect_anthropic_input_schema(request, tool->parameters);
        if (!schema && json->r == 0)
            json->r = -ENOMEM;
        if (schema)
            jsonwrite_tree(json, "input_schema", schema);
    }
    if (tool->strict)
        chat_drop(request, "tools.strict");
    jsonwrite_close(json, '}');
}

static void put_choice(struct jsonwrite *json, const struct chat_request *request)
{
    static const char *const words[] = {[CHAT_CHOICE_AUTO] = "auto",
                                        [CHAT_CHOICE_ANY] = "any",
                                        [CHAT_CHOICE_NAMED] = "tool",
                                        [CHAT_CHOICE_NONE] = "none"};
    bool one = request->one_call && request->choice != CHAT_CHOICE_NONE;
    if (request->choice == CHAT_CHOICE_AUTO && !one)
        return;
    jsonwrite_open(json, "tool_choice", '{');
    jsonwrite_string(json, "type", text_of(words[request->choice]));
    if (request->choice == CHAT_CHOICE_NAMED)
        jsonwrite_string(json, "name", request->choice_name);
    if (one)
        jsonwrite_bool(json, "disable_parallel_tool_use", true);
    jsonwrite_close(json, '}');
}

static void put_tools(struct jsonwrite *json, const struct chat_request *request)
{
    if (request->tool_count == 0)
        return;
    jsonwrite_open(json, "tools", '[');
    for (size_t i = 0; i < request->tool_count; i++)
        put_tool(json, request, &request->tools[i]);
    jsonwrite_close(json, ']');
    put_choice(json, request);
}

/* ---- numbers */

static double value_of(const struct chat_number *number)
{
    return number->whole ? (double)number->integer : number->real;
}

static bool is_out(const struct chat_request *request, const struct dialect_target *target,
                   enum chat_number_id id)
{
    return !request->number[id].set || target->without & 1u << id;
}

/* Between 0 and 1, where others go to 2. Who thinks, thinks at 1. */
static bool takes_temperature(const struct chat_request *request,
                              const struct dialect_target *target)
{
    double value = value_of(&request->number[CHAT_NUMBER_TEMPERATURE]);
    return !is_out(request, target, CHAT_NUMBER_TEMPERATURE) && value >= 0 &&
           (value >= 1 || !thinks(request, target));
}

/* Beside a temperature it is refused, and below 0.95 beside thinking. */
static bool takes_top_p(const struct chat_request *request, const struct dialect_target *target)
{
    double value = value_of(&request->number[CHAT_NUMBER_TOP_P]);
    return !is_out(request, target, CHAT_NUMBER_TOP_P) && value >= 0 && value <= 1 &&
           !takes_temperature(request, target) && (value >= 0.95 || !thinks(request, target));
}

static bool takes_top_k(const struct chat_request *request, const struct dialect_target *target)
{
    return !is_out(request, target, CHAT_NUMBER_TOP_K) &&
           request->number[CHAT_NUMBER_TOP_K].integer >= 0 && !thinks(request, target);
}

static void put_number(struct jsonwrite *json, enum chat_number_id id,
                       const struct chat_number *number)
{
    if (number->whole)
        jsonwrite_integer(json, chat_number_name(id), number->integer);
    else
        jsonwrite_real(json, chat_number_name(id), number->real);
}

static void put_numbers(struct jsonwrite *json, const struct chat_request *request,
                        const struct dialect_target *target)
{
    bool taken[CHAT_NUMBER_COUNT] = {
        [CHAT_NUMBER_TEMPERATURE] = takes_temperature(request, target),
        [CHAT_NUMBER_TOP_P] = takes_top_p(request, target),
        [CHAT_NUMBER_TOP_K] = takes_top_k(request, target),
    };
    for (int i = 0; i < CHAT_NUMBER_COUNT; i++) {
        enum chat_number_id id = (enum chat_number_id)i;
        const struct chat_number *number = &request->number[id];
        bool held = id == CHAT_NUMBER_TEMPERATURE && value_of(number) > 1;
        if (number->set && (!taken[id] || held))
            chat_drop(request, chat_number_name(id));
        if (taken[id] && held)
            jsonwrite_integer(json, chat_number_name(id), 1);
        else if (taken[id])
            put_number(json, id, number);
    }
}

/* ---- the whole */

/* One of blanks alone is refused. */
static void put_stop(struct jsonwrite *json, const struct chat_request *request)
{
    bool open = false;
    for (size_t i = 0; i < request->stop_count; i++) {
        if (dialect_anthropic_is_blank(request->stop[i])) {
            chat_drop(request, request->stop_field);
            continue;
        }
        if (!open)
            jsonwrite_open(json, "stop_sequences", '[');
        open = true;
        jsonwrite_string(json, NULL, request->stop[i]);
    }
    if (open)
        jsonwrite_close(json, ']');
}

static void put_user(struct jsonwrite *json, struct text user)
{
    if (user.len == 0 || user.len > USER_MAX)
        return;
    jsonwrite_open(json, "metadata", '{');
    jsonwrite_string(json, "user_id", user);
    jsonwrite_close(json, '}');
}

static void drop_rest(const struct chat_request *request)
{
    if (request->logprobs)
        chat_drop(request, "logprobs");
    if (request->top_logprobs)
        chat_drop(request, "top_logprobs");
    if (request->format == CHAT_FORMAT_JSON)
        chat_drop(request, request->format_field);
}

static int request_write(const struct chat_request *request, const struct dialect_target *target,
                         struct buf *out, struct error *reterr)
{
    int r = dialect_anthropic_check_parts(request, reterr);
    if (r < 0)
        return r;
    bool json_object = request->format == CHAT_FORMAT_JSON;
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "model", text_of(target->model));
    jsonwrite_integer(&json, "max_tokens", request->max_tokens > 0 ? request->max_tokens : LIMIT);
    dialect_anthropic_put_system(&json, request, text_of(json_object ? json_wanted : ""));
    dialect_anthropic_put_messages(&json, request, target);
    put_tools(&json, request);
    put_thinking(&json, request, target);
    put_output_config(&json, request, target);
    put_numbers(&json, request, target);
    put_stop(&json, request);
    put_user(&json, request->user);
    drop_rest(request);
    jsonwrite_bool(&json, "stream", request->stream);
    jsonwrite_close(&json, '}');
    return json.r;
}

/* ---- what was refused */

unsigned dialect_anthropic_refused(struct text request, const char *message)
{
    static const char *const thinking[] = {"thinking", "effort"};
    struct text value, config = text_of("{}");
    unsigned refused = 0;
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++) {
        const char *name = chat_number_name((enum chat_number_id)id);
        if (wording_names(message, name) && jsonspan_get(request, name, &value))
            refused |= 1u << id;
    }
    (void)jsonspan_get(request, "output_config", &config);
    bool asked =
        jsonspan_get(request, "thinking", &value) || jsonspan_get(config, "effort", &value);
    for (size_t i = 0; asked && i < COUNT(thinking); i++)
        if (wording_names(message, thinking[i]))
            refused |= DIALECT_ANTHROPIC_THINK;
    return refused;
}

const struct dialect_provider dialect_anthropic_provider = {
    .path = "/v1/messages",
    .carries = CHAT_CARRY_URL | CHAT_CARRY_STRICT | CHAT_CARRY_CHOICE,
    .pairs = true,
    .request_write = request_write,
    .reader_size = sizeof(struct dialect_anthropic_reader),
    .event_read = dialect_anthropic_event_read,
    .answer_read = dialect_anthropic_answer_read,
    .refused = dialect_anthropic_refused,
};
