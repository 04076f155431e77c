/* An attempt with a pretended upstream: its limits of time, its phases, its end. */
#include <string.h>

#include "dialect/dialect.h"
#include "exchange/attempt.h"
#include "pretend.h"
#include "unit.h"

#define FIRST_MS 1000
#define IDLE_MS  300

#define PIECE  "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n"
#define FINISH "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE   "data: [DONE]\n\n"

static char name[] = "cloud", base_url[] = "https://cloud.example/v1";
static struct config_provider provider = {
    .kind = &kind_openai, .name = name, .base_url = base_url, .idle_timeout_ms = IDLE_MS};
static struct means means = {.loop = &loop, .upstream = &wire};
static struct attempt *attempt;
static int told;

static void on_changed(void *arg)
{
    (void)arg;
    told++;
}

static void setup(void)
{
    pretend_begin();
    settle();
    told = 0;
    const struct attempt_plan plan = {
        .means = &means,
        .delivery = {.mode = DELIVERY_STREAM,
                     .provider = &provider,
                     .relay = {.app = &dialect_openai, .from = &dialect_openai}},
        .method = "POST",
        .url = base_url,
        .first_limit_ms = FIRST_MS,
        .changed = on_changed};
    attempt = attempt_start(&plan);
}

static void teardown(void)
{
    attempt_free(attempt);
    pretend_end();
}

static enum transport ended_by(void)
{
    settle();
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_ENDED);
    return attempt_result(attempt)->transport;
}

START_TEST(waits_for_content_until_the_first_limit)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    pass_ms(FIRST_MS - 1);
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_RUNNING);
    pass_ms(1);
    ck_assert_int_eq(ended_by(), TRANSPORT_FIRST_BYTE_TIMEOUT);
    ck_assert(call_now()->stopped && call_now()->doubted);
    ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(waits_between_bytes_until_the_other)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), PIECE);
    pass_ms(IDLE_MS - 1);
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_READY);
    (void)send_bytes(call_now(), PIECE);
    pass_ms(IDLE_MS - 1);
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_READY);
    pass_ms(1);
    ck_assert_int_eq(ended_by(), TRANSPORT_IDLE_TIMEOUT);
}
END_TEST

START_TEST(is_ready_with_content_and_not_before)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), ": a comment\n\n");
    settle();
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_RUNNING);
    ck_assert_int_eq(told, 0);
    (void)send_bytes(call_now(), PIECE);
    settle();
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_READY);
    ck_assert_int_eq(told, 1);
}
END_TEST

/* Nobody waits for the last chunk of the body; but the connection is not cut for that. */
START_TEST(ends_with_done_and_leaves_the_call)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), PIECE FINISH DONE);
    settle();
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_ENDED);
    ck_assert_int_eq(attempt_result(attempt)->failure, FAILURE_NONE);
    ck_assert(call_now()->left && !call_now()->stopped);
}
END_TEST

START_TEST(takes_a_page_off_the_wire_at_once)
{
    send_head(call_now(), 200, "Content-Type: text/html\r\n");
    ck_assert(is_open(call_now()));
    settle();
    ck_assert_int_eq(ended_by(), TRANSPORT_MALFORMED);
    ck_assert(call_now()->stopped);
}
END_TEST

/* What there is to read now, up to max bytes of it, into out. */
static enum reply_more read_some(char *out, size_t max, size_t *ret_len)
{
    struct text bytes = text_of("");
    enum reply_more more = attempt_look(attempt, &bytes);
    if (more != REPLY_BYTES)
        return more;
    *ret_len = bytes.len < max ? bytes.len : max;
    memcpy(out, bytes.at, *ret_len);
    attempt_take(attempt, *ret_len);
    return REPLY_BYTES;
}

/* Of a reader that is slow the provider is no longer read, and its silence is not its own. */
START_TEST(pauses_for_a_slow_reader)
{
    static char piece[8192];
    char out[65536];
    size_t len;
    (void)snprintf(piece, sizeof(piece),
                   "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%08000d\"}}]}\n\n",
                   0);
    send_head(call_now(), 200, EVENTS_TYPE);
    int sent = 0;
    while (send_bytes(call_now(), piece) == UPSTREAM_TAKEN)
        ck_assert_int_lt(++sent, 16);
    pass_ms(3 * IDLE_MS);
    pass_ms(3 * IDLE_MS);
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_READY);
    ck_assert_int_eq(read_some(out, 1024, &len), REPLY_BYTES);
    settle();
    ck_assert(!call_now()->unpaused);
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_BYTES);
    settle();
    ck_assert(call_now()->unpaused);
    pass_ms(IDLE_MS);
    ck_assert_int_eq(ended_by(), TRANSPORT_IDLE_TIMEOUT);
}
END_TEST

START_TEST(is_read_to_its_end)
{
    char out[4096];
    size_t len;
    send_head(call_now(), 200, EVENTS_TYPE);
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_WAIT);
    (void)send_bytes(call_now(), PIECE FINISH DONE);
    settle();
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_BYTES);
    ck_assert_uint_eq(len, strlen(PIECE FINISH DONE));
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_END);
}
END_TEST

START_TEST(is_read_to_its_break)
{
    char out[4096];
    size_t len;
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), PIECE);
    send_end(call_now(), TRANSPORT_RESET);
    attempt_break(attempt);
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_BYTES);
    ck_assert_ptr_nonnull(memmem(out, len, "\"error\"", strlen("\"error\"")));
    ck_assert_int_eq(read_some(out, sizeof(out), &len), REPLY_BROKEN);
}
END_TEST

START_TEST(says_nothing_when_it_is_cancelled)
{
    attempt_cancel(attempt);
    pass_ms(2 * FIRST_MS);
    ck_assert_int_eq(told, 0);
    ck_assert_int_eq(attempt_phase(attempt), ATTEMPT_ENDED);
    ck_assert_int_eq(attempt_result(attempt)->failure, FAILURE_CANCELLED);
    ck_assert(call_now()->stopped);
}
END_TEST

/* Apps hang up at [DONE], in the turn in which it came. */
START_TEST(is_whole_when_it_is_cancelled_after_done)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), PIECE FINISH DONE);
    attempt_commit(attempt);
    attempt_cancel(attempt);
    ck_assert_int_eq(attempt_result(attempt)->failure, FAILURE_NONE);
    ck_assert(call_now()->left && !call_now()->stopped);
}
END_TEST

START_TEST(doubts_a_path_that_was_silent_when_it_is_outrun)
{
    attempt_outrun(attempt);
    ck_assert(call_now()->doubted && call_now()->stopped);
}
END_TEST

START_TEST(doubts_no_path_that_has_answered)
{
    send_head(call_now(), 200, EVENTS_TYPE);
    attempt_outrun(attempt);
    ck_assert(!call_now()->doubted && call_now()->stopped);
}
END_TEST

START_TEST(tells_that_it_was_aborted)
{
    attempt_abort(attempt, TRANSPORT_DEADLINE);
    ck_assert_int_eq(told, 0);
    ck_assert_int_eq(ended_by(), TRANSPORT_DEADLINE);
    ck_assert_int_eq(told, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("attempt");
    TCase *tcase = tcase_create("attempt");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, waits_for_content_until_the_first_limit);
    tcase_add_test(tcase, waits_between_bytes_until_the_other);
    tcase_add_test(tcase, is_ready_with_content_and_not_before);
    tcase_add_test(tcase, ends_with_done_and_leaves_the_call);
    tcase_add_test(tcase, takes_a_page_off_the_wire_at_once);
    tcase_add_test(tcase, pauses_for_a_slow_reader);
    tcase_add_test(tcase, is_read_to_its_end);
    tcase_add_test(tcase, is_read_to_its_break);
    tcase_add_test(tcase, says_nothing_when_it_is_cancelled);
    tcase_add_test(tcase, is_whole_when_it_is_cancelled_after_done);
    tcase_add_test(tcase, doubts_a_path_that_was_silent_when_it_is_outrun);
    tcase_add_test(tcase, doubts_no_path_that_has_answered);
    tcase_add_test(tcase, tells_that_it_was_aborted);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
