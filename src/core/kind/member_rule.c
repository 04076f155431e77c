/* A place is NAME or OBJECT.NAME; what is renamed has two, in one object, with a colon between. */
#include "kind/member_rule.h"

#include <errno.h>

#include "text/count.h"

static bool is_kept(const char *name)
{
    static const char *const kept[] = {"model", "messages", "stream"};
    for (size_t i = 0; i < COUNT(kept); i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

static bool is_name_byte(char c)
{
    return c > ' ' && c < 0x7f && !strchr("\"'\\,:.[]", c);
}

/* A name at the front of *rest, which is taken off. */
static int take_name(struct text *rest, char ret[MEMBER_NAME_MAX + 1], struct error *reterr)
{
    size_t len = 0;
    while (len < rest->len && is_name_byte(rest->at[len]))
        len++;
    if (len == 0)
        error_set(reterr, "a name of 1 to %d visible ASCII characters without quotes is missing",
                  MEMBER_NAME_MAX);
    else if (len > MEMBER_NAME_MAX)
        error_set(reterr, "a name of more than %d bytes", MEMBER_NAME_MAX);
    else {
        memcpy(ret, rest->at, len);
        ret[len] = '\0';
        *rest = text_skip(*rest, len);
        return 0;
    }
    return -EINVAL;
}

static int read_place(struct text text, char object[MEMBER_NAME_MAX + 1],
                      char name[MEMBER_NAME_MAX + 1], struct error *reterr)
{
    object[0] = '\0';
    int r = take_name(&text, name, reterr);
    if (r == 0 && text.len > 0 && text.at[0] == '.') {
        memcpy(object, name, MEMBER_NAME_MAX + 1);
        text = text_skip(text, 1);
        r = take_name(&text, name, reterr);
    }
    if (r < 0)
        return r;
    if (text.len > 0 && text.at[0] == '.')
        error_set(reterr, "a dot reaches one level down, no further");
    else if (text.len > 0 && text.at[0] == '[')
        error_set(reterr, "no rule reaches into a list");
    else if (text.len > 0)
        error_set(reterr, "\"%c\" cannot stand in the name of a member", text.at[0]);
    else if (is_kept(object[0] ? object : name))
        error_set(reterr, "%s stays as it is: without it the request would be another one",
                  object[0] ? object : name);
    else
        return 0;
    return -EINVAL;
}

int member_rule_read_drop(struct text text, struct member_rule *ret, struct error *reterr)
{
    *ret = (struct member_rule){0};
    return read_place(text, ret->object, ret->name, reterr);
}

int member_rule_read_rename(struct text text, struct member_rule *ret, struct error *reterr)
{
    char object[MEMBER_NAME_MAX + 1];
    const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    *ret = (struct member_rule){0};
    if (!colon) {
        error_set(reterr, "a colon and the new name are missing");
        return -EINVAL;
    }
    size_t old = (size_t)(colon - text.at);
    int r = read_place(text_trim(text_cut(text, old)), ret->object, ret->name, reterr);
    if (r == 0)
        r = read_place(text_trim(text_skip(text, old + 1)), object, ret->to, reterr);
    if (r < 0)
        return r;
    if (strcmp(object, ret->object) != 0)
        error_set(reterr, "a member stays in its object: write OBJECT.OLD:OBJECT.NEW");
    else if (strcmp(ret->name, ret->to) == 0)
        error_set(reterr, "the new name is the old one");
    else
        return 0;
    return -EINVAL;
}
