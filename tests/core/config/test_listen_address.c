/* Addresses to listen on. */
#include <errno.h>

#include "config/listen_address.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *host, *path;
    unsigned port;
    bool loopback;
} good[] = {
    {"127.0.0.1:11411", "127.0.0.1", NULL, 11411, true},
    {"localhost:1", "localhost", NULL, 1, true},
    {"[::1]:80", "::1", NULL, 80, true},
    {"[::]:80", "::", NULL, 80, false},
    {"0.0.0.0:80", "0.0.0.0", NULL, 80, false},
    {"192.168.1.2:0", "192.168.1.2", NULL, 0, false},
    {"host.example:65535", "host.example", NULL, 65535, false},
    {"unix:/run/understudy/sock", NULL, "/run/understudy/sock", 0, true},
};

START_TEST(listeners_are_read)
{
    struct config_listen listen;
    ck_assert_int_eq(listen_address_parse(text_of(good[_i].text), &listen, NULL), 0);
    ck_assert_uint_eq(listen.port, good[_i].port);
    ck_assert_pstr_eq(listen.host, good[_i].host);
    ck_assert_pstr_eq(listen.path, good[_i].path);
    ck_assert(listen_address_is_loopback(&listen) == good[_i].loopback);
    listen_address_done(&listen);
}
END_TEST

static const char *const bad[] = {
    "",
    "11411",
    ":80",
    "host",
    "host:",
    "host:x",
    "::1:80",
    "[::1]",
    "[::1]80",
    "[::1:80",
    "[host]:80",
    "127.0.0.1:65536",
    "*:80",
    "a b:80",
    "unix:",
    "unix:/",
    "unix:relative",
    "unix:/"
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
    "456"
    "78901234567",
};

START_TEST(bad_listeners_are_refused)
{
    struct config_listen listen;
    struct error error = ERROR_NONE;
    ck_assert_msg(listen_address_parse(text_of(bad[_i]), &listen, &error) == -EINVAL, "%s",
                  bad[_i]);
    ck_assert(error_is_set(&error));
    listen_address_done(&listen);
}
END_TEST

static const struct {
    const char *name;
    const char *listen;
    const char *url;
    bool answers;
} loops[] = {
    {"the same address", "127.0.0.1:11411", "http://127.0.0.1:11411/v1", true},
    {"another port", "127.0.0.1:11411", "http://127.0.0.1:11434", false},
    {"localhost is loopback", "127.0.0.1:11411", "http://localhost:11411", true},
    {"loopback of the other family", "127.0.0.1:11411", "http://[::1]:11411", true},
    {"all addresses have loopback too", "0.0.0.0:11411", "http://127.0.0.1:11411", true},
    {"the unspecified address reaches loopback", "127.0.0.1:11411", "http://0.0.0.0:11411", true},
    {"a name in other letters", "Box.lan:80", "http://box.LAN", true},
    {"another machine", "0.0.0.0:11411", "http://192.168.1.9:11411", false},
    {"TLS is not what we speak", "127.0.0.1:443", "https://127.0.0.1", false},
    {"a unix socket has no address", "unix:/x", "http://127.0.0.1", false},
};

START_TEST(a_loop_is_seen)
{
    struct config_listen listen;
    struct url url;
    ck_assert_int_eq(listen_address_parse(text_of(loops[_i].listen), &listen, NULL), 0);
    ck_assert_int_eq(url_parse(text_of(loops[_i].url), &url, NULL), 0);
    ck_assert_msg(listen_address_answers(&listen, &url) == loops[_i].answers, "%s", loops[_i].name);
    listen_address_done(&listen);
}
END_TEST

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"127.0.0.1:80", "127.0.0.1:80", true},
    {"Host:80", "hOST:80", true},
    {"127.0.0.1:80", "127.0.0.1:81", false},
    {"127.0.0.1:0", "127.0.0.1:0", false},
    {"unix:/a", "unix:/a", true},
    {"unix:/a", "unix:/b", false},
    {"unix:/a", "127.0.0.1:80", false},
};

START_TEST(the_same_listener_is_known)
{
    struct config_listen a, b;
    ck_assert_int_eq(listen_address_parse(text_of(pairs[_i].a), &a, NULL), 0);
    ck_assert_int_eq(listen_address_parse(text_of(pairs[_i].b), &b, NULL), 0);
    ck_assert_msg(listen_address_equals(&a, &b) == pairs[_i].equal, "%s %s", pairs[_i].a,
                  pairs[_i].b);
    listen_address_done(&a);
    listen_address_done(&b);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("listen_address");
    TCase *tc = tcase_create("listen_address");
    tcase_add_loop_test(tc, listeners_are_read, 0, ROWS(good));
    tcase_add_loop_test(tc, bad_listeners_are_refused, 0, ROWS(bad));
    tcase_add_loop_test(tc, a_loop_is_seen, 0, ROWS(loops));
    tcase_add_loop_test(tc, the_same_listener_is_known, 0, ROWS(pairs));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
