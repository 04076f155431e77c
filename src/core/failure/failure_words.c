/*
 * A status belongs to one group, and a code or wording counts only in the groups where it is known
 * to mean that. Codes are compared whole with error.code and error.type, in any case; wordings are
 * looked for in error.message. The first row that fits wins: a refusal first, for what is refused
 * may well be quoted in it; then what waiting cannot cure, whatever code a limit has; then codes.
 *
 * The word quota alone decides nothing: for some it is a limit by the minute.
 */
#include "failure/failure_words.h"

#include <stdlib.h>
#include <string.h>

#include "text/count.h"
#include "text/wording.h"

enum group {
    AT_OK = 1,          /* 2xx that carries an error: a stream's first event, OpenRouter */
    AT_REFUSED = 2,     /* 401, 402 */
    AT_NOT_FOUND = 4,   /* 404 */
    AT_RATE_LIMIT = 8,  /* 429 */
    AT_TOO_LARGE = 16,  /* 413 */
    AT_CLIENT = 32,     /* any other 4xx */
    AT_SERVER = 64,     /* 5xx */
    AT_FORBIDDEN = 128, /* 403 */
    AT_NOWHERE = 256,   /* 1xx, 3xx and what is no status: nobody writes errors into these */
};

#define AT_4XX (AT_REFUSED | AT_FORBIDDEN | AT_NOT_FOUND | AT_RATE_LIMIT | AT_TOO_LARGE | AT_CLIENT)
/* Statuses of which none says that it is a limit, nor another failure as plainly as 401 and 402. */
#define AT_UNSAID   (AT_OK | AT_FORBIDDEN | AT_NOT_FOUND | AT_CLIENT)
#define AT_TOLD     (AT_OK | AT_4XX)
#define AT_ANYWHERE (AT_TOLD | AT_SERVER)

struct rule {
    struct failure_wording wording;
    unsigned at;
    enum speaker by;
};

#define CODE(code, failure, at, provider, source)                                                  \
    {                                                                                              \
        {code, true, FAILURE_##failure, provider, source}, at, SPEAKER_ANY                         \
    }
#define SAYS(words, failure, at, provider, source)                                                 \
    {                                                                                              \
        {words, false, FAILURE_##failure, provider, source}, at, SPEAKER_ANY                       \
    }
#define SAYS_BY(speaker, words, failure, at, provider, source)                                     \
    {                                                                                              \
        {words, false, FAILURE_##failure, provider, source}, at, SPEAKER_##speaker                 \
    }

#define OPENAI_CODES "developers.openai.com/api/docs/guides/error-codes, 2026-11"
#define AZURE_FILTER "learn.microsoft.com/azure/ai-services/openai/concepts/content-filter, 2026-11"
#define ZAI_CODES    "docs.z.ai/api-reference/api-code, 2026-11"
#define QWEN_CODES   "alibabacloud.com/help/en/model-studio/error-code, 2026-11"
#define CLAUDE_CODES "platform.claude.com/docs/en/api/errors, 2026-11"
#define COHERE_CODES "docs.cohere.com/v1/reference/errors, 2026-11"
#define OLLAMA_LIVE  "Ollama 0.24 and 0.33, seen 2026-11"
#define SEEN         "answers quoted in public issues and clients' tests, 2026-11"
#define KNOWN        "as programs generally know it; not looked up, 2026-11"

static const struct rule rules[] = {
    /* A refusal is an answer, whatever the status: never laundered through another model. */
    CODE("content_policy_violation", POLICY, AT_ANYWHERE, "OpenAI", OPENAI_CODES),
    CODE("content_filter", POLICY, AT_ANYWHERE, "Azure, Moonshot", AZURE_FILTER),
    CODE("contentfilter", POLICY, AT_ANYWHERE, "Azure, images", AZURE_FILTER),
    CODE("responsibleaipolicyviolation", POLICY, AT_ANYWHERE, "Azure", AZURE_FILTER),
    CODE("moderation_blocked", POLICY, AT_ANYWHERE, "OpenAI, images", OPENAI_CODES),
    CODE("invalid_prompt", POLICY, AT_ANYWHERE, "OpenAI", OPENAI_CODES),
    CODE("cyber_policy", POLICY, AT_ANYWHERE, "OpenAI", SEEN),
    CODE("bio_policy", POLICY, AT_ANYWHERE, "OpenAI", SEEN),
    CODE("flagged_input", POLICY, AT_ANYWHERE, "OpenRouter",
         "openrouter.ai/docs/api/reference/errors-and-debugging, 2026-11"),
    CODE("data_inspection_failed", POLICY, AT_ANYWHERE, "Qwen", QWEN_CODES),
    CODE("datainspectionfailed", POLICY, AT_ANYWHERE, "Qwen", QWEN_CODES),
    CODE("1301", POLICY, AT_TOLD, "Z.ai", ZAI_CODES),
    SAYS("violates usage guidelines", POLICY, AT_ANYWHERE, "xAI", SEEN),
    SAYS("content exists risk", POLICY, AT_ANYWHERE, "DeepSeek", SEEN),
    SAYS("blocked by content filtering policy", POLICY, AT_ANYWHERE, "Anthropic", SEEN),
    SAYS("new_sensitive", POLICY, AT_ANYWHERE, "MiniMax", SEEN),

    /* What waiting cannot cure. OpenAI's type stays insufficient_quota. */
    CODE("insufficient_quota", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("credit_balance_exhausted", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("organization_usage_limit_exceeded", QUOTA, AT_TOLD, "OpenAI",
         "help.openai.com/en/articles/6614457, 2026-11"),
    CODE("organization_spend_limit_exceeded", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("project_spend_limit_exceeded", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("billing_hard_limit_reached", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("billing_not_active", QUOTA, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("enforced_spend_limit_reached", QUOTA, AT_TOLD, "Anthropic", CLAUDE_CODES),
    CODE("billing_error", QUOTA, AT_TOLD, "Anthropic", CLAUDE_CODES),
    CODE("exceeded_current_quota_error", QUOTA, AT_TOLD, "Moonshot", SEEN),
    CODE("arrearage", QUOTA, AT_TOLD, "Qwen", QWEN_CODES),
    CODE("allocationquota.freetieronly", QUOTA, AT_TOLD, "Qwen", QWEN_CODES),
    CODE("1113", QUOTA, AT_TOLD, "Z.ai", ZAI_CODES),
    CODE("blocked_api_access", QUOTA, AT_TOLD, "Groq",
         "console.groq.com/docs/spend-limits, 2026-11"),
    SAYS("used all available credits", QUOTA, AT_TOLD, "xAI", SEEN),
    SAYS("have any credits", QUOTA, AT_TOLD, "xAI", SEEN),
    SAYS("have run out of credits", QUOTA, AT_TOLD, "xAI", SEEN),
    SAYS("credit balance is too low", QUOTA, AT_TOLD, "Anthropic", SEEN),
    SAYS("prepayment credits are depleted", QUOTA, AT_TOLD, "Gemini", SEEN),
    SAYS("key limit exceeded (", QUOTA, AT_TOLD, "OpenRouter", SEEN),
    CODE("1309", QUOTA, AT_TOLD, "Z.ai", ZAI_CODES),
    SAYS("exceeded your monthly included credits", QUOTA, AT_TOLD, "Hugging Face", KNOWN),
    SAYS("insufficient credits", QUOTA, AT_TOLD, "OpenRouter", KNOWN),
    SAYS("requires more credits", QUOTA, AT_TOLD, "OpenRouter", KNOWN),
    /* MiniMax's API for Claude's clients tells it with 500. */
    SAYS("insufficient balance", QUOTA, AT_ANYWHERE, "DeepSeek, MiniMax, Moonshot",
         "api-docs.deepseek.com/quick_start/error_codes, 2026-11"),
    SAYS("due to reaching the monthly spending limit", QUOTA, AT_TOLD, "Fireworks", SEEN),
    SAYS("trial key, which is limited to * / month", QUOTA, AT_TOLD, "Cohere", COHERE_CODES),

    CODE("context_length_exceeded", CONTEXT, AT_ANYWHERE, "OpenAI, Azure, Groq, Cerebras",
         OPENAI_CODES),
    CODE("exceed_context_size_error", CONTEXT, AT_ANYWHERE, "llama.cpp, Ollama from 0.30 on", SEEN),
    CODE("model_max_prompt_tokens_exceeded", CONTEXT, AT_ANYWHERE, "GitHub Copilot", SEEN),
    CODE("1261", CONTEXT, AT_TOLD, "Z.ai",
         "github.com/zeroclaw-labs/zeroclaw/issues/4124, 2026-03"),
    /* One request that is larger than a minute's tokens: waiting does not make it smaller. */
    SAYS("request too large for * limit *, requested", CONTEXT, AT_TOLD, "OpenAI, Groq",
         "github.com/Aider-AI/aider/issues/1880, 2026-11"),
    CODE("rate_limit_exceeded", CONTEXT, AT_TOO_LARGE, "Groq", SEEN),

    /* 403: the project may not use this model, though the key is good. */
    CODE("model_not_found", MODEL, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("deploymentnotfound", MODEL, AT_TOLD, "Azure", SEEN),
    CODE("invalid_model", MODEL, AT_TOLD, "Mistral, Perplexity", SEEN),
    CODE("1500", MODEL, AT_4XX, "Mistral", SEEN),
    CODE("1211", MODEL, AT_TOLD, "Z.ai", ZAI_CODES),
    CODE("model_decommissioned", MODEL, AT_TOLD, "Groq", SEEN),
    CODE("model_not_available", MODEL, AT_TOLD, "Together", SEEN),
    CODE("model_not_supported", MODEL, AT_TOLD, "GitHub Copilot, Hugging Face", SEEN),
    CODE("unknown_model", MODEL, AT_TOLD, "GitHub Models", SEEN),
    CODE("modelnotfound", MODEL, AT_TOLD, "Qwen", QWEN_CODES),
    CODE("model.accessdenied", MODEL, AT_TOLD, "Qwen", QWEN_CODES),

    CODE("api_key_invalid", AUTH, AT_TOLD, "Gemini", SEEN),
    CODE("invalid_api_key", AUTH, AT_TOLD, "OpenAI", OPENAI_CODES),
    CODE("authentication_error", AUTH, AT_TOLD, "Anthropic", CLAUDE_CODES),
    CODE("permission_error", AUTH, AT_OK, "Anthropic", CLAUDE_CODES),
    /* Where the status does not say it; with 429 it is said before the message is looked at. */
    CODE("rate_limit_exceeded", RATE_LIMIT, AT_UNSAID | AT_RATE_LIMIT, "OpenAI", OPENAI_CODES),
    CODE("rate_limit_error", RATE_LIMIT, AT_UNSAID | AT_RATE_LIMIT, "Anthropic", CLAUDE_CODES),
    CODE("timeout_error", TIMEOUT, AT_OK, "Anthropic", CLAUDE_CODES),
    CODE("resource_exhausted", RATE_LIMIT, AT_UNSAID, "Gemini",
         "ai.google.dev/gemini-api/docs/troubleshooting, 2026-11"),
    CODE("rate_limit_reached_error", RATE_LIMIT, AT_UNSAID, "Moonshot", KNOWN),
    CODE("too_many_requests_error", RATE_LIMIT, AT_UNSAID, "Cerebras", KNOWN),
    CODE("rate_limited", RATE_LIMIT, AT_UNSAID, "Mistral", KNOWN),
    CODE("throttlingexception", RATE_LIMIT, AT_UNSAID, "Bedrock", KNOWN),
    CODE("1302", RATE_LIMIT, AT_OK, "Z.ai", ZAI_CODES),
    CODE("1303", RATE_LIMIT, AT_OK, "Z.ai", ZAI_CODES),
    CODE("1305", RATE_LIMIT, AT_OK, "Z.ai", ZAI_CODES),

    SAYS("maximum context length", CONTEXT, AT_ANYWHERE,
         "OpenAI, Azure, vLLM, SGLang, Mistral, DeepSeek, OpenRouter", SEEN),
    SAYS("maximum model length", CONTEXT, AT_ANYWHERE, "vLLM", SEEN),
    SAYS("context length is only", CONTEXT, AT_ANYWHERE, "vLLM, NVIDIA",
         "github.com/vllm-project/vllm vllm/renderers/params.py, 2026-11"),
    SAYS("longer than the model's context length", CONTEXT, AT_ANYWHERE, "SGLang, Together", SEEN),
    SAYS("inputs*tokens +*max_new_tokens*must be <=", CONTEXT, AT_ANYWHERE, "TGI, Together", SEEN),
    SAYS("inputs* must have less than * tokens", CONTEXT, AT_ANYWHERE, "TGI", SEEN),
    SAYS("exceeds the available context", CONTEXT, AT_ANYWHERE, "llama.cpp", SEEN),
    SAYS("exceed context window of", CONTEXT, AT_ANYWHERE, "llama-cpp-python", SEEN),
    SAYS("loaded with context length", CONTEXT, AT_ANYWHERE, "LM Studio", SEEN),
    SAYS("greater than the context length", CONTEXT, AT_ANYWHERE, "LM Studio", SEEN),
    /* OpenAI: "the context window"; Ollama up to 0.24: "the context length". */
    SAYS("exceeds the context", CONTEXT, AT_ANYWHERE, "OpenAI, Ollama", OPENAI_CODES),
    SAYS("exceed context limit", CONTEXT, AT_ANYWHERE, "Anthropic", CLAUDE_CODES),
    SAYS("prompt is too long", CONTEXT, AT_ANYWHERE, "Anthropic, Fireworks", CLAUDE_CODES),
    SAYS("prompt too long; exceeded", CONTEXT, AT_ANYWHERE, "Ollama's cloud", SEEN),
    SAYS("input token count*exceeds the maximum number of tokens", CONTEXT, AT_ANYWHERE, "Gemini",
         SEEN),
    SAYS("maximum prompt length is", CONTEXT, AT_ANYWHERE, "xAI", SEEN),
    SAYS("input is too long for requested model", CONTEXT, AT_ANYWHERE, "Bedrock", SEEN),
    SAYS("too many input tokens", CONTEXT, AT_ANYWHERE, "Bedrock", SEEN),
    SAYS("prompt token count of * exceeds the limit of", CONTEXT, AT_ANYWHERE, "GitHub Copilot",
         SEEN),
    SAYS("reduce the length of the messages", CONTEXT, AT_ANYWHERE, "Groq, Cerebras, OpenAI", SEEN),
    SAYS("exceeded model token limit", CONTEXT, AT_ANYWHERE, "Moonshot", SEEN),
    SAYS("context window exceeds limit", CONTEXT, AT_ANYWHERE, "MiniMax", SEEN),
    SAYS("range of input length should be", CONTEXT, AT_ANYWHERE, "Qwen", QWEN_CODES),
    SAYS("number of tokens in the prompt * exceed", CONTEXT, AT_ANYWHERE, "Cohere", COHERE_CODES),
    SAYS("number of tokens in the prompt exceed", CONTEXT, AT_ANYWHERE, "Cohere", COHERE_CODES),
    SAYS("too many tokens: size limit exceeded", CONTEXT, AT_ANYWHERE, "Cohere", COHERE_CODES),
    SAYS("input token count + max_tokens parameter must be less", CONTEXT, AT_ANYWHERE, "Together",
         "docs.together.ai/docs/error-codes, 2026-11"),

    /* The account may not use this model, though the key is good. */
    SAYS("requires a subscription", MODEL, AT_TOLD, "Ollama's cloud", KNOWN),
    SAYS("no models loaded", MODEL, AT_4XX, "LM Studio", KNOWN),
    SAYS("has reached its end of life", MODEL, AT_4XX, "NVIDIA", KNOWN),
    SAYS("model '?' not found", MODEL, AT_4XX, "llama.cpp", KNOWN),
    SAYS_BY(OPENAI, "model", MODEL, AT_NOT_FOUND, "OpenAI, Anthropic, Gemini and most", SEEN),
    SAYS_BY(OPENAI, "deployment", MODEL, AT_NOT_FOUND, "Azure", SEEN),
    SAYS_BY(OPENAI, "no endpoints found", MODEL, AT_NOT_FOUND, "OpenRouter", SEEN),
    SAYS_BY(OPENAI, "not found for account", MODEL, AT_NOT_FOUND, "NVIDIA", SEEN),
    SAYS("is not a valid model id", MODEL, AT_TOLD, "OpenRouter", SEEN),
    SAYS("invalid model id", MODEL, AT_TOLD, "OpenAI", SEEN),
    SAYS("invalid model name passed in model=", MODEL, AT_TOLD, "LiteLLM", SEEN),
    SAYS("model not exist", MODEL, AT_TOLD, "DeepSeek, Qwen", QWEN_CODES),
    SAYS("model not found:", MODEL, AT_TOLD, "xAI", SEEN),
    SAYS("unknown model", MODEL, AT_TOLD, "Z.ai, MiniMax", ZAI_CODES),
    SAYS("the model ? does not exist", MODEL, AT_TOLD, "xAI, vLLM, Cerebras", SEEN),
    SAYS("the requested model ? does not exist", MODEL, AT_TOLD, "Hugging Face", SEEN),
    SAYS("the provided model identifier is invalid", MODEL, AT_TOLD, "Bedrock", SEEN),
    /* Another provider's model may well: tools, thinking, chat; images (llama.cpp). */
    SAYS_BY(OLLAMA, "does not support", MODEL, AT_4XX, "Ollama", OLLAMA_LIVE),
    SAYS_BY(OLLAMA, "image input is not supported", MODEL, AT_4XX | AT_SERVER, "Ollama",
            OLLAMA_LIVE),

    SAYS("incorrect api key provided", AUTH, AT_TOLD, "xAI, with 400", SEEN),
    SAYS("api key not valid", AUTH, AT_TOLD, "Gemini, with 400", SEEN),
    SAYS("api key expired", AUTH, AT_TOLD, "Gemini, with 400", SEEN),
    SAYS("login fail", AUTH, AT_TOLD, "MiniMax", SEEN),
    SAYS("invalid api key", AUTH, AT_OK | AT_CLIENT, "MiniMax", KNOWN),
    SAYS("rate limit", RATE_LIMIT, AT_OK, "MiniMax, Z.ai, OpenRouter", KNOWN),
    SAYS("too many requests", RATE_LIMIT, AT_OK, "OpenRouter, NVIDIA", KNOWN),
};

/*
 * What an Ollama tells with a 500 though it is not its day but the request: the prompt's template,
 * the grammar or schema of the answer, an option of the wrong type. Seen with 0.24 and 0.33 in
 * November 2026; ollama/ollama runner/ollamarunner/runner.go, llama.cpp common/chat.cpp.
 */
static const char *const repeated[] = {
    "template",       "jinja",           "grammar",          "schema", "required for format",
    "invalid format", "must be of type", "sampling context",
};

static enum group group_of(int status)
{
    static const struct {
        int status;
        enum group group;
    } groups[] = {{401, AT_REFUSED},   {402, AT_REFUSED},   {403, AT_FORBIDDEN},
                  {404, AT_NOT_FOUND}, {413, AT_TOO_LARGE}, {429, AT_RATE_LIMIT}};
    for (size_t i = 0; i < COUNT(groups); i++)
        if (groups[i].status == status)
            return groups[i].group;
    if (status >= 200 && status <= 299)
        return AT_OK;
    if (status >= 400 && status <= 499)
        return AT_CLIENT;
    return status >= 500 && status <= 599 ? AT_SERVER : AT_NOWHERE;
}

static bool is_code(const struct provider_error *error, const char *lower_case)
{
    return text_equals_nocase(text_of(error->code), lower_case) ||
           text_equals_nocase(text_of(error->type), lower_case);
}

/*
 * vLLM and its kin name the window when an answer's limit alone fills it: no conversation, however
 * short, would fit. With a smaller one it is the conversation that is too long for it.
 */
static bool is_limit_alone(const struct provider_error *error)
{
    static const struct {
        const char *limit, *window; /* a number stands behind each */
    } sentences[] = {{"is too large: ", "maximum context length is "},
                     {" and requested ", "context length is only "}};
    for (size_t i = 0; i < COUNT(sentences); i++) {
        const char *limit = sentences[i].limit, *window = sentences[i].window;
        limit = wording_behind(error->message, limit, strlen(limit));
        window = wording_behind(error->message, window, strlen(window));
        if (limit && window && strtoll(limit, NULL, 10) >= strtoll(window, NULL, 10))
            return true;
    }
    return false;
}

/*
 * OpenAI's limit for a single string is about the conversation's length only where the string is
 * part of it; a user's name or a cache key that is too long is an invalid request everywhere.
 */
static bool is_text_too_long(const struct provider_error *error)
{
    static const char *const conversation[] = {"messages", "input", "prompt[", "prompt."};
    struct text param = text_of(error->param);
    if (!is_code(error, "string_above_max_length"))
        return false;
    for (size_t i = 0; i < COUNT(conversation); i++)
        if (text_starts_nocase(param, conversation[i]))
            return true;
    return param.len == 0 || text_equals(param, "prompt");
}

static bool fits(const struct failure_wording *wording, const struct provider_error *error)
{
    return wording->is_code ? is_code(error, wording->words)
                            : wording_fits(error->message, wording->words);
}

const struct failure_wording *failure_wording_at(size_t index)
{
    return index < COUNT(rules) ? &rules[index].wording : NULL;
}

enum failure failure_of_words(enum speaker speaker, int status, const struct provider_error *error)
{
    enum group group = group_of(status);
    const struct rule *rule = rules, *end = rules + COUNT(rules);
    if ((AT_ANYWHERE & group) && is_text_too_long(error))
        return FAILURE_CONTEXT;
    while (rule < end &&
           !((rule->at & group) && (rule->by & speaker) && fits(&rule->wording, error)))
        rule++;
    if (rule == end)
        return FAILURE_NONE;
    bool alone = rule->wording.failure == FAILURE_CONTEXT && !rule->wording.is_code;
    return alone && is_limit_alone(error) ? FAILURE_NONE : rule->wording.failure;
}

bool failure_words_repeat(enum speaker speaker, int status, const struct provider_error *error)
{
    if (!(speaker & SPEAKER_OLLAMA) || status != 500)
        return false;
    for (size_t i = 0; i < COUNT(repeated); i++)
        if (wording_fits(error->message, repeated[i]))
            return true;
    return false;
}
