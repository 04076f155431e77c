/* Heads that two readers could read differently, and those that none could. */
#include "guard_case.h"
#include "text/count.h"

static const struct {
    const char *name;
    const char *head;
    bool expects_body;
    int64_t content_length;
} taken[] = {
    {"a length", CHAT "Content-Length: 5\n", true, 5},
    {"a length of zero", CHAT "Content-Length: 0\n", false, 0},
    {"a length with zeros before it", CHAT "Content-Length: 0005\n", true, 5},
    {"chunks", CHAT "Transfer-Encoding: chunked\n", true, -1},
    {"chunks in another case", CHAT "transfer-encoding: Chunked\n", true, -1},
    {"no body", CHAT, false, -1},
    {"a GET", GET_MODELS, false, -1},
    {"a GET with a length of zero", GET_MODELS "Content-Length: 0\n", false, 0},
    {"HTTP/1.0", "GET /v1/models HTTP/1.0\n" HOST, false, -1},
    {"an expectation", CHAT "Expect: 100-Continue\nContent-Length: 5\n", true, 5},
    {"a TAB and Latin 1 in a value", CHAT "X-Note: a\tb\xe9\n", false, -1},
    {"an empty value", CHAT "X-Note: \n", false, -1},
    {"a header of no interest twice", CHAT "Accept: a\nAccept: b\n", false, -1},
    {"DELETE with a body", "DELETE /v1/files/1 HTTP/1.1\n" HOST "Content-Length: 2\n", true, 2},
};

START_TEST(a_clear_head_is_taken)
{
    struct guard_verdict verdict = guard_case_ask(taken[_i].head);
    guard_case_expect(taken[_i].name, &verdict, 0, NULL);
    ck_assert_int_eq(verdict.expects_body, taken[_i].expects_body);
    ck_assert_int_eq(verdict.content_length, taken[_i].content_length);
}
END_TEST

static const struct {
    const char *name;
    const char *head;
    int status;
    const char *code;
} refused[] = {
    {"a length and chunks", CHAT "Content-Length: 5\nTransfer-Encoding: chunked\n", 400,
     "invalid_framing"},
    {"chunks and a length", CHAT "Transfer-Encoding: chunked\nContent-Length: 5\n", 400,
     "invalid_framing"},
    {"two lengths", CHAT "Content-Length: 5\nContent-Length: 0\n", 400, "duplicate_header"},
    {"the same length twice", CHAT "Content-Length: 5\ncontent-length: 5\n", 400,
     "duplicate_header"},
    {"a list of lengths", CHAT "Content-Length: 5,5\n", 400, "invalid_framing"},
    {"a length with a plus", CHAT "Content-Length: +5\n", 400, "invalid_framing"},
    {"a length with a minus", CHAT "Content-Length: -5\n", 400, "invalid_framing"},
    {"a hexadecimal length", CHAT "Content-Length: 0x5\n", 400, "invalid_framing"},
    {"a length with a blank behind it", CHAT "Content-Length: 5 \n", 400, "invalid_framing"},
    {"a length with a blank before it", CHAT "Content-Length:  5\n", 400, "invalid_framing"},
    {"a length beyond all integers", CHAT "Content-Length: 18446744073709551616\n", 400,
     "invalid_framing"},
    {"a length one beyond", CHAT "Content-Length: 9223372036854775808\n", 400, "invalid_framing"},
    {"an empty length", CHAT "Content-Length: \n", 400, "invalid_framing"},
    {"an encoding that looks like chunks", CHAT "Transfer-Encoding: xchunked\n", 400,
     "invalid_framing"},
    {"two encodings in one", CHAT "Transfer-Encoding: gzip, chunked\n", 400, "invalid_framing"},
    {"two encodings", CHAT "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n", 400,
     "duplicate_header"},
    {"two encodings, turned around",
     CHAT "Transfer-Encoding: identity\nTransfer-Encoding: chunked\n", 400, "duplicate_header"},
    {"an encoding of identity", CHAT "Transfer-Encoding: identity\n", 400, "invalid_framing"},
    {"an empty encoding", CHAT "Transfer-Encoding: \n", 400, "invalid_framing"},
    {"an encoding behind a control byte", CHAT "Transfer-Encoding: \vchunked\n", 400,
     "invalid_header"},
    {"chunks in HTTP/1.0",
     "POST /v1/chat/completions HTTP/1.0\n" HOST "Transfer-Encoding: chunked\n", 400,
     "invalid_framing"},
    {"a blank before a colon", CHAT "Content-Length : 5\n", 400, "invalid_header"},
    {"another blank before a colon", CHAT "Transfer-Encoding : chunked\n", 400, "invalid_header"},
    {"a folded line", CHAT " X-Folded: a\n", 400, "invalid_header"},
    {"an empty name", CHAT ": a\n", 400, "invalid_header"},
    {"a name beyond ASCII", CHAT "X-\xc3\xa9: a\n", 400, "invalid_header"},
    {"a CR in a value", CHAT "X-Note: a\rb\n", 400, "invalid_header"},
    {"DEL in a value", CHAT "X-Note: a\x7f\n", 400, "invalid_header"},
    {"two hosts", CHAT HOST, 400, "duplicate_header"},
    {"two authorizations", CHAT "Authorization: a\nAuthorization: b\n", 400, "duplicate_header"},
    {"two content types", CHAT "Content-Type: text/plain\nContent-Type: application/json\n", 400,
     "duplicate_header"},
    {"two origins", CHAT "Origin: app://a\nOrigin: https://evil.test\n", 400, "duplicate_header"},
    {"HTTP/1.2", "GET /healthz HTTP/1.2\n" HOST, 400, "http_version"},
    {"HTTP/2.0", "GET /healthz HTTP/2.0\n" HOST, 400, "http_version"},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\n", 400, "http_version"},
    {"HTTP/0.9", "GET /healthz\n", 400, "http_version"},
    {"a version in small letters", "GET /healthz http/1.1\n" HOST, 400, "http_version"},
    {"a version of more digits", "GET /healthz HTTP/1.10\n" HOST, 400, "http_version"},
    {"a method that is no token", "G(T /healthz HTTP/1.1\n" HOST, 400, "invalid_method"},
    {"a GET with a body", GET_MODELS "Content-Length: 1\n", 400, "invalid_framing"},
    {"a GET with chunks", GET_MODELS "Transfer-Encoding: chunked\n", 400, "invalid_framing"},
    {"a HEAD with a body", "HEAD /healthz HTTP/1.1\n" HOST "Content-Length: 1\n", 400,
     "invalid_framing"},
    {"TRACE", "TRACE /healthz HTTP/1.1\n" HOST, 405, "method_not_supported"},
    {"CONNECT", "CONNECT api.openai.com:443 HTTP/1.1\nHost: api.openai.com:443\n", 405,
     "method_not_supported"},
    {"an absolute target", "GET http://localhost:11411/healthz HTTP/1.1\n" HOST, 400,
     "invalid_target"},
    {"an absolute target elsewhere", "GET http://evil.test/v1/models HTTP/1.1\n" HOST, 400,
     "invalid_target"},
    {"an asterisk", "OPTIONS * HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a target without a slash", "GET healthz HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"an escaped NUL", "GET /v1/models%00 HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"an escaped line end", "GET /v1/models%0d%0aX:y HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"an escaped 0x1f", "GET /v1/models/%1F HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"an escaped DEL", "GET /v1/models/%7F HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"escaped dots", "GET /v1/%2e%2E/healthz HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"one escaped dot", "GET /v1/models/gpt-4%2E1 HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"dots", "GET /v1/../healthz HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"dots last", "GET /v1/models/.. HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a dot", "GET /./healthz HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"two slashes first", "GET //v1/models HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"two slashes within", "GET /v1//models HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"two slashes last", "GET /v1/models// HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a backslash", "GET /v1\\models HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a fragment", "GET /v1/models#a HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a blank in the target", "GET /v1/models a HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a byte beyond ASCII", "GET /v1/models/\xc3\xa9 HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a broken escape", "GET /v1/models/%4 HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a broken escape within", "GET /v1/models/%zz HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"half a broken escape", "GET /v1/models/%4z HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"a percent sign last", "GET /v1/models/a% HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"an escaped NUL in the query", "GET /v1/models?a=%00 HTTP/1.1\n" HOST, 400, "invalid_target"},
    {"another expectation", CHAT "Expect: 200-ok\n", 417, "expectation_failed"},
};

START_TEST(an_unclear_head_is_refused)
{
    struct guard_verdict verdict = guard_case_ask(refused[_i].head);
    guard_case_expect(refused[_i].name, &verdict, refused[_i].status, refused[_i].code);
    ck_assert_int_eq(verdict.allow != NULL, verdict.status == 405);
}
END_TEST

START_TEST(a_nul_byte_is_refused_in_each_part)
{
    static const char head[] = "GET /v1/models HTTP/1.1\nHost: localhost\nX-Note: ab\n";
    static const size_t places[] = {1, 8, 20, 26, 35, 44, 49};
    for (size_t i = 0; i < COUNT(places); i++) {
        char copy[sizeof(head)];
        struct guard_case c;
        struct guard_verdict verdict;
        memcpy(copy, head, sizeof(head));
        guard_case_read(&c, text_make(copy, sizeof(head) - 1));
        copy[places[i]] = '\0';
        guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
        ck_assert_msg(verdict.status == 400, "byte %zu: %d", places[i], verdict.status);
    }
}
END_TEST

START_TEST(a_head_that_the_library_has_altered_is_refused)
{
    struct guard_case c;
    struct guard_verdict verdict;
    guard_case_read(&c, text_of(GET_MODELS));
    c.request.altered = true;
    guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
    guard_case_expect("altered", &verdict, 400, "invalid_header");
}
END_TEST

START_TEST(too_many_headers_are_refused)
{
    struct header_field headers[GUARD_HEADERS_MAX + 1];
    struct guard_case c;
    struct guard_verdict verdict;
    guard_case_read(&c, text_of(GET_MODELS));
    headers[0] = c.headers[0];
    for (size_t i = 1; i <= GUARD_HEADERS_MAX; i++)
        headers[i] = (struct header_field){text_of("X-Note"), text_of("a")};
    c.request.headers = headers;
    c.request.header_count = GUARD_HEADERS_MAX;
    guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
    ck_assert_int_eq(verdict.status, 0);
    c.request.header_count++;
    guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
    guard_case_expect("256 headers", &verdict, 431, "too_many_headers");
    ck_assert(verdict.expects_body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard_framing");
    TCase *tc = tcase_create("guard_framing");
    tcase_add_loop_test(tc, a_clear_head_is_taken, 0, ROWS(taken));
    tcase_add_loop_test(tc, an_unclear_head_is_refused, 0, ROWS(refused));
    tcase_add_test(tc, a_nul_byte_is_refused_in_each_part);
    tcase_add_test(tc, a_head_that_the_library_has_altered_is_refused);
    tcase_add_test(tc, too_many_headers_are_refused);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
