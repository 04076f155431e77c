/* See mcp_result.h. All is put together first; what is too long is cut at the end. */
#include "mcp/mcp_result.h"

#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "text/base64.h"
#include "text/utf8.h"

/* Of a word of the server's in a note of ours. */
#define WORD_MAX 200
/* Larger JSON is not compared: a tree of it would take much memory, and where there is text, too,
 * it is taken to say the same. */
#define COMPARED_MAX ((size_t)256 << 10)

/* Notes are longer than the JSON that they stand for, but not by much. */
static size_t room_for(struct text result)
{
    return result.len * 16 + 4096;
}

static bool is_string(struct text value)
{
    return jsonspan_type(value) == JSONSPAN_STRING;
}

/* Adds a server's word, short and without what is hidden; before: what stands before it. Nothing
 * where there is none. */
static int add_word(struct buf *out, const char *before, struct text string)
{
    struct buf whole, word;
    if (!jsonspan_is_filled(string))
        return 0;
    buf_init(&whole, string.len);
    buf_init(&word, WORD_MAX);
    int r = jsonspan_decode(string, &whole);
    if (r == 0 && buf_append_shown(&word, buf_text(&whole), ' ') == -ENOMEM)
        r = -ENOMEM;
    if (r == 0)
        r = buf_append_string(out, before);
    if (r == 0)
        r = buf_append_text(out, buf_text(&word));
    buf_done(&word);
    buf_done(&whole);
    return r;
}

/* "[image: image/png, 12345 bytes, not shown]"; the words and the size may be absent. */
static int add_hidden(struct buf *out, const char *kind, const struct text words[2],
                      struct text base64)
{
    const char *before = ": ";
    int r = buf_printf(out, "[%s", kind);
    for (size_t i = 0; r == 0 && i < 2; i++) {
        r = add_word(out, before, words[i]);
        before = jsonspan_is_filled(words[i]) ? ", " : before;
    }
    if (r == 0 && is_string(base64)) {
        const struct text letters = text_make(base64.at + 1, base64.len - 2);
        r = buf_printf(out, "%s%zu bytes", before, base64_size(letters));
        before = ", ";
    }
    return r < 0 ? r : buf_printf(out, "%snot shown]", before);
}

static int add_resource(struct buf *out, struct text resource)
{
    const struct text text = jsonspan_value(resource, "text");
    const struct text words[2] = {jsonspan_value(resource, "uri"),
                                  jsonspan_value(resource, "mimeType")};
    if (is_string(text))
        return jsonspan_decode(text, out);
    return add_hidden(out, "resource", words, jsonspan_value(resource, "blob"));
}

static int add_link(struct buf *out, struct text part)
{
    int r = buf_append_string(out, "[resource link");
    r = r < 0 ? r : add_word(out, ": ", jsonspan_value(part, "name"));
    r = r < 0 ? r : add_word(out, ", ", jsonspan_value(part, "uri"));
    r = r < 0 ? r : add_word(out, ", ", jsonspan_value(part, "mimeType"));
    r = r < 0 ? r : add_word(out, ": ", jsonspan_value(part, "description"));
    return r < 0 ? r : buf_append_string(out, "]");
}

static int add_part(struct buf *out, struct text part)
{
    static const struct text none[2];
    const struct text type = jsonspan_value(part, "type");
    const struct text words[2] = {jsonspan_value(part, "mimeType"), {0}};
    if (jsonspan_name_is(type, "text"))
        return is_string(jsonspan_value(part, "text"))
                   ? jsonspan_decode(jsonspan_value(part, "text"), out)
                   : 0;
    if (jsonspan_name_is(type, "image"))
        return add_hidden(out, "image", words, jsonspan_value(part, "data"));
    if (jsonspan_name_is(type, "audio"))
        return add_hidden(out, "audio", words, jsonspan_value(part, "data"));
    if (jsonspan_name_is(type, "resource"))
        return add_resource(out, jsonspan_value(part, "resource"));
    if (jsonspan_name_is(type, "resource_link"))
        return add_link(out, part);
    struct buf kind;
    buf_init(&kind, WORD_MAX + 1);
    int r = add_word(&kind, "", type);
    if (r == 0)
        r = add_hidden(out, kind.len ? buf_text(&kind).at : "content", none, (struct text){0});
    buf_done(&kind);
    return r;
}

/* begin: of what the tool said; behind it, every part has a line of its own. */
static int begin_line(struct buf *out, size_t begin)
{
    return out->len > begin ? buf_append_string(out, "\n") : 0;
}

static int add_content(struct buf *out, size_t begin, struct text content)
{
    struct text part;
    size_t position = 0;
    int r = 0;
    if (jsonspan_type(content) != JSONSPAN_ARRAY)
        return 0;
    while (r == 0 && jsonspan_next(content, &position, &part)) {
        size_t before = out->len;
        r = begin_line(out, begin);
        size_t at = out->len;
        r = r < 0 ? r : add_part(out, part);
        if (r == 0 && out->len == at)
            buf_cut(out, before);
    }
    return r;
}

/* The text parts of a content. */
static bool next_text(struct text content, size_t *position, struct text *ret)
{
    struct text part;
    while (jsonspan_next(content, position, &part)) {
        *ret = jsonspan_value(part, "text");
        if (jsonspan_name_is(jsonspan_value(part, "type"), "text") && is_string(*ret))
            return true;
    }
    return false;
}

static bool says(struct text string, const json_t *value)
{
    struct error why = ERROR_NONE;
    struct buf text;
    json_t *said = NULL;
    buf_init(&text, COMPARED_MAX);
    bool same = jsonspan_decode(string, &text) == 0;
    if (same && json_is_string(value)) {
        same = text_same(buf_text(&text),
                         text_make(json_string_value(value), json_string_length(value)));
    } else if (same) {
        said = jsonload(buf_text(&text), &why);
        same = said && json_equal(said, value);
    }
    json_decref(said);
    buf_done(&text);
    return same;
}

/* Does one text say it, or, of a list, each text one element? (As the Python SDK writes both.) */
static bool text_says(struct text content, const json_t *value)
{
    struct text text;
    size_t position = 0, count = 0, same = 0;
    while (next_text(content, &position, &text)) {
        if (says(text, value))
            return true;
        const json_t *element = json_array_get(value, count++);
        same += element && says(text, element);
    }
    return json_is_array(value) && count == json_array_size(value) && count > 0 && same == count;
}

/* The only value of an object; false: it is no such object. */
static bool only_member(struct text object, struct text *ret)
{
    struct text name, other;
    size_t position = 0;
    return jsonspan_member(object, &position, &name, ret) &&
           !jsonspan_member(object, &position, &name, &other);
}

/* Of any size. */
static bool same_json(struct text a, struct text b)
{
    struct buf left, right;
    buf_init(&left, a.len);
    buf_init(&right, b.len);
    bool same = jsonspan_compact(a, &left) == 0 && jsonspan_compact(b, &right) == 0 &&
                text_same(buf_text(&left), buf_text(&right));
    buf_done(&left);
    buf_done(&right);
    return same;
}

static bool text_says_json(struct text content, struct text json)
{
    struct error why = ERROR_NONE;
    json_t *value = jsonload(json, &why);
    bool said = value && text_says(content, value);
    json_decref(value);
    return said;
}

/*
 * Is the structured content there already? {"result": ...} is how the Python SDK gives what is no
 * object, {"content": "..."} how server-filesystem gives a text once more, and {"content": [...]}
 * the whole content, with the bytes of its images.
 */
static bool is_said(struct text content, struct text structured)
{
    struct text only = {0}, text = {0};
    size_t position = 0;
    bool wrapped = only_member(structured, &only);
    if (jsonspan_type(content) != JSONSPAN_ARRAY || !jsonspan_item(content, 0, &text))
        return false;
    if (wrapped && jsonspan_type(only) == JSONSPAN_ARRAY && same_json(only, content))
        return true;
    if (!next_text(content, &position, &text))
        return false;
    return structured.len > COMPARED_MAX || text_says_json(content, structured) ||
           (wrapped && text_says_json(content, only));
}

static int add_structured(struct buf *out, size_t begin, struct text content,
                          struct text structured)
{
    if (!structured.at || jsonspan_type(structured) == JSONSPAN_NULL ||
        is_said(content, structured))
        return 0;
    int r = begin_line(out, begin);
    return r < 0 ? r : jsonspan_compact(structured, out);
}

/* A result that is none yet. The question of the first request that asks one goes along: the model
 * can pass it on. */
static int add_asking(struct buf *out, struct text type, struct text requests)
{
    struct text name, request;
    size_t position = 0;
    if (!jsonspan_name_is(type, "input_required")) {
        int r = buf_append_string(out, MCP_FAILED "the tool gave a result of a kind that is not "
                                                  "known here");
        return r < 0 ? r : add_word(out, ": ", type);
    }
    int r = buf_append_string(out, MCP_FAILED "the tool asks for more input, which nobody here can "
                                              "give it");
    while (r == 0 && jsonspan_member(requests, &position, &name, &request)) {
        const struct text message = jsonspan_value(jsonspan_value(request, "params"), "message");
        if (jsonspan_is_filled(message))
            return add_word(out, ": ", message);
    }
    return r;
}

static int add_cut(struct buf *out, struct text whole, size_t max)
{
    char mark[sizeof("\n[cut here: the first 18446744073709551615 of 18446744073709551615 bytes]")];
    if (whole.len <= max)
        return buf_append_text(out, whole);
    static const char words[] = "\n[cut here: the first %zu of %zu bytes]";
    int len = snprintf(mark, sizeof(mark), words, max, whole.len);
    bool marked = len > 0 && (size_t)len <= max / 2; /* there is as much of the text, at least */
    size_t kept = utf8_fit(whole.at, whole.len, marked ? max - (size_t)len : max);
    (void)snprintf(mark, sizeof(mark), words, kept, whole.len);
    int r = buf_append_text(out, text_cut(whole, kept));
    return r < 0 || !marked ? r : buf_append_string(out, mark);
}

/* All of it, of any length. */
static int add_whole(struct buf *out, struct text result, bool *ret_failed)
{
    enum { TYPE, CONTENT, STRUCTURED, ERROR, REQUESTS, MEMBERS };
    struct jsonspan_wanted at[MEMBERS] = {{.name = "resultType"},
                                          {.name = "content"},
                                          {.name = "structuredContent"},
                                          {.name = "isError"},
                                          {.name = "inputRequests"}};
    jsonspan_pick(result, at, MEMBERS);
    if (is_string(at[TYPE].value) && !jsonspan_name_is(at[TYPE].value, "complete")) {
        *ret_failed = true;
        return add_asking(out, at[TYPE].value, at[REQUESTS].value);
    }
    *ret_failed = jsonspan_type(at[ERROR].value) == JSONSPAN_TRUE;
    int r = *ret_failed ? buf_append_string(out, MCP_FAILED) : 0;
    size_t begin = out->len;
    r = r < 0 ? r : add_content(out, begin, at[CONTENT].value);
    r = r < 0 ? r : add_structured(out, begin, at[CONTENT].value, at[STRUCTURED].value);
    if (r == 0 && out->len == begin)
        r = buf_append_string(out, *ret_failed ? "the tool failed and did not say why"
                                               : "[empty result]");
    return r;
}

int mcp_result_text(struct text result, size_t max, struct buf *out, bool *ret_failed)
{
    struct buf whole;
    bool failed = false;
    if (jsonspan_type(result) != JSONSPAN_OBJECT)
        return -EINVAL;
    buf_init(&whole, room_for(result));
    int r = add_whole(&whole, result, &failed);
    if (r == 0)
        r = add_cut(out, buf_text(&whole), max);
    if (r == 0)
        *ret_failed = failed;
    buf_done(&whole);
    return r;
}
