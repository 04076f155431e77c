/*
 * Whatever is dropped and renamed: what was JSON is JSON, no dropped member is left, and the other
 * members are there in their order with the bytes that they had.
 */

#include "fuzz.h"
#include "json/jsonspan.h"
#include "request/request_members.h"

static bool is_one_of(struct text name, const char *one, const char *other)
{
    return jsonspan_name_is(name, one) || jsonspan_name_is(name, other);
}

/* The same value, but for what is dropped and renamed in it. */
static void compare(struct text before, struct text after, bool on_top)
{
    struct text old_name, old_value, name, value;
    size_t at = 0;
    for (size_t i = 0; jsonspan_member(before, &i, &old_name, &old_value);) {
        if (is_one_of(old_name, "a", on_top ? "model_x" : "a"))
            continue;
        require(jsonspan_member(after, &at, &name, &value));
        bool renamed = jsonspan_name_is(old_name, "b") && jsonspan_name_is(name, "c");
        require(renamed || text_same(old_name, name));
        if (on_top && jsonspan_name_is(old_name, "o") &&
            jsonspan_type(old_value) == JSONSPAN_OBJECT)
            compare(old_value, value, false);
        else
            require(text_same(old_value, value));
    }
    require(!jsonspan_member(after, &at, &name, &value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct member_rule drop[] = {{.name = "a"}, {"o", "a", ""}, {.name = "model_x"}},
                              rename[] = {{"", "b", "c"}, {"o", "b", "c"}};
    const struct config_provider provider = {.drop = {drop, 3}, .rename = {rename, 2}};
    struct text body = text_make((const char *)data, size);
    struct buf out, dropped, again;
    bool changed = false, twice = false;
    buf_init(&out, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    buf_init(&dropped, 64);
    require(request_members_change(body, &provider, &out, &dropped, &changed) == 0);
    require(changed || (out.len == 0 && dropped.len == 0));
    if (jsonspan_check(body, NULL) < 0 || jsonspan_type(body) != JSONSPAN_OBJECT) {
        require(!changed);
    } else if (changed) {
        require(jsonspan_check(buf_text(&out), NULL) == 0);
        compare(body, buf_text(&out), true);
        require(request_members_change(buf_text(&out), &provider, &again, &dropped, &twice) == 0);
        require(!twice);
    }
    buf_done(&out);
    buf_done(&again);
    buf_done(&dropped);
    return 0;
}
