/*
 * Anthropic's dialect as apps speak it. A request is read or refused with a reason, and the blanks
 * in it mean nothing; what is left out has names that may stand in a header. An answer of any
 * pieces is a stream of well-formed events: one block open at a time, numbers without gaps, and
 * every byte that was told is in a block of its kind; but for a piece of a call that has ended,
 * which ends the stream.
 *
 *     0, what is carried | request
 *     1, options         | pieces: kind and call, text up to 0xff; kind & 64 ends the event
 *     2                  | error: status, message
 */
#include <errno.h>

#include <jansson.h>

#include "anthropic/dialect_anthropic.h"
#include "anthropic/dialect_anthropic_error.h"
#include "fuzz.h"
#include "http/sse.h"

#define DROPPED_MAX 1024

struct read {
    int r;
    struct buf dropped;
    size_t messages, parts, tools;
};

static void read_request(struct text body, unsigned carries, struct read *ret)
{
    struct chat_request request;
    struct error why = ERROR_NONE;
    *ret = (struct read){0};
    buf_init(&ret->dropped, DROPPED_MAX);
    chat_request_init(&request, &ret->dropped);
    request.carries = carries;
    ret->r = dialect_anthropic_request_read(body, &request, &why);
    require(ret->r == 0 || (ret->r == -EINVAL && why.text[0] != '\0'));
    require_plain(buf_text(&ret->dropped));
    for (size_t i = 0; i < request.message_count; i++)
        ret->parts += request.messages[i].part_count;
    ret->messages = request.message_count;
    ret->tools = request.tool_count;
    chat_request_done(&request);
}

static void check_request(struct text body, unsigned carries)
{
    struct read first, again;
    read_request(body, carries, &first);
    json_t *root = first.r == 0 ? json_loadb(body.at, body.len, JSON_ALLOW_NUL, NULL) : NULL;
    char *compact = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (compact) {
        read_request(text_of(compact), carries, &again);
        require(again.r == 0 && again.messages == first.messages && again.parts == first.parts &&
                again.tools == first.tools);
        require(same(buf_text(&again.dropped), buf_text(&first.dropped)));
        buf_done(&again.dropped);
    }
    free(compact);
    json_decref(root);
    buf_done(&first.dropped);
}

/* What has been told, and what came of it: bytes of each kind of block. */
struct told {
    struct dialect_anthropic_writer writer;
    size_t in[4], out[4];
    size_t begun, blocks_of_calls;
    bool open, started, ended;
    size_t blocks;
};

static enum dialect_anthropic_block kind_of(const json_t *block)
{
    const char *type = json_string_value(json_object_get(block, "type"));
    require(type != NULL);
    if (strncmp(type, "text", 4) == 0)
        return DIALECT_ANTHROPIC_TEXT;
    return strncmp(type, "thinking", 8) == 0 ? DIALECT_ANTHROPIC_THINKING
                                             : DIALECT_ANTHROPIC_TOOL_USE;
}

static void check_event(struct told *told, struct text name, const json_t *event)
{
    const json_t *index = json_object_get(event, "index");
    const json_t *delta = json_object_get(event, "delta");
    require(!told->ended);
    require(text_same(chat_json_text(json_object_get(event, "type")), name));
    require(!index || json_integer_value(index) == (json_int_t)told->blocks);
    if (text_equals(name, "message_start")) {
        require(!told->started);
        told->started = true;
    } else if (text_equals(name, "content_block_start")) {
        require(told->started && !told->open);
        told->open = true;
        told->blocks_of_calls +=
            kind_of(json_object_get(event, "content_block")) == DIALECT_ANTHROPIC_TOOL_USE;
    } else if (text_equals(name, "content_block_delta")) {
        static const char *const members[] = {NULL, "text", "thinking", "partial_json"};
        enum dialect_anthropic_block kind = kind_of(delta);
        require(told->open);
        told->out[kind] += json_string_length(json_object_get(delta, members[kind]));
    } else if (text_equals(name, "content_block_stop")) {
        require(told->open);
        told->open = false;
        told->blocks++;
    } else if (text_equals(name, "message_delta")) {
        require(told->started && !told->open);
    } else {
        require(text_equals(name, "message_stop"));
        told->ended = true;
    }
}

static void check_events(struct told *told, struct text bytes)
{
    struct sse sse;
    struct sse_event event;
    sse_init(&sse, 1 << 20);
    require(sse_push(&sse, bytes) == 0);
    while (sse_next(&sse, &event)) {
        json_t *json = json_loadb(event.data.at, event.data.len, JSON_ALLOW_NUL, NULL);
        require(json_is_object(json));
        check_event(told, event.name, json);
        json_decref(json);
    }
    require(sse_rest(&sse).len == 0);
    sse_done(&sse);
}

/* Bytes that are no UTF-8 would be others on their way: they are left out beforehand. */
static struct text plain(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return text_cut(text, i);
    return text;
}

static void add_piece(struct told *told, struct chat_delta *delta, uint8_t byte, struct text text)
{
    static const enum dialect_anthropic_block blocks[] = {
        DIALECT_ANTHROPIC_TEXT, DIALECT_ANTHROPIC_THINKING, DIALECT_ANTHROPIC_TOOL_USE,
        DIALECT_ANTHROPIC_TOOL_USE, DIALECT_ANTHROPIC_TOOL_USE};
    enum chat_piece_kind kind = (enum chat_piece_kind)((byte & 7) % 5);
    struct chat_piece *piece = chat_add_piece(delta, kind);
    bool hidden = told->writer.base.one_call && (byte >> 4 & 3) > 0 && kind > CHAT_PIECE_REASONING;
    require(piece != NULL);
    piece->call = kind > CHAT_PIECE_REASONING ? byte >> 4 & 3 : 0;
    if (kind == CHAT_PIECE_CALL_BEGIN) {
        piece->id = text_cut(text, 7);
        piece->name = text;
        told->begun += !hidden;
    } else if (kind != CHAT_PIECE_CALL_END) {
        piece->text = text;
        told->in[blocks[kind]] += hidden ? 0 : text.len;
    }
}

static void check_answer(struct text input, uint8_t options)
{
    struct told told = {
        .writer = {.base = {.identity = {"chatcmpl-X", "m", 1}, .one_call = options & 1}}};
    struct chat_delta delta;
    struct buf out;
    int r = 0;
    buf_init(&out, 1 << 22);
    chat_delta_init(&delta);
    while (r == 0 && input.len) {
        uint8_t byte = take_byte(&input);
        add_piece(&told, &delta, byte, plain(take_until(&input, '\xff')));
        if (!(byte & 64) && input.len)
            continue;
        delta.finish = input.len ? CHAT_FINISH_NONE : (enum chat_finish)(1 + options / 2 % 5);
        r = dialect_anthropic_event_write(&told.writer.base, &delta, &out);
        chat_delta_reset(&delta);
        if (r == 0)
            check_events(&told, buf_text(&out));
        buf_reset(&out);
        require(r == 0 || r == -EPROTO);
        require(r < 0 || told.ended == (input.len == 0));
    }
    if (told.ended) {
        require(memcmp(told.in, told.out, sizeof(told.in)) == 0);
        require(told.begun == told.blocks_of_calls);
    }
    dialect_anthropic_writer_done(&told.writer.base);
    jsonform_done(&told.writer.base.form);
    chat_delta_done(&delta);
    buf_done(&out);
}

static void check_error(struct text input)
{
    const struct dialect_error error = {
        .status = 400 + take_byte(&input),
        .code = take_byte(&input) & 1 ? "context_length_exceeded" : NULL,
        .message = input,
    };
    struct buf out;
    buf_init(&out, 1 << 22);
    require(dialect_anthropic_error_write(&error, &out) == 0);
    require(is_object(buf_text(&out)));
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    uint8_t variant = take_byte(&input);
    uint8_t options = take_byte(&input);
    if (variant % 3 == 0)
        check_request(input, options);
    else if (variant % 3 == 1)
        check_answer(input, options);
    else
        check_error(input);
    return 0;
}
