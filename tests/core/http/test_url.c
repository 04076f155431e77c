/* Addresses taken apart, and the ones that are refused. */
#include <errno.h>

#include "http/url.h"
#include "unit.h"

static const struct {
    const char *text;
    bool tls;
    const char *host;
    unsigned port;
    const char *origin, *path, *query;
} good[] = {
    {"https://api.openai.com/v1", true, "api.openai.com", 443, "https://api.openai.com", "/v1", ""},
    {"http://127.0.0.1:11434", false, "127.0.0.1", 11434, "http://127.0.0.1:11434", "", ""},
    {"http://[::1]:8080/", false, "::1", 8080, "http://[::1]:8080", "/", ""},
    {"http://[fe80::1]/x", false, "fe80::1", 80, "http://[fe80::1]", "/x", ""},
    {"HTTPS://Host/a?b=c", true, "Host", 443, "HTTPS://Host", "/a", "?b=c"},
    {"http://h?q", false, "h", 80, "http://h", "", "?q"},
    {"http://h:65535", false, "h", 65535, "http://h:65535", "", ""},
    {"http://h/p@q", false, "h", 80, "http://h", "/p@q", ""},
};

START_TEST(addresses_are_taken_apart)
{
    struct url url;
    ck_assert_int_eq(url_parse(text_of(good[_i].text), &url, NULL), 0);
    ck_assert(url.tls == good[_i].tls);
    ck_assert_uint_eq(url.port, good[_i].port);
    ck_assert_msg(text_equals(url.host, good[_i].host), "%s", good[_i].text);
    ck_assert_msg(text_equals(url.origin, good[_i].origin), "%s", good[_i].text);
    ck_assert_msg(text_equals(url.path, good[_i].path), "%s", good[_i].text);
    ck_assert_msg(text_equals(url.query, good[_i].query), "%s", good[_i].text);
}
END_TEST

static const struct {
    const char *address, *host;
} hosts[] = {
    {"http://proxy.example:3128", "proxy.example"},
    {"socks5h://user:a@b:c@10.0.0.1:1080/x", "10.0.0.1"},
    {"http://user@[fd00::1]:3128", "fd00::1"},
    {"https://[::1", "::1"},
    {"http://near/@far", "near"},
    {"http://near?@far", "near"},
    {"http://", ""},
    {"http://:80", ""},
    {"far:3128", ""},
    {"", ""},
};

START_TEST(the_host_of_any_address_is_found)
{
    struct text host = url_host(text_of(hosts[_i].address));
    ck_assert_msg(text_equals(host, hosts[_i].host), "%s", hosts[_i].address);
}
END_TEST

static const char *const bad[] = {
    "",
    "host",
    "host:80",
    "ftp://host",
    "file:///etc/passwd",
    "http://",
    "http:///path",
    "http://user@host",
    "http://user:secret@host/",
    "http://host#fragment",
    "http://host/#",
    "http://ho st/",
    "http://host/\x01",
    "http://host/\x80",
    "http://host/\"",
    "http://host\\path",
    "http://host:",
    "http://host:0",
    "http://host:65536",
    "http://host:99999999999999999999",
    "http://host:8o",
    "http://[::1",
    "http://[::1]x",
    "http://[::1]:",
    "http://::1/",
    "http://[host]/",
    "http://a..b/",
};

START_TEST(bad_addresses_are_refused)
{
    struct url url;
    struct error error = ERROR_NONE;
    ck_assert_msg(url_parse(text_of(bad[_i]), &url, &error) == -EINVAL, "%s", bad[_i]);
    ck_assert(error_is_set(&error));
    ck_assert_ptr_null(strstr(error.text, "secret"));
}
END_TEST

START_TEST(no_beginning_of_an_address_is_read_beyond)
{
    const char *whole = "http://[::1]:8080/path?query";
    for (size_t len = 0; len <= strlen(whole); len++) {
        char *copy = malloc(len ? len : 1);
        struct url url;
        memcpy(copy, whole, len);
        int r = url_parse(text_make(copy, len), &url, NULL);
        ck_assert(r == 0 || r == -EINVAL);
        free(copy);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("url");
    TCase *tc = tcase_create("url");
    tcase_add_loop_test(tc, addresses_are_taken_apart, 0, ROWS(good));
    tcase_add_loop_test(tc, the_host_of_any_address_is_found, 0, ROWS(hosts));
    tcase_add_loop_test(tc, bad_addresses_are_refused, 0, ROWS(bad));
    tcase_add_test(tc, no_beginning_of_an_address_is_read_beyond);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
