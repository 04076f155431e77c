/* Host, Origin and Sec-Fetch-Site: who is meant, and who asks. */
#include "guard_case.h"

static const struct {
    const char *name;
    const char *host; /* NULL = no such header */
    int status;
} hosts[] = {
    {"localhost with our port", "localhost:11411", 0},
    {"localhost without a port", "localhost", 0},
    {"in another case", "LocalHost:11411", 0},
    {"with a trailing dot", "LOCALHOST.", 0},
    {"with a trailing dot and a port", "localhost.:11411", 0},
    {"an address", "127.0.0.1:11411", 0},
    {"an address without a port", "127.0.0.1", 0},
    {"an IPv6 address", "[::1]:11411", 0},
    {"an IPv6 address without a port", "[::1]", 0},
    {"an address that we listen on", "[FD00::7]:11411", 0},
    {"a name that we listen on, by its port", "box.lan:8080", 0},
    {"a name that we listen on, by the port of the connection", "box.lan:11411", 0},
    {"an allowed name with a port of its own", "LLM.example:8443", 0},
    {"an allowed address without brackets", "[fe80::9]:11411", 0},
    {"another port, as ssh -L and docker -p make it", "localhost:9999", 0},
    {"an address with another port", "127.0.0.1:8080", 0},
    {"an IPv6 address with another port", "[::1]:9999", 0},
    {"the first port", "localhost:1", 0},
    {"the last port", "localhost:65535", 0},
    {"another port of what we listen on", "box.lan:9999", 0},
    {"an allowed address without brackets, with another port", "[fe80::9]:80", 0},
    {"no host", NULL, 400},
    {"an empty host", "", 400},
    {"another name", "evil.test", 403},
    {"another name with our port", "evil.test:11411", 403},
    {"ours and more", "127.0.0.1.evil.test", 403},
    {"ours behind another", "evil.localhost", 403},
    {"an allowed name without its port", "llm.example", 403},
    {"an allowed name with our port", "llm.example:11411", 403},
    {"every address", "0.0.0.0:11411", 403},
    {"every address without a port", "0.0.0.0", 403},
    {"every IPv6 address", "[::]:11411", 403},
    {"another form of our address", "[::ffff:127.0.0.1]", 403},
    {"an IPv6 address without brackets", "::1", 403},
    {"two trailing dots", "localhost..", 403},
    {"a dot", ".", 403},
    {"a user", "x@localhost", 403},
    {"an empty port", "localhost:", 403},
    {"a port of zero", "localhost:0", 403},
    {"a port that is too large", "localhost:65536", 403},
    {"a port with a sign", "localhost:+80", 403},
    {"a port in other digits", "localhost:0x50", 403},
    {"another name with a port of ours", "evil.test:8443", 403},
    {"a port with zeros before it", "localhost:011411", 403},
    {"a port that goes on", "localhost:114110", 403},
    {"two ports", "localhost:11411:80", 403},
    {"brackets around a name", "[localhost]", 403},
    {"something behind brackets", "[::1]x:11411", 403},
    {"brackets that stay open", "[::1", 403},
    {"bytes beyond ASCII", "\xff\xfe", 403},
};

START_TEST(only_our_hosts_are_served)
{
    char head[256];
    const char *host = hosts[_i].host;
    (void)snprintf(head, sizeof(head), "GET /v1/models HTTP/1.%d\n%s%s%s", host ? 1 : 0,
                   host ? "Host: " : "", host ? host : "", host ? "\n" : "");
    struct guard_verdict verdict = guard_case_ask(head);
    guard_case_expect(hosts[_i].name, &verdict, hosts[_i].status,
                      hosts[_i].status == 400 ? "missing_host" : "host_not_allowed");
    if (verdict.status == 403)
        ck_assert_ptr_nonnull(strstr(verdict.message, "server.allowed_hosts"));
}
END_TEST

static const struct {
    const char *host;
    const char *said;
} said[] = {
    {"box:8080", "add box:8080 to server.allowed_hosts (or box, for any port)"},
    {"box.example", "add box.example to server.allowed_hosts"},
    {"[fd00::8]:80", "add [fd00::8]:80 to server.allowed_hosts (or [fd00::8], for any port)"},
    {"llm.example:8080", "add llm.example:8080 to server.allowed_hosts (or llm.example, for any"},
};

START_TEST(who_is_refused_reads_what_to_write)
{
    char head[256];
    (void)snprintf(head, sizeof(head), "GET /v1/models HTTP/1.1\nHost: %s\n", said[_i].host);
    struct guard_verdict verdict = guard_case_ask(head);
    ck_assert_int_eq(verdict.status, 403);
    ck_assert_msg(strstr(verdict.message, said[_i].said), "%s", verdict.message);
}
END_TEST

START_TEST(what_the_message_says_is_served)
{
    static char entry[] = "box:8080";
    static char *entries[] = {entry, NULL};
    struct guard_case c;
    struct guard_verdict verdict;
    struct config_server server = *guard_case_server(NULL, 0);
    server.allowed_hosts = (struct strings){entries, 1};
    guard_case_read(&c, text_of("GET /v1/models HTTP/1.1\nHost: box:8080\n"));
    guard_check(&server, &c.request, guard_case_message(), &verdict);
    ck_assert_int_eq(verdict.status, 0);
    guard_case_read(&c, text_of("GET /v1/models HTTP/1.1\nHost: box:8081\n"));
    guard_check(&server, &c.request, guard_case_message(), &verdict);
    ck_assert_int_eq(verdict.status, 403);
}
END_TEST

START_TEST(any_host_or_none_is_fine_over_a_unix_socket)
{
    static const char *const heads[] = {
        "GET /v1/models HTTP/1.1\nHost: evil.test\n",
        "GET /v1/models HTTP/1.1\n",
        "GET /v1/models HTTP/1.1\nHost: \n",
        "GET /v1/models HTTP/1.1\nHost: a\nHost: a\n",
    };
    for (int i = 0; i < 4; i++) {
        struct guard_case c;
        struct guard_verdict verdict;
        guard_case_read(&c, text_of(heads[i]));
        c.request.unix_socket = true;
        guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
        guard_case_expect(heads[i], &verdict, i < 3 ? 0 : 400, "duplicate_header");
    }
}
END_TEST

static const struct {
    const char *name;
    const char *headers;
    int status;
    const char *origin; /* of the verdict; NULL = none */
} origins[] = {
    {"no origin", "", 0, NULL},
    {"a listed origin", "Origin: https://chat.example\n", 0, "https://chat.example"},
    {"an origin that begins like a pattern", "Origin: app://obsidian.md\n", 0, "app://obsidian.md"},
    {"the shortest that a pattern takes", "Origin: app://\n", 0, "app://"},
    {"a pattern with a port", "Origin: http://localhost:3000\n", 0, "http://localhost:3000"},
    {"a listed origin from another site",
     "Origin: https://chat.example\nSec-Fetch-Site: cross-site\n", 0, "https://chat.example"},
    {"another origin", "Origin: https://evil.test\n", 403, NULL},
    {"null", "Origin: null\n", 403, NULL},
    {"an empty origin", "Origin: \n", 403, NULL},
    {"a listed origin and more", "Origin: https://chat.example.evil.test\n", 403, NULL},
    {"less than a listed origin", "Origin: https://chat.exampl\n", 403, NULL},
    {"a listed origin with a port", "Origin: https://chat.example:444\n", 403, NULL},
    {"less than a pattern", "Origin: app:/\n", 403, NULL},
    {"a star elsewhere is no pattern", "Origin: https://a.tools\n", 403, NULL},
    {"bytes beyond ASCII", "Origin: \xff\n", 403, NULL},
    {"another site without an origin", "Sec-Fetch-Site: cross-site\n", 403, NULL},
    {"another site in another case", "sec-fetch-site: Cross-Site\n", 403, NULL},
    {"another site behind the same", "Sec-Fetch-Site: none\nSec-Fetch-Site: cross-site\n", 403,
     NULL},
    {"another port of this machine", "Sec-Fetch-Site: same-site\n", 403, NULL},
    {"another port behind the same", "Sec-Fetch-Site: same-origin\nSec-Fetch-Site: same-site\n",
     403, NULL},
    {"a word that nobody knows", "Sec-Fetch-Site: x\n", 403, NULL},
    {"no word", "Sec-Fetch-Site: \n", 403, NULL},
    {"a listed origin on another port",
     "Origin: http://localhost:3000\nSec-Fetch-Site: same-site\n", 0, "http://localhost:3000"},
    {"the same origin", "Sec-Fetch-Site: same-origin\n", 0, NULL},
    {"typed by the user", "Sec-Fetch-Site: none\n", 0, NULL},
};

START_TEST(only_listed_origins_may_call)
{
    static char head[256]; /* the verdict points into it */
    (void)snprintf(head, sizeof(head), GET_MODELS "%s", origins[_i].headers);
    struct guard_verdict verdict = guard_case_ask(head);
    guard_case_expect(origins[_i].name, &verdict, origins[_i].status, "origin_not_allowed");
    if (verdict.status)
        ck_assert_ptr_nonnull(strstr(verdict.message, "server.allowed_origins"));
    if (origins[_i].origin)
        ck_assert(text_equals(verdict.origin, origins[_i].origin));
    else
        ck_assert_ptr_null(verdict.origin.at);
}
END_TEST

static const struct {
    const char *name;
    const char *pattern;
    const char *origin;
    int status;
} patterns[] = {
    {"a star alone takes any origin", "*", "https://any.test", 0},
    {"a star alone does not take null", "*", "null", 403},
    {"null by its name", "null", "null", 0},
    {"an empty pattern takes nothing", "", "https://any.test", 403},
};

START_TEST(patterns_end_in_a_star)
{
    char pattern[32];
    char *list[] = {pattern, NULL};
    struct guard_case c;
    struct guard_verdict verdict;
    struct config_server server = *guard_case_server(NULL, 0);
    (void)snprintf(pattern, sizeof(pattern), "%s", patterns[_i].pattern);
    server.allowed_origins = (struct strings){list, 1};
    guard_case_read(&c, text_of(GET_MODELS "Origin: x\n"));
    c.headers[1].value = text_of(patterns[_i].origin);
    guard_check(&server, &c.request, guard_case_message(), &verdict);
    guard_case_expect(patterns[_i].name, &verdict, patterns[_i].status, "origin_not_allowed");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard_site");
    TCase *tc = tcase_create("guard_site");
    tcase_add_loop_test(tc, only_our_hosts_are_served, 0, ROWS(hosts));
    tcase_add_loop_test(tc, who_is_refused_reads_what_to_write, 0, ROWS(said));
    tcase_add_test(tc, what_the_message_says_is_served);
    tcase_add_test(tc, any_host_or_none_is_fine_over_a_unix_socket);
    tcase_add_loop_test(tc, only_listed_origins_may_call, 0, ROWS(origins));
    tcase_add_loop_test(tc, patterns_end_in_a_star, 0, ROWS(patterns));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
