/* Our own error, or the provider's JSON on one line. Nothing of it is decoded: a number keeps its
 * digits. */
#include "stream_error.h"

#include "jsonspan.h"

static const char data[] = "data: ";
static const char incomplete[] = "stream_incomplete";

static void write_object(struct jsonwrite *json, struct text message, const char *code)
{
    jsonwrite_open(json, "error", '{');
    jsonwrite_string(json, "message", message);
    jsonwrite_string(json, "type", text_of("upstream_error"));
    jsonwrite_null(json, "param");
    jsonwrite_string(json, "code", text_of(code));
    jsonwrite_close(json, '}');
}

void stream_error_object(struct jsonwrite *json, struct text message)
{
    write_object(json, message, incomplete);
}

static int write_own(struct text message, const char *code, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append(out, data, sizeof(data) - 1);
    jsonwrite_open(&json, NULL, '{');
    write_object(&json, message, code);
    jsonwrite_close(&json, '}');
    return json.r < 0 ? json.r : buf_append(out, "\n\n", 2);
}

int stream_error_write(struct text message, struct buf *out)
{
    return write_own(message, incomplete, out);
}

/* What the SDKs look at: truth as their languages have it. */
static bool raises(struct text body)
{
    struct text error;
    if (jsonspan_type(body) != JSONSPAN_OBJECT || !jsonspan_get(body, "error", &error))
        return false;
    enum jsonspan_type type = jsonspan_type(error);
    return (type == JSONSPAN_OBJECT || type == JSONSPAN_STRING) && error.len > 2;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the string that begins at i ends, behind its quote. */
static size_t string_end(struct text json, size_t i)
{
    for (i++; i < json.len && json.at[i] != '"'; i++)
        if (json.at[i] == '\\')
            i++;
    return i < json.len ? i + 1 : json.len;
}

/* Without the blanks outside of strings; a string has no line end in it. */
static int append_on_one_line(struct text json, struct buf *out)
{
    int r = 0;
    for (size_t i = 0, end; r == 0 && i < json.len; i = end) {
        end = i;
        if (is_blank(json.at[i])) {
            end++;
            continue;
        }
        while (end < json.len && !is_blank(json.at[end]))
            end = json.at[end] == '"' ? string_end(json, end) : end + 1;
        r = buf_append(out, json.at + i, end - i);
    }
    return r;
}

int stream_error_from(struct text body, struct text message, const char *code, struct buf *out)
{
    bool is_json = jsonspan_check(body, NULL) == 0;
    struct text first;
    if (is_json && jsonspan_type(body) == JSONSPAN_ARRAY && jsonspan_item(body, 0, &first))
        body = first;
    if (!is_json || !raises(body))
        return write_own(message, code, out);
    int r = buf_append(out, data, sizeof(data) - 1);
    r = r < 0 ? r : append_on_one_line(body, out);
    return r < 0 ? r : buf_append(out, "\n\n", 2);
}
