/*
 * Our own tokens. The time of a comparison depends on the lengths only: no byte that is right or
 * wrong, and no token that matches, ends it early.
 */
#include "guard/guard_rule.h"

/* Over the longer of both; a byte behind the end of the shorter one counts as 0. */
static bool equal_in_constant_time(struct text a, struct text b)
{
    size_t len = a.len > b.len ? a.len : b.len;
    volatile unsigned char different = a.len != b.len;
    for (size_t i = 0; i < len; i++) {
        unsigned char x = i < a.len ? (unsigned char)a.at[i] : 0;
        unsigned char y = i < b.len ? (unsigned char)b.at[i] : 0;
        different |= x ^ y;
    }
    return different == 0;
}

/* Whose it is goes to *ret_whose, if its client has a name. */
static bool is_token(const struct config_server *server, struct text credential,
                     const struct config_token **ret_whose)
{
    bool found = false;
    if (credential.len == 0) /* one of the two fields, mostly; no token is empty */
        return false;
    for (size_t i = 0; i < server->tokens.count; i++)
        found |= equal_in_constant_time(credential, text_of(server->tokens.at[i]));
    for (size_t i = 0; i < server->named_token_count; i++) {
        const struct config_token *token = &server->named_tokens[i];
        bool is_its = equal_in_constant_time(credential, text_of(token->secret));
        *ret_whose = is_its ? token : *ret_whose;
        found |= is_its;
    }
    return found;
}

/* What follows "Bearer " in an Authorization; empty for another scheme. */
static struct text bearer(struct text authorization)
{
    if (!text_starts_nocase(authorization, "bearer "))
        return text_of("");
    return text_trim(text_skip(authorization, strlen("bearer ")));
}

/* A browser asks whether it may send the token before it does. */
static bool is_preflight(const struct guard_request *request, const struct guard_verdict *verdict)
{
    return verdict->origin.at && text_equals(request->method, "OPTIONS");
}

bool guard_rule_token(const struct config_server *server, const struct guard_request *request,
                      struct guard_verdict *ret)
{
    struct text authorization, api_key;
    (void)guard_find(request, "authorization", &authorization);
    (void)guard_find(request, "x-api-key", &api_key);
    ret->api_key_is_token = is_token(server, text_trim(api_key), &ret->token);
    ret->authorization_is_token = is_token(server, bearer(authorization), &ret->token);
    ret->authenticated_by_token = ret->authorization_is_token || ret->api_key_is_token;
    if (!config_server_is_closed(server) || ret->authenticated_by_token ||
        guard_is_probe(ret->path) || guard_is_page(request, ret->path) ||
        is_preflight(request, ret))
        return true;
    return guard_refuse(ret, 401, "invalid_api_key",
                        "a token is needed (see server.tokens and [token NAME]): send it as "
                        "Authorization: Bearer "
                        "TOKEN or as x-api-key: TOKEN, or as the api_key of your OpenAI client");
}
