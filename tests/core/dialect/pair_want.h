/*
 * What becomes of a wish's options at a provider, and which of its members must be named as left
 * out: the rules of each pair ("Between dialects" of the contract), without a look at the code.
 */
#ifndef UNDERSTUDY_PAIR_WANT_H
#define UNDERSTUDY_PAIR_WANT_H

#include "dialect/pair_meaning.h"

/* Anthropic has no mode for any JSON object: it is asked for in words. */
#define PAIR_JSON_WANTED                                                                           \
    "Answer with one JSON object and nothing else: no text before or behind it, and no code "      \
    "fence."

struct pair {
    const struct pair_app *app;
    const struct dialect *target;
    bool official; /* openai: the server of OpenAI */
    bool thinks;   /* ollama: the model can think */
};

static inline double want_number(const json_t *wish, const char *name)
{
    return json_number_value(json_object_get(wish, name));
}

static inline bool want_has(const json_t *wish, const char *name)
{
    return json_object_get(wish, name) != NULL;
}

static inline bool want_tools(const json_t *wish)
{
    return json_array_size(json_object_get(wish, "tools")) > 0;
}

static inline bool want_forced(const json_t *wish)
{
    return want_tools(wish) &&
           (tell_says(wish, "choice", "any") || tell_says(wish, "choice", "named"));
}

static inline bool want_off(const json_t *wish)
{
    return tell_says(wish, "thinking", "off") || tell_says(wish, "effort", "none");
}

static inline bool want_thought(const json_t *wish)
{
    return !want_off(wish) &&
           !(tell_says(wish, "thinking", "unset") && tell_says(wish, "effort", "unset"));
}

/* How the app calls how much, or whether, to think. */
static inline const char *want_effort_name(const struct pair *pair, const json_t *wish)
{
    if (pair->app->dialect == &dialect_openai)
        return "reasoning_effort";
    if (pair->app->dialect == &dialect_responses)
        return "reasoning.effort";
    if (pair->app->dialect == &dialect_ollama)
        return "think";
    return tell_says(wish, "thinking", "unset") ? "output_config.effort" : "thinking";
}

/* Is the thing refused by that provider? */
static inline bool want_refused(const struct pair *pair, const json_t *wish)
{
    size_t m, p;
    json_t *message, *part, *parts;
    json_array_foreach (json_object_get(wish, "messages"), m, message) {
        (void)tell_role(message, &parts);
        json_array_foreach (parts, p, part) {
            bool pdf = want_has(part, "document") && tell_says(part, "source", "base64");
            bool url = tell_says(part, "source", "url");
            if (pair->target == &dialect_ollama && (pdf || url))
                return true;
            if (pair->target == &dialect_anthropic && want_has(part, "audio"))
                return true;
        }
    }
    return false;
}

/* ---- numbers */

/* Does Anthropic take it? One of the two steers, and who thinks is steered by neither. */
static inline bool want_at_anthropic(const json_t *wish, const char *name)
{
    bool thinks = want_thought(wish) && !want_forced(wish);
    double temperature = want_number(wish, "temperature");
    bool steered = want_has(wish, "temperature") && (temperature >= 1 || !thinks);
    if (strcmp(name, "temperature") == 0)
        return steered;
    if (strcmp(name, "top_p") == 0)
        return !steered && (!thinks || want_number(wish, name) >= 0.95);
    return strcmp(name, "top_k") == 0 && !thinks;
}

static inline bool want_is_standard(const char *name)
{
    static const char *const names[] = {"temperature", "top_p", "frequency_penalty",
                                        "presence_penalty", "seed"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Is it taken there? */
static inline bool want_takes(const struct pair *pair, const json_t *wish, const char *name)
{
    if (pair->target == &dialect_openai)
        return !pair->official || want_is_standard(name);
    return pair->target == &dialect_ollama || want_at_anthropic(wish, name);
}

static inline void want_numbers(const struct pair *pair, const json_t *wish, json_t *options,
                                json_t *drops)
{
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++) {
        const char *name = chat_number_name((enum chat_number_id)id);
        double value = want_number(wish, name);
        if (!want_has(wish, name))
            continue;
        bool held =
            pair->target == &dialect_anthropic && strcmp(name, "temperature") == 0 && value > 1;
        if (want_takes(pair, wish, name))
            put(options, name, json_real(held ? 1 : value));
        if (held || !want_takes(pair, wish, name))
            put(drops, name, json_true());
    }
}

/* ---- tools */

/* To Responses functions are strict unless it is said otherwise: the word is nothing to miss where
 * none can be. */
static inline bool want_misses_strict(const struct pair *pair)
{
    return pair->target == &dialect_anthropic ||
           (pair->target == &dialect_ollama && pair->app->dialect != &dialect_responses);
}

static inline void want_tool(const struct pair *pair, const json_t *tool, json_t *tools,
                             json_t *drops)
{
    bool custom = want_has(tool, "custom"), strict = want_has(tool, "strict");
    json_t *names =
        custom ? json_pack("{s:b}", "input", 1)
               : names_of(json_object_get(json_object_get(tool, "parameters"), "properties"));
    if (strict && want_misses_strict(pair))
        put(drops, "tools.strict", json_true());
    add(tools, json_pack("{s:O, s:o, s:o, s:b}", "name", json_object_get(tool, "name"),
                         "description", or_empty(json_object_get(tool, "description")),
                         "properties", names, "strict", strict && pair->target == &dialect_openai));
}

static inline void want_offer(const struct pair *pair, const json_t *wish, json_t *options,
                              json_t *drops)
{
    bool ollama = pair->target == &dialect_ollama, forced = want_forced(wish);
    bool none = tell_says(wish, "choice", "none");
    json_t *tools = json_array(), *tool;
    size_t i;
    json_array_foreach (json_object_get(wish, "tools"), i, tool) {
        bool named =
            json_equal(json_object_get(tool, "name"), json_object_get(wish, "choice_name"));
        bool strict = want_has(tool, "strict");
        if (ollama && (none || (want_has(wish, "choice_name") && !named))) {
            if (strict && want_misses_strict(
                              pair)) /* it was named before it was known that the tool goes, too */
                put(drops, "tools.strict", json_true());
            continue;
        }
        want_tool(pair, tool, tools, drops);
    }
    if (ollama && forced)
        put(drops, "tool_choice", json_true());
    if (ollama && json_array_size(tools) && !tell_says(wish, "format", "text"))
        put(drops, "tools", json_true());
    put(options, "tools", tools);
    if (ollama || !want_tools(wish))
        return;
    put(options, "choice", json_incref(json_object_get(wish, "choice")));
    tell_move(wish, "choice_name", options, "choice_name");
    if (want_has(wish, "one_call") && !(none && pair->target == &dialect_anthropic))
        put(options, "one_call", json_true());
}

/* ---- thinking */

struct want_thinks {
    const char *thinking, *effort;
};

static inline struct want_thinks want_of_openai(const struct pair *pair, const json_t *wish,
                                                json_t *drops)
{
    const char *effort = json_string_value(json_object_get(wish, "effort"));
    if (strcmp(effort, "unset") == 0 && want_thought(wish))
        put(drops, want_effort_name(pair, wish), json_true());
    else if (want_has(wish, "thinking_budget"))
        put(drops, "thinking.budget_tokens", json_true());
    return (struct want_thinks){"unset", effort};
}

/* A call that is forced rules thinking out. */
static inline struct want_thinks want_of_anthropic(const struct pair *pair, const json_t *wish,
                                                   json_t *drops)
{
    const char *effort = json_string_value(json_object_get(wish, "effort"));
    if (!want_thought(wish))
        return (struct want_thinks){want_off(wish) ? "off" : "unset", "unset"};
    if (!want_forced(wish))
        return (struct want_thinks){"adaptive", effort};
    put(drops, want_effort_name(pair, wish), json_true());
    return (struct want_thinks){"unset", "unset"};
}

static inline struct want_thinks want_of_ollama(const struct pair *pair, const json_t *wish,
                                                json_t *drops)
{
    const char *effort = json_string_value(json_object_get(wish, "effort"));
    bool told = pair->app->dialect == &dialect_anthropic || want_thought(wish) || want_off(wish);
    if (!told || !pair->thinks)
        return (struct want_thinks){"unset", "unset"};
    if (!want_thought(wish))
        return (struct want_thinks){"off", "unset"};
    if (want_has(wish, "thinking_budget"))
        put(drops, "thinking.budget_tokens", json_true());
    return (struct want_thinks){"on", effort};
}

static inline void want_thinking(const struct pair *pair, const json_t *wish, json_t *options,
                                 json_t *drops)
{
    struct want_thinks want = pair->target == &dialect_openai ? want_of_openai(pair, wish, drops)
                              : pair->target == &dialect_anthropic
                                  ? want_of_anthropic(pair, wish, drops)
                                  : want_of_ollama(pair, wish, drops);
    put(options, "thinking", json_string(want.thinking));
    put(options, "effort", json_string(want.effort));
}

/* ---- the rest */

/* What system and assistant say is text, but to Ollama. */
static inline bool want_media_lost(const struct pair *pair, const json_t *wish)
{
    size_t m, p;
    json_t *message, *part, *parts;
    if (pair->target == &dialect_ollama)
        return false;
    json_array_foreach (json_object_get(wish, "messages"), m, message) {
        const char *role = tell_role(message, &parts);
        json_array_foreach (parts, p, part)
            if ((want_has(part, "image") || tell_says(part, "source", "base64")) &&
                (strcmp(role, "system") == 0 || strcmp(role, "assistant") == 0))
                return true;
    }
    return false;
}

static inline const char *want_format_name(const struct pair *pair)
{
    if (pair->app->dialect == &dialect_openai)
        return "response_format";
    return pair->app->dialect == &dialect_responses ? "text.format" : "format";
}

static inline void want_format(const struct pair *pair, const json_t *wish, json_t *options,
                               json_t *drops)
{
    bool openai = pair->target == &dialect_openai, strict = want_has(wish, "schema_strict");
    const char *format = json_string_value(json_object_get(wish, "format"));
    bool words = strcmp(format, "json") == 0 && pair->target == &dialect_anthropic;
    if (words)
        put(drops, want_format_name(pair), json_true());
    put(options, "format", json_string(words ? "text" : format));
    put(options, "schema",
        names_of(json_object_get(json_object_get(wish, "schema"), "properties")));
    if (openai && strict)
        put(options, "schema_strict", json_true());
    if (strict && pair->target == &dialect_ollama)
        put(drops,
            pair->app->dialect == &dialect_openai ? "response_format.strict" : "text.format.strict",
            json_true());
    if (openai && strcmp(format, "schema") == 0)
        put(options, "schema_name",
            want_has(wish, "schema_name") ? json_incref(json_object_get(wish, "schema_name"))
                                          : json_string("answer"));
}

/* The options in one form, and the names as members of *ret_drops. New references. */
static inline json_t *want_options(const struct pair *pair, const json_t *wish, json_t **ret_drops)
{
    json_t *options = json_object(), *drops = json_object();
    json_int_t limit = json_integer_value(json_object_get(wish, "max_tokens"));
    bool anthropic = pair->target == &dialect_anthropic;
    want_numbers(pair, wish, options, drops);
    want_offer(pair, wish, options, drops);
    want_thinking(pair, wish, options, drops);
    want_format(pair, wish, options, drops);
    if (want_media_lost(pair, wish))
        put(drops, "messages.content", json_true());
    if (anthropic && want_has(wish, "logprobs"))
        put(drops, "logprobs", json_true());
    if (!anthropic && want_has(wish, "logprobs"))
        put(options, "logprobs", json_true());
    if (want_has(wish, "user") && pair->target != &dialect_ollama)
        put(options, "user", json_incref(json_object_get(wish, "user")));
    put(options, "stop", json_incref(json_object_get(wish, "stop")));
    put(options, "max_tokens", json_integer(limit == 0 && anthropic ? 8192 : limit));
    put(options, "stream", json_boolean(want_has(wish, "stream")));
    *ret_drops = drops;
    return options;
}

/* What a request that was read back (chat_dump.h) asks, in the same form. */
static inline json_t *want_found(const struct pair *pair, const json_t *dump)
{
    static const char *const same[] = {"thinking", "effort",        "format",     "user",
                                       "stop",     "max_tokens",    "logprobs",   "schema_name",
                                       "one_call", "schema_strict", "choice_name"};
    json_t *options = json_object(), *tools = json_array(), *tool;
    size_t i;
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++) {
        const char *name = chat_number_name((enum chat_number_id)id);
        if (want_has(dump, name))
            put(options, name, json_real(want_number(dump, name)));
    }
    for (i = 0; i < COUNT(same); i++)
        tell_move(dump, same[i], options, same[i]);
    if (want_tools(dump) && pair->target != &dialect_ollama)
        tell_move(dump, "choice", options, "choice");
    json_array_foreach (json_object_get(dump, "tools"), i, tool)
        add(tools,
            json_pack("{s:O, s:o, s:o, s:b}", "name", json_object_get(tool, "name"), "description",
                      or_empty(json_object_get(tool, "description")), "properties",
                      names_of(json_object_get(json_object_get(tool, "parameters"), "properties")),
                      "strict", want_has(tool, "strict")));
    put(options, "tools", tools);
    put(options, "schema",
        names_of(json_object_get(json_object_get(dump, "schema"), "properties")));
    put(options, "stream", json_boolean(want_has(dump, "stream")));
    return options;
}

#endif
