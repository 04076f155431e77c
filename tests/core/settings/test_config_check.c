/* Settings that contradict each other, need one another, or are unwise together. */
#include "config_case.h"

#define REACHABLE                                                                                  \
    " is reachable from other machines and nobody has to show a token; allowed: loopback "         \
    "addresses, or set [server] tokens, or allow_unauthenticated = yes"
#define OWN                                                                                        \
    " is where understudy itself listens: it would ask itself; allowed: the address of another "   \
    "server"
#define NO_PROVIDER                                                                                \
    "; allowed: openai, ollama, anthropic, every other preset (`understudy config --presets`) "    \
    "and every NAME that has a [provider NAME] section"
#define BOX   "[provider box]\ntype = openai\nbase_url = https://box.example\n"
#define NAMES "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17"

static const struct {
    const char *name;
    const char *file;
    const char *error; /* "": none */
} rows[] = {
    {"the defaults", "", ""},
    {"every address without a token", "[server]\nlisten = 0.0.0.0:80\n",
     "f.ini:2: [server] listen = \"0.0.0.0:80\"" REACHABLE},
    {"every address of IPv6", "[server]\nlisten = [::]:80\n",
     "f.ini:2: [server] listen = \"[::]:80\"" REACHABLE},
    {"one of several addresses", "[server]\nlisten = 127.0.0.1:80, 192.168.1.2:80, unix:/x\n",
     "f.ini:2: [server] listen = \"192.168.1.2:80\"" REACHABLE},
    {"a name that may be anywhere", "[server]\nlisten = box:80\n",
     "f.ini:2: [server] listen = \"box:80\"" REACHABLE},
    {"loopback in all its forms", "[server]\nlisten = 127.1.2.3:80, [::1]:80, localhost:81\n", ""},
    {"a socket in the file system", "[server]\nlisten = unix:/x\n", ""},
    {"with a token", "[server]\nlisten = 0.0.0.0:80\ntokens = sesame\n", ""},
    {"with tokens that are none", "[server]\nlisten = 0.0.0.0:80\ntokens = none\n",
     "f.ini:2: [server] listen = \"0.0.0.0:80\"" REACHABLE},
    {"with empty tokens", "[server]\nlisten = 0.0.0.0:80\ntokens =\n",
     "f.ini:2: [server] listen = \"0.0.0.0:80\"" REACHABLE},
    {"with a comma for tokens", "[server]\nlisten = 0.0.0.0:80\ntokens = , ,\n",
     "f.ini:2: [server] listen = \"0.0.0.0:80\"" REACHABLE},
    {"meant", "[server]\nlisten = 0.0.0.0:80\nallow_unauthenticated = yes\n", ""},
    {"not meant", "[server]\nlisten = 0.0.0.0:80\nallow_unauthenticated = no\n",
     "f.ini:2: [server] listen = \"0.0.0.0:80\"" REACHABLE},
    {"a bad boolean is the only error",
     "[server]\nlisten = 0.0.0.0:80\nallow_unauthenticated = ja\n",
     "f.ini:3: [server] allow_unauthenticated = \"ja\": not valid; allowed: yes or no, true or "
     "false, on or off, 1 or 0"},
    {"a shortest wait above the longest", "[retry]\nmin_wait = 20s\n",
     "f.ini:2: [retry]: min_wait (20000 ms) is longer than max_wait (10000 ms); allowed: min_wait "
     "up to max_wait"},
    {"told at the later of the two", "[retry]\nmax_wait = 1s\nmin_wait = 2s\n",
     "f.ini:3: [retry]: min_wait (2000 ms) is longer than max_wait (1000 ms); allowed: min_wait "
     "up to max_wait"},
    {"equal waits", "[retry]\nmin_wait = 10s\n", ""},
    {"a longest wait below the default of the shortest", "[retry]\nmax_wait = 100ms\n", ""},
    {"a provider's own wait", "[retry]\nmin_wait = 1s\n[provider ollama]\nretry_max_wait = 100ms\n",
     "f.ini:4: [provider ollama] retry_*: min_wait (1000 ms) is longer than max_wait (100 ms); "
     "allowed: min_wait up to max_wait"},
    {"a provider's longest wait alone", "[provider ollama]\nretry_max_wait = 100ms\n", ""},
    {"a route that names nobody", "[route]\npriority = openia, ollama\n",
     "f.ini:2: [route] priority: no provider is named \"openia\"" NO_PROVIDER
     "; did you mean \"openai\"?"},
    {"a name like no other", "[route]\npriority = wibble\n",
     "f.ini:2: [route] priority: no provider is named \"wibble\"" NO_PROVIDER},
    {"a model of nobody", "[model gpt-4.1]\nolama = x\n",
     "f.ini:2: [model gpt-4.1] olama: no provider is named \"olama\"" NO_PROVIDER
     "; did you mean \"ollama\"?"},
    {"a misspelt hedge_after of a model", "[model gpt-4.1]\nhedgeafter = off\n",
     "f.ini:2: [model gpt-4.1] hedgeafter: no provider is named \"hedgeafter\"" NO_PROVIDER
     "; did you mean \"hedge_after\"?"},
    {"a provider that a later section brings", "[model x]\nbox = y\n" BOX, ""},
    {"a provider without its type", "[provider box]\nbase_url = https://box.example\n",
     "f.ini:1: [provider box] type is needed; allowed: openai (anything that speaks it), ollama "
     "or anthropic"},
    {"a preset in other letters", "[provider Groq]\nbase_url = https://box.example\n",
     "f.ini:1: [provider Groq] type is needed; allowed: openai (anything that speaks it), ollama "
     "or anthropic; did you mean \"provider groq\"?"},
    {"a preset with one too many", "[provider mistrall]\nbase_url = https://box.example\n",
     "f.ini:1: [provider mistrall] type is needed; allowed: openai (anything that speaks it), "
     "ollama or anthropic; did you mean \"provider mistral\"?"},
    {"a provider without its address", "\n[provider box]\ntype = ollama\n",
     "f.ini:2: [provider box] base_url is needed; allowed: an http:// or https:// address"},
    {"a bad type is the only error",
     "[provider box]\ntype = opeanai\nbase_url = http://127.0.0.1\n",
     "f.ini:2: [provider box] type = \"opeanai\": not valid; allowed: openai, ollama or anthropic; "
     "did you "
     "mean \"openai\"?"},
    {"several models of a cloud", "[provider openai]\nmodel = a, b\n",
     "f.ini:2: [provider openai] model names 2 models; allowed: one, as only Ollama takes a list "
     "by preference"},
    {"several models of Ollama", "[provider ollama]\nmodel = a, b\n", ""},
    {"our own address", "[provider openai]\nbase_url = http://127.0.0.1:11411/v1\n",
     "f.ini:2: [provider openai] base_url = \"http://127.0.0.1:11411/v1\"" OWN},
    {"our own address by name", "[provider ollama]\nbase_url = http://localhost:11411\n",
     "f.ini:2: [provider ollama] base_url = \"http://localhost:11411\"" OWN},
    {"another port of this machine", "[provider openai]\nbase_url = http://127.0.0.1:11412\n", ""},
    {"listening where a provider is by default", "[server]\nlisten = 127.0.0.1:11434\n",
     "[provider ollama] base_url = \"http://127.0.0.1:11434\"" OWN},
    {"a long route", "[route]\npriority = " NAMES "\n",
     "f.ini:2: [route] priority: 17 names; allowed: 1 to 16"},
};

START_TEST(contradictions_are_told)
{
    struct config_case test = config_case_load(rows[_i].file, NULL, NULL);
    const struct strings *errors = &test.errors.errors;
    bool fine = rows[_i].error[0] == '\0';
    ck_assert_msg(test.r == (fine ? 0 : -EINVAL), "%s: %d", rows[_i].name, test.r);
    ck_assert_str_eq(errors->count ? errors->at[0] : "", rows[_i].error);
    ck_assert_msg(errors->count <= 1 || strstr(rows[_i].file, NAMES), "%s: %s", rows[_i].name,
                  errors->at[errors->count - 1]);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *name;
    const char *file;
    const char *warning; /* "": none */
} unwise[] = {
    {"every web page", "[server]\nallowed_origins = *\n",
     "f.ini:2: [server] allowed_origins = \"*\": every web page that a browser shows may call and "
     "spend"},
    {"every desktop app", "[server]\nallowed_origins = app://*\n", ""},
    {"a cloud without encryption", "[provider openai]\nbase_url = http://api.example/v1\n",
     "f.ini:2: [provider openai] base_url = \"http://api.example/v1\" is not encrypted: key and "
     "conversations can be read on the way"},
    {"a server of one's own without encryption",
     "[provider openai]\nbase_url = http://192.168.1.5:8000/v1\n", ""},
    {"Ollama's setting at a cloud", "[provider openai]\nnum_ctx = 8K\n",
     "f.ini:2: [provider openai] num_ctx means something to providers of type ollama only"},
    {"Ollama's setting at Ollama", "[provider ollama]\nnum_ctx = 8K\n", ""},
};

START_TEST(what_is_unwise_is_a_warning)
{
    struct config_case test = config_case_load(unwise[_i].file, NULL, NULL);
    const struct strings *warnings = &test.errors.warnings;
    ck_assert_int_eq(test.r, 0);
    ck_assert_str_eq(warnings->count ? warnings->at[0] : "", unwise[_i].warning);
    ck_assert_uint_le(warnings->count, 1);
    config_case_done(&test);
}
END_TEST

START_TEST(one_wrong_wait_is_told_once_for_all_providers)
{
    struct config_case test = config_case_load(
        "[retry]\nmin_wait = 20s\n[provider ollama]\nretry_min_wait = 30s\n" BOX, NULL, NULL);
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_uint_eq(test.errors.errors.count, 2);
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[0], "f.ini:2: [retry]: "));
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[1], "f.ini:4: [provider ollama] retry_*: "));
    config_case_done(&test);
}
END_TEST

START_TEST(a_contradiction_is_told_where_it_was_brought_about)
{
    struct config_case test =
        config_case_load("[server]\nlisten = 127.0.0.1:80\n[retry]\nmin_wait = 1s\n",
                         LIST("LLM_RETRY_MAX_WAIT=100ms"), LIST("server.listen=0.0.0.0:80"));
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_uint_eq(test.errors.errors.count, 2);
    ck_assert_str_eq(test.errors.errors.at[0],
                     "-s server.listen: [server] listen = \"0.0.0.0:80\"" REACHABLE);
    ck_assert_ptr_nonnull(
        strstr(test.errors.errors.at[1], "env LLM_RETRY_MAX_WAIT: [retry]: min_wait (1000 ms)"));
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_check");
    TCase *tc = tcase_create("config_check");
    tcase_add_loop_test(tc, contradictions_are_told, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_unwise_is_a_warning, 0, ROWS(unwise));
    tcase_add_test(tc, one_wrong_wait_is_told_once_for_all_providers);
    tcase_add_test(tc, a_contradiction_is_told_where_it_was_brought_about);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
