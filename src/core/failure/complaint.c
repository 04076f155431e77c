/*
 * A tree of JSON is walked over, and what in it repeats the request is passed over. In a text a
 * member of an object is known by what stands around it, whoever wrote it (JSON, Python's repr),
 * and behind the messages of a request nothing is looked at any more.
 *
 *     {"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted","input":{...}}]}
 *     1 validation error: {'loc': ('body', 'seed'), 'msg': '...', 'input': {'messages': [...]}}
 */
#include "failure/complaint.h"

#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "text/count.h"

/* No error lies deeper. */
#define DEPTH_MAX 16

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Are there, before at and behind blanks, a brace or a comma? In JSON that is the text of JSON a
 * quote has a backslash before it. */
static bool begins_member(struct text text, size_t at)
{
    while (at > 0 && (is_blank(text.at[at - 1]) || text.at[at - 1] == '\\'))
        at--;
    return at > 0 && (text.at[at - 1] == '{' || text.at[at - 1] == ',');
}

/* How long the name of a member is that begins at `at` with its quote, up to its colon; 0 = it is
 * none: {"name": and ,'name': are some. */
static size_t member_length(struct text text, size_t at)
{
    char quote = text.at[at];
    size_t end = at + 1;
    if ((quote != '"' && quote != '\'') || !begins_member(text, at))
        return 0;
    while (end < text.len && (text_is_word_byte(text.at[end]) || text.at[end] == '\\'))
        end++;
    if (end >= text.len || text.at[end++] != quote)
        return 0;
    while (end < text.len && is_blank(text.at[end]))
        end++;
    return end < text.len && text.at[end] == ':' ? end - at : 0;
}

static bool is_messages(struct text member)
{
    return text_starts(text_skip(member, 1), "messages");
}

static int add_text(struct text text, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < text.len;) {
        size_t len = member_length(text, i);
        if (len && is_messages(text_make(text.at + i, len)))
            break;
        r = len || text.at[i] == '\0' ? 0 : buf_append(out, text.at + i, 1);
        i += len ? len : 1;
    }
    return r < 0 ? r : buf_append(out, "\n", 1);
}

static bool is_request(const json_t *object)
{
    static const char *const holds[] = {"messages", "prompt", "input", "contents"};
    for (size_t i = 0; json_object_get(object, "model") && i < COUNT(holds); i++)
        if (json_object_get(object, holds[i]))
            return true;
    return false;
}

static int walk(const json_t *value, int depth, struct buf *out);

static int walk_object(const json_t *object, int depth, struct buf *out)
{
    const char *name;
    json_t *value;
    int r = 0;
    json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
        if (strcmp(name, "input") == 0 || strcmp(name, "body") == 0)
            continue;
        r = add_text(text_of(name), out);
        r = r < 0 ? r : walk(value, depth, out);
        if (r < 0)
            break;
    }
    return r;
}

static int walk_string(const json_t *string, int depth, struct buf *out)
{
    struct text text = text_make(json_string_value(string), json_string_length(string));
    json_auto_t *root = text.len && strchr("{[", text.at[0]) ? jsonload(text, NULL) : NULL;
    return root ? walk(root, depth, out) : add_text(text, out);
}

static int walk(const json_t *value, int depth, struct buf *out)
{
    int r = 0;
    if (depth > DEPTH_MAX || is_request(value))
        return 0;
    if (json_is_string(value))
        return walk_string(value, depth + 1, out);
    if (json_is_object(value))
        return walk_object(value, depth + 1, out);
    for (size_t i = 0; r == 0 && i < json_array_size(value); i++)
        r = walk(json_array_get(value, i), depth + 1, out);
    return r;
}

void complaint_read(struct text body, struct buf *out)
{
    json_auto_t *root = body.len ? jsonload(body, NULL) : NULL;
    int r = root ? walk(root, 0, out) : add_text(body, out);
    if (r == 0 && out->len == 0)
        r = buf_append(out, "\n", 1);
    (void)r; /* what is there counts */
}
