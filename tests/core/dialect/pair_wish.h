/*
 * Random wishes: what an app may ask, in no dialect, in the form of chat_dump.h. Each is one that
 * the app's own API would take; what only some apps can say is asked for by bits.
 */
#ifndef UNDERSTUDY_PAIR_WISH_H
#define UNDERSTUDY_PAIR_WISH_H

#include "dialect/chat_grammar.h"

enum wish_can {
    WISH_BLANK = 1 << 0,        /* texts of nothing or of blanks */
    WISH_URL = 1 << 1,          /* images by their URL */
    WISH_AUDIO = 1 << 2,        /* sounds */
    WISH_TEXT_FILE = 1 << 3,    /* documents that are text */
    WISH_PDF = 1 << 4,          /* and those that are none */
    WISH_SYSTEM_IMAGE = 1 << 5, /* images in system texts */
    WISH_RESULT_IMAGE = 1 << 6, /* in results */
    WISH_ANY_IMAGE = 1 << 7,    /* and in what the assistant said */
    WISH_THOUGHT = 1 << 8,
    WISH_ERROR = 1 << 9,   /* results that are errors */
    WISH_CUSTOM = 1 << 10, /* tools that take a text */
    WISH_LOGPROBS = 1 << 11,
    WISH_THINKING = 1 << 12, /* whether to think, beside how much */
    WISH_USER = 1 << 13,
    WISH_ONE_CALL = 1 << 14,
    WISH_STRICT = 1 << 15,
    WISH_JSON = 1 << 16,          /* any JSON object */
    WISH_ONE_TEXT = 1 << 17,      /* what is said is one text, and calls stand behind it */
    WISH_MANY_TURNS = 1 << 18,    /* messages of one role in a row, and system texts among them */
    WISH_NO_IDS = 1 << 19,        /* calls without ids, and calls that nobody answered */
    WISH_EXTRA_NUMBERS = 1 << 20, /* all numbers; without it temperature and top_p */
    WISH_TOP_K = 1 << 21,         /* and top_k */
    WISH_SCHEMA_NAME = 1 << 22,
    WISH_ODD_IDS = 1 << 23, /* ids of any bytes */
    WISH_BETWEEN = 1 << 24, /* texts between calls */
    WISH_BUDGET = 1 << 25,  /* how many tokens may be thought */
};

/* Takes over `before`. */
static inline json_t *wish_join(json_t *before, const char *at, size_t len)
{
    size_t had = json_string_length(before);
    char *bytes = malloc(had + len + 1);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, json_string_value(before), had);
    memcpy(bytes + had, at, len);
    json_t *joined = json_stringn(bytes, had + len);
    ck_assert_ptr_nonnull(joined);
    free(bytes);
    json_decref(before);
    return joined;
}

static inline json_t *wish_said(struct dice *dice, unsigned can)
{
    json_t *text = grow_text(dice);
    return can & WISH_BLANK && dice_chance(dice, 30) ? text : wish_join(text, "so", 2);
}

static inline json_t *wish_image(struct dice *dice, unsigned can)
{
    static const char *const images[][2] = {
        {"iVBORw0KGgoAAA==", "image/png"}, {"/9j/4AAQ", "image/jpeg"}, {"UklGRg==", "image/webp"}};
    size_t i = dice_below(dice, COUNT(images));
    if (can & WISH_URL && dice_chance(dice, 15))
        return json_pack("{s:s, s:s}", "image", "https://example.com/a.png", "source", "url");
    return json_pack("{s:s, s:s, s:s}", "image", images[i][0], "source", "base64", "media",
                     images[i][1]);
}

static inline json_t *wish_document(struct dice *dice, unsigned can)
{
    bool pdf = can & WISH_PDF && (!(can & WISH_TEXT_FILE) || dice_chance(dice, 30));
    if (pdf)
        return json_pack("{s:s, s:s, s:s, s:s}", "document", "JVBERi0=", "source", "base64",
                         "media", "application/pdf", "title", "a.pdf");
    json_t *part = json_pack("{s:o, s:s, s:s}", "document", wish_said(dice, 0), "source", "text",
                             "media", "text/plain");
    if (dice_chance(dice, 50))
        put(part, "title", wish_said(dice, 0));
    if (dice_chance(dice, 50))
        put(part, "context", wish_said(dice, 0));
    return part;
}

static inline json_t *wish_part(struct dice *dice, unsigned can)
{
    if (dice_chance(dice, 25))
        return wish_image(dice, can);
    if (can & (WISH_TEXT_FILE | WISH_PDF) && dice_chance(dice, 15))
        return wish_document(dice, can);
    if (can & WISH_AUDIO && dice_chance(dice, 5))
        return json_pack("{s:s, s:s, s:s}", "audio", "AAAA", "source", "base64", "media", "wav");
    return json_pack("{s:o}", "text", wish_said(dice, can));
}

static inline json_t *wish_parts(struct dice *dice, unsigned can, bool media)
{
    json_t *parts = json_array();
    add(parts, json_pack("{s:o}", "text", wish_said(dice, can)));
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        if (media)
            add(parts, can & WISH_ONE_TEXT ? wish_image(dice, can) : wish_part(dice, can));
        else if (!(can & WISH_ONE_TEXT))
            add(parts, json_pack("{s:o}", "text", wish_said(dice, can)));
    return parts;
}

/* ---- turns */

struct wish {
    struct dice *dice;
    unsigned can;
    bool ids;
    json_t *messages;
    size_t calls; /* so far */
};

static inline void wish_says(struct wish *wish, const char *role, bool media)
{
    add(wish->messages, json_pack("{s:o}", role, wish_parts(wish->dice, wish->can, media)));
}

static inline json_t *wish_call(struct wish *wish)
{
    struct dice *dice = wish->dice;
    json_t *object = grow_object(dice, 0);
    char *arguments = json_dumps(object, JSON_COMPACT), id[32];
    bool odd = wish->can & WISH_ODD_IDS && dice_chance(dice, 20);
    (void)snprintf(id, sizeof(id), odd ? "call/%zu:\xc3\xa9" : "call_%zu", wish->calls++);
    json_t *call = json_pack("{s:s, s:s, s:s}", "id", id, "call", DICE_PICK(dice, chat_functions),
                             "arguments", arguments);
    if (wish->can & WISH_CUSTOM && dice_chance(dice, 30)) {
        put(call, "arguments", wish_said(dice, 0));
        put(call, "custom", json_true());
    }
    free(arguments);
    json_decref(object);
    return call;
}

static inline void wish_results(struct wish *wish, const json_t *calls)
{
    struct dice *dice = wish->dice;
    size_t count = json_array_size(calls);
    size_t first = wish->ids && count ? dice_below(dice, count) : 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *call = json_array_get(calls, (first + i) % count);
        if (wish->can & WISH_NO_IDS && dice_chance(dice, 10))
            break;
        json_t *result = json_pack(
            "{s:o, s:O, s:O}", "tool",
            wish_parts(dice, wish->can & ~(unsigned)(WISH_AUDIO | WISH_TEXT_FILE | WISH_PDF),
                       (wish->can & WISH_RESULT_IMAGE) != 0 && dice_chance(dice, 30)),
            "call_id", json_object_get(call, "id"), "call_name", json_object_get(call, "call"));
        if (json_is_true(json_object_get(call, "custom")))
            put(result, "of_custom", json_true());
        if (wish->can & WISH_ERROR && dice_chance(dice, 20))
            put(result, "is_error", json_true());
        add(wish->messages, result);
    }
}

static inline void wish_assistant(struct wish *wish)
{
    struct dice *dice = wish->dice;
    json_t *parts = json_array(), *calls = json_array();
    if (wish->can & WISH_THOUGHT && dice_chance(dice, 30))
        add(parts, json_pack("{s:o}", "reasoning", wish_said(dice, 0)));
    if (dice_chance(dice, 70))
        add(parts, json_pack("{s:o}", "text", wish_said(dice, wish->can)));
    if (wish->can & WISH_ANY_IMAGE && dice_chance(dice, 10))
        add(parts, wish_image(dice, 0));
    for (size_t n = dice_chance(dice, 50) ? 1 + dice_below(dice, 3) : 0; n > 0; n--) {
        json_t *call = wish_call(wish);
        add(calls, json_incref(call));
        add(parts, call);
        if (wish->can & WISH_BETWEEN && dice_chance(dice, 10))
            add(parts, json_pack("{s:o}", "text", wish_said(dice, 0)));
    }
    const json_t *only = json_array_get(parts, 0);
    if (json_array_size(parts) < 2 && !json_object_get(only, "text") &&
        !json_object_get(only, "call"))
        add(parts, json_pack("{s:s}", "text", "Yes."));
    add(wish->messages, json_pack("{s:o}", "assistant", parts));
    wish_results(wish, calls);
    json_decref(calls);
}

static inline void wish_turns(struct wish *wish)
{
    struct dice *dice = wish->dice;
    bool many = (wish->can & WISH_MANY_TURNS) != 0;
    for (size_t n = dice_below(dice, many ? 3 : 2); n > 0; n--)
        wish_says(wish, "system", wish->can & WISH_SYSTEM_IMAGE && dice_chance(dice, 10));
    wish_says(wish, "user", true);
    for (size_t n = dice_below(dice, 4); n > 0; n--) {
        wish_assistant(wish);
        if (many && dice_chance(dice, 10))
            wish_says(wish, "system", false);
        if (dice_chance(dice, 80))
            wish_says(wish, "user", true);
        if (many && dice_chance(dice, 10))
            wish_says(wish, "user", true);
        /* Of two turns of the assistant in a row some apps make one. */
        const json_t *last = json_array_get(wish->messages, json_array_size(wish->messages) - 1);
        if (json_object_get(last, "assistant"))
            return;
    }
}

/* ---- what stands beside them */

static inline void wish_tools(struct dice *dice, unsigned can, json_t *wish)
{
    static const char *const choices[] = {"auto", "any", "named", "none"};
    json_t *tools = json_array();
    for (size_t i = 0; i < COUNT(chat_functions); i++) {
        json_t *tool =
            json_pack("{s:s, s:o}", "name", chat_functions[i], "description", wish_said(dice, 0));
        if (can & WISH_CUSTOM && dice_chance(dice, 30)) {
            put(tool, "custom", json_true());
            put(tool, "format", json_string("start: WORD"));
        } else {
            put(tool, "parameters",
                json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s], s:b}", "type", "object", "properties",
                          "city", "type", "string", "n", "type", "integer", "required", "city",
                          "additionalProperties", 0));
            if (can & WISH_STRICT && dice_chance(dice, 20))
                put(tool, "strict", json_true());
        }
        add(tools, tool);
    }
    put(wish, "tools", tools);
    put(wish, "choice", json_string(DICE_PICK(dice, choices)));
    if (strcmp(json_string_value(json_object_get(wish, "choice")), "named") == 0)
        put(wish, "choice_name", json_string(DICE_PICK(dice, chat_functions)));
    if (can & WISH_ONE_CALL && dice_chance(dice, 20))
        put(wish, "one_call", json_true());
}

static inline void wish_format(struct dice *dice, unsigned can, json_t *wish)
{
    if (can & WISH_JSON && dice_chance(dice, 30)) {
        put(wish, "format", json_string("json"));
        return;
    }
    put(wish, "format", json_string("schema"));
    put(wish, "schema",
        json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s, s], s:b}", "type", "object", "properties", "a",
                  "type", "integer", "b", "type", "string", "required", "a", "b",
                  "additionalProperties", 0));
    if (!(can & WISH_SCHEMA_NAME))
        return;
    put(wish, "schema_name", json_string("form"));
    if (can & WISH_STRICT && dice_chance(dice, 30))
        put(wish, "schema_strict", json_true());
}

/* Each of them in so many of a hundred wishes. */
static inline void wish_numbers(struct dice *dice, unsigned can, json_t *wish)
{
    static const struct {
        const char *name;
        double value;
        unsigned can;
    } numbers[] = {{"temperature", 0.25, 0},
                   {"temperature", 1.5, WISH_EXTRA_NUMBERS},
                   {"top_p", 0.5, 0},
                   {"top_p", 0.97, 0},
                   {"top_k", 40, WISH_TOP_K},
                   {"frequency_penalty", 0.5, WISH_EXTRA_NUMBERS},
                   {"presence_penalty", -0.5, WISH_EXTRA_NUMBERS},
                   {"seed", 42, WISH_EXTRA_NUMBERS},
                   {"min_p", 0.05, WISH_EXTRA_NUMBERS},
                   {"typical_p", 0.75, WISH_EXTRA_NUMBERS},
                   {"repeat_penalty", 1.5, WISH_EXTRA_NUMBERS},
                   {"repeat_last_n", 64, WISH_EXTRA_NUMBERS}};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        bool whole = numbers[i].value == (double)(int)numbers[i].value;
        if ((numbers[i].can & ~can) == 0 && dice_chance(dice, 15))
            put(wish, numbers[i].name,
                whole ? json_integer((json_int_t)numbers[i].value) : json_real(numbers[i].value));
    }
}

static inline bool wish_is_on(const json_t *wish)
{
    return strcmp(json_string_value(json_object_get(wish, "thinking")), "on") == 0;
}

static inline void wish_effort(struct dice *dice, unsigned can, json_t *wish)
{
    static const char *const efforts[] = {"none", "low", "medium", "high", "max"};
    static const char *const thinkings[] = {"off", "on", "adaptive"};
    bool thinks = can & WISH_THINKING && dice_chance(dice, 40);
    put(wish, "effort", json_string("unset"));
    put(wish, "thinking", json_string(thinks ? DICE_PICK(dice, thinkings) : "unset"));
    if (can & WISH_BUDGET && wish_is_on(wish) && dice_chance(dice, 50))
        put(wish, "thinking_budget", json_integer(1024));
    if (dice_chance(dice, 25))
        put(wish, "effort",
            json_string(thinks ? efforts[1 + dice_below(dice, COUNT(efforts) - 1)]
                               : DICE_PICK(dice, efforts)));
}

static inline json_t *wish_grow(struct dice *dice, unsigned can)
{
    bool ids = !(can & WISH_NO_IDS) || dice_chance(dice, 50);
    json_t *request =
        json_pack("{s:[], s:[], s:[], s:s, s:s, s:i, s:b}", "messages", "tools", "stop", "choice",
                  "auto", "format", "text", "max_tokens", 0, "ids", (int)ids);
    struct wish wish = {dice, can, ids, json_object_get(request, "messages"), 0};
    wish_turns(&wish);
    if (dice_chance(dice, 50))
        wish_tools(dice, can, request);
    if (dice_chance(dice, 25))
        wish_format(dice, can, request);
    wish_numbers(dice, can, request);
    wish_effort(dice, can, request);
    for (size_t n = dice_chance(dice, 20) ? 1 + dice_below(dice, 3) : 0; n > 0; n--)
        add(json_object_get(request, "stop"), wish_said(dice, 0));
    if (dice_chance(dice, 40))
        put(request, "max_tokens", json_integer(1 + (json_int_t)dice_below(dice, 4000)));
    if (can & WISH_LOGPROBS && dice_chance(dice, 15))
        put(request, "logprobs", json_true());
    if (can & WISH_USER && dice_chance(dice, 30))
        put(request, "user", json_string("user-7"));
    if (dice_chance(dice, 50))
        put(request, "stream", json_true());
    return request;
}

#endif
