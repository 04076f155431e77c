/*
 * The members of the body are walked over, and those of the objects that a rule reaches into.
 *
 *     {"a":1, "logprobs":true, "max_completion_tokens":5, "b":2, "x":3}
 *             |--------------| |----------------------|      |--------|
 *             dropped          renamed: the name alone       dropped
 */
#include "request/request_members.h"

#include <stdio.h>
#include <string.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "text/count.h"
#include "text/string_list.h"

struct change {
    const struct config_provider *provider;
    struct jsoncut cut;
    struct buf *dropped;
};

/* An object of the body that is walked over. */
struct level {
    struct change *change;
    const char *object; /* its name in the rules; "" = the body itself */
    struct text span;
    /* Bit n: is it known whether the nth rule of rename applies here, and does it? A member may
     * come a million times, and each answer takes a walk. */
    uint64_t known, applies;
};

static bool is_meant(const struct level *level, const struct member_rule *rule, struct text name)
{
    return strcmp(rule->object, level->object) == 0 && jsonspan_name_is(name, rule->name);
}

/* The rule that takes a member of that level out; NULL = none does. */
static const struct member_rule *dropped_by(const struct level *level, struct text name)
{
    const struct member_rules *drop = &level->change->provider->drop;
    for (size_t i = 0; i < drop->count; i++)
        if (is_meant(level, &drop->at[i], name))
            return &drop->at[i];
    return NULL;
}

/* Is a member of that name there, and stays there? */
static bool stays(const struct level *level, const char *wanted)
{
    struct text name, value;
    for (size_t at = 0; jsonspan_member(level->span, &at, &name, &value);)
        if (jsonspan_name_is(name, wanted) && !dropped_by(level, name))
            return true;
    return false;
}

/* The new name is neither there nor given to another one before. */
static bool is_free(const struct level *level, size_t n)
{
    const struct member_rule *first = level->change->provider->rename.at, *rule = &first[n];
    if (stays(level, rule->to))
        return false;
    for (; first < rule; first++)
        if (strcmp(first->object, rule->object) == 0 && strcmp(first->to, rule->to) == 0 &&
            stays(level, first->name))
            return false;
    return true;
}

static bool applies(struct level *level, size_t n)
{
    uint64_t bit = n < 64 ? (uint64_t)1 << n : 0;
    if (level->known & bit)
        return level->applies & bit;
    bool free = is_free(level, n);
    level->known |= bit;
    level->applies |= free ? bit : 0;
    return free;
}

/* The rule by which a member of that level is renamed; NULL = it keeps its name. */
static const struct member_rule *renamed_by(struct level *level, struct text name)
{
    const struct member_rules *rename = &level->change->provider->rename;
    for (size_t i = 0; i < rename->count; i++)
        if (is_meant(level, &rename->at[i], name) && applies(level, i))
            return &rename->at[i];
    return NULL;
}

/* The object that rules reach into by that member; NULL = none does. */
static const char *reached(const struct change *change, struct text name)
{
    const struct member_rules *all[] = {&change->provider->drop, &change->provider->rename};
    for (size_t k = 0; k < COUNT(all); k++)
        for (size_t i = 0; i < all[k]->count; i++)
            if (all[k]->at[i].object[0] && jsonspan_name_is(name, all[k]->at[i].object))
                return all[k]->at[i].object;
    return NULL;
}

static bool drops(const void *arg, struct text name, struct text value)
{
    (void)value;
    return dropped_by(arg, name) != NULL;
}

/* As the setting names it. */
static void note_dropped(void *arg, struct text name, struct text value)
{
    struct level *level = arg;
    const struct member_rule *rule = dropped_by(level, name);
    char place[2 * sizeof(rule->name)];
    (void)value;
    (void)snprintf(place, sizeof(place), "%s%s%s", rule->object, rule->object[0] ? "." : "",
                   rule->name);
    string_list_put(level->change->dropped, place);
}

static int change_level(struct level *level);

static int change_kept(void *arg, struct text name, struct text value)
{
    struct level *level = arg;
    struct change *change = level->change;
    const struct member_rule *rule = renamed_by(level, name);
    int r = rule ? jsoncut_replace(&change->cut, name, text_of("")) : 0;
    if (rule && r == 0)
        r = jsonspan_encode(text_of(rule->to), change->cut.out);
    if (r < 0 || level->object[0] || jsonspan_type(value) != JSONSPAN_OBJECT)
        return r;
    const char *object = reached(change, name);
    return object ? change_level(&(struct level){change, object, value, 0, 0}) : 0;
}

static int change_level(struct level *level)
{
    const struct jsoncut_entries entries = {
        .drops = drops, .dropped = note_dropped, .kept = change_kept, .arg = level};
    return jsoncut_walk(&level->change->cut, level->span, &entries);
}

int request_members_change(struct text body, const struct config_provider *provider,
                           struct buf *out, struct buf *dropped, bool *ret_changed)
{
    struct change change = {
        .provider = provider, .cut = {.body = body, .out = out}, .dropped = dropped};
    int r = 0;
    if (provider->drop.count + provider->rename.count > 0 && jsonspan_check(body, NULL) == 0 &&
        jsonspan_type(body) == JSONSPAN_OBJECT)
        r = change_level(&(struct level){.change = &change, .object = "", .span = body});
    if (r == 0)
        r = jsoncut_end(&change.cut);
    *ret_changed = change.cut.changed;
    return r;
}
