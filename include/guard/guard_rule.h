/*
 * The rules behind guard_check, one file each. A rule returns true to let the request go on to the
 * next one, or false with the refusal written by guard_refuse.
 */
#ifndef UNDERSTUDY_GUARD_RULE_H
#define UNDERSTUDY_GUARD_RULE_H

#include "config/config.h"
#include "guard/guard_request.h"

/* Headers, version, method, target, body length: sets path, expects_body, content_length. */
bool guard_rule_framing(const struct guard_request *request, struct guard_verdict *ret);

/* Host, Origin, Sec-Fetch-Site: sets origin. */
bool guard_rule_site(const struct config_server *server, const struct guard_request *request,
                     struct guard_verdict *ret);

/* Path and method: sets endpoint, allow, api_path, model_id. Needs path and origin. */
bool guard_rule_endpoint(const struct guard_request *request, struct guard_verdict *ret);

/* Is that one for whoever watches us? Such paths need no token. */
bool guard_is_probe(struct text path);

/* Does a browser ask for the page of /status? It holds nothing, and needs no token. */
bool guard_is_page(const struct guard_request *request, struct text path);

/* Tokens: sets authenticated_by_token and its two companions. Needs path and origin. */
bool guard_rule_token(const struct config_server *server, const struct guard_request *request,
                      struct guard_verdict *ret);

/*
 * Writes a refusal: status, its OpenAI error type, code, and a message in printable ASCII, whatever
 * the peer sent, into the place that ret->message points to. Always false, so that a rule can
 * return it.
 */
bool guard_refuse(struct guard_verdict *ret, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* How many header fields have that name; the first one's value (or an empty text) in *ret_value. */
size_t guard_find(const struct guard_request *request, const char *lower_case,
                  struct text *ret_value);

/* What a peer sent, for "%.*s" in a message: at most 100 bytes of it. */
#define GUARD_SHOWN(t) TEXT_ARG(text_cut(t, 100))

#endif
