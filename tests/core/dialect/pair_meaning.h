/*
 * What a request says, told as it can be told to a provider of a dialect: a wish and a request that
 * was read back (both in the form of chat_dump.h) become the same list where nothing was lost.
 *
 *     ["message", role]                    who speaks; to Anthropic the turns of two
 *     ["text", T] ["image", D] ["audio", D] ["document", ...] ["thought", T]
 *     ["call", number, name, arguments]    the calls are counted, since ids may be others there
 *     ["result", number]
 *
 * Written from the contract's rules alone ("Between dialects"), without a look at the code.
 */
#ifndef UNDERSTUDY_PAIR_MEANING_H
#define UNDERSTUDY_PAIR_MEANING_H

#include "dialect/pair_apps.h"

struct meaning {
    const struct dialect *target;
    bool thoughts;        /* what was thought is told there */
    const char *speaking; /* anthropic: whose turn it is; NULL = nobody's yet */
    json_t *list;
    json_t *calls;   /* ids, by the number of the call */
    json_t *open;    /* those of the last turn that have no result yet: numbers */
    json_t *pending; /* openai: images of results, told behind them */
};

/* Nothing in it can be read. */
static inline bool meaning_blank(const json_t *text)
{
    const char *at = json_string_value(text);
    for (size_t i = 0; i < json_string_length(text); i++)
        if ((unsigned char)at[i] > ' ')
            return false;
    return true;
}

/* Texts in a row are one, of lines; to Anthropic each is a block, and blank ones are none. */
static inline void meaning_text(struct meaning *meaning, json_t *list, json_t *text)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    bool goes_on = last && is_word(json_array_get(last, 0), "text");
    if (meaning->target == &dialect_anthropic ? meaning_blank(text) : !json_string_length(text))
        return;
    if (meaning->target == &dialect_anthropic || !goes_on) {
        add(list, json_pack("[s, O]", "text", text));
        return;
    }
    json_t *joined = wish_join(json_incref(json_array_get(last, 1)), "\n", 1);
    joined = wish_join(joined, json_string_value(text), json_string_length(text));
    ck_assert_int_eq(json_array_set_new(last, 1, joined), 0);
}

/* mixed: there is a place for what is no text. */
static inline void meaning_document(struct meaning *meaning, json_t *list, const json_t *part,
                                    bool mixed)
{
    static const char *const texts[] = {"title", "context", "document"};
    bool text = tell_says(part, "source", "text");
    if (text && meaning->target != &dialect_anthropic) {
        for (size_t i = 0; i < COUNT(texts); i++)
            meaning_text(meaning, list, json_object_get(part, texts[i]));
        return;
    }
    if (!mixed)
        return;
    json_t *told = json_pack("[s, O]", "document", json_object_get(part, "document"));
    for (size_t i = 0; i < 2; i++)
        add(told, or_empty(json_object_get(part, texts[i])));
    add(list, told);
}

/* To Ollama the bytes alone, and sounds in the same place. */
static inline json_t *meaning_medium(const struct meaning *meaning, const json_t *part)
{
    json_t *image = json_object_get(part, "image"), *audio = json_object_get(part, "audio");
    if (!image && !audio)
        return NULL;
    if (meaning->target == &dialect_ollama)
        return json_pack("[s, O]", "image", image ? image : audio);
    return json_pack("[s, O, o]", image ? "image" : "audio", image ? image : audio,
                     or_empty(json_object_get(part, "media")));
}

static inline void meaning_call(struct meaning *meaning, json_t *list, const json_t *part)
{
    json_t *arguments = json_object_get(part, "arguments");
    json_int_t number = (json_int_t)json_array_size(meaning->calls);
    json_t *object = json_object_get(part, "custom") ? json_pack("{s:O}", "input", arguments)
                                                     : openai_arguments(arguments);
    add(meaning->calls, or_empty(json_object_get(part, "id")));
    add(meaning->open, json_integer(number));
    add(list, json_pack("[s, I, O, o]", "call", number, json_object_get(part, "call"), object));
}

/* What the message says, in the order in which it is told there. */
static inline json_t *meaning_said(struct meaning *meaning, json_t *parts, const char *role)
{
    bool ordered = meaning->target == &dialect_anthropic;
    bool mixed = strcmp(role, "user") == 0 || (ordered && strcmp(role, "tool") == 0);
    json_t *said = json_array(), *media = json_array(), *calls = json_array(), *part;
    size_t i;
    if (meaning->target == &dialect_ollama)
        mixed = false;
    json_array_foreach (parts, i, part) {
        json_t *medium = meaning_medium(meaning, part);
        if (medium)
            add(mixed ? said : media, medium);
        else if (json_object_get(part, "document"))
            meaning_document(meaning, said, part, mixed);
        else if (json_object_get(part, "call"))
            meaning_call(meaning, ordered ? said : calls, part);
        else if (json_object_get(part, "text"))
            meaning_text(meaning, said, json_object_get(part, "text"));
        else if (meaning->thoughts)
            add(calls, json_pack("[s, O]", "thought", json_object_get(part, "reasoning")));
    }
    if (meaning->target == &dialect_ollama)
        ck_assert_int_eq(json_array_extend(said, media), 0);
    else if (strcmp(role, "tool") == 0 && meaning->target == &dialect_openai)
        ck_assert_int_eq(json_array_extend(meaning->pending, media), 0);
    ck_assert_int_eq(json_array_extend(said, calls), 0);
    json_decref(media);
    json_decref(calls);
    return said;
}

/* Does the user have to say something first, or last? */
static inline bool meaning_is_early(const struct meaning *meaning)
{
    return !meaning->speaking || strcmp(meaning->speaking, "system") == 0;
}

/* Adds what is told; who says nothing is not heard. Takes over `said`. */
static inline void meaning_speak(struct meaning *meaning, const char *who, json_t *said)
{
    bool turns = meaning->target == &dialect_anthropic;
    if (turns && json_array_size(said) == 0) {
        json_decref(said);
        return;
    }
    if (turns && meaning_is_early(meaning) && strcmp(who, "assistant") == 0)
        meaning_speak(meaning, "user", json_pack("[[s, s]]", "text", "Begin."));
    if (!turns || !meaning->speaking || strcmp(meaning->speaking, who) != 0)
        add(meaning->list, json_pack("[s, s]", "message", who));
    if (turns)
        meaning->speaking = who;
    ck_assert_int_eq(json_array_extend(meaning->list, said), 0);
    json_decref(said);
}

/* The open call that the result answers: by its id, or the first one of its name. */
static inline json_int_t meaning_number(struct meaning *meaning, const json_t *result)
{
    size_t i;
    const json_t *open, *id = json_object_get(result, "call_id");
    json_array_foreach (meaning->open, i, open) {
        json_int_t number = json_integer_value(open);
        if (!json_equal(json_array_get(meaning->calls, (size_t)number), id))
            continue;
        ck_assert_int_eq(json_array_remove(meaning->open, i), 0);
        return number;
    }
    return -1;
}

static inline void meaning_result(struct meaning *meaning, const json_t *message, json_t *parts)
{
    bool anthropic = meaning->target == &dialect_anthropic;
    bool failed = json_object_get(message, "is_error") != NULL;
    json_t *said = json_array(), *told;
    json_int_t number = meaning_number(meaning, message);
    told = meaning_said(meaning, parts, "tool");
    if (failed && !anthropic) {
        json_t *first = json_array_get(told, 0);
        bool text = is_word(json_array_get(first, 0), "text");
        json_t *mark = json_string("[tool error] ");
        if (text)
            mark = wish_join(mark, json_string_value(json_array_get(first, 1)),
                             json_string_length(json_array_get(first, 1)));
        add(said, json_pack("[s, o]", "text", mark));
        if (text)
            ck_assert_int_eq(json_array_remove(told, 0), 0);
    }
    ck_assert_int_eq(json_array_extend(said, told), 0);
    json_decref(told);
    if (meaning->target == &dialect_ollama)
        told = json_pack("[[s, I, O, o]]", "result", number, json_object_get(message, "call_name"),
                         said);
    else
        told = json_pack("[[s, I, b, o]]", "result", number, failed && anthropic, said);
    meaning_speak(meaning, anthropic ? "user" : "tool", told);
}

/* Calls that nobody answered have a result of nothing: OpenAI and Anthropic want one of each. */
static inline void meaning_close(struct meaning *meaning)
{
    bool anthropic = meaning->target == &dialect_anthropic;
    size_t i;
    json_t *open;
    json_array_foreach (meaning->open, i, open)
        if (meaning->target != &dialect_ollama)
            meaning_speak(meaning, anthropic ? "user" : "tool",
                          json_pack("[[s, O, b, []]]", "result", open, 0));
    json_array_clear(meaning->open);
    if (json_array_size(meaning->pending))
        meaning_speak(meaning, "user", json_copy(meaning->pending));
    json_array_clear(meaning->pending);
}

static inline void meaning_message(struct meaning *meaning, const json_t *message)
{
    json_t *parts;
    const char *role = tell_role(message, &parts);
    if (strcmp(role, "tool") == 0) {
        meaning_result(meaning, message, parts);
        return;
    }
    if (meaning->target != &dialect_anthropic)
        meaning_close(meaning);
    meaning_speak(meaning, role, meaning_said(meaning, parts, role));
}

/* To Anthropic: those messages of that role. */
static inline void meaning_of_role(struct meaning *meaning, const json_t *messages, size_t from,
                                   size_t to, const char *role)
{
    for (size_t i = from; i < to; i++)
        if (json_object_get(json_array_get(messages, i), role))
            meaning_message(meaning, json_array_get(messages, i));
}

/* System texts stand in front, and what the user says behind the results; the user speaks first and
 * last. */
static inline void meaning_turns(struct meaning *meaning, const json_t *messages)
{
    size_t count = json_array_size(messages), from = 0;
    meaning_of_role(meaning, messages, 0, count, "system");
    for (size_t i = 0; i <= count; i++) {
        const json_t *message = json_array_get(messages, i);
        if (message && !json_object_get(message, "assistant"))
            continue;
        meaning_of_role(meaning, messages, from, i, "tool");
        meaning_close(meaning);
        meaning_of_role(meaning, messages, from, i, "user");
        if (message)
            meaning_message(meaning, message);
        from = i + 1;
    }
    const char *more = meaning_is_early(meaning) ? "Begin." : "Go on.";
    if (!meaning->speaking || strcmp(meaning->speaking, "user") != 0)
        meaning_speak(meaning, "user", json_pack("[[s, s]]", "text", more));
}

/* An answer of nothing, behind all: to be filled. */
static inline bool meaning_is_blank(const json_t *message)
{
    json_t *parts = json_object_get(message, "assistant"), *part;
    size_t i;
    json_array_foreach (parts, i, part)
        if (json_object_size(part) != 1 || json_string_length(json_object_get(part, "text")))
            return false;
    return parts != NULL;
}

/* New reference. */
static inline json_t *meaning_of(const json_t *messages, const struct dialect *target,
                                 bool thoughts)
{
    struct meaning meaning = {.target = target,
                              .thoughts = thoughts,
                              .list = json_array(),
                              .calls = json_array(),
                              .open = json_array(),
                              .pending = json_array()};
    size_t count = json_array_size(messages);
    while (target == &dialect_ollama && count > 1 &&
           meaning_is_blank(json_array_get(messages, count - 1)))
        count--;
    if (target == &dialect_anthropic)
        meaning_turns(&meaning, messages);
    else
        for (size_t i = 0; i < count; i++)
            meaning_message(&meaning, json_array_get(messages, i));
    meaning_close(&meaning);
    json_decref(meaning.calls);
    json_decref(meaning.open);
    json_decref(meaning.pending);
    return meaning.list;
}

#endif
