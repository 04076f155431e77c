/* Errors in Anthropic's shape: the type by the status, our words beside it. */
#include "anthropic/dialect_anthropic_error.h"
#include "json_row.h"
#include "unit.h"

static const struct {
    const char *name;
    struct dialect_error error;
    int status;
    const char *want; /* with ' for " */
} rows[] = {
    {"a request that is wrong",
     {.status = 400, .type = "invalid_request_error", .message = {"no", 2}},
     400,
     "{'type':'error','error':{'type':'invalid_request_error','message':'no'},'request_id':null}"},
    {"with our code and the exchange's id",
     {.status = 401,
      .type = "invalid_request_error",
      .code = "invalid_api_key",
      .message = {"no", 2},
      .request_id = {"ex-1", 4}},
     401,
     "{'type':'error','error':{'type':'authentication_error','message':'no','code':"
     "'invalid_api_key'},'request_id':'ex-1'}"},
    {"all have failed",
     {.status = 502, .type = "all_providers_failed", .code = "server", .message = {"all", 3}},
     502,
     "{'type':'error','error':{'type':'api_error','message':'all','code':'all_providers_failed'},'"
     "request_id':null}"},
    {"no provider",
     {.status = 503, .type = "no_provider", .code = "no_provider", .message = {"n", 1}},
     503,
     "{'type':'error','error':{'type':'api_error','message':'n','code':'no_provider'},'request_id':"
     "null}"},
    {"billing",
     {.status = 402, .message = {"x", 1}},
     402,
     "{'type':'error','error':{'type':'billing_error','message':'x'},'request_id':null}"},
    {"permission",
     {.status = 403, .message = {"x", 1}},
     403,
     "{'type':'error','error':{'type':'permission_error','message':'x'},'request_id':null}"},
    {"not found",
     {.status = 404, .message = {"x", 1}},
     404,
     "{'type':'error','error':{'type':'not_found_error','message':'x'},'request_id':null}"},
    {"too large",
     {.status = 413, .message = {"x", 1}},
     413,
     "{'type':'error','error':{'type':'request_too_large','message':'x'},'request_id':null}"},
    {"a limit",
     {.status = 429, .message = {"x", 1}},
     429,
     "{'type':'error','error':{'type':'rate_limit_error','message':'x'},'request_id':null}"},
    {"a fault",
     {.status = 500, .message = {"x", 1}},
     500,
     "{'type':'error','error':{'type':'api_error','message':'x'},'request_id':null}"},
    {"time",
     {.status = 504, .message = {"x", 1}},
     504,
     "{'type':'error','error':{'type':'timeout_error','message':'x'},'request_id':null}"},
    {"overload",
     {.status = 529, .message = {"x", 1}},
     529,
     "{'type':'error','error':{'type':'overloaded_error','message':'x'},'request_id':null}"},
    {"another of the client's",
     {.status = 415, .message = {"x", 1}},
     415,
     "{'type':'error','error':{'type':'invalid_request_error','message':'x'},'request_id':null}"},
    {"a conversation that is too long",
     {.status = 502, .code = "context_length_exceeded", .message = {"9 of 8", 6}},
     400,
     "{'type':'error','error':{'type':'invalid_request_error','message':'prompt is too long: 9 of "
     "8','code':'context_length_exceeded'},'request_id':null}"},
    {"one that says so itself",
     {.status = 400,
      .code = "context_length_exceeded",
      .message = {"Prompt is too long: 9 > 8", 25}},
     400,
     "{'type':'error','error':{'type':'invalid_request_error','message':'Prompt is too long: 9 > "
     "8','code':'context_length_exceeded'},'request_id':null}"},
    {"bytes that are no text",
     {.status = 500, .message = {"a\xff", 2}},
     500,
     "{'type':'error','error':{'type':'api_error','message':'a\xef\xbf\xbd'},'request_id':null}"},
    {"without a message",
     {.status = 500, .message = {NULL, 0}},
     500,
     "{'type':'error','error':{'type':'api_error','message':''},'request_id':null}"},
};

START_TEST(an_error_has_its_body_and_its_status)
{
    struct buf out;
    char *want = json_row_text(rows[_i].want);
    buf_init(&out, 65536);
    ck_assert_int_eq(dialect_anthropic_error_write(&rows[_i].error, &out), 0);
    ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", rows[_i].name, out.data);
    ck_assert_msg(dialect_anthropic_error_status(&rows[_i].error) == rows[_i].status, "%s",
                  rows[_i].name);
    free(want);
    buf_done(&out);
}
END_TEST

START_TEST(attempts_stand_in_the_error)
{
    struct buf out;
    json_t *attempts = json_row_load("[{'provider':'anthropic','status':529}]");
    const struct dialect_error error = {.status = 502,
                                        .type = "all_providers_failed",
                                        .message = text_of("all"),
                                        .attempts = attempts};
    buf_init(&out, 65536);
    ck_assert_int_eq(dialect_anthropic_error_write(&error, &out), 0);
    json_t *got = json_loadb(out.data, out.len, 0, NULL);
    ck_assert(json_equal(json_object_get(json_object_get(got, "error"), "attempts"), attempts));
    json_decref(got);
    json_decref(attempts);
    buf_done(&out);
}
END_TEST

START_TEST(a_stream_that_broke_ends_with_an_event)
{
    struct buf out;
    const struct dialect_error error = {.message = text_of("it\nbroke")};
    buf_init(&out, 65536);
    ck_assert_int_eq(dialect_anthropic_error_event(&error, &out), 0);
    ck_assert_str_eq(out.data, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                               "\"api_error\",\"message\":\"it\\nbroke\"}}\n\n");
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *want;
} late[] = {
    {"a body of this shape is the event",
     "{'type':'error',\n 'error':{'type':'overloaded_error','message':'full'}}",
     "event: error\ndata: "
     "{'type':'error','error':{'type':'overloaded_error','message':'full'}}\n\n"},
    {"of another's the message is told", "{'error':{'message':'x'}}",
     "event: error\ndata: {'type':'error','error':{'type':'api_error','message':'m','code':"
     "'timeout'}}\n\n"},
    {"and so of what is no JSON", "<html>",
     "event: error\ndata: {'type':'error','error':{'type':'api_error','message':'m','code':"
     "'timeout'}}\n\n"},
};

START_TEST(an_error_that_comes_too_late_is_an_event)
{
    struct buf out;
    char *body = json_row_text(late[_i].body), *want = json_row_text(late[_i].want);
    buf_init(&out, 65536);
    ck_assert_int_eq(dialect_anthropic_late_error(text_of(body), text_of("m"), "timeout", &out), 0);
    ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", late[_i].name, out.data);
    free(body);
    free(want);
    buf_done(&out);
}
END_TEST

START_TEST(a_small_room_is_told)
{
    for (size_t max = 0; max < 60; max++) {
        struct buf out;
        buf_init(&out, max);
        ck_assert_int_lt(dialect_anthropic_error_event(&rows[0].error, &out), 0);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_error");
    TCase *tc = tcase_create("errors");
    tcase_add_loop_test(tc, an_error_has_its_body_and_its_status, 0, ROWS(rows));
    tcase_add_test(tc, attempts_stand_in_the_error);
    tcase_add_test(tc, a_stream_that_broke_ends_with_an_event);
    tcase_add_loop_test(tc, an_error_that_comes_too_late_is_an_event, 0, ROWS(late));
    tcase_add_test(tc, a_small_room_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
