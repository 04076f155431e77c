/* What is read of a request, and what it is refused for. */
#include <string.h>
#include <zlib.h>

#include "exchange/inquiry.h"
#include "machine/process.h"
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

/* ---- which model apps of Ollama's own mean */

#define OLLAMAS                                                                                    \
    PROVIDERS("one, ollama, far", "2")                                                             \
    "[provider far]\ntype = ollama\nbase_url = http://far.example\nmodel = auto\n"                 \
    "[model lined]\none = gpt-lined\n"
#define MODELS(name) "{\"models\":[{\"name\":\"" name "\"},{\"name\":\"both\"}]}"
#define EMBED        "/api/embed"
#define ASKS(model)  "{\"model\":\"" model "\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"
#define LOADS(model) "{\"model\":\"" model "\",\"messages\":[]}"

static const char *answer_to(const char *url)
{
    if (strstr(url, "/api/tags"))
        return strstr(url, "far.example") ? MODELS("there") : MODELS("here:latest");
    return strstr(url, "/api/ps") ? "{\"models\":[]}" : "{}";
}

/* Both Ollamas tell what they have, and whatever they are asked of it. */
static void learn(void)
{
    catalog_warm(exchanges.means.catalog);
    settle();
    for (int i = 0; i < wire.started; i++) { /* which grows */
        if (is_open(wire.calls[i]))
            send_answer(wire.calls[i], 200, answer_to(wire.calls[i]->url));
        settle();
    }
}

static bool take_own(const char *path, const char *body, const char *only)
{
    const struct header_field header = {text_of("x-understudy-route"), text_of(only ? only : "")};
    struct client_request request = make_request(path, body, &header, only ? 1 : 0);
    inquiry = inquiry_new(shared, &request, PRETEND_BEGIN_MS);
    return inquiry_read(inquiry, &request, NULL, exchanges.means.catalog, &refusal);
}

static const struct {
    const char *name, *path, *body;
    const char *only;     /* x-understudy-route; NULL = none */
    const char *provider; /* who is asked first */
    const char *model;    /* for what; NULL = what the request says, or its own wish */
    size_t count;         /* how many are in the route */
} meant[] = {
    {"a cloud's model", "/api/chat", ASKS("gpt"), NULL, "one", NULL, 3},
    {"with the usual tag", "/api/chat", ASKS("lined:latest"), NULL, "one", "gpt-lined", 3},
    {"one that is installed", "/api/chat", ASKS("here:latest"), NULL, "ollama", "here:latest", 1},
    {"without its tag", "/api/chat", ASKS("here"), NULL, "ollama", "here", 1},
    {"one that is installed at the second", "/api/chat", ASKS("there"), NULL, "far", "there", 1},
    {"at both: the first has it", "/api/chat", ASKS("both"), NULL, "ollama", "both", 1},
    {"a prefix is obeyed", "/api/chat", ASKS("far:both"), NULL, "far", "both", 1},
    {"a line of the settings goes before", "/api/chat", ASKS("lined"), NULL, "one", "gpt-lined", 3},
    {"and so does the route of the request", "/api/chat", ASKS("here"), "one", "one", NULL, 1},
    {"embeddings", EMBED, "{\"model\":\"there\"}", NULL, "far", "there", 1},
    {"embeddings of nobody's", EMBED, "{\"model\":\"x\"}", NULL, "ollama", NULL, 1},
    {"embeddings of one with a prefix", EMBED, "{\"model\":\"far:x\"}", NULL, "far", "x", 1},
    {"embeddings that we cannot read", EMBED, "{", NULL, "ollama", NULL, 1},
    {"what names none", "/api/blobs/sha256:1", "", NULL, "ollama", NULL, 1},
    {"apps of others mean what they say", CHAT, ASKS("there"), NULL, "one", NULL, 3},
};

START_TEST(finds_the_model_that_is_meant)
{
    world_end();
    world_begin(OLLAMAS);
    learn();
    ck_assert_msg(take_own(meant[_i].path, meant[_i].body, meant[_i].only), "%s: %s",
                  meant[_i].name, refusal.body.data);
    const struct route *route = &inquiry->route;
    const struct route_step *step = &route->step[0];
    ck_assert_msg(route->count == meant[_i].count, "%s: %zu", meant[_i].name, route->count);
    ck_assert_msg(strcmp(step->provider->name, meant[_i].provider) == 0, "%s: %s", meant[_i].name,
                  step->provider->name);
    if (meant[_i].model)
        ck_assert_msg(step->model && strcmp(step->model, meant[_i].model) == 0, "%s: %s",
                      meant[_i].name, step->model);
}
END_TEST

static const struct {
    const char *name, *path, *body;
    const char *told; /* a part of our answer; NULL = the provider is asked */
} loads[] = {
    {"a cloud's model is there", "/api/chat", LOADS("gpt"), "\"message\":{\"role\":\"assistant\""},
    {"of generate", "/api/generate", "{\"model\":\"gpt\",\"stream\":false}", "\"response\":\"\""},
    {"an installed one is loaded there", "/api/chat", LOADS("here"), NULL},
    {"one that is asked something", "/api/chat", ASKS("gpt"), NULL},
};

START_TEST(what_needs_no_loading_is_loaded)
{
    world_end();
    world_begin(OLLAMAS);
    learn();
    bool asks = take_own(loads[_i].path, loads[_i].body, NULL);
    ck_assert_msg(asks == (loads[_i].told == NULL), "%s", loads[_i].name);
    if (asks)
        return;
    ck_assert_int_eq(refusal.status, 200);
    ck_assert_msg(strstr(refusal.body.data, loads[_i].told), "%s: %s", loads[_i].name,
                  refusal.body.data);
    ck_assert_ptr_nonnull(strstr(refusal.body.data, "\"done_reason\":\"load\""));
}
END_TEST

/* All who could be asked are passed over: then nobody says that it is loaded. */
START_TEST(nothing_is_loaded_where_nobody_can_be_asked)
{
    world_end();
    world_begin("[provider one]\ntype = openai\nbase_url = http://one.example/v1\n"
                "[route]\npriority = one\n");
    ck_assert(take_own("/api/chat", LOADS("gpt"), NULL));
}
END_TEST

START_TEST(it_goes_on_with_the_apps_trace)
{
    ck_assert(take(CHAT, text_of(WHOLE), "traceparent",
                   "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"));
    ck_assert(!inquiry->trace.on);
    inquiry_begin_trace(inquiry);
    ck_assert(inquiry->trace.on && !inquiry->trace.own);
    ck_assert_str_eq(inquiry->trace.parent.span, "b7ad6b7169203331");
    ck_assert_uint_eq(strlen(inquiry->trace.span), 16);
    ck_assert(!traceparent_is_sampled(&inquiry->trace.parent));
}
END_TEST

START_TEST(or_begins_one)
{
    ck_assert(take(CHAT, text_of(WHOLE), "traceparent", "00-0-0-00"));
    inquiry_begin_trace(inquiry);
    ck_assert(inquiry->trace.on && inquiry->trace.own);
    ck_assert_str_eq(inquiry->trace.parent.span, "");
    ck_assert_uint_eq(strlen(inquiry->trace.parent.trace), 32);
    ck_assert(traceparent_is_sampled(&inquiry->trace.parent));
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
    tcase_add_loop_test(tcase, finds_the_model_that_is_meant, 0, ROWS(meant));
    tcase_add_loop_test(tcase, what_needs_no_loading_is_loaded, 0, ROWS(loads));
    tcase_add_test(tcase, nothing_is_loaded_where_nobody_can_be_asked);
    tcase_add_test(tcase, it_goes_on_with_the_apps_trace);
    tcase_add_test(tcase, or_begins_one);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
