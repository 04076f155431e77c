/*
 * input: what was said, as a list of items. What one turn of the assistant is elsewhere stands here
 * as several items in a row (thoughts, texts, calls): they become one message, so that a call and
 * its result are not torn apart.
 *
 * Items of tools that the cloud ran itself are left out and named: what came of them is in the
 * texts that follow. What was called here, and what stands for a part of the conversation that only
 * the cloud has, cannot be left out.
 */
#include <errno.h>
#include <stdlib.h>

#include "openai/dialect_openai.h"
#include "responses/dialect_responses.h"
#include "text/count.h"

static struct text member_text(const json_t *object, const char *name)
{
    return chat_json_text(json_object_get(object, name));
}

/* ---- parts of a message, or of what a tool gave */

/* {"file_data": "data:application/pdf;base64,...", "filename"}, or {"file_url"}. */
static int read_file(const json_t *part, unsigned carries, struct chat_part *ret,
                     struct error *reterr)
{
    struct text url = member_text(part, "file_url");
    *ret = (struct chat_part){.kind = CHAT_PART_DOCUMENT,
                              .source = CHAT_SOURCE_URL,
                              .data = url,
                              .title = member_text(part, "filename")};
    if (url.len && carries & CHAT_CARRY_URL)
        return 0;
    if (url.len) {
        error_set(reterr, "a file by its URL is not fetched, send it as file_data");
        return -EINVAL;
    }
    struct chat_part data = {0};
    json_auto_t *as_image = json_pack("{s:s, s:O?}", "type", "input_image", "image_url",
                                      json_object_get(part, "file_data"));
    int r = as_image ? dialect_openai_part(as_image, 0, &data, NULL) : -ENOMEM;
    ret->source = CHAT_SOURCE_BASE64;
    ret->data = data.data;
    ret->media = data.media;
    if (r == -EINVAL)
        error_set(reterr, "a file whose file_data is no data: URL of base64");
    return r;
}

static void drop_of_part(const struct chat_request *request, const json_t *part)
{
    static const char *const known[] = {"type",        "text",        "refusal",  "image_url",
                                        "detail",      "file_url",    "filename", "file_data",
                                        "input_audio", "annotations", "logprobs", NULL};
    struct text detail = member_text(part, "detail");
    if (detail.len && !text_equals(detail, "auto"))
        chat_drop(request, "input_image.detail");
    dialect_openai_drop_members(request, part, "content", known);
}

static int read_part(const struct chat_request *request, const json_t *json,
                     struct chat_message *message, struct error *reterr)
{
    struct chat_part read = {0};
    int r = 0;
    if (member_text(json, "file_id").len) {
        error_set(reterr, "a file that was uploaded is at the cloud, send it in the request");
        return -EINVAL;
    }
    if (text_equals(member_text(json, "type"), "input_file"))
        r = read_file(json, request->carries, &read, reterr);
    else
        r = dialect_openai_part(json, request->carries, &read, reterr);
    if (r < 0)
        return r;
    struct chat_part *part = chat_add_part(message, read.kind);
    if (!part)
        return -ENOMEM;
    *part = read;
    drop_of_part(request, json);
    return 0;
}

/* A text, or a list of parts. */
static int read_content(const struct chat_request *request, const json_t *content,
                        struct chat_message *message, struct error *reterr)
{
    size_t i;
    json_t *part;
    int r = 0;
    if (json_is_string(content))
        return chat_add_text(message, chat_json_text(content));
    if (!json_is_array(content)) {
        error_set(reterr, "neither a text nor a list of parts");
        return -EINVAL;
    }
    json_array_foreach (content, i, part)
        if (r == 0)
            r = read_part(request, part, message, reterr);
    return r;
}

/* ---- items */

/* The turn of the assistant that is under way, or a new one. NULL when memory is out. */
static struct chat_message *assistant_turn(struct chat_request *request)
{
    struct chat_message *last =
        request->message_count ? &request->messages[request->message_count - 1] : NULL;
    if (last && last->role == CHAT_ROLE_ASSISTANT)
        return last;
    return chat_add_message(request, CHAT_ROLE_ASSISTANT);
}

static int read_role(const json_t *item, enum chat_role *ret, struct error *reterr)
{
    static const struct {
        const char *name;
        enum chat_role role;
    } roles[] = {{"user", CHAT_ROLE_USER},
                 {"assistant", CHAT_ROLE_ASSISTANT},
                 {"system", CHAT_ROLE_SYSTEM},
                 {"developer", CHAT_ROLE_SYSTEM}};
    struct text name = member_text(item, "role");
    for (size_t i = 0; i < COUNT(roles); i++) {
        if (text_equals(name, roles[i].name)) {
            *ret = roles[i].role;
            return 0;
        }
    }
    error_set(reterr, "role \"%.*s\" cannot be translated", (int)(name.len < 40 ? name.len : 40),
              name.at);
    return -EINVAL;
}

static int read_message(struct chat_request *request, json_t *item, struct error *reterr)
{
    static const char *const known[] = {"type", "role", "content", "id", "status", "phase", NULL};
    enum chat_role role;
    int r = read_role(item, &role, reterr);
    if (r < 0)
        return r;
    struct chat_message *message =
        role == CHAT_ROLE_ASSISTANT ? assistant_turn(request) : chat_add_message(request, role);
    if (!message)
        return -ENOMEM;
    dialect_openai_drop_members(request, item, "input", known);
    return read_content(request, json_object_get(item, "content"), message, reterr);
}

/* A thought is told in parts of a summary, or in its own words; what is encrypted only its maker
 * can read. The words say more. */
static int read_reasoning(struct chat_request *request, json_t *item, struct error *reterr)
{
    const json_t *parts = json_object_get(item, "content");
    size_t i;
    json_t *part;
    (void)reterr;
    if (json_array_size(parts) == 0)
        parts = json_object_get(item, "summary");
    json_array_foreach (parts, i, part) {
        struct text text = member_text(part, "text");
        if (text.len == 0)
            continue;
        struct chat_message *message = assistant_turn(request);
        struct chat_part *added = message ? chat_add_part(message, CHAT_PART_REASONING) : NULL;
        if (!added)
            return -ENOMEM;
        added->data = text;
    }
    return 0;
}

/* The name by which the called tool is offered: made where it is one of a group. */
static int read_name(json_t *item, struct text *ret, struct error *reterr)
{
    struct text space = member_text(item, "namespace"), name = member_text(item, "name");
    *ret = name;
    if (name.len == 0) {
        error_set(reterr, "a call without the name of a tool");
        return -EINVAL;
    }
    if (space.len == 0)
        return 0;
    struct dialect_responses_name flat = dialect_responses_flat(space, name);
    json_t *string = json_stringn(flat.at, flat.len);
    if (json_object_set_new(item, "understudy.name", string) < 0)
        return -ENOMEM;
    *ret = chat_json_text(string);
    return 0;
}

static struct chat_part *add_call(struct chat_request *request, const json_t *item)
{
    struct chat_message *message = assistant_turn(request);
    struct chat_part *part = message ? chat_add_part(message, CHAT_PART_CALL) : NULL;
    if (part)
        part->call.id = member_text(item, "call_id");
    return part;
}

static int read_call(struct chat_request *request, json_t *item, struct error *reterr)
{
    struct chat_part *part = add_call(request, item);
    if (!part)
        return -ENOMEM;
    int r = read_name(item, &part->call.name, reterr);
    if (r == 0)
        r = dialect_openai_arguments(request, item, "input.arguments", &part->call.arguments);
    return r;
}

static int read_custom_call(struct chat_request *request, json_t *item, struct error *reterr)
{
    struct chat_part *part = add_call(request, item);
    if (!part)
        return -ENOMEM;
    part->call.custom = true;
    part->call.arguments = member_text(item, "input");
    return read_name(item, &part->call.name, reterr);
}

/* What ran a command of Codex before it was a function like others: action is what it was given. */
static int read_shell_call(struct chat_request *request, json_t *item, struct error *reterr)
{
    struct chat_part *part = add_call(request, item);
    if (!part)
        return -ENOMEM;
    if (json_object_set(item, "arguments", json_object_get(item, "action")) < 0) {
        error_set(reterr, "a local_shell_call without an action");
        return -EINVAL;
    }
    part->call.name = text_of("local_shell");
    return dialect_openai_arguments(request, item, "input.action", &part->call.arguments);
}

static int read_output(struct chat_request *request, json_t *item, struct error *reterr)
{
    static const char *const known[] = {"type", "call_id", "output", "id", "status", NULL};
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_TOOL);
    if (!message)
        return -ENOMEM;
    dialect_openai_drop_members(request, item, "input", known);
    message->call_id = member_text(item, "call_id");
    message->call_name = chat_call_name(request, message->call_id);
    return read_content(request, json_object_get(item, "output"), message, reterr);
}

static int drop_item(struct chat_request *request, json_t *item, struct error *reterr)
{
    (void)reterr;
    dialect_responses_drop_type(request, "input", item);
    return 0;
}

static int refuse_kept(struct chat_request *request, json_t *item, struct error *reterr)
{
    struct text type = member_text(item, "type");
    (void)request;
    error_set(reterr, "%.*s: what it stands for is at the cloud", (int)type.len, type.at);
    return -EINVAL;
}

static const struct {
    const char *type;
    int (*read)(struct chat_request *request, json_t *item, struct error *reterr);
} types[] = {
    {"message", read_message},
    {"reasoning", read_reasoning},
    {"function_call", read_call},
    {"function_call_output", read_output},
    {"custom_tool_call", read_custom_call},
    {"custom_tool_call_output", read_output},
    {"local_shell_call", read_shell_call},
    {"local_shell_call_output", read_output},
    {"web_search_call", drop_item},
    {"file_search_call", drop_item},
    {"image_generation_call", drop_item},
    {"code_interpreter_call", drop_item},
    {"mcp_call", drop_item},
    {"mcp_list_tools", drop_item},
    {"mcp_approval_request", drop_item},
    {"mcp_approval_response", drop_item},
    {"tool_search_call", drop_item},
    {"tool_search_output", drop_item},
    {"item_reference", refuse_kept},
    {"compaction", refuse_kept},
};

/* Without a type it is a message: SDKs leave it out. */
static int read_item(struct chat_request *request, json_t *item, struct error *reterr)
{
    struct text type = member_text(item, "type");
    if (type.len == 0)
        type = text_of("message");
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equals(type, types[i].type))
            return types[i].read(request, item, reterr);
    error_set(reterr, "an item of type \"%.*s\" cannot be translated",
              (int)(type.len < 40 ? type.len : 40), type.at);
    return -EINVAL;
}

int dialect_responses_input(struct chat_request *request, const json_t *input, struct error *reterr)
{
    size_t i;
    json_t *item;
    if (json_is_string(input)) {
        struct chat_message *message =
            json_string_length(input) ? chat_add_message(request, CHAT_ROLE_USER) : NULL;
        if (json_string_length(input) == 0)
            return 0;
        return message ? chat_add_text(message, chat_json_text(input)) : -ENOMEM;
    }
    if (!json_is_array(input)) {
        error_set(reterr, "input is neither a text nor a list of items");
        return -EINVAL;
    }
    json_array_foreach (input, i, item) {
        struct error why = ERROR_NONE;
        int r = read_item(request, item, &why);
        if (r < 0) {
            error_set(reterr, "input[%zu]: %s", i, why.text);
            return r;
        }
    }
    return 0;
}
