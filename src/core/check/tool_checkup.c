/* What helps is told by the words in which the server's trouble is told: the first row that fits.
 */
#include "check/tool_checkup.h"

#include <errno.h>
#include <string.h>

#include "text/count.h"
#include "text/suggest.h"

#define NAMES_SHOWN_MAX 360
#define NAMES_CUT       " ... (`understudy check --json` has all)"

/* Where the shipped units make their sockets. */
#define UNIT_FOLDER "/run/understudy-tools/"
#define UNIT_END    ".sock"

/* words NULL: any. %s is the section's NAME, where there is one. */
static const struct {
    const char *words;
    const char *to_do;
} ways[] = {
    {"could not be resolved",
     "look whether the machine is online, and the host in [tool %s] url is right"},
    {"is not trusted",
     "write the name that is in its certificate into [tool %s] url, or have this machine trust who "
     "signed it"},
    {"TLS", "look whether [tool %s] url is right: http:// or https://"},
    {"No such file", "start what makes the socket of [tool %s], or mend its url"},
    {"Permission denied", "let the user of understudy connect to the socket of [tool %s]"},
    {"was not reached", "start its server, or mend [tool %s] url"},
    {"status 401", "put a key that it takes into [tool %s] api_key"},
    {"status 403", "put a key that it takes into [tool %s] api_key"},
    {"redirects", "write the address that it sends to into [tool %s] url"},
    {"status 404", "mend [tool %s] url: the path of most servers is /mcp"},
    {"status 405", "mend [tool %s] url: the path of most servers is /mcp"},
    {"status", "look into the log of the server of [tool %s]"},
    {"within", "look whether the server of [tool %s] hangs, or takes long to start, as by npx"},
    {"not MCP", "mend [tool %s] url: the path of most servers is /mcp"},
    {NULL, "look into the log of the server of [tool %s]"},
};

void tool_checkup_init_take(struct tool_checkup *checkup, const struct config_tool *tool,
                            struct strings allow)
{
    *checkup = (struct tool_checkup){.tool = tool, .allow = allow, .version = ""};
}

void tool_checkup_done(struct tool_checkup *checkup)
{
    string_list_done(&checkup->allow);
    string_list_done(&checkup->names);
}

int tool_checkup_listed(struct tool_checkup *checkup, const struct mcp_tools *tools)
{
    int r = 0;
    checkup->reached = true;
    checkup->listed = tools->listed;
    for (size_t i = 0; r == 0 && i < tools->count; i++)
        r = string_list_add(&checkup->names, text_of(tools->at[i].own));
    return r;
}

static bool allows(const struct tool_checkup *checkup, const char *name)
{
    return string_list_has(&checkup->allow, text_of("*")) ||
           string_list_has(&checkup->allow, text_of(name));
}

size_t tool_checkup_allowed(const struct tool_checkup *checkup)
{
    size_t count = 0;
    for (size_t i = 0; i < checkup->names.count; i++)
        count += allows(checkup, checkup->names.at[i]);
    return count;
}

/* Of what allow names, that which its list has not: how many, and the first. */
static size_t count_absent(const struct tool_checkup *checkup, const char **ret_first)
{
    size_t count = 0;
    for (size_t i = 0; i < checkup->allow.count; i++) {
        const char *name = checkup->allow.at[i];
        if (strcmp(name, "*") == 0 || string_list_has(&checkup->names, text_of(name)))
            continue;
        if (count++ == 0)
            *ret_first = name;
    }
    return count;
}

/* Of a socket that is made by understudy-tool@NAME.socket: the NAME, which need not be that of the
 * section. */
static bool find_unit(const struct config_tool *tool, struct text *ret)
{
    struct text path = text_of(tool->socket ? tool->socket : "");
    if (!text_starts(path, UNIT_FOLDER) || !text_ends(path, UNIT_END))
        return false;
    size_t before = sizeof(UNIT_FOLDER) - 1, behind = sizeof(UNIT_END) - 1;
    *ret = (struct text){path.at + before, path.len - before - behind};
    return true;
}

static void find_trouble(const struct tool_checkup *checkup, struct finding *ret)
{
    size_t i = 0;
    struct text unit;
    while (ways[i].words && !strstr(checkup->trouble.text, ways[i].words))
        i++;
    const char *format = ways[i].to_do, *at = strstr(format, "%s");
    error_set(&ret->what, "%s", checkup->trouble.text);
    if (strstr(checkup->trouble.text, "No such file") && find_unit(checkup->tool, &unit))
        error_set(&ret->to_do,
                  "`systemctl enable --now understudy-tool@%.*s.socket`, or mend [tool %s] url",
                  TEXT_ARG(unit), checkup->tool->name);
    else
        error_set(&ret->to_do, "%.*s%s%s", (int)(at - format), format, checkup->tool->name, at + 2);
}

/* "a, b, c ...": names of its tools, which come from a server. */
static void write_names(const struct tool_checkup *checkup, char ret[NAMES_SHOWN_MAX])
{
    struct buf out;
    buf_init(&out, NAMES_SHOWN_MAX - sizeof(NAMES_CUT));
    int r = 0;
    for (size_t i = 0; r == 0 && i < checkup->names.count; i++) {
        size_t before = out.len;
        r = i ? buf_append_string(&out, ", ") : 0;
        r = r < 0 ? r : buf_append_shown(&out, text_of(checkup->names.at[i]), '?');
        if (r < 0)
            out.len = before;
    }
    (void)snprintf(ret, NAMES_SHOWN_MAX, "%.*s%s", TEXT_ARG(buf_text(&out)),
                   r < 0 ? NAMES_CUT : "");
    buf_done(&out);
}

/* A name as the model gets it, NAME__TOOL, without what is put before it here. */
static const char *own_part(const struct tool_checkup *checkup, const char *name)
{
    size_t len = strlen(checkup->tool->name);
    bool has = strncmp(name, checkup->tool->name, len) == 0 && strncmp(name + len, "__", 2) == 0;
    return has ? name + len + 2 : name;
}

static void find_absent(const struct tool_checkup *checkup, struct finding *ret)
{
    const char *name = "";
    char names[NAMES_SHOWN_MAX], more[40] = "";
    size_t count = count_absent(checkup, &name);
    struct suggest suggest = suggest_for(text_of(own_part(checkup, name)));
    for (size_t i = 0; i < checkup->names.count; i++)
        suggest_offer(&suggest, checkup->names.at[i]);
    write_names(checkup, names);
    if (count > 1)
        (void)snprintf(more, sizeof(more), ", nor %zu more", count - 1);
    error_set(&ret->what, "it has no tool \"%.100s\", which its allow names%s", name, more);
    if (text_equals_nocase(text_of(name), "all"))
        error_set(&ret->to_do, "write * into [tool %s] allow for all of them, or some of: %s",
                  checkup->tool->name, names[0] ? names : "none");
    else if (suggest.best)
        error_set(&ret->to_do, "write %.100s into [tool %s] allow", suggest.best,
                  checkup->tool->name);
    else
        error_set(&ret->to_do, "mend the name in [tool %s] allow; it has: %s", checkup->tool->name,
                  names[0] ? names : "none");
}

static void find_nothing_allowed(const struct tool_checkup *checkup, struct finding *ret)
{
    char names[NAMES_SHOWN_MAX];
    write_names(checkup, names);
    error_set(&ret->what, "none of its tools is allowed");
    error_set(&ret->to_do, "name some in [tool %s] allow, or * for all: %s", checkup->tool->name,
              names);
}

size_t tool_checkup_find(const struct tool_checkup *checkup, struct finding ret[TOOL_FINDING_MAX])
{
    const char *name;
    size_t count = 0;
    for (size_t i = 0; i < TOOL_FINDING_MAX; i++)
        ret[i] = (struct finding){.about = checkup->tool->name};
    if (!checkup->reached) {
        find_trouble(checkup, &ret[0]);
        return 1;
    }
    if (checkup->names.count == 0) {
        error_set(&ret[0].what, "it lists no tool that can be used");
        error_set(&ret[0].to_do, "look into the log of the server of [tool %s]",
                  checkup->tool->name);
        return 1;
    }
    if (checkup->allow.count == 0)
        find_nothing_allowed(checkup, &ret[count++]);
    if (count_absent(checkup, &name) > 0)
        find_absent(checkup, &ret[count++]);
    return count;
}

int tool_checkup_print(const struct tool_checkup *checkup, struct buf *out)
{
    const char *name = checkup->tool->name;
    if (!checkup->reached)
        return buf_printf(out, "tool %s: %s", name, checkup->trouble.text);
    int r = buf_printf(out, "tool %s: %zu tool%s, %zu of them allowed", name, checkup->listed,
                       checkup->listed == 1 ? "" : "s", tool_checkup_allowed(checkup));
    if (r == 0 && checkup->version[0])
        r = buf_printf(out, "; MCP %s", checkup->version);
    return r;
}

static void add(json_t *json, const char *name, json_t *value)
{
    (void)json_object_set_new(json, name, value ? value : json_null());
}

json_t *tool_checkup_json(const struct tool_checkup *checkup)
{
    struct buf address;
    json_t *json = json_object(), *tools = json_array();
    buf_init(&address, 1u << 20);
    int r = config_tool_print_address(checkup->tool, &address);
    for (size_t i = 0; i < checkup->names.count; i++) {
        const char *name = checkup->names.at[i];
        (void)json_array_append_new(
            tools, json_pack("{s:s, s:b}", "name", name, "allowed", allows(checkup, name)));
    }
    add(json, "name", json_string(checkup->tool->name));
    add(json, "url", r < 0 ? NULL : json_stringn(buf_text(&address).at, address.len));
    add(json, "local", json_boolean(checkup->tool->local));
    add(json, "reachable", json_boolean(checkup->reached));
    add(json, "era", checkup->version[0] ? json_string(checkup->version) : NULL);
    add(json, "message", checkup->reached ? NULL : json_string(checkup->trouble.text));
    add(json, "listed", checkup->reached ? json_integer((json_int_t)checkup->listed) : NULL);
    add(json, "allowed",
        checkup->reached ? json_integer((json_int_t)tool_checkup_allowed(checkup)) : NULL);
    add(json, "tools", tools);
    buf_done(&address);
    return json;
}
