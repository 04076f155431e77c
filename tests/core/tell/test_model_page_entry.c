/* Entries of the list of models, in OpenAI's form. */
#include <errno.h>

#include "json_row.h"
#include "tell/model_page.h"
#include "unit.h"

static struct config_provider cloud = {.name = (char *)(uintptr_t) "cloud", .kind = &kind_openai};
static struct config_provider near = {.name = (char *)(uintptr_t) "o", .kind = &kind_ollama};
static struct ollama_model local[] = {
    {.name = (char *)(uintptr_t) "m:3b",
     .modified_at = (char *)(uintptr_t) "2026-11-24T19:00:00.25+01:00"}};
static const struct ollama_models local_models = {local, 1, true};

static const struct {
    bool bare;
    const char *answer; /* of the cloud; NULL = the entry is Ollama's */
    const char *want;
} entries[] = {
    {true, "{'data':[{ 'id':'gpt-4', 'x':1.0}]}", "{ 'id':'gpt-4', 'x':1.0}"},
    {false, "{'data':[{'x' : 1.0, 'id' : 'gpt-4' ,'y':[ ]}]}",
     "{'x' : 1.0, 'id' : 'cloud:gpt-4' ,'y':[ ]}"},
    {false, NULL, "{'id':'o:m:3b','object':'model','created':1795543200,'owned_by':'o'}"},
};

START_TEST(an_entry)
{
    char *told = entries[_i].answer ? json_row_text(entries[_i].answer) : NULL;
    char *want = json_row_text(entries[_i].want);
    const struct offer offer = {.at = {{.provider = told ? &cloud : &near,
                                        .bare = entries[_i].bare,
                                        .answer = text_of(told),
                                        .models = told ? NULL : &local_models}},
                                .count = 1};
    struct offer_cursor cursor = {0};
    struct offer_entry entry;
    struct buf out;
    buf_init(&out, 1000);
    ck_assert(offer_next(&offer, &cursor, &entry));
    ck_assert_int_eq(model_page_entry(&entry, &out), 0);
    ck_assert_str_eq(out.data, want);
    for (size_t max = 0; max < strlen(want); max++) {
        buf_done(&out);
        buf_init(&out, max);
        ck_assert_int_eq(model_page_entry(&entry, &out), -EMSGSIZE);
    }
    buf_done(&out);
    free(told);
    free(want);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("model_page_entry");
    TCase *tc = tcase_create("model_page_entry");
    tcase_add_loop_test(tc, an_entry, 0, ROWS(entries));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
