/*
 * A dialect of lines, for boxes of bricks:
 *
 *     request    {"bricks": "model", "flow": true, "say": ["user", "text", ...]}
 *     answer     ["say", "text"]  ["think", "text"]  ["build", "tool", {...}]  ["oops", "reason"]
 *                ["full"], where the limit was reached; ["took", tokens of the prompt], before the
 *                end; ["bye", prompt tokens, completion tokens] or ["bye"]
 *     whole      {"all": [line, line, ...]}
 */
#include "toy_dialect.h"

#include <errno.h>
#include <string.h>

#include "dialect/dialect.h"
#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "text/count.h"

static const char *const roles[] = {
    [CHAT_ROLE_SYSTEM] = "system",
    [CHAT_ROLE_USER] = "user",
    [CHAT_ROLE_ASSISTANT] = "box",
    [CHAT_ROLE_TOOL] = "brick",
};

/* ---- as apps speak it */

static int request_read(struct text body, struct chat_request *request, struct error *reterr)
{
    request->root = jsonload(body, reterr);
    const json_t *say = json_object_get(request->root, "say");
    for (size_t i = 0; i + 1 < json_array_size(say); i += 2) {
        enum chat_role role = CHAT_ROLE_USER;
        for (int r = 0; r < (int)COUNT(roles); r++)
            if (text_equals(chat_json_text(json_array_get(say, i)), roles[r]))
                role = (enum chat_role)r;
        struct chat_message *message = chat_add_message(request, role);
        if (!message || chat_add_text(message, chat_json_text(json_array_get(say, i + 1))) < 0)
            return -ENOMEM;
    }
    request->stream = json_is_true(json_object_get(request->root, "flow"));
    if (request->message_count > 0)
        return 0;
    error_set(reterr, "nothing is said");
    return -EINVAL;
}

/* It counts its lines, in a state of its own. */
struct toy_writer {
    struct dialect_writer base;
    int64_t lines;
};

static void open_line(struct jsonwrite *json, struct dialect_writer *writer, const char *word)
{
    ((struct toy_writer *)(void *)writer)->lines++;
    jsonwrite_open(json, NULL, '[');
    jsonwrite_string(json, NULL, text_of(word));
}

/* As far as whole lines go: a call is told once its arguments are there. */
static void put_line(struct jsonwrite *json, struct dialect_writer *writer,
                     const struct chat_delta *delta, const struct chat_piece *piece)
{
    struct buf arguments;
    switch (piece->kind) {
    case CHAT_PIECE_TEXT:
    case CHAT_PIECE_REASONING:
        open_line(json, writer, piece->kind == CHAT_PIECE_TEXT ? "say" : "think");
        jsonwrite_string(json, NULL, piece->text);
        break;
    case CHAT_PIECE_CALL_BEGIN:
        buf_init(&arguments, 1 << 20);
        open_line(json, writer, "build");
        jsonwrite_string(json, NULL, piece->name);
        if (chat_join(delta, CHAT_PIECE_CALL_MORE, piece->call, &arguments) == 0)
            jsonwrite_raw(json, NULL, buf_text(&arguments));
        buf_done(&arguments);
        break;
    case CHAT_PIECE_CALL_MORE:
    case CHAT_PIECE_CALL_END:
        return;
    }
    jsonwrite_close(json, ']');
}

static void end_line(struct jsonwrite *json, bool whole)
{
    if (!whole && json->r == 0)
        json->r = buf_append(json->out, "\n", 1);
    json->comma = whole && json->comma;
}

static int put_lines(struct jsonwrite *json, struct dialect_writer *writer,
                     const struct chat_delta *delta, bool whole)
{
    for (size_t i = 0; i < delta->piece_count; i++) {
        enum chat_piece_kind kind = delta->pieces[i].kind;
        if (kind == CHAT_PIECE_CALL_MORE || kind == CHAT_PIECE_CALL_END)
            continue;
        put_line(json, writer, delta, &delta->pieces[i]);
        end_line(json, whole);
    }
    if (delta->finish != CHAT_FINISH_NONE) {
        open_line(json, writer, "bye");
        jsonwrite_integer(json, NULL, delta->usage.prompt);
        jsonwrite_integer(json, NULL, delta->usage.completion);
        jsonwrite_close(json, ']');
        end_line(json, whole);
    }
    return json->r;
}

static int event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                       struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    return put_lines(&json, writer, delta, false);
}

static int answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_open(&json, "all", '[');
    (void)put_lines(&json, writer, delta, true);
    jsonwrite_close(&json, ']');
    jsonwrite_close(&json, '}');
    return json.r;
}

static int put_oops(struct text message, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '[');
    jsonwrite_string(&json, NULL, text_of("oops"));
    jsonwrite_string(&json, NULL, message);
    jsonwrite_close(&json, ']');
    end_line(&json, false);
    return json.r;
}

/* It says how many lines there were. */
static int break_write(struct dialect_writer *writer, struct text message, struct buf *out)
{
    struct buf told;
    buf_init(&told, 4096);
    int r = buf_printf(&told, "%.*s, after %lld", TEXT_ARG(message),
                       (long long)((struct toy_writer *)(void *)writer)->lines);
    if (r == 0)
        r = put_oops(buf_text(&told), out);
    buf_done(&told);
    return r;
}

static int late_error_write(struct text body, struct text message, const char *code,
                            struct buf *out)
{
    (void)body;
    (void)code;
    return put_oops(message, out);
}

static const struct dialect_app app = {
    .request_read = request_read,
    .writer_size = sizeof(struct toy_writer),
    .event_write = event_write,
    .answer_write = answer_write,
    .break_write = break_write,
    .late_error_write = late_error_write,
};

/* ---- as providers speak it */

static int request_write(const struct chat_request *request, const struct dialect_target *target,
                         struct buf *out, struct error *reterr)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "bricks", text_of(target->model));
    jsonwrite_bool(&json, "flow", request->stream);
    jsonwrite_open(&json, "say", '[');
    for (size_t i = 0; i < request->message_count; i++) {
        struct buf text;
        size_t at = 0;
        if (chat_next_part(&request->messages[i], CHAT_PART_IMAGE, &at)) {
            error_set(reterr, "bricks cannot see");
            return -EINVAL;
        }
        buf_init(&text, 1 << 20);
        if (chat_message_text(&request->messages[i], &text) == 0) {
            jsonwrite_string(&json, NULL, text_of(roles[request->messages[i].role]));
            jsonwrite_string(&json, NULL, buf_text(&text));
        }
        buf_done(&text);
    }
    jsonwrite_close(&json, ']');
    jsonwrite_close(&json, '}');
    return json.r;
}

/* The text of a line's item. */
static struct text item_text(struct text line, size_t index, struct buf *strings)
{
    struct text value;
    size_t begin = strings->len;
    if (!jsonspan_item(line, index, &value) || jsonspan_decode(value, strings) < 0)
        return text_of("");
    return text_make(strings->data + begin, strings->len - begin);
}

static int64_t item_number(struct text line, size_t index)
{
    struct text value = {0};
    int64_t number = 0;
    (void)jsonspan_item(line, index, &value);
    for (size_t i = 0; i < value.len && text_is_digit(value.at[i]); i++)
        number = number * 10 + (value.at[i] - '0');
    return number;
}

/* What it remembers: an answer begins with a word, not with bye. */
struct toy_reader {
    bool begun;
};

static bool line_is(struct text line, const char *word)
{
    struct text first = {0};
    return jsonspan_item(line, 0, &first) && jsonspan_name_is(first, word);
}

/* A piece of the answer. False: it is none. */
static bool take_piece(struct text line, struct chat_delta *delta, struct answer_facts *facts)
{
    struct text arguments = text_of("{}");
    int r = 0;
    if (line_is(line, "say")) {
        r = chat_say(delta, CHAT_PIECE_TEXT, item_text(line, 1, &delta->strings));
    } else if (line_is(line, "think")) {
        r = chat_say(delta, CHAT_PIECE_REASONING, item_text(line, 1, &delta->strings));
    } else if (line_is(line, "build")) {
        (void)jsonspan_item(line, 2, &arguments);
        const struct chat_call call = {.name = item_text(line, 1, &delta->strings),
                                       .arguments = arguments};
        r = chat_say_call(delta, &call);
    } else {
        return false;
    }
    if (r < 0)
        answer_fail_errno(facts, r);
    return true;
}

static void take_line(struct toy_reader *reader, struct text line, struct chat_delta *delta,
                      struct answer_facts *facts)
{
    struct text told;
    if (take_piece(line, delta, facts)) {
        reader->begun = true;
    } else if (line_is(line, "oops")) {
        told = item_text(line, 1, &delta->strings);
        answer_fail(facts, FAILURE_SERVER, "the box says: %.*s", TEXT_ARG(told));
    } else if (line_is(line, "took")) {
        delta->usage.prompt = item_number(line, 1);
    } else if (line_is(line, "full")) {
        delta->finish = CHAT_FINISH_LENGTH;
    } else if (line_is(line, "bye") && reader->begun) {
        delta->done = true;
        if (!jsonspan_item(line, 1, &told))
            return;
        delta->usage.prompt = item_number(line, 1);
        delta->usage.completion = item_number(line, 2);
    } else {
        answer_fail(facts, FAILURE_PROTOCOL, "the box says nothing that can be understood");
    }
}

/* Room for all that is decoded, so that no text moves. */
static bool make_room(struct text json, struct chat_delta *delta)
{
    chat_delta_reset(delta);
    bool room = buf_append_text(&delta->strings, json) == 0;
    buf_reset(&delta->strings);
    return room && jsonspan_check(json, NULL) == 0;
}

static void event_read(void *reader, const struct dialect_event *event, struct chat_delta *delta,
                       struct answer_facts *facts)
{
    if (make_room(event->data, delta))
        take_line(reader, event->data, delta, facts);
    else
        answer_fail(facts, FAILURE_PROTOCOL, "the box speaks no JSON");
}

static void answer_read(struct text body, struct chat_delta *delta, struct answer_facts *facts)
{
    struct toy_reader reader = {0};
    struct text all = {0}, line;
    size_t position = 0;
    if (make_room(body, delta))
        (void)jsonspan_get(body, "all", &all);
    while (facts->failure == FAILURE_NONE && jsonspan_next(all, &position, &line))
        take_line(&reader, line, delta, facts);
    if (!delta->done)
        answer_fail(facts, FAILURE_PROTOCOL, "the box never says bye");
}

static const struct dialect_provider provider = {
    .path = "/build",
    .request_write = request_write,
    .reader_size = sizeof(struct toy_reader),
    .event_read = event_read,
    .answer_read = answer_read,
};

/* ---- passed on */

static void judge_event(void *lines, const struct dialect_event *event, struct answer_facts *facts)
{
    ++*(int64_t *)lines;
    if (line_is(event->data, "oops"))
        answer_fail(facts, FAILURE_SERVER, "the box says oops");
    else if (line_is(event->data, "bye"))
        facts->finished = facts->done = true;
    else
        facts->content = true;
}

static enum dialect_rest judge_rest(const void *lines, const struct dialect_event *event,
                                    bool clean)
{
    (void)lines;
    return clean && jsonspan_check(event->data, NULL) == 0 ? DIALECT_REST_CLOSED
                                                           : DIALECT_REST_LEFT_OUT;
}

static void judge_end(void *lines, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    (void)lines;
    (void)out;
    answer_fail_cut(facts, transport, "the box never says bye");
}

static int judge_break(const void *lines, struct text message, struct buf *out)
{
    (void)lines;
    return put_oops(message, out);
}

static void judge_whole(struct text content_type, struct text body, struct buf *out,
                        struct answer_facts *facts)
{
    struct text all;
    (void)content_type, (void)out;
    if (jsonspan_check(body, NULL) < 0 || !jsonspan_get(body, "all", &all))
        answer_fail(facts, FAILURE_PROTOCOL, "the box speaks no JSON");
    facts->content = facts->finished = facts->done = facts->failure == FAILURE_NONE;
}

static const struct dialect_judge judge = {
    .size = sizeof(int64_t),
    .event_max = 4096,
    .out_max = 1 << 20,
    .event = judge_event,
    .rest = judge_rest,
    .end = judge_end,
    .break_write = judge_break,
    .whole = judge_whole,
};

const struct dialect dialect_toy = {
    .word = "toy",
    .id_prefix = "brick-",
    .stream_type = "application/toy",
    .framing = DIALECT_NDJSON,
    .app = &app,
    .provider = &provider,
    .judge = &judge,
};
