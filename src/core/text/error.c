/* The first message wins, see error.h. */
#include "text/error.h"

#include <stdarg.h>
#include <stdio.h>

void error_set(struct error *reterr, const char *format, ...)
{
    if (!reterr || reterr->text[0])
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reterr->text, sizeof(reterr->text), format, args);
    va_end(args);
}

bool error_is_set(const struct error *error)
{
    return error && error->text[0] != '\0';
}
