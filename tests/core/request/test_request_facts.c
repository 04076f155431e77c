/* What each member of a request says, on each path. */
#include <stdint.h>
#include <stdio.h>

#include "request_row.h"

static const struct {
    const char *name;
    const char *member; /* beside MESSAGES */
    unsigned flags;
} flags[] = {
    {"nothing said", "\"x\":0", 0},
    {"a stream", "\"stream\":true", STREAM},
    {"no stream", "\"stream\":false", 0},
    {"a stream that is null", "\"stream\":null", 0},
    {"usage", "\"stream\":true,\"stream_options\":{\"include_usage\":true}", STREAM | USAGE},
    {"no usage", "\"stream_options\":{\"include_usage\":false}", 0},
    {"options that are null", "\"stream_options\":null", 0},
    {"options that are odd", "\"stream_options\":[true]", 0},
    {"tools", "\"tools\":[{\"type\":\"function\"}]", TOOLS},
    {"an empty array of tools", "\"tools\":[ ]", 0},
    {"tools that are null", "\"tools\":null", 0},
    {"functions", "\"functions\":[{\"name\":\"f\"}]", TOOLS | LEGACY},
    {"functions and no tools", "\"functions\":[{\"name\":\"f\"}],\"tools\":[]", TOOLS | LEGACY},
    {"functions beside tools", "\"functions\":[{\"name\":\"f\"}],\"tools\":[{}]", TOOLS},
    {"tools that may be used", "\"tools\":[{}],\"tool_choice\":\"auto\"", TOOLS},
    {"tools that must be used", "\"tools\":[{}],\"tool_choice\":{\"type\":\"none\"}", TOOLS},
    {"tools that may not be used", "\"tool_choice\":\"none\",\"tools\":[{}]", 0},
    {"functions that may not be used", "\"functions\":[{}],\"function_call\":\"none\"", 0},
    {"one call at a time", "\"parallel_tool_calls\":false", ONE_CALL},
    {"calls side by side", "\"parallel_tool_calls\":true", 0},
    {"calls of which nothing is said", "\"parallel_tool_calls\":null", 0},
    {"an effort", "\"reasoning_effort\":\"low\"", REASONING},
    {"an effort of none", "\"reasoning_effort\":\"none\"", 0},
    {"an effort that is null", "\"reasoning_effort\":null", 0},
    {"reasoning with an effort", "\"reasoning\":{\"effort\":\"high\"}", REASONING},
    {"reasoning with an effort of none", "\"reasoning\":{\"effort\":\"none\"}", 0},
    {"reasoning with a budget", "\"reasoning\":{\"max_tokens\":100}", REASONING},
    {"reasoning switched off", "\"reasoning\":{\"enabled\":false}", 0},
    {"reasoning that is null", "\"reasoning\":null", 0},
    {"an effort, and reasoning of none", "\"reasoning_effort\":\"low\",\"reasoning\":null",
     REASONING},
};

START_TEST(wishes_are_seen)
{
    char body[512];
    struct request_facts facts;
    (void)snprintf(body, sizeof(body), "{%s," MESSAGES "}", flags[_i].member);
    read_or_fail(flags[_i].name, body, &facts);
    ck_assert_msg(flags_of(&facts) == flags[_i].flags, "%s: %u", flags[_i].name, flags_of(&facts));
    request_facts_done(&facts);
}
END_TEST

static const struct {
    const char *name;
    const char *member;
    int64_t n;
    int64_t max_tokens;
} numbers[] = {
    {"nothing said", "\"x\":0", 1, -1},
    {"n", "\"n\":3", 3, -1},
    {"n that is null", "\"n\":null", 1, -1},
    {"n with a fraction", "\"n\":2.0", 2, -1},
    {"n below zero", "\"n\":-2", -2, -1},
    {"n with an exponent", "\"n\":1e400", INT64_MAX, -1},
    {"n that is a string", "\"n\":\"2\"", 1, -1},
    {"n beyond all integers", "\"n\":99999999999999999999", INT64_MAX, -1},
    {"n far below zero", "\"n\":-99999999999999999999", INT64_MIN, -1},
    {"max_tokens", "\"max_tokens\":100", 1, 100},
    {"max_completion_tokens", "\"max_completion_tokens\":50", 1, 50},
    {"the newer one counts", "\"max_completion_tokens\":50,\"max_tokens\":100", 1, 50},
    {"in any order", "\"max_tokens\":100,\"max_completion_tokens\":50", 1, 50},
    {"the newer one is null", "\"max_completion_tokens\":null,\"max_tokens\":100", 1, 100},
    {"none", "\"max_tokens\":null", 1, -1},
    {"zero", "\"max_tokens\":0", 1, 0},
    {"less than zero", "\"max_tokens\":-5", 1, -1},
    {"the newer one is zero", "\"max_completion_tokens\":0,\"max_tokens\":100", 1, 100},
    {"a limit with an exponent", "\"max_tokens\":1.5e3", 1, 1500},
    {"a limit with a fraction", "\"max_tokens\":1.5", 1, -1},
    {"the largest that 64 bits hold", "\"max_tokens\":9223372036854775807", 1, INT64_MAX},
    {"more than 64 bits hold", "\"max_tokens\":1000000000000000000000000000000", 1, INT64_MAX},
    {"more than 64 bits hold, in short", "\"max_tokens\":1e30", 1, INT64_MAX},
    {"less than 64 bits hold", "\"max_tokens\":-9223372036854775809", 1, -1},
};

START_TEST(numbers_are_read_as_integers)
{
    char body[512];
    struct request_facts facts;
    (void)snprintf(body, sizeof(body), "{%s," MESSAGES "}", numbers[_i].member);
    read_or_fail(numbers[_i].name, body, &facts);
    ck_assert_msg(facts.n == numbers[_i].n && facts.max_tokens == numbers[_i].max_tokens,
                  "%s: %jd %jd", numbers[_i].name, (intmax_t)facts.n, (intmax_t)facts.max_tokens);
    request_facts_done(&facts);
}
END_TEST

static const struct {
    const char *name;
    enum api_path path;
    const char *body;
    unsigned flags;
    int64_t n;
    int64_t max_tokens;
    const char *echo; /* NULL = none */
} others[] = {
    {"a completion", API_PATH_COMPLETIONS,
     "{\"prompt\":\"a\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"n\":2,"
     "\"max_tokens\":7}",
     STREAM | USAGE, 2, 7, NULL},
    {"an echo", API_PATH_COMPLETIONS, "{\"echo\":true,\"prompt\":\"a\\\"\"}", 0, 1, -1,
     "\"a\\\"\""},
    {"an echo of an array of one", API_PATH_COMPLETIONS, "{\"prompt\":[ \"a\" ],\"echo\":true}", 0,
     1, -1, "\"a\""},
    {"an echo of several", API_PATH_COMPLETIONS, "{\"prompt\":[\"a\",\"b\"],\"echo\":true}", 0, 1,
     -1, NULL},
    {"an echo of tokens", API_PATH_COMPLETIONS, "{\"prompt\":[1],\"echo\":true}", 0, 1, -1, NULL},
    {"an echo of nothing", API_PATH_COMPLETIONS, "{\"echo\":true}", 0, 1, -1, NULL},
    {"no echo", API_PATH_COMPLETIONS, "{\"echo\":false,\"prompt\":\"a\"}", 0, 1, -1, NULL},
    {"members of chat mean nothing to a completion", API_PATH_COMPLETIONS,
     "{\"tools\":[{}],\"messages\":[{\"content\":[" IMAGE "]}],\"max_completion_tokens\":5,"
     "\"reasoning_effort\":\"low\"}",
     0, 1, -1, NULL},
    {"responses", API_PATH_RESPONSES,
     "{\"input\":[{\"content\":[{\"type\":\"input_image\"}]}],\"stream\":true,"
     "\"max_output_tokens\":9,\"max_tokens\":3,\"tools\":[{\"type\":\"custom\"}],\"reasoning\":"
     "{\"effort\":\"low\"}}",
     STREAM | TOOLS | IMAGES | REASONING, 1, 9, NULL},
    {"responses to a text", API_PATH_RESPONSES, "{\"input\":\"a\",\"n\":2,\"echo\":true}", 0, 1, -1,
     NULL},
    {"responses with tools of the cloud's", API_PATH_RESPONSES,
     "{\"tools\":[{\"type\":\"web_search\"},7]}", 0, 1, -1, NULL},
    {"responses with a group of tools", API_PATH_RESPONSES,
     "{\"tools\":[{\"type\":\"namespace\"}],\"parallel_tool_calls\":false}", TOOLS | ONE_CALL, 1,
     -1, NULL},
    {"responses that may call no tool", API_PATH_RESPONSES,
     "{\"tools\":[{\"type\":\"function\"}],\"tool_choice\":\"none\"}", 0, 1, -1, NULL},
    {"responses in a shape", API_PATH_RESPONSES,
     "{\"text\":{\"format\":{\"type\":\"json_schema\"}}}", SHAPED, 1, -1, NULL},
    {"responses in plain text", API_PATH_RESPONSES,
     "{\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"low\"}}", 0, 1, -1, NULL},
    {"responses with what is told beside", API_PATH_RESPONSES,
     "{\"include\":[\"reasoning.encrypted_content\",\"message.output_text.logprobs\"]}", LOGPROBS,
     1, -1, NULL},
    {"responses to an image that a tool gave", API_PATH_RESPONSES,
     "{\"input\":[{\"output\":[{\"type\":\"input_image\"}]}]}", IMAGES, 1, -1, NULL},
    {"responses to what is kept: an answer", API_PATH_RESPONSES,
     "{\"previous_response_id\":\"resp_1\"}", KEPT, 1, -1, NULL},
    {"a conversation", API_PATH_RESPONSES, "{\"conversation\":{\"id\":\"c\"}}", KEPT, 1, -1, NULL},
    {"a template", API_PATH_RESPONSES, "{\"prompt\":{\"id\":\"p\"}}", KEPT, 1, -1, NULL},
    {"an answer for later", API_PATH_RESPONSES, "{\"background\":true}", KEPT, 1, -1, NULL},
    {"an item", API_PATH_RESPONSES, "{\"input\":[{\"type\":\"item_reference\"}]}", KEPT, 1, -1,
     NULL},
    {"a file", API_PATH_RESPONSES,
     "{\"input\":[{\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]}", KEPT, 1, -1,
     NULL},
    {"responses to nothing that is kept", API_PATH_RESPONSES,
     "{\"previous_response_id\":null,\"conversation\":null,\"prompt\":null,\"background\":false,"
     "\"input\":[{\"content\":[{\"file_id\":null}]}]}",
     0, 1, -1, NULL},
    {"a message", API_PATH_MESSAGES,
     "{\"messages\":[],\"max_tokens\":9,\"stream\":true,\"n\":2,\"stream_options\":{\"include_"
     "usage\":true}}",
     STREAM, 1, 9, NULL},
    {"a message with tools", API_PATH_MESSAGES,
     "{\"messages\":[],\"tools\":[{\"name\":\"f\",\"input_schema\":{}},{\"type\":\"web_search_"
     "20250305\"}]}",
     TOOLS, 1, -1, NULL},
    {"a message with a tool that says what it is", API_PATH_MESSAGES,
     "{\"messages\":[],\"tools\":[{\"type\":\"custom\",\"name\":\"f\"}]}", TOOLS, 1, -1, NULL},
    {"a message with tools of the cloud's", API_PATH_MESSAGES,
     "{\"messages\":[],\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"w\"}]}", 0, 1, -1,
     NULL},
    {"a message that may call no tool", API_PATH_MESSAGES,
     "{\"messages\":[],\"tools\":[{\"name\":\"f\"}],\"tool_choice\":{\"type\":\"none\"}}", 0, 1, -1,
     NULL},
    {"a message with one call at a time", API_PATH_MESSAGES,
     "{\"messages\":[],\"tools\":[{\"name\":\"f\"}],\"tool_choice\":{\"type\":\"auto\",\"disable_"
     "parallel_tool_use\":true}}",
     TOOLS | ONE_CALL, 1, -1, NULL},
    {"a message to be thought about", API_PATH_MESSAGES,
     "{\"messages\":[],\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}}", REASONING, 1,
     -1, NULL},
    {"a message to be thought about as the model sees fit", API_PATH_MESSAGES,
     "{\"messages\":[],\"thinking\":{\"type\":\"adaptive\"}}", REASONING, 1, -1, NULL},
    {"a message not to be thought about", API_PATH_MESSAGES,
     "{\"messages\":[],\"thinking\":{\"type\":\"disabled\"},\"output_config\":{\"effort\":\"none\"}"
     "}",
     0, 1, -1, NULL},
    {"a message with an effort", API_PATH_MESSAGES,
     "{\"messages\":[],\"output_config\":{\"effort\":\"low\"}}", REASONING, 1, -1, NULL},
    {"a message to be answered in a shape", API_PATH_MESSAGES,
     "{\"messages\":[],\"output_config\":{\"format\":{\"type\":\"json_schema\"}}}", SHAPED, 1, -1,
     NULL},
    {"and by its older name", API_PATH_MESSAGES,
     "{\"messages\":[],\"output_format\":{\"type\":\"json_schema\"},\"output_config\":{\"format\":"
     "null}}",
     SHAPED, 1, -1, NULL},
    {"a message with an image", API_PATH_MESSAGES,
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]}", IMAGES, 1, -1,
     NULL},
    {"embeddings", API_PATH_EMBEDDINGS, "{\"input\":\"a\",\"stream\":1,\"tools\":[{}]}", 0, 1, -1,
     NULL},
};

START_TEST(each_path_has_its_own_members)
{
    struct request_facts facts;
    struct error why = ERROR_NONE;
    const char *name = others[_i].name;
    ck_assert_msg(request_read(others[_i].path, text_of(others[_i].body), &facts, &why) == 0,
                  "%s: %s", name, why.text);
    ck_assert_msg(flags_of(&facts) == others[_i].flags, "%s: %u", name, flags_of(&facts));
    ck_assert_msg(facts.n == others[_i].n && facts.max_tokens == others[_i].max_tokens, "%s", name);
    if (others[_i].echo)
        ck_assert_msg(text_equals(facts.echo, others[_i].echo), "%s", name);
    else
        ck_assert_msg(facts.echo.at == NULL, "%s", name);
    request_facts_done(&facts);
}
END_TEST

static const struct {
    const char *name;
    const char *member;
} not_ours[] = {
    {"a seed of 20 digits", "\"seed\":12345678901234567890"},
    {"a number beyond every double", "\"temperature\":1e400"},
    {"an unknown member", "\"frobnicate\":{\"a\":[1,2]}"},
    {"an unknown member twice", "\"x\":1,\"x\":2"},
    {"a lone surrogate", "\"user\":\"\\ud800\""},
    {"tools of another type", "\"tools\":\"x\""},
    {"a temperature that is a string", "\"temperature\":\"hot\""},
};

START_TEST(what_is_not_our_business_passes)
{
    char body[512];
    struct request_facts facts;
    (void)snprintf(body, sizeof(body), "{%s," MESSAGES "}", not_ours[_i].member);
    read_or_fail(not_ours[_i].name, body, &facts);
    request_facts_done(&facts);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_facts");
    TCase *tc = tcase_create("members");
    tcase_add_loop_test(tc, wishes_are_seen, 0, ROWS(flags));
    tcase_add_loop_test(tc, numbers_are_read_as_integers, 0, ROWS(numbers));
    tcase_add_loop_test(tc, each_path_has_its_own_members, 0, ROWS(others));
    tcase_add_loop_test(tc, what_is_not_our_business_passes, 0, ROWS(not_ours));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
