/* Objects that are in lists by links of their own. */
#include <string.h>

#include "base/list.h"
#include "unit.h"

struct guest {
    char name;
    LIST_LINK(struct guest) here;
    LIST_LINK(struct guest) there;
};

/* The names in order; along the way each link back has to be right. */
static const char *here(struct guest *first)
{
    static char names[16];
    size_t n = 0;
    for (struct guest *guest = first; guest; guest = guest->here.next) {
        names[n++] = guest->name;
        ck_assert_ptr_eq(*guest->here.prev, guest);
        if (guest->here.next)
            ck_assert_ptr_eq(guest->here.next->here.prev, &guest->here.next);
    }
    names[n] = '\0';
    return names;
}

static const struct {
    const char *name;
    const char *taken; /* of abcd */
    const char *left;
} rows[] = {
    {"the first", "a", "bcd"},        {"one in the middle", "b", "acd"},
    {"the last", "d", "abc"},         {"both ends", "ad", "bc"},
    {"neighbours", "bc", "ad"},       {"all, from behind", "dcba", ""},
    {"all, from before", "abcd", ""},
};

START_TEST(whoever_is_taken_is_out_and_the_others_stay)
{
    struct guest guests[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};
    struct guest *first = NULL, *others = NULL;
    for (int i = 3; i >= 0; i--) {
        LIST_ADD(&first, &guests[i], here);
        LIST_ADD(&others, &guests[i], there);
    }
    ck_assert_str_eq(here(first), "abcd");
    for (const char *c = rows[_i].taken; *c; c++) {
        LIST_TAKE(&guests[*c - 'a'], here);
        ck_assert_ptr_null(guests[*c - 'a'].here.prev);
        ck_assert_ptr_null(guests[*c - 'a'].here.next);
    }
    ck_assert_msg(strcmp(here(first), rows[_i].left) == 0, "%s: %s", rows[_i].name, here(first));
    ck_assert_ptr_eq(others, &guests[0]);
    ck_assert_ptr_eq(guests[0].there.next, &guests[1]);
}
END_TEST

START_TEST(one_may_be_put_behind_another)
{
    struct guest a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    struct guest *first = NULL;
    LIST_ADD(&first, &a, here);
    LIST_ADD(&a.here.next, &c, here);
    LIST_ADD(&a.here.next, &b, here);
    ck_assert_str_eq(here(first), "abc");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("list");
    TCase *t = tcase_create("list");
    tcase_add_loop_test(t, whoever_is_taken_is_out_and_the_others_stay, 0, ROWS(rows));
    tcase_add_test(t, one_may_be_put_behind_another);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
