/* How an answer is told. */
#include "ask/ask_tell.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text, *shown;
} texts[] = {
    {"plain words", "one\ttwo\n", "one\ttwo\n"},
    {"letters beyond ASCII", "\u00e4 \u20ac \U0001f98a", "\u00e4 \u20ac \U0001f98a"},
    {"a family of one picture", "\U0001f468\u200d\U0001f467", "\U0001f468\u200d\U0001f467"},
    {"a colour", "a\x1b[31mb", "a?[31mb"},
    {"a bell and a delete", "\a\x7f", "??"},
    {"the second set of commands",
     "\xc2\x9b"
     "2J\xc2\x80\xc2\x9f\xc2\xa0",
     "?2J??\xc2\xa0"},
    {"what writes over the line", "one\r\ntwo\rthree", "one\ntwothree"},
    {"nothing", "", ""},
};

START_TEST(a_terminal_gets_no_commands)
{
    struct buf out;
    buf_init(&out, 256);
    ck_assert_int_eq(ask_tell_shown(text_of(texts[_i].text), &out), 0);
    ck_assert_msg(strcmp(buf_text(&out).at, texts[_i].shown) == 0, "%s", texts[_i].name);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    const char *fields[ASK_FIELD_COUNT];
    const char *first, *direct;
    const char *line;
} whos[] = {
    {"the first", {"openai", "gpt-4", "", "openai=1"}, NULL, NULL, "answered by openai (gpt-4)\n"},
    {"nobody knows", {"", "", "", ""}, NULL, NULL, "answered by a provider\n"},
    {"the next one",
     {"ollama", "small", "timeout", "openai=3, ollama=1"},
     NULL,
     NULL,
     "answered by ollama (small), not the first of the route: timeout, the provider did not answer "
     "in time; tries: openai=3, ollama=1\n"},
    {"one before was passed over",
     {"ollama", "small", "skipped-offline", "ollama=1"},
     NULL,
     NULL,
     "answered by ollama (small), not the first of the route: skipped-offline, the machine is "
     "offline; tries: ollama=1\n"},
    {"the stream broke",
     {"ollama", "small", ASK_CONTINUED, ""},
     NULL,
     NULL,
     "answered by ollama (small), not the first of the route: stream_incomplete, the answer broke "
     "off, and was gone on with\n"},
    {"a word that nobody knows",
     {"ollama", "small", "wibble", ""},
     NULL,
     NULL,
     "answered by ollama (small), not the first of the route: wibble\n"},
    {"whose breaker it is",
     {"ollama", "small", "skipped-breaker", "ollama=1"},
     "groq",
     NULL,
     "answered by ollama (small), and not by groq, the first of the route: skipped-breaker, its "
     "breaker is open after repeated failures; tries: ollama=1\n"},
    {"the daemon has another route",
     {"ollama", "small", "timeout", ""},
     "ollama",
     NULL,
     "answered by ollama (small), not the first of the route: timeout, the provider did not answer "
     "in time\n"},
    {"without a daemon",
     {"openai", "gpt-4", "", ""},
     NULL,
     "nobody listens at X",
     "answered by openai (gpt-4); asked without the daemon: nobody listens at X\n"},
};

static const char *const names[ASK_FIELD_COUNT] = {"x-understudy-provider", "x-understudy-model",
                                                   "x-understudy-fallback",
                                                   "x-understudy-attempts"};

START_TEST(who_answered_is_told)
{
    struct ask_answer answer;
    struct buf out;
    ck_assert_int_eq(ask_answer_init(&answer, 64), 0);
    for (size_t i = 0; i < ASK_FIELD_COUNT; i++)
        ask_answer_field(&answer, text_of(names[i]), text_of(whos[_i].fields[i]));
    buf_init(&out, 1024);
    const struct ask_facts facts = {.first = whos[_i].first, .direct = whos[_i].direct};
    ck_assert_int_eq(ask_tell_who(&answer, &facts, &out), 0);
    ck_assert_str_eq(out.data, whos[_i].line);
    buf_done(&out);
    ask_answer_done(&answer);
}
END_TEST

#define TOKEN "; the token is the first of [server] tokens or [token] in f.ini: name the daemon's "

static const struct {
    int status;
    const char *provider;
    struct ask_facts facts;
    const char *cure;
} cures[] = {
    {401, "", {.settings = "f.ini"}, TOKEN "settings by -c FILE"},
    {401,
     "",
     {.model = "m"},
     "; no settings file was found, which would hold a token: name the daemon's by -c FILE"},
    {401, "openai", {.settings = "f.ini"}, ""}, /* a key, and the message tells where it is from */
    {400, "groq", {.settings = "f.ini"}, "; no model was asked for by name: -m MODEL does"},
    {400, "groq", {.model = "m"}, ""},
    {503, "", {.settings = "f.ini"}, ""},
};

START_TEST(what_to_do_is_told)
{
    struct ask_answer answer;
    struct buf out;
    ck_assert_int_eq(ask_answer_init(&answer, 64), 0);
    ask_answer_head(&answer, cures[_i].status);
    ask_answer_field(&answer, text_of(names[ASK_PROVIDER]), text_of(cures[_i].provider));
    buf_init(&out, 1024);
    ck_assert_int_eq(ask_tell_cure(&answer, &cures[_i].facts, &out), 0);
    ck_assert_str_eq(buf_text(&out).at, cures[_i].cure);
    buf_done(&out);
    ask_answer_done(&answer);
}
END_TEST

static const struct {
    const char *fallback;
    int64_t prompt, completion, cached;
    const char *json;
} jsons[] = {
    {"", 3, 2, -1,
     "\"fallback\":null,\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5,"
     "\"cached_tokens\":null}}\n"},
    {"server", -1, 2, 1,
     "\"fallback\":\"server\",\"usage\":{\"prompt_tokens\":null,\"completion_tokens\":2,\"total_"
     "tokens\":null,\"cached_tokens\":1}}\n"},
    {"auth", -1, -1, -1, "\"fallback\":\"auth\",\"usage\":null}\n"},
};

START_TEST(all_of_it_is_one_object)
{
    struct ask_answer answer;
    struct buf out, whole;
    ck_assert_int_eq(ask_answer_init(&answer, 64), 0);
    ask_answer_field(&answer, text_of("x-understudy-provider"), text_of("openai"));
    ask_answer_field(&answer, text_of("x-understudy-fallback"), text_of(jsons[_i].fallback));
    ck_assert_int_eq(buf_append_string(&answer.text, "a \"b\"\n"), 0);
    answer.usage = (struct chat_usage){
        .prompt = jsons[_i].prompt, .completion = jsons[_i].completion, .cached = jsons[_i].cached};
    buf_init(&out, 1024);
    buf_init(&whole, 1024);
    ck_assert_int_eq(ask_tell_json(&answer, &out), 0);
    ck_assert_int_eq(buf_printf(&whole,
                                "{\"text\":\"a \\\"b\\\"\\n\",\"provider\":\"openai\",\"model\":"
                                "null,%s",
                                jsons[_i].json),
                     0);
    ck_assert_str_eq(out.data, whole.data);
    buf_done(&whole);
    buf_done(&out);
    ask_answer_done(&answer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_tell");
    TCase *tc = tcase_create("ask_tell");
    tcase_add_loop_test(tc, a_terminal_gets_no_commands, 0, ROWS(texts));
    tcase_add_loop_test(tc, who_answered_is_told, 0, ROWS(whos));
    tcase_add_loop_test(tc, what_to_do_is_told, 0, ROWS(cures));
    tcase_add_loop_test(tc, all_of_it_is_one_object, 0, ROWS(jsons));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
