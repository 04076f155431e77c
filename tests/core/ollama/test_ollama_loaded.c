/* What /api/ps tells of the models in memory. */
#include <string.h>

#include "ollama/ollama.h"
#include "text/count.h"
#include "unit.h"

static const char tags[] = "{\"models\":[{\"name\":\"a:1b\"},{\"name\":\"b:latest\"}]}";

static const struct {
    const char *name;
    const char *body;
    int r;
    int64_t a, b;
} rows[] = {
    {"a loaded model has its window",
     "{\"models\":[{\"name\":\"a:1b\",\"context_length\":8192,\"size\":5}]}", 0, 8192, 0},
    {"a name without a tag is the latest",
     "{\"models\":[{\"name\":\"b\",\"context_length\":4096}]}", 0, 0, 4096},
    {"several may be loaded",
     "{\"models\":[{\"name\":\"b:latest\",\"context_length\":1},{\"name\":\"A:1B\","
     "\"context_length\":2}]}",
     0, 2, 1},
    {"none is loaded", "{\"models\":[]}", 0, 0, 0},
    {"none is loaded, as Go writes it", "{\"models\":null}", 0, 0, 0},
    {"an old server does not tell the window", "{\"models\":[{\"name\":\"a:1b\"}]}", 0, 0, 0},
    {"an unknown model is passed over", "{\"models\":[{\"name\":\"c\",\"context_length\":9}]}", 0,
     0, 0},
    {"a window that is no number is not known",
     "{\"models\":[{\"name\":\"a:1b\",\"context_length\":\"9\"}]}", 0, 0, 0},
    {"a web page changes nothing", "<html>", -1, 77, 0},
    {"another object changes nothing", "{\"status\":\"ok\"}", -1, 77, 0},
};

START_TEST(loaded_models_are_read)
{
    struct ollama_models models;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(ollama_tags_read(text_of(tags), &models, &why), 0);
    models.at[0].loaded_context = 77;
    int r = ollama_ps_read(text_of(rows[_i].body), &models, &why);
    ck_assert_msg((r < 0) == (rows[_i].r < 0), "%s: %d", rows[_i].name, r);
    ck_assert_msg((r < 0) == error_is_set(&why), "%s", rows[_i].name);
    ck_assert_msg(models.at[0].loaded_context == rows[_i].a, "%s", rows[_i].name);
    ck_assert_msg(models.at[1].loaded_context == rows[_i].b, "%s", rows[_i].name);
    ollama_models_done(&models);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_loaded");
    TCase *t = tcase_create("ollama_loaded");
    tcase_add_loop_test(t, loaded_models_are_read, 0, COUNT(rows));
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
