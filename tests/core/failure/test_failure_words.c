/* Errors in the words of each provider, as they were seen or as its pages show them. */
#include "failure/failure_words.h"
#include "json_row.h"
#include "unit.h"

/* OpenAI's shape with the words alone, and with a type and code that say nothing. */
#define SAYS(text) "{'error':{'message':'" text "','type':'invalid_request_error','code':null}}"
#define CODED(code, text)                                                                          \
    "{'error':{'message':'" text "','type':'invalid_request_error','code':'" code "'}}"
#define XAI(text)     "{'code':'Client specified an invalid argument','error':'" text "'}"
#define MISTRAL(text) "{'object':'error','message':'" text "','type':'invalid_request_error'}"
#define GOOGLE(code, status, text, details)                                                        \
    "[{'error':{'code':" code ",'message':'" text "','status':'" status "','details':[" details    \
    "]}}]"
#define BEHIND_OPENROUTER(raw)                                                                     \
    "{'error':{'message':'Provider returned error','code':400,'metadata':{'raw':'" raw             \
    "','provider_name':'x'}}}"
#define RETRY_INFO "{'@type':'type.googleapis.com/google.rpc.RetryInfo','retryDelay':'37s'}"

struct row {
    const char *name;
    int status;
    const char *body; /* with ' for " */
    enum failure failure;
};

static const struct row contexts[] = {
    {"OpenAI", 400,
     CODED("context_length_exceeded",
           "This model s maximum context length is 8192 tokens. However, your messages resulted in "
           "9000 tokens."),
     FAILURE_CONTEXT},
    {"OpenAI's newer words", 400, SAYS("Your input exceeds the context window of this model."),
     FAILURE_CONTEXT},
    {"OpenAI's words of a project's limit", 400,
     SAYS("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
          "509178 tokens. Please reduce the length of the messages."),
     FAILURE_CONTEXT},
    {"Azure", 400,
     CODED("context_length_exceeded", "This model s maximum context length is 16385 tokens."),
     FAILURE_CONTEXT},
    {"vLLM", 400,
     "{'object':'error','message':'This model s maximum context length is 4096 tokens. However, "
     "you "
     "requested 5000 tokens (4000 in the messages, 1000 in the completion).',"
     "'type':'BadRequestError','param':null,'code':400}",
     FAILURE_CONTEXT},
    {"vLLM, a conversation that leaves no room for the answer", 400,
     SAYS(
         "`max_tokens` or `max_completion_tokens` is too large: 2000. This model s maximum context "
         "length is 4096 tokens and your request has 2104 input tokens (2000 > 4096 - 2104)."),
     FAILURE_CONTEXT},
    {"vLLM's engine", 400,
     SAYS("The decoder prompt (length 9000) is longer than the maximum model length of 8192."),
     FAILURE_CONTEXT},
    {"SGLang", 400,
     "{'object':'error','message':'The input (9000 tokens) is longer than the model\\u0027s "
     "context "
     "length (8192 tokens).','type':'BadRequestError','code':400}",
     FAILURE_CONTEXT},
    {"SGLang with the answer", 400,
     SAYS("Requested token count exceeds the model s maximum context length of 8192 tokens. You "
          "requested a total of 9000 tokens"),
     FAILURE_CONTEXT},
    {"TGI", 422,
     "{'error':'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: "
     "4000 `inputs` tokens and 512 `max_new_tokens`','error_type':'validation'}",
     FAILURE_CONTEXT},
    {"TGI without backticks", 422,
     "{'error':'Input validation error: inputs tokens + max_new_tokens must be <= 4096.'}",
     FAILURE_CONTEXT},
    {"TGI's input alone", 422,
     "{'error':'Input validation error: `inputs` must have less than 1024 tokens. Given: 1101'}",
     FAILURE_CONTEXT},
    {"llama.cpp", 400,
     "{'error':{'code':400,'message':'request (8002 tokens) exceeds the available context size "
     "(512 "
     "tokens), try increasing it','type':'exceed_context_size_error','n_prompt_tokens':8002}}",
     FAILURE_CONTEXT},
    {"llama-cpp-python", 500,
     "{'error':{'message':'Requested tokens (9001) exceed context window of 8192','type':"
     "'internal_server_error','param':null,'code':null}}",
     FAILURE_CONTEXT},
    {"LM Studio", 400,
     "{'error':'Trying to keep the first 15000 tokens when context the overflows. However, the "
     "model is loaded with context length of only 4096 tokens, which is not enough.'}",
     FAILURE_CONTEXT},
    {"LM Studio's other words", 400,
     "{'error':'The number of tokens to keep from the initial prompt is greater than the context "
     "length.'}",
     FAILURE_CONTEXT},
    {"Anthropic", 400,
     "{'type':'error','error':{'type':'invalid_request_error','message':'prompt is too long: "
     "215000 "
     "tokens > 200000 maximum'}}",
     FAILURE_CONTEXT},
    {"Anthropic with the answer", 400,
     SAYS("input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"),
     FAILURE_CONTEXT},
    {"Gemini", 400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "The input token count (1300000) exceeds the maximum number of tokens allowed "
            "(1048575).",
            ""),
     FAILURE_CONTEXT},
    {"Gemini without its count", 400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "The input token count exceeds the maximum number of tokens allowed 1048576.", ""),
     FAILURE_CONTEXT},
    {"xAI", 400,
     XAI("This model s maximum prompt length is 131072 but the request contains 537812 tokens."),
     FAILURE_CONTEXT},
    {"Bedrock", 400, "{'message':'Input is too long for requested model.'}", FAILURE_CONTEXT},
    {"Bedrock's Titan", 400,
     "{'message':'400 Bad Request: Too many input tokens. Max input tokens: 8192, request input "
     "token count: 9000'}",
     FAILURE_CONTEXT},
    {"GitHub Copilot", 400,
     CODED("model_max_prompt_tokens_exceeded",
           "prompt token count of 391491 exceeds the limit of 128000"),
     FAILURE_CONTEXT},
    {"Groq", 400, SAYS("Please reduce the length of the messages or completion."), FAILURE_CONTEXT},
    {"Groq, larger than a minute's tokens", 413,
     "{'error':{'message':'Request too large for model `x` in organization `y` service tier "
     "`on_demand` on tokens per minute (TPM): Limit 6000, Requested 7234, please reduce your "
     "message size and try again.','type':'tokens','code':'rate_limit_exceeded'}}",
     FAILURE_CONTEXT},
    {"Cerebras", 400,
     SAYS("Please reduce the length of the messages or completion. Current length is 8240 while "
          "limit is 8192"),
     FAILURE_CONTEXT},
    {"Mistral", 400,
     MISTRAL("Prompt contains 32769 tokens and 0 draft tokens, too large for model with 32768 "
             "maximum context length"),
     FAILURE_CONTEXT},
    {"DeepSeek", 400,
     SAYS("This model s maximum context length is 65536 tokens. However, you requested 66000"),
     FAILURE_CONTEXT},
    {"Moonshot", 400,
     SAYS("Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),
     FAILURE_CONTEXT},
    {"MiniMax", 400,
     "{'type':'error','error':{'type':'bad_request_error','message':'invalid params, context "
     "window exceeds limit (2013)'}}",
     FAILURE_CONTEXT},
    {"Qwen", 400,
     CODED(
         "invalid_parameter_error",
         "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]"),
     FAILURE_CONTEXT},
    {"Z.ai", 400, "{'error':{'code':'1261','message':'Prompt exceeds max length'}}",
     FAILURE_CONTEXT},
    {"Z.ai in a 200", 200, "{'error':{'code':'1261','message':'Prompt exceeds max length'}}",
     FAILURE_CONTEXT},
    {"OpenRouter", 400,
     "{'error':{'message':'This endpoint s maximum context length is 128000 tokens. However, you "
     "requested about 140000 tokens','code':400}}",
     FAILURE_CONTEXT},
    {"a provider behind OpenRouter", 400,
     BEHIND_OPENROUTER("{\\'message\\':\\'Input is too long for requested model.\\'}"),
     FAILURE_CONTEXT},
    {"Cohere", 400,
     "{'message':'too many tokens: total number of tokens in the prompt cannot exceed 4081 - "
     "received 4292. Try using a shorter prompt'}",
     FAILURE_CONTEXT},
    {"Cohere's newer words", 400,
     "{'message':'Too many tokens: the total number of tokens in the prompt exceeds the limit of "
     "4081.'}",
     FAILURE_CONTEXT},
    {"Cohere's size", 400, "{'message':'too many tokens: size limit exceeded by 11326 tokens.'}",
     FAILURE_CONTEXT},
    {"Fireworks", 400, SAYS("The prompt is too long: 140000, model maximum context length: 131071"),
     FAILURE_CONTEXT},
    {"Together, with 403", 403,
     SAYS("Input token count + max_tokens parameter must be less than the context length"),
     FAILURE_CONTEXT},
    {"the words alone with 429", 429, SAYS("prompt is too long: 215000 tokens > 200000 maximum"),
     FAILURE_CONTEXT},
};

/* What only sounds like it. */
static const struct row requests[] = {
    {"OpenAI's limit of an answer", 400,
     "{'error':{'message':'max_tokens is too large: 32768. This model supports at most 16384 "
     "completion tokens, whereas you provided 32768.','type':'invalid_request_error',"
     "'param':'max_tokens','code':'invalid_value'}}",
     FAILURE_NONE},
    {"vLLM, an answer's limit beyond the window", 400,
     SAYS("`max_tokens` or `max_completion_tokens` is too large: 200000. This model s maximum "
          "context length is 8192 tokens and your request has 9 input tokens (200000 > 8192 - 9)."),
     FAILURE_NONE},
    {"Groq's limit of an answer", 400,
     SAYS("`max_completion_tokens` must be less than or equal to `32768`, the maximum value for "
          "`max_completion_tokens` is less than the `context_window` for this model"),
     FAILURE_NONE},
    {"in the words of an operator", 400, SAYS("max_completion_tokens must be <= 8192"),
     FAILURE_NONE},
    {"TGI's limit of an answer", 422,
     "{'error':'Input validation error: `max_new_tokens` must be <= 512. Given: 1000'}",
     FAILURE_NONE},
    {"Anthropic's limit of an answer", 400,
     SAYS("max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens"),
     FAILURE_NONE},
    {"Bedrock's limit of an answer", 400,
     "{'message':'The maximum tokens you requested exceeds the model limit of 4096. Try again with "
     "a maximum tokens value that is lower than 4096.'}",
     FAILURE_NONE},
    {"Gemini's limit of an answer", 400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "Unable to submit request because it has a maxOutputTokens value of 100000 but the "
            "supported range is from 1 (inclusive) to 65537 (exclusive).",
            ""),
     FAILURE_NONE},
    {"Cohere's limit of an answer", 400,
     "{'message':'too many tokens: max tokens must be less than or equal to 4096, the maximum "
     "output for this model - received 8192.'}",
     FAILURE_NONE},
    {"Qwen's limit of an answer", 400, SAYS("Range of max_tokens should be [1, 8192]"),
     FAILURE_NONE},
    {"DeepSeek's limit of an answer", 400,
     SAYS("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"), FAILURE_NONE},
    {"a text that is too long somewhere", 400,
     SAYS("user: String should have at most 64 characters"), FAILURE_NONE},
    {"a proxy's limit", 413, "{'message':'Request Entity Too Large'}", FAILURE_NONE},
    {"a minute's limit that speaks of tokens", 429,
     CODED("rate_limit_exceeded", "Rate limit reached on tokens per min (TPM): Limit 30000, Used "
                                  "29000, Requested 4000."),
     FAILURE_RATE_LIMIT},
    {"a refusal that quotes it", 400,
     CODED("content_filter", "the text \\'prompt is too long\\' was filtered"), FAILURE_POLICY},
    {"a refusal in words that quotes it", 403,
     XAI("Content violates usage guidelines: \\'the prompt is too long\\'"), FAILURE_POLICY},
    {"a field of the model", 400, SAYS("This model has no logprobs"), FAILURE_NONE},
    {"a tool", 400, SAYS("The model response must call a tool; the tool x does not exist"),
     FAILURE_NONE},
    {"a tool of a model", 400, SAYS("The requested model x: y does not exist"), FAILURE_NONE},
    {"Anthropic's overload", 529, "{'type':'error','error':{'type':'overloaded_error'}}",
     FAILURE_NONE},
    {"a web page", 400, "<html>prompt is too long</html>", FAILURE_NONE},
};

static const struct row accounts[] = {
    {"OpenAI", 429, CODED("insufficient_quota", "You exceeded your current quota"), FAILURE_QUOTA},
    {"Qwen", 400,
     CODED("Arrearage", "Access denied, please make sure your account is in good standing."),
     FAILURE_QUOTA},
    {"Qwen's free tier", 403,
     CODED("AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."),
     FAILURE_QUOTA},
    {"Moonshot with 429", 429,
     "{'error':{'message':'Your account is suspended due to insufficient balance, please recharge',"
     "'type':'exceeded_current_quota_error'}}",
     FAILURE_QUOTA},
    {"Moonshot with 403", 403,
     "{'error':{'message':'Your account is not active','type':'exceeded_current_quota_error'}}",
     FAILURE_QUOTA},
    {"xAI with 403", 403,
     "{'code':'The caller does not have permission to execute the specified operation','error':"
     "'Your team has either used all available credits or reached its monthly spending limit.'}",
     FAILURE_QUOTA},
    {"xAI with 429", 429,
     "{'code':'Some resource has been exhausted','error':'Your team has either used all available "
     "credits or reached its monthly spending limit.'}",
     FAILURE_QUOTA},
    {"Z.ai", 429,
     "{'error':{'code':'1113','message':'Insufficient balance or no resource package. Please "
     "recharge.'}}",
     FAILURE_QUOTA},
    {"Z.ai for Claude's clients", 429,
     "{'type':'error','error':{'type':'rate_limit_error','code':'1113','message':'Insufficient "
     "balance or no resource package.'}}",
     FAILURE_QUOTA},
    {"Z.ai in a 200", 200, "{'error':{'code':1113,'message':'recharge'}}", FAILURE_QUOTA},
    {"Anthropic", 400, SAYS("Your credit balance is too low to access the Anthropic API."),
     FAILURE_QUOTA},
    {"Gemini", 429,
     GOOGLE("429", "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted. Please go to AI Studio", ""),
     FAILURE_QUOTA},
    {"OpenRouter's key", 403,
     "{'error':{'message':'Key limit exceeded (total limit). Manage it using openrouter.ai',"
     "'code':403}}",
     FAILURE_QUOTA},
    {"MiniMax", 429,
     "{'type':'error','error':{'type':'insufficient_balance_error','message':'insufficient balance "
     "(1008)'}}",
     FAILURE_QUOTA},
    {"Fireworks", 412,
     "{'error':'Account x is suspended, possibly due to reaching the monthly spending limit or "
     "failure to pay past invoices.'}",
     FAILURE_QUOTA},
    {"Groq", 400, CODED("blocked_api_access", "API access is blocked"), FAILURE_QUOTA},
    {"Cohere's month", 429,
     "{'message':'You are using a Trial key, which is limited to 1000 API calls / month.'}",
     FAILURE_QUOTA},
    {"Cohere's minute", 429,
     "{'message':'You are using a Trial key, which is limited to 10 API calls / minute.'}",
     FAILURE_NONE},
    {"Cerebras's minute", 429,
     CODED("request_quota_exceeded",
           "Requests per minute limit exceeded - too many requests sent."),
     FAILURE_NONE},
    {"Gemini's minute", 429,
     GOOGLE("429", "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            RETRY_INFO),
     FAILURE_NONE},
    {"words that speak of quota", 429, SAYS("You exceeded your current quota"), FAILURE_NONE},
};

static const struct row others[] = {
    /* A model that is not there. */
    {"OpenAI", 404, CODED("model_not_found", "The model `x` does not exist"), FAILURE_MODEL},
    {"OpenAI with 400", 400, SAYS("invalid model ID"), FAILURE_MODEL},
    {"OpenRouter with 400", 400, "{'error':{'message':'x/y is not a valid model ID','code':400}}",
     FAILURE_MODEL},
    {"Mistral", 400,
     "{'object':'error','message':'Invalid model: x','type':'invalid_model','param':null,"
     "'code':'1500'}",
     FAILURE_MODEL},
    {"Mistral by its code alone", 400, "{'message':'no','code':'1500'}", FAILURE_MODEL},
    {"DeepSeek", 400, CODED("invalid_request_error", "Model Not Exist"), FAILURE_MODEL},
    {"Qwen", 400, CODED("invalid_parameter_error", "Model not exist."), FAILURE_MODEL},
    {"Qwen's access", 403, CODED("Model.AccessDenied", "Model access denied."), FAILURE_MODEL},
    {"Z.ai", 400,
     "{'error':{'code':'1211','message':'Unknown Model, please check the model code.'}}",
     FAILURE_MODEL},
    {"MiniMax", 400, SAYS("invalid params, unknown model (2013)"), FAILURE_MODEL},
    {"xAI", 404,
     "{'code':'Some requested entity was not found','error':'The model grok-9 does not exist or "
     "your team does not have access to it.'}",
     FAILURE_MODEL},
    {"Groq's retired ones", 400,
     CODED("model_decommissioned", "The model `x` has been decommissioned"), FAILURE_MODEL},
    {"GitHub Copilot", 400,
     "{'error':{'message':'The requested model is not supported.','param':'model','code':"
     "'model_not_supported','type':'invalid_request_error'}}",
     FAILURE_MODEL},
    {"Hugging Face", 400, SAYS("The requested model x/y does not exist"), FAILURE_MODEL},
    {"Bedrock", 400, "{'message':'The provided model identifier is invalid.'}", FAILURE_MODEL},
    {"LiteLLM", 400,
     SAYS("/chat/completions: Invalid model name passed in model=x. Call `/v1/models`"),
     FAILURE_MODEL},
    {"NVIDIA", 404,
     "{'status':404,'title':'Not Found','detail':'Function x: Not found for account y'}",
     FAILURE_MODEL},
    {"Gemini", 404, GOOGLE("404", "NOT_FOUND", "models/x is not found for API version v1beta", ""),
     FAILURE_MODEL},
    {"Moonshot", 404,
     "{'error':{'message':'Not found the model x or Permission denied','type':"
     "'resource_not_found_error'}}",
     FAILURE_MODEL},
    {"xAI with 400", 400, XAI("Model not found: grok-9"), FAILURE_MODEL},
    {"Cerebras", 404, SAYS("Model x does not exist or you have no access to it."), FAILURE_MODEL},

    /* A key that is refused. */
    {"xAI", 400,
     XAI("Incorrect API key provided: xa***k. You can obtain an API key from "
         "https://console.x.ai."),
     FAILURE_AUTH},
    {"Gemini", 400,
     GOOGLE("400", "INVALID_ARGUMENT", "no",
            "{'@type':'type.googleapis.com/google.rpc.ErrorInfo','reason':'API_KEY_INVALID'}"),
     FAILURE_AUTH},
    {"Gemini's words alone", 400,
     GOOGLE("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", ""),
     FAILURE_AUTH},
    {"Gemini's old key", 400,
     GOOGLE("400", "INVALID_ARGUMENT", "API key expired. Please renew the API key.", ""),
     FAILURE_AUTH},
    {"MiniMax in a 200", 200,
     "{'base_resp':{'status_code':1004,'status_msg':'login fail: Please carry the API secret "
     "key'}}",
     FAILURE_AUTH},

    /* A refusal. */
    {"OpenAI", 400, CODED("content_policy_violation", "no"), FAILURE_POLICY},
    {"OpenAI's rule for attacks", 400, CODED("cyber_policy", "flagged"), FAILURE_POLICY},
    {"Moonshot", 400,
     "{'error':{'message':'The request was rejected because it was considered high risk','type':"
     "'content_filter'}}",
     FAILURE_POLICY},
    {"xAI with 403", 403,
     "{'code':'The caller does not have permission to execute the specified operation','error':"
     "'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO'}",
     FAILURE_POLICY},
    {"DeepSeek", 400, CODED("invalid_request_error", "Content Exists Risk"), FAILURE_POLICY},
    {"Qwen", 400, CODED("data_inspection_failed", "Input data may contain inappropriate content."),
     FAILURE_POLICY},
    {"Z.ai", 400,
     "{'contentFilter':[{'level':1,'role':'user'}],'error':{'code':'1301','message':'System "
     "detected potentially unsafe or sensitive content in input or generation.'}}",
     FAILURE_POLICY},
    {"MiniMax", 422,
     "{'type':'error','error':{'type':'unprocessable_entity_error','message':'input new_sensitive "
     "(1026)'}}",
     FAILURE_POLICY},
    {"Anthropic", 400, SAYS("Output blocked by content filtering policy"), FAILURE_POLICY},
};

static void check(const struct row *row)
{
    struct provider_error error;
    char *body = json_row_text(row->body);
    (void)provider_error_read(text_of(body), &error);
    enum failure failure = failure_of_words(SPEAKER_OPENAI, row->status, &error);
    ck_assert_msg(failure == row->failure, "%s: %s", row->name, failure_word(failure));
    free(body);
}

START_TEST(a_conversation_that_is_too_long)
{
    check(&contexts[_i]);
}
END_TEST

START_TEST(what_only_sounds_like_it)
{
    check(&requests[_i]);
}
END_TEST

START_TEST(an_account_that_is_used_up)
{
    check(&accounts[_i]);
}
END_TEST

START_TEST(a_model_that_is_not_there_a_wrong_key_a_refusal)
{
    check(&others[_i]);
}
END_TEST

/* What Ollama says with a status, and whether asking again could help. */
static const struct {
    const char *name;
    int kind, status;
    const char *message;
    bool repeats;
} agains[] = {
    {"a template", SPEAKER_OLLAMA, 500,
     "template: :3:24: executing \"\" at <.Messages>: can't evaluate field X", true},
    {"a Jinja template", SPEAKER_OLLAMA, 500,
     "Unable to generate parser for this template. Automatic parser generation failed", true},
    {"Jinja's own words", SPEAKER_OLLAMA, 500, "Jinja Exception: roles must alternate", true},
    {"a grammar", SPEAKER_OLLAMA, 500, "failed to parse grammar", true},
    {"a schema", SPEAKER_OLLAMA, 500, "JSON schema conversion failed: Unrecognized schema", true},
    {"a vocabulary", SPEAKER_OLLAMA, 500, "failed to load model vocabulary required for format",
     true},
    {"a format", SPEAKER_OLLAMA, 500, "invalid format: \"xml\"; expected \"json\"", true},
    {"an option", SPEAKER_OLLAMA, 500, "option \"temperature\" must be of type float32", true},
    {"a runner that died", SPEAKER_OLLAMA, 500, "llama-server process has terminated: killed",
     false},
    {"memory", SPEAKER_OLLAMA, 500, "model requires more system memory (9 GiB)", false},
    {"a queue", SPEAKER_OLLAMA, 503, "server busy, please try again", false},
    {"a template with 503", SPEAKER_OLLAMA, 503, "template: x", false},
    {"the cloud", SPEAKER_OPENAI, 500, "template: x", false},
};

START_TEST(what_would_only_come_again)
{
    struct provider_error error = {0};
    (void)snprintf(error.message, sizeof(error.message), "%s", agains[_i].message);
    ck_assert_msg(failure_words_repeat((enum speaker)agains[_i].kind, agains[_i].status, &error) ==
                      agains[_i].repeats,
                  "%s", agains[_i].name);
}
END_TEST

START_TEST(every_row_says_what_it_means_and_where_it_is_from)
{
    const struct failure_wording *row;
    size_t count = 0;
    for (; (row = failure_wording_at(count)); count++) {
        ck_assert_msg(row->words[0] && row->provider[0] && row->failure != FAILURE_NONE, "%zu",
                      count);
        ck_assert_msg(strstr(row->source, "20") != NULL, "%s: without a date", row->words);
        for (const char *c = row->words; *c; c++)
            ck_assert_msg(*c < 'A' || *c > 'Z', "%s: not in lower case", row->words);
    }
    ck_assert_uint_gt(count, 80);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("failure_words");
    TCase *tc = tcase_create("words");
    tcase_add_loop_test(tc, a_conversation_that_is_too_long, 0, ROWS(contexts));
    tcase_add_loop_test(tc, what_only_sounds_like_it, 0, ROWS(requests));
    tcase_add_loop_test(tc, an_account_that_is_used_up, 0, ROWS(accounts));
    tcase_add_loop_test(tc, a_model_that_is_not_there_a_wrong_key_a_refusal, 0, ROWS(others));
    tcase_add_loop_test(tc, what_would_only_come_again, 0, ROWS(agains));
    tcase_add_test(tc, every_row_says_what_it_means_and_where_it_is_from);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
