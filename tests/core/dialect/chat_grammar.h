/*
 * Random OpenAI chat requests that are valid: every shape of message, tool and option that apps
 * send, grown from one number, so that a case can be grown again.
 */
#ifndef UNDERSTUDY_CHAT_GRAMMAR_H
#define UNDERSTUDY_CHAT_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <check.h>
#include <jansson.h>

#include "text/count.h"

struct dice {
    uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t dice_throw(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline size_t dice_below(struct dice *dice, size_t n)
{
    return (size_t)(dice_throw(dice) % n);
}

/* In so many of a hundred throws. */
static inline bool dice_chance(struct dice *dice, size_t percent)
{
    return dice_below(dice, 100) < percent;
}

#define DICE_PICK(dice, table) (table)[dice_below((dice), sizeof(table) / sizeof((table)[0]))]

/* Takes over the value. */
static inline void put(json_t *object, const char *name, json_t *value)
{
    ck_assert_int_eq(json_object_set_new(object, name, value), 0);
}

static inline void add(json_t *array, json_t *value)
{
    ck_assert_int_eq(json_array_append_new(array, value), 0);
}

static inline json_t *grow_text(struct dice *dice)
{
    static const struct {
        const char *at;
        size_t len;
    } bits[] = {
        {"hello ", 6},    {"Caf\xc3\xa9", 5},       {"\n", 1},   {"\"quoted\"", 8},
        {"\\", 1},        {"<b>&amp;", 8},          {"\t", 1},   {"\xf0\x9f\x98\x80", 4},
        {"{\"x\":1}", 7}, {"\xe4\xbd\xa0", 3},      {"'", 1},    {"\xe2\x80\xa8", 3},
        {"\x01\x7f", 2},  {"data:image/png,x", 16}, {"</s>", 4}, {"\0", 1},
    };
    char text[64];
    size_t len = 0;
    for (size_t n = dice_below(dice, 4); n > 0; n--) {
        size_t i = dice_below(dice, COUNT(bits));
        memcpy(text + len, bits[i].at, bits[i].len);
        len += bits[i].len;
    }
    return json_stringn(text, len);
}

static inline json_t *grow_value(struct dice *dice, int depth);

static inline json_t *grow_object(struct dice *dice, int depth)
{
    static const char *const names[] = {"city", "n", "a b", "\xc3\xa9", "", "name", "list"};
    json_t *object = json_object();
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        put(object, DICE_PICK(dice, names), grow_value(dice, depth + 1));
    return object;
}

static inline json_t *grow_value(struct dice *dice, int depth)
{
    static const double reals[] = {0.1, -2.5, 1e-9, 1e100};
    static const int64_t integers[] = {0, 1, -7, INT64_MAX, INT64_MIN};
    switch (dice_below(dice, depth < 3 ? 7 : 5)) {
    case 0:
        return json_real(DICE_PICK(dice, reals));
    case 1:
        return json_integer(DICE_PICK(dice, integers));
    case 2:
        return json_boolean(dice_chance(dice, 50));
    case 3:
        return json_null();
    case 4:
        return grow_text(dice);
    case 5:
        return json_pack("[o, o]", grow_value(dice, depth + 1), grow_value(dice, depth + 1));
    default:
        return grow_object(dice, depth);
    }
}

static inline json_t *grow_image(struct dice *dice)
{
    static const char *const urls[] = {
        "data:image/png;base64,iVBORw==", "data:image/jpeg;base64,/9j/4AAQ",
        "data:image/webp;base64,UklGRg==", "DATA:image/JPG;q=1;BASE64,QUJD", "data:;base64,QQ=="};
    json_t *url = json_string(DICE_PICK(dice, urls));
    if (dice_chance(dice, 20))
        return json_pack("{s:s, s:o}", "type", "input_image", "image_url", url);
    return json_pack("{s:s, s:{s:o, s:s}}", "type", "image_url", "image_url", "url", url, "detail",
                     "low");
}

static inline json_t *grow_part(struct dice *dice, bool images)
{
    static const char *const types[] = {"text", "text", "input_text", "output_text", "refusal"};
    if (images && dice_chance(dice, 40))
        return grow_image(dice);
    if (dice_chance(dice, 5))
        return grow_text(dice);
    const char *type = DICE_PICK(dice, types);
    json_t *part = json_pack("{s:s}", "type", type);
    put(part, strcmp(type, "refusal") == 0 ? type : "text", grow_text(dice));
    return part;
}

static inline json_t *grow_parts(struct dice *dice, bool images)
{
    json_t *parts = json_array();
    for (size_t n = dice_below(dice, 5); n > 0; n--)
        add(parts, grow_part(dice, images));
    return parts;
}

/* As text, as most write them; as an object, as some do. */
static inline json_t *grow_arguments(struct dice *dice)
{
    json_t *object = grow_object(dice, 0);
    if (dice_chance(dice, 10))
        return object;
    if (dice_chance(dice, 15)) {
        json_decref(object);
        return json_string(dice_chance(dice, 50) ? "" : " \n");
    }
    char *dump = json_dumps(object, dice_chance(dice, 50) ? JSON_ENSURE_ASCII : JSON_INDENT(1));
    json_t *text = json_string(dump);
    free(dump);
    json_decref(object);
    return text;
}

static const char *const chat_functions[] = {"get_weather", "get_time", "run"};
/* Few, so that some are used twice. */
static const char *const chat_ids[] = {"call_1", "call_2", "call_3", ""};

static inline json_t *grow_calls(struct dice *dice)
{
    json_t *calls = json_array();
    for (size_t n = 1 + dice_below(dice, 3); n > 0; n--)
        add(calls, json_pack("{s:s, s:s, s:{s:s, s:o}}", "id", DICE_PICK(dice, chat_ids), "type",
                             "function", "function", "name", DICE_PICK(dice, chat_functions),
                             "arguments", grow_arguments(dice)));
    return calls;
}

static inline void grow_assistant(struct dice *dice, json_t *message)
{
    if (dice_chance(dice, 40))
        put(message, "tool_calls", grow_calls(dice));
    else if (dice_chance(dice, 10))
        put(message, "function_call",
            json_pack("{s:s, s:o}", "name", DICE_PICK(dice, chat_functions), "arguments",
                      grow_arguments(dice)));
    if (dice_chance(dice, 20))
        put(message, "reasoning_content", grow_text(dice));
    if (dice_chance(dice, 20))
        put(message, "reasoning", grow_text(dice));
    if (dice_chance(dice, 20))
        put(message, "refusal", dice_chance(dice, 50) ? json_null() : grow_text(dice));
}

static inline json_t *grow_message(struct dice *dice)
{
    static const char *const roles[] = {"system",    "developer", "user", "user", "user",
                                        "assistant", "assistant", "tool", "tool", "function"};
    const char *role = DICE_PICK(dice, roles);
    json_t *message = json_pack("{s:s}", "role", role);
    if (dice_chance(dice, 50))
        put(message, "content", grow_text(dice));
    else if (dice_chance(dice, 80))
        put(message, "content", grow_parts(dice, strcmp(role, "user") == 0));
    else if (dice_chance(dice, 50))
        put(message, "content", json_null());
    if (strcmp(role, "assistant") == 0)
        grow_assistant(dice, message);
    if (strcmp(role, "tool") == 0)
        put(message, "tool_call_id", json_string(DICE_PICK(dice, chat_ids)));
    if (dice_chance(dice, 20))
        put(message, "name", json_string("bob"));
    return message;
}

static inline json_t *grow_schema(struct dice *dice, int depth);

static inline json_t *grow_schemas(struct dice *dice, int depth)
{
    json_t *list = json_array();
    for (size_t n = 1 + dice_below(dice, 3); n > 0; n--)
        add(list, grow_schema(dice, depth + 1));
    return list;
}

static inline json_t *grow_properties(struct dice *dice, int depth)
{
    static const char *const names[] = {"city", "unit", "when", "type", "$ref", "properties"};
    json_t *properties = json_object();
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        put(properties, DICE_PICK(dice, names), grow_schema(dice, depth + 1));
    return properties;
}

static inline json_t *grow_composed(struct dice *dice, int depth)
{
    static const char *const words[] = {"anyOf", "oneOf", "allOf"};
    switch (dice_below(dice, 4)) {
    case 0:
        return json_pack("{s:s, s:o}", "type", "array", "items", grow_schema(dice, depth + 1));
    case 1:
        return json_pack("{s:s, s:o, s:[s]}", "type", "object", "properties",
                         grow_properties(dice, depth), "required", "city");
    case 2:
        return json_pack("{s:o, s:s}", DICE_PICK(dice, words), grow_schemas(dice, depth),
                         "description", "d");
    default:
        return json_pack("{s:s, s:{s:o}}", "$ref", "#/$defs/A", "$defs", "A",
                         grow_schema(dice, depth + 1));
    }
}

static inline json_t *grow_schema(struct dice *dice, int depth)
{
    static const char *const simple[] = {
        "true",
        "false",
        "{}",
        "{\"type\":\"string\",\"minLength\":1,\"default\":\"x\"}",
        "{\"type\":[\"integer\",\"null\"]}",
        "{\"enum\":[\"a\",1,null]}",
        "{\"const\":5}",
        "{\"$ref\":\"#/$defs/A\"}",
        "{\"$ref\":\"#\"}",
        "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}",
        "{\"type\":\"string\",\"nullable\":true,\"required\":true}",
    };
    if (depth < 3 && dice_chance(dice, 40))
        return grow_composed(dice, depth);
    return json_loads(DICE_PICK(dice, simple), JSON_DECODE_ANY, NULL);
}

static inline json_t *grow_parameters(struct dice *dice)
{
    json_t *schema = json_pack("{s:s, s:o, s:b, s:{s:o}}", "type", "object", "properties",
                               grow_properties(dice, 0), "additionalProperties", 0, "$defs", "A",
                               grow_schema(dice, 1));
    if (dice_chance(dice, 10))
        put(schema, "type", json_pack("[s, s]", "object", "null"));
    if (dice_chance(dice, 40))
        put(schema, "required", json_pack("[s, s]", "city", "unit"));
    return schema;
}

static inline json_t *grow_tool(struct dice *dice, const char *name)
{
    json_t *function = json_pack("{s:s}", "name", name);
    if (dice_chance(dice, 60))
        put(function, "description", grow_text(dice));
    if (dice_chance(dice, 85))
        put(function, "parameters", grow_parameters(dice));
    if (dice_chance(dice, 30))
        put(function, "strict", json_true());
    return function;
}

static inline json_t *grow_choice(struct dice *dice)
{
    static const char *const words[] = {"auto", "none", "required"};
    if (dice_chance(dice, 50))
        return json_string(DICE_PICK(dice, words));
    json_t *one =
        json_pack("{s:s, s:{s:s}}", "type", "function", "function", "name", chat_functions[0]);
    if (dice_chance(dice, 50))
        return one;
    return json_pack("{s:s, s:{s:s, s:[o]}}", "type", "allowed_tools", "allowed_tools", "mode",
                     dice_chance(dice, 50) ? "auto" : "required", "tools", one);
}

static inline void grow_tools(struct dice *dice, json_t *request)
{
    bool legacy = dice_chance(dice, 10);
    json_t *tools = json_array();
    for (size_t i = 0; i < 1 + dice_below(dice, 3); i++) {
        json_t *function = grow_tool(dice, chat_functions[i]);
        add(tools,
            legacy ? function : json_pack("{s:s, s:o}", "type", "function", "function", function));
    }
    put(request, legacy ? "functions" : "tools", tools);
    if (!legacy && dice_chance(dice, 50))
        put(request, "tool_choice", grow_choice(dice));
}

/* Members that stand alone, as JSON text: a row is in the request or not. */
static const char *const chat_members[] = {
    "{\"temperature\":0.2}",
    "{\"temperature\":1}",
    "{\"temperature\":null}",
    "{\"top_p\":0.95}",
    "{\"frequency_penalty\":-0.5}",
    "{\"presence_penalty\":2}",
    "{\"seed\":42}",
    "{\"seed\":7.0}",
    "{\"top_k\":40}",
    "{\"min_p\":0.05}",
    "{\"repeat_penalty\":1.1}",
    "{\"stop\":\"END\"}",
    "{\"stop\":[\"a\",\"\",\"\\n\"]}",
    "{\"stop\":null}",
    "{\"max_tokens\":5}",
    "{\"max_completion_tokens\":9}",
    "{\"max_completion_tokens\":0}",
    "{\"max_tokens\":null}",
    "{\"response_format\":{\"type\":\"text\"}}",
    "{\"response_format\":{\"type\":\"json_object\"}}",
    "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":"
    "true,"
    "\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/"
    "A\"}},\"$defs\":{\"A\":{"
    "\"type\":\"integer\"}}}}}}",
    "{\"reasoning_effort\":\"none\"}",
    "{\"reasoning_effort\":\"minimal\"}",
    "{\"reasoning_effort\":\"high\"}",
    "{\"reasoning_effort\":\"xhigh\"}",
    "{\"logprobs\":true,\"top_logprobs\":3}",
    "{\"logprobs\":true}",
    "{\"logprobs\":false}",
    "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
    "{\"stream\":false}",
    "{\"n\":1}",
    "{\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"store\":true,\"service_tier\":\"auto\"}",
    "{\"parallel_tool_calls\":false,\"modalities\":[\"text\"],\"verbosity\":\"low\"}",
    "{\"logit_bias\":{\"50256\":-100}}",
    "{\"logit_bias\":{}}",
    "{\"best_of\":3}",
    "{\"x-new\":null}",
};

static inline json_t *grow_request(struct dice *dice)
{
    json_t *request = json_pack("{s:s}", "model", "gpt-4");
    json_t *messages = json_array();
    for (size_t n = 1 + dice_below(dice, 5); n > 0; n--)
        add(messages, grow_message(dice));
    put(request, "messages", messages);
    if (dice_chance(dice, 40))
        grow_tools(dice, request);
    for (size_t n = dice_below(dice, 6); n > 0; n--) {
        json_t *member = json_loads(DICE_PICK(dice, chat_members), 0, NULL);
        ck_assert_int_eq(json_object_update(request, member), 0);
        json_decref(member);
    }
    return request;
}

/* Its bytes, as one of the encoders in use writes them. malloc'ed. */
static inline char *grow_bytes(struct dice *dice, const json_t *request)
{
    static const size_t manners[] = {JSON_COMPACT, 0, JSON_ENSURE_ASCII, JSON_INDENT(2),
                                     JSON_SORT_KEYS | JSON_ESCAPE_SLASH};
    return json_dumps(request, DICE_PICK(dice, manners));
}

#endif
