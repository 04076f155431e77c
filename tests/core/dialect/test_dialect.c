/* The records, and a translation from end to end where memory or room ends. */
#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "unit.h"

/* What others ask without a look whether it is there. */
static void check_app(const struct dialect_app *app, const char *word)
{
    ck_assert_msg(app->request_read && app->event_write && app->answer_write, "%s", word);
    ck_assert_msg(app->break_write && app->late_error_write, "%s", word);
    ck_assert_msg(app->writer_size >= sizeof(struct dialect_writer), "%s", word);
}

static void check_judge(const struct dialect_judge *judge, const char *word)
{
    ck_assert_msg(judge->event && judge->rest && judge->end, "%s", word);
    ck_assert_msg(judge->break_write && judge->whole, "%s", word);
    ck_assert_msg(judge->size && judge->event_max && judge->out_max >= judge->event_max, "%s",
                  word);
}

static void check_provider(const struct dialect_provider *provider, const char *word)
{
    ck_assert_msg((provider->path == NULL) == (provider->request_write == NULL), "%s", word);
    ck_assert_msg(!provider->path || provider->path[0] == '/', "%s", word);
    ck_assert_msg(provider->event_read && provider->answer_read, "%s", word);
}

START_TEST(every_half_is_whole)
{
    for (size_t i = 0; i < dialect_count(); i++) {
        const struct dialect *dialect = dialect_at(i);
        ck_assert(dialect_by_word(dialect->word) == dialect);
        ck_assert(dialect->id_prefix && dialect->stream_type && dialect->error_write);
        ck_assert(dialect->app || dialect->provider || dialect->judge);
        if (dialect->app)
            check_app(dialect->app, dialect->word);
        if (dialect->provider)
            check_provider(dialect->provider, dialect->word);
        if (dialect->judge)
            check_judge(dialect->judge, dialect->word);
    }
    ck_assert_ptr_null(dialect_by_word("klingon"));
    ck_assert_ptr_null(dialect_by_word(NULL));
}
END_TEST

/* No path is asked in two of them; what is passed on has a judge, the rest two halves. */
START_TEST(each_kind_can_be_asked_what_it_serves)
{
    for (int path = 0; path < API_PATH_COUNT; path++) {
        const struct dialect *asked = dialect_asked((enum api_path)path);
        for (size_t i = 0; i < dialect_count(); i++)
            ck_assert(!(dialect_at(i)->asked_on & 1u << path) || dialect_at(i) == asked);
        for (size_t k = 0; k < kind_count(); k++) {
            const struct kind *kind = kind_at(k);
            const struct dialect *spoken = dialect_spoken(kind, (enum api_path)path);
            ck_assert_msg(!kind->path[path].speaks || spoken, "%s", kind->path[path].speaks);
            ck_assert(!spoken || asked);
            bool translates = dialect_translates(kind, (enum api_path)path);
            ck_assert(translates == (spoken && spoken != asked));
            ck_assert(!translates || (asked->app && spoken->provider && spoken->provider->path));
            ck_assert(translates || !asked || asked->judge);
        }
    }
    ck_assert_ptr_eq(dialect_asked(API_PATH_CHAT), &dialect_openai);
    ck_assert_ptr_null(dialect_asked(API_PATH_EMBEDDINGS));
    ck_assert_ptr_eq(dialect_spoken(&kind_ollama, API_PATH_COMPLETIONS), &dialect_ollama);
    ck_assert(dialect_translates(&kind_ollama, API_PATH_RESPONSES));
    ck_assert(!dialect_translates(&kind_openai, API_PATH_RESPONSES));
    ck_assert(!dialect_translates(&kind_ollama, API_PATH_EMBEDDINGS));
}
END_TEST

static void forget(struct dialect_writer *writer)
{
    writer->calls = 77;
}

START_TEST(a_writer_has_room_for_what_its_dialect_keeps)
{
    struct wide {
        struct dialect_writer base;
        char more[100];
    };
    const struct dialect_app app = {.writer_size = sizeof(struct wide), .writer_done = forget};
    const struct dialect_writer how = {.window = 5};
    struct dialect_writer *writer = dialect_writer_new(&app, &how);
    ck_assert_int_eq(writer->window, 5);
    for (size_t i = 0; i < sizeof(((struct wide *)writer)->more); i++)
        ck_assert_int_eq(((struct wide *)writer)->more[i], 0);
    dialect_writer_free(&app, writer);
    dialect_writer_free(&app, NULL);
}
END_TEST

static const struct {
    const struct dialect *app;
    const char *body; /* with ' for " */
    int status;
} errors[] = {
    {NULL,
     "{'error':{'message':'too long','type':'invalid_request_error','param':null,'code':"
     "'context_length_exceeded','attempts':[]}}",
     502},
    {&dialect_openai,
     "{'error':{'message':'too long','type':'invalid_request_error','param':null,'code':"
     "'context_length_exceeded','attempts':[]}}",
     502},
    {&dialect_anthropic,
     "{'type':'error','error':{'type':'invalid_request_error','message':'prompt is too long: too "
     "long','code':'context_length_exceeded','attempts':[]},'request_id':'ex-1'}",
     400},
    {&dialect_ollama, "{'error':'too long'}", 502},
};

START_TEST(an_error_has_the_shape_of_its_app)
{
    struct buf out;
    int status = 0;
    char *want = json_row_text(errors[_i].body);
    json_t *attempts = json_array();
    const struct dialect_error error = {.status = 502,
                                        .type = "invalid_request_error",
                                        .code = "context_length_exceeded",
                                        .message = text_of("too long"),
                                        .request_id = text_of("ex-1"),
                                        .attempts = attempts};
    buf_init(&out, 4096);
    ck_assert_int_eq(dialect_error_write(errors[_i].app, &error, &out, &status), 0);
    ck_assert_str_eq(out.data, want);
    ck_assert_int_eq(status, errors[_i].status);
    buf_done(&out);
    json_decref(attempts);
    free(want);
}
END_TEST

static const char conversation[] =
    "{'messages':[{'role':'system','content':'s'},{'role':'user','content':[{'type':'text',"
    "'text':'a'},{'type':'text','text':'b'}]}],'tools':[{'type':'function','function':{'name':'f',"
    "'parameters':{'type':'object','properties':{'x':true}}}}],'stop':'x','temperature':0.5}";

START_TEST(a_request_that_has_no_room_is_told)
{
    struct buf out, dropped;
    struct dialect_target target = {
        .app = &dialect_openai, .speaks = &dialect_ollama, .model = "m"};
    char *body = json_row_text(conversation);
    int r = -EMSGSIZE;
    size_t max = 0;
    for (; r == -EMSGSIZE && max < 4096; max++) {
        struct error why = ERROR_NONE;
        buf_init(&out, max);
        buf_init(&dropped, DIALECT_DROPPED_MAX);
        r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
        buf_done(&out);
        buf_done(&dropped);
    }
    ck_assert_int_eq(r, 0);
    ck_assert_uint_gt(max, 200);
    free(body);
}
END_TEST

/* Every prefix of a request is refused, none is misread. */
START_TEST(a_request_that_was_cut_is_refused)
{
    struct buf out, dropped;
    struct dialect_target target = {
        .app = &dialect_openai, .speaks = &dialect_ollama, .model = "m"};
    char *body = json_row_text(conversation);
    buf_init(&out, 4096);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    for (size_t len = 0; len < strlen(body); len++) {
        struct error why = ERROR_NONE;
        ck_assert_int_eq(
            dialect_translate_request(text_make(body, len), &target, &out, &dropped, &why),
            -EINVAL);
        ck_assert(error_is_set(&why));
    }
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect");
    TCase *tc = tcase_create("dialect");
    tcase_add_loop_test(tc, an_error_has_the_shape_of_its_app, 0, 4);
    tcase_add_test(tc, every_half_is_whole);
    tcase_add_test(tc, each_kind_can_be_asked_what_it_serves);
    tcase_add_test(tc, a_writer_has_room_for_what_its_dialect_keeps);
    tcase_add_test(tc, a_request_that_has_no_room_is_told);
    tcase_add_test(tc, a_request_that_was_cut_is_refused);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
