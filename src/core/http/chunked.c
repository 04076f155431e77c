/*
 * A machine of bytes, so that a split changes nothing and nothing is kept; only data and the inside
 * of extensions are passed over at once. What frames the data is held to the letter (CR LF,
 * digits); the trailer section is read as a head is: LF alone ends a line, a line may go on in the
 * next.
 */
#include "http/chunked.h"

#include "http/headers.h"

void chunked_init(struct chunked *chunked)
{
    *chunked = (struct chunked){.state = CHUNKED_SIZE};
}

static enum chunked_state bad(struct chunked *chunked, const char *why)
{
    chunked->why = why;
    return CHUNKED_FAILED;
}

#define BAD_SIZE      "the answer has a chunk whose size is no hexadecimal number of bytes"
#define BAD_SIZE_LINE "the answer has a size of a chunk that is not ended by CR LF"
#define BAD_FIELD     "the answer has a line in its trailer section that is no header field"
#define BAD_VALUE     "the answer has a NUL or a CR inside of a field of its trailer section"

static enum chunked_state behind_size(struct chunked *chunked, char c)
{
    if (chunked->digits == 0)
        return bad(chunked, BAD_SIZE);
    if (c == '\r')
        return CHUNKED_SIZE_LF;
    if (c == ';')
        return CHUNKED_EXTENSION;
    return c == ' ' || c == '\t' ? CHUNKED_BLANK : bad(chunked, BAD_SIZE);
}

static enum chunked_state take_digit(struct chunked *chunked, char c)
{
    int digit = text_hex_value(c);
    if (digit < 0)
        return behind_size(chunked, c);
    if (++chunked->digits > CHUNKED_DIGITS_MAX || chunked->size > INT64_MAX >> 4)
        return bad(chunked, "the answer has a chunk of a size beyond all numbers");
    chunked->size = chunked->size << 4 | digit;
    return CHUNKED_SIZE;
}

static enum chunked_state take_extension(struct chunked *chunked, char c)
{
    if (c == '\r')
        return CHUNKED_SIZE_LF;
    return c == '\n' ? bad(chunked, BAD_SIZE_LINE) : CHUNKED_EXTENSION;
}

static enum chunked_state end_size(struct chunked *chunked, char c)
{
    if (c != '\n')
        return bad(chunked, BAD_SIZE_LINE);
    chunked->taken = 0;
    return chunked->size > 0 ? CHUNKED_DATA : CHUNKED_LINE;
}

static enum chunked_state end_data(struct chunked *chunked, char c)
{
    if (c != (chunked->state == CHUNKED_DATA_CR ? '\r' : '\n'))
        return bad(chunked, "the answer has a chunk that is not ended by CR LF");
    if (c == '\r')
        return CHUNKED_DATA_LF;
    chunked->taken = chunked->digits = 0;
    return CHUNKED_SIZE;
}

static enum chunked_state begin_line(struct chunked *chunked, char c)
{
    if (c == '\r')
        return CHUNKED_LAST_LF;
    if (c == '\n')
        return CHUNKED_ENDED;
    if ((c == ' ' || c == '\t') && chunked->has_field)
        return CHUNKED_VALUE;
    chunked->has_field = true;
    return header_token_byte(c) ? CHUNKED_NAME : bad(chunked, BAD_FIELD);
}

static enum chunked_state take_name(struct chunked *chunked, char c)
{
    if (c == ':')
        return CHUNKED_VALUE;
    if (c == ' ' || c == '\t')
        return CHUNKED_COLON;
    return chunked->state == CHUNKED_NAME && header_token_byte(c) ? CHUNKED_NAME
                                                                  : bad(chunked, BAD_FIELD);
}

static enum chunked_state take_value(struct chunked *chunked, char c)
{
    if (c == '\n')
        return CHUNKED_LINE;
    if (c == '\r')
        return CHUNKED_VALUE_LF;
    return c == '\0' ? bad(chunked, BAD_VALUE) : CHUNKED_VALUE;
}

/* The state behind byte c; none of data comes here. */
static enum chunked_state next_state(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case CHUNKED_SIZE:
        return take_digit(chunked, c);
    case CHUNKED_BLANK:
        return behind_size(chunked, c);
    case CHUNKED_EXTENSION:
        return take_extension(chunked, c);
    case CHUNKED_SIZE_LF:
        return end_size(chunked, c);
    case CHUNKED_DATA_CR:
    case CHUNKED_DATA_LF:
        return end_data(chunked, c);
    case CHUNKED_LINE:
        return begin_line(chunked, c);
    case CHUNKED_NAME:
    case CHUNKED_COLON:
        return take_name(chunked, c);
    case CHUNKED_VALUE:
        return take_value(chunked, c);
    case CHUNKED_VALUE_LF:
        return c == '\n' ? CHUNKED_LINE : bad(chunked, BAD_VALUE);
    case CHUNKED_LAST_LF:
        return c == '\n' ? CHUNKED_ENDED : bad(chunked, BAD_VALUE);
    case CHUNKED_DATA:
    case CHUNKED_ENDED:
    case CHUNKED_FAILED:
        break;
    }
    return chunked->state;
}

static bool is_trailer(enum chunked_state state)
{
    return state >= CHUNKED_LINE && state <= CHUNKED_LAST_LF;
}

/* Takes bytes up to the next data, the end of the body or of the bytes. */
static void take_lines(struct chunked *chunked, struct text *bytes)
{
    size_t i = 0;
    while (i < bytes->len && chunked->state != CHUNKED_DATA && chunked->state < CHUNKED_ENDED) {
        bool trailer = is_trailer(chunked->state);
        if (++chunked->taken > (trailer ? CHUNKED_TRAILER_MAX : CHUNKED_LINE_MAX))
            chunked->state = bad(chunked, trailer ? "the answer's trailer section is too long"
                                                  : "the answer has a size of a chunk whose line "
                                                    "is too long");
        else
            chunked->state = next_state(chunked, bytes->at[i++]);
    }
    *bytes = text_skip(*bytes, i);
}

/* What mostly is between two pieces of data, where it is whole: CR LF, and a size alone with its CR
 * LF. The bytes of anything else are left to take_lines. */
static void take_usual_lines(struct chunked *chunked, struct text *bytes)
{
    int64_t size = 0;
    size_t n = 0;
    if (chunked->state == CHUNKED_DATA_CR && text_starts(*bytes, "\r\n")) {
        chunked->state = CHUNKED_SIZE;
        chunked->taken = chunked->digits = 0;
        *bytes = text_skip(*bytes, 2);
    }
    if (chunked->state != CHUNKED_SIZE || chunked->digits > 0)
        return;
    for (; n < bytes->len && n < CHUNKED_DIGITS_MAX - 1; n++) {
        int digit = text_hex_value(bytes->at[n]);
        if (digit < 0)
            break;
        size = size << 4 | digit;
    }
    if (size > 0 && text_starts(text_skip(*bytes, n), "\r\n")) {
        chunked->state = CHUNKED_DATA;
        chunked->size = size;
        *bytes = text_skip(*bytes, n + 2);
    }
}

enum chunked_event chunked_read(struct chunked *chunked, struct text *bytes, struct text *ret_piece)
{
    take_usual_lines(chunked, bytes);
    take_lines(chunked, bytes);
    if (chunked->state == CHUNKED_FAILED)
        return CHUNKED_BAD;
    if (chunked->state == CHUNKED_ENDED)
        return CHUNKED_END;
    if (bytes->len == 0)
        return CHUNKED_MORE;
    size_t n = (uint64_t)chunked->size < bytes->len ? (size_t)chunked->size : bytes->len;
    *ret_piece = text_make(bytes->at, n);
    *bytes = text_skip(*bytes, n);
    chunked->size -= (int64_t)n;
    if (chunked->size == 0)
        chunked->state = CHUNKED_DATA_CR;
    return CHUNKED_BODY;
}
