/* Which bodies are not worth reading, by their heads. */
#include "http/answer_head.h"
#include "unit.h"

#define EVENTS "text/event-stream; charset=utf-8"
#define JSON   "application/json"
#define PART   "no whole content"
#define PAGE   "a web page"
#define PACKED "packed"

static const struct {
    const char *name;
    int status;
    const char *type;
    const char *coding;
    const char *whole, *stream; /* part of the reason; NULL = worth reading */
} rows[] = {
    {"a stream", 200, EVENTS, "", NULL, NULL},
    {"in capitals", 200, "Text/Event-Stream", "", NULL, NULL},
    {"JSON", 200, JSON, "", NULL, NULL},
    {"no type", 200, NULL, "", NULL, NULL},
    {"plain text, as some servers name their events", 200, "text/plain", "", NULL, NULL},
    {"created", 201, JSON, "", NULL, NULL},
    {"nothing", 204, NULL, "", PART, PART},
    {"a reset form", 205, NULL, "", PART, PART},
    {"a part", 206, EVENTS, "", PART, PART},
    {"a web page", 200, "text/html; charset=utf-8", "", NULL, PAGE},
    {"XHTML", 200, "application/xhtml+xml", "", NULL, PAGE},
    {"an image", 200, "image/png", "", NULL, PAGE},
    {"gzip is undone", 200, EVENTS, "gzip", NULL, NULL},
    {"deflate is undone", 200, JSON, "deflate", NULL, NULL},
    {"nothing done", 200, EVENTS, "identity", NULL, NULL},
    {"br", 200, EVENTS, "br", NULL, PACKED},
    {"br without a type", 200, NULL, "br", NULL, PACKED},
    {"JSON that says br may be JSON all the same", 200, JSON, "br", NULL, NULL},
};

static void check(int i, bool stream, const char *expected)
{
    struct answer_head head = {.status = rows[i].status, .content_type = text_of(rows[i].type)};
    codings_read(&head.codings, text_of(rows[i].coding));
    const char *why = answer_head_unfit(&head, stream);
    ck_assert_msg((why == NULL) == (expected == NULL), "%s: %s", rows[i].name, why ? why : "fit");
    ck_assert_msg(!expected || strstr(why, expected), "%s: %s", rows[i].name, why ? why : "fit");
}

START_TEST(a_head_tells_whether_its_body_is_worth_reading)
{
    check(_i, false, rows[_i].whole);
    check(_i, true, rows[_i].stream);
}
END_TEST

START_TEST(an_event_stream_is_told_by_its_type)
{
    struct answer_head head = {.content_type = text_of("Text/event-stream;charset=utf-8")};
    ck_assert(answer_head_is_event_stream(&head));
    head.content_type = text_of(JSON);
    ck_assert(!answer_head_is_event_stream(&head));
    head.content_type = (struct text){0};
    ck_assert(!answer_head_is_event_stream(&head));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("answer_head");
    TCase *tc = tcase_create("heads");
    tcase_add_loop_test(tc, a_head_tells_whether_its_body_is_worth_reading, 0, ROWS(rows));
    tcase_add_test(tc, an_event_stream_is_told_by_its_type);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
