/*
 * Writes answers as Ollama does, of /api/chat and of /api/generate: the same members but for where
 * the text stands. A stream has a line for each piece, and in the last one why it ended, counts and
 * durations. Calls go out whole, with their arguments as an object.
 *
 * The model has the name by which the app asked for it: some look for it in the answer.
 */
#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/dialect_ollama.h"
#include "text/utc.h"

/* More than any answer has. */
#define CONTENT_MAX ((size_t)1 << 30)
#define MODEL_MAX   ((size_t)4 << 10)

static struct dialect_ollama_writer *own(struct dialect_writer *writer)
{
    return (struct dialect_ollama_writer *)writer;
}

static void fail(struct jsonwrite *json, int r)
{
    if (json->r == 0)
        json->r = r;
}

void dialect_ollama_writer_done(struct dialect_writer *base)
{
    struct dialect_ollama_writer *writer = own(base);
    for (size_t i = 0; i < writer->count; i++) {
        buf_done(&writer->calls[i].name);
        buf_done(&writer->calls[i].id);
        buf_done(&writer->calls[i].arguments);
    }
    free(writer->calls);
}

/* ---- time */

/* In milliseconds since the request came; 0 where nobody tells the time. */
static int64_t elapsed_ms(const struct dialect_writer *writer)
{
    const struct answer_identity *identity = &writer->identity;
    int64_t ms = identity->now_ms ? identity->now_ms() - identity->begun_ms : 0;
    return ms > 0 ? ms : 0;
}

/* In nanoseconds; what took less than can be measured took something. */
static void put_duration(struct jsonwrite *json, const char *name, int64_t ms)
{
    jsonwrite_integer(json, name, ms > 0 ? ms * 1000000 : 1000);
}

/* ---- what all lines have */

static void put_model(struct jsonwrite *json, const struct dialect_writer *writer)
{
    struct text asked = {0};
    struct buf name;
    buf_init(&name, MODEL_MAX);
    bool has = writer->request.len && jsonspan_get(writer->request, "model", &asked) &&
               jsonspan_type(asked) == JSONSPAN_STRING && jsonspan_decode(asked, &name) == 0;
    jsonwrite_string(json, "model", has ? buf_text(&name) : text_of(writer->identity.model));
    buf_done(&name);
}

/* The model's name is the same in all lines; the blank is the time. */
static int make_form(struct dialect_writer *writer)
{
    struct jsonwrite json = jsonwrite_to(jsonform_begin(&writer->form));
    jsonwrite_open(&json, NULL, '{');
    put_model(&json, writer);
    jsonwrite_raw(&json, "created_at", text_of(""));
    jsonform_blank(&writer->form);
    return jsonform_end(&writer->form, json.r);
}

static struct jsonwrite open_line(struct dialect_writer *writer, struct buf *out)
{
    struct jsonwrite json = {.out = out, .comma = true};
    char at[UTC_SIZE];
    utc_write(writer->identity.created + elapsed_ms(writer) / 1000, at);
    json.r = jsonform_is_made(&writer->form) ? 0 : make_form(writer);
    if (json.r == 0)
        json.r = jsonform_put_string(&writer->form, text_of(at), out);
    return json;
}

static void put_end(struct jsonwrite *json, const struct dialect_writer *base,
                    const struct chat_delta *delta, int64_t first_ms)
{
    const char *reason = "stop";
    int64_t ms = elapsed_ms(base);
    if (delta->finish == CHAT_FINISH_LENGTH)
        reason = "length";
    else if (delta->finish == CHAT_FINISH_FILTER)
        reason = "content_filter";
    jsonwrite_bool(json, "done", true);
    jsonwrite_string(json, "done_reason", text_of(reason));
    put_duration(json, "total_duration", ms);
    put_duration(json, "load_duration", 0);
    if (delta->usage.prompt >= 0)
        jsonwrite_integer(json, "prompt_eval_count", delta->usage.prompt);
    put_duration(json, "prompt_eval_duration", first_ms);
    if (delta->usage.completion >= 0)
        jsonwrite_integer(json, "eval_count", delta->usage.completion);
    put_duration(json, "eval_duration", ms - first_ms);
}

/* ---- calls */

static struct dialect_ollama_call *find_call(struct dialect_ollama_writer *writer, size_t number)
{
    for (size_t i = 0; i < writer->count; i++)
        if (writer->calls[i].number == number)
            return &writer->calls[i];
    return NULL;
}

static int begin_call(struct dialect_ollama_writer *writer, const struct chat_piece *piece)
{
    if (writer->base.one_call && piece->call > 0)
        return 0;
    struct dialect_ollama_call *calls =
        realloc(writer->calls, (writer->count + 1) * sizeof(*calls));
    if (!calls)
        return -ENOMEM;
    writer->calls = calls;
    struct dialect_ollama_call *call = &calls[writer->count++];
    *call = (struct dialect_ollama_call){.number = piece->call};
    buf_init(&call->name, CONTENT_MAX);
    buf_init(&call->id, CONTENT_MAX);
    buf_init(&call->arguments, CONTENT_MAX);
    int r = buf_append_text(&call->name, piece->name);
    return r < 0 ? r : buf_append_text(&call->id, piece->id);
}

static int take_call(struct dialect_ollama_writer *writer, const struct chat_piece *piece)
{
    if (piece->kind == CHAT_PIECE_CALL_BEGIN)
        return begin_call(writer, piece);
    struct dialect_ollama_call *call = find_call(writer, piece->call);
    if (!call)
        return 0;
    call->ended = call->ended || piece->kind == CHAT_PIECE_CALL_END;
    return buf_append_text(&call->arguments, piece->text);
}

static struct text arguments_of(const struct dialect_ollama_call *call)
{
    struct text arguments = buf_text(&call->arguments);
    return arguments.len ? arguments : text_of("{}");
}

static bool is_usable(const struct dialect_ollama_call *call)
{
    struct text arguments = arguments_of(call);
    return jsonspan_check(arguments, NULL) == 0 && jsonspan_type(arguments) == JSONSPAN_OBJECT;
}

static void put_call(struct jsonwrite *json, struct dialect_writer *base,
                     struct dialect_ollama_call *call)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_filled(json, "id", buf_text(&call->id));
    jsonwrite_open(json, "function", '{');
    jsonwrite_integer(json, "index", (int64_t)base->calls++);
    jsonwrite_string(json, "name", buf_text(&call->name));
    jsonwrite_raw(json, "arguments", arguments_of(call));
    jsonwrite_close(json, '}');
    jsonwrite_close(json, '}');
    call->told = true;
}

/*
 * Those that can be told and have not been. One that the limit of tokens has cut is left out at the
 * end; where anything else makes it no object, the answer is one that nobody can use.
 */
static void put_calls(struct jsonwrite *json, struct dialect_writer *base,
                      const struct chat_delta *delta)
{
    struct dialect_ollama_writer *writer = own(base);
    bool last = delta->finish != CHAT_FINISH_NONE, open = false;
    for (size_t i = 0; i < writer->count; i++) {
        struct dialect_ollama_call *call = &writer->calls[i];
        if (call->told || !(call->ended || last))
            continue;
        if (!is_usable(call)) {
            if (last && delta->finish != CHAT_FINISH_LENGTH)
                fail(json, -EPROTO);
            continue;
        }
        if (!open)
            jsonwrite_open(json, "tool_calls", '[');
        open = true;
        put_call(json, base, call);
    }
    if (open)
        jsonwrite_close(json, ']');
}

static bool has_calls_to_tell(const struct dialect_ollama_writer *writer)
{
    for (size_t i = 0; i < writer->count; i++)
        if (!writer->calls[i].told && writer->calls[i].ended && is_usable(&writer->calls[i]))
            return true;
    return false;
}

/* ---- lines */

/* What one line says. calls: those that can be told go with it. */
struct line {
    bool generate;
    struct text text;
    struct text thinking;
    bool calls;
};

static void put_said(struct jsonwrite *json, struct dialect_writer *writer,
                     const struct chat_delta *delta, const struct line *line)
{
    if (!line->generate) {
        jsonwrite_open(json, "message", '{');
        jsonwrite_string(json, "role", text_of("assistant"));
    }
    jsonwrite_string(json, line->generate ? "response" : "content", line->text);
    jsonwrite_filled(json, "thinking", line->thinking);
    if (line->calls)
        put_calls(json, writer, delta);
    if (!line->generate)
        jsonwrite_close(json, '}');
}

static int write_line(struct dialect_writer *writer, const struct chat_delta *delta,
                      const struct line *line, struct text *logprobs, struct buf *out)
{
    struct jsonwrite json = open_line(writer, out);
    if (own(writer)->first_ms == 0)
        own(writer)->first_ms = elapsed_ms(writer);
    put_said(&json, writer, delta, line);
    if (logprobs->len)
        jsonwrite_raw(&json, "logprobs", *logprobs);
    *logprobs = (struct text){0};
    jsonwrite_bool(&json, "done", false);
    jsonwrite_close(&json, '}');
    return json.r < 0 ? json.r : buf_append_string(out, "\n");
}

/* What is left to say goes with the end. */
static int write_last(struct dialect_writer *writer, const struct chat_delta *delta,
                      const struct line *line, struct text logprobs, struct buf *out)
{
    struct jsonwrite json = open_line(writer, out);
    int64_t first_ms = own(writer)->first_ms;
    put_said(&json, writer, delta, line);
    if (logprobs.len)
        jsonwrite_raw(&json, "logprobs", logprobs);
    put_end(&json, writer, delta, first_ms);
    jsonwrite_close(&json, '}');
    return json.r;
}

static int write_pieces(struct dialect_writer *writer, const struct chat_delta *delta,
                        bool generate, struct text *logprobs, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < delta->piece_count; i++) {
        const struct chat_piece *piece = &delta->pieces[i];
        struct line line = {.generate = generate, .text = text_of("")};
        if (piece->kind == CHAT_PIECE_TEXT)
            line.text = piece->text;
        else if (piece->kind == CHAT_PIECE_REASONING)
            line.thinking = piece->text;
        else
            r = take_call(own(writer), piece);
        line.calls = piece->kind == CHAT_PIECE_CALL_END && has_calls_to_tell(own(writer));
        if (r == 0 && (line.text.len || line.thinking.len || line.calls))
            r = write_line(writer, delta, &line, logprobs, out);
    }
    return r;
}

static int event_write(struct dialect_writer *writer, const struct chat_delta *delta, bool generate,
                       struct buf *out)
{
    struct text logprobs = delta->logprobs;
    const struct line empty = {.generate = generate, .text = text_of(""), .calls = true};
    int r = write_pieces(writer, delta, generate, &logprobs, out);
    if (r == 0 && delta->finish != CHAT_FINISH_NONE) {
        r = write_last(writer, delta, &empty, logprobs, out);
        return r < 0 ? r : buf_append_string(out, "\n");
    }
    return r == 0 && logprobs.len ? write_line(writer, delta, &empty, &logprobs, out) : r;
}

static int answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                        bool generate, struct buf *out)
{
    struct buf text, thinking;
    buf_init(&text, CONTENT_MAX);
    buf_init(&thinking, CONTENT_MAX);
    int r = chat_join(delta, CHAT_PIECE_TEXT, 0, &text);
    if (r == 0)
        r = chat_join(delta, CHAT_PIECE_REASONING, 0, &thinking);
    for (size_t i = 0; r == 0 && i < delta->piece_count; i++)
        if (delta->pieces[i].kind != CHAT_PIECE_TEXT &&
            delta->pieces[i].kind != CHAT_PIECE_REASONING)
            r = take_call(own(writer), &delta->pieces[i]);
    const struct line line = {.generate = generate,
                              .text = buf_text(&text),
                              .thinking = buf_text(&thinking),
                              .calls = true};
    if (r == 0)
        r = write_last(writer, delta, &line, delta->logprobs, out);
    buf_done(&text);
    buf_done(&thinking);
    return r;
}

int dialect_ollama_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out)
{
    return event_write(writer, delta, false, out);
}

int dialect_ollama_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                struct buf *out)
{
    return answer_write(writer, delta, false, out);
}

int dialect_generate_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                 struct buf *out)
{
    return event_write(writer, delta, true, out);
}

int dialect_generate_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                  struct buf *out)
{
    return answer_write(writer, delta, true, out);
}

int dialect_ollama_loaded_write(bool generate, const char *model, int64_t now_s, struct buf *out)
{
    struct dialect_ollama_writer writer = {
        .base.identity = {.model = model, .created = now_s},
    };
    struct chat_delta delta = {.finish = CHAT_FINISH_NONE};
    const struct line line = {.generate = generate, .text = text_of("")};
    struct jsonwrite json = open_line(&writer.base, out);
    put_said(&json, &writer.base, &delta, &line);
    jsonwrite_bool(&json, "done", true);
    jsonwrite_string(&json, "done_reason", text_of("load"));
    jsonwrite_close(&json, '}');
    jsonform_done(&writer.base.form);
    return json.r < 0 ? json.r : buf_append_string(out, "\n");
}

/* ---- errors */

int dialect_ollama_error_write(const struct dialect_error *error, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "error", error->message);
    jsonwrite_close(&json, '}');
    return json.r;
}

int dialect_ollama_error_line(struct text message, struct buf *out)
{
    const struct dialect_error error = {.message = message};
    int r = dialect_ollama_error_write(&error, out);
    return r < 0 ? r : buf_append_string(out, "\n");
}

int dialect_ollama_break_write(struct dialect_writer *writer, struct text message, struct buf *out)
{
    (void)writer;
    return dialect_ollama_error_line(message, out);
}

/* Such a body is one already; as a line it has no line ends inside. */
int dialect_ollama_late_error(struct text body, struct text message, const char *code,
                              struct buf *out)
{
    struct text error;
    (void)code;
    if (jsonspan_check(body, NULL) < 0 || !jsonspan_get(body, "error", &error) ||
        jsonspan_type(error) != JSONSPAN_STRING)
        return dialect_ollama_error_line(message, out);
    int r = jsonspan_compact(body, out);
    return r < 0 ? r : buf_append_string(out, "\n");
}
