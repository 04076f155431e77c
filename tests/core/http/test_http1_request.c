/* The head of a request, written byte for byte. */
#include <errno.h>

#include "http/http1_request.h"
#include "unit.h"

#define NONE SIZE_MAX

static const struct {
    const char *what, *method, *url;
    const char *fields; /* strings one behind the other, each ended by '|' */
    size_t body;        /* NONE = no body */
    const char *head;   /* NULL: the URL is none */
} rows[] = {
    {"a request with a body", "POST", "https://api.openai.com/v1/chat/completions",
     "Content-Type: application/json|", 12,
     "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n"
     "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n"},
    {"an empty body has its length", "POST", "http://h/x", "", 0,
     "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
    {"no body has none", "GET", "http://h/x?a=b&c", "", NONE,
     "GET /x?a=b&c HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"no path is the root", "GET", "http://h:8080", "", NONE,
     "GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
    {"a query without a path", "GET", "http://h?q", "", NONE,
     "GET /?q HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"a query with nothing in it is kept", "GET", "http://h/x?", "", NONE,
     "GET /x? HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"a fragment stays here", "GET", "http://h/x#y?z", "", NONE,
     "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"the port of http goes without saying", "GET", "http://h:80/", "", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"the port of https too", "GET", "https://h:443/", "", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"but not the one of the other", "GET", "https://h:80/", "", NONE,
     "GET / HTTP/1.1\r\nHost: h:80\r\n\r\n"},
    {"nor a longer one", "GET", "http://h:8080/", "", NONE,
     "GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
    {"an address in brackets", "GET", "http://[::1]:11434/api/tags", "", NONE,
     "GET /api/tags HTTP/1.1\r\nHost: [::1]:11434\r\n\r\n"},
    {"dots in a path are nobody's to take out", "GET", "http://h/a/../b", "", NONE,
     "GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"fields in their order, as they are", "GET", "http://h/", "x-B: 1|X-a:  two |", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\nx-B: 1\r\nX-a:  two \r\n\r\n"},
    {"a field without a value", "GET", "http://h/", "X-Empty;|", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\nX-Empty:\r\n\r\n"},
    {"a value that ends so is one", "GET", "http://h/", "X-A: b;|X-C: d:|", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\nX-A: b;\r\nX-C: d:\r\n\r\n"},
    {"a field that is to be left out", "GET", "http://h/", "Accept:|X: y|", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n"},
    {"a Host of one's own", "GET", "http://127.0.0.1/", "X: y|hOST: app.test|", NONE,
     "GET / HTTP/1.1\r\nX: y\r\nhOST: app.test\r\n\r\n"},
    {"a name that begins as Host does", "GET", "http://h/", "Hostess: y|", NONE,
     "GET / HTTP/1.1\r\nHost: h\r\nHostess: y\r\n\r\n"},
    {"HEAD", "HEAD", "http://h/", "", NONE, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"a scheme in capital letters", "GET", "HTTPS://Host:443/x", "", NONE,
     "GET /x HTTP/1.1\r\nHost: Host\r\n\r\n"},
    {"and the other one", "GET", "Http://h:80/x", "", NONE, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"another scheme", "GET", "ftp://h/", "", NONE, NULL},
    {"no host", "GET", "http:///x", "", NONE, NULL},
    {"a blank", "GET", "http://h/a b", "", NONE, NULL},
    {"a line end in the path", "GET", "http://h/a\r\nX: y", "", NONE, NULL},
    {"a line end in the host", "GET", "http://h\nX/", "", NONE, NULL},
    {"a delete byte", "GET", "http://h/\x7f", "", NONE, NULL},
};

static void read_fields(const char *fields, struct buf *ret)
{
    buf_init(ret, 1000);
    ck_assert_int_eq(buf_append_string(ret, fields), 0);
    for (size_t i = 0; i < ret->len; i++)
        if (ret->data[i] == '|')
            ret->data[i] = '\0';
}

START_TEST(a_head_is_written)
{
    struct buf fields, out;
    read_fields(rows[_i].fields, &fields);
    buf_init(&out, 1000);
    const struct http1_request request = {.method = rows[_i].method,
                                          .url = rows[_i].url,
                                          .headers = &fields,
                                          .has_body = rows[_i].body != NONE,
                                          .body_bytes = rows[_i].body};
    int r = http1_request_write(&request, &out);
    ck_assert_msg(r == (rows[_i].head ? 0 : -EINVAL), "%s: %d", rows[_i].what, r);
    if (rows[_i].head)
        ck_assert_msg(text_equals(buf_text(&out), rows[_i].head), "%s: %s", rows[_i].what,
                      out.data);
    buf_done(&fields);
    buf_done(&out);
}
END_TEST

START_TEST(a_head_beyond_the_maximum_is_none)
{
    struct buf fields, out;
    read_fields("X: y|", &fields);
    const struct http1_request request = {
        .method = "POST", .url = "http://h/x", .headers = &fields, .has_body = true};
    static const char whole[] = "POST /x HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 0\r\n\r\n";
    for (size_t max = 0; max < sizeof(whole); max++) {
        buf_init(&out, max);
        int r = http1_request_write(&request, &out);
        ck_assert_int_eq(r, max < sizeof(whole) - 1 ? -EMSGSIZE : 0);
        buf_done(&out);
    }
    buf_done(&fields);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http1_request");
    TCase *tc = tcase_create("http1_request");
    tcase_add_loop_test(tc, a_head_is_written, 0, ROWS(rows));
    tcase_add_test(tc, a_head_beyond_the_maximum_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
