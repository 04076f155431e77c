/* See mcp_field.h. */
#include "mcp/mcp_field.h"

#include <stdbool.h>

#include "text/base64.h"

#define BASE64_BEGIN "=?base64?"
#define BASE64_END   "?="

/* A field loses blanks at its ends, and what looks like base64 would be read as such. */
static bool goes_as_it_is(struct text value)
{
    const struct text trimmed = text_trim(value);
    if (value.len == 0 || trimmed.len != value.len)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < ' ' || value.at[i] > '~')
            return false;
    return !(text_starts(value, BASE64_BEGIN) && text_ends(value, BASE64_END));
}

int mcp_field_write(struct text name, struct text value, struct buf *headers)
{
    int r = buf_printf(headers, "%.*s: ", TEXT_ARG(name));
    if (r < 0)
        return r;
    if (goes_as_it_is(value)) {
        r = buf_append_text(headers, value);
    } else {
        r = buf_append_string(headers, BASE64_BEGIN);
        r = r < 0 ? r : base64_write(value, headers);
        r = r < 0 ? r : buf_append_string(headers, BASE64_END);
    }
    return r < 0 ? r : buf_append(headers, "", 1);
}
