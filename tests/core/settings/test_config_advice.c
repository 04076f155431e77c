/* What is allowed and yet most likely not what was meant. */
#include "config_case.h"
#include "settings/setting.h"

#define BOX "[provider box]\ntype = openai\nbase_url = https://box.example\n"
#define IDLE(name)                                                                                 \
    "[provider " name "] is in no route: it is asked only for " name                               \
    ":MODEL; for all other models set [route] priority = "
#define STAR                                                                                       \
    ": a * stands for the rest of a name only at its end; any other one is a part of the name"
#define KEYLESS " will be skipped: no api_key is set: "
#define UNSET   " is not in the environment"
#define OPEN                                                                                       \
    ": the secret itself is in a file that others can read; better: chmod 600 f.ini (if "          \
    "understudy runs as its owner), or env:NAME, file:PATH or credential:NAME"
#define QUOTES ": the quotes are taken for a part of the name; better: leave them out"
#define SEEN                                                                                       \
    ": the secret itself is on the command line, where every user of this machine can read it; "   \
    "better: env:NAME or file:PATH"

struct row {
    const char *name;
    const char *file;
    const char *flag;
    const char *variable;
    const char *warnings; /* "": none */
    bool closed;          /* only we can read the file */
};

static const struct row rows[] = {
    {"a key in an open file", "[provider openai]\napi_key = sk-CANARY\n", NULL, NULL,
     "f.ini:2: [provider openai] api_key" OPEN, false},
    {"in a closed one", "[provider openai]\napi_key = sk-CANARY\n", NULL, NULL, "", true},
    {"a reference", "[provider openai]\napi_key = file:/secret\n", NULL, NULL, "", false},
    {"an empty key", "[provider openai]\napi_key =\n", NULL, NULL, "", false},
    {"no key needed", "[provider openai]\napi_key = none\n", NULL, NULL, "", false},
    {"one token of two", "[server]\ntokens = file:/secret, CANARY\n", NULL, NULL,
     "f.ini:2: [server] tokens" OPEN, false},
    {"a key in a header is one",
     "[route]\npriority = groq\n[provider groq]\nheader.Authorization = file:/secret\n", NULL, NULL,
     "", false},
    {"a header that carries a secret", "[provider openai]\nheader.Authorization = Bearer CANARY\n",
     NULL, NULL, "f.ini:2: [provider openai] header.Authorization" OPEN, false},
    {"one that does not", "[provider openai]\nheader.X-Team = CANARY\n", NULL, NULL, "", false},
    {"a proxy's password", "[provider openai]\nproxy = http://u:CANARY@h:1\n", NULL, NULL,
     "f.ini:2: [provider openai] proxy" OPEN, false},
    {"a proxy without one", "[provider openai]\nproxy = http://h:1\n", NULL, NULL, "", false},
    {"a key on the command line", "", "provider.openai.api_key=sk-CANARY", NULL,
     "-s provider.openai.api_key: [provider openai] api_key" SEEN, true},
    {"a reference there", "", "provider.openai.api_key=file:/secret", NULL, "", true},
    {"a key in the environment", "", NULL, "OPENAI_API_KEY=sk-CANARY", "", false},
    {"a key that a variable wins over is open all the same",
     "[provider openai]\napi_key = sk-CANARY\n", NULL,
     "UNDERSTUDY_PROVIDER_OPENAI_API_KEY=sk-CANARY", "f.ini:2: [provider openai] api_key" OPEN,
     false},
    {"a variable as a shell would read it", "[provider openai]\napi_key = $CANARY\n", NULL, NULL,
     "f.ini:2: [provider openai] api_key: the secret begins with a $ and is taken as it stands; a "
     "variable is read by env:NAME",
     true},
    {"a $ in the middle of a key", "[provider openai]\napi_key = sk-$CANARY\n", NULL, NULL, "",
     true},
    {"an address of Azure's without its path",
     "[route]\npriority = azure\n[provider azure]\napi_key = env:A\nbase_url = "
     "https://x.openai.azure.com/\n",
     NULL, "A=k",
     "f.ini:5: [provider azure] base_url has not the path /openai/v1, below which its API is; "
     "better: https://x.openai.azure.com/openai/v1",
     false},
    {"with another one",
     "[route]\npriority = azure\n[provider azure]\napi_key = env:A\nbase_url = "
     "https://x.cognitiveservices.azure.com/openai\n",
     NULL, "A=k",
     "f.ini:5: [provider azure] base_url has not the path /openai/v1, below which its API is; "
     "better: https://x.cognitiveservices.azure.com/openai/v1",
     false},
    {"with its path",
     "[route]\npriority = azure\n[provider azure]\napi_key = env:A\nbase_url = "
     "https://x.openai.azure.com/openai/v1/\n",
     NULL, "A=k", "", false},
    {"a gateway in front of it",
     "[route]\npriority = azure\n[provider azure]\napi_key = env:A\nbase_url = "
     "https://gateway.example/llm\n",
     NULL, "A=k", "", false},
    {"of another type it is something else",
     "[route]\npriority = azure\n[provider azure]\ntype = ollama\nbase_url = "
     "https://x.azure.com\n",
     NULL, NULL, "", false},
    {"a model in quotes", "[provider ollama]\nmodel = \"m:3b\"\n", NULL, NULL,
     "f.ini:2: [provider ollama] model" QUOTES, false},
    {"the model of a [model NAME] in single ones", "[model gpt-4]\nollama = 'm'\n", NULL, NULL,
     "f.ini:2: [model gpt-4] ollama" QUOTES, false},
    {"a quote on one side only", "[provider ollama]\nmodel = \"m\n", NULL, NULL, "", false},
    {"a base_url with the path of chat",
     "[provider openai]\nbase_url = https://h/v1/chat/completions/\n", NULL, NULL,
     "f.ini:2: [provider openai] base_url ends in /chat/completions, which is put behind it for "
     "each request; better: https://h/v1",
     false},
    {"an Ollama's with the path of its chat", "", NULL,
     "UNDERSTUDY_PROVIDER_OLLAMA_BASE_URL=http://127.0.0.1:1/api/chat",
     "env UNDERSTUDY_PROVIDER_OLLAMA_BASE_URL: [provider ollama] base_url ends in /api/chat, which "
     "is put behind it for each request; better: http://127.0.0.1:1",
     false},
    {"a base_url with a path of its own", "[provider openai]\nbase_url = https://h/responses/v1\n",
     NULL, NULL, "", false},
    {"a provider in no route", BOX, NULL, NULL, "f.ini:2: " IDLE("box") "openai, ollama, box",
     false},
    {"one of the defaults that was set",
     "[route]\npriority = openai\n[provider ollama]\nmodel = m\n", NULL, NULL,
     "f.ini:4: " IDLE("ollama") "openai, ollama", false},
    {"one that a cloud's apps alone ask", "[provider anthropic]\nmodel = m\n", NULL, NULL, "",
     false},
    {"and not even they", "[provider anthropic]\nmodel = m\n[route]\nmessages = ollama\n", NULL,
     NULL, "f.ini:2: " IDLE("anthropic") "openai, ollama, anthropic", false},
    {"one that messages were meant for", "[route]\nmessages = box\n" BOX, NULL, NULL, "", false},
    {"one that was not", "[route]\npriority = openai\n", NULL, "OLLAMA_MODEL=m", "", false},
    {"a section without a key is one of the file", "[route]\npriority = openai, box\n" BOX, NULL,
     NULL, "", false},
    {"a preset in a route without its key", "", NULL, "PROVIDER_PRIORITY=groq,ollama",
     "env PROVIDER_PRIORITY: [route] priority: groq" KEYLESS "GROQ_API_KEY" UNSET, false},
    {"the same for Messages", "[route]\nmessages = zai, ollama\n", NULL, NULL,
     "f.ini:2: [route] messages: zai" KEYLESS "ZAI_API_KEY" UNSET, false},
    {"an empty one in the file, which wins over the variable",
     "[route]\npriority = groq\n[provider groq]\napi_key =\n", NULL, "GROQ_API_KEY=k",
     "f.ini:2: [route] priority: groq" KEYLESS
     "the empty api_key (f.ini:4) wins over GROQ_API_KEY; put the key there, or take that line out",
     false},
    {"a star in the middle of a name", "[model claude-*-4]\nollama = m\ncontext = 8K\n", NULL, NULL,
     "f.ini:2: [model claude-*-4]" STAR, false},
    {"two at its end", "[model claude-**]\nollama = m\n", NULL, NULL,
     "f.ini:2: [model claude-**]" STAR, false},
    {"one at its end", "[model claude-*]\nollama = m\n", NULL, NULL, "", false},
    {"with its key", "[route]\npriority = groq, ollama\n", NULL, "GROQ_API_KEY=k", "", false},
    {"one that needs none", "[route]\npriority = vllm, ollama\n", NULL, NULL, "", false},
    {"one that is given the app's key", "[route]\npriority = openai\n", NULL, NULL, "", false},
    {"one without a default model", "[route]\npriority = anthropic, ollama\n", NULL,
     "ANTHROPIC_API_KEY=k",
     "f.ini:2: [route] priority: anthropic will be skipped by all but Anthropic's apps: it has no "
     "model for others; better: set [provider anthropic] model",
     false},
    {"with a model", "[route]\npriority = anthropic, ollama\n[provider anthropic]\nmodel = m\n",
     NULL, "ANTHROPIC_API_KEY=k", "", false},
    {"with one for a name", "[route]\npriority = anthropic\n[model gpt-*]\nanthropic = m\n", NULL,
     "ANTHROPIC_API_KEY=k", "", false},
    {"for its own apps it needs none", "[route]\nmessages = anthropic\n", NULL,
     "ANTHROPIC_API_KEY=k", "", false},
    {"a model with nearly a provider's name", "[provider ollama]\nmodel = a, olama:m:3b\n", NULL,
     NULL,
     "f.ini:2: [provider ollama] model: no provider is named as the model \"olama:m:3b\" begins; "
     "did you mean \"ollama:m:3b\"?",
     false},
    {"in the environment", "", NULL, "OPENAI_MODEL=opnai:gpt-4",
     "env OPENAI_MODEL: [provider openai] model: no provider is named as the model \"opnai:gpt-4\" "
     "begins; did you mean \"openai:gpt-4\"?",
     false},
    {"the model of a [model NAME]", "[model gpt-4]\nollama = olama:m\n", NULL, NULL,
     "f.ini:2: [model gpt-4] ollama: no provider is named as the model \"olama:m\" begins; did you "
     "mean \"ollama:m\"?",
     false},
    {"its NAME, once", "[model opnai:x]\nollama = m\nopenai = n\n", NULL, NULL,
     "f.ini:2: [model opnai:x] ollama: no provider is named as the model \"opnai:x\" begins; did "
     "you mean \"openai:x\"?",
     false},
};

static struct file_access others_read(const char *path)
{
    return (struct file_access){.read = strcmp(path, "f.ini") == 0};
}

START_TEST(what_is_unwise_is_told)
{
    const struct row *row = &rows[_i];
    const char *flags[] = {row->flag, NULL}, *variables[] = {row->variable, NULL};
    struct config_source source = config_case_source(row->file, variables, flags);
    struct config_case test = {0};
    source.others_access = row->closed ? NULL : others_read;
    test.r = config_load(&source, &test.config, &test.errors);
    const struct strings *warnings = &test.errors.warnings;
    ck_assert_msg(test.r == 0, "%s", row->name);
    ck_assert_str_eq(warnings->count ? warnings->at[0] : "", row->warnings);
    ck_assert_uint_le(warnings->count, 1);
    ck_assert_ptr_null(strstr(warnings->count ? warnings->at[0] : "", "CANARY"));
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_advice");
    TCase *tc = tcase_create("config_advice");
    tcase_add_loop_test(tc, what_is_unwise_is_told, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
