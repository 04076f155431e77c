/* [tool NAME]: the MCP servers, and what is wrong or doubtful about them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/listen_address.h"
#include "http/host.h"
#include "http/url.h"
#include "settings/secret.h"
#include "settings/setting.h"
#include "text/suggest.h"

struct tool_fill {
    const struct setting_set *set;
    const struct config_source *source;
    struct config_tool *tool;
};

static const struct setting *tool_setting(const struct setting_set *set,
                                          const struct config_tool *tool, const char *key)
{
    return setting_find(set, SECTION_TOOL, tool->name, key);
}

/* What a row says: the value of the setting, else its default. */
static int fill_field(const struct tool_fill *fill, const struct option *option)
{
    const struct setting *setting = tool_setting(fill->set, fill->tool, option->key);
    const char *value = setting ? setting->value : option->value;
    return value ? option_store(option, text_of(value), fill->tool, NULL) : 0;
}

static int fill_key(const struct tool_fill *fill)
{
    const struct setting *setting = tool_setting(fill->set, fill->tool, "api_key");
    struct text value = text_of(setting ? setting->value : "");
    struct error why = ERROR_NONE;
    if (value.len == 0 || text_equals_nocase(value, "none"))
        return 0;
    int r = secret_resolve(value, SECRET_KEY, fill->source, &fill->tool->api_key, &why);
    if (r < 0)
        config_tell_secret(fill->set, setting, r, &why);
    return r == -ENOMEM ? r : 0;
}

/* As with a provider: what is written as the header itself goes in place of the key. */
static int fill_headers(const struct tool_fill *fill)
{
    struct config_tool *tool = fill->tool;
    const struct place place = {SECTION_TOOL, text_of(tool->name)};
    struct config_pairs pairs = {0};
    int r = config_headers_fill(fill->set, fill->source, &place, &pairs);
    tool->headers = pairs.at;
    tool->header_count = pairs.count;
    for (size_t i = 0; i < pairs.count; i++) {
        if (strcasecmp(pairs.at[i].name, "Authorization") != 0)
            continue;
        string_wipe(tool->api_key);
        tool->api_key = NULL;
    }
    return r;
}

/* A socket is one of this machine. */
static int derive_place(struct config_tool *tool)
{
    static const char scheme[] = OPTION_SOCKET_PREFIX;
    struct url url;
    struct text address = text_of(tool->url);
    if (text_starts(address, scheme)) {
        tool->socket = strdup(tool->url + sizeof(scheme) - 1);
        string_wipe(tool->url);
        tool->url = NULL;
        tool->local = true;
        return tool->socket ? 0 : -ENOMEM;
    }
    tool->local = address.at && url_parse(address, &url, NULL) == 0 && host_is_local(url.host);
    return 0;
}

static int fill_tool(const struct tool_fill *fill)
{
    int r = 0;
    OPTION_EACH (option, SECTION_TOOL)
        if (option->type != OPTION_HEADER)
            r = r < 0 ? r : fill_field(fill, option);
    r = r < 0 ? r : fill_key(fill);
    r = r < 0 ? r : fill_headers(fill);
    return r < 0 ? r : derive_place(fill->tool);
}

int config_tool_fill(struct config *config, const struct setting_set *set,
                     const struct config_source *source)
{
    struct config_tools *tools = &config->tools;
    int r = 0;
    tools->at = set->tools.count ? calloc(set->tools.count, sizeof(*tools->at)) : NULL;
    if (set->tools.count && !tools->at)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < set->tools.count; i++) {
        const struct tool_fill fill = {set, source, &tools->at[i]};
        fill.tool->name = strdup(set->tools.at[i]);
        if (!fill.tool->name)
            return -ENOMEM;
        tools->count++;
        r = fill_tool(&fill);
    }
    return r;
}

void config_tool_done(struct config_tools *tools)
{
    for (size_t i = 0; i < tools->count; i++) {
        struct config_tool *tool = &tools->at[i];
        OPTION_EACH (option, SECTION_TOOL)
            if (option->type != OPTION_HEADER)
                option_release(option, tool);
        config_pairs_done(&(struct config_pairs){tool->headers, tool->header_count});
        string_wipe(tool->api_key);
        free(tool->socket);
        free(tool->name);
    }
    free(tools->at);
}

/* ---- what a setting cannot tell alone */

struct tool_check {
    const struct config *config;
    const struct setting_set *set;
    const struct config_tool *tool;
    const struct origin *section; /* where it is named first */
};

/* An address is told without what is behind its '?', which may be a key. */
static void check_url(const struct tool_check *check)
{
    const struct config_tool *tool = check->tool;
    const struct setting *setting = tool_setting(check->set, tool, "url");
    struct url url;
    if (!tool->url || url_parse(text_of(tool->url), &url, NULL) < 0)
        return;
    const struct config_server *server = &check->config->server;
    for (size_t i = 0; i < server->listen_count; i++)
        if (listen_address_answers(&server->listen[i], &url))
            report_error(check->set->report, &setting->origin,
                         "[tool %s] url = \"%.*s%.*s\" is where understudy itself listens; "
                         "allowed: the address of another server",
                         tool->name, TEXT_ARG(url.origin), TEXT_ARG(url.path));
    if (!url.tls && !tool->local)
        report_warning(check->set->report, &setting->origin,
                       "[tool %s] url = \"%.*s%.*s\" is not encrypted: key, arguments and results "
                       "can be read on the way",
                       tool->name, TEXT_ARG(url.origin), TEXT_ARG(url.path));
}

/* Told at the setting where there is one. */
static void check_tool(const struct tool_check *check)
{
    const struct config_tool *tool = check->tool;
    struct report *report = check->set->report;
    const struct setting *allow = tool_setting(check->set, tool, "allow");
    if (!tool->url && !tool->socket && !setting_is_bad(check->set, SECTION_TOOL, tool->name, "url"))
        report_error(report, check->section,
                     "[tool %s] url is needed; allowed: an http:// or https:// address or "
                     "unix:/path",
                     tool->name);
    if (tool->allow.count == 0 && !setting_is_bad(check->set, SECTION_TOOL, tool->name, "allow"))
        report_warning(report, allow ? &allow->origin : check->section,
                       "[tool %s] allows none of its tools, so none is offered; better: set allow "
                       "to the names of some, which `understudy check` lists, or to * for all",
                       tool->name);
    if (tool->allow.count > 1 && string_list_has(&tool->allow, text_of("*")))
        report_error(report, &allow->origin,
                     "[tool %s] allow has * beside names; allowed: * alone for all of its tools, "
                     "or names",
                     tool->name);
    if (tool->socket && (tool->api_key || tool->header_count > 0))
        report_warning(report, check->section,
                       "[tool %s] api_key and header.NAME are sent over http and https only: lines "
                       "on a socket have no place for them",
                       tool->name);
    check_url(check);
}

/* The names in [token NAME] tools. */
static void check_token(const struct config *config, const struct setting_set *set,
                        const struct config_token *token)
{
    const struct setting *setting = setting_find(set, SECTION_TOKEN, token->name, "tools");
    for (size_t i = 0; setting && i < token->tools.count; i++) {
        const char *name = token->tools.at[i];
        struct suggest suggest = suggest_for(text_of(name));
        if (config_tool_by_name(config, text_of(name)))
            continue;
        for (size_t k = 0; k < set->tools.count; k++)
            suggest_offer(&suggest, set->tools.at[k]);
        report_error(set->report, &setting->origin,
                     "%s: no tool's server is named \"%s\"; allowed: none, or every NAME that has "
                     "a [tool NAME] section%s",
                     SETTING_TITLE(setting), name, SUGGEST_HINT(suggest.best));
    }
}

void config_tool_check(const struct config *config, const struct setting_set *set)
{
    for (size_t i = 0; i < config->tools.count; i++)
        check_tool(&(struct tool_check){config, set, &config->tools.at[i], &set->tool_origin[i]});
    for (size_t i = 0; i < config->server.named_token_count; i++)
        check_token(config, set, &config->server.named_tokens[i]);
}
