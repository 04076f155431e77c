/* SECTION.KEY=VALUE, step by step. */
#include <stdio.h>

#include "cli/completion.h"
#include "settings/option.h"

static const struct {
    const char *name;
    const char *word;
    const char *candidates;
} rows[] = {
    {"a section with names ends in a dot", "prov", "provider."},
    {"one without has its keys at once", "breaker", "breaker.failures= breaker.open_for="},
    {"providers that are known", "provider.o", "provider.openai. provider.ollama."},
    {"also those of the settings", "provider.b", "provider.box."},
    {"the keys of one", "provider.box.ca", "provider.box.ca_file="},
    {"what only Ollama has", "provider.ollama.warm", "provider.ollama.warm_up="},
    {"is not offered for others that are known", "provider.openai.warm", ""},
    {"keys of [retry] for one provider", "provider.box.retry_m",
     "provider.box.retry_multiplier= provider.box.retry_min_wait= provider.box.retry_max_wait="},
    {"headers have a name", "provider.box.h", "provider.box.header. provider.box.http2="},
    {"also those of a tool", "tool.weather.h", "tool.weather.header."},
    {"the word of a section that begins another", "tool",
     "tool. tools.max_iterations= tools.max_result="},
    {"a model's name may have dots", "model.gpt-4.1.o",
     "model.gpt-4.1.openai= model.gpt-4.1.ollama="},
    {"other keys of a model", "model.gpt-4.1.c",
     "model.gpt-4.1.capabilities= model.gpt-4.1.context="},
    {"a model's name cannot be known", "model.gpt", ""},
    {"nor a client's", "token.ho", ""},
    {"the keys of one", "token.home.se", "token.home.secret="},
    {"its route", "token.home.route=ol", "token.home.route=ollama"},

    {"choices", "log.format=", "log.format=text log.format=json"},
    {"the beginning of one", "log.level=d", "log.level=debug"},
    {"yes and no", "server.ollama_admin=", "server.ollama_admin=yes server.ollama_admin=no"},
    {"types", "provider.box.type=o", "provider.box.type=openai provider.box.type=ollama"},
    {"names of providers", "route.priority=o", "route.priority=openai route.priority=ollama"},
    {"the next of a list, without what is there", "route.priority=openai,box,",
     "route.priority=openai,box,ollama"},
    {"failure classes", "retry.on=ti", "retry.on=timeout"},
    {"only those that the setting takes", "retry.on=redir", ""},
    {"a class behind another", "route.fallback_on=network,red",
     "route.fallback_on=network,redirect"},
    {"what a model can do", "model.x.capabilities=vi", "model.x.capabilities=vision"},
    {"a word in place of a duration", "server.heartbeat=", "server.heartbeat=off"},
    {"where no word is, the default", "retry.attempts=", "retry.attempts=3"},
    {"a default of several words is none", "server.allowed_hosts=", ""},
    {"a file", "provider.box.ca_file=", "provider.box.ca_file=system <files>"},
    {"where a secret may be", "provider.box.api_key=f", "provider.box.api_key=file:"},
    {"also of a header", "provider.box.header.X-Key=e", "provider.box.header.X-Key=env:"},
    {"a key of [retry] at a provider", "provider.box.retry_on=serv",
     "provider.box.retry_on=server"},

    {"no such section", "serverr.x=", ""},
    {"no such key", "server.lisen=", ""},
    {"a section alone", "server=", ""},
    {"no name", "provider.type=", ""},
    {"a word behind a blank is the user's", "model gpt-4.1.o", ""},
};

START_TEST(a_setting_grows)
{
    const char *const words[] = {"-s", rows[_i].word, NULL};
    struct buf lines, candidates;
    buf_init(&lines, 1u << 20);
    buf_init(&candidates, 1u << 20);
    ck_assert_int_eq(completion_of(words, &lines), 0);
    completion_candidates(&lines, &candidates);
    ck_assert_msg(text_equals(buf_text(&candidates), rows[_i].candidates), "%s: %.*s",
                  rows[_i].name, TEXT_ARG(buf_text(&candidates)));
    buf_done(&lines);
    buf_done(&candidates);
}
END_TEST

/* Whatever row comes, a shell knows it. */
START_TEST(each_setting_is_offered)
{
    struct buf lines;
    buf_init(&lines, 1u << 20);
    static const char *const whole[] = {"-s", "", NULL},
                             *const provider[] = {"-s", "provider.box.", NULL},
                             *const model[] = {"-s", "model.x.", NULL},
                             *const token[] = {"-s", "token.x.", NULL},
                             *const tool[] = {"-s", "tool.x.", NULL};
    ck_assert_int_eq(completion_of(whole, &lines), 0);
    ck_assert_int_eq(completion_of(provider, &lines), 0);
    ck_assert_int_eq(completion_of(model, &lines), 0);
    ck_assert_int_eq(completion_of(token, &lines), 0);
    ck_assert_int_eq(completion_of(tool, &lines), 0);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        char key[64];
        bool fixed = strcspn(option->key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(option->key);
        (void)snprintf(key, sizeof(key), ".%s=\t", option->key);
        ck_assert_msg(!fixed || strstr(lines.data, key), "%s", option->key);
    }
    buf_done(&lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cli_complete_setting");
    TCase *tc = tcase_create("settings");
    tcase_add_loop_test(tc, a_setting_grows, 0, ROWS(rows));
    tcase_add_test(tc, each_setting_is_offered);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
