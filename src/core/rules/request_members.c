/*
 * The members of the body are walked over, and those of the objects that a rule reaches into.
 *
 *     {"a":1, "logprobs":true, "max_completion_tokens":5, "b":2, "x":3}
 *             |--------------| |----------------------|      |--------|
 *             dropped          renamed: the name alone       dropped
 */
#include "rules/request_members.h"

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "kind/member_rule.h"
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

/* The settings were checked when they were read. */
static struct member_rule drop_rule(const struct change *change, size_t n)
{
    struct member_rule rule;
    (void)!member_rule_read_drop(text_of(change->provider->drop.at[n]), &rule, NULL);
    return rule;
}

static struct member_rule rename_rule(const struct change *change, size_t n)
{
    struct member_rule rule;
    (void)!member_rule_read_rename(text_of(change->provider->rename.at[n]), &rule, NULL);
    return rule;
}

/* The element of drop that takes a member of that level out; NULL = none does. */
static const char *dropped_by(const struct level *level, struct text name)
{
    const struct change *change = level->change;
    for (size_t i = 0; i < change->provider->drop.count; i++) {
        const struct member_rule rule = drop_rule(change, i);
        if (strcmp(rule.object, level->object) == 0 && jsonspan_name_is(name, rule.name))
            return change->provider->drop.at[i];
    }
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
static bool is_free(const struct level *level, size_t n, const struct member_rule *rule)
{
    if (stays(level, rule->to))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct member_rule first = rename_rule(level->change, i);
        if (strcmp(first.object, rule->object) == 0 && strcmp(first.to, rule->to) == 0 &&
            stays(level, first.name))
            return false;
    }
    return true;
}

static bool applies(struct level *level, size_t n, const struct member_rule *rule)
{
    uint64_t bit = n < 64 ? (uint64_t)1 << n : 0;
    if (!(level->known & bit)) {
        level->known |= bit;
        if (!is_free(level, n, rule))
            return false;
        level->applies |= bit;
        return true;
    }
    return level->applies & bit;
}

/* The rule by which a member of that level is renamed; false = it keeps its name. */
static bool find_rename(struct level *level, struct text name, struct member_rule *ret)
{
    for (size_t i = 0; i < level->change->provider->rename.count; i++) {
        *ret = rename_rule(level->change, i);
        if (strcmp(ret->object, level->object) == 0 && jsonspan_name_is(name, ret->name) &&
            applies(level, i, ret))
            return true;
    }
    return false;
}

/* The object that rules reach into by that member; NULL = none does. */
static bool is_reached(const struct change *change, struct text name, struct member_rule *ret)
{
    for (size_t i = 0; i < change->provider->drop.count; i++) {
        *ret = drop_rule(change, i);
        if (ret->object[0] && jsonspan_name_is(name, ret->object))
            return true;
    }
    for (size_t i = 0; i < change->provider->rename.count; i++) {
        *ret = rename_rule(change, i);
        if (ret->object[0] && jsonspan_name_is(name, ret->object))
            return true;
    }
    return false;
}

static bool drops(const void *arg, struct text name, struct text value)
{
    (void)value;
    return dropped_by(arg, name) != NULL;
}

static void note_dropped(void *arg, struct text name, struct text value)
{
    struct level *level = arg;
    (void)value;
    string_list_put(level->change->dropped, dropped_by(level, name));
}

static int change_level(struct level *level);

static int change_kept(void *arg, struct text name, struct text value)
{
    struct level *level = arg;
    struct change *change = level->change;
    struct member_rule rule;
    int r = 0;
    if (find_rename(level, name, &rule)) {
        r = jsoncut_replace(&change->cut, name, text_of(""));
        if (r == 0)
            r = jsonspan_encode(text_of(rule.to), change->cut.out);
    }
    if (r < 0 || level->object[0] || jsonspan_type(value) != JSONSPAN_OBJECT ||
        !is_reached(change, name, &rule))
        return r;
    return change_level(&(struct level){.change = change, .object = rule.object, .span = value});
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
