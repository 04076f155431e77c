/* Both framings by the same calls, cut at every byte. */
#include "answer/frames.h"
#include "unit.h"

static const struct {
    const char *name;
    enum dialect_framing framing;
    const char *in;
    const char *seen; /* of each event "name=data|raw;", "-" for no data */
    const char *rest; /* of the last one, closed; NULL = nothing is left */
    size_t came;
} rows[] = {
    {"events", DIALECT_SSE, "event: a\ndata: 1\n\ndata: 2\r\n\r\n",
     "a=1|event: a\ndata: 1\n\n;=2|data: 2\r\n\r\n;", NULL, 0},
    {"an event without data", DIALECT_SSE, ": hi\n\n", "=-|: hi\n\n;", NULL, 0},
    {"an event with empty data", DIALECT_SSE, "data:\n\n", "=|data:\n\n;", NULL, 0},
    {"a last event without its blank line", DIALECT_SSE, "data: 1\n", "", "=1|data: 1\n\n;", 8},
    {"one without its line end", DIALECT_SSE, "data: 1", "", "=1|data: 1\n\n;", 7},
    {"lines", DIALECT_NDJSON, "{}\n\r\n[1]\r\n", "={}|{}\n;=[1]|[1]\r\n;", NULL, 0},
    {"a last line without its end", DIALECT_NDJSON, "{}\n[", "={}|{}\n;", "=[|[\n;", 1},
    {"nothing", DIALECT_NDJSON, "", "", NULL, 0},
};

static void see(const struct frame *frame, struct buf *seen)
{
    struct text data = frame->event.data.at ? frame->event.data : text_of("-");
    ck_assert_int_eq(buf_printf(seen, "%.*s=%.*s|%.*s;", TEXT_ARG(frame->event.name),
                                TEXT_ARG(data), TEXT_ARG(frame->raw)),
                     0);
}

static void run(int i, size_t cut)
{
    struct frames frames;
    struct frame frame;
    struct answer_facts facts = answer_facts_none();
    struct text in = text_of(rows[i].in), parts[] = {text_make(in.at, cut), text_skip(in, cut)};
    struct buf seen;
    size_t came = 0;
    buf_init(&seen, 1000);
    frames_init(&frames, rows[i].framing, 1000);
    for (int p = 0; p < 2; p++)
        while (parts[p].len) {
            ck_assert(frames_push(&frames, &parts[p], &facts));
            while (frames_next(&frames, &frame))
                see(&frame, &seen);
        }
    ck_assert_msg(text_equals(buf_text(&seen), rows[i].seen), "%s, cut at %zu: %s", rows[i].name,
                  cut, seen.data);
    buf_reset(&seen);
    bool left = frames_close(&frames, &frame, &came);
    ck_assert_msg(left == (rows[i].rest != NULL), "%s, cut at %zu", rows[i].name, cut);
    if (left) {
        see(&frame, &seen);
        ck_assert_msg(text_equals(buf_text(&seen), rows[i].rest), "%s: %s", rows[i].name,
                      seen.data);
        ck_assert_uint_eq(came, rows[i].came);
    }
    frames_done(&frames);
    buf_done(&seen);
}

START_TEST(events_are_the_same_wherever_the_stream_is_cut)
{
    for (size_t cut = 0; cut <= strlen(rows[_i].in); cut++)
        run(_i, cut);
}
END_TEST

static const struct {
    enum dialect_framing framing;
    const char *in;
    const char *message;
} endless[] = {
    {DIALECT_SSE, "data: 123456789", "an event that is too large"},
    {DIALECT_NDJSON, "[1,2,3,4,5,6,7,8,9]", "a line that is too long"},
};

START_TEST(what_never_ends_is_told)
{
    struct frames frames;
    struct answer_facts facts = answer_facts_none();
    struct text in = text_of(endless[_i].in);
    frames_init(&frames, endless[_i].framing, 10);
    ck_assert(!frames_push(&frames, &in, &facts));
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(facts.error.message, endless[_i].message));
    frames_done(&frames);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("frames");
    TCase *tc = tcase_create("frames");
    tcase_add_loop_test(tc, events_are_the_same_wherever_the_stream_is_cut, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_never_ends_is_told, 0, ROWS(endless));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
