/* When a refused connection means that a server has to be started, and how that is told. */
#include "config_case.h"
#include "rules/not_running.h"

static const struct {
    const char *settings;
    const char *provider;
    enum transport transport;
    const char *says; /* NULL: it may run */
} rows[] = {
    {"", "ollama", TRANSPORT_CONNECT,
     "Ollama is not running at 127.0.0.1:11434; start it with `ollama serve`"},
    {"[provider ollama]\nbase_url = http://localhost:1\n", "ollama", TRANSPORT_CONNECT,
     "Ollama is not running at localhost:1; start it with `ollama serve`"},
    {"[provider ollama]\nbase_url = http://[::1]:1\n", "ollama", TRANSPORT_CONNECT,
     "Ollama is not running at [::1]:1; start it with `ollama serve`"},
    {"[provider openai]\nbase_url = http://127.0.0.1:1234/v1\n", "openai", TRANSPORT_CONNECT,
     "no server is running at 127.0.0.1:1234; start it"},
    {"[provider ollama]\nbase_url = http://192.168.1.9:11434\n", "ollama", TRANSPORT_CONNECT, NULL},
    {"[provider ollama]\nproxy = http://192.168.1.9:1\n", "ollama", TRANSPORT_CONNECT, NULL},
    {"", "openai", TRANSPORT_CONNECT, NULL},
    {"", "ollama", TRANSPORT_RESET, NULL},
    {"", "ollama", TRANSPORT_OK, NULL},
};

START_TEST(a_refusal_on_this_machine_is_told_as_what_it_is)
{
    struct config_case test = config_case_load(rows[_i].settings, NULL, NULL);
    struct error told = ERROR_NONE;
    bool is =
        not_running(config_case_provider(&test, rows[_i].provider), rows[_i].transport, &told);
    ck_assert(is == (rows[_i].says != NULL));
    ck_assert_str_eq(told.text, rows[_i].says ? rows[_i].says : "");
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("not_running");
    TCase *tc = tcase_create("not_running");
    tcase_add_loop_test(tc, a_refusal_on_this_machine_is_told_as_what_it_is, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
