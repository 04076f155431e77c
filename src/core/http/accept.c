/* One entry of the list after the other: "text/html;level=1;q=0.5, ...". */
#include "http/accept.h"

/* Up to the next end, which is taken off *left, too. */
static struct text take(struct text *left, char end)
{
    const char *at = left->len ? memchr(left->at, end, left->len) : NULL;
    struct text part = text_make(left->at, at ? (size_t)(at - left->at) : left->len);
    *left = text_skip(*left, part.len + 1);
    return text_trim(part);
}

/* q=0, q=0.0, ... (RFC 9110, 12.4.2): "not this one". */
static bool is_refusal(struct text parameter)
{
    if (!text_starts_nocase(parameter, "q=0"))
        return false;
    for (size_t i = strlen("q=0"); i < parameter.len; i++)
        if (parameter.at[i] != '.' && parameter.at[i] != '0')
            return false;
    return true;
}

bool accept_names(struct text accept, const char *type)
{
    while (accept.len > 0) {
        struct text entry = take(&accept, ',');
        bool named = text_equals_nocase(take(&entry, ';'), type);
        while (entry.len > 0)
            named = !is_refusal(take(&entry, ';')) && named;
        if (named)
            return true;
    }
    return false;
}
