/*
 * One block of content, a row of the table for each type. What a row without a reader is: of tools
 * that Anthropic runs itself, whose calls and results nobody else can continue. (Types of
 * anthropic-python 2.14, beta ones included, read 2026-11.)
 */
#include <errno.h>
#include <stdlib.h>

#include "anthropic/dialect_anthropic.h"
#include "openai/dialect_openai.h"
#include "text/base64.h"
#include "text/count.h"

/* What is read, and into what. */
struct reading {
    const struct chat_request *request;
    struct chat_message *message;
    struct error *reterr;
};

typedef int read_fn(const struct reading *reading, json_t *block);

static int refuse(const struct reading *reading, const char *why)
{
    error_set(reading->reterr, "%s", why);
    return -EINVAL;
}

static void drop_rest(const struct reading *reading, const json_t *block, const char *const *known)
{
    dialect_openai_drop_members(reading->request, block, "content", known);
}

/* That what is said comes out of what was given cannot be told; asking for it neither. */
static void drop_citations(const struct reading *reading, const json_t *block)
{
    const json_t *citations = json_object_get(block, "citations");
    if (json_array_size(citations) > 0 || json_is_true(json_object_get(citations, "enabled")))
        chat_drop(reading->request, "citations");
}

static int read_text(const struct reading *reading, json_t *block)
{
    static const char *const known[] = {"type", "text", "citations", "cache_control", NULL};
    const json_t *text = json_object_get(block, "text");
    if (!json_is_string(text))
        return refuse(reading, "a text block without text");
    drop_citations(reading, block);
    drop_rest(reading, block, known);
    return chat_add_text(reading->message, chat_json_text(text));
}

static struct text member(const json_t *object, const char *name)
{
    return chat_json_text(json_object_get(object, name));
}

static int add_source(const struct reading *reading, const struct chat_part *what)
{
    struct chat_part *part = chat_add_part(reading->message, what->kind);
    if (!part)
        return -ENOMEM;
    *part = *what;
    return 0;
}

static const char *const of_another[] = {
    [CHAT_PART_IMAGE] = "an image by its file id is known to its own provider only, send its bytes",
    [CHAT_PART_DOCUMENT] =
        "a document by its file id is known to its own provider only, send its text",
};

/* {"type": "base64", "media_type", "data"} and {"type": "url", "url"}, of what part is. */
static int read_source(const struct reading *reading, const json_t *source, struct chat_part *part)
{
    struct text type = member(source, "type");
    if (text_equals(type, "file"))
        return refuse(reading, of_another[part->kind]);
    if (text_equals(type, "url")) {
        part->source = CHAT_SOURCE_URL;
        part->data = member(source, "url");
        return part->data.len ? 0 : refuse(reading, "a source of type url without url");
    }
    if (!text_equals(type, "base64"))
        return refuse(reading, "a source of a type that cannot be translated");
    part->source = CHAT_SOURCE_BASE64;
    part->data = member(source, "data");
    part->media = member(source, "media_type");
    if (part->media.len == 0)
        return refuse(reading, "a source of type base64 without media_type");
    return base64_check(part->data, reading->reterr);
}

static int read_image(const struct reading *reading, json_t *block)
{
    static const char *const known[] = {"type", "source", "cache_control", NULL};
    struct chat_part part = {.kind = CHAT_PART_IMAGE};
    int r = read_source(reading, json_object_get(block, "source"), &part);
    if (r < 0)
        return r;
    if (part.source == CHAT_SOURCE_URL && !(reading->request->carries & CHAT_CARRY_URL))
        return refuse(reading, "an image by its URL is not fetched, send its bytes as base64");
    drop_rest(reading, block, known);
    return add_source(reading, &part);
}

/* A document of blocks: its texts are documents of that title, its images stand between. */
static int read_pieces(const struct reading *reading, const json_t *content,
                       const struct chat_part *document)
{
    struct chat_part part = *document;
    size_t i;
    json_t *one;
    json_array_foreach (content, i, one) {
        int r = 0;
        part.data = member(one, "text");
        if (text_equals(member(one, "type"), "text"))
            r = add_source(reading, &part);
        else if (text_equals(member(one, "type"), "image"))
            r = read_image(reading, one);
        else
            r = refuse(reading, "a document with a block that is neither text nor image");
        if (r < 0)
            return r;
        part.title = part.context = text_make("", 0);
    }
    return 0;
}

static int read_document(const struct reading *reading, json_t *block)
{
    static const char *const known[] = {"type",      "source",        "title", "context",
                                        "citations", "cache_control", NULL};
    const json_t *source = json_object_get(block, "source");
    const json_t *content = json_object_get(source, "content");
    struct text type = member(source, "type");
    struct chat_part part = {
        .kind = CHAT_PART_DOCUMENT,
        .source = CHAT_SOURCE_TEXT,
        .media = member(source, "media_type"),
        .title = member(block, "title"),
        .context = member(block, "context"),
    };
    drop_citations(reading, block);
    drop_rest(reading, block, known);
    if (text_equals(type, "content") && json_is_array(content))
        return read_pieces(reading, content, &part);
    part.data = text_equals(type, "content") ? chat_json_text(content) : member(source, "data");
    if (text_equals(type, "text") || text_equals(type, "content"))
        return add_source(reading, &part);
    if (text_equals(type, "url"))
        return refuse(reading, "a document by its URL is not fetched, send its text");
    int r = read_source(reading, source, &part);
    return r < 0 ? r : add_source(reading, &part);
}

/* What a search of the app's own found: {"source", "title", "content": blocks of text}. */
static int read_search_result(const struct reading *reading, json_t *block)
{
    size_t i;
    json_t *one;
    struct chat_part part = {.kind = CHAT_PART_DOCUMENT,
                             .source = CHAT_SOURCE_TEXT,
                             .title = member(block, "title"),
                             .context = member(block, "source")};
    drop_citations(reading, block);
    json_array_foreach (json_object_get(block, "content"), i, one) {
        part.data = member(one, "text");
        int r = add_source(reading, &part);
        if (r < 0)
            return r;
        part.title = part.context = text_make("", 0);
    }
    return 0;
}

/* The shortest text that is read as the same: jansson alone writes 0.1 as 0.10000000000000001. */
static char *dump(const json_t *object)
{
    for (size_t digits = 15; digits < 17; digits++) {
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(digits));
        json_t *again = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
        bool same = json_equal(again, object);
        json_decref(again);
        if (same)
            return text;
        free(text);
    }
    return json_dumps(object, JSON_COMPACT);
}

/* The input becomes text, which is kept in the tree in its place. */
static int read_tool_use(const struct reading *reading, json_t *block)
{
    static const char *const known[] = {"type", "id", "name", "input", "cache_control", NULL};
    const json_t *input = json_object_get(block, "input");
    struct chat_call call = {.id = member(block, "id"), .name = member(block, "name")};
    if (reading->message->role != CHAT_ROLE_ASSISTANT)
        return refuse(reading, "a tool_use that is not of the assistant");
    if (call.name.len == 0)
        return refuse(reading, "a tool_use without name");
    if (input && !json_is_null(input) && !json_is_object(input))
        return refuse(reading, "a tool_use whose input is not an object");
    char *text = json_is_object(input) ? dump(input) : strdup("{}");
    json_t *string = text ? json_string(text) : NULL;
    free(text);
    if (json_object_set_new(block, "input", string) < 0)
        return -ENOMEM;
    call.arguments = chat_json_text(string);
    struct chat_part *part = chat_add_part(reading->message, CHAT_PART_CALL);
    if (!part)
        return -ENOMEM;
    part->call = call;
    drop_rest(reading, block, known);
    return 0;
}

/* A tool that a search of the app's own found; it is offered among the others. */
static int read_tool_reference(const struct reading *reading, json_t *block)
{
    return chat_add_text(reading->message, member(block, "tool_name"));
}

/* What was said before, in short; null where that failed. */
static int read_compaction(const struct reading *reading, json_t *block)
{
    struct text content = member(block, "content");
    return content.len ? chat_add_text(reading->message, content) : 0;
}

static int read_thought(const struct reading *reading, json_t *block)
{
    (void)reading;
    (void)block;
    return 0;
}

static int refuse_result(const struct reading *reading, json_t *block)
{
    (void)block;
    return refuse(reading, "a tool_result that is not of the user");
}

static const struct {
    const char *type;
    read_fn *read; /* NULL: left out and named */
} types[] = {
    {"text", read_text},
    {"image", read_image},
    {"document", read_document},
    {"search_result", read_search_result},
    {"tool_use", read_tool_use},
    {"tool_result", refuse_result},
    {"tool_reference", read_tool_reference},
    {"compaction", read_compaction},
    {"thinking", read_thought},
    {"redacted_thinking", read_thought},
    {"server_tool_use", NULL},
    {"web_search_tool_result", NULL},
    {"web_fetch_tool_result", NULL},
    {"code_execution_tool_result", NULL},
    {"bash_code_execution_tool_result", NULL},
    {"text_editor_code_execution_tool_result", NULL},
    {"tool_search_tool_result", NULL},
    {"advisor_tool_result", NULL},
    {"mcp_tool_use", NULL},
    {"mcp_tool_result", NULL},
    {"mcp_tool_listing", NULL},
    {"tool_addition", NULL},
    {"tool_removal", NULL},
    {"container_upload", NULL},
    {"browser_state", NULL},
    {"fallback", NULL},
};

int dialect_anthropic_block(const struct chat_request *request, json_t *block,
                            struct chat_message *message, struct error *reterr)
{
    const struct reading reading = {request, message, reterr};
    struct text type = member(block, "type");
    for (size_t i = 0; i < COUNT(types); i++) {
        if (!text_equals(type, types[i].type))
            continue;
        if (message->role == CHAT_ROLE_SYSTEM && types[i].read != read_text)
            return refuse(&reading, "a block that is not of type text");
        if (types[i].read)
            return types[i].read(&reading, block);
        chat_drop(request, types[i].type);
        return 0;
    }
    error_set(reterr, "a block of type \"%.*s\" cannot be translated",
              (int)(type.len < 40 ? type.len : 40), type.at);
    return -EINVAL;
}
