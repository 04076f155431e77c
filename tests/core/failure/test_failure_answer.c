/* What status and error body mean together: errors as providers really send them. */
#include "failure/failure.h"
#include "json_row.h"
#include "unit.h"

/* A status alone: what proxies answer, and providers whose body says nothing. */
static const struct {
    int first, last;
    enum failure failure, from_ollama;
    bool retriable, processed;
} statuses[] = {
    {1, 199, FAILURE_PROTOCOL, FAILURE_PROTOCOL, true, true},
    {200, 299, FAILURE_NONE, FAILURE_NONE, true, true},
    {300, 399, FAILURE_REDIRECT, FAILURE_REDIRECT, true, false},
    {400, 400, FAILURE_REQUEST, FAILURE_REQUEST, true, false},
    {401, 401, FAILURE_AUTH, FAILURE_AUTH, true, false},
    {402, 402, FAILURE_QUOTA, FAILURE_QUOTA, true, false},
    {403, 403, FAILURE_AUTH, FAILURE_AUTH, true, false},
    {404, 404, FAILURE_REQUEST, FAILURE_MODEL, true, false},
    {405, 406, FAILURE_REQUEST, FAILURE_REQUEST, true, false},
    {407, 407, FAILURE_AUTH, FAILURE_AUTH, true, false},
    {408, 408, FAILURE_TIMEOUT, FAILURE_TIMEOUT, true, false},
    {409, 428, FAILURE_REQUEST, FAILURE_REQUEST, true, false},
    {429, 429, FAILURE_RATE_LIMIT, FAILURE_RATE_LIMIT, true, false},
    {430, 498, FAILURE_REQUEST, FAILURE_REQUEST, true, false},
    {499, 499, FAILURE_REQUEST, FAILURE_SERVER, true, false},
    {500, 500, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {501, 501, FAILURE_REQUEST, FAILURE_REQUEST, true, false},
    {502, 502, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {503, 503, FAILURE_SERVER, FAILURE_SERVER, true, false},
    {504, 504, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {505, 511, FAILURE_SERVER, FAILURE_SERVER, false, false},
    {512, 520, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {521, 523, FAILURE_SERVER, FAILURE_SERVER, true, false},
    {524, 524, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {525, 526, FAILURE_SERVER, FAILURE_SERVER, true, false},
    {527, 528, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {529, 530, FAILURE_SERVER, FAILURE_SERVER, true, false},
    {531, 599, FAILURE_SERVER, FAILURE_SERVER, true, true},
    {600, 999, FAILURE_PROTOCOL, FAILURE_PROTOCOL, true, true},
};

START_TEST(a_status_alone_has_one_class)
{
    const struct provider_error nothing = {0};
    for (int status = statuses[_i].first; status <= statuses[_i].last; status++) {
        ck_assert_msg(failure_of_answer(SPEAKER_OPENAI, status, &nothing) == statuses[_i].failure,
                      "%d", status);
        ck_assert_msg(failure_of_answer(SPEAKER_OLLAMA, status, &nothing) ==
                          statuses[_i].from_ollama,
                      "%d from Ollama", status);
        ck_assert_msg(failure_status_retriable(status) == statuses[_i].retriable, "%d", status);
        ck_assert_msg(failure_status_processed(status) == statuses[_i].processed, "%d", status);
    }
    ck_assert_int_eq(statuses[_i].first, _i ? statuses[_i - 1].last + 1 : 1);
}
END_TEST

START_TEST(no_answer_may_be_retried_and_says_nothing_of_being_processed)
{
    ck_assert(failure_status_retriable(0));
    ck_assert(!failure_status_processed(0));
}
END_TEST

#define QUOTA(code)                                                                                \
    "{'error':{'message':'You exceeded your current quota','type':'insufficient_quota',"           \
    "'param':null,'code':'" code "'}}"
#define CODE(code)   "{'error':{'message':'no','type':null,'param':null,'code':'" code "'}}"
#define TYPE(type)   "{'type':'error','error':{'type':'" type "','message':'no'}}" /* Anthropic */
#define SAYS(text)   "{'error':{'message':'" text "','type':'invalid_request_error','code':null}}"
#define OLLAMA(text) "{'error':'" text "'}"
/* JSON in the text of an error, as Ollama from 0.30 on hands llama-server's errors on. */
#define NESTED(code, message, type)                                                                \
    "{'error':'{\\'error\\':{\\'code\\':" code ",\\'message\\':\\'" message                        \
    "\\',\\'type\\':\\'" type "\\',\\'n_prompt_tokens\\':8002,\\'n_ctx\\':512}}'}"
#define AZURE_FILTER                                                                               \
    "{'error':{'inner_error':{},'innererror':{'code':'ResponsibleAIPolicyViolation',"              \
    "'content_filter_result':{'hate':{'filtered':true,'severity':'high'}}},'code':null,"           \
    "'message':'The response was filtered','param':'prompt','status':400}}"
#define TOO_LONG(param)                                                                            \
    "{'error':{'message':'string too long','type':'invalid_request_error','param':'" param         \
    "','code':'string_above_max_length'}}"

enum { CLOUD = SPEAKER_OPENAI, LOCAL = SPEAKER_OLLAMA };

static const struct {
    const char *name;
    int kind;
    int status;
    const char *body; /* with ' for " */
    enum failure failure;
} rows[] = {
    /* rate_limit and quota */
    {"OpenAI's rate limit", CLOUD, 429,
     "{'error':{'message':'Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, "
     "Requested 12000.','type':'tokens','param':null,'code':'rate_limit_exceeded'}}",
     FAILURE_RATE_LIMIT},
    {"a rate limit that speaks of quota", CLOUD, 429,
     "{'error':{'message':'You exceeded your current quota: insufficient_quota','type':'requests',"
     "'code':'rate_limit_exceeded'}}",
     FAILURE_RATE_LIMIT},
    {"a code that only begins so", CLOUD, 429, CODE("insufficient_quota_soon"), FAILURE_RATE_LIMIT},
    {"a 429 in HTML", CLOUD, 429, "<html>slow down</html>", FAILURE_RATE_LIMIT},
    {"Anthropic's rate limit", CLOUD, 429, TYPE("rate_limit_error"), FAILURE_RATE_LIMIT},
    {"Azure's rate limit", CLOUD, 429, "{'error':{'code':'429','message':'Please retry after 9'}}",
     FAILURE_RATE_LIMIT},
    {"insufficient_quota", CLOUD, 429, QUOTA("insufficient_quota"), FAILURE_QUOTA},
    {"insufficient_quota in capitals", CLOUD, 429, CODE("Insufficient_Quota"), FAILURE_QUOTA},
    {"the type stays insufficient_quota", CLOUD, 429, QUOTA("credit_balance_exhausted"),
     FAILURE_QUOTA},
    {"a spend limit of the project", CLOUD, 429, CODE("project_spend_limit_exceeded"),
     FAILURE_QUOTA},
    {"a spend limit of the organization", CLOUD, 429, CODE("organization_spend_limit_exceeded"),
     FAILURE_QUOTA},
    {"a billing limit with 429", CLOUD, 429, CODE("billing_hard_limit_reached"), FAILURE_QUOTA},
    {"a billing limit with 400", CLOUD, 400, CODE("billing_hard_limit_reached"), FAILURE_QUOTA},
    {"an account that is not active", CLOUD, 429, CODE("billing_not_active"), FAILURE_QUOTA},
    {"Anthropic's spend limit", CLOUD, 429,
     "{'type':'error','error':{'type':'rate_limit_error','message':'no','details':"
     "{'error_code':'enforced_spend_limit_reached'}}}",
     FAILURE_QUOTA},
    {"Moonshot's used up account", CLOUD, 429, TYPE("exceeded_current_quota_error"), FAILURE_QUOTA},
    {"a limit told by 400 and its code", CLOUD, 400, CODE("rate_limit_exceeded"),
     FAILURE_RATE_LIMIT},
    {"with 403", CLOUD, 403, CODE("rate_limit_exceeded"), FAILURE_RATE_LIMIT},
    {"Anthropic's with 422", CLOUD, 422, CODE("rate_limit_error"), FAILURE_RATE_LIMIT},
    {"Gemini's with 400", CLOUD, 400, CODE("RESOURCE_EXHAUSTED"), FAILURE_RATE_LIMIT},
    {"Bedrock's with 403", CLOUD, 403, CODE("ThrottlingException"), FAILURE_RATE_LIMIT},
    {"401 whatever it says", CLOUD, 401, CODE("rate_limit_exceeded"), FAILURE_AUTH},
    {"402 whatever it says", CLOUD, 402, CODE("rate_limit_exceeded"), FAILURE_QUOTA},

    /* auth */
    {"a wrong key", CLOUD, 401, CODE("invalid_api_key"), FAILURE_AUTH},
    {"a key of another country", CLOUD, 403, CODE("unsupported_country_region_territory"),
     FAILURE_AUTH},
    {"Anthropic's wrong key", CLOUD, 401, TYPE("authentication_error"), FAILURE_AUTH},
    {"Azure's wrong key", CLOUD, 401, "{'statusCode':401,'message':'Access denied'}", FAILURE_AUTH},

    /* model */
    {"OpenAI's model_not_found", CLOUD, 404,
     "{'error':{'message':'The model `x` does not exist','type':'invalid_request_error',"
     "'param':null,'code':'model_not_found'}}",
     FAILURE_MODEL},
    {"a 404 that speaks of the model", CLOUD, 404, "{'detail':'Model not found'}", FAILURE_MODEL},
    {"Azure's deployment", CLOUD, 404, CODE("DeploymentNotFound"), FAILURE_MODEL},
    {"Azure's deployment in words", CLOUD, 404, SAYS("The API deployment does not exist."),
     FAILURE_MODEL},
    {"OpenRouter's model", CLOUD, 404,
     "{'error':{'message':'No endpoints found for x','code':404}}", FAILURE_MODEL},
    {"a model that the project may not use", CLOUD, 403, CODE("model_not_found"), FAILURE_MODEL},
    {"a 404 for the address", CLOUD, 404, SAYS("Invalid URL (POST /v2/chat/completions)"),
     FAILURE_REQUEST},
    {"Azure's 404 for the address", CLOUD, 404,
     "{'error':{'code':'404','message':'Resource not found'}}", FAILURE_REQUEST},
    {"a 404 in HTML", CLOUD, 404, "<html><title>model</title></html>", FAILURE_REQUEST},
    {"a 400 that speaks of the model", CLOUD, 400, SAYS("This model has no logprobs"),
     FAILURE_REQUEST},
    {"Ollama's model", LOCAL, 404, OLLAMA("model \\'nope\\' not found"), FAILURE_MODEL},
    {"Ollama's older model", LOCAL, 404, OLLAMA("model nope not found, try pulling it first"),
     FAILURE_MODEL},
    {"another server at Ollama's port", LOCAL, 404, "404 page not found", FAILURE_MODEL},
    {"a model of Ollama without tools", LOCAL, 400, OLLAMA("m:latest does not support tools"),
     FAILURE_MODEL},
    {"a model of Ollama that cannot think", LOCAL, 400, OLLAMA("m does not support thinking"),
     FAILURE_MODEL},
    {"a cloud model that does not support it", CLOUD, 400, SAYS("x does not support tools"),
     FAILURE_REQUEST},
    {"an image for a text model, Jinja", LOCAL, 500,
     NESTED("500", "image input is not supported - hint: mmproj", "server_error"), FAILURE_MODEL},
    {"an image for a text model, Go template", LOCAL, 400,
     OLLAMA("this model: image input is not supported"), FAILURE_MODEL},

    /* context */
    {"OpenAI's context_length_exceeded", CLOUD, 400,
     "{'error':{'message':'This model s maximum context length is 8192 tokens.',"
     "'type':'invalid_request_error','param':'messages','code':'context_length_exceeded'}}",
     FAILURE_CONTEXT},
    {"only the code", CLOUD, 400, CODE("context_length_exceeded"), FAILURE_CONTEXT},
    {"vLLM's words", CLOUD, 400, SAYS("This model s maximum context length is 4096"),
     FAILURE_CONTEXT},
    {"vLLM's other words", CLOUD, 400,
     SAYS("decoder prompt is longer than the maximum model length"), FAILURE_CONTEXT},
    {"Anthropic's words", CLOUD, 400, SAYS("prompt is too long: 215000 tokens > 200000 maximum"),
     FAILURE_CONTEXT},
    {"Anthropic's other words", CLOUD, 400,
     SAYS("input length and `max_tokens` exceed context limit: 1 + 2 > 3"), FAILURE_CONTEXT},
    {"llama-server's", CLOUD, 400,
     "{'error':{'code':400,'message':'the request exceeds the available context size.',"
     "'type':'exceed_context_size_error'}}",
     FAILURE_CONTEXT},
    {"a prompt with 413", CLOUD, 413, SAYS("Prompt is too long"), FAILURE_CONTEXT},
    {"a prompt with 500", CLOUD, 500, SAYS("maximum context length exceeded"), FAILURE_CONTEXT},
    {"Ollama's overflow up to 0.24", LOCAL, 400,
     OLLAMA("the input length exceeds the context length"), FAILURE_CONTEXT},
    {"Ollama's overflow from 0.30 on", LOCAL, 400,
     NESTED("400", "request (8002 tokens) exceeds the available context size (512 tokens)",
            "exceed_context_size_error"),
     FAILURE_CONTEXT},
    {"Ollama's overflow by its type alone", LOCAL, 400,
     NESTED("400", "too much", "exceed_context_size_error"), FAILURE_CONTEXT},
    {"a tokens-per-minute limit is none", CLOUD, 429,
     "{'error':{'message':'Request exceeds the maximum context length','code':"
     "'rate_limit_exceeded'}}",
     FAILURE_RATE_LIMIT},
    {"a message that is too long a string", CLOUD, 400, TOO_LONG("messages[0].content"),
     FAILURE_CONTEXT},
    {"a prompt that is too long a string", CLOUD, 400, TOO_LONG("prompt"), FAILURE_CONTEXT},
    {"an input that is too long a string", CLOUD, 400, TOO_LONG("input"), FAILURE_CONTEXT},
    {"a string too long somewhere", CLOUD, 400, TOO_LONG(""), FAILURE_CONTEXT},
    {"a user's name that is too long", CLOUD, 400, TOO_LONG("user"), FAILURE_REQUEST},
    {"a cache key that is too long", CLOUD, 400, TOO_LONG("prompt_cache_key"), FAILURE_REQUEST},

    /* policy */
    {"OpenAI's policy", CLOUD, 400, CODE("content_policy_violation"), FAILURE_POLICY},
    {"Azure's filter", CLOUD, 400, CODE("content_filter"), FAILURE_POLICY},
    {"Azure's filter, told inside only", CLOUD, 400, AZURE_FILTER, FAILURE_POLICY},
    {"Azure's image filter", CLOUD, 400, CODE("contentFilter"), FAILURE_POLICY},
    {"OpenAI's image filter", CLOUD, 400, CODE("moderation_blocked"), FAILURE_POLICY},
    {"a flagged prompt", CLOUD, 400, CODE("invalid_prompt"), FAILURE_POLICY},
    {"OpenRouter's moderation", CLOUD, 403,
     "{'error':{'code':403,'message':'Input flagged','metadata':{'reasons':['x'],"
     "'flagged_input':'...'}}}",
     FAILURE_POLICY},
    {"Alibaba's inspection", CLOUD, 400, CODE("data_inspection_failed"), FAILURE_POLICY},
    {"a filter with 200", CLOUD, 200, CODE("content_filter"), FAILURE_POLICY},
    {"a filter with 403", CLOUD, 403, CODE("content_filter"), FAILURE_POLICY},
    {"a filter with 404", CLOUD, 404, CODE("content_filter"), FAILURE_POLICY},
    {"a filter with 429", CLOUD, 429, CODE("content_filter"), FAILURE_POLICY},
    {"a filter with 500", CLOUD, 500, CODE("content_filter"), FAILURE_POLICY},
    {"a filter with 503", CLOUD, 503, CODE("content_filter"), FAILURE_POLICY},
    {"a message about filters is none", CLOUD, 400, SAYS("content_filter must be an object"),
     FAILURE_REQUEST},

    /* server */
    {"Anthropic overloaded", CLOUD, 529, TYPE("overloaded_error"), FAILURE_SERVER},
    {"Cloudflare's web page", CLOUD, 522, "<!DOCTYPE html><title>522</title>", FAILURE_SERVER},
    {"OpenAI overloaded", CLOUD, 503, SAYS("The engine is currently overloaded"), FAILURE_SERVER},
    {"a 500 that speaks of a model", CLOUD, 500, SAYS("The model is not loaded"), FAILURE_SERVER},
    {"a 503 with a rate limit's code", CLOUD, 503, CODE("rate_limit_exceeded"), FAILURE_SERVER},
    {"Ollama is busy", LOCAL, 503,
     OLLAMA("server busy, please try again.  maximum pending requests exceeded"), FAILURE_SERVER},
    {"Ollama's runner died", LOCAL, 500, OLLAMA("llama-server process has terminated"),
     FAILURE_SERVER},
    {"Ollama gave a queued request up", LOCAL, 499, OLLAMA("request canceled"), FAILURE_SERVER},

    /* request */
    {"an invalid field", CLOUD, 400, SAYS("Unrecognized request argument"), FAILURE_REQUEST},
    {"Ollama calls it invalid", LOCAL, 400, OLLAMA("json: cannot unmarshal"), FAILURE_REQUEST},
    {"FastAPI's validation", CLOUD, 422, "{'detail':[{'loc':['body'],'msg':'field required'}]}",
     FAILURE_REQUEST},

    /* an error in a 200 */
    {"an error without a code", CLOUD, 200, SAYS("no"), FAILURE_SERVER},
    {"a rate limit in a 200", CLOUD, 200, CODE("rate_limit_exceeded"), FAILURE_RATE_LIMIT},
    {"a used up account in a 200", CLOUD, 200, QUOTA("insufficient_quota"), FAILURE_QUOTA},
    {"a wrong key in a 200", CLOUD, 200, CODE("invalid_api_key"), FAILURE_AUTH},
    {"Anthropic overloaded in a 200", CLOUD, 200, TYPE("overloaded_error"), FAILURE_SERVER},
    {"Anthropic's timeout in a 200", CLOUD, 200, TYPE("timeout_error"), FAILURE_TIMEOUT},
    {"OpenRouter's 429 in a 200", CLOUD, 200, "{'error':{'code':429,'message':'no'}}",
     FAILURE_RATE_LIMIT},
    {"OpenRouter's 402 in a 200", CLOUD, 200, "{'error':{'code':402,'message':'no'}}",
     FAILURE_QUOTA},
    {"OpenRouter's 408 in a 200", CLOUD, 200, "{'error':{'code':408,'message':'no'}}",
     FAILURE_TIMEOUT},
    {"OpenRouter's 502 in a 200", CLOUD, 200, "{'error':{'code':502,'message':'no'}}",
     FAILURE_SERVER},
    {"a 400 in a 200 would look like an answer", CLOUD, 200,
     "{'error':{'code':400,'message':'no'}}", FAILURE_SERVER},
    {"a code that is a number and no status", CLOUD, 200, "{'error':{'code':1004,'message':'no'}}",
     FAILURE_SERVER},
    {"a code beyond all statuses", CLOUD, 200, "{'error':{'code':999,'message':'no'}}",
     FAILURE_SERVER},
    {"a context overflow in a 200", LOCAL, 200,
     NESTED("400", "too much", "exceed_context_size_error"), FAILURE_CONTEXT},
    {"Ollama's runner died in a 200", LOCAL, 200,
     OLLAMA("an error was encountered while running the model: unexpected EOF"), FAILURE_SERVER},

    /* redirect */
    {"a redirect with words", CLOUD, 308, SAYS("The model has moved"), FAILURE_REDIRECT},
};

START_TEST(an_answer_with_an_error_has_one_class)
{
    struct provider_error error;
    char *body = json_row_text(rows[_i].body);
    bool found = provider_error_read(text_of(body), &error);
    ck_assert_msg(found == (body[0] == '{'), "%s: is not read", rows[_i].name);
    enum failure failure = failure_of_answer((enum speaker)rows[_i].kind, rows[_i].status, &error);
    ck_assert_msg(failure == rows[_i].failure, "%s: %s", rows[_i].name, failure_word(failure));
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("failure_answer");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, a_status_alone_has_one_class, 0, ROWS(statuses));
    tcase_add_test(tc, no_answer_may_be_retried_and_says_nothing_of_being_processed);
    tcase_add_loop_test(tc, an_answer_with_an_error_has_one_class, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
