/* Which header fields and which credential go to whom. */
#include "config_case.h"
#include "rules/forward.h"

#define PROCESS    "understudy-0123"
#define FIELDS_MAX 12
#define LINES_MAX  (64u << 10)

/* A provider of each kind, of the settings below. */
#define KEYED   "keyed"
#define OPEN    "open"
#define NONE    "none"
#define NAMED   "named"
#define AUTH    "auth"
#define OLLAMA  "ollama"
#define SECURED "secured"
#define CLAUDE  "claude"
#define PAID    "paid"
#define NEWER   "newer"
#define HEADED  "headed"
#define TRACED  "traced"

static const char settings[] =
    "[provider keyed]\ntype = openai\nbase_url = http://127.0.0.1:1\napi_key = sk-theirs\n"
    "[provider open]\ntype = openai\nbase_url = http://127.0.0.1:2\n"
    "[provider none]\ntype = openai\nbase_url = http://127.0.0.1:3\napi_key = none\n"
    "[provider named]\ntype = openai\nbase_url = http://127.0.0.1:4\napi_key = sk-theirs\n"
    "header.User-Agent = us\nheader.X-Api-Key = sk-named\n"
    "[provider auth]\ntype = openai\nbase_url = http://127.0.0.1:5\napi_key = sk-theirs\n"
    "header.Authorization = Basic abc\n"
    "[provider headed]\ntype = openai\nbase_url = http://127.0.0.1:10\nheader.API-Key = sk-azure\n"
    "[provider claude]\ntype = anthropic\nbase_url = http://127.0.0.1:7\n"
    "[provider paid]\ntype = anthropic\nbase_url = http://127.0.0.1:8\napi_key = sk-ant\n"
    "[provider newer]\ntype = anthropic\nbase_url = http://127.0.0.1:9\napi_key = sk-ant\n"
    "header.Anthropic-Version = 2026-10-21\n"
    "[provider secured]\ntype = ollama\nbase_url = http://127.0.0.1:6\napi_key = sk-ollama\n"
    "header.X-Team = a\n"
    "[provider traced]\ntype = ollama\nbase_url = http://127.0.0.1:11\n"
    "header.X-Request-Id = ours\n";

/* Which field holds a token of ours. */
enum { IN_AUTHORIZATION = 1, IN_X_API_KEY = 2, IN_API_KEY = 4 };

struct sent {
    struct forward_app app;
    struct header_field fields[FIELDS_MAX];
};

/* One field a line. */
static void read_app(struct sent *ret, const char *lines, int tokens)
{
    *ret = (struct sent){.app = {.authorization_is_token = (tokens & IN_AUTHORIZATION) != 0,
                                 .x_api_key_is_token = (tokens & IN_X_API_KEY) != 0,
                                 .api_key_is_token = (tokens & IN_API_KEY) != 0}};
    ret->app.fields = ret->fields;
    for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
        const char *colon = strchr(line, ':'), *end = strchr(line, '\n');
        ck_assert_uint_lt(ret->app.count, FIELDS_MAX);
        ret->fields[ret->app.count++] =
            (struct header_field){text_make(line, (size_t)(colon - line)),
                                  text_make(colon + 2, (size_t)(end - colon - 2))};
    }
}

/* One field a line, as one string. */
static const char *shown(const struct buf *lines)
{
    static char text[LINES_MAX];
    ck_assert_uint_lt(lines->len, sizeof(text));
    for (size_t i = 0; i < lines->len; i++)
        text[i] = lines->data[i] == '\0' ? '\n' : lines->data[i];
    text[lines->len] = '\0';
    return text;
}

#define APP_CREDENTIALS                                                                            \
    "Authorization: Bearer mine\nX-Api-Key: mine2\napi-key: mine3\nContent-Type: text/x\n"         \
    "Accept: a/b\n"
#define VIA         "Via: 1.1 " PROCESS "\n"
#define JSON        "Content-Type: application/json\n"
#define FOR_OLLAMA  "Accept: application/json, application/x-ndjson\n"
#define FOR_CLOUD   "Accept: application/json, text/event-stream\n"
#define VERSION     "anthropic-version: 2023-06-01\n"
#define NOT_MADE_UP "Accept:\nContent-Type:\n"

static const struct {
    const char *name;
    const char *app;
    int tokens;
    const char *provider;
    bool json;
    const char *goes;
} rows[] = {
    /* Credentials. */
    {"a provider's key goes instead of all that the app brought", APP_CREDENTIALS, 0, KEYED, true,
     "Accept: a/b\n" JSON "Authorization: Bearer sk-theirs\n" VIA},
    {"without a key the app's own goes", APP_CREDENTIALS, 0, OPEN, true,
     "Authorization: Bearer mine\nX-Api-Key: mine2\napi-key: mine3\nAccept: a/b\n" JSON VIA},
    {"a provider that needs no key gets none", APP_CREDENTIALS, 0, NONE, true,
     "Accept: a/b\n" JSON VIA},
    {"an Ollama gets nothing of the app's", APP_CREDENTIALS "User-Agent: app\nX-Any: 1\n", 0,
     OLLAMA, true, FOR_OLLAMA JSON VIA},
    {"but for its trace",
     "User-Agent: app\ntraceparent: 00-1-2-01\nTraceState: a=b\nX-Request-Id: r 1\nbaggage: b\n"
     "tracestate: \n",
     0, OLLAMA, true,
     FOR_OLLAMA "traceparent: 00-1-2-01\nTraceState: a=b\nX-Request-Id: r 1\n"
                "tracestate;\n" JSON VIA},
    {"over which header.NAME stands", "X-Team: mine\nx-request-id: r1\n", 0, TRACED, true,
     FOR_OLLAMA JSON "X-Request-Id: ours\n" VIA},
    {"an Ollama with a key gets its own", APP_CREDENTIALS, 0, SECURED, true,
     FOR_OLLAMA JSON "Authorization: Bearer sk-ollama\nX-Team: a\n" VIA},
    {"our token in Authorization goes to nobody, the key beside it goes", APP_CREDENTIALS,
     IN_AUTHORIZATION | IN_API_KEY, OPEN, true, "X-Api-Key: mine2\nAccept: a/b\n" JSON VIA},
    {"our token in x-api-key goes to nobody, the key beside it goes", APP_CREDENTIALS,
     IN_X_API_KEY | IN_API_KEY, OPEN, true, "Authorization: Bearer mine\nAccept: a/b\n" JSON VIA},
    {"our token in api-key goes to nobody", "api-key: token\nAccept: a/b\n", IN_API_KEY, OPEN, true,
     "Accept: a/b\n" JSON VIA},
    {"tokens everywhere: nothing goes", APP_CREDENTIALS,
     IN_AUTHORIZATION | IN_X_API_KEY | IN_API_KEY, OPEN, true, "Accept: a/b\n" JSON VIA},
    {"whatever the case of the name", "AUTHORIZATION: token\nX-API-KEY: token\nApi-Key: token\n",
     IN_AUTHORIZATION | IN_X_API_KEY | IN_API_KEY, OPEN, false, NOT_MADE_UP VIA},
    {"a token twice goes not even once", "Authorization: token\nAuthorization: token\n",
     IN_AUTHORIZATION, OPEN, false, NOT_MADE_UP VIA},
    {"Connection cannot take a credential away",
     "Authorization: Bearer mine\nConnection: authorization\n", 0, OPEN, false,
     "Authorization: Bearer mine\n" NOT_MADE_UP VIA},

    /* Fields that are one kind's own. */
    {"Anthropic's fields do not go to others", "Anthropic-Beta: b\nX-A: 1\nAccept: a/b\n", 0, OPEN,
     true, "X-A: 1\nAccept: a/b\n" JSON VIA},
    {"Anthropic's fields as they came",
     "Anthropic-Beta: b\nanthropic-version: 2026-10-21\nAccept: a/b\n", 0, CLAUDE, true,
     "Anthropic-Beta: b\nanthropic-version: 2026-10-21\nAccept: a/b\n" JSON VIA},
    {"a version that is missing is added", "Anthropic-Beta: b\nAccept: a/b\n", 0, CLAUDE, true,
     "Anthropic-Beta: b\nAccept: a/b\n" VERSION JSON VIA},
    {"the settings may tell another", "anthropic-version: x\nAccept: a/b\n", 0, NEWER, true,
     "Accept: a/b\n" JSON "x-api-key: sk-ant\nAnthropic-Version: 2026-10-21\n" VIA},
    {"a key of ours instead of both of the app's", APP_CREDENTIALS, 0, PAID, true,
     "Accept: a/b\n" VERSION JSON "x-api-key: sk-ant\n" VIA},
    {"without a key the app's own goes there as well", APP_CREDENTIALS, 0, CLAUDE, true,
     "Authorization: Bearer mine\nX-Api-Key: mine2\napi-key: mine3\nAccept: a/b\n" VERSION JSON
         VIA},

    /* header.NAME */
    {"header.NAME stands over the app's field", "user-agent: app\nAccept: a/b\n", 0, NAMED, true,
     "Accept: a/b\n" JSON
     "Authorization: Bearer sk-theirs\nUser-Agent: us\nX-Api-Key: sk-named\n" VIA},
    {"header.Authorization stands over the key", APP_CREDENTIALS, 0, AUTH, true,
     "Accept: a/b\n" JSON "Authorization: Basic abc\n" VIA},
    {"one that carries a key stands over whatever credential the app has", APP_CREDENTIALS, 0,
     HEADED, true, "Accept: a/b\n" JSON "API-Key: sk-azure\n" VIA},
    {"Google's field for a key is one, too", "X-Goog-Api-Key: mine\nAccept: a/b\n", 0, NAMED, true,
     "Accept: a/b\n" JSON
     "Authorization: Bearer sk-theirs\nUser-Agent: us\nX-Api-Key: sk-named\n" VIA},

    /* What travels. */
    {"any other field as it came", "X-Unheard-Of: 1\nOpenAI-Beta: b\nAccept: a/b\n", 0, OPEN, true,
     "X-Unheard-Of: 1\nOpenAI-Beta: b\nAccept: a/b\n" JSON VIA},
    {"the same field twice", "X-A: 1\nX-A: 2\nAccept: a/b\n", 0, OPEN, true,
     "X-A: 1\nX-A: 2\nAccept: a/b\n" JSON VIA},
    {"a field without a value", "X-Empty: \nAccept: a/b\n", 0, OPEN, true,
     "X-Empty;\nAccept: a/b\n" JSON VIA},
    {"hop-by-hop fields stay",
     "Connection: close\nKeep-Alive: 1\nTE: trailers\nUpgrade: h2c\nTransfer-Encoding: chunked\n"
     "Proxy-Authorization: Basic x\nAccept: a/b\n",
     0, OPEN, true, "Accept: a/b\n" JSON VIA},
    {"what Connection lists stays", "X-Hop: 1\nX-Other: 2\nConnection: close, x-hop\n", 0, OPEN,
     true, "X-Other: 2\nAccept:\n" JSON VIA},
    {"in a second Connection too", "Connection: close\nConnection: X-HOP\nx-hop: 1\n", 0, OPEN,
     true, "Accept:\n" JSON VIA},
    {"what tells of the sender stays",
     "Host: x\nCookie: c\nOrigin: o\nX-Forwarded-For: 1\nX-Understudy-Route: a\nContent-Length: "
     "3\n",
     0, OPEN, true, "Accept:\n" JSON VIA},
    {"where the body is not ours its type is the app's", "Content-Type: text/x\nAccept: a/b\n", 0,
     OPEN, false, "Content-Type: text/x\nAccept: a/b\n" VIA},
    {"what the app has not said is not made up", "X-A: 1\n", 0, OPEN, false,
     "X-A: 1\n" NOT_MADE_UP VIA},

    /* Via. */
    {"our entry behind those that are there", "Via: 1.0 a\nAccept: a/b\nvia: 1.1 b (c)\n", 0, OPEN,
     true, "Accept: a/b\n" JSON "Via: 1.0 a, 1.1 b (c), 1.1 " PROCESS "\n"},
    {"for an Ollama as well", "Via: 1.0 a\n", 0, OLLAMA, false,
     FOR_OLLAMA "Via: 1.0 a, 1.1 " PROCESS "\n"},
};

START_TEST(what_goes_to_whom)
{
    struct config_case loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    const struct forward_target target = {.provider =
                                              config_case_provider(&loaded, rows[_i].provider),
                                          .json = rows[_i].json,
                                          .credential = true,
                                          .process = PROCESS};
    struct sent sent;
    struct buf collected, out;
    buf_init(&collected, LINES_MAX);
    buf_init(&out, LINES_MAX - 1);
    read_app(&sent, rows[_i].app, rows[_i].tokens);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
    ck_assert_msg(strcmp(shown(&out), rows[_i].goes) == 0, "%s: %s", rows[_i].name, shown(&out));
    buf_done(&collected);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *app;
    const char *value; /* NULL = none */
} fields[] = {
    {"there is one", "X-Any: 1\nX-Request-Id: r1\n", "r1"},
    {"the first of two", "x-request-id: r1\nx-request-id: r2\n", "r1"},
    {"one without a value", "x-request-id: \n", ""},
    {"none", "X-Any: x-request-id\nx-request-id-2: r\n", NULL},
    {"no field at all", "", NULL},
};

START_TEST(a_field_of_the_apps_can_be_read)
{
    struct sent sent;
    struct buf collected;
    buf_init(&collected, LINES_MAX);
    read_app(&sent, fields[_i].app, 0);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    struct text value = forward_field(&collected, "x-request-id");
    ck_assert_msg((value.at == NULL) == (fields[_i].value == NULL), "%s", fields[_i].name);
    ck_assert_msg(!value.at || text_equals(value, fields[_i].value), "%s", fields[_i].name);
    buf_done(&collected);
}
END_TEST

/* The app was made for another kind, or its credential is for another provider. */
static const struct {
    const char *provider;
    bool foreign, json;
    const char *goes;
} others[] = {
    {OPEN, false, true, "Accept: a/b\nX-A: 1\n" JSON VIA},
    {OPEN, true, true, FOR_CLOUD JSON VIA},
    {OPEN, true, false, FOR_CLOUD "Content-Type:\n" VIA},
    {KEYED, true, true, FOR_CLOUD JSON "Authorization: Bearer sk-theirs\n" VIA},
    {CLAUDE, false, true, "Accept: a/b\nX-A: 1\n" VERSION JSON VIA},
    {PAID, true, true, FOR_CLOUD VERSION JSON "x-api-key: sk-ant\n" VIA},
    {NEWER, true, true, FOR_CLOUD JSON "x-api-key: sk-ant\nAnthropic-Version: 2026-10-21\n" VIA},
    {OLLAMA, true, true, FOR_OLLAMA JSON VIA},
};

START_TEST(what_goes_to_others)
{
    struct config_case loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    const struct forward_target target = {.provider =
                                              config_case_provider(&loaded, others[_i].provider),
                                          .json = others[_i].json,
                                          .foreign = others[_i].foreign,
                                          .process = PROCESS};
    struct sent sent;
    struct buf collected, out;
    buf_init(&collected, LINES_MAX);
    buf_init(&out, LINES_MAX - 1);
    read_app(&sent, APP_CREDENTIALS "X-A: 1\n", 0);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
    ck_assert_str_eq(shown(&out), others[_i].goes);
    buf_done(&collected);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    size_t key;
    const char *goes;
} keys[] = {
    {0, "Authorization: Bearer sk-first\n"},
    {1, "Authorization: Bearer sk-second\n"},
};

/* One of them, and no other. */
START_TEST(the_key_that_is_asked_with_goes)
{
    struct config_case loaded = config_case_load(
        "[provider openai]\napi_key = sk-first, sk-second\n", LIST(NULL), LIST(NULL));
    const struct forward_target target = {.provider = config_case_provider(&loaded, "openai"),
                                          .key = keys[_i].key,
                                          .json = true,
                                          .process = PROCESS};
    struct buf none = {0}, out;
    char wanted[256];
    buf_init(&out, LINES_MAX - 1);
    ck_assert_int_eq(forward_headers(&none, &target, &out), 0);
    (void)snprintf(wanted, sizeof(wanted), "Accept:\n" JSON "%s" VIA, keys[_i].goes);
    ck_assert_str_eq(shown(&out), wanted);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_via_that_is_too_long_begins_anew)
{
    struct config_case loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    const struct forward_target target = {.provider = config_case_provider(&loaded, OLLAMA),
                                          .process = PROCESS};
    static const size_t lens[] = {900, 1100};
    for (size_t i = 0; i < 2; i++) {
        char via[1200];
        memset(via, 'a', sizeof(via));
        const struct header_field field = {text_of("Via"), text_make(via, lens[i])};
        const struct forward_app app = {.fields = &field, .count = 1};
        struct buf collected, out;
        buf_init(&collected, LINES_MAX);
        buf_init(&out, LINES_MAX - 1);
        ck_assert_int_eq(forward_collect(&app, &collected), 0);
        ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
        ck_assert_int_eq(strstr(shown(&out), "\n" VIA) != NULL, lens[i] == 1100);
        ck_assert_ptr_nonnull(strstr(shown(&out), "1.1 " PROCESS "\n"));
        buf_done(&collected);
        buf_done(&out);
    }
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *app;
    int tokens;
    bool openai, anthropic;
} authorizations[] = {
    {"X-A: 1\nAuthorization: Bearer mine\n", 0, true, true},
    {"authorization: Bearer mine\n", 0, true, true},
    {"Authorization: token\n", IN_AUTHORIZATION, false, false},
    {"X-Api-Key: mine\n", 0, false, true},
    {"X-Api-Key: token\n", IN_X_API_KEY, false, false},
    {"", 0, false, false},
};

START_TEST(whether_the_app_brought_its_own)
{
    struct sent sent;
    struct buf collected;
    buf_init(&collected, LINES_MAX);
    read_app(&sent, authorizations[_i].app, authorizations[_i].tokens);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    ck_assert_int_eq(forward_has_credential(&collected, &kind_openai), authorizations[_i].openai);
    ck_assert_int_eq(forward_has_credential(&collected, &kind_anthropic),
                     authorizations[_i].anthropic);
    buf_done(&collected);
}
END_TEST

START_TEST(whom_the_app_was_made_for)
{
    struct sent sent;
    struct buf collected;
    buf_init(&collected, LINES_MAX);
    ck_assert_ptr_eq(forward_app_kind(&collected, API_PATH_OTHER), &kind_openai);
    read_app(&sent, "X-A: 1\nAnthropic-Version: 2023-06-01\n", 0);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    ck_assert_ptr_eq(forward_app_kind(&collected, API_PATH_OTHER), &kind_anthropic);
    ck_assert_ptr_eq(forward_app_kind(&collected, API_PATH_CHAT), &kind_openai);
    buf_done(&collected);
}
END_TEST

START_TEST(what_tells_of_the_coding_is_taken_out)
{
    struct sent sent;
    struct buf collected;
    buf_init(&collected, LINES_MAX - 1);
    read_app(&sent, "X-A: 1\nContent-Encoding: gzip\nDigest: d\nAuthorization: k\nX-B: 2\n", 0);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    ck_assert_int_eq(forward_without_coding(&collected), 0);
    ck_assert_str_eq(shown(&collected), "X-A: 1\nAuthorization: k\nX-B: 2\n");
    ck_assert(collected.secret);
    buf_done(&collected);
}
END_TEST

static const struct {
    const char *app;
    bool loops;
} loops[] = {
    {"Via: 1.1 " PROCESS "\n", true},
    {"X-A: 1\nvia: 1.0 a, 1.1 " PROCESS ", 1.1 b\n", true},
    {"Via: 1.0 a\nVia: 1.1 " PROCESS "\n", true},
    {"Via: 1.1 understudy-4567\n", false},
    {"X-Via: 1.1 " PROCESS "\n", false},
    {"", false},
};

START_TEST(a_request_that_comes_back)
{
    struct sent sent;
    read_app(&sent, loops[_i].app, 0);
    ck_assert_int_eq(forward_is_loop(&sent.app, PROCESS), loops[_i].loops);
}
END_TEST

START_TEST(what_has_no_room_is_an_error)
{
    struct config_case loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    const struct forward_target target = {
        .provider = config_case_provider(&loaded, NAMED), .json = true, .process = PROCESS};
    struct sent sent;
    struct buf collected, out;
    buf_init(&collected, LINES_MAX);
    read_app(&sent, "X-A: 1\n", 0);
    ck_assert_int_eq(forward_collect(&sent.app, &collected), 0);
    buf_init(&out, LINES_MAX);
    ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
    size_t whole = out.len;
    buf_done(&out);
    for (size_t max = 0; max < whole; max++) {
        buf_init(&out, max);
        ck_assert_int_eq(forward_headers(&collected, &target, &out), -EMSGSIZE);
        buf_done(&out);
    }
    buf_init(&out, 5);
    ck_assert_int_eq(forward_collect(&sent.app, &out), -EMSGSIZE);
    buf_done(&out);
    buf_done(&collected);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("forward");
    TCase *tc = tcase_create("forward");
    tcase_add_loop_test(tc, a_field_of_the_apps_can_be_read, 0, ROWS(fields));
    tcase_add_loop_test(tc, what_goes_to_whom, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_goes_to_others, 0, sizeof(others) / sizeof(others[0]));
    tcase_add_test(tc, whom_the_app_was_made_for);
    tcase_add_loop_test(tc, the_key_that_is_asked_with_goes, 0, ROWS(keys));
    tcase_add_test(tc, a_via_that_is_too_long_begins_anew);
    tcase_add_loop_test(tc, whether_the_app_brought_its_own, 0, ROWS(authorizations));
    tcase_add_test(tc, what_tells_of_the_coding_is_taken_out);
    tcase_add_loop_test(tc, a_request_that_comes_back, 0, ROWS(loops));
    tcase_add_test(tc, what_has_no_room_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
