/* A span of ours in place of the app's trace context. */
#include "config_case.h"
#include "rules/forward.h"

#define PROCESS    "understudy-0123"
#define FIELDS_MAX 4
#define LINES_MAX  (64u << 10)

#define OPEN   "open"
#define KEYED  "keyed"
#define OLLAMA "ollama"
#define FIXED  "fixed"

static const char settings[] =
    "[provider open]\ntype = openai\nbase_url = http://127.0.0.1:1\n"
    "[provider keyed]\ntype = openai\nbase_url = http://127.0.0.1:2\napi_key = sk-theirs\n"
    "[provider fixed]\ntype = ollama\nbase_url = http://127.0.0.1:3\n"
    "header.Traceparent = theirs\n";

#define JSON       "Content-Type: application/json\n"
#define FOR_OLLAMA "Accept: application/json, application/x-ndjson\n"
#define VIA        "Via: 1.1 understudy-0123\n"

/* One field a line. */
static void collect(const char *lines, struct buf *collected)
{
    struct header_field fields[FIELDS_MAX];
    struct forward_app app = {.fields = fields};
    for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
        const char *colon = strchr(line, ':'), *end = strchr(line, '\n');
        ck_assert_uint_lt(app.count, FIELDS_MAX);
        fields[app.count++] =
            (struct header_field){text_make(line, (size_t)(colon - line)),
                                  text_make(colon + 2, (size_t)(end - colon - 2))};
    }
    buf_init(collected, LINES_MAX);
    ck_assert_int_eq(forward_collect(&app, collected), 0);
}

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define OURS   "00-0af7651916cd43dd8448eb211c80319c-0123456789abcdef-01"

static const struct {
    const char *name;
    const char *app;
    const char *provider;
    bool own;
    const char *goes;
} traced[] = {
    {"ours in place of the app's, its state as it came",
     "Traceparent: " PARENT "\ntracestate: a=1\nAccept: a/b\n", OPEN, false,
     "tracestate: a=1\nAccept: a/b\n" JSON "traceparent: " OURS "\n" VIA},
    {"a trace of our own has no state", "traceparent: x\nTraceState: a=1\nAccept: a/b\n", OPEN,
     true, "Accept: a/b\n" JSON "traceparent: " OURS "\n" VIA},
    {"to an Ollama, too", "traceparent: " PARENT "\ntracestate: a=1\nx-request-id: r\n", OLLAMA,
     false, FOR_OLLAMA "tracestate: a=1\nx-request-id: r\n" JSON "traceparent: " OURS "\n" VIA},
    {"where the app has none", "Accept: a/b\n", KEYED, true,
     "Accept: a/b\n" JSON "Authorization: Bearer sk-theirs\ntraceparent: " OURS "\n" VIA},
    {"header.NAME stands over it", "traceparent: " PARENT "\n", FIXED, false,
     FOR_OLLAMA JSON "Traceparent: theirs\n" VIA},
};

START_TEST(a_span_of_ours_asks)
{
    struct config_case loaded = config_case_load(settings, LIST(NULL), LIST(NULL));
    const struct forward_target target = {.provider =
                                              config_case_provider(&loaded, traced[_i].provider),
                                          .json = true,
                                          .credential = true,
                                          .process = PROCESS,
                                          .traceparent = OURS,
                                          .own_trace = traced[_i].own};
    struct buf collected, out;
    collect(traced[_i].app, &collected);
    buf_init(&out, LINES_MAX);
    ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\0')
            out.data[i] = '\n';
    ck_assert_msg(strcmp(out.data, traced[_i].goes) == 0, "%s: %s", traced[_i].name, out.data);
    buf_done(&out);
    buf_done(&collected);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *app;
    bool told;
} parents[] = {
    {"one", "X-A: 1\nTraceParent: " PARENT "\n", true},
    {"none", "X-A: 1\n", false},
    {"one that cannot be read", "traceparent: 00-1-2-01\n", false},
    {"an empty one", "traceparent: \n", false},
    {"two", "traceparent: " PARENT "\ntraceparent: " PARENT "\n", false},
    {"none for us, by Connection", "traceparent: " PARENT "\nConnection: traceparent\n", false},
};

START_TEST(whose_trace_it_is)
{
    struct buf collected;
    struct traceparent parent;
    collect(parents[_i].app, &collected);
    ck_assert_msg(forward_trace(&collected, &parent) == parents[_i].told, "%s", parents[_i].name);
    if (parents[_i].told)
        ck_assert_str_eq(parent.span, "b7ad6b7169203331");
    buf_done(&collected);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("forward_trace");
    TCase *tc = tcase_create("forward_trace");
    tcase_add_loop_test(tc, a_span_of_ours_asks, 0, ROWS(traced));
    tcase_add_loop_test(tc, whose_trace_it_is, 0, ROWS(parents));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
