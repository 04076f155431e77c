/*
 * The request is walked over by levels; the table below says what a level's entries lead to.
 *
 *     messages[] -> a message -> content[]               thinking
 *                             -> tool_calls[] -> a call  extra_content
 *                             -> reasoning_content ...
 *     input[]                                            reasoning
 */
#include "travel/foreign.h"

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "text/count.h"
#include "text/string_list.h"

enum level {
    LEVEL_TOP,
    LEVEL_MESSAGES,
    LEVEL_MESSAGE,
    LEVEL_CALLS,
    LEVEL_CALL,
    LEVEL_BLOCKS,
    LEVEL_ITEMS
};

static const struct {
    enum level level;
    const char *name; /* NULL = each element */
    enum level below;
} ways[] = {
    {LEVEL_TOP, "messages", LEVEL_MESSAGES},  {LEVEL_TOP, "input", LEVEL_ITEMS},
    {LEVEL_MESSAGES, NULL, LEVEL_MESSAGE},    {LEVEL_MESSAGE, "tool_calls", LEVEL_CALLS},
    {LEVEL_MESSAGE, "content", LEVEL_BLOCKS}, {LEVEL_CALLS, NULL, LEVEL_CALL},
};

/* A member, at its level, that a provider refuses by its name. */
static const struct {
    enum level level;
    const char *name;
    enum foreign foreign;
} members[] = {
    {LEVEL_MESSAGE, "reasoning_content", FOREIGN_REASONING_CONTENT},
    {LEVEL_MESSAGE, "reasoning", FOREIGN_REASONING},
    {LEVEL_MESSAGE, "reasoning_details", FOREIGN_REASONING_DETAILS},
    {LEVEL_CALL, "extra_content", FOREIGN_EXTRA_CONTENT},
};

/* ---- what is left out */

struct walk {
    struct jsoncut cut;
    unsigned foreign;
    struct buf *dropped;
};

struct place {
    struct walk *walk;
    enum level level;
};

static void note(const struct walk *walk, unsigned foreign)
{
#define X(id, bit, name)                                                                           \
    if (foreign & FOREIGN_##id)                                                                    \
        string_list_put(walk->dropped, name);
    FOREIGN_TABLE(X)
#undef X
}

static unsigned foreign_block(const struct walk *walk, struct text block)
{
    if (jsonspan_member_is(block, "type", "redacted_thinking"))
        return walk->foreign & FOREIGN_SIGNED;
    if (!jsonspan_member_is(block, "type", "thinking"))
        return 0;
    return walk->foreign &
           (jsonspan_is_filled(jsonspan_value(block, "signature")) ? FOREIGN_SIGNED
                                                                   : FOREIGN_UNSIGNED);
}

/* Does nothing of the message stay? */
static unsigned foreign_message(const struct walk *walk, struct text message)
{
    struct text content, block;
    unsigned found = 0;
    if (!jsonspan_get(message, "content", &content) || jsonspan_get(message, "tool_calls", &block))
        return 0;
    for (size_t at = 0; jsonspan_next(content, &at, &block);) {
        unsigned foreign = foreign_block(walk, block);
        if (!foreign)
            return 0;
        found |= foreign;
    }
    return found;
}

static bool is_user(struct text item)
{
    struct text role;
    return jsonspan_get(item, "role", &role) && !jsonspan_name_is(role, "assistant");
}

/* Does another thought follow the item of the body, or what the model did not say, or nothing? */
static bool is_orphan(struct text body, struct text item)
{
    struct text rest = text_skip(body, (size_t)(item.at + item.len - body.at));
    rest = text_skip_blank(rest);
    if (!text_starts(rest, ","))
        return true;
    rest = text_skip_blank(text_skip(rest, 1));
    return jsonspan_member_is(rest, "type", "reasoning") || is_user(rest);
}

static unsigned foreign_item(const struct walk *walk, struct text item)
{
    if (!jsonspan_member_is(item, "type", "reasoning"))
        return 0;
    if (walk->foreign & FOREIGN_ORPHAN && is_orphan(walk->cut.body, item))
        return FOREIGN_ORPHAN;
    return jsonspan_is_filled(jsonspan_value(item, "encrypted_content"))
               ? 0
               : walk->foreign & FOREIGN_UNKEPT;
}

/* What the entry is that does not stay; 0 = it stays. */
static unsigned foreign_entry(const struct place *place, struct text name, struct text value)
{
    const struct walk *walk = place->walk;
    for (size_t i = 0; i < COUNT(members); i++)
        if (members[i].level == place->level && jsonspan_name_is(name, members[i].name))
            return walk->foreign & members[i].foreign;
    if (place->level == LEVEL_MESSAGES)
        return foreign_message(walk, value);
    if (place->level == LEVEL_BLOCKS)
        return foreign_block(walk, value);
    return place->level == LEVEL_ITEMS ? foreign_item(walk, value) : 0;
}

static bool drops(const void *arg, struct text name, struct text value)
{
    return foreign_entry(arg, name, value) != 0;
}

static void note_dropped(void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    note(place->walk, foreign_entry(place, name, value));
}

static int walk_into(struct walk *walk, struct text part, enum level level);

static int look_below(void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    for (size_t i = 0; i < COUNT(ways); i++)
        if (ways[i].level == place->level &&
            (!ways[i].name || jsonspan_name_is(name, ways[i].name)))
            return walk_into(place->walk, value, ways[i].below);
    return 0;
}

static int walk_into(struct walk *walk, struct text part, enum level level)
{
    struct place place = {walk, level};
    const struct jsoncut_entries entries = {
        .drops = drops, .dropped = note_dropped, .kept = look_below, .arg = &place};
    return jsoncut_walk(&walk->cut, part, &entries);
}

int foreign_leave_out(struct text body, unsigned foreign, struct buf *out, struct buf *dropped,
                      bool *ret_changed)
{
    struct walk walk = {.cut = {.body = body, .out = out}, .foreign = foreign, .dropped = dropped};
    int r = 0;
    if (foreign && jsonspan_check(body, NULL) == 0 && jsonspan_type(body) == JSONSPAN_OBJECT)
        r = walk_into(&walk, body, LEVEL_TOP);
    if (r == 0)
        r = jsoncut_end(&walk.cut);
    *ret_changed = walk.cut.changed;
    return r;
}

/* ---- what is refused */

/* In any case. whole: not as a part of a longer word. */
static bool says(struct text text, const char *lower_case, bool whole)
{
    size_t len = strlen(lower_case);
    for (size_t i = 0; i + len <= text.len; i++) {
        bool inside = (i > 0 && text_is_word_byte(text.at[i - 1])) ||
                      (i + len < text.len && text_is_word_byte(text.at[i + len]));
        if (text_starts_nocase(text_skip(text, i), lower_case) && !(whole && inside))
            return true;
    }
    return false;
}

/* Groq and Cerebras: is unsupported; Mistral: extra_forbidden, Extra inputs are not permitted;
 * OpenAI: Unknown parameter, Unrecognized request argument; Gemini: Unknown name. (2026-11) */
static bool is_refusal_of_member(struct text refusal)
{
    static const char *const words[] = {"unsupported",  "not supported", "not permitted",
                                        "forbidden",    "not allowed",   "unknown",
                                        "unrecognized", "unexpected"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (says(refusal, words[i], false))
            return true;
    return false;
}

static bool holds(struct text request, unsigned foreign)
{
    struct buf out, dropped;
    bool changed = false;
    buf_init(&out, request.len);
    buf_init(&dropped, 64);
    int r = foreign_leave_out(request, foreign, &out, &dropped, &changed);
    buf_done(&out);
    buf_done(&dropped);
    return r == 0 && changed;
}

/* Anthropic: messages.1.content.0: Invalid `signature` in `thinking` block. OpenAI: Item with id
 * 'rs_...' not found. Items are not persisted when `store` is set to false. And: Item 'rs_...' of
 * type 'reasoning' was provided without its required following item. (2026-11) */
unsigned foreign_refused(struct text refusal, struct text request, unsigned without)
{
    unsigned meant = 0, found = 0;
    for (size_t i = 0; i < COUNT(members) && is_refusal_of_member(refusal); i++)
        if (says(refusal, members[i].name, true))
            meant |= members[i].foreign;
    if (says(refusal, "signature", true) && says(refusal, "thinking", true))
        meant |= FOREIGN_UNSIGNED | FOREIGN_SIGNED;
    if (says(refusal, "item with id 'rs_", false))
        meant |= FOREIGN_UNKEPT;
    if (says(refusal, "without its required following item", false))
        meant |= FOREIGN_ORPHAN;
    meant &= ~without;
    for (unsigned bit = 1; bit && bit <= meant; bit <<= 1)
        if ((meant & bit) && holds(request, bit))
            found |= bit;
    return found & FOREIGN_UNSIGNED ? found & ~(unsigned)FOREIGN_SIGNED : found;
}
