/*
 * system and messages. Messages of one role in a row are one turn, as Anthropic has it. A turn of
 * the user is taken apart: first the results that it brings, each a message of its own, since
 * others want them right behind the calls; then what the user says.
 */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

int dialect_anthropic_inside(struct error *reterr, const char *what, size_t index,
                             const struct error *inner)
{
    bool path = strncmp(inner->text, "content[", sizeof("content[") - 1) == 0;
    error_set(reterr, "%s[%zu]%s%s", what, index, path ? "." : ": ", inner->text);
    return -EINVAL;
}

/* The turn that is being said, or the next one. */
static struct chat_message *turn_of(struct chat_request *request, enum chat_role role)
{
    struct chat_message *last =
        request->message_count ? &request->messages[request->message_count - 1] : NULL;
    bool goes_on = last && last->role == role && role != CHAT_ROLE_SYSTEM;
    return goes_on ? last : chat_add_message(request, role);
}

static bool is_result(const json_t *block)
{
    return text_equals(chat_json_text(json_object_get(block, "type")), "tool_result");
}

/*
 * The blocks of one content. Of the user's turn the results are passed over. The message is made
 * with the first block that it has.
 */
static int read_blocks(struct chat_request *request, json_t *content, enum chat_role role,
                       struct error *reterr)
{
    struct chat_message *message = NULL;
    size_t i;
    json_t *block;
    json_array_foreach (content, i, block) {
        struct error why = ERROR_NONE;
        if (role == CHAT_ROLE_USER && is_result(block))
            continue;
        message = message ? message : turn_of(request, role);
        if (!message)
            return -ENOMEM;
        int r = dialect_anthropic_block(request, block, message, &why);
        if (r < 0)
            return r == -EINVAL ? dialect_anthropic_inside(reterr, "content", i, &why) : r;
    }
    /* A turn of which nothing is left says nothing; a result that is empty is one. */
    if (message && message->part_count == 0 && role != CHAT_ROLE_TOOL)
        request->message_count--;
    return 0;
}

static int read_content(struct chat_request *request, json_t *content, enum chat_role role,
                        struct error *reterr)
{
    if (json_is_array(content))
        return read_blocks(request, content, role, reterr);
    if (!json_is_string(content)) {
        error_set(reterr, "content is neither a text nor an array of blocks");
        return -EINVAL;
    }
    struct chat_message *message = turn_of(request, role);
    return message ? chat_add_text(message, chat_json_text(content)) : -ENOMEM;
}

int dialect_anthropic_system(struct chat_request *request, json_t *system, struct error *reterr)
{
    /* Claude Code's first block names the program and its version, anew with every request, and
     * Anthropic takes it off (its gateway contract, read 2026-11): to the model it says nothing,
     * and no cache of the prompt would fit twice. */
    static const char attribution[] = "x-anthropic-billing-header:";
    struct error why = ERROR_NONE;
    const json_t *first = json_array_get(system, 0);
    struct text text = chat_json_text(json_object_get(first, "text"));
    if (text_starts_nocase(text, attribution) && json_array_remove(system, 0) < 0)
        return -ENOMEM;
    if (json_is_string(system) && json_string_length(system) == 0)
        return 0;
    int r = read_content(request, system, CHAT_ROLE_SYSTEM, &why);
    if (r == -EINVAL)
        error_set(reterr, "system: %s", why.text);
    return r;
}

static int read_result(struct chat_request *request, json_t *block, struct error *reterr)
{
    static const char *const known[] = {"type",     "tool_use_id",   "content",
                                        "is_error", "cache_control", NULL};
    struct text id = chat_json_text(json_object_get(block, "tool_use_id"));
    json_t *content = json_object_get(block, "content");
    if (id.len == 0) {
        error_set(reterr, "a tool_result without tool_use_id");
        return -EINVAL;
    }
    struct text name = chat_call_name(request, id);
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_TOOL);
    if (!message)
        return -ENOMEM;
    message->call_id = id;
    message->call_name = name;
    message->is_error = json_is_true(json_object_get(block, "is_error"));
    dialect_openai_drop_members(request, block, "tool_result", known);
    if (!content || json_is_null(content))
        return 0;
    return read_content(request, content, CHAT_ROLE_TOOL, reterr);
}

static int read_results(struct chat_request *request, const json_t *content, struct error *reterr)
{
    size_t i;
    json_t *block;
    json_array_foreach (content, i, block) {
        struct error why = ERROR_NONE;
        int r = is_result(block) ? read_result(request, block, &why) : 0;
        if (r < 0)
            return r == -EINVAL ? dialect_anthropic_inside(reterr, "content", i, &why) : r;
    }
    return 0;
}

static int read_message(struct chat_request *request, json_t *json, struct error *reterr)
{
    static const char *const known[] = {"role", "content", "cache_control", NULL};
    static const struct {
        const char *name;
        enum chat_role role;
    } roles[] = {
        {"user", CHAT_ROLE_USER}, {"assistant", CHAT_ROLE_ASSISTANT}, {"system", CHAT_ROLE_SYSTEM}};
    struct text name = chat_json_text(json_object_get(json, "role"));
    json_t *content = json_object_get(json, "content");
    for (size_t i = 0; i < COUNT(roles); i++) {
        if (!text_equals(name, roles[i].name))
            continue;
        dialect_openai_drop_members(request, json, "messages", known);
        int r = roles[i].role == CHAT_ROLE_USER ? read_results(request, content, reterr) : 0;
        return r < 0 ? r : read_content(request, content, roles[i].role, reterr);
    }
    error_set(reterr, "role is neither user nor assistant");
    return -EINVAL;
}

int dialect_anthropic_messages(struct chat_request *request, json_t *messages, struct error *reterr)
{
    size_t i;
    json_t *json;
    if (json_array_size(messages) == 0) {
        error_set(reterr, "messages is %s",
                  json_is_array(messages) ? "empty" : "not an array of messages");
        return -EINVAL;
    }
    json_array_foreach (messages, i, json) {
        struct error why = ERROR_NONE;
        int r = read_message(request, json, &why);
        if (r < 0)
            return r == -EINVAL ? dialect_anthropic_inside(reterr, "messages", i, &why) : r;
    }
    return 0;
}
