/* What is kept of an exchange, and how it is told. */
#include "history_case.h"
#include "ledger/exchange_record.h"

static struct exchange_record record;

static void check_told(const char *wanted)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    struct jsonwrite w = jsonwrite_to(&out);
    exchange_record_write(&record, &w, NULL);
    ck_assert_int_eq(w.r, 0);
    ck_assert_str_eq(out.data, wanted);
    buf_done(&out);
}

static void begin(void)
{
    memset(&record, 'x', sizeof(record));
    exchange_record_init(&record);
}

START_TEST(tells_what_is_known)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history history;
    const struct history_row rows[HISTORY_ROWS_MAX] = {
        {.name = "one",
         .failure = FAILURE_RATE_LIMIT,
         .status = 429,
         .model = "m",
         .key = 2,
         .message = "secret words of the provider"},
        {.name = "two", .failure = FAILURE_SKIPPED, .skip = ROUTE_SKIP_OFFLINE, .message = "off"},
        {.name = "ollama", .status = 200, .model = "small", .message = ""}};
    history_case_read(&loaded, rows, &history);
    history_note_pause(&history, config_case_provider(&loaded, "one"), 250);
    history_note_reason(&history, config_case_provider(&loaded, "one"), "attempts");
    history_note_end(&history, config_case_provider(&loaded, "ollama"), 900);
    history.at[2].start_ms = 300;
    history.at[2].queued_ms = 20;
    history.at[2].hedge = true;
    memcpy(record.id, "0123456789abcdef", 17);
    record.begun_at_ms = INT64_C(1795932000042);
    record.duration_ms = 1200;
    record.ttft_ms = 400;
    record.status = 200;
    record.stream = record.local = true;
    record.fallback = "rate_limit";
    record.completion_tokens = 0;
    record.path = exchange_record_keep(&record, text_of("/v1/chat/completions"));
    record.asked = exchange_record_keep(&record, text_of("m"));
    record.provider = exchange_record_keep(&record, text_of("ollama"));
    record.model = exchange_record_keep(&record, text_of("small"));
    exchange_record_attempts(&record, &history, "policy");
    history_done(&history);
    config_case_done(&loaded);
    check_told("{\"id\":\"0123456789abcdef\",\"time\":\"2026-11-29T06:00:00.042Z\","
               "\"path\":\"/v1/chat/completions\",\"asked\":\"m\",\"client\":null,"
               "\"provider\":\"ollama\",\"model\":\"small\",\"class\":\"ok\",\"status\":200,"
               "\"stream\":true,\"local\":true,\"fallback\":\"rate_limit\",\"ttft_ms\":400,"
               "\"duration_ms\":1200,\"prompt_tokens\":null,\"completion_tokens\":0,"
               "\"cached_tokens\":null,\"tool_calls\":0,\"attempts\":["
               "{\"provider\":\"one\",\"model\":\"m\",\"key\":2,\"status\":429,\"class\":"
               "\"rate_limit\",\"start_ms\":0,\"ms\":7,\"wait_ms\":250,\"queued_ms\":0,\"hedge\":"
               "false,\"reason\":\"attempts\"},"
               "{\"provider\":\"two\",\"model\":null,\"key\":null,\"status\":null,\"class\":"
               "\"skipped-offline\",\"start_ms\":0,\"ms\":7,\"wait_ms\":0,\"queued_ms\":0,"
               "\"hedge\":false,\"reason\":\"offline\"},"
               "{\"provider\":\"ollama\",\"model\":\"small\",\"key\":null,\"status\":200,"
               "\"class\":\"policy\",\"start_ms\":300,\"ms\":900,\"wait_ms\":0,\"queued_ms\":20,"
               "\"hedge\":true,\"reason\":null}],\"attempts_left_out\":0,\"tools\":[]}");
}
END_TEST

/* Of several rounds all attempts are told, those before the last one as the answers they were. */
START_TEST(tells_rounds_and_tools)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history before, history;
    struct tool_notes notes = {0};
    struct buf out;
    const struct history_row first[HISTORY_ROWS_MAX] = {
        {.name = "one", .failure = FAILURE_SERVER, .status = 500, .message = ""},
        {.name = "two", .status = 200, .message = ""}};
    const struct history_row last[HISTORY_ROWS_MAX] = {
        {.name = "two", .status = 200, .message = ""}};
    history_case_read(&loaded, first, &before);
    history_case_read(&loaded, last, &history);
    history.before = &before;
    exchange_record_attempts(&record, &history, "policy");
    ck_assert_uint_eq(record.attempt_count, 3);
    ck_assert_str_eq(record.attempts[0].class, "server");
    ck_assert_str_eq(record.attempts[1].class, "ok");
    ck_assert_str_eq(record.attempts[2].class, "policy");
    for (size_t i = 0; i < EXCHANGE_RECORD_TOOLS + 1; i++) {
        const struct tool_note note = {.name = (char *)(uintptr_t) "weather__today",
                                       .start_ms = 3,
                                       .ms = 40,
                                       .end = i ? TOOL_TIMEOUT : TOOL_OK};
        ck_assert_int_eq(tool_notes_add(&notes, &note), 0);
    }
    exchange_record_tools(&record, &notes);
    ck_assert_uint_eq(record.tool_count, EXCHANGE_RECORD_TOOLS);
    buf_init(&out, EXCHANGE_RECORD_JSON_MAX);
    struct jsonwrite w = jsonwrite_to(&out);
    exchange_record_write(&record, &w, NULL);
    ck_assert_int_eq(w.r, 0);
    ck_assert_ptr_nonnull(strstr(out.data, "\"tools\":[{\"name\":\"weather__today\",\"start_ms\":"
                                           "3,\"ms\":40,\"ok\":true,\"end\":\"ok\"},{\"name\":"
                                           "\"weather__today\",\"start_ms\":3,\"ms\":40,\"ok\":"
                                           "false,\"end\":\"timeout\"}"));
    buf_done(&out);
    tool_notes_done(&notes);
    history_done(&before);
    history_done(&history);
    config_case_done(&loaded);
}
END_TEST

/* Names come from apps: each takes a bounded part, in whole characters. */
START_TEST(cuts_long_names)
{
    char ascii[5000], wide[5000];
    memset(ascii, 'a', sizeof(ascii));
    for (size_t i = 0; i + 3 <= sizeof(wide); i += 3)
        memcpy(wide + i, "\xe2\x82\xac", 3);
    exchange_record_name one = exchange_record_keep(&record, text_make(ascii, sizeof(ascii)));
    ck_assert_uint_eq(strlen(record.names + one), EXCHANGE_RECORD_NAME_MAX);
    exchange_record_name two = exchange_record_keep(&record, text_make(wide, 4998));
    ck_assert_uint_eq(strlen(record.names + two), 198);
    /* what is no UTF-8 is cut anywhere */
    memset(ascii, '\x80', sizeof(ascii));
    exchange_record_name three = exchange_record_keep(&record, text_make(ascii, sizeof(ascii)));
    ck_assert_uint_eq(strlen(record.names + three), EXCHANGE_RECORD_NAME_MAX);
}
END_TEST

START_TEST(keeps_a_name_once_and_what_fits)
{
    char name[EXCHANGE_RECORD_NAME_MAX + 1];
    ck_assert_uint_eq(exchange_record_keep(&record, text_of("")), 0);
    exchange_record_name first = exchange_record_keep(&record, text_of("abc"));
    ck_assert_uint_gt(first, 0);
    ck_assert_uint_eq(exchange_record_keep(&record, text_of("abc")), first);
    ck_assert_uint_ne(exchange_record_keep(&record, text_of("ab")), first);
    ck_assert_uint_ne(exchange_record_keep(&record, text_of("bc")), first + 1);
    size_t kept = 0;
    memset(name, 'n', sizeof(name));
    for (int i = 0; i < 100; i++) {
        name[0] = (char)(' ' + i % 90);
        name[1] = (char)('a' + i / 90);
        if (exchange_record_keep(&record, text_make(name, EXCHANGE_RECORD_NAME_MAX)) == 0)
            break;
        kept++;
    }
    ck_assert_uint_ge(kept, 9);
    ck_assert_uint_lt(kept, 11);
    ck_assert_uint_le(exchange_record_size(&record), sizeof(record));
}
END_TEST

START_TEST(leaves_out_the_middle)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history history = {0};
    for (int i = 0; i < 40; i++) {
        const struct history_entry entry = {.provider = config_case_provider(&loaded, "one"),
                                            .failure = i < 39 ? FAILURE_SERVER : FAILURE_NONE,
                                            .start_ms = i};
        ck_assert_int_eq(history_add(&history, &entry), 0);
    }
    history.at[39].ms = INT64_C(1) << 40; /* more than is kept */
    exchange_record_attempts(&record, &history, "ok");
    history_done(&history);
    config_case_done(&loaded);
    ck_assert_uint_eq(record.attempt_count, EXCHANGE_RECORD_ATTEMPTS);
    ck_assert_uint_eq(record.attempts_left_out, 16);
    ck_assert_int_eq(record.attempts[11].start_ms, 11);
    ck_assert_int_eq(record.attempts[12].start_ms, 28);
    ck_assert_int_eq(record.attempts[23].start_ms, 39);
    ck_assert_int_eq(record.attempts[23].ms, INT32_MAX);
    ck_assert_str_eq(record.attempts[23].class, "ok");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("exchange_record");
    TCase *tc = tcase_create("exchange_record");
    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, tells_what_is_known);
    tcase_add_test(tc, tells_rounds_and_tools);
    tcase_add_test(tc, cuts_long_names);
    tcase_add_test(tc, keeps_a_name_once_and_what_fits);
    tcase_add_test(tc, leaves_out_the_middle);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
