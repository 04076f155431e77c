/*
 * The class of an answer: the error's code, then its words, then the status. A status belongs to
 * one group, and a code or phrase counts only in the groups where it is known to mean that.
 *
 * Codes are compared whole with error.code and error.type, in any case; phrases are looked for in
 * error.message, and only where the provider has no code for it.
 */
#include <stdlib.h>
#include <string.h>

#include "failure.h"

enum group {
    AT_OK = 1,         /* 2xx that carries an error: a stream's first event, OpenRouter */
    AT_REFUSED = 2,    /* 401, 402, 403 */
    AT_NOT_FOUND = 4,  /* 404 */
    AT_RATE_LIMIT = 8, /* 429 */
    AT_CLIENT = 16,    /* any other 4xx */
    AT_SERVER = 32,    /* 5xx */
    AT_NOWHERE = 64,   /* 1xx, 3xx and what is no status: nobody writes errors into these */
};

#define AT_INVALID  (AT_OK | AT_NOT_FOUND | AT_CLIENT)
#define AT_ANYWHERE (AT_INVALID | AT_REFUSED | AT_RATE_LIMIT | AT_SERVER)
#define AT_TOO_LONG (AT_OK | AT_CLIENT | AT_SERVER)
#define AT_USED_UP  (AT_OK | AT_RATE_LIMIT | AT_CLIENT)

struct code_rule {
    const char *code; /* lower case */
    enum failure failure;
    unsigned at;
};

/* First match wins. Read in November 2026 where no other date is given. */
static const struct code_rule code_rules[] = {
    /* A refusal is an answer, whatever the status: never laundered through another model. */
    {"content_policy_violation", FAILURE_POLICY, AT_ANYWHERE},     /* OpenAI */
    {"content_filter", FAILURE_POLICY, AT_ANYWHERE},               /* OpenAI, Azure */
    {"contentfilter", FAILURE_POLICY, AT_ANYWHERE},                /* Azure, image API */
    {"responsibleaipolicyviolation", FAILURE_POLICY, AT_ANYWHERE}, /* Azure, innererror.code */
    {"moderation_blocked", FAILURE_POLICY, AT_ANYWHERE},           /* OpenAI, image API */
    {"invalid_prompt", FAILURE_POLICY, AT_ANYWHERE},         /* OpenAI: the prompt was flagged */
    {"flagged_input", FAILURE_POLICY, AT_ANYWHERE},          /* OpenRouter, see provider_error.c */
    {"data_inspection_failed", FAILURE_POLICY, AT_ANYWHERE}, /* Alibaba Model Studio */
    {"datainspectionfailed", FAILURE_POLICY, AT_ANYWHERE},

    /* What waiting cannot cure: developers.openai.com/api/docs/guides/error-codes, and
     * help.openai.com/en/articles/6614457; the type stays insufficient_quota. */
    {"insufficient_quota", FAILURE_QUOTA, AT_USED_UP},
    {"credit_balance_exhausted", FAILURE_QUOTA, AT_USED_UP},
    {"organization_usage_limit_exceeded", FAILURE_QUOTA, AT_USED_UP},
    {"organization_spend_limit_exceeded", FAILURE_QUOTA, AT_USED_UP},
    {"project_spend_limit_exceeded", FAILURE_QUOTA, AT_USED_UP},
    {"billing_hard_limit_reached", FAILURE_QUOTA, AT_USED_UP},   /* OpenAI, with 400 or 429 */
    {"billing_not_active", FAILURE_QUOTA, AT_USED_UP},           /* OpenAI */
    {"enforced_spend_limit_reached", FAILURE_QUOTA, AT_USED_UP}, /* Anthropic, details.error_code */
    {"billing_error", FAILURE_QUOTA, AT_USED_UP},                /* Anthropic */
    {"exceeded_current_quota_error", FAILURE_QUOTA, AT_USED_UP}, /* Moonshot */

    {"context_length_exceeded", FAILURE_CONTEXT, AT_TOO_LONG},   /* OpenAI, Azure, Groq */
    {"exceed_context_size_error", FAILURE_CONTEXT, AT_TOO_LONG}, /* llama-server, Ollama >= 0.30 */

    /* 403: the project may not use this model, though the key is good. */
    {"model_not_found", FAILURE_MODEL, AT_INVALID | AT_REFUSED}, /* OpenAI */
    {"deploymentnotfound", FAILURE_MODEL, AT_INVALID},           /* Azure */

    /* Where the status does not say it. */
    {"rate_limit_exceeded", FAILURE_RATE_LIMIT, AT_OK},
    {"rate_limit_error", FAILURE_RATE_LIMIT, AT_OK},
    {"invalid_api_key", FAILURE_AUTH, AT_OK},
    {"authentication_error", FAILURE_AUTH, AT_OK},
    {"permission_error", FAILURE_AUTH, AT_OK},
    {"timeout_error", FAILURE_TIMEOUT, AT_OK},
};

enum speaker { BY_OPENAI = 1, BY_OLLAMA = 2, BY_ANY = 3 };

struct phrase_rule {
    const char *phrase;
    enum failure failure;
    unsigned at;
    enum speaker by;
};

static const struct phrase_rule phrase_rules[] = {
    {"maximum context length", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY}, /* OpenAI, vLLM, Mistral */
    {"maximum model length", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY},   /* vLLM */
    {"exceeds the context", FAILURE_CONTEXT, AT_TOO_LONG,
     BY_ANY}, /* Ollama <= 0.24, "... length" */
    {"exceeds the available context", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY}, /* llama-server */
    {"exceed context limit", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY},          /* Anthropic */
    {"prompt is too long", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY},            /* Anthropic */
    {"loaded with context length", FAILURE_CONTEXT, AT_TOO_LONG, BY_ANY},    /* LM Studio */

    {"model", FAILURE_MODEL, AT_NOT_FOUND, BY_OPENAI},
    {"deployment", FAILURE_MODEL, AT_NOT_FOUND, BY_OPENAI},         /* Azure */
    {"no endpoints found", FAILURE_MODEL, AT_NOT_FOUND, BY_OPENAI}, /* OpenRouter */

    /* Another provider's model may well: tools, thinking, chat; images (llama-server). */
    {"does not support", FAILURE_MODEL, AT_CLIENT, BY_OLLAMA},
    {"image input is not supported", FAILURE_MODEL, AT_CLIENT | AT_SERVER, BY_OLLAMA},
};

struct status_rule {
    int first, last;
    enum failure failure;
    enum speaker by;
};

/* First match wins; what is in none of them is no answer that HTTP knows here. */
static const struct status_rule status_rules[] = {
    /* /api/chat is there in every Ollama, so its 404 is about the model; where something else
     * listens, that is not the client's fault either. 499: it gave up on a queued request. */
    {404, 404, FAILURE_MODEL, BY_OLLAMA}, {499, 499, FAILURE_SERVER, BY_OLLAMA},
    {200, 299, FAILURE_SERVER, BY_ANY}, /* with an error in it */
    {300, 399, FAILURE_REDIRECT, BY_ANY}, {401, 401, FAILURE_AUTH, BY_ANY},
    {402, 402, FAILURE_QUOTA, BY_ANY},    {403, 403, FAILURE_AUTH, BY_ANY},
    {408, 408, FAILURE_TIMEOUT, BY_ANY},  {429, 429, FAILURE_RATE_LIMIT, BY_ANY},
    {400, 499, FAILURE_REQUEST, BY_ANY},  {501, 501, FAILURE_REQUEST, BY_ANY},
    {500, 599, FAILURE_SERVER, BY_ANY},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static enum group group_of(int status)
{
    switch (status) {
    case 401:
    case 402:
    case 403:
        return AT_REFUSED;
    case 404:
        return AT_NOT_FOUND;
    case 429:
        return AT_RATE_LIMIT;
    default:
        break;
    }
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

static enum failure by_code(enum group group, const struct provider_error *error)
{
    for (size_t i = 0; i < COUNT(code_rules); i++)
        if ((code_rules[i].at & group) && is_code(error, code_rules[i].code))
            return code_rules[i].failure;
    return (AT_TOO_LONG & group) && is_text_too_long(error) ? FAILURE_CONTEXT : FAILURE_NONE;
}

static enum failure by_phrase(enum speaker speaker, enum group group,
                              const struct provider_error *error)
{
    for (size_t i = 0; error && i < COUNT(phrase_rules); i++) {
        const struct phrase_rule *rule = &phrase_rules[i];
        if ((rule->at & group) && (rule->by & speaker) && strcasestr(error->message, rule->phrase))
            return rule->failure;
    }
    return FAILURE_NONE;
}

static enum failure by_status(enum speaker speaker, int status)
{
    for (size_t i = 0; i < COUNT(status_rules); i++) {
        const struct status_rule *rule = &status_rules[i];
        if (status >= rule->first && status <= rule->last && (rule->by & speaker))
            return rule->failure;
    }
    return FAILURE_PROTOCOL;
}

/*
 * An error in a 2xx may have an HTTP status as its code (OpenRouter, vLLM). Whatever it calls an
 * invalid request stays a fault of the server: to the client it would look like a good answer.
 */
static enum failure by_status_in_code(enum speaker speaker, const struct provider_error *error)
{
    const char *code = error->code;
    bool is_status = strspn(code, "0123456789") == 3 && code[3] == '\0' && code[0] >= '4';
    enum failure failure =
        is_status ? by_status(speaker, (int)strtol(code, NULL, 10)) : FAILURE_SERVER;
    return failure == FAILURE_REQUEST || failure == FAILURE_PROTOCOL ? FAILURE_SERVER : failure;
}

static bool is_empty(const struct provider_error *error)
{
    return !error->message[0] && !error->type[0] && !error->code[0];
}

enum failure failure_of_answer(enum provider_kind kind, int status,
                               const struct provider_error *error)
{
    enum speaker speaker = kind == PROVIDER_OLLAMA ? BY_OLLAMA : BY_OPENAI;
    enum group group = group_of(status);
    if (group == AT_OK && is_empty(error))
        return FAILURE_NONE;
    enum failure failure = by_code(group, error);
    if (failure == FAILURE_NONE)
        failure = by_phrase(speaker, group, error);
    if (failure != FAILURE_NONE)
        return failure;
    return group == AT_OK ? by_status_in_code(speaker, error) : by_status(speaker, status);
}

bool failure_status_retriable(int status)
{
    return status < 505 || status > 511;
}

/*
 * Cloudflare's 521, 522, 523, 525, 526 and 530 say that the origin was never reached
 * (developers.cloudflare.com/support/troubleshooting/http-status-codes). 505-511 refuse before any
 * work. A 5xx that nobody has named is taken for a 500 (RFC 9110, 15).
 */
bool failure_status_processed(int status)
{
    static const int refused[] = {501, 503, 521, 522, 523, 525, 526, 529, 530};
    if (status == 0 || (status >= 300 && status <= 499) || (status >= 505 && status <= 511))
        return false;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (status == refused[i])
            return false;
    return true;
}
