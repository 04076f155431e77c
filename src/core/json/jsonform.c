/* See jsonform.h. */
#include "json/jsonform.h"

#include "json/jsonspan.h"

/* More than any event has around its text. */
#define FORM_MAX ((size_t)1 << 20)

struct buf *jsonform_begin(struct jsonform *form)
{
    jsonform_done(form);
    buf_init(&form->text, FORM_MAX);
    return &form->text;
}

void jsonform_blank(struct jsonform *form)
{
    form->blank = form->text.len;
}

int jsonform_end(struct jsonform *form, int r)
{
    if (r < 0)
        jsonform_done(form);
    return r;
}

void jsonform_done(struct jsonform *form)
{
    if (!form)
        return;
    buf_done(&form->text);
    form->blank = 0;
}

int jsonform_put_before(const struct jsonform *form, struct buf *out)
{
    return buf_append(out, form->text.data, form->blank);
}

int jsonform_put_string(const struct jsonform *form, struct text text, struct buf *out)
{
    int r = jsonform_put_before(form, out);
    return r < 0 ? r : jsonspan_encode(text, out);
}

int jsonform_put_behind(const struct jsonform *form, struct buf *out)
{
    return buf_append(out, form->text.data + form->blank, form->text.len - form->blank);
}
