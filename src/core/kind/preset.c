/*
 * The rows, the built-in ones first: in that order their defaults and variables are told. Every
 * column that a row leaves out is zero: none, no, as the kind says.
 */
#include "kind/preset.h"

#include <string.h>

#include "text/count.h"
#include "text/line.h"

/* Most of them: a cloud that speaks OpenAI's protocol. */
#define CLOUD(word, url, variable)                                                                 \
    .name = (word), .type = "openai", .base_url = (url), .key_variable = (variable),               \
    .defaults = {{"model", ""}}

/* A server on this machine that speaks it, too, at the port that it takes by itself. */
#define LOCAL(word, url)                                                                           \
    .name = (word), .type = "openai", .base_url = (url),                                           \
    .defaults = {{"api_key", "none"}, {"model", ""}}

#define READ(month, page) .read_on = (month), .source = (page)
/* As it is generally known in November 2026; the page itself was not read. */
#define KNOWN(page) .source = (page)

/*
 * A name of a model is one provider's own, so only OpenAI's has one by default. No variable sets
 * the address of OpenAI or Anthropic: OPENAI_BASE_URL and ANTHROPIC_BASE_URL are for their clients,
 * which may well be told by them to come here.
 */
static const struct preset presets[] = {
    {.name = "openai",
     .type = "openai",
     .base_url = "https://api.openai.com/v1",
     .key_variable = "OPENAI_API_KEY",
     .key_is_setting = true,
     .model_variable = "OPENAI_MODEL",
     .built_in = true,
     READ("2026-11", "https://platform.openai.com/docs/api-reference")},
    {.name = "ollama",
     .type = "ollama",
     .base_url = "http://127.0.0.1:11434",
     .base_url_variable = "OLLAMA_HOST",
     .model_variable = "OLLAMA_MODEL",
     .built_in = true,
     .note = "local",
     READ("2026-11", "https://docs.ollama.com/api")},
    {.name = "anthropic",
     .type = "anthropic",
     .base_url = "https://api.anthropic.com",
     .key_variable = "ANTHROPIC_API_KEY",
     .built_in = true,
     .ids = PRESET_IDS_WORD,
     .note = "its key goes in x-api-key, with anthropic-version 2023-06-01",
     READ("2026-11", "https://platform.claude.com/docs/en/api/messages")},
    {CLOUD("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
     .note = "errors also come in streams of status 200; comments keep those alive",
     READ("2026-11", "https://openrouter.ai/docs/api-reference/errors")},
    {CLOUD("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
     .traced_as = "gcp.gemini", .signed_calls = true,
     .note = "errors are a list; the thought_signature of a tool call must come back",
     READ("2026-11", "https://ai.google.dev/gemini-api/docs/openai")},
    {CLOUD("xai", "https://api.x.ai/v1", "XAI_API_KEY"), .traced_as = "x_ai",
     .note = "an error is a string; reasoning models refuse stop and both penalties",
     READ("2026-11", "https://docs.x.ai/docs/guides/reasoning")},
    {CLOUD("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
     .note = "refuses logprobs, logit_bias, top_logprobs, messages[].name and n above 1",
     KNOWN("https://console.groq.com/docs/openai")},
    {CLOUD("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"), .traced_as = "mistral_ai",
     .is_family = true, .ids = PRESET_IDS_NINE,
     .note = "ids of tool calls have exactly 9 letters and digits; refuses fields unknown to it",
     READ("2026-11", "https://docs.mistral.ai/api")},
    {CLOUD("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
     .note = "reasoning_content must come back after tool calls; empty lines keep it alive",
     READ("2026-11", "https://api-docs.deepseek.com/guides/thinking_mode")},
    {CLOUD("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
     .note = "refuses frequency_penalty, presence_penalty and logit_bias",
     KNOWN("https://inference-docs.cerebras.ai/resources/openai")},
    {CLOUD("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
     KNOWN("https://docs.together.ai/docs/openai-api-compatibility")},
    {CLOUD("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
     KNOWN("https://docs.fireworks.ai/tools-sdks/openai-compatibility")},
    {CLOUD("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
     KNOWN("https://platform.moonshot.ai/docs/api/chat")},
    {CLOUD("zai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY"),
     .note = "an error's code says what it is: 1113 is no credit",
     KNOWN("https://docs.z.ai/api-reference/api-code")},
    {CLOUD("minimax", "https://api.minimax.io/v1", "MINIMAX_API_KEY"),
     READ("2026-11", "https://platform.minimax.io/docs/api-reference/text-openai-api")},
    {CLOUD("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
     .is_family = true, .note = "no credit is the code Arrearage, of status 400",
     KNOWN("https://www.alibabacloud.com/help/en/model-studio/error-code")},
    {CLOUD("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY"),
     KNOWN("https://docs.api.nvidia.com/nim/reference/llm-apis")},
    {CLOUD("huggingface", "https://router.huggingface.co/v1", "HF_TOKEN"),
     .note = "a model's name may end in :PROVIDER, which says who runs it",
     KNOWN("https://huggingface.co/docs/inference-providers/tasks/chat-completion")},
    {.name = "ollama-cloud",
     .type = "ollama",
     .base_url = "https://ollama.com",
     .key_variable = "OLLAMA_API_KEY",
     .is_far = true,
     .defaults = {{"model", "auto"},
                  {"first_byte_timeout", "60s, 280s"},
                  {"idle_timeout", "30s"},
                  {"max_inflight", "0"},
                  {"allow_cloud", "yes"},
                  {"warm_up", "no"}},
     .note = "not local: may be skipped offline",
     READ("2026-11", "https://docs.ollama.com/cloud")},
    {LOCAL("lmstudio", "http://127.0.0.1:1234/v1"), .note = "local",
     KNOWN("https://lmstudio.ai/docs/developer/openai-compat")},
    {LOCAL("llamacpp", "http://127.0.0.1:8080/v1"), .note = "local",
     KNOWN("https://github.com/ggml-org/llama.cpp/tree/master/tools/server")},
    {LOCAL("vllm", "http://127.0.0.1:8000/v1"), .note = "local",
     KNOWN("https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html")},
    {CLOUD("azure", NULL, "AZURE_OPENAI_API_KEY"), .traced_as = "azure.ai.openai",
     .base_url_form = "https://NAME.openai.azure.com/openai/v1", .names_own = true,
     .note = "a model's name is that of a deployment",
     KNOWN("https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle")},
    {CLOUD("bedrock", NULL, "AWS_BEARER_TOKEN_BEDROCK"), .traced_as = "aws.bedrock",
     .base_url_form = "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
     READ("2026-11",
          "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html")},
    PRESET_MORE};

size_t preset_count(void)
{
    return COUNT(presets);
}

const struct preset *preset_at(size_t n)
{
    return &presets[n];
}

const struct preset *preset_by_name(struct text name)
{
    for (size_t i = 0; i < COUNT(presets); i++)
        if (text_equals(name, presets[i].name))
            return &presets[i];
    return NULL;
}

const struct kind *preset_kind(const struct preset *preset)
{
    return kind_by_word(text_of(preset->type));
}

const char *preset_value(const struct preset *preset, const char *key)
{
    if (strcmp(key, "type") == 0)
        return preset->type;
    if (strcmp(key, "base_url") == 0)
        return preset->base_url;
    for (const struct preset_default *row = preset->defaults; row->key; row++)
        if (strcmp(row->key, key) == 0)
            return row->value;
    return NULL;
}

const char *preset_variable(const struct preset *preset, const char *key)
{
    const struct {
        const char *key, *variable;
    } variables[] = {{"api_key", preset->key_variable},
                     {"base_url", preset->base_url_variable},
                     {"model", preset->model_variable}};
    for (size_t i = 0; i < COUNT(variables); i++)
        if (strcmp(variables[i].key, key) == 0)
            return variables[i].variable;
    return NULL;
}

static void list_names(bool built_in, char *ret, size_t size)
{
    struct line line = line_to(ret, size);
    const char *comma = "";
    for (size_t i = 0; i < COUNT(presets); i++) {
        if (presets[i].built_in != built_in)
            continue;
        line_add(&line, "%s%s", comma, presets[i].name);
        comma = ", ";
    }
}

void preset_names_built_in(char *ret, size_t size)
{
    list_names(true, ret, size);
}

void preset_names_others(char *ret, size_t size)
{
    list_names(false, ret, size);
}
