/* The order of the rules, the content type of a browser's POST, and the size. */
#include "guard_case.h"

#define EVIL   "Origin: https://evil.test\n"
#define LISTED "Origin: app://x\n"
#define JSON   "Content-Type: application/json\n"

static char token[] = "tok";
static char *tokens[] = {token, NULL};

static const struct {
    const char *name;
    const char *head;
    int status;
} order[] = {
    {"framing before Host", "GET /v1/x HTTP/1.1\nHost: evil.test\nContent-Length: 1\n", 400},
    {"a version before the rest", "TRACE x HTTP/3.0\n", 400},
    {"TRACE before Host", "TRACE / HTTP/1.1\nHost: evil.test\n", 405},
    {"Host before Origin", "GET /x HTTP/1.1\nHost: evil.test\n" EVIL, 403},
    {"Host before the path", "GET /x HTTP/1.1\nHost: evil.test\n", 403},
    {"Origin before the path", "GET /x HTTP/1.1\n" HOST EVIL, 403},
    {"Origin before the method", "GET /v1/chat/completions HTTP/1.1\n" HOST EVIL, 403},
    {"the token before the path", "GET /x HTTP/1.1\n" HOST, 401},
    {"the token before the method", "GET /v1/chat/completions HTTP/1.1\n" HOST, 401},
    {"the path", "GET /x HTTP/1.1\n" HOST "x-api-key: tok\n", 404},
    {"the method", "GET /v1/chat/completions HTTP/1.1\n" HOST "x-api-key: tok\n", 405},
    {"the method of a probe", "PUT /healthz HTTP/1.1\n" HOST, 405},
    {"a preflight of an unknown path", "OPTIONS /x HTTP/1.1\n" HOST LISTED, 404},
    {"the token before the content type", CHAT LISTED "Content-Length: 2000\n", 401},
    {"the content type before the size", CHAT LISTED "x-api-key: tok\nContent-Length: 2000\n", 415},
    {"the size last", CHAT LISTED JSON "x-api-key: tok\nContent-Length: 2000\n", 413},
    {"the size of an OPTIONS", "OPTIONS /v1/models HTTP/1.1\n" HOST LISTED "Content-Length: 2000\n",
     413},
};

START_TEST(the_first_rule_that_objects_decides)
{
    struct guard_case c;
    struct guard_verdict verdict;
    guard_case_read(&c, text_of(order[_i].head));
    guard_check(guard_case_server(tokens, 1), &c.request, guard_case_message(), &verdict);
    ck_assert_msg(verdict.status == order[_i].status, "%s: %d %s", order[_i].name, verdict.status,
                  verdict.message);
    ck_assert_str_eq(verdict.type,
                     verdict.status == 403 ? "permission_error" : "invalid_request_error");
    ck_assert_msg((verdict.allow != NULL) == (verdict.status == 405), "%s", order[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *head;
    int status;
} types[] = {
    {"curl -d", CHAT "Content-Type: application/x-www-form-urlencoded\n", 0},
    {"a program without a content type", CHAT, 0},
    {"JSON from a page", CHAT LISTED JSON, 0},
    {"JSON with a parameter", CHAT LISTED "Content-Type: Application/JSON ; charset=utf-8\n", 0},
    {"a GET from a page", GET_MODELS LISTED, 0},
    {"a DELETE from a page", "DELETE /v1/files/1 HTTP/1.1\n" HOST LISTED, 0},
    {"text from a page", CHAT LISTED "Content-Type: text/plain\n", 415},
    {"text that speaks of JSON", CHAT LISTED "Content-Type: text/plain; application/json\n", 415},
    {"a type that begins like JSON", CHAT LISTED "Content-Type: application/json5\n", 415},
    {"two types in one", CHAT LISTED "Content-Type: application/json, text/plain\n", 415},
    {"no type from a page", CHAT LISTED, 415},
    {"an empty type from a page", CHAT LISTED "Content-Type: \n", 415},
    {"a form of the same site", CHAT "Sec-Fetch-Site: same-origin\nContent-Type: text/plain\n",
     415},
    {"other paths as well", "POST /v1/embeddings HTTP/1.1\n" HOST LISTED, 415},
};

START_TEST(a_post_from_a_browser_is_json)
{
    struct guard_verdict verdict = guard_case_ask(types[_i].head);
    guard_case_expect(types[_i].name, &verdict, types[_i].status, "unsupported_media_type");
}
END_TEST

static const struct {
    const char *name;
    const char *length;
    int status;
} sizes[] = {
    {"the largest", "1000", 0},
    {"one more", "1001", 413},
    {"the largest of all", "9223372036854775807", 413},
};

START_TEST(a_body_has_a_limit)
{
    char head[256];
    (void)snprintf(head, sizeof(head), CHAT "Content-Length: %s\n", sizes[_i].length);
    struct guard_verdict verdict = guard_case_ask(head);
    guard_case_expect(sizes[_i].name, &verdict, sizes[_i].status, "request_too_large");
    ck_assert(verdict.expects_body);
    if (verdict.status)
        ck_assert_ptr_nonnull(strstr(verdict.message, "server.max_body"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard");
    TCase *tc = tcase_create("guard");
    tcase_add_loop_test(tc, the_first_rule_that_objects_decides, 0, ROWS(order));
    tcase_add_loop_test(tc, a_post_from_a_browser_is_json, 0, ROWS(types));
    tcase_add_loop_test(tc, a_body_has_a_limit, 0, ROWS(sizes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
