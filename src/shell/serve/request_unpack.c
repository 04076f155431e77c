/* See request_unpack.h. */
#include "serve/request_unpack.h"

#include <errno.h>
#include <stdint.h>

#include "http/coding.h"

static int decode(const struct codings *codings, struct text body, struct buf *out)
{
    struct decoder *decoder = decoder_new(codings, DECODER_STRICT);
    if (!decoder)
        return -ENOMEM;
    int r = decoder_feed(decoder, body, out);
    if (r == 0)
        r = decoder_end(decoder);
    decoder_free(decoder);
    return r;
}

int request_unpack(const struct forward_app *app, struct buf *body, struct hold *hold,
                   const struct config_server *server)
{
    struct codings codings = {0};
    struct buf decoded;
    for (size_t i = 0; i < app->count; i++)
        if (header_name_is(app->fields[i].name, "content-encoding"))
            codings_read(&codings, app->fields[i].value);
    if (codings.unknown)
        return -ENOTSUP;
    if (codings_are_none(&codings))
        return 0;
    buf_init(&decoded, server->max_body_bytes);
    int r = decode(&codings, buf_text(body), &decoded);
    if (r < 0) {
        buf_done(&decoded);
        return r;
    }
    size_t packed = hold->bytes;
    hold_end(hold);
    if (!hold_grow(hold, decoded.len, server->max_body_total_bytes)) {
        (void)!hold_grow(hold, packed, SIZE_MAX); /* as it was: it is still packed */
        buf_done(&decoded);
        return -ENOBUFS;
    }
    buf_done(body);
    *body = decoded;
    return 1;
}
