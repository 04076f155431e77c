/* What the page says: the address to use, and nothing of a Host that is none. */
#include "tell/front.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *host;
    const char *address;
} hosts[] = {
    {"a name", "localhost", "http://localhost/v1"},
    {"a name with a port", "box.lan:8080", "http://box.lan:8080/v1"},
    {"an address", "[::1]:11411", "http://[::1]:11411/v1"},
    {"none", "", "http://127.0.0.1:11411/v1"},
    {"a tag", "<script>", "http://127.0.0.1:11411/v1"},
    {"a quote", "a\"b", "http://127.0.0.1:11411/v1"},
    {"an entity", "a&lt;", "http://127.0.0.1:11411/v1"},
    {"a path", "a/b", "http://127.0.0.1:11411/v1"},
    {"bytes beyond ASCII", "\xff", "http://127.0.0.1:11411/v1"},
};

START_TEST(it_tells_the_address_that_the_client_uses)
{
    struct buf page;
    buf_init(&page, 4096);
    ck_assert_int_eq(front_page(text_of(hosts[_i].host), &page), 0);
    ck_assert_msg(strstr(page.data, hosts[_i].address), "%s: %s", hosts[_i].name, page.data);
    ck_assert_ptr_nonnull(strstr(page.data, "href=\"/status\""));
    ck_assert_ptr_null(strstr(page.data, "<script"));
    buf_done(&page);
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    struct buf small;
    buf_init(&small, 10);
    ck_assert_int_lt(front_page(text_of("localhost"), &small), 0);
    buf_done(&small);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("front");
    TCase *tc = tcase_create("front");
    tcase_add_loop_test(tc, it_tells_the_address_that_the_client_uses, 0, ROWS(hosts));
    tcase_add_test(tc, what_does_not_fit_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
