/* Our own tokens: what must carry one, in which form, and what is no token. */
#include "guard_case.h"

static char first[] = "tok-first", second[] = "tok-second-longer";
static char *tokens[] = {first, second, NULL};

static struct guard_verdict ask(const char *head)
{
    struct guard_case c;
    struct guard_verdict verdict;
    guard_case_read(&c, text_of(head));
    guard_check(guard_case_server(tokens, 2), &c.request, guard_case_message(), &verdict);
    return verdict;
}

static const struct {
    const char *name;
    const char *head;
    int status;
    bool authorization; /* is the token */
    bool api_key;       /* is the token */
} rows[] = {
    {"a token", CHAT "Authorization: Bearer tok-first\n", 0, true, false},
    {"another token", CHAT "Authorization: Bearer tok-second-longer\n", 0, true, false},
    {"a scheme in another case", CHAT "authorization: bEARER  tok-first \n", 0, true, false},
    {"a key", CHAT "x-api-key: tok-first\n", 0, false, true},
    {"a key beside a provider's", CHAT "Authorization: Bearer sk-1\nX-API-Key: tok-first\n", 0,
     false, true},
    {"a token beside a provider's key", CHAT "Authorization: Bearer tok-first\nX-API-Key: sk-1\n",
     0, true, false},
    {"a token twice", CHAT "Authorization: Bearer tok-first\nX-API-Key: tok-second-longer\n", 0,
     true, true},
    {"none", CHAT, 401, false, false},
    {"an empty authorization", CHAT "Authorization: \n", 401, false, false},
    {"a scheme alone", CHAT "Authorization: Bearer \n", 401, false, false},
    {"another scheme", CHAT "Authorization: Basic tok-first\n", 401, false, false},
    {"no scheme", CHAT "Authorization: tok-first\n", 401, false, false},
    {"no blank behind the scheme", CHAT "Authorization: Bearertok-first\n", 401, false, false},
    {"an empty key", CHAT "x-api-key: \n", 401, false, false},
    {"a token too short", CHAT "Authorization: Bearer tok-firs\n", 401, false, false},
    {"a token too long", CHAT "Authorization: Bearer tok-firsts\n", 401, false, false},
    {"a token of which one bit is wrong", CHAT "Authorization: Bearer tok-firsu\n", 401, false,
     false},
    {"a token of which the first byte is wrong", CHAT "Authorization: Bearer uok-first\n", 401,
     false, false},
    {"a token in another case", CHAT "Authorization: Bearer TOK-FIRST\n", 401, false, false},
    {"two tokens in one", CHAT "Authorization: Bearer tok-first,tok-first\n", 401, false, false},
    {"models", GET_MODELS, 401, false, false},
    {"metrics", "GET /metrics HTTP/1.1\n" HOST, 401, false, false},
    {"options without an origin", "OPTIONS /v1/models HTTP/1.1\n" HOST, 401, false, false},
    {"health needs none", "GET /healthz HTTP/1.1\n" HOST, 0, false, false},
    {"readiness needs none", "GET /readyz HTTP/1.1\n" HOST, 0, false, false},
    {"the page of the status needs none", "GET /status HTTP/1.1\n" HOST "Accept: text/html\n", 0,
     false, false},
    {"and takes one", "HEAD /status HTTP/1.1\n" HOST "Accept: text/html\nx-api-key: tok-first\n", 0,
     false, true},
    {"what it shows does", "GET /status.json HTTP/1.1\n" HOST "Accept: text/html\n", 401, false,
     false},
    {"the status as text does", "GET /status HTTP/1.1\n" HOST "Accept: */*\n", 401, false, false},
    {"a POST there does", "POST /status HTTP/1.1\n" HOST "Accept: text/html\n", 401, false, false},
    {"the front does", "GET / HTTP/1.1\n" HOST "Accept: text/html\n", 401, false, false},
    {"a preflight needs none", "OPTIONS /v1/models HTTP/1.1\n" HOST "Origin: app://x\n", 0, false,
     false},
};

START_TEST(a_token_is_asked_for)
{
    struct guard_verdict verdict = ask(rows[_i].head);
    guard_case_expect(rows[_i].name, &verdict, rows[_i].status, "invalid_api_key");
    ck_assert_int_eq(verdict.authorization_is_token, rows[_i].authorization);
    ck_assert_int_eq(verdict.api_key_is_token, rows[_i].api_key);
    ck_assert_int_eq(verdict.authenticated_by_token, rows[_i].authorization || rows[_i].api_key);
    ck_assert_ptr_null(strstr(verdict.message, "tok-"));
}
END_TEST

START_TEST(every_changed_byte_is_noticed)
{
    for (size_t i = 0; i < strlen(second); i++) {
        char head[256];
        (void)snprintf(head, sizeof(head), CHAT "x-api-key: %s\n", second);
        head[strlen(CHAT "x-api-key: ") + i] ^= 1;
        struct guard_verdict verdict = ask(head);
        ck_assert_int_eq(verdict.status, 401);
    }
}
END_TEST

START_TEST(an_empty_token_opens_nothing)
{
    char empty[] = "";
    char *list[] = {empty, NULL};
    static const char *const heads[] = {CHAT, CHAT "x-api-key: \n",
                                        CHAT "Authorization: Bearer  \n"};
    for (size_t i = 0; i < 3; i++) {
        struct guard_case c;
        struct guard_verdict verdict;
        guard_case_read(&c, text_of(heads[i]));
        guard_check(guard_case_server(list, 1), &c.request, guard_case_message(), &verdict);
        ck_assert_int_eq(verdict.status, 401);
    }
}
END_TEST

START_TEST(without_tokens_nothing_is_asked_and_nothing_is_one)
{
    struct guard_verdict verdict = guard_case_ask(CHAT "Authorization: Bearer sk-1\n");
    ck_assert_int_eq(verdict.status, 0);
    ck_assert(!verdict.authenticated_by_token && !verdict.authorization_is_token);
}
END_TEST

static char third[] = "tok-of-kids", name[] = "kids", name_2[] = "mail", fourth[] = "tok-of-mail";

static const struct {
    const char *name;
    const char *head;
    int status;
    const char *whose; /* NULL = nobody's who has a name */
} named[] = {
    {"a client's token", CHAT "Authorization: Bearer tok-of-kids\n", 0, "kids"},
    {"another client's", CHAT "Authorization: Bearer tok-of-mail\n", 0, "mail"},
    {"as a key", CHAT "x-api-key: tok-of-mail\n", 0, "mail"},
    {"beside a provider's key", CHAT "Authorization: Bearer sk-1\nx-api-key: tok-of-kids\n", 0,
     "kids"},
    {"of two the one that is authorized by",
     CHAT "x-api-key: tok-of-mail\nAuthorization: Bearer tok-of-kids\n", 0, "kids"},
    {"beside a token without a name",
     CHAT "Authorization: Bearer tok-first\nx-api-key: tok-of-kids\n", 0, "kids"},
    {"a token without a name", CHAT "Authorization: Bearer tok-first\n", 0, NULL},
    {"none", CHAT, 401, NULL},
    {"a wrong one", CHAT "Authorization: Bearer tok-of-kid\n", 401, NULL},
};

static void check_named(size_t at, bool with_others)
{
    struct guard_case c;
    struct guard_verdict verdict;
    struct config_token clients[] = {{.name = name_2, .secret = fourth},
                                     {.name = name, .secret = third}};
    struct config_server server = *guard_case_server(tokens, with_others ? 2 : 0);
    server.named_tokens = clients;
    server.named_token_count = 2;
    guard_case_read(&c, text_of(named[at].head));
    guard_check(&server, &c.request, guard_case_message(), &verdict);
    guard_case_expect(named[at].name, &verdict, named[at].status, "invalid_api_key");
    ck_assert_pstr_eq(verdict.token ? verdict.token->name : NULL, named[at].whose);
}

START_TEST(a_client_is_known_by_its_token)
{
    check_named((size_t)_i, true);
}
END_TEST

START_TEST(the_named_alone_close_the_door)
{
    if (!strstr(named[_i].head, "tok-first"))
        check_named((size_t)_i, false);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard_token");
    TCase *tc = tcase_create("guard_token");
    tcase_add_loop_test(tc, a_token_is_asked_for, 0, ROWS(rows));
    tcase_add_test(tc, every_changed_byte_is_noticed);
    tcase_add_test(tc, an_empty_token_opens_nothing);
    tcase_add_test(tc, without_tokens_nothing_is_asked_and_nothing_is_one);
    tcase_add_loop_test(tc, a_client_is_known_by_its_token, 0, ROWS(named));
    tcase_add_loop_test(tc, the_named_alone_close_the_door, 0, ROWS(named));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
