/* Which header fields travel, and what a name and a value may be made of. */
#include "http/headers.h"
#include "text/count.h"
#include "unit.h"

static const struct {
    const char *name;
    bool request;
    bool response;
} fields[] = {
    {"Accept", true, true},
    {"Content-Type", true, true},
    {"Content-Encoding", true, true},
    {"User-Agent", true, true},
    {"OpenAI-Organization", true, true},
    {"OpenAI-Beta", true, true},
    {"X-Stainless-Lang", true, true},
    {"Idempotency-Key", true, true},
    {"traceparent", true, true},
    {"X-Request-Id", true, true},
    {"X-RateLimit-Remaining-Requests", true, true},
    {"X-Unheard-Of", true, true},
    {"WWW-Authenticate", true, true},
    {"Cache-Control", true, true},
    {"Secret", true, true}, /* begins with sec, not with sec- */
    {"Proxy", true, true},
    {"X-Forwarded", true, true},
    {"Tee", true, true},
    {"Connection", false, false},
    {"Keep-Alive", false, false},
    {"Proxy-Connection", false, false},
    {"Proxy-Authorization", false, false},
    {"Proxy-Authenticate", false, false},
    {"TE", false, false},
    {"Trailer", false, false},
    {"Transfer-Encoding", false, false},
    {"Upgrade", false, false},
    {"HTTP2-Settings", false, false},
    {"Content-Length", false, false},
    {"content-length", false, false},
    {"CONTENT-LENGTH", false, false},
    {"Host", false, true},
    {"Accept-Encoding", false, true},
    {"Expect", false, true},
    {"Cookie", false, true},
    {"Origin", false, true},
    {"Referer", false, true},
    {"Sec-Fetch-Site", false, true},
    {"sec-ch-ua", false, true},
    {"Access-Control-Request-Method", false, false},
    {"Access-Control-Allow-Origin", true, false},
    {"Forwarded", false, true},
    {"X-Forwarded-For", false, true},
    {"x-forwarded-proto", false, true},
    {"X-Real-IP", false, true},
    {"X-Understudy-Fallback", false, false},
    {"x-understudy-id", false, false},
    {"Authorization", true, true},
    {"X-API-Key", true, true},
    {"Via", false, true},
    {"Date", true, false},
    {"Retry-After", true, false},
    {"retry-after-ms", true, false},
    {"X-Should-Retry", true, false},
};

START_TEST(fields_travel_or_stay)
{
    struct text name = text_of(fields[_i].name);
    ck_assert_msg(header_request_travels(name) == fields[_i].request, "request: %s",
                  fields[_i].name);
    ck_assert_msg(header_response_travels(name) == fields[_i].response, "response: %s",
                  fields[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *connection;
    const char *field;
    bool listed;
} lists[] = {
    {"one name", "X-Hop", "x-hop", true},
    {"the last of several", "close, keep-alive ,\tx-HOP", "X-Hop", true},
    {"the first of several", "x-hop,close", "X-Hop", true},
    {"empty elements", ",, ,x-hop,,", "X-Hop", true},
    {"another name", "close", "X-Hop", false},
    {"part of a name", "x-hop-by", "X-Hop", false},
    {"a longer name", "x-ho", "X-Hop", false},
    {"two names are not one", "x-hop y", "X-Hop", false},
    {"nothing", "", "X-Hop", false},
    {"a key cannot be stripped", "x-api-key, host", "X-Api-Key", false},
    {"authorization cannot be stripped", "authorization", "Authorization", false},
    {"the content's type cannot be stripped", "content-type", "Content-Type", false},
    {"an organization cannot be stripped", "openai-organization", "OpenAI-Organization", false},
};

START_TEST(connection_lists_what_ends_here)
{
    ck_assert_msg(header_listed(text_of(lists[_i].connection), text_of(lists[_i].field)) ==
                      lists[_i].listed,
                  "%s", lists[_i].name);
}
END_TEST

START_TEST(a_name_is_a_token)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int c = 0; c < 256; c++) {
        char name[3] = {'a', (char)c, 'b'};
        bool token = c != 0 && strchr(allowed, c) != NULL;
        ck_assert_msg(header_name_valid(text_make(name, 3)) == token, "byte %d", c);
    }
    ck_assert(!header_name_valid(text_of("")));
}
END_TEST

START_TEST(a_value_has_no_control_bytes)
{
    for (int c = 0; c < 256; c++) {
        char value[3] = {'a', (char)c, 'b'};
        bool valid = c == '\t' || (c >= 0x20 && c != 0x7f);
        ck_assert_msg(header_value_valid(text_make(value, 3)) == valid, "byte %d", c);
    }
    ck_assert(header_value_valid(text_of("")));
}
END_TEST

START_TEST(names_are_compared_without_case)
{
    ck_assert(header_name_is(text_of("CONTENT-Type"), "content-type"));
    ck_assert(!header_name_is(text_of("content-type "), "content-type"));
    ck_assert(!header_name_is(text_of("content-typ"), "content-type"));
}
END_TEST

START_TEST(what_tells_of_codings_is_known)
{
    static const char *const tell[] = {"Content-Encoding", "content-digest", "Repr-Digest",
                                       "DIGEST", "Content-MD5"};
    static const char *const others[] = {"Content-Type", "content", "x-digest", "ETag", ""};
    for (size_t i = 0; i < COUNT(tell); i++) {
        ck_assert_msg(header_tells_of_coding(text_of(tell[i])), "%s", tell[i]);
        ck_assert_msg(!header_tells_of_coding(text_of(others[i])), "%s", others[i]);
    }
}
END_TEST

START_TEST(a_trace_tells_which_request_that_is_and_no_more)
{
    static const char *const traces[] = {"traceparent", "TraceState", "X-Request-ID"};
    static const char *const others[] = {"baggage", "trace", "x-request-id-2"};
    for (size_t i = 0; i < ROWS(traces); i++) {
        ck_assert_msg(header_is_trace(text_of(traces[i])), "%s", traces[i]);
        ck_assert_msg(!header_is_trace(text_of(others[i])), "%s", others[i]);
    }
}
END_TEST

static const struct {
    const char *name;
    bool secret;
} secrets[] = {
    {"Authorization", true},
    {"Proxy-Authorization", true},
    {"X-Api-Key", true},
    {"api-key", true},
    {"X-Auth-Token", true},
    {"Cookie", true},
    {"X-CLIENT-SECRET", true},
    {"X-Team", false},
    {"OpenAI-Organization", false},
    {"", false},
};

START_TEST(fields_that_carry_secrets_are_known_by_their_names)
{
    ck_assert_msg(header_is_secret(text_of(secrets[_i].name)) == secrets[_i].secret, "%s",
                  secrets[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("headers");
    TCase *tc = tcase_create("headers");
    tcase_add_loop_test(tc, fields_travel_or_stay, 0, ROWS(fields));
    tcase_add_loop_test(tc, connection_lists_what_ends_here, 0, ROWS(lists));
    tcase_add_test(tc, a_name_is_a_token);
    tcase_add_test(tc, a_value_has_no_control_bytes);
    tcase_add_test(tc, names_are_compared_without_case);
    tcase_add_test(tc, a_trace_tells_which_request_that_is_and_no_more);
    tcase_add_test(tc, what_tells_of_codings_is_known);
    tcase_add_loop_test(tc, fields_that_carry_secrets_are_known_by_their_names, 0, ROWS(secrets));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
