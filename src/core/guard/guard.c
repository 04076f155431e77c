/* The order of the rules. The rules themselves: guard_framing.c and so on. */
#include "guard/guard.h"

#include "guard/guard_rule.h"

static bool is_json(struct text content_type)
{
    const char *semicolon =
        content_type.len ? memchr(content_type.at, ';', content_type.len) : NULL;
    if (semicolon)
        content_type.len = (size_t)(semicolon - content_type.at);
    return text_equals_nocase(text_trim(content_type), "application/json");
}

/*
 * A web page can send a form or text/plain anywhere without asking; JSON needs a preflight that we
 * do not grant. Only browsers send these two headers, so curl -d needs no content type.
 */
static bool check_content_type(const struct guard_request *request, struct guard_verdict *ret)
{
    struct text origin, site, type;
    bool browser = guard_find(request, "origin", &origin) > 0;
    browser = guard_find(request, "sec-fetch-site", &site) > 0 || browser;
    if (!browser || !text_equals(request->method, "POST"))
        return true;
    (void)guard_find(request, "content-type", &type);
    if (is_json(type))
        return true;
    return guard_refuse(ret, 415, "unsupported_media_type",
                        "a POST from a browser must have Content-Type: application/json");
}

static bool check_size(const struct config_server *server, struct guard_verdict *ret)
{
    if (ret->content_length < 0 || (uint64_t)ret->content_length <= server->max_body_bytes)
        return true;
    return guard_refuse(ret, 413, "request_too_large",
                        "the request body is larger than %zu bytes (see server.max_body)",
                        server->max_body_bytes);
}

void guard_check(const struct config_server *server, const struct guard_request *request,
                 char message[static GUARD_MESSAGE_MAX], struct guard_verdict *ret)
{
    message[0] = '\0';
    *ret = (struct guard_verdict){.content_length = -1, .message = message};
    (void)(guard_rule_framing(request, ret) && guard_rule_site(server, request, ret) &&
           guard_rule_token(server, request, ret) && guard_rule_endpoint(request, ret) &&
           check_content_type(request, ret) && check_size(server, ret));
}
