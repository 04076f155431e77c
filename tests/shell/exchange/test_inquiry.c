/* What is read of a request, and what it is refused for. */
#include <string.h>
#include <zlib.h>

#include "base/process.h"
#include "exchange/inquiry.h"
#include "pretend_exchange.h"
#include "unit.h"

static struct inquiry *inquiry;
static struct reply refusal;

static void setup(void)
{
    world_begin(TWO_CLOUDS "[server]\nmax_body = 4K\nmax_body_total = 1M\n");
    reply_init(&refusal, 0);
}

static void teardown(void)
{
    inquiry_free(inquiry);
    inquiry = NULL;
    reply_done(&refusal);
    world_end();
}

/* False: it was refused. */
static bool take(const char *path, struct text body, const char *name, const char *value)
{
    const struct header_field header = {text_of(name ? name : ""), text_of(value ? value : "")};
    struct client_request request = make_request(path, "", &header, name ? 1 : 0);
    ck_assert_int_eq(buf_append_text(&request.body, body), 0);
    inquiry = inquiry_new(shared, &request, PRETEND_BEGIN_MS);
    ck_assert_uint_eq(request.body.len, 0);
    return inquiry_read(inquiry, &request, NULL, NULL, &refusal);
}

struct row {
    const char *name, *path, *body;
    const char *header, *value; /* NULL = none */
    int status;                 /* 0 = it is read */
    const char *code;           /* in the refusal */
};

static const struct row rows[] = {
    {"a chat", CHAT, WHOLE, NULL, NULL, 0, ""},
    {"an empty body", CHAT, "", NULL, NULL, 400, "invalid_request"},
    {"no JSON", CHAT, "{", NULL, NULL, 400, "invalid_request"},
    {"no messages", CHAT, "{\"model\":\"m\"}", NULL, NULL, 400, "invalid_request"},
    {"what is no JSON on another path is not our business", "/responses", "{", NULL, NULL, 0, ""},
    {"a deadline", CHAT, WHOLE, "x-understudy-deadline", "5s", 0, ""},
    {"a deadline that is none", CHAT, WHOLE, "x-understudy-deadline", "soon", 400,
     "invalid_header"},
    {"a route that there is not", CHAT, WHOLE, "x-understudy-route", "three", 400,
     "invalid_header"},
    {"a coding that is not read", CHAT, WHOLE, "content-encoding", "br", 415,
     "unsupported_content_encoding"},
    {"a coding that it is not in", CHAT, WHOLE, "content-encoding", "gzip", 400, "invalid_request"},
    {"on another path a coding goes on as it is", "/files", "x", "content-encoding", "br", 0, ""},
    {"one that comes back to us", CHAT, WHOLE, "via", "made below", 508, "loop_detected"},
};

START_TEST(is_read_or_refused)
{
    const struct row *row = &rows[_i];
    const char *value = row->value;
    char via[64];
    if (row->status == 508) {
        (void)snprintf(process_id, PROCESS_ID_MAX, "understudy-1");
        (void)snprintf(via, sizeof(via), "1.1 %s", process_id);
        value = via;
    }
    bool read = take(row->path, text_of(row->body), row->header, value);
    ck_assert_msg(read == (row->status == 0), "%s: %d", row->name, refusal.status);
    ck_assert_msg(refusal.status == row->status, "%s: %d", row->name, refusal.status);
    if (!read)
        ck_assert_msg(memmem(refusal.body.data, refusal.body.len, row->code, strlen(row->code)),
                      "%s: %s", row->name, refusal.body.data);
}
END_TEST

START_TEST(knows_what_was_asked)
{
    ck_assert(take(CHAT, text_of(STREAM), "x-understudy-deadline", "5s"));
    ck_assert_int_eq(inquiry->path, API_PATH_CHAT);
    ck_assert_int_eq(inquiry->mode, DELIVERY_STREAM);
    ck_assert_str_eq(inquiry->target, CHAT);
    ck_assert_str_eq(inquiry->facts.model, "m");
    ck_assert_int_eq(inquiry->deadline_ms, 5000);
    ck_assert_uint_eq(inquiry->route.count, 2);
    ck_assert_str_eq(inquiry->completion_id, "chatcmpl-777777777777777777777777");
    ck_assert_int_eq(inquiry->begun_at_ms, PRETEND_BEGIN_MS);
}
END_TEST

START_TEST(takes_the_settings_deadline)
{
    ck_assert(take(CHAT, text_of(WHOLE), NULL, NULL));
    ck_assert_int_eq(inquiry->deadline_ms, 100000);
    ck_assert_int_eq(inquiry->mode, DELIVERY_WHOLE);
}
END_TEST

START_TEST(keeps_to_the_route_that_is_asked_for)
{
    ck_assert(take(CHAT, text_of(WHOLE), "x-understudy-route", "two"));
    ck_assert_uint_eq(inquiry->route.count, 1);
    ck_assert_str_eq(inquiry->route.step[0].provider->name, "two");
}
END_TEST

START_TEST(judges_other_paths_by_http_alone)
{
    ck_assert(take("/files", text_of("{\"stream\":true}"), NULL, NULL));
    ck_assert_int_eq(inquiry->mode, DELIVERY_PASS);
    ck_assert(!inquiry_is_judged(inquiry));
    ck_assert_ptr_null(inquiry->facts.model);
}
END_TEST

static struct text gzip_of(const char *text, unsigned char *out, size_t size)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)text,
                       .avail_in = (unsigned)strlen(text),
                       .next_out = out,
                       .avail_out = (unsigned)size};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    return text_make((const char *)out, stream.total_out);
}

START_TEST(unpacks_the_body)
{
    unsigned char packed[256];
    ck_assert(take(CHAT, gzip_of(WHOLE, packed, sizeof(packed)), "content-encoding", "gzip"));
    ck_assert_msg(text_equals(buf_text(&inquiry->body), WHOLE), "%s", inquiry->body.data);
    ck_assert_uint_eq(inquiry->hold.bytes, strlen(WHOLE));
    ck_assert_uint_eq(inquiry->headers.len, 0); /* nothing tells of the coding */
}
END_TEST

START_TEST(refuses_a_bomb)
{
    static char text[5000];
    unsigned char packed[256];
    memset(text, ' ', sizeof(text) - 1);
    ck_assert(!take(CHAT, gzip_of(text, packed, sizeof(packed)), "content-encoding", "gzip"));
    ck_assert_int_eq(refusal.status, 413);
}
END_TEST

START_TEST(counts_the_prompt_once)
{
    ck_assert(take(CHAT, text_of(WHOLE), NULL, NULL));
    const struct ollama_count *count = inquiry_count_prompt(inquiry);
    int64_t tokens = ollama_count_tokens(count, NULL);
    ck_assert_int_gt(tokens, 0);
    ck_assert_ptr_eq(inquiry_count_prompt(inquiry), count);
    ck_assert_int_eq(ollama_count_tokens(count, NULL), tokens);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("inquiry");
    TCase *tcase = tcase_create("inquiry");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, is_read_or_refused, 0, ROWS(rows));
    tcase_add_test(tcase, knows_what_was_asked);
    tcase_add_test(tcase, takes_the_settings_deadline);
    tcase_add_test(tcase, keeps_to_the_route_that_is_asked_for);
    tcase_add_test(tcase, judges_other_paths_by_http_alone);
    tcase_add_test(tcase, unpacks_the_body);
    tcase_add_test(tcase, refuses_a_bomb);
    tcase_add_test(tcase, counts_the_prompt_once);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
