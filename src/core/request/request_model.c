/* The name is decoded to be looked at; back go bytes around bytes that stay as they are. */
#include "request/request_model.h"

#include <errno.h>

#include "json/jsonspan.h"

static int refuse(struct error *reterr, const char *message)
{
    error_set(reterr, "%s", message);
    return -EINVAL;
}

/* Bytes below 0x20, DEL, and U+0080 to U+009F. */
static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c < 0x20 || c == 0x7f)
            return true;
        if (c == 0xc2 && i + 1 < t.len && (unsigned char)t.at[i + 1] < 0xa0)
            return true;
    }
    return false;
}

static int check(struct text model, struct error *reterr)
{
    if (model.len == 0)
        return refuse(reterr, "model is empty: name a model, or leave the member out");
    if (has_control(model))
        return refuse(reterr,
                      "model contains a control character: name a model as /v1/models lists it");
    return 0;
}

int request_model_read(struct text value, char **ret, struct error *reterr)
{
    struct buf name;
    if (jsonspan_type(value) != JSONSPAN_STRING)
        return refuse(reterr,
                      "model is not a string: name a model in quotes, or leave the member out");
    buf_init(&name, MODEL_NAME_MAX);
    int r = jsonspan_decode(value, &name);
    if (r == -EMSGSIZE)
        r = refuse(reterr, "model is too long: a model's name has at most 512 bytes");
    if (r == 0)
        r = check(buf_text(&name), reterr);
    if (r == 0 && !(*ret = buf_steal(&name, NULL)))
        r = -ENOMEM;
    buf_done(&name);
    return r;
}

/* Puts the member in behind the opening brace. */
static int insert_model(struct text body, struct text model, struct buf *out)
{
    struct text name, value;
    size_t position = 0;
    size_t brace = (size_t)((const char *)memchr(body.at, '{', body.len) - body.at);
    int r = buf_append(out, body.at, brace + 1);
    if (r == 0)
        r = buf_append_string(out, "\"model\":");
    if (r == 0)
        r = jsonspan_encode(model, out);
    if (r == 0 && jsonspan_member(body, &position, &name, &value))
        r = buf_append_string(out, ",");
    return r < 0 ? r : buf_append_text(out, text_skip(body, brace + 1));
}

int request_with_model(struct text body, struct text span, const char *model, struct buf *out)
{
    if (!span.at)
        return insert_model(body, text_of(model), out);
    size_t begin = (size_t)(span.at - body.at);
    int r = buf_append(out, body.at, begin);
    if (r == 0)
        r = jsonspan_encode(text_of(model), out);
    return r < 0 ? r : buf_append_text(out, text_skip(body, begin + span.len));
}
