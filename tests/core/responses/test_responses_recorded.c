/*
 * What Ollama was recorded to send, told as a response: a client that believes nothing takes it,
 * however it is cut up, and wherever it breaks off: then it is told to have failed, and what it was
 * told so far is the beginning of the whole.
 */
#include <stdio.h>

#include "answer/relay.h"
#include "dialect/dialect.h"
#include "fixture.h"
#include "responses_client.h"
#include "text/count.h"
#include "unit.h"

static const char request[] = "{\"model\":\"x\",\"input\":\"hi\",\"tools\":[{\"type\":\"function\","
                              "\"name\":\"get_weather\"},{\"type\":\"custom\",\"name\":"
                              "\"get_time\"}]}";

static const struct {
    const char *file;
    size_t items; /* of the whole */
    const char *status;
} rows[] = {
    {"ollama-0.24-text.ndjson", 1, "completed"},
    {"ollama-0.33-text.ndjson", 1, "completed"},
    {"ollama-0.24-thinking.ndjson", 2, "completed"},
    {"ollama-0.33-thinking.ndjson", 2, "completed"},
    {"ollama-0.24-limit.ndjson", 1, "incomplete"},
    {"ollama-0.33-limit.ndjson", 1, "incomplete"},
    {"ollama-0.24-tools.ndjson", 2, "completed"},
    {"ollama-0.33-two-tools.ndjson", 2, "completed"},
    {"ollama-0.33-one-tool-jinja.ndjson", 1, "completed"},
    {"ollama-0.33-logprobs.ndjson", 1, "incomplete"},
    {"ollama-0.33-empty.ndjson", 0, "completed"},
};

static struct relay *relay_of_ollama(void)
{
    struct relay_options options = {
        .app = &dialect_responses,
        .from = &dialect_ollama,
        .identity = {.id = "resp_X", .model = "m", .created = 1764000000},
        .request = text_of(request)};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

START_TEST(a_stream_cut_anywhere_is_one_response)
{
    struct buf in = fixture_read(rows[_i].file);
    json_t *whole = NULL;
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct relay *relay = relay_of_ollama();
        struct responses_client client;
        responses_client_init(&client);
        relay_feed(relay, text_make(in.data, cut));
        responses_take(&client, relay_out(relay));
        relay_feed(relay, text_skip(buf_text(&in), cut));
        relay_end(relay, TRANSPORT_OK);
        responses_take(&client, relay_out(relay));
        ck_assert_msg(client.last && !client.failed, "cut at %zu", cut);
        ck_assert_str_eq(responses_string(client.last, "status"), rows[_i].status);
        if (!whole)
            whole = json_incref(client.last);
        ck_assert_msg(json_equal(client.last, whole), "another one, cut at %zu", cut);
        responses_client_done(&client);
        relay_free(relay);
    }
    ck_assert_uint_eq(json_array_size(json_object_get(whole, "output")), rows[_i].items);
    json_decref(whole);
    buf_done(&in);
}
END_TEST

/* Is what was said the beginning of what the whole says, and only what is whole called done? */
static void check_half(const struct responses_client *client, const json_t *output, size_t cut)
{
    ck_assert_uint_le(json_array_size(client->items), json_array_size(output));
    for (size_t i = 0; i < json_array_size(client->items); i++) {
        const json_t *item = json_array_get(client->items, i);
        const char *text = json_string_value(json_array_get(client->texts, i));
        const char *all = responses_said(json_array_get(output, i));
        ck_assert_msg(strncmp(all, text, strlen(text)) == 0, "another text, cut at %zu", cut);
        if (json_object_get(item, "done"))
            ck_assert_str_eq(text, all);
    }
}

START_TEST(a_stream_that_breaks_anywhere_has_failed)
{
    struct buf in = fixture_read(rows[_i].file);
    json_t *output = NULL;
    for (size_t cut = in.len + 1; cut-- > 0;) {
        struct relay *relay = relay_of_ollama();
        struct responses_client client;
        responses_client_init(&client);
        relay_feed(relay, text_make(in.data, cut));
        relay_end(relay, TRANSPORT_RESET);
        if (relay_facts(relay)->failure != FAILURE_NONE)
            relay_break(relay);
        responses_take(&client, relay_out(relay));
        ck_assert_msg(client.last != NULL, "no end, cut at %zu", cut);
        ck_assert_msg(client.failed == !relay_facts(relay)->done, "cut at %zu", cut);
        if (!output)
            output = json_incref(json_object_get(client.last, "output"));
        check_half(&client, output, cut);
        responses_client_done(&client);
        relay_free(relay);
    }
    json_decref(output);
    buf_done(&in);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_recorded");
    TCase *tc = tcase_create("recorded");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, a_stream_cut_anywhere_is_one_response, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_stream_that_breaks_anywhere_has_failed, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
