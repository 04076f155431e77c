/* What is read of a request of Ollama's own apps: POST /api/chat and /api/generate. */
#include <errno.h>
#include <stdio.h>

#include "request/request.h"
#include "unit.h"

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

enum { STREAM = 1, TOOLS = 2, IMAGES = 4, REASONING = 8, SHAPED = 16, LOGPROBS = 32 };

static unsigned flags_of(const struct request_facts *facts)
{
    return (facts->stream ? STREAM : 0u) | (facts->tools ? TOOLS : 0u) |
           (facts->images || facts->image_count ? IMAGES : 0u) |
           (facts->reasoning ? REASONING : 0u) | (facts->shaped ? SHAPED : 0u) |
           (facts->logprobs ? LOGPROBS : 0u);
}

#define OWN_MODEL "\"model\":\"m\""

static const struct {
    const char *name;
    enum api_path path;
    const char *members; /* beside OWN_MODEL; "" = none */
    bool load;
    unsigned flags;
    int64_t max_tokens;
} own[] = {
    {"a chat streams unless it says otherwise", API_PATH_API_CHAT, "," MESSAGES, false, STREAM, -1},
    {"a chat that does not", API_PATH_API_CHAT, "," MESSAGES ",\"stream\":false", false, 0, -1},
    {"a chat with a stream of null", API_PATH_API_CHAT, "," MESSAGES ",\"stream\":null", false,
     STREAM, -1},
    {"a generation streams unless it says otherwise", API_PATH_API_GENERATE, ",\"prompt\":\"a\"",
     false, STREAM, -1},
    {"a generation that does not", API_PATH_API_GENERATE, ",\"prompt\":\"a\",\"stream\":false",
     false, 0, -1},
    {"no messages load the model", API_PATH_API_CHAT, "", true, STREAM, -1},
    {"nor do empty ones", API_PATH_API_CHAT, ",\"messages\":[]", true, STREAM, -1},
    {"or null", API_PATH_API_CHAT, ",\"messages\":null", true, STREAM, -1},
    {"no prompt loads the model", API_PATH_API_GENERATE, "", true, STREAM, -1},
    {"nor does an empty one", API_PATH_API_GENERATE, ",\"prompt\":\"\"", true, STREAM, -1},
    {"an image alone asks", API_PATH_API_GENERATE, ",\"images\":[\"aGk=\"]", false, STREAM | IMAGES,
     -1},
    {"no image is no question", API_PATH_API_GENERATE, ",\"images\":[]", true, STREAM, -1},
    {"num_predict", API_PATH_API_CHAT, "," MESSAGES ",\"options\":{\"num_predict\":7}", false,
     STREAM, 7},
    {"num_predict of -1 is no limit", API_PATH_API_CHAT,
     "," MESSAGES ",\"options\":{\"num_predict\":-1}", false, STREAM, -1},
    {"options without it", API_PATH_API_GENERATE, ",\"prompt\":\"a\",\"options\":{\"num_ctx\":9}",
     false, STREAM, -1},
    {"options that are null", API_PATH_API_GENERATE, ",\"prompt\":\"a\",\"options\":null", false,
     STREAM, -1},
    {"a limit of OpenAI's means nothing", API_PATH_API_CHAT, "," MESSAGES ",\"max_tokens\":7",
     false, STREAM, -1},
    {"think", API_PATH_API_CHAT, "," MESSAGES ",\"think\":true", false, STREAM | REASONING, -1},
    {"a level of it", API_PATH_API_GENERATE, ",\"prompt\":\"a\",\"think\":\"low\"", false,
     STREAM | REASONING, -1},
    {"not to think", API_PATH_API_CHAT, "," MESSAGES ",\"think\":false", false, STREAM, -1},
    {"think of null", API_PATH_API_CHAT, "," MESSAGES ",\"think\":null", false, STREAM, -1},
    {"JSON", API_PATH_API_CHAT, "," MESSAGES ",\"format\":\"json\"", false, STREAM | SHAPED, -1},
    {"a schema", API_PATH_API_GENERATE, ",\"prompt\":\"a\",\"format\":{\"type\":\"object\"}", false,
     STREAM | SHAPED, -1},
    {"a format of nothing", API_PATH_API_CHAT, "," MESSAGES ",\"format\":\"\"", false, STREAM, -1},
    {"logprobs", API_PATH_API_CHAT, "," MESSAGES ",\"logprobs\":true", false, STREAM | LOGPROBS,
     -1},
    {"tools", API_PATH_API_CHAT, "," MESSAGES ",\"tools\":[{\"type\":\"function\"}]", false,
     STREAM | TOOLS, -1},
    {"tools are nothing to a generation", API_PATH_API_GENERATE,
     ",\"prompt\":\"a\",\"tools\":[{\"type\":\"function\"}]", false, STREAM, -1},
    {"an image of a message", API_PATH_API_CHAT,
     ",\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"images\":[\"aGk=\"]}]", false,
     STREAM | IMAGES, -1},
};

START_TEST(ollamas_own_paths_are_read)
{
    char body[512];
    struct request_facts facts;
    struct error why = ERROR_NONE;
    (void)snprintf(body, sizeof(body), "{" OWN_MODEL "%s}", own[_i].members);
    ck_assert_msg(request_read(own[_i].path, text_of(body), &facts, &why) == 0, "%s: %s",
                  own[_i].name, why.text);
    ck_assert_msg(facts.load == own[_i].load, "%s", own[_i].name);
    ck_assert_msg(flags_of(&facts) == own[_i].flags, "%s: %u", own[_i].name, flags_of(&facts));
    ck_assert_msg(facts.max_tokens == own[_i].max_tokens, "%s: %jd", own[_i].name,
                  (intmax_t)facts.max_tokens);
    request_facts_done(&facts);
}
END_TEST

static const struct {
    const char *name;
    enum api_path path;
    const char *body;
    const char *says;
} own_refused[] = {
    {"no model", API_PATH_API_CHAT, "{" MESSAGES "}", "model is missing: name one"},
    {"nor of a generation", API_PATH_API_GENERATE, "{\"prompt\":\"a\"}", "model is missing"},
    {"messages that are none", API_PATH_API_CHAT, "{" OWN_MODEL ",\"messages\":\"hi\"}",
     "messages is not an array"},
    {"a stream that is neither", API_PATH_API_GENERATE, "{" OWN_MODEL ",\"stream\":1}",
     "stream is not a boolean"},
    {"no body", API_PATH_API_GENERATE, "", "with model and prompt"},
};

START_TEST(ollamas_own_paths_refuse_what_ollama_would)
{
    struct request_facts facts;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(
        request_read(own_refused[_i].path, text_of(own_refused[_i].body), &facts, &why), -EINVAL);
    ck_assert_msg(strstr(why.text, own_refused[_i].says), "%s: %s", own_refused[_i].name, why.text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_ollama");
    TCase *tc = tcase_create("own");
    tcase_add_loop_test(tc, ollamas_own_paths_are_read, 0, ROWS(own));
    tcase_add_loop_test(tc, ollamas_own_paths_refuse_what_ollama_would, 0, ROWS(own_refused));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
