/*
 * The body is walked over once from its beginning to its end, and into the objects that a rule
 * reaches into. What stands between two changes is copied when the second one is met.
 *
 *     {"a":1, "logprobs":true, "max_completion_tokens":5, "b":2, "x":3}
 *             |--------------| |----------------------|      |--------|
 *             dropped, with    renamed: the name alone       dropped, the last one:
 *             the comma behind                               with the comma before it
 */
#include "rules/request_members.h"

#include "json/jsonspan.h"
#include "kind/member_rule.h"
#include "text/string_list.h"

struct change {
    const struct config_provider *provider;
    struct text body;
    size_t done; /* of body: what stands before is in out, or left out */
    struct buf *out;
    struct buf *dropped;
    bool changed;
};

/* An object of the body that is walked over. */
struct level {
    const char *object; /* its name in the rules; "" = the body itself */
    struct text span;
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
static const char *dropped_by(const struct change *change, const struct level *level,
                              struct text name)
{
    for (size_t i = 0; i < change->provider->drop.count; i++) {
        const struct member_rule rule = drop_rule(change, i);
        if (strcmp(rule.object, level->object) == 0 && jsonspan_name_is(name, rule.name))
            return change->provider->drop.at[i];
    }
    return NULL;
}

/* Is a member of that name there, and stays there? */
static bool stays(const struct change *change, const struct level *level, const char *wanted)
{
    struct text name, value;
    for (size_t at = 0; jsonspan_member(level->span, &at, &name, &value);)
        if (jsonspan_name_is(name, wanted) && !dropped_by(change, level, name))
            return true;
    return false;
}

/* The rule by which a member of that level is renamed; false = it keeps its name. */
static bool find_rename(const struct change *change, const struct level *level, struct text name,
                        struct member_rule *ret)
{
    for (size_t i = 0; i < change->provider->rename.count; i++) {
        *ret = rename_rule(change, i);
        if (strcmp(ret->object, level->object) != 0 || !jsonspan_name_is(name, ret->name) ||
            stays(change, level, ret->to))
            continue;
        bool taken = false;
        for (size_t j = 0; j < i && !taken; j++) {
            const struct member_rule first = rename_rule(change, j);
            taken = strcmp(first.object, ret->object) == 0 && strcmp(first.to, ret->to) == 0 &&
                    stays(change, level, first.name);
        }
        if (!taken)
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

/* Leaves the bytes from begin to end of the body out, and copies what stands before them. */
static int cut(struct change *change, const char *begin, const char *end)
{
    size_t from = (size_t)(begin - change->body.at);
    int r = buf_append(change->out, change->body.at + change->done, from - change->done);
    change->done = (size_t)(end - change->body.at);
    change->changed = true;
    return r;
}

static const char *comma_behind(const struct level *level, const char *value_end)
{
    return memchr(value_end, ',', (size_t)(level->span.at + level->span.len - value_end));
}

static const char *end_of(struct text part)
{
    return part.at + part.len;
}

/* Where the last member ends that stays; NULL = none does. */
static const char *end_of_kept(const struct change *change, const struct level *level)
{
    const char *end = NULL;
    struct text name, value;
    for (size_t at = 0; jsonspan_member(level->span, &at, &name, &value);)
        if (!dropped_by(change, level, name))
            end = end_of(value);
    return end;
}

static int change_level(struct change *change, const struct level *level);

/* A member that stays. */
static int change_member(struct change *change, const struct level *level, struct text name,
                         struct text value)
{
    struct member_rule rule;
    int r = 0;
    if (find_rename(change, level, name, &rule)) {
        r = cut(change, name.at, end_of(name));
        if (r == 0)
            r = jsonspan_encode(text_of(rule.to), change->out);
    }
    if (r < 0 || level->object[0] || jsonspan_type(value) != JSONSPAN_OBJECT ||
        !is_reached(change, name, &rule))
        return r;
    const struct level below = {rule.object, value};
    return change_level(change, &below);
}

static int change_level(struct change *change, const struct level *level)
{
    const char *kept_end = end_of_kept(change, level), *last = NULL;
    struct text name, value;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(level->span, &at, &name, &value);) {
        const char *by = dropped_by(change, level, name);
        if (!by) {
            r = change_member(change, level, name, value);
            continue;
        }
        string_list_put(change->dropped, by);
        if (kept_end && name.at < kept_end) {
            r = cut(change, name.at, comma_behind(level, end_of(value)) + 1);
            continue;
        }
        /* Nothing stays behind it: the first of those takes the comma before it along. */
        const char *begin = last ? last : kept_end ? comma_behind(level, kept_end) : name.at;
        last = end_of(value);
        r = cut(change, begin, last);
    }
    return r;
}

int request_members_change(struct text body, const struct config_provider *provider,
                           struct buf *out, struct buf *dropped, bool *ret_changed)
{
    struct change change = {.provider = provider, .body = body, .out = out, .dropped = dropped};
    const struct level top = {"", body};
    int r = 0;
    if (provider->drop.count + provider->rename.count > 0 && jsonspan_check(body, NULL) == 0)
        r = change_level(&change, &top);
    if (r == 0 && change.changed)
        r = buf_append_text(out, text_skip(body, change.done));
    *ret_changed = change.changed;
    return r;
}
