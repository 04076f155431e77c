/* Where a host is, told by its name alone. */
#include "http/host.h"
#include "unit.h"

static const struct {
    const char *host;
    bool valid, local, loopback, any;
} hosts[] = {
    {"127.0.0.1", true, true, true, false},
    {"127.255.255.254", true, true, true, false},
    {"128.0.0.1", true, false, false, false},
    {"0.0.0.0", true, true, false, true},
    {"0.0.0.1", true, false, false, false},
    {"10.1.2.3", true, true, false, false},
    {"11.1.2.3", true, false, false, false},
    {"172.15.255.255", true, false, false, false},
    {"172.16.0.0", true, true, false, false},
    {"172.31.255.255", true, true, false, false},
    {"172.32.0.0", true, false, false, false},
    {"192.168.0.1", true, true, false, false},
    {"192.169.0.1", true, false, false, false},
    {"169.254.169.254", true, true, false, false},
    {"8.8.8.8", true, false, false, false},
    {"::1", true, true, true, false},
    {"::2", true, false, false, false},
    {"::", true, true, false, true},
    {"::ffff:127.0.0.1", true, true, true, false},
    {"::ffff:8.8.8.8", true, false, false, false},
    {"fc00::1", true, true, false, false},
    {"fdff::1", true, true, false, false},
    {"fe00::1", true, false, false, false},
    {"fe80::1", true, true, false, false},
    {"febf::1", true, true, false, false},
    {"fec0::1", true, false, false, false},
    {"2001:db8::1", true, false, false, false},
    {"localhost", true, true, true, false},
    {"LocalHost", true, true, true, false},
    {"localhost.", true, true, true, false},
    {"app.localhost", true, true, true, false},
    {"notlocalhost", true, true, false, false},
    {"ollama", true, true, false, false},
    {"nas.local", true, true, false, false},
    {"nas.LAN", true, true, false, false},
    {"host.docker.internal", true, true, false, false},
    {"nas.home.arpa", true, true, false, false},
    {"api.openai.com", true, false, false, false},
    {"local.example", true, false, false, false},
    {"mylocal.example.com.", true, false, false, false},
    {"", false, false, false, false},
    {"a b", false, true, false, false},
    {"a..b", false, false, false, false},
    {".a", false, false, false, false},
    {"a/b", false, true, false, false},
    {"[::1]", false, true, false, false},
    {"::1::", false, true, false, false},
};

START_TEST(hosts_are_placed)
{
    struct text host = text_of(hosts[_i].host);
    ck_assert_msg(host_valid(host) == hosts[_i].valid, "%s: valid", hosts[_i].host);
    ck_assert_msg(host_is_local(host) == hosts[_i].local, "%s: local", hosts[_i].host);
    ck_assert_msg(host_is_loopback(host) == hosts[_i].loopback, "%s: loopback", hosts[_i].host);
    ck_assert_msg(host_is_any(host) == hosts[_i].any, "%s: any", hosts[_i].host);
}
END_TEST

START_TEST(a_name_has_at_most_254_bytes)
{
    char name[256];
    memset(name, 'a', sizeof(name));
    ck_assert(host_valid(text_make(name, 254)));
    ck_assert(!host_valid(text_make(name, 255)));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("host");
    TCase *tc = tcase_create("host");
    tcase_add_loop_test(tc, hosts_are_placed, 0, ROWS(hosts));
    tcase_add_test(tc, a_name_has_at_most_254_bytes);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
