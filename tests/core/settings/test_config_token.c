/* [token NAME] and [server] tokens: who is known by which secret, and what is wrong with them. */
#include "config_case.h"

#define KIDS         "[token kids]\nsecret = tok-1\n"
#define FORM         "allowed: the secret itself, env:NAME, file:PATH or credential:NAME"
#define SERVER(name) "[tool " name "]\nurl = http://127.0.0.1:1/mcp\nallow = *\n"
#define ONCE         "; allowed: each secret once, so that it tells whose it is"

static const struct {
    const char *name;
    const char *file;
    const char *error; /* "": none */
} rows[] = {
    {"a secret is all that is needed", KIDS, ""},
    {"it closes the door", "[server]\nlisten = 0.0.0.0:80\n" KIDS, ""},
    {"no secret", "[token kids]\nroute = ollama\n",
     "f.ini:1: [token kids] secret is needed; " FORM},
    {"nothing at all", "[token kids]\n", "f.ini:1: [token kids] secret is needed; " FORM},
    {"an empty one", "[token kids]\nsecret =\n", "f.ini:2: [token kids] secret is needed; " FORM},
    {"none is no secret", "[token kids]\nsecret = none\n",
     "f.ini:2: [token kids] secret is needed; " FORM},
    {"a variable that is not set", "[token kids]\nsecret = env:NOT_THERE\n",
     "f.ini:2: [token kids] secret: the environment variable NOT_THERE is not set; allowed: a "
     "secret "
     "of 1 to 512 bytes without control bytes, env:NAME, file:PATH or credential:NAME"},
    {"two clients with one secret", KIDS "[token mail]\nsecret = tok-1\n",
     "f.ini:4: [token mail] secret: the same secret as that of [token kids]" ONCE},
    {"a secret that is among the others", "[server]\ntokens = a, tok-1\n" KIDS,
     "f.ini:4: [token kids] secret: the same secret as one of [server] tokens" ONCE},
    {"the same through a reference", KIDS "[token mail]\nsecret = env:TOK\n",
     "f.ini:4: [token mail] secret: the same secret as that of [token kids]" ONCE},
    {"twice without a name", "[server]\ntokens = a, b, a\n",
     "f.ini:2: [server] tokens: the same secret as one of [server] tokens" ONCE},
    {"a route of nobody", KIDS "route = olama\n",
     "f.ini:3: [token kids] route: no provider is named \"olama\"; allowed: openai, ollama, "
     "anthropic, every other preset (`understudy config --presets`) and every NAME that has a "
     "[provider NAME] section; did you mean \"ollama\"?"},
    {"an empty route", KIDS "route =\n",
     "f.ini:3: [token kids] route = \"\": no name; allowed: names of providers, separated by "
     "commas"},
    {"a provider twice", KIDS "route = ollama, ollama\n",
     "f.ini:3: [token kids] route = \"ollama, ollama\": \"ollama\" is listed twice; allowed: names "
     "of providers, separated by commas"},
    {"a rate without a time", KIDS "requests = 60\n",
     "f.ini:3: [token kids] requests = \"60\": not valid; allowed: none, or a rate such as 5/s, "
     "60/m, 500/h or 1000/d, up to 1000000"},
    {"no requests at all", KIDS "requests = 0/m\n",
     "f.ini:3: [token kids] requests = \"0/m\": out of range; allowed: none, or a rate such as "
     "5/s, "
     "60/m, 500/h or 1000/d, up to 1000000"},
    {"a name with a blank", "[token my kids]\nsecret = a\n",
     "f.ini:1: section \"token my kids\": not the name of a token; allowed: 1 to 64 letters, "
     "digits, "
     "'-' and '_'"},
    {"no name", "[token]\nsecret = a\n",
     "f.ini:1: section \"token\": the section needs a name; allowed: provider NAME, model NAME, "
     "token NAME, tool NAME"},
    {"tools of a server that is there",
     KIDS "tools = weather, notes\n" SERVER("weather") SERVER("notes"), ""},
    {"no tools", KIDS "tools = none\n", ""},
    {"tools of nobody", KIDS "tools = weater\n" SERVER("weather"),
     "f.ini:3: [token kids] tools: no tool's server is named \"weater\"; allowed: none, or every "
     "NAME that has a [tool NAME] section; did you mean \"weather\"?"},
    {"tools of what is no name", KIDS "tools = a__b\n",
     "f.ini:3: [token kids] tools = \"a__b\": \"a__b\": not the NAME of a [tool NAME]; allowed: "
     "none, or NAMEs of [tool NAME] sections, separated by commas"},
    {"another word for it", "[token kids]\nkey = a\nsecret = b\n",
     "f.ini:2: unknown key \"key\" in [token]; allowed: secret, route, requests, tools; did you "
     "mean "
     "\"secret\"?"},
    {"another word for the section", "[client kids]\nsecret = a\n",
     "f.ini:1: unknown section \"client\"; allowed: server, route, retry, connectivity, breaker, "
     "provider NAME, model NAME, token NAME, tool NAME, tools, log; did you mean \"token NAME\"?"},
};

START_TEST(it_is_taken_or_told_what_is_wrong)
{
    struct config_case test = config_case_load(rows[_i].file, LIST("TOK=tok-1"), NULL);
    const struct strings *errors = &test.errors.errors;
    ck_assert_msg(errors->count == (rows[_i].error[0] ? 1 : 0), "%s: %zu: %s", rows[_i].name,
                  errors->count, errors->count ? errors->at[0] : "");
    if (errors->count)
        ck_assert_str_eq(errors->at[0], rows[_i].error);
    config_case_done(&test);
}
END_TEST

static const struct config_token *find(const struct config_case *test, const char *name)
{
    ck_assert_msg(test->r == 0, "%s", test->errors.errors.count ? test->errors.errors.at[0] : "?");
    const struct config_token *token = config_token_by_name(test->config, text_of(name));
    ck_assert_ptr_nonnull(token);
    return token;
}

START_TEST(what_is_set_is_there)
{
    struct config_case test =
        config_case_load("[server]\ntokens = a\n[token kids]\nsecret = file:/secret\n"
                         "route = ollama, groq\nrequests = 60/m\ntools = notes\n[token mail]\n"
                         "secret = b\n" SERVER("notes"),
                         NULL, NULL);
    const struct config_token *kids = find(&test, "kids"), *mail = find(&test, "mail");
    ck_assert_str_eq(kids->secret, "sk-from-file");
    ck_assert_str_eq(config_case_join(&kids->route), "ollama, groq");
    ck_assert_int_eq(kids->requests.count, 60);
    ck_assert_int_eq(kids->requests.per_ms, 60000);
    ck_assert_str_eq(config_case_join(&kids->tools), "notes");
    ck_assert_uint_eq(mail->tools.count, 0);
    ck_assert_uint_eq(mail->route.count, 0);
    ck_assert_int_eq(mail->requests.count, 0);
    ck_assert_str_eq(config_case_join(&test.config->server.tokens), "a");
    ck_assert(!config_provider_by_name(test.config, text_of("groq"))->idle);
    config_case_done(&test);
}
END_TEST

START_TEST(variables_and_flags_win)
{
    struct config_case test = config_case_load(
        "[token my-kids]\nsecret = a\nrequests = 1/s\n",
        LIST("UNDERSTUDY_TOKEN_MY_KIDS_SECRET=from-env", "UNDERSTUDY_TOKEN_MY_KIDS_REQUESTS=2/s"),
        LIST("token.my-kids.requests=3/h", "token.other.secret=c"));
    ck_assert_str_eq(find(&test, "my-kids")->secret, "from-env");
    ck_assert_int_eq(find(&test, "my-kids")->requests.count, 3);
    ck_assert_str_eq(find(&test, "other")->secret, "c");
    config_case_done(&test);
}
END_TEST

START_TEST(there_are_so_many_at_most)
{
    struct buf file;
    buf_init(&file, 1u << 20);
    for (int i = 0; i < 257; i++)
        ck_assert_int_eq(buf_printf(&file, "[token t%d]\nsecret = s%d\n", i, i), 0);
    struct config_case test = config_case_load(buf_text(&file).at, NULL, NULL);
    ck_assert_uint_eq(test.errors.errors.count, 1);
    ck_assert_ptr_nonnull(
        strstr(test.errors.errors.at[0], "too many sections; allowed: up to 256 of [token NAME]"));
    config_case_done(&test);
    buf_done(&file);
}
END_TEST

START_TEST(no_secret_is_shown)
{
    const struct config_source source = config_case_source(
        "[server]\ntokens = tok-9\n[token kids]\nsecret = tok-1\nroute = ollama\n"
        "[token mail]\nsecret = file:/secret\n",
        NULL, NULL);
    const struct config_form form = {.json = _i == 1};
    struct buf out = config_case_printed(&source, &form);
    const char *text = buf_text(&out).at;
    ck_assert_ptr_null(strstr(text, "tok-1"));
    ck_assert_ptr_null(strstr(text, "sk-from-file"));
    ck_assert_ptr_nonnull(strstr(text, "****"));
    ck_assert_ptr_nonnull(strstr(text, "file:/secret"));
    ck_assert_ptr_nonnull(strstr(text, "token kids"));
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_token");
    TCase *tc = tcase_create("config_token");
    tcase_add_loop_test(tc, it_is_taken_or_told_what_is_wrong, 0, ROWS(rows));
    tcase_add_test(tc, what_is_set_is_there);
    tcase_add_test(tc, variables_and_flags_win);
    tcase_add_test(tc, there_are_so_many_at_most);
    tcase_add_loop_test(tc, no_secret_is_shown, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
