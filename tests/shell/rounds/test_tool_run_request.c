/* Which requests are runs, and what is kept of them. */
#include "pretend_run.h"
#include "unit.h"

#define SERVER "{\"messages\":[],\"tools\":[{\"type\":\"mcp\",\"server_label\":\"weather\"}]}"
/* printf '%s' "$SERVER" | gzip -n */
#define PACKED                                                                                     \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\xca\x4d\x2d\x2e\x4e\x4c\x4f\x2d\x56\xb2"     \
    "\x8a\x8e\xd5\x51\x2a\xc9\xcf\xcf\x01\x31\xab\x95\x4a\x2a\x0b\x52\x95\xac\x94\x72\x93\x0b"     \
    "\x94\x74\x94\x8a\x53\x8b\xca\x52\x8b\xe2\x73\x12\x93\x52\x73\x80\x82\xe5\xa9\x89\x25\x19"     \
    "\xa9\x45\x4a\xb5\xb1\xb5\x00\x78\x64\x65\x4b\x41\x00\x00\x00"

static const struct {
    const char *path, *header, *value, *body;
    size_t len; /* 0 = of the text */
    bool asks;
} rows[] = {
    {CHAT, NULL, NULL, SERVER, 0, true},
    {CHAT, NULL, NULL, WHOLE, 0, false},
    {CHAT, "x-understudy-tools", "weather", WHOLE, 0, true},
    {CHAT, "x-understudy-tools", "", WHOLE, 0, false},
    {CHAT, "x-understudy-tools", "weather", "[]", 0, false},
    {CHAT, "x-understudy-tools", "weather", "{\"messages\":", 0, false},
    {CHAT, "content-encoding", "gzip", PACKED, sizeof(PACKED) - 1, true},
    {CHAT, "content-encoding", "gzip", PACKED, sizeof(PACKED) - 9, false},
    {CHAT, "content-encoding", "zstd", SERVER, 0, false},
    /* What the cloud runs itself is the cloud's business there. */
    {"/responses", NULL, NULL, SERVER, 0, false},
    {"/messages", "x-understudy-tools", "weather", WHOLE, 0, true},
    {"/responses", "x-understudy-tools", "weather", "{\"input\":\"hi\"}", 0, true},
    {"/completions", "x-understudy-tools", "weather", "{\"prompt\":\"hi\"}", 0, false},
    {"/embeddings", "x-understudy-tools", "weather", "{\"input\":\"hi\"}", 0, false},
};

START_TEST(a_request_asks_for_tools)
{
    const struct header_field field = {text_of(rows[_i].header), text_of(rows[_i].value)};
    struct client_request request =
        make_request(rows[_i].path, "", &field, rows[_i].header ? 1 : 0);
    struct tool_wish wish = {0};
    struct error why = ERROR_NONE;
    request.method = "POST";
    size_t len = rows[_i].len ? rows[_i].len : strlen(rows[_i].body);
    ck_assert_int_eq(buf_append(&request.body, rows[_i].body, len), 0);
    ck_assert_int_eq(tool_run_asks(shared->config, &request, &wish, &why), rows[_i].asks);
    ck_assert_uint_eq(wish.count, rows[_i].asks ? 1 : 0);
    if (rows[_i].len && rows[_i].asks) {
        ck_assert(request.unpacked);
        ck_assert_str_eq(request.body.data, SERVER);
    }
    tool_wish_done(&wish);
    hold_end(&request.hold);
    buf_done(&request.body);
}
END_TEST

/* What the library holds of a request is gone before the second round. */
START_TEST(fields_are_kept)
{
    char name[] = "x-request-id", value[] = "7";
    const struct header_field field = {text_of(name), text_of(value)};
    struct client_request request = make_request(CHAT, WHOLE, &field, 1);
    struct tool_run kept = {0};
    tool_run_keep_request(&kept, &request);
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
    ck_assert(text_equals(kept.request.app.fields[0].name, "x-request-id"));
    ck_assert(text_equals(kept.request.app.fields[0].value, "7"));
    ck_assert_str_eq(kept.request.body.data, WHOLE);
    ck_assert_ptr_eq(kept.request.dialect, &dialect_openai);
    ck_assert_uint_eq(request.body.len, 0);
    free(kept.request.fields);
    free(kept.request.method);
    free(kept.request.path);
    free(kept.request.query);
    buf_done(&kept.request.body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_run_request");
    TCase *tc = tcase_create("tool_run_request");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_request_asks_for_tools, 0, ROWS(rows));
    tcase_add_test(tc, fields_are_kept);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
