/* What a tool gave, as the model sees it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_result.h"
#include "text/utf8.h"
#include "unit.h"

#define CONTENT(parts) "{\"content\":[" parts "]}"
#define T(text)        "{\"type\":\"text\",\"text\":\"" text "\"}"

static const struct {
    const char *name, *result, *text;
    bool failed;
} rows[] = {
    {"a text", CONTENT(T("Sunny, 22 \\u00b0C")),
     "Sunny, 22 \xc2\xb0"
     "C",
     false},
    {"a modern text", "{\"resultType\":\"complete\",\"content\":[" T("x") "],\"isError\":false}",
     "x", false},
    {"several texts", CONTENT(T("a") "," T("b\\n") "," T("c")), "a\nb\n\nc", false},
    {"an empty text between two", CONTENT(T("a") "," T("") "," T("b")), "a\nb", false},
    {"a half of a surrogate pair", CONTENT(T("a\\ud800")), "a\xef\xbf\xbd", false},
    {"an image", CONTENT("{\"type\":\"image\",\"data\":\"iVBORw==\",\"mimeType\":\"image/png\"}"),
     "[image: image/png, 4 bytes, not shown]", false},
    {"an image between texts",
     CONTENT(T("before") ",{\"type\":\"image\",\"data\":\"iVBO\",\"mimeType\":\"image/png\"}," T(
         "after")),
     "before\n[image: image/png, 3 bytes, not shown]\nafter", false},
    {"an image without a word", CONTENT("{\"type\":\"image\"}"), "[image: not shown]", false},
    {"an image of a strange type",
     CONTENT("{\"type\":\"image\",\"data\":\"\",\"mimeType\":\"a]\\n\\u202eb\"}"),
     "[image: a]  b, 0 bytes, not shown]", false},
    {"audio", CONTENT("{\"type\":\"audio\",\"data\":\"AAAA\",\"mimeType\":\"audio/wav\"}"),
     "[audio: audio/wav, 3 bytes, not shown]", false},
    {"a resource with text",
     CONTENT("{\"type\":\"resource\",\"resource\":{\"uri\":\"file:///a\",\"text\":\"Hello\"}}"),
     "Hello", false},
    {"a resource with bytes",
     CONTENT("{\"type\":\"resource\",\"resource\":{\"uri\":\"file:///a.pdf\",\"mimeType\":"
             "\"application/pdf\",\"blob\":\"AAAAAA==\"}}"),
     "[resource: file:///a.pdf, application/pdf, 4 bytes, not shown]", false},
    {"a resource with neither",
     CONTENT("{\"type\":\"resource\",\"resource\":{\"uri\":\"file:///a\"}}"),
     "[resource: file:///a, not shown]", false},
    {"a resource that is none", CONTENT("{\"type\":\"resource\",\"resource\":7}"),
     "[resource: not shown]", false},
    {"a link",
     CONTENT("{\"type\":\"resource_link\",\"uri\":\"file:///a.pdf\",\"name\":\"a.pdf\","
             "\"mimeType\":\"application/pdf\",\"description\":\"The bill\"}"),
     "[resource link: a.pdf, file:///a.pdf, application/pdf: The bill]", false},
    {"a type of tomorrow", CONTENT("{\"type\":\"video\",\"data\":\"AAAA\"}"), "[video: not shown]",
     false},
    {"a part without a type", CONTENT("{\"text\":\"x\"}"), "[content: not shown]", false},
    {"a part that is no object", CONTENT("7"), "[content: not shown]", false},
    {"a text that is a number", CONTENT("{\"type\":\"text\",\"text\":7}"), "[empty result]", false},
    {"structured content alone", "{\"content\":[],\"structuredContent\":{ \"a\": [1, 2] }}",
     "{\"a\":[1,2]}", false},
    {"structured content without content", "{\"structuredContent\":[true]}", "[true]", false},
    {"structured content that the text says",
     "{\"content\":[" T(
         "{\\n \\\"a\\\": 1, \\\"b\\\": \\\"\\\\u00e9\\\"}") "],\"structuredContent\":{\"b\":"
                                                             "\"\xc3\xa9\",\"a\":1}}",
     "{\n \"a\": 1, \"b\": \"\\u00e9\"}", false},
    {"structured content that the text does not say",
     "{\"content\":[" T("Sunny") "],\"structuredContent\":{\"temperature\":22}}",
     "Sunny\n{\"temperature\":22}", false},
    {"a number of the Python SDK",
     "{\"content\":[" T("5") "],\"structuredContent\":{\"result\":5}}", "5", false},
    {"a string of the Python SDK",
     "{\"content\":[" T("Hello") "],\"structuredContent\":{\"result\":\"Hello\"}}", "Hello", false},
    {"a list of the Python SDK",
     "{\"content\":[" T("a") "," T("b") "],\"structuredContent\":{\"result\":[\"a\",\"b\"]}}",
     "a\nb", false},
    {"a text of server-filesystem, which gives it twice",
     "{\"content\":[" T("a\\nb") "],\"structuredContent\":{\"content\":\"a\\nb\"}}", "a\nb", false},
    {"an image of server-filesystem, which gives all twice",
     "{\"content\":[{\"type\":\"image\",\"data\":\"AAAA\"}],\"structuredContent\":{\"content\": "
     "[{\"type\":\"image\", \"data\":\"AAAA\"}]}}",
     "[image: 3 bytes, not shown]", false},
    {"an empty list in an empty list", "{\"content\":[],\"structuredContent\":{\"hits\":[]}}",
     "{\"hits\":[]}", false},
    {"two members, of which the text says one",
     "{\"content\":[" T("a") "],\"structuredContent\":{\"content\":\"a\",\"lines\":1}}",
     "a\n{\"content\":\"a\",\"lines\":1}", false},
    {"a list of which one is missing",
     "{\"content\":[" T("a") "],\"structuredContent\":{\"result\":[\"a\",\"b\"]}}",
     "a\n{\"result\":[\"a\",\"b\"]}", false},
    {"an empty list of the Python SDK", "{\"content\":[],\"structuredContent\":{\"result\":[]}}",
     "{\"result\":[]}", false},
    {"structured content that is null", "{\"content\":[],\"structuredContent\":null}",
     "[empty result]", false},
    {"structured content beside an image",
     "{\"content\":[{\"type\":\"image\",\"data\":\"\"}],\"structuredContent\":{\"a\":1}}",
     "[image: 0 bytes, not shown]\n{\"a\":1}", false},
    {"no content", "{\"content\":[]}", "[empty result]", false},
    {"nothing", "{}", "[empty result]", false},
    {"content that is no list", "{\"content\":\"x\"}", "[empty result]", false},
    {"a failure", "{\"isError\":true,\"content\":[" T("No such city") "]}",
     "[tool error] No such city", true},
    {"a failure of several parts", "{\"isError\":true,\"content\":[" T("a") "," T("b") "]}",
     "[tool error] a\nb", true},
    {"a failure without a word", "{\"isError\":true,\"content\":[]}",
     "[tool error] the tool failed and did not say why", true},
    {"a failure that is a word", "{\"isError\":\"true\",\"content\":[" T("a") "]}", "a", false},
    {"more input",
     "{\"resultType\":\"input_required\",\"inputRequests\":{\"name\":{\"method\":"
     "\"elicitation/create\",\"params\":{\"mode\":\"form\",\"message\":\"Your name?\"}}}}",
     "[tool error] the tool asks for more input, which nobody here can give it: Your name?", true},
    {"more input without a question",
     "{\"resultType\":\"input_required\",\"requestState\":\"x\",\"inputRequests\":{\"a\":{},"
     "\"b\":7}}",
     "[tool error] the tool asks for more input, which nobody here can give it", true},
    {"a task", "{\"resultType\":\"task\",\"content\":[" T("a") "]}",
     "[tool error] the tool gave a result of a kind that is not known here: task", true},
    {"a type that is no word", "{\"resultType\":7,\"content\":[" T("a") "]}", "a", false},
};

START_TEST(a_result_becomes_text)
{
    struct buf out;
    bool failed = !rows[_i].failed;
    buf_init(&out, 10000);
    ck_assert_int_eq(jsonspan_check(text_of(rows[_i].result), NULL), 0);
    ck_assert_int_eq(mcp_result_text(text_of(rows[_i].result), 10000, &out, &failed), 0);
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].text), "%s: %s", rows[_i].name, out.data);
    ck_assert_msg(failed == rows[_i].failed, "%s", rows[_i].name);
    buf_done(&out);
}
END_TEST

static const char *const no_results[] = {"[]", "null", "\"x\"", "7", ""};

START_TEST(what_is_no_object_is_refused)
{
    struct buf out;
    bool failed;
    buf_init(&out, 100);
    ck_assert_int_eq(mcp_result_text(text_of(no_results[_i]), 100, &out, &failed), -EINVAL);
    ck_assert_uint_eq(out.len, 0);
    buf_done(&out);
}
END_TEST

/* A text of that many bytes (even), of characters of two. */
static void make_long(struct buf *json, size_t bytes)
{
    char block[4096];
    for (size_t i = 0; i < sizeof(block); i += 2)
        memcpy(block + i, "\xc3\xa9", 2);
    buf_init(json, bytes + 1000);
    ck_assert_int_eq(buf_append_string(json, "{\"content\":[{\"type\":\"text\",\"text\":\""), 0);
    for (size_t n; bytes > 0; bytes -= n) {
        n = bytes < sizeof(block) ? bytes : sizeof(block);
        ck_assert_int_eq(buf_append(json, block, n), 0);
    }
    ck_assert_int_eq(buf_append_string(json, "\"}]}"), 0);
}

static bool is_utf8(struct text text)
{
    for (size_t n; text.len > 0; text = text_skip(text, n)) {
        n = utf8_length(text.at, text.len);
        if (n == 0)
            return false;
    }
    return true;
}

START_TEST(a_failure_is_told_as_one_however_short)
{
    struct buf out;
    const struct text result = text_of("{\"resultType\":\"input_required\"}");
    for (size_t max = strlen(MCP_FAILED); max < 100; max++) {
        bool failed = false;
        buf_init(&out, max);
        ck_assert_int_eq(mcp_result_text(result, max, &out, &failed), 0);
        ck_assert_msg(failed && text_starts(buf_text(&out), MCP_FAILED), "%zu: %s", max, out.data);
        buf_done(&out);
    }
}
END_TEST

START_TEST(ten_megabytes_are_cut)
{
    struct buf json, out;
    bool failed;
    make_long(&json, (size_t)10 << 20);
    for (size_t max = 51199; max <= 51200; max++) {
        buf_init(&out, max);
        ck_assert_int_eq(mcp_result_text(buf_text(&json), max, &out, &failed), 0);
        ck_assert(out.len <= max && out.len >= max - 3 && is_utf8(buf_text(&out)));
        ck_assert(text_ends(buf_text(&out), " of 10485760 bytes]"));
        ck_assert_ptr_nonnull(strstr(out.data, "\xc3\xa9\n[cut here: the first 511"));
        buf_done(&out);
    }
    buf_done(&json);
}
END_TEST

/* Whatever the bound is: it is kept, and no character is broken. */
START_TEST(every_bound_is_kept)
{
    struct buf json, out;
    bool failed;
    make_long(&json, 200);
    for (size_t max = 0; max <= 210; max++) {
        buf_init(&out, max);
        ck_assert_int_eq(mcp_result_text(buf_text(&json), max, &out, &failed), 0);
        ck_assert(out.len <= max && is_utf8(buf_text(&out)));
        ck_assert(max < 200 ? out.len + 4 > max : out.len == 200);
        buf_done(&out);
    }
    buf_done(&json);
}
END_TEST

START_TEST(what_has_no_room_is_told)
{
    struct buf json, out;
    bool failed;
    make_long(&json, 200);
    buf_init(&out, 100);
    ck_assert_int_eq(mcp_result_text(buf_text(&json), 1000, &out, &failed), -EMSGSIZE);
    buf_done(&out);
    buf_done(&json);
}
END_TEST

/* Large JSON is not compared: where there is a text, that is what the model gets. */
START_TEST(large_structured_content_goes_only_without_text)
{
    struct buf json, out;
    bool failed;
    for (int with_text = 0; with_text < 2; with_text++) {
        buf_init(&json, 1000000);
        buf_init(&out, 1000000);
        ck_assert_int_eq(buf_printf(&json, "{\"content\":[%s],\"structuredContent\":[",
                                    with_text ? T("short") : ""),
                         0);
        for (int i = 0; i < 100000; i++)
            ck_assert_int_eq(buf_append_string(&json, "[],"), 0);
        ck_assert_int_eq(buf_append_string(&json, "0]}"), 0);
        ck_assert_int_eq(mcp_result_text(buf_text(&json), 1000000, &out, &failed), 0);
        ck_assert_uint_eq(out.len, with_text ? 5 : 300003);
        buf_done(&out);
        buf_done(&json);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_result");
    TCase *tc = tcase_create("mcp_result");
    tcase_add_loop_test(tc, a_result_becomes_text, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_no_object_is_refused, 0, ROWS(no_results));
    tcase_add_test(tc, a_failure_is_told_as_one_however_short);
    tcase_add_test(tc, ten_megabytes_are_cut);
    tcase_add_test(tc, every_bound_is_kept);
    tcase_add_test(tc, what_has_no_room_is_told);
    tcase_add_test(tc, large_structured_content_goes_only_without_text);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
