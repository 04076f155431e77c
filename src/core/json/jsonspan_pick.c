/* Names differ by their first letters mostly; jsonspan_name_is is for the others. */
#include "json/jsonspan.h"

void jsonspan_pick_begin(struct jsonspan_picking *pick, struct jsonspan_wanted *wanted,
                         size_t count)
{
    *pick = (struct jsonspan_picking){.wanted = wanted, .count = count, .missing = count};
    for (size_t i = 0; i < count; i++) {
        char first = wanted[i].name[0] ? wanted[i].name[0] : '"'; /* "" ends where it begins */
        pick->letters |= UINT64_C(1) << (first & 63);
        wanted[i].value = (struct text){0};
    }
}

struct jsonspan_wanted *jsonspan_pick_find(const struct jsonspan_picking *pick, struct text name)
{
    size_t i = 0;
    while (i < pick->count && !(jsonspan_name_may_be(name, pick->wanted[i].name) &&
                                jsonspan_name_is(name, pick->wanted[i].name)))
        i++;
    return i < pick->count && !pick->wanted[i].value.at ? &pick->wanted[i] : NULL;
}

void jsonspan_pick(struct text object, struct jsonspan_wanted *wanted, size_t count)
{
    struct jsonspan_picking pick;
    struct text name, value;
    jsonspan_pick_begin(&pick, wanted, count);
    for (size_t at = 0; pick.missing > 0 && jsonspan_member(object, &at, &name, &value);)
        jsonspan_pick_member(&pick, name, value);
}
