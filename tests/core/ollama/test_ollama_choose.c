/* Which model answers, and what is said when none does. */
#include <errno.h>
#include <string.h>

#include "ollama/ollama.h"
#include "text/count.h"
#include "unit.h"

enum {
    CHAT = OLLAMA_CAN_COMPLETION,
    TOOLS = OLLAMA_CAN_COMPLETION | OLLAMA_CAN_TOOLS,
    SEES = OLLAMA_CAN_COMPLETION | OLLAMA_CAN_VISION,
    EMBEDS = OLLAMA_CAN_EMBEDDING,
};

#define INSTALLED_MAX 4

static char embed_name[] = "embed:latest", chat_name[] = "chat:latest", tools_name[] = "tools:8b",
            sees_name[] = "sees:latest", cloud_name[] = "big:cloud", old_name[] = "old:1",
            auto_name[] = "auto";

/* Rows name models by these letters. */
static const struct {
    char letter;
    struct ollama_model model;
} shelf[] = {
    {'e', {embed_name, true, EMBEDS, 2048, false, NULL, 0, NULL, {0}, NULL}},
    {'c', {chat_name, true, CHAT, 8192, false, NULL, 0, NULL, {0}, NULL}},
    {'t', {tools_name, true, TOOLS, 4096, false, NULL, 0, NULL, {0}, NULL}},
    {'s', {sees_name, true, SEES, 0, false, NULL, 0, NULL, {0}, NULL}},
    {'k', {cloud_name, true, TOOLS, 131072, true, NULL, 0, NULL, {0}, NULL}},
    {'o', {old_name, false, 0, 0, false, NULL, 0, NULL, {0}, NULL}},
    {'a', {auto_name, false, 0, 0, false, NULL, 0, NULL, {0}, NULL}},
};

static const struct ollama_model *on_shelf(char letter)
{
    for (size_t i = 0; i < COUNT(shelf); i++)
        if (shelf[i].letter == letter)
            return &shelf[i].model;
    abort(); /* a row names a letter that is not on the shelf */
}

#define UNKNOWN NULL

static const struct {
    const char *name;
    const char *installed; /* letters; UNKNOWN = the server never told */
    const char *preferred; /* letters */
    const char *wanted;
    bool explicit_;
    struct request_facts facts;
    int64_t tokens;
    bool allow_cloud;
    const char *chosen; /* or NULL */
    const char *reason; /* part of it */
    int r;
} rows[] = {
    {"the first preference", "ct", "tc", NULL, false, {0}, 0, false, "tools:8b", NULL, 0},
    {"the first that is installed", "c", "tc", NULL, false, {0}, 0, false, "chat:latest", NULL, 0},
    {"auto is any that can chat", "ec", "ta", NULL, false, {0}, 0, false, "chat:latest", NULL, 0},
    {"a wish that is installed", "ct", "ca", "tools:8b", false, {0}, 0, false, "tools:8b", NULL, 0},
    {"a wish in the app's own spelling",
     "ct",
     "ta",
     "Chat",
     false,
     {0},
     0,
     false,
     "chat:latest",
     NULL,
     0},
    {"a wish that is not installed",
     "ct",
     "ca",
     "gpt-4",
     false,
     {0},
     0,
     false,
     "chat:latest",
     NULL,
     0},
    {"a wish that cannot do it",
     "ct",
     "ta",
     "chat",
     false,
     {.tools = true},
     0,
     false,
     "tools:8b",
     NULL,
     0},
    {"tools pass over what cannot call",
     "ct",
     "ca",
     NULL,
     false,
     {.tools = true},
     0,
     false,
     "tools:8b",
     NULL,
     0},
    {"images pass over what cannot see",
     "cts",
     "ca",
     NULL,
     false,
     {.images = true},
     0,
     false,
     "sees:latest",
     NULL,
     0},
    {"what is not known counts as able",
     "o",
     "a",
     NULL,
     false,
     {.images = true, .tools = true, .audio = true},
     0,
     false,
     "old:1",
     NULL,
     0},
    {"a model that leaves the machine is passed over",
     "kc",
     "ka",
     NULL,
     false,
     {0},
     0,
     false,
     "chat:latest",
     NULL,
     0},
    {"unless that is allowed", "kc", "ka", NULL, false, {0}, 0, true, "big:cloud", NULL, 0},
    {"a window half as long again is passed over",
     "tc",
     "a",
     NULL,
     false,
     {0},
     6145,
     false,
     "chat:latest",
     NULL,
     0},
    {"up to there Ollama decides", "tc", "a", NULL, false, {0}, 6144, false, "tools:8b", NULL, 0},
    {"a window that is not known",
     "ts",
     "a",
     NULL,
     false,
     {0},
     1000000,
     false,
     "sees:latest",
     NULL,
     0},
    {"an explicit wish", "ct", "ta", "chat", true, {0}, 0, false, "chat:latest", NULL, 0},
    {"an explicit wish that is not installed",
     "ct",
     "ca",
     "gone:1",
     true,
     {0},
     0,
     false,
     NULL,
     "gone:1 is not installed; try `ollama pull gone:1`",
     -ENOENT},
    {"an explicit wish that cannot see",
     "cs",
     "sa",
     "chat",
     true,
     {.images = true},
     0,
     false,
     NULL,
     "chat cannot see images",
     -ENOENT},
    {"an explicit wish that leaves the machine",
     "ck",
     "ca",
     "big:cloud",
     true,
     {0},
     0,
     false,
     NULL,
     "big:cloud is answered by another machine",
     -ENOENT},
    {"an explicit wish that is too small",
     "ct",
     "ca",
     "tools:8b",
     true,
     {0},
     9000,
     false,
     NULL,
     "about 9000 tokens is longer than the 4096",
     -EMSGSIZE},
    {"none can see",
     "ct",
     "ca",
     NULL,
     false,
     {.images = true},
     0,
     false,
     NULL,
     "no installed Ollama model can see images; try `ollama pull ministral-3:3b`",
     -ENOENT},
    {"none can call",
     "c",
     "ta",
     NULL,
     false,
     {.tools = true},
     0,
     false,
     NULL,
     "no installed Ollama model can call tools; try `ollama pull tools:8b`",
     -ENOENT},
    {"none can hear",
     "ct",
     "ca",
     NULL,
     false,
     {.audio = true},
     0,
     false,
     NULL,
     "no installed Ollama model can hear audio",
     -ENOENT},
    {"none can chat",
     "e",
     "a",
     NULL,
     false,
     {0},
     0,
     false,
     NULL,
     "no installed Ollama model can chat",
     -ENOENT},
    {"only the cloud's",
     "k",
     "a",
     NULL,
     false,
     {0},
     0,
     false,
     NULL,
     "another machine answers, as big:cloud",
     -ENOENT},
    {"nothing is installed",
     "",
     "ta",
     NULL,
     false,
     {0},
     0,
     false,
     NULL,
     "may answer is installed; try `ollama pull tools:8b`",
     -ENOENT},
    {"all are too small",
     "ct",
     "a",
     NULL,
     false,
     {0},
     100000,
     false,
     NULL,
     "about 100000 tokens is longer than the 8192",
     -EMSGSIZE},
    {"nothing known: the first preference that is a name",
     UNKNOWN,
     "atc",
     "gpt-4",
     false,
     {0},
     0,
     false,
     "tools:8b",
     NULL,
     0},
    {"nothing known: an explicit wish", UNKNOWN, "t", "mine", true, {0}, 0, false, "mine", NULL, 0},
    {"an explicit wish for a cloud that is not even installed",
     "t",
     "t",
     "x:cloud",
     true,
     {0},
     0,
     false,
     NULL,
     "x:cloud is answered by another machine",
     -ENOENT},
    {"one that may be installed",
     "t",
     "t",
     "x:cloud",
     true,
     {0},
     0,
     true,
     NULL,
     "x:cloud is not installed; try `ollama pull x:cloud`",
     -ENOENT},
    {"nothing known: an explicit wish for the cloud",
     UNKNOWN,
     "t",
     "x:cloud",
     true,
     {0},
     0,
     false,
     NULL,
     "x:cloud is answered by another machine",
     -ENOENT},
    {"nothing known: a preference for the cloud",
     UNKNOWN,
     "k",
     NULL,
     false,
     {0},
     0,
     false,
     NULL,
     "another machine answers",
     -ENOENT},
    {"nothing known, and only auto",
     UNKNOWN,
     "a",
     NULL,
     false,
     {0},
     0,
     false,
     NULL,
     "here has not told which models it has",
     -ENOENT},
};

START_TEST(the_right_model_is_chosen)
{
    struct ollama_model installed[INSTALLED_MAX];
    struct ollama_models models = {installed, 0, rows[_i].installed != UNKNOWN};
    char *preferred[INSTALLED_MAX + 1] = {NULL};
    struct config_provider provider = {.name = (char[]){"here"},
                                       .allow_cloud = rows[_i].allow_cloud};
    for (const char *c = rows[_i].installed; c && *c; c++)
        installed[models.count++] = *on_shelf(*c);
    for (const char *c = rows[_i].preferred; *c; c++)
        preferred[provider.model.count++] = on_shelf(*c)->name;
    provider.model.at = preferred;
    struct ollama_count count = {.hundredths = {rows[_i].tokens * 100}};
    struct ollama_need need = {.wanted = rows[_i].wanted,
                               .explicit_ = rows[_i].explicit_,
                               .facts = &rows[_i].facts,
                               .count = rows[_i].tokens ? &count : NULL};
    struct error why = ERROR_NONE;
    char *chosen = NULL;
    int r = ollama_choose(&provider, &models, &need, &chosen, &why);
    ck_assert_msg(r == rows[_i].r, "%s: %d, %s", rows[_i].name, r, why.text);
    if (rows[_i].chosen)
        ck_assert_msg(strcmp(chosen, rows[_i].chosen) == 0, "%s: %s", rows[_i].name, chosen);
    else
        ck_assert_msg(!chosen && strstr(why.text, rows[_i].reason), "%s: %s", rows[_i].name,
                      why.text);
    free(chosen);
}
END_TEST

/* The model that is suggested otherwise sees and calls, but does not hear. */
START_TEST(nothing_is_suggested_for_audio)
{
    struct ollama_model installed = *on_shelf('t');
    char *preferred[] = {auto_name};
    const struct ollama_models models = {&installed, 1, true};
    const struct config_provider provider = {.model = {.at = preferred, .count = 1}};
    const struct request_facts facts = {.audio = true};
    const struct ollama_need need = {.facts = &facts};
    struct error why = ERROR_NONE;
    char *chosen = NULL;
    ck_assert_int_eq(ollama_choose(&provider, &models, &need, &chosen, &why), -ENOENT);
    ck_assert_str_eq(why.text, "no installed Ollama model can hear audio");
}
END_TEST

static const struct {
    const char *name;
    char letter;        /* of the one that is installed and asked for */
    const char *reason; /* NULL = it is chosen */
} embedders[] = {
    {"one that embeds", 'e', NULL},
    {"one that chats", 'c', "cannot embed texts"},
    {"one of which nothing is known", 'o', NULL},
    {"one elsewhere", 'k', "another machine"},
};

START_TEST(a_model_that_embeds_need_not_chat)
{
    struct ollama_model installed = *on_shelf(embedders[_i].letter);
    const struct ollama_models models = {&installed, 1, true};
    const struct config_provider provider = {.allow_cloud = false};
    const struct ollama_need need = {.wanted = installed.name, .explicit_ = true, .embeds = true};
    struct error why = ERROR_NONE;
    char *chosen = NULL;
    int r = ollama_choose(&provider, &models, &need, &chosen, &why);
    if (embedders[_i].reason)
        ck_assert_msg(r == -ENOENT && strstr(why.text, embedders[_i].reason), "%s: %s",
                      embedders[_i].name, why.text);
    else
        ck_assert_msg(r == 0 && strcmp(chosen, installed.name) == 0, "%s: %s", embedders[_i].name,
                      why.text);
    free(chosen);
}
END_TEST

static const struct {
    const char *name;
    double rate; /* learned: tokens for each that is counted; 0 = nothing */
    int64_t counted;
    int r;
} learned[] = {
    {"a text as long as the window", 0, 8000, 0},
    {"one half as long again is left to Ollama", 0, 12000, 0},
    {"a longer one is not", 0, 12300, -EMSGSIZE},
    {"unless the model is known to need less for it", 0.5, 12300, 0},
    {"a shorter one, where it is known to need more", 2, 6200, -EMSGSIZE},
};

START_TEST(a_window_is_too_small_by_what_was_learned)
{
    char name[] = "small:1b";
    for (int embeds = 0; embeds <= 1; embeds++) {
        struct ollama_model model = {.name = name, .context_length = 8192};
        const struct ollama_models models = {&model, 1, true};
        const struct config_provider provider = {0};
        const struct ollama_count count = {
            .hundredths = {[OLLAMA_KIND_DIGITS] = learned[_i].counted * 100}};
        const struct request_facts facts = {0};
        const struct ollama_need need = {
            .wanted = name, .explicit_ = true, .embeds = embeds, .facts = &facts, .count = &count};
        struct error why = ERROR_NONE;
        char *chosen = NULL;
        model.rates.known = learned[_i].rate > 0;
        for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
            model.rates.of_kind[kind] = learned[_i].rate;
        int r = ollama_choose(&provider, &models, &need, &chosen, &why);
        ck_assert_msg(r == learned[_i].r, "%s: %d %s", learned[_i].name, r, why.text);
        free(chosen);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_choose");
    TCase *tc = tcase_create("choose");
    tcase_add_loop_test(tc, the_right_model_is_chosen, 0, ROWS(rows));
    tcase_add_test(tc, nothing_is_suggested_for_audio);
    tcase_add_loop_test(tc, a_model_that_embeds_need_not_chat, 0, ROWS(embedders));
    tcase_add_loop_test(tc, a_window_is_too_small_by_what_was_learned, 0, ROWS(learned));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
