/* Each form of text has one check; the lists of option_value.c apply it to their elements. */
#include <errno.h>

#include "config/announce.h"
#include "config/listen_address.h"
#include "http/host.h"
#include "http/url.h"
#include "kind/member_rule.h"
#include "settings/option.h"
#include "settings/secret.h"
#include "text/count.h"
#include "text/line.h"

static int refuse(struct error *reterr, const char *why)
{
    error_set(reterr, "%s", why);
    return -EINVAL;
}

/* Letters, digits, '_' and '-'. */
static bool is_word(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!text_is_letter(c) && !text_is_digit(c) && c != '_' && c != '-')
            return false;
    }
    return name.len > 0;
}

bool option_token_name_valid(struct text name)
{
    return is_word(name) && name.len <= TOKEN_NAME_MAX;
}

bool option_tool_name_valid(struct text name)
{
    return is_word(name) && name.len <= TOOL_NAME_MAX && !text_ends(name, "_") &&
           !memmem(name.at, name.len, TOOL_NAME_SEAM, strlen(TOOL_NAME_SEAM)) &&
           !text_equals_nocase(name, "none");
}

bool option_provider_name_valid(struct text name)
{
    OPTION_EACH (option, SECTION_MODEL)
        if (option->type != OPTION_MODEL_OF && text_equals(name, option->key))
            return false;
    return is_word(name) && !text_equals(name, "all");
}

void option_provider_name_form(char *ret, size_t size)
{
    struct line line = line_to(ret, size);
    line_add(&line, "letters, digits, '-' and '_', but not ");
    OPTION_EACH (option, SECTION_MODEL)
        if (option->type != OPTION_MODEL_OF)
            line_add(&line, "%s, ", option->key);
    line_add(&line, "all");
}

static int check_name(struct text text, struct error *reterr)
{
    return option_provider_name_valid(text) ? 0 : refuse(reterr, "not the name of a provider");
}

/* A Host header's port has no zeros in front, so one that has some would never be met. */
static bool has_host_and_port(struct text text)
{
    struct config_listen listen;
    struct error why = ERROR_NONE;
    bool taken =
        !text_starts_nocase(text, "unix:") && listen_address_parse(text, &listen, &why) == 0;
    bool plain =
        taken && listen.port > 0 && ((const char *)memrchr(text.at, ':', text.len))[1] != '0';
    if (taken)
        listen_address_done(&listen);
    return plain;
}

static int check_host(struct text text, struct error *reterr)
{
    struct text name = text;
    if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
        name = text_make(text.at + 1, text.len - 2);
    return host_valid(name) || has_host_and_port(text)
               ? 0
               : refuse(reterr, "not a host name or address, with or without a port");
}

static int check_origin(struct text text, struct error *reterr)
{
    if (text_equals(text, "*"))
        return 0;
    const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    size_t scheme = colon ? (size_t)(colon - text.at) : 0;
    if (scheme == 0 || !text_starts_nocase(text_skip(text, scheme), "://"))
        return refuse(reterr, "not an origin");
    const char *star = memchr(text.at, '*', text.len);
    bool inside = star && star != text.at + text.len - 1;
    return inside ? refuse(reterr, "a * that is not at the end") : 0;
}

static int check_base_url(struct text text, struct error *reterr)
{
    struct url url;
    if (url_parse(text, &url, reterr) < 0)
        return -EINVAL;
    return url.query.len > 0 ? refuse(reterr, "a query (?) in the address") : 0;
}

static int check_check_url(struct text text, struct error *reterr)
{
    struct url url;
    return url_parse(text, &url, reterr);
}

/* sun_path of unix(7) has 108 bytes, its NUL among them. */
#define SOCKET_PATH_MAX 107

static int check_tool_url(struct text text, struct error *reterr)
{
    static const char scheme[] = OPTION_SOCKET_PREFIX;
    struct url url;
    if (text_starts_nocase(text, "http://") || text_starts_nocase(text, "https://"))
        return url_parse(text, &url, reterr);
    if (!text_starts(text, scheme))
        return refuse(reterr, "neither http://, https:// nor unix: (understudy starts no program)");
    struct text path = text_skip(text, sizeof(scheme) - 1);
    if (path.len < 2 || path.at[0] != '/')
        return refuse(reterr, "it does not name a socket by its whole path");
    return path.len > SOCKET_PATH_MAX
               ? refuse(reterr, "it is longer than the 107 bytes of a socket's path")
               : 0;
}

/* The HTTP client reads the rest; here only what would be dangerous or surely wrong. */
static int check_proxy(struct text text, struct error *reterr)
{
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f)
            return refuse(reterr, "a blank or control byte in the address");
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (text_starts_nocase(text, schemes[i]) && text.len > strlen(schemes[i]))
            return 0;
    return refuse(reterr, "not the address of a proxy");
}

/* How long the number in front is; 0 when there is none or it has two points. */
static size_t number_length(struct text text)
{
    size_t n = 0, points = 0;
    for (; n < text.len && (text_is_digit(text.at[n]) || text.at[n] == '.'); n++)
        points += text.at[n] == '.';
    return points < 2 && n > points ? n : 0;
}

static size_t unit_length(struct text text)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "m", "h"};
    for (size_t i = 0; i < COUNT(units); i++)
        if (text_starts(text, units[i]))
            return strlen(units[i]);
    return 0;
}

/* Go's time.ParseDuration, or a bare number of seconds; below zero means for ever. */
static int check_keep_alive(struct text text, struct error *reterr)
{
    struct text rest = text_skip(text, text.len > 0 && text.at[0] == '-' ? 1 : 0);
    if (rest.len > 0 && number_length(rest) == rest.len)
        return memchr(rest.at, '.', rest.len)
                   ? refuse(reterr, "a number without unit must be whole")
                   : 0;
    while (rest.len > 0) {
        size_t number = number_length(rest);
        rest = text_skip(rest, number);
        size_t unit = unit_length(rest);
        if (number == 0 || unit == 0)
            return refuse(reterr, "not a duration");
        rest = text_skip(rest, unit);
    }
    return text.len > 1 ? 0 : refuse(reterr, "not a duration");
}

static int check_model(struct text text, struct error *reterr)
{
    if (text.len > 0 && text.len <= MODEL_NAME_MAX)
        return 0;
    error_set(reterr, "a name of 1 to %d bytes is needed", MODEL_NAME_MAX);
    return -EINVAL;
}

const char *option_ability(size_t n)
{
    static const char *const words[] = {"completion", "tools",  "vision",   "thinking",
                                        "audio",      "insert", "embedding"};
    return n < COUNT(words) ? words[n] : NULL;
}

static int check_ability(struct text text, struct error *reterr)
{
    for (size_t i = 0; option_ability(i); i++)
        if (text_equals(text, option_ability(i)))
            return 0;
    return refuse(reterr, "not what a model can do");
}

/* Servers name them as they like; the specification's own rule is 128 bytes of fewer kinds
 * (https://modelcontextprotocol.io/specification/2025-11-25/server/tools). */
static int check_tool_name(struct text text, struct error *reterr)
{
    if (text_equals(text, "*"))
        return 0;
    if (text.len > 0 && memchr(text.at, '*', text.len))
        return refuse(reterr, "a * stands for all of them, and not for a part of a name");
    return text.len <= 256 ? 0 : refuse(reterr, "longer than 256 bytes");
}

static int check_tool_section(struct text text, struct error *reterr)
{
    return option_tool_name_valid(text) ? 0 : refuse(reterr, "not the NAME of a [tool NAME]");
}

static int check_header(struct text text, struct error *reterr)
{
    bool fits = text.len > 0 && text.len <= SECRET_HEADER_MAX;
    return fits && !secret_has_control(text) ? 0 : refuse(reterr, "not the value of a header");
}

static int check_member(struct text text, struct error *reterr)
{
    struct member_rule rule;
    return member_rule_read_drop(text, &rule, reterr);
}

static int check_rename(struct text text, struct error *reterr)
{
    struct member_rule rule;
    return member_rule_read_rename(text, &rule, reterr);
}

static int check_announce(struct text text, struct error *reterr)
{
    struct announce announce;
    return announce_read(text, &announce, reterr);
}

static int check_secret(struct text text, struct error *reterr)
{
    return secret_check(text, reterr);
}

static int check_keys(struct text text, struct error *reterr)
{
    return secret_list_check(text, reterr);
}

static int check_any(struct text text, struct error *reterr)
{
    (void)text;
    (void)reterr;
    return 0;
}

static int (*const checks[OPTION_TYPE_COUNT])(struct text text, struct error *reterr) = {
#define X(id, reader, check, form) check_##check,
    OPTION_TYPES(X)
#undef X
};

int option_check_text(enum option_type type, struct text text, struct error *reterr)
{
    return checks[type](text, reterr);
}
