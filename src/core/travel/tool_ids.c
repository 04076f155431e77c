/*
 * Mostly all ids fit, which a look tells without memory. Else two walks over the messages: the
 * first one notes which ids stay, the second one replaces the others, each by one that no other
 * has.
 *
 *     {"role":"assistant","tool_calls":[{"id":"call_1", ...}]}
 *                                              |----| becomes kQ3xZ09ab
 *     {"role":"tool","tool_call_id":"call_1", ...}
 *                                    |----| becomes kQ3xZ09ab
 */
#include "travel/tool_ids.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"

/* Decoded. A longer one is not looked at; no body is as long. */
#define ID_MAX ((size_t)1 << 30)
/* Of those that we make. */
#define MADE_LEN 9

enum pass { PASS_LOOK, PASS_NOTE, PASS_REPLACE };

/* A look has found one that does not fit. */
#define FOUND 1

struct walk {
    enum preset_ids taken;
    struct jsoncut cut;
    enum pass pass;
    struct buf id;  /* the one at hand, decoded */
    json_t *made;   /* what a decoded id was replaced by */
    json_t *in_use; /* the ids that the provider gets, as names of an object */
};

static bool is_taken(enum preset_ids taken, struct text id)
{
    bool words = taken == PRESET_IDS_WORD;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        if (!text_is_letter(c) && !text_is_digit(c) && !(words && (c == '_' || c == '-')))
            return false;
    }
    return words ? id.len > 0 : id.len == MADE_LEN;
}

/* FNV-1a, 64 bits, of the round and the id; its digits to the base of 62. */
static void make_id(struct text id, uint64_t round, char ret[MADE_LEN + 1])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint64_t hash = (14695981039346656037u ^ round) * 1099511628211u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.at[i]) * 1099511628211u;
    for (size_t i = 0; i < MADE_LEN; i++, hash /= 62)
        ret[i] = digits[hash % 62];
    ret[MADE_LEN] = '\0';
}

/* The id at hand goes out as *ret, which lives as long as the walk. */
static int replace(struct walk *walk, const char **ret)
{
    const struct text id = buf_text(&walk->id);
    json_t *known = json_object_getn(walk->made, id.at, id.len);
    char made[MADE_LEN + 1];
    uint64_t round = 0;
    if (!known) {
        do
            make_id(id, round++, made);
        while (json_object_get(walk->in_use, made));
        known = json_string(made);
        if (json_object_setn_new_nocheck(walk->made, id.at, id.len, known) < 0 ||
            json_object_set_new(walk->in_use, made, json_true()) < 0)
            return -ENOMEM;
    }
    *ret = json_string_value(known);
    return 0;
}

static int note(struct walk *walk, struct text id)
{
    return json_object_setn_new_nocheck(walk->in_use, id.at, id.len, json_true()) < 0 ? -ENOMEM : 0;
}

/* 0, FOUND, or -errno. */
static int see_id(struct walk *walk, struct text string)
{
    const char *made;
    if (jsonspan_type(string) != JSONSPAN_STRING)
        return 0;
    struct text id = text_make(string.at + 1, string.len - 2);
    if (memchr(id.at, '\\', id.len) || walk->pass != PASS_LOOK) {
        buf_reset(&walk->id);
        int r = jsonspan_decode(string, &walk->id);
        if (r < 0)
            return r;
        id = buf_text(&walk->id);
    }
    bool taken = is_taken(walk->taken, id);
    if (walk->pass == PASS_LOOK)
        return taken ? 0 : FOUND;
    if (taken != (walk->pass == PASS_NOTE))
        return 0;
    if (taken)
        return note(walk, id);
    int r = replace(walk, &made);
    if (r < 0)
        return r;
    return jsoncut_replace(&walk->cut, text_make(string.at + 1, string.len - 2), text_of(made));
}

/* All members of that name: of two, nobody knows which one counts. */
static int see_members(struct walk *walk, struct text object, const char *wanted)
{
    struct text name, value;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(object, &at, &name, &value);)
        if (jsonspan_name_is(name, wanted))
            r = see_id(walk, value);
    return r;
}

static int see_calls(struct walk *walk, struct text calls)
{
    struct text call;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(calls, &at, &call);)
        r = see_members(walk, call, "id");
    return r;
}

static int see_blocks(struct walk *walk, struct text content)
{
    struct text block, type;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(content, &at, &block);) {
        if (!jsonspan_get(block, "type", &type))
            continue;
        if (jsonspan_name_is(type, "tool_use"))
            r = see_members(walk, block, "id");
        else if (jsonspan_name_is(type, "tool_result"))
            r = see_members(walk, block, "tool_use_id");
    }
    return r;
}

static int see_message(struct walk *walk, struct text message)
{
    struct text name, value;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(message, &at, &name, &value);) {
        if (jsonspan_name_is(name, "tool_calls"))
            r = see_calls(walk, value);
        else if (jsonspan_name_is(name, "tool_call_id"))
            r = see_id(walk, value);
        else if (jsonspan_name_is(name, "content"))
            r = see_blocks(walk, value);
    }
    return r;
}

static int see_messages(struct walk *walk)
{
    struct text name, messages, message;
    int r = 0;
    for (size_t at = 0; jsonspan_member(walk->cut.body, &at, &name, &messages);)
        if (jsonspan_name_is(name, "messages"))
            for (size_t i = 0; r == 0 && jsonspan_next(messages, &i, &message);)
                r = see_message(walk, message);
    return r;
}

int tool_ids_change(struct text body, enum preset_ids taken, struct buf *out, bool *ret_changed)
{
    *ret_changed = false;
    if (taken == PRESET_IDS_ANY || jsonspan_check(body, NULL) < 0)
        return 0;
    struct walk walk = {.taken = taken, .cut = {.body = body, .out = out}};
    buf_init(&walk.id, ID_MAX);
    int r = see_messages(&walk);
    if (r == FOUND) {
        walk.made = json_object();
        walk.in_use = json_object();
        walk.pass = PASS_NOTE;
        r = walk.made && walk.in_use ? see_messages(&walk) : -ENOMEM;
        walk.pass = PASS_REPLACE;
        if (r == 0)
            r = see_messages(&walk);
        if (r == 0)
            r = jsoncut_end(&walk.cut);
    }
    *ret_changed = walk.cut.changed;
    buf_done(&walk.id);
    json_decref(walk.made);
    json_decref(walk.in_use);
    return r;
}
