/* What a span says, by the conventions; the exact bytes of one exchange, and rows for the rest. */
#include <errno.h>

#include "history_case.h"
#include "trace/spans.h"

static const struct traceparent app = {
    .trace = "0af7651916cd43dd8448eb211c80319c", .span = "b7ad6b7169203331", .flags = 1};
static const struct traceparent none = {.trace = "0af7651916cd43dd8448eb211c80319c", .flags = 1};

static const char settings[] =
    "[provider one]\ntype = openai\nbase_url = http://127.0.0.1:1\napi_key = k\n"
    "[provider mistral]\napi_key = k\n";

static struct config_case loaded;
static struct exchange_record record;
static struct history history;
static struct spans_exchange exchange;
static struct buf out;

static void setup(void)
{
    loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    history = (struct history){0};
    exchange_record_init(&record);
    memcpy(record.id, "fedcba9876543210", 17);
    record.begun_at_ms = INT64_C(1795932000042);
    record.duration_ms = 1200;
    record.status = 200;
    record.asked = exchange_record_keep(&record, text_of("gpt-4"));
    record.path = exchange_record_keep(&record, text_of("/v1/chat/completions"));
    exchange = (struct spans_exchange){.record = &record,
                                       .history = &history,
                                       .path = API_PATH_CHAT,
                                       .method = "POST",
                                       .parent = &app,
                                       .span = "0123456789abcdef",
                                       .answer_span = "",
                                       .answer_class = "ok"};
    buf_init(&out, 1u << 20);
}

static void teardown(void)
{
    buf_done(&out);
    history_done(&history);
    config_case_done(&loaded);
}

/* ms counts from the exchange's beginning; span NULL = it was no request. */
static struct history_entry *add(const char *provider, const char *span, int64_t start_ms)
{
    struct history_entry entry = {
        .provider = config_case_provider(&loaded, provider), .start_ms = start_ms, .ms = 100};
    if (span)
        memcpy(entry.span, span, sizeof(entry.span));
    ck_assert_int_eq(history_add(&history, &entry), 0);
    return &history.at[history.count - 1];
}

static void check_has(const char *part, bool has)
{
    buf_reset(&out);
    ck_assert_int_eq(spans_write(&exchange, &out), 0);
    ck_assert_msg((strstr(out.data, part) != NULL) == has, "%s%s in %s", has ? "no " : "", part,
                  out.data);
}

#define TEXT(key, value)   "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define NUMBER(key, value) "{\"key\":\"" key "\",\"value\":{\"intValue\":\"" value "\"}}"
#define TRUE(key)          "{\"key\":\"" key "\",\"value\":{\"boolValue\":true}}"
#define REAL(key, value)   "{\"key\":\"" key "\",\"value\":{\"doubleValue\":" value "}}"
#define IDS                "{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":"

static const char *check_next(const char *at, const char *wanted)
{
    ck_assert_msg(strncmp(at, wanted, strlen(wanted)) == 0, "%s", at);
    return at + strlen(wanted);
}

START_TEST(an_exchange_and_its_attempts)
{
    struct history_entry *first = add("one", "1111111111111111", 5);
    first->failure = FAILURE_RATE_LIMIT;
    first->status = 429;
    free(first->message);
    first->message = strdup("secret words of the provider");
    first->reason = "attempts";
    first->pause_ms = 20;
    struct history_entry *last = add("mistral", "2222222222222222", 300);
    last->model = strdup("large");
    last->status = 200;
    last->key = 2;
    last->hedge = true;
    last->queued_ms = 3;
    exchange.answer_span = last->span;
    record.stream = true;
    record.ttft_ms = 350;
    record.prompt_tokens = 9;
    record.completion_tokens = 0;
    record.fallback = "rate_limit";
    record.provider = exchange_record_keep(&record, text_of("mistral"));
    record.model = exchange_record_keep(&record, text_of("large"));
    record.client = exchange_record_keep(&record, text_of("kids"));
    ck_assert_uint_eq(spans_count(&exchange), 3);
    ck_assert_int_eq(spans_write(&exchange, &out), 0);
    const char *at = out.data;
    at = check_next(
        at, IDS "\"0123456789abcdef\",\"parentSpanId\":\"b7ad6b7169203331\",\"name\":\"chat "
                "gpt-4\","
                "\"kind\":2,\"startTimeUnixNano\":\"1795932000042000000\","
                "\"endTimeUnixNano\":\"1795932001242000000\",\"attributes\":[" TEXT(
                    "gen_ai.operation.name", "chat") "," TEXT("http.request.method", "POST") "," TEXT("gen_ai.provider.name", "mistral_ai") "," TEXT("gen_ai.request.model", "gpt-4") "," TRUE("gen_ai.request.stream") "," TEXT("gen_ai.response.model", "large") "," REAL("gen_ai.response.time_to_first_chunk", "0.35") "," NUMBER("gen_ai.usage.input_tokens",
                                                                                                                                                                                                                                                                                                                                      "9") "," NUMBER("gen_ai.usage.output_tokens",
                                                                                                                                                                                                                                                                                                                                                      "0") "," TEXT("url.path",
                                                                                                                                                                                                                                                                                                                                                                    "/v1/chat/completions") "," NUMBER("http.response.status_code",
                                                                                                                                                                                                                                                                                                                                                                                                       "200") "," TEXT("understudy.id",
                                                                                                                                                                                                                                                                                                                                                                                                                       "fedcba9876543210") "," TEXT("understudy.provider", "mistral") "," TEXT("understudy.client", "kids") "," TEXT("understudy.fallback", "rate_limit") "," NUMBER("understudy.attempts", "2") "," TEXT("understudy.class",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "ok") "]},");
    at = check_next(
        at, IDS
        "\"1111111111111111\",\"parentSpanId\":\"0123456789abcdef\",\"name\":\"chat\","
        "\"kind\":3,\"startTimeUnixNano\":\"1795932000047000000\","
        "\"endTimeUnixNano\":\"1795932000147000000\",\"attributes\":[" TEXT("gen_ai.operation.name", "chat") "," TEXT("http.request.method", "POST") "," TEXT("gen_ai.provider.name", "one") "," TRUE("gen_ai.request.stream") "," TEXT(
            "server.address",
            "127.0.0.1") "," NUMBER("server.port",
                                    "1") "," NUMBER("http.response.status_code",
                                                    "429") "," TEXT("understudy.provider",
                                                                    "one") "," NUMBER("understudy."
                                                                                      "pause_ms",
                                                                                      "20") "," TEXT("understudy.reason",
                                                                                                     "attempts") "," TEXT("error.type",
                                                                                                                          "rate_limit") "," TEXT("understudy.class",
                                                                                                                                                 "rate_limit") "],\"status\":{\"code\":2}},");
    at = check_next(at,
                    IDS "\"2222222222222222\",\"parentSpanId\":\"0123456789abcdef\",\"name\":"
                        "\"chat large\","
                        "\"kind\":3,\"startTimeUnixNano\":\"1795932000342000000\","
                        "\"endTimeUnixNano\":\"1795932000442000000\",\"attributes\":[" TEXT("gen_"
                                                                                            "ai."
                                                                                            "operat"
                                                                                            "ion."
                                                                                            "name",
                                                                                            "chat") "," TEXT("http.request.method", "POST") "," TEXT("gen_ai.provider.name", "mistral_ai") "," TEXT("gen_ai.request.model", "large") "," TRUE("gen_ai.request.stream") "," TEXT("gen_ai.response.model", "large") "," NUMBER("gen_ai.usage.input_tokens", "9") "," NUMBER("gen_ai.usage.output_tokens",
                                                                                                                                                                                                                                                                                                                                                                          "0") "," TEXT("server.address", "api.mistral.ai") "," NUMBER("server.port",
                                                                                                                                                                                                                                                                                                                                                                                                                                       "443") "," NUMBER("http.response.status_code", "200") "," TEXT("understudy.provider",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "mistral") "," NUMBER("understudy.key",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "2") "," TRUE("understudy.hedge") "," NUMBER("understudy.queued_ms", "3") "," TEXT("understudy.class",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "ok") "]}");
    ck_assert_str_eq(at, "");
}
END_TEST

START_TEST(a_trace_that_begins_has_no_parent)
{
    exchange.parent = &none;
    check_has("parentSpanId", false);
}
END_TEST

static const struct {
    const char *name;
    const char *class;
    int status;
    bool type, failed;
} ends[] = {
    {"an answer", "ok", 200, false, false},
    {"a refusal of the model's is one", "policy", 200, false, false},
    {"nobody is to blame where the client leaves", "cancelled", 499, false, false},
    {"the client's fault", "request", 400, true, false},
    {"a fault of all providers", "network", 502, true, true},
    {"a stream that broke", "protocol", 200, true, true},
};

START_TEST(what_is_an_error)
{
    char type[128];
    record.class = ends[_i].class;
    record.status = ends[_i].status;
    (void)snprintf(type, sizeof(type), TEXT("error.type", "%s"), ends[_i].class);
    check_has(type, ends[_i].type);
    check_has("\"status\":{\"code\":2}", ends[_i].failed);
}
END_TEST

static const struct {
    enum api_path path;
    const char *name;
} operations[] = {
    {API_PATH_CHAT, "chat gpt-4"},
    {API_PATH_COMPLETIONS, "text_completion gpt-4"},
    {API_PATH_RESPONSES, "chat gpt-4"},
    {API_PATH_MESSAGES, "chat gpt-4"},
    {API_PATH_API_CHAT, "chat gpt-4"},
    {API_PATH_API_GENERATE, "text_completion gpt-4"},
    {API_PATH_EMBEDDINGS, "embeddings gpt-4"},
    {API_PATH_COUNT_TOKENS, "POST"},
    {API_PATH_OLLAMA, "POST"},
    {API_PATH_OTHER, "POST"},
};

START_TEST(what_it_is_called)
{
    char name[64];
    exchange.path = operations[_i].path;
    (void)snprintf(name, sizeof(name), "\"name\":\"%s\"", operations[_i].name);
    check_has(name, true);
    check_has("gen_ai.operation.name", strcmp(operations[_i].name, "POST") != 0);
}
END_TEST

START_TEST(who_was_not_asked_has_no_span)
{
    struct history_entry *skipped = add("one", NULL, 0);
    skipped->failure = FAILURE_SKIPPED;
    skipped->skip = ROUTE_SKIP_OFFLINE;
    skipped = add("mistral", NULL, 0);
    skipped->failure = FAILURE_SKIPPED;
    skipped->skip = ROUTE_SKIP_NO_KEY;
    ck_assert_uint_eq(spans_count(&exchange), 1);
    check_has(TEXT("understudy.skipped", "one=offline, mistral=no-key"), true);
    check_has("\"kind\":3", false);
    check_has(NUMBER("understudy.attempts", "0"), true);
}
END_TEST

START_TEST(how_often_it_was_sent_before)
{
    (void)add("one", "1111111111111111", 0);
    (void)add("mistral", "2222222222222222", 10);
    check_has("resend_count", false);
    (void)add("one", "3333333333333333", 20);
    check_has(NUMBER("http.request.resend_count", "1"), true);
}
END_TEST

START_TEST(rounds_and_calls_of_tools)
{
    struct history before = {0};
    struct tool_note notes[] = {{.name = (char *)(uintptr_t) "weather__today",
                                 .start_ms = 50,
                                 .ms = 7,
                                 .end = TOOL_TIMEOUT,
                                 .span = "3333333333333333"},
                                {.name = (char *)(uintptr_t) "mail__send", .end = TOOL_OK}};
    const struct tool_notes tools = {notes, 2};
    add("one", "1111111111111111", 5);
    ck_assert_int_eq(history_take(&before, &history), 0);
    add("one", "2222222222222222", 60);
    history.before = &before;
    exchange.tools = &tools;
    exchange.answer_class = "policy";
    ck_assert_uint_eq(spans_count(&exchange), 4);
    check_has("\"spanId\":\"1111111111111111\"", true);
    check_has("\"spanId\":\"2222222222222222\"", true);
    check_has(NUMBER("understudy.attempts", "2"), true);
    check_has(
        "\"spanId\":\"3333333333333333\",\"parentSpanId\":\"0123456789abcdef\",\"name\":"
        "\"execute_tool weather__today\",\"kind\":1,\"startTimeUnixNano\":"
        "\"1795932000092000000\",\"endTimeUnixNano\":\"1795932000099000000\",\"attributes\":[" TEXT(
            "gen_ai.operation.name",
            "execute_tool") "," TEXT("gen_ai.tool.name", "weather__today") "," TEXT("error.type",
                                                                                    "timeout"),
        true);
    check_has("mail__send", false);
    history.before = NULL;
    history_done(&before);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
    char *name = malloc(5000);
    memset(name, 'n', 4999);
    name[4999] = '\0';
    add("one", "1111111111111111", 0)->model = name;
    name[600] = 'x';
    check_has("nnnnnnnn", true);
    check_has("nx", false);
    ck_assert_uint_lt(out.len, 4000);
}
END_TEST

/* Who looks at a span in a terminal reads its letters in their order. */
START_TEST(what_hides_is_escaped)
{
    record.asked = exchange_record_keep(&record, text_of("\u202egnp.exe"));
    check_has("\"stringValue\":\"\\u202egnp.exe\"", true);
}
END_TEST

START_TEST(spans_are_separated_by_commas_and_wrapped)
{
    struct buf request;
    ck_assert_int_eq(spans_write(&exchange, &out), 0);
    size_t one = out.len;
    ck_assert_int_eq(spans_write(&exchange, &out), 0);
    ck_assert_uint_eq(out.len, 2 * one + 1);
    ck_assert_int_eq(out.data[one], ',');
    buf_init(&request, 1u << 20);
    ck_assert_int_eq(spans_request(text_of("{\"a\":1},{}"), "1.2", &request), 0);
    ck_assert_str_eq(
        request.data,
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" TEXT(
            "service.name", "understudy") "," TEXT("service.version",
                                                   "1.2") "]},\"scopeSpans\":[{\"scope\":{\"name\":"
                                                          "\"understudy\",\"version\":\"1.2\"},"
                                                          "\"spans\":[{\"a\":1},{}]}]}]}");
    buf_done(&request);
}
END_TEST

START_TEST(what_has_no_room_is_an_error)
{
    struct buf small;
    (void)add("one", "1111111111111111", 0);
    ck_assert_int_eq(spans_write(&exchange, &out), 0);
    for (size_t max = 0; max < out.len; max++) {
        buf_init(&small, max);
        ck_assert_int_eq(spans_write(&exchange, &small), -EMSGSIZE);
        buf_done(&small);
    }
    buf_init(&small, 20);
    ck_assert_int_eq(spans_request(buf_text(&out), "1", &small), -EMSGSIZE);
    buf_done(&small);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("spans");
    TCase *tc = tcase_create("spans");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_exchange_and_its_attempts);
    tcase_add_test(tc, a_trace_that_begins_has_no_parent);
    tcase_add_loop_test(tc, what_is_an_error, 0, ROWS(ends));
    tcase_add_loop_test(tc, what_it_is_called, 0, ROWS(operations));
    tcase_add_test(tc, who_was_not_asked_has_no_span);
    tcase_add_test(tc, how_often_it_was_sent_before);
    tcase_add_test(tc, rounds_and_calls_of_tools);
    tcase_add_test(tc, a_long_name_is_cut);
    tcase_add_test(tc, what_hides_is_escaped);
    tcase_add_test(tc, spans_are_separated_by_commas_and_wrapped);
    tcase_add_test(tc, what_has_no_room_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
