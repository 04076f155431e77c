/*
 * Packed bodies, and noise that is called one. In one piece and in small ones the same comes out,
 * and never more than there is room for; what zlib packs comes back as it was, and cut it is no
 * whole.
 *
 *     variant, size of pieces | bytes
 */
#include <errno.h>
#include <zlib.h>

#include "fuzz.h"
#include "http/coding.h"

#define ROOM 20000

struct outcome {
    int r;
    struct buf out;
};

static void decode(const struct codings *codings, enum decoder_manner manner, struct text input,
                   size_t step, struct outcome *ret)
{
    struct decoder *decoder = decoder_new(codings, manner);
    require(decoder != NULL);
    buf_init(&ret->out, ROOM);
    ret->r = 0;
    while (ret->r == 0 && input.len > 0) {
        size_t n = step < input.len ? step : input.len;
        ret->r = decoder_feed(decoder, text_make(input.at, n), &ret->out);
        input = text_skip(input, n);
    }
    if (ret->r == 0)
        ret->r = decoder_end(decoder);
    require(ret->r == 0 || ret->r == -EBADMSG || ret->r == -EMSGSIZE);
    require(ret->out.len <= ROOM);
    decoder_free(decoder);
}

static void unpack(const struct codings *codings, enum decoder_manner manner, struct text input,
                   size_t step)
{
    struct outcome whole, pieces;
    decode(codings, manner, input, input.len + 1, &whole);
    decode(codings, manner, input, step, &pieces);
    require((whole.r == 0) == (pieces.r == 0));
    if (whole.r == 0)
        require(same(buf_text(&whole.out), buf_text(&pieces.out)));
    buf_done(&whole.out);
    buf_done(&pieces.out);
}

/* window: 31 gzip, 15 deflate with its head, -15 without */
static size_t pack(struct text input, int window, unsigned char *out, size_t room)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)input.at,
                       .avail_in = (unsigned)input.len,
                       .next_out = out,
                       .avail_out = (unsigned)room};
    require(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    size_t len = stream.total_out;
    require(deflateEnd(&stream) == Z_OK);
    return len;
}

static void there_and_back(const struct codings *codings, struct text input, int window,
                           size_t step)
{
    static unsigned char packed[16384];
    struct outcome back;
    size_t len = pack(input, window, packed, sizeof(packed));
    struct text bytes = text_make((const char *)packed, len);
    decode(codings, DECODER_STRICT, bytes, step, &back);
    require(back.r == 0 && same(buf_text(&back.out), input));
    buf_done(&back.out);
    decode(codings, DECODER_STRICT, text_make(bytes.at, len - 1), step, &back);
    require(back.r == -EBADMSG);
    buf_done(&back.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const named[] = {"gzip", "deflate", "gzip, deflate", "x-gzip"};
    struct codings codings = {0}, read = {0};
    struct text input = text_make((const char *)data, size);
    if (size < 2 || size > 8192)
        return 0;
    uint8_t variant = take_byte(&input);
    size_t step = take_byte(&input) % 16u + 1u;
    codings_read(&codings, text_of(named[variant % 4]));
    require(codings.count > 0 && !codings.unknown);
    if (variant & 8)
        unpack(&codings, variant & 4 ? DECODER_LENIENT : DECODER_STRICT, input, step);
    else if (variant % 4 == 0)
        there_and_back(&codings, input, 31, step);
    else if (variant % 4 == 1)
        there_and_back(&codings, input, variant & 4 ? 15 : -15, step);
    codings_read(&read, input);
    require(read.count <= CODINGS_MAX);
    return 0;
}
