/* Event framing: the same events at every split, and no byte lost or changed. */
#include <errno.h>

#include "http/sse.h"
#include "unit.h"

#define EVENTS_MAX    8
#define EVENT_NO_DATA "(none)"

struct expected {
    const char *name;
    const char *data; /* EVENT_NO_DATA = has none */
};

static const struct {
    const char *name;
    const char *stream;
    struct expected events[EVENTS_MAX]; /* data NULL = end */
    const char *rest;
} rows[] = {
    {"one event", "data: a\n\n", {{"", "a"}}, ""},
    {"two events", "data: a\n\ndata: b\n\n", {{"", "a"}, {"", "b"}}, ""},
    {"lines that end in CR LF", "data: a\r\n\r\ndata: b\r\n\r\n", {{"", "a"}, {"", "b"}}, ""},
    {"lines that end in CR", "data: a\r\rdata: b\r\r", {{"", "a"}, {"", "b"}}, ""},
    {"mixed line ends",
     "data: a\n\r\ndata: b\r\n\ndata: c\r\n\r\n",
     {{"", "a"}, {"", "b"}, {"", "c"}},
     ""},
    {"a CR and a CR LF end two lines", "data: a\r\r\ndata: b\n\n", {{"", "a"}, {"", "b"}}, ""},
    {"no blank behind the colon", "data:a\n\n", {{"", "a"}}, ""},
    {"only one blank belongs to the prefix", "data:  a \n\n", {{"", " a "}}, ""},
    {"a TAB does not", "data:\ta\n\n", {{"", "\ta"}}, ""},
    {"several data lines", "data: a\ndata: b\ndata:c\n\n", {{"", "a\nb\nc"}}, ""},
    {"several data lines with CR LF", "data: a\r\ndata: b\r\n\r\n", {{"", "a\nb"}}, ""},
    {"empty data lines among others", "data\ndata: b\ndata:\n\n", {{"", "\nb\n"}}, ""},
    {"two events of several lines",
     "data: a\ndata: b\n\ndata: c\ndata: d\n\n",
     {{"", "a\nb"}, {"", "c\nd"}},
     ""},
    {"a field without a colon", "data\n\n", {{"", ""}}, ""},
    {"data with nothing in it", "data:\n\n", {{"", ""}}, ""},
    {"a name", "event: error\ndata: {}\n\n", {{"error", "{}"}}, ""},
    {"the last name counts", "event: a\ndata: x\nevent: b\n\n", {{"b", "x"}}, ""},
    {"a name lasts for its event only",
     "event: a\ndata: x\n\ndata: y\n\n",
     {{"a", "x"}, {"", "y"}},
     ""},
    {"id and retry are passed over", "id: 7\nretry: 100\ndata: x\n\n", {{"", "x"}}, ""},
    {"a comment before the data", ": ping\ndata: x\n\n", {{"", "x"}}, ""},
    {"a comment alone", ": ping\n\ndata: x\n\n", {{"", EVENT_NO_DATA}, {"", "x"}}, ""},
    {"a name alone", "event: ping\n\n", {{"ping", EVENT_NO_DATA}}, ""},
    {"blank lines too many",
     "\n\ndata: x\n\n\n",
     {{"", EVENT_NO_DATA}, {"", EVENT_NO_DATA}, {"", "x"}, {"", EVENT_NO_DATA}},
     ""},
    {"a BOM",
     "\xef\xbb\xbf"
     "data: x\n\n",
     {{"", "x"}},
     ""},
    {"a BOM and a blank line",
     "\xef\xbb\xbf\n"
     "data: x\n\n",
     {{"", EVENT_NO_DATA}, {"", "x"}},
     ""},
    {"a BOM with CR LF",
     "\xef\xbb\xbf\r\n\r\ndata: x\r\n\r\n",
     {{"", EVENT_NO_DATA}, {"", EVENT_NO_DATA}, {"", "x"}},
     ""},
    {"a second BOM is part of a field's name",
     "\xef\xbb\xbf\xef\xbb\xbf"
     "data: x\n\ndata: y\n\n",
     {{"", EVENT_NO_DATA}, {"", "y"}},
     ""},
    {"a BOM is one at the start only",
     "data: x\n\n\xef\xbb\xbf"
     "data: y\n\n",
     {{"", "x"}, {"", EVENT_NO_DATA}},
     ""},
    {"half a BOM is none",
     "\xef\xbb"
     "data: x\n\ndata: y\n\n",
     {{"", EVENT_NO_DATA}, {"", "y"}},
     ""},
    {"a longer field name is another", "data2: x\ndat: y\ndata : z\n\n", {{"", EVENT_NO_DATA}}, ""},
    {"another case is another field", "Data: x\n\n", {{"", EVENT_NO_DATA}}, ""},
    {"a colon in the value", "data: a: b\n\n", {{"", "a: b"}}, ""},
    {"bytes that are no UTF-8", "data: \xff\xfe\n\n", {{"", "\xff\xfe"}}, ""},
    {"an event that never ends", "data: a\n\ndata: b\n", {{"", "a"}}, "data: b\n"},
    {"a line that never ends", "data: a\n\ndata: [DO", {{"", "a"}}, "data: [DO"},
    {"nothing", "", {{NULL, NULL}}, ""},
};

/* What came out of one run over a stream. */
struct seen {
    struct buf raw; /* of all events, and the rest */
    size_t count;
    char name[EVENTS_MAX][32];
    char data[EVENTS_MAX][32];
};

static void copy_text(char out[32], struct text text)
{
    ck_assert_uint_lt(text.len, 32);
    memcpy(out, text.at, text.len);
    out[text.len] = '\0';
}

static void drain(struct sse *sse, struct seen *seen)
{
    struct sse_event event;
    while (sse_next(sse, &event)) {
        ck_assert_uint_lt(seen->count, EVENTS_MAX);
        copy_text(seen->name[seen->count], event.name);
        copy_text(seen->data[seen->count], event.has_data ? event.data : text_of(EVENT_NO_DATA));
        ck_assert_int_eq(buf_append_text(&seen->raw, event.raw), 0);
        seen->count++;
    }
}

static void expect(const struct seen *seen, int row, const char *how, size_t at)
{
    size_t n = 0;
    for (; n < EVENTS_MAX && rows[row].events[n].data; n++) {
        ck_assert_msg(n < seen->count, "%s, %s %zu: %zu events", rows[row].name, how, at,
                      seen->count);
        ck_assert_msg(strcmp(seen->name[n], rows[row].events[n].name) == 0 &&
                          strcmp(seen->data[n], rows[row].events[n].data) == 0,
                      "%s, %s %zu: event %zu is '%s' '%s'", rows[row].name, how, at, n,
                      seen->name[n], seen->data[n]);
    }
    ck_assert_msg(n == seen->count, "%s, %s %zu: %zu events", rows[row].name, how, at, seen->count);
    ck_assert_msg(text_equals(buf_text(&seen->raw), rows[row].stream), "%s, %s %zu: bytes changed",
                  rows[row].name, how, at);
}

/* Pushes the stream in pieces: one of `first` bytes, then pieces of `step` bytes. */
static void run(int row, size_t first, size_t step, bool drain_late)
{
    struct text left = text_of(rows[row].stream);
    struct sse sse;
    struct seen seen = {.count = 0};
    sse_init(&sse, 200);
    buf_init(&seen.raw, 1000);
    for (size_t n = first; left.len > 0 || n == 0; n = step) {
        size_t size = n < left.len ? n : left.len;
        ck_assert_int_eq(sse_push(&sse, text_make(left.at, size)), 0);
        left = text_skip(left, size);
        if (!drain_late)
            drain(&sse, &seen);
    }
    drain(&sse, &seen);
    ck_assert_msg(text_equals(sse_rest(&sse), rows[row].rest), "%s: rest", rows[row].name);
    ck_assert_int_eq(buf_append_text(&seen.raw, sse_rest(&sse)), 0);
    expect(&seen, row, drain_late ? "taken at the end, split at" : "split at", first);
    buf_done(&seen.raw);
    sse_done(&sse);
}

START_TEST(events_are_the_same_at_every_split)
{
    size_t len = strlen(rows[_i].stream);
    for (size_t split = 0; split <= len; split++)
        run(_i, split, len + 1, false);
}
END_TEST

START_TEST(events_are_the_same_byte_by_byte)
{
    run(_i, 1, 1, false);
}
END_TEST

START_TEST(events_may_be_taken_late)
{
    run(_i, 1, 1, true);
    run(_i, 3, 4, true);
}
END_TEST

/* Lines are searched in blocks of some hundred bytes. */
START_TEST(line_ends_are_found_wherever_they_stand)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t len = 490; len < 1540; len++) {
        struct sse sse;
        struct sse_event event;
        struct buf stream;
        const char *end = ends[len % 3];
        sse_init(&sse, 4096);
        buf_init(&stream, 4096);
        ck_assert_int_eq(buf_append_string(&stream, "data:"), 0);
        while (stream.len < len)
            ck_assert_int_eq(buf_append_string(&stream, "x"), 0);
        ck_assert_int_eq(buf_printf(&stream, "%sdata:y%s%s", end, end, end), 0);
        ck_assert_int_eq(sse_push(&sse, buf_text(&stream)), 0);
        ck_assert(sse_next(&sse, &event) && event.data.len == len - strlen("data:") + 2);
        ck_assert(text_ends(event.data, "x\ny"));
        ck_assert_uint_eq(event.raw.len, stream.len);
        buf_done(&stream);
        sse_done(&sse);
    }
}
END_TEST

START_TEST(a_cr_stream_is_not_held_back)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 100);
    ck_assert_int_eq(sse_push(&sse, text_of("data: a\r\r")), 0);
    ck_assert(sse_next(&sse, &event));
    ck_assert(text_equals(event.data, "a"));
    ck_assert(!sse_next(&sse, &event));
    ck_assert_uint_eq(sse_rest(&sse).len, 0);
    sse_done(&sse);
}
END_TEST

START_TEST(a_crlf_event_keeps_its_last_byte)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 100);
    ck_assert_int_eq(sse_push(&sse, text_of("data: a\r\n\r")), 0);
    ck_assert(!sse_next(&sse, &event));
    ck_assert_int_eq(sse_push(&sse, text_of("\n")), 0);
    ck_assert(sse_next(&sse, &event));
    ck_assert(text_equals(event.raw, "data: a\r\n\r\n"));
    ck_assert_uint_eq(sse_rest(&sse).len, 0);
    sse_done(&sse);
}
END_TEST

START_TEST(an_lf_that_comes_late_is_no_event)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 100);
    ck_assert_int_eq(sse_push(&sse, text_of("data: a\n\r")), 0);
    ck_assert(sse_next(&sse, &event));
    ck_assert_int_eq(sse_push(&sse, text_of("\n")), 0);
    ck_assert(!sse_next(&sse, &event));
    ck_assert_int_eq(sse_push(&sse, text_of("data: b\n\n")), 0);
    ck_assert(sse_next(&sse, &event));
    ck_assert(text_equals(event.data, "b") && text_equals(event.raw, "\ndata: b\n\n"));
    ck_assert(!sse_next(&sse, &event));
    sse_done(&sse);
}
END_TEST

START_TEST(an_event_may_be_as_large_as_allowed)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 9);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(sse_push(&sse, text_of("data: a\n\ndata: b\n\n")), 0);
        ck_assert(sse_next(&sse, &event) && sse_next(&sse, &event) && !sse_next(&sse, &event));
    }
    sse_done(&sse);
}
END_TEST

static const struct {
    const char *name;
    const char *first;
    const char *second;
    int r_first;
} large[] = {
    {"an event that does not end", "data: a234", "", -EMSGSIZE},
    {"an event that grows", "data: a", "234", 0},
    {"a whole event", "data: ab\n\n", "", -EMSGSIZE},
    {"a whole event in two pieces", "data: ab\n", "\n", 0},
    {"a comment", ":123456789", "", -EMSGSIZE},
};

START_TEST(an_event_too_large_is_told_and_not_given_out)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 9);
    ck_assert_msg(sse_push(&sse, text_of(large[_i].first)) == large[_i].r_first, "%s",
                  large[_i].name);
    ck_assert(!sse_next(&sse, &event));
    ck_assert_int_eq(sse_push(&sse, text_of(large[_i].second)), -EMSGSIZE);
    ck_assert(!sse_next(&sse, &event));
    ck_assert_int_eq(sse_push(&sse, text_of("\n\n")), -EMSGSIZE);
    sse_done(&sse);
}
END_TEST

START_TEST(an_event_too_large_behind_a_small_one_is_told_later)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 9);
    ck_assert_int_eq(sse_push(&sse, text_of("data: a\n\ndata: too large\n\n")), 0);
    ck_assert(sse_next(&sse, &event));
    ck_assert(text_equals(event.data, "a"));
    ck_assert(!sse_next(&sse, &event));
    ck_assert(text_equals(sse_rest(&sse), "data: too large\n\n"));
    ck_assert_int_eq(sse_push(&sse, text_of("")), -EMSGSIZE);
    sse_done(&sse);
}
END_TEST

START_TEST(many_events_in_many_pieces_keep_the_memory_small)
{
    static const char event_bytes[] =
        "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
    struct sse sse;
    struct sse_event event;
    size_t count = 0;
    sse_init(&sse, 4096);
    for (size_t i = 0; i < 20000; i++) {
        size_t cut = i % sizeof(event_bytes);
        ck_assert_int_eq(sse_push(&sse, text_make(event_bytes, cut)), 0);
        ck_assert_int_eq(sse_push(&sse, text_of(event_bytes + cut)), 0);
        while (sse_next(&sse, &event))
            count++;
    }
    ck_assert_uint_eq(count, 20000);
    ck_assert_uint_le(sse.pending.cap, 256);
    sse_done(&sse);
    sse_done(NULL);
}
END_TEST

static const struct {
    const char *name;
    const char *bytes;
    bool begins;
} beginnings[] = {
    {"a line of data", "data: {}", true},
    {"the name of an event", "event: x", true},
    {"an id", "id: 1", true},
    {"a time", "retry: 10", true},
    {"a comment", ": ping", true},
    {"in capitals, as some servers write", "Data: {}", true},
    {"JSON", "{\"data\":1}", false},
    {"a word that begins so", "database: x", false},
    {"a field cut off", "dat", false},
    {"nothing", "", false},
};

START_TEST(an_event_is_known_by_its_first_line)
{
    ck_assert_msg(sse_begins(text_of(beginnings[_i].bytes)) == beginnings[_i].begins, "%s",
                  beginnings[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sse");
    TCase *tc = tcase_create("sse");
    tcase_add_loop_test(tc, events_are_the_same_at_every_split, 0, ROWS(rows));
    tcase_add_loop_test(tc, events_are_the_same_byte_by_byte, 0, ROWS(rows));
    tcase_add_loop_test(tc, events_may_be_taken_late, 0, ROWS(rows));
    tcase_add_test(tc, line_ends_are_found_wherever_they_stand);
    tcase_add_test(tc, a_cr_stream_is_not_held_back);
    tcase_add_test(tc, a_crlf_event_keeps_its_last_byte);
    tcase_add_test(tc, an_lf_that_comes_late_is_no_event);
    tcase_add_test(tc, an_event_may_be_as_large_as_allowed);
    tcase_add_loop_test(tc, an_event_too_large_is_told_and_not_given_out, 0, ROWS(large));
    tcase_add_test(tc, an_event_too_large_behind_a_small_one_is_told_later);
    tcase_add_test(tc, many_events_in_many_pieces_keep_the_memory_small);
    tcase_add_loop_test(tc, an_event_is_known_by_its_first_line, 0, ROWS(beginnings));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
