/* What the rules share. */
#include "guard/guard_rule.h"

#include <stdarg.h>
#include <stdio.h>

#include "http/headers.h"

bool guard_refuse(struct guard_verdict *ret, int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ret->message, GUARD_MESSAGE_MAX, format, args);
    va_end(args);
    for (char *c = ret->message; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    ret->status = status;
    ret->type = status == 403 ? "permission_error" : "invalid_request_error";
    ret->code = code;
    if (status != 405) /* not the one that an OPTIONS would have had */
        ret->allow = NULL;
    return false;
}

size_t guard_find(const struct guard_request *request, const char *lower_case,
                  struct text *ret_value)
{
    const size_t len = strlen(lower_case);
    size_t count = 0;
    *ret_value = text_of("");
    for (size_t i = 0; i < request->header_count; i++) {
        struct text name = request->headers[i].name;
        if (name.len != len || !text_starts_nocase(name, lower_case))
            continue;
        if (count++ == 0)
            *ret_value = request->headers[i].value;
    }
    return count;
}
