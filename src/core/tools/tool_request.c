/*
 * One walk over the members at the top of the body; a list that changes is made anew beside it,
 * its elements byte for byte as they were.
 */
#include "tools/tool_request.h"

#include <errno.h>
#include <string.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "tools/tool_wish.h"

/* A list of ours that is larger is no request any more. */
#define LIST_MAX ((size_t)256 << 20)

/* Of members that are there twice the last counts. */
static struct text member_of(struct text body, const char *name)
{
    struct text member, value, found = {0};
    for (size_t at = 0; jsonspan_member(body, &at, &member, &value);)
        if (jsonspan_name_is(member, name))
            found = value;
    return found;
}

/* ---- may they stand beside each other? */

/* A group has several names, a line each. */
static int check_names(const struct tool_request *request, struct text names, struct error *reterr)
{
    while (names.len > 0) {
        const char *end = memchr(names.at, '\n', names.len);
        struct text name = end ? text_make(names.at, (size_t)(end - names.at)) : names;
        names = text_skip(names, name.len + 1);
        if (!tool_kit_is_ours(request->kit, name))
            continue;
        error_set(reterr,
                  "the request has a tool of its own by the name %.*s, as the tools of a [tool] "
                  "that it asks for are called: call it something else",
                  TEXT_ARG(text_cut(name, 100)));
        return -EINVAL;
    }
    return 0;
}

static int check_tool(const struct tool_request *request, struct text tool, struct error *reterr)
{
    struct buf names;
    buf_init(&names, LIST_MAX);
    int r = request->dialect->name_read(tool, &names);
    if (r == 0)
        r = check_names(request, buf_text(&names), reterr);
    buf_done(&names);
    return r == -EINVAL || r == -ENOMEM ? r : 0;
}

int tool_request_check(struct text body, const struct tool_request *request, struct error *reterr)
{
    struct text tools = member_of(body, "tools"), n = member_of(body, "n"), tool;
    enum jsonspan_type type = jsonspan_type(tools);
    int64_t count = 1;
    if (n.at && jsonspan_whole(n, &count) && count > 1) {
        error_set(reterr, "n is %lld: tools are run here for one answer at a time",
                  (long long)count);
        return -EINVAL;
    }
    if (type != JSONSPAN_NONE && type != JSONSPAN_NULL && type != JSONSPAN_ARRAY) {
        error_set(reterr, "tools must be a list");
        return -EINVAL;
    }
    for (size_t at = 0; type == JSONSPAN_ARRAY && jsonspan_next(tools, &at, &tool);) {
        int r = check_tool(request, tool, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the lists */

static int put_comma(struct buf *out)
{
    return out->len > 1 ? buf_append(out, ",", 1) : 0;
}

static int write_offers(const struct tool_request *request, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && request->offer && i < request->kit->count; i++) {
        const struct tool_kit_one *one = &request->kit->at[i];
        const struct tool_offer offer = {.name = text_of(one->offered),
                                         .description = text_of(one->description),
                                         .parameters = text_of(one->parameters)};
        r = put_comma(out);
        r = r < 0 ? r : request->dialect->offer_write(&offer, out);
    }
    return r;
}

/* "[" and no "]" is an empty list: no tools are sent then. */
static int write_tools(struct text tools, const struct tool_request *request, struct buf *out)
{
    struct text tool;
    int r = buf_append(out, "[", 1);
    for (size_t at = 0;
         r == 0 && jsonspan_type(tools) == JSONSPAN_ARRAY && jsonspan_next(tools, &at, &tool);) {
        if (request->dialect->names_servers && tool_wish_is_server(tool))
            continue;
        r = put_comma(out);
        r = r < 0 ? r : buf_append_text(out, tool);
    }
    r = r < 0 ? r : write_offers(request, out);
    return r < 0 || out->len == 1 ? r : buf_append(out, "]", 1);
}

/* A conversation that is one text becomes the list that it stands for; there may be none where the
 * provider keeps a prompt (both Responses). */
static int write_turns(struct text old, struct text turns, struct buf *out)
{
    struct text first;
    size_t at = 0;
    bool empty = false;
    int r = 0;
    switch (jsonspan_type(old)) {
    case JSONSPAN_ARRAY:
        empty = !jsonspan_next(old, &at, &first);
        r = buf_append(out, old.at, old.len - 1);
        break;
    case JSONSPAN_NONE:
    case JSONSPAN_NULL:
        empty = true;
        r = buf_append(out, "[", 1);
        break;
    case JSONSPAN_OBJECT:
    case JSONSPAN_STRING:
    case JSONSPAN_NUMBER:
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
        r = buf_append_string(out, "[{\"role\":\"user\",\"content\":");
        r = r < 0 ? r : buf_append_text(out, old);
        r = r < 0 ? r : buf_append(out, "}", 1);
        break;
    }
    r = r < 0 || empty ? r : buf_append(out, ",", 1);
    r = r < 0 ? r : buf_append_text(out, turns);
    return r < 0 ? r : buf_append(out, "]", 1);
}

/* ---- the body */

struct edit {
    const struct tool_request *request;
    struct jsoncut cut;
    struct buf tools, turns;   /* the lists as they are to be */
    bool no_choice;            /* tool_choice goes */
    bool has_tools, has_turns; /* members of these names stay, */
    bool has_any;              /* or any others */
};

static bool drops(const void *arg, struct text name, struct text value)
{
    const struct edit *edit = arg;
    bool none = edit->tools.len <= 1;
    (void)value;
    return (edit->no_choice && jsonspan_name_is(name, "tool_choice")) ||
           (none &&
            (jsonspan_name_is(name, "tools") || jsonspan_name_is(name, "parallel_tool_calls")));
}

static int kept(void *arg, struct text name, struct text value)
{
    struct edit *edit = arg;
    edit->has_any = true;
    if (jsonspan_name_is(name, "tools")) {
        edit->has_tools = true;
        return jsoncut_replace(&edit->cut, value, buf_text(&edit->tools));
    }
    if (edit->turns.len > 0 && jsonspan_name_is(name, edit->request->dialect->turns)) {
        edit->has_turns = true;
        return jsoncut_replace(&edit->cut, value, buf_text(&edit->turns));
    }
    return 0;
}

static int add_member(struct edit *edit, const char *name, const struct buf *list, struct buf *out)
{
    const char *comma = edit->has_any ? "," : "";
    edit->has_any = true;
    return buf_printf(out, "%s\"%s\":%s", comma, name, list->data);
}

/* Lists of which the body has no member go behind its last one. */
static int add_members(struct edit *edit, struct text body)
{
    struct text name, value, rest = text_skip(body, 1);
    struct buf members;
    int r = 0;
    for (size_t at = 0; jsonspan_member(body, &at, &name, &value);)
        rest = text_skip(body, (size_t)(value.at - body.at) + value.len);
    buf_init(&members, LIST_MAX);
    if (edit->turns.len > 0 && !edit->has_turns)
        r = add_member(edit, edit->request->dialect->turns, &edit->turns, &members);
    if (r == 0 && edit->tools.len > 1 && !edit->has_tools)
        r = add_member(edit, "tools", &edit->tools, &members);
    if (r == 0 && members.len > 0) {
        const char *brace = memchr(rest.at, '}', rest.len);
        r = buf_append(&members, "}", 1);
        r = r < 0 ? r : jsoncut_replace(&edit->cut, text_make(brace, 1), buf_text(&members));
    }
    buf_done(&members);
    return r;
}

int tool_request_write(struct text body, const struct tool_request *request, struct buf *out)
{
    struct edit edit = {.request = request, .cut = {.body = body, .out = out}};
    const struct jsoncut_entries entries = {.drops = drops, .kept = kept, .arg = &edit};
    struct text choice = member_of(body, "tool_choice");
    buf_init(&edit.tools, LIST_MAX);
    buf_init(&edit.turns, LIST_MAX);
    int r = write_tools(member_of(body, "tools"), request, &edit.tools);
    if (r == 0 && request->turns.len > 0)
        r = write_turns(member_of(body, request->dialect->turns), request->turns, &edit.turns);
    edit.no_choice = edit.tools.len <= 1 || (request->turns.len > 0 && choice.at &&
                                             request->dialect->choice_forces(choice));
    r = r < 0 ? r : jsoncut_walk(&edit.cut, body, &entries);
    r = r < 0 ? r : add_members(&edit, body);
    if (r == 0)
        r = edit.cut.changed ? jsoncut_end(&edit.cut) : buf_append_text(out, body);
    buf_done(&edit.tools);
    buf_done(&edit.turns);
    return r;
}
