/* What a delivery is worth, from its head, its bytes and its end. */
#include <string.h>

#include "call/delivery.h"
#include "dialect/dialect.h"
#include "unit.h"

#define JSON   "Content-Type: application/json\r\n"
#define EVENTS "Content-Type: text/event-stream\r\n"
#define GOOD                                                                                       \
    "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":"                 \
    "\"assistant\",\"content\":\"x\"}}]}"
#define PIECE  "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n"
#define FINISH "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE   "data: [DONE]\n\n"

static char name[] = "cloud", key[] = "sk-secret", base_url[] = "https://cloud.example/v1",
            proxy[] = "http://proxy.example";
static struct config_provider provider = {.name = name,
                                          .kind = &kind_openai,
                                          .base_url = base_url,
                                          .api_keys = {(char *[]){key, NULL}, 1}};
static struct upstream_head head;
static struct delivery delivery;

static void begin(enum delivery_mode mode, int status, const char *fields)
{
    /* On other paths nobody speaks a dialect. */
    const struct dialect *app = mode == DELIVERY_PASS ? NULL : &dialect_openai;
    const struct delivery_plan plan = {.mode = mode,
                                       .provider = &provider,
                                       .relay = {.app = app, .from = app},
                                       .absent = "it has no such path"};
    delivery_init(&delivery, &plan);
    head.status = status;
    buf_init(&head.lines, 4096);
    ck_assert_int_eq(buf_printf(&head.lines, "HTTP/1.1 %d x\r\n%s\r\n", status, fields), 0);
    if (status)
        delivery_head(&delivery, &head);
}

static void teardown(void)
{
    delivery_done(&delivery);
    buf_done(&head.lines);
    provider.proxy = NULL;
}

struct row {
    const char *name;
    enum delivery_mode mode;
    int status;
    const char *fields;
    const char *bytes; /* NULL = none come */
    enum transport transport;
    enum failure failure;
    const char *message; /* a part of it */
};

static const struct row rows[] = {
    {"a good answer", DELIVERY_WHOLE, 200, JSON, GOOD, TRANSPORT_OK, FAILURE_NONE, ""},
    {"200 alone proves nothing", DELIVERY_WHOLE, 200, JSON, "{}", TRANSPORT_OK, FAILURE_PROTOCOL,
     ""},
    {"half an answer, whatever the wire says", DELIVERY_WHOLE, 200, JSON, "{\"choices\":[",
     TRANSPORT_OK, FAILURE_PROTOCOL, ""},
    {"a cut is told by the wire", DELIVERY_WHOLE, 200, JSON, "{\"choi", TRANSPORT_TRUNCATED,
     FAILURE_PROTOCOL, ""},
    {"nothing came", DELIVERY_WHOLE, 0, "", NULL, TRANSPORT_CONNECT, FAILURE_NETWORK, ""},
    {"too slow", DELIVERY_STREAM, 0, "", NULL, TRANSPORT_FIRST_BYTE_TIMEOUT, FAILURE_TIMEOUT, ""},
    {"a whole stream", DELIVERY_STREAM, 200, EVENTS, PIECE FINISH DONE, TRANSPORT_OK, FAILURE_NONE,
     ""},
    {"a stream that is cut", DELIVERY_STREAM, 200, EVENTS, PIECE, TRANSPORT_OK, FAILURE_PROTOCOL,
     ""},
    {"a stream that breaks off", DELIVERY_STREAM, 200, EVENTS, PIECE, TRANSPORT_RESET,
     FAILURE_NETWORK, ""},
    {"a page in place of a stream", DELIVERY_STREAM, 200, "Content-Type: text/html\r\n", NULL,
     TRANSPORT_TOO_LARGE, FAILURE_PROTOCOL, ""},
    {"a packed stream of an unknown coding", DELIVERY_STREAM, 200,
     EVENTS "Content-Encoding: zstd\r\n", NULL, TRANSPORT_TOO_LARGE, FAILURE_PROTOCOL, ""},
    {"an overloaded provider", DELIVERY_WHOLE, 503, JSON, "{\"error\":{\"message\":\"busy\"}}",
     TRANSPORT_OK, FAILURE_SERVER, "HTTP 503: busy"},
    {"a limit", DELIVERY_WHOLE, 429, JSON, "{}", TRANSPORT_OK, FAILURE_RATE_LIMIT, "HTTP 429"},
    {"a path that an old server lacks", DELIVERY_WHOLE, 404, "", "404 page not found", TRANSPORT_OK,
     FAILURE_MODEL, "it has no such path"},
    {"a model that it lacks", DELIVERY_WHOLE, 404, JSON,
     "{\"error\":{\"message\":\"model x not found\"}}", TRANSPORT_OK, FAILURE_MODEL,
     "model x not found"},
    {"another path is judged by HTTP alone", DELIVERY_PASS, 200, JSON, "{}", TRANSPORT_OK,
     FAILURE_NONE, ""},
    {"another path that is cut", DELIVERY_PASS, 200, JSON, "{", TRANSPORT_TRUNCATED,
     FAILURE_PROTOCOL, ""},
};

static const char *message_of(const struct delivery *of)
{
    return of->told ? of->told->message : "";
}

START_TEST(is_judged)
{
    const struct row *row = &rows[_i];
    begin(row->mode, row->status, row->fields);
    if (row->bytes)
        (void)delivery_bytes(&delivery, text_of(row->bytes));
    delivery_end(&delivery, row->transport, "");
    ck_assert_msg(delivery.result.failure == row->failure, "%s: %s, not %s (%s)", row->name,
                  failure_word(delivery.result.failure), failure_word(row->failure),
                  message_of(&delivery));
    ck_assert_msg(strstr(message_of(&delivery), row->message) != NULL, "%s: %s", row->name,
                  message_of(&delivery));
    ck_assert_msg((row->failure == FAILURE_NONE) == (delivery.told == NULL), "%s: %s", row->name,
                  message_of(&delivery));
}
END_TEST

/* Whole answers that are larger than what is looked at in one go: what has been judged is not
 * looked at again, which shows when it is no JSON any more. */
START_TEST(judges_a_large_answer_as_it_comes)
{
    static char text[64 << 10];
    memset(text, 'x', sizeof(text));
    begin(DELIVERY_WHOLE, 200, JSON);
    ck_assert(delivery_bytes(&delivery, text_of("{\"choices\":[{\"message\":{\"content\":\"")));
    for (int i = 0; i < 32; i++)
        ck_assert(delivery_bytes(&delivery, text_make(text, sizeof(text))));
    memset(delivery.body.data + 100, '\n', (size_t)30 * sizeof(text));
    ck_assert(delivery_bytes(&delivery, text_of("\"}}]}")));
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_msg(delivery.result.failure == FAILURE_NONE, "%s", message_of(&delivery));
    ck_assert_uint_gt(delivery_out(&delivery)->len, 32 * sizeof(text));
}
END_TEST

/* What a stream's client gets, and when. */
START_TEST(holds_a_stream_back_until_content)
{
    begin(DELIVERY_STREAM, 200, EVENTS);
    ck_assert(delivery_bytes(
        &delivery, text_of("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"a\"}}]}\n\n")));
    ck_assert(!delivery.ready);
    ck_assert(delivery_bytes(&delivery, text_of(PIECE)));
    ck_assert(delivery.ready && delivery.heard && !delivery_is_done(&delivery));
    ck_assert(delivery_bytes(&delivery, text_of(FINISH DONE)));
    ck_assert(delivery_is_done(&delivery));
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert(delivery_ends_well(&delivery));
    ck_assert_ptr_nonnull(memmem(delivery_out(&delivery)->data, delivery_out(&delivery)->len,
                                 "[DONE]", strlen("[DONE]")));
}
END_TEST

START_TEST(ends_a_broken_stream_badly)
{
    begin(DELIVERY_STREAM, 200, EVENTS);
    ck_assert(delivery_bytes(&delivery, text_of(PIECE)));
    delivery_end(&delivery, TRANSPORT_RESET, "");
    ck_assert(!delivery_ends_well(&delivery));
    ck_assert_int_eq(delivery.result.transport, TRANSPORT_RESET);
}
END_TEST

static const struct {
    const char *name, *fields, *bytes;
    enum failure failure;
} counts[] = {
    {"a number of tokens", JSON, "{\"input_tokens\": 12, \"more\":1}", FAILURE_NONE},
    {"whatever the type says", "", "{\"input_tokens\":0}", FAILURE_NONE},
    {"a hotel's page", "Content-Type: text/html\r\n", "<html>Sign in</html>", FAILURE_PROTOCOL},
    {"a page that lies", JSON, "<html>", FAILURE_PROTOCOL},
    {"nothing", JSON, "", FAILURE_PROTOCOL},
    {"another object", JSON, "{\"id\":\"x\"}", FAILURE_PROTOCOL},
    {"a text", JSON, "{\"input_tokens\":\"12\"}", FAILURE_PROTOCOL},
    {"less than nothing", JSON, "{\"input_tokens\":-1}", FAILURE_PROTOCOL},
    {"packed as the app knows it", JSON "Content-Encoding: br\r\n", "\x0b\x02", FAILURE_NONE},
};

START_TEST(a_count_is_a_number)
{
    const struct delivery_plan plan = {
        .mode = DELIVERY_PASS, .provider = &provider, .counts = true};
    begin(DELIVERY_PASS, 0, counts[_i].fields);
    delivery_init(&delivery, &plan);
    head.status = 200;
    delivery_head(&delivery, &head);
    ck_assert(delivery_bytes(&delivery, text_of(counts[_i].bytes)));
    ck_assert(!delivery.ready);
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_msg(delivery.result.failure == counts[_i].failure, "%s: %s", counts[_i].name,
                  message_of(&delivery));
}
END_TEST

START_TEST(takes_no_more_of_what_is_unfit)
{
    begin(DELIVERY_STREAM, 200, "Content-Type: text/html\r\n");
    ck_assert_ptr_nonnull(delivery.unfit);
    ck_assert_ptr_null(delivery.relay);
    ck_assert(!delivery_bytes(&delivery, text_of("<html>")));
}
END_TEST

START_TEST(takes_no_more_after_an_error_event)
{
    begin(DELIVERY_STREAM, 200, EVENTS);
    ck_assert(!delivery_bytes(&delivery, text_of("data: {\"error\":{\"message\":\"no\"}}\n\n")));
}
END_TEST

START_TEST(believes_done_more_than_the_wire)
{
    begin(DELIVERY_STREAM, 200, EVENTS);
    ck_assert(delivery_bytes(&delivery, text_of(PIECE FINISH DONE)));
    delivery_end(&delivery, TRANSPORT_TRUNCATED, "");
    ck_assert_int_eq(delivery.result.failure, FAILURE_NONE);
}
END_TEST

START_TEST(puts_events_together_where_an_answer_was_asked_for)
{
    begin(DELIVERY_WHOLE, 200, EVENTS);
    ck_assert(delivery_bytes(&delivery, text_of(PIECE FINISH DONE)));
    ck_assert(!delivery.relay && !delivery.ready);
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_int_eq(delivery.result.failure, FAILURE_NONE);
    ck_assert_ptr_nonnull(strstr(delivery_out(&delivery)->data, "chat.completion\""));
}
END_TEST

/* Other paths: events at once, the rest when it is much. */
START_TEST(lets_events_of_another_path_through)
{
    begin(DELIVERY_PASS, 200, EVENTS);
    ck_assert(delivery_bytes(&delivery, text_of("data: 1\n\n")));
    ck_assert(delivery.ready);
}
END_TEST

START_TEST(holds_an_answer_of_another_path_back)
{
    begin(DELIVERY_PASS, 200, JSON);
    ck_assert(delivery_bytes(&delivery, text_of("{")));
    ck_assert(!delivery.ready);
    char many[4096];
    memset(many, ' ', sizeof(many));
    for (int i = 0; i < 256; i++)
        ck_assert(delivery_bytes(&delivery, text_make(many, sizeof(many))));
    ck_assert(delivery.ready);
}
END_TEST

/* {"error":{"message":"busy"}} in a gzip of one stored block. */
START_TEST(unpacks_a_refusal_of_another_path)
{
    static const unsigned char packed[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x01, 0x1c, 0x00,
        0xe3, 0xff, '{',  '"',  'e',  'r',  'r',  'o',  'r',  '"',  ':',  '{',  '"',
        'm',  'e',  's',  's',  'a',  'g',  'e',  '"',  ':',  '"',  'b',  'u',  's',
        'y',  '"',  '}',  '}',  0x9e, 0xcd, 0xdb, 0x53, 0x1c, 0x00, 0x00, 0x00};
    begin(DELIVERY_PASS, 503, JSON "Content-Encoding: gzip\r\n");
    (void)delivery_bytes(&delivery, text_make((const char *)packed, sizeof(packed)));
    ck_assert(delivery_is_unpacked(&delivery));
    ck_assert_str_eq(delivery_out(&delivery)->data, "{\"error\":{\"message\":\"busy\"}}");
}
END_TEST

START_TEST(leaves_an_answer_of_another_path_packed)
{
    begin(DELIVERY_PASS, 200, JSON "Content-Encoding: gzip\r\n");
    ck_assert(delivery_bytes(&delivery, text_of("\x1f\x8b")));
    ck_assert(!delivery_is_unpacked(&delivery));
    ck_assert_uint_eq(delivery_out(&delivery)->len, 2);
}
END_TEST

START_TEST(says_the_key_to_nobody)
{
    begin(DELIVERY_WHOLE, 401, JSON);
    (void)delivery_bytes(&delivery, text_of("{\"error\":{\"message\":\"bad key sk-secret\"}}"));
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_int_eq(delivery.result.failure, FAILURE_AUTH);
    ck_assert_ptr_null(strstr(message_of(&delivery), key));
    ck_assert_ptr_null(strstr(delivery.told->error.message, key));
    ck_assert_ptr_null(memmem(delivery.body.data, delivery.body.len, key, strlen(key)));
}
END_TEST

START_TEST(says_the_key_of_an_error_event_to_nobody)
{
    begin(DELIVERY_STREAM, 200, EVENTS);
    (void)delivery_bytes(&delivery,
                         text_of("data: {\"error\":{\"message\":\"bad key sk-secret\"}}\n\n"));
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_int_ne(delivery.result.failure, FAILURE_NONE);
    ck_assert_ptr_null(strstr(message_of(&delivery), key));
    ck_assert_ptr_null(strstr(delivery.told->error.message, key));
}
END_TEST

/* A message ends behind 255 bytes: not in the middle of a key. */
START_TEST(says_half_a_key_to_nobody)
{
    for (int before = 230; before < 260; before++) {
        char event[640];
        if (before > 230)
            teardown();
        (void)snprintf(event, sizeof(event),
                       "{\"error\":{\"message\":\"%0*d%s and more\",\"type\":\"%060d%s\"}}", before,
                       0, key, 0, key);
        begin((enum delivery_mode)_i, 200, _i == DELIVERY_WHOLE ? JSON : EVENTS);
        if (_i == DELIVERY_STREAM)
            (void)delivery_bytes(&delivery, text_of("data: "));
        (void)delivery_bytes(&delivery, text_of(event));
        if (_i == DELIVERY_STREAM)
            (void)delivery_bytes(&delivery, text_of("\n\n"));
        delivery_end(&delivery, TRANSPORT_OK, "");
        ck_assert_int_ne(delivery.result.failure, FAILURE_NONE);
        ck_assert_ptr_nonnull(strstr(message_of(&delivery), "000000"));
        ck_assert_msg(!strstr(message_of(&delivery), "0s"), "%s", message_of(&delivery));
        ck_assert_msg(!strstr(delivery.told->error.message, "0s"), "%s",
                      delivery.told->error.message);
        ck_assert_msg(!strstr(delivery.told->error.type, "0s"), "%s", delivery.told->error.type);
    }
}
END_TEST

START_TEST(says_the_key_in_a_detail_to_nobody)
{
    begin(DELIVERY_WHOLE, 0, "");
    delivery_end(&delivery, TRANSPORT_CONNECT, "sk-secret");
    ck_assert_ptr_nonnull(strstr(message_of(&delivery), "refused"));
    ck_assert_ptr_null(strstr(message_of(&delivery), key));
}
END_TEST

/* Whoever packs what nobody asked to have packed does so again. */
START_TEST(expects_an_unknown_coding_again)
{
    begin(DELIVERY_STREAM, 200, EVENTS "Content-Encoding: zstd\r\n");
    delivery_end(&delivery, TRANSPORT_TOO_LARGE, "");
    ck_assert(delivery.result.repeats);
}
END_TEST

START_TEST(reads_the_wait_that_is_named)
{
    begin(DELIVERY_WHOLE, 429, "Retry-After: 7\r\n");
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_int_eq(delivery.result.retry_after_ms, 7000);
}
END_TEST

START_TEST(takes_407_for_the_proxys_word)
{
    provider.proxy = proxy;
    begin(DELIVERY_WHOLE, 407, "");
    delivery_end(&delivery, TRANSPORT_OK, "");
    ck_assert_int_eq(delivery.result.transport, TRANSPORT_PROXY_AUTH);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("delivery");
    TCase *tcase = tcase_create("delivery");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_loop_test(tcase, is_judged, 0, ROWS(rows));
    tcase_add_test(tcase, judges_a_large_answer_as_it_comes);
    tcase_add_test(tcase, holds_a_stream_back_until_content);
    tcase_add_test(tcase, ends_a_broken_stream_badly);
    tcase_add_loop_test(tcase, a_count_is_a_number, 0, ROWS(counts));
    tcase_add_test(tcase, takes_no_more_of_what_is_unfit);
    tcase_add_test(tcase, takes_no_more_after_an_error_event);
    tcase_add_test(tcase, believes_done_more_than_the_wire);
    tcase_add_test(tcase, puts_events_together_where_an_answer_was_asked_for);
    tcase_add_test(tcase, lets_events_of_another_path_through);
    tcase_add_test(tcase, holds_an_answer_of_another_path_back);
    tcase_add_test(tcase, unpacks_a_refusal_of_another_path);
    tcase_add_test(tcase, leaves_an_answer_of_another_path_packed);
    tcase_add_test(tcase, says_the_key_to_nobody);
    tcase_add_test(tcase, says_the_key_of_an_error_event_to_nobody);
    tcase_add_loop_test(tcase, says_half_a_key_to_nobody, 0, DELIVERY_PASS);
    tcase_add_test(tcase, says_the_key_in_a_detail_to_nobody);
    tcase_add_test(tcase, expects_an_unknown_coding_again);
    tcase_add_test(tcase, reads_the_wait_that_is_named);
    tcase_add_test(tcase, takes_407_for_the_proxys_word);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
