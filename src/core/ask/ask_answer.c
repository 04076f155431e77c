/*
 * The events are read by the provider's half of OpenAI's dialect, which knows an error wherever it
 * stands. Only [DONE] says that nothing is missing: the daemon adds it to what is complete, and to
 * nothing else.
 */
#include "ask/ask_answer.h"

#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "dialect/dialect.h"
#include "http/headers.h"
#include "json/jsonload.h"
#include "text/count.h"

static const char *const names[ASK_FIELD_COUNT] = {[ASK_PROVIDER] = "x-understudy-provider",
                                                   [ASK_MODEL] = "x-understudy-model",
                                                   [ASK_FALLBACK] = "x-understudy-fallback",
                                                   [ASK_ATTEMPTS] = "x-understudy-attempts"};

/* The comment of a stream that another provider goes on with (relay_resume.c). */
#define SEAM ": understudy continued on "

static const struct dialect_provider *reads(void)
{
    return dialect_asked(API_PATH_CHAT)->provider;
}

int ask_answer_init(struct ask_answer *answer, size_t text_max)
{
    *answer = (struct ask_answer){.facts = answer_facts_none(), .wants_model = true};
    for (size_t i = 0; i < ASK_FIELD_COUNT; i++)
        buf_init(&answer->fields[i], ASK_FIELD_MAX);
    buf_init(&answer->text, text_max);
    buf_init(&answer->body, PROVIDER_ERROR_BODY_MAX);
    buf_init(&answer->why, ASK_WHY_MAX);
    sse_init(&answer->events, ANSWER_EVENT_MAX);
    chat_delta_init(&answer->delta);
    answer->usage = answer->delta.usage;
    answer->reader = calloc(1, reads()->reader_size);
    return answer->reader ? 0 : -ENOMEM;
}

void ask_answer_done(struct ask_answer *answer)
{
    for (size_t i = 0; i < ASK_FIELD_COUNT; i++)
        buf_done(&answer->fields[i]);
    buf_done(&answer->text);
    buf_done(&answer->body);
    buf_done(&answer->why);
    sse_done(&answer->events);
    chat_delta_done(&answer->delta);
    free(answer->reader);
}

const char *ask_answer_told(const struct ask_answer *answer, enum ask_field field)
{
    return buf_text(&answer->fields[field]).at;
}

/* Words of others, for a terminal: what shows nothing itself is a blank. Cut where it is too long.
 */
static void put_words(struct buf *out, struct text words)
{
    (void)!buf_append_shown(out, words, ' ');
}

static void set_field(struct ask_answer *answer, enum ask_field field, struct text value)
{
    if (value.len >= ASK_FIELD_MAX)
        return;
    buf_reset(&answer->fields[field]);
    put_words(&answer->fields[field], value);
}

void ask_answer_head(struct ask_answer *answer, int status)
{
    answer->status = status;
}

void ask_answer_field(struct ask_answer *answer, struct text name, struct text value)
{
    for (size_t i = 0; i < COUNT(names); i++)
        if (header_name_is(name, names[i]))
            set_field(answer, (enum ask_field)i, value);
    answer->wants_model = answer->fields[ASK_MODEL].len == 0;
}

/* A comment before an event tells who goes on. */
static void read_comments(struct ask_answer *answer, struct text raw)
{
    while (text_starts(raw, ":")) {
        const char *end = memchr(raw.at, '\n', raw.len);
        struct text line = text_make(raw.at, end ? (size_t)(end - raw.at) : raw.len);
        if (text_starts(line, SEAM)) {
            struct text whom = text_skip(line, strlen(SEAM));
            whom.len -= whom.len > 0 && whom.at[whom.len - 1] == '\r';
            set_field(answer, ASK_PROVIDER, whom);
            set_field(answer, ASK_FALLBACK, text_of(ASK_CONTINUED));
            answer->wants_model = true;
        }
        raw = text_skip(raw, line.len + 1);
    }
}

static void read_model(struct ask_answer *answer, struct text data)
{
    json_t *root = jsonload(data, NULL);
    const char *model = json_string_value(json_object_get(root, "model"));
    if (model && model[0]) {
        set_field(answer, ASK_MODEL, text_of(model));
        answer->wants_model = false;
    }
    json_decref(root);
}

static void take_event(struct ask_answer *answer, const struct sse_event *event)
{
    const struct dialect_event read = {.name = event->name, .data = event->data};
    struct chat_delta *delta = &answer->delta;
    reads()->event_read(answer->reader, &read, delta, &answer->facts);
    if (answer->facts.failure != FAILURE_NONE)
        return;
    if (answer->wants_model)
        read_model(answer, event->data);
    size_t before = answer->text.len;
    int r = chat_join(delta, CHAT_PIECE_TEXT, 0, &answer->text);
    if (r < 0)
        answer_fail_errno(&answer->facts, r);
    answer->spoke = answer->spoke || answer->text.len > before;
    chat_usage_take(&answer->usage, &delta->usage);
    if (delta->finish != CHAT_FINISH_NONE)
        answer->finish = delta->finish;
    answer->facts.done = delta->done;
}

void ask_answer_take(struct ask_answer *answer, struct text bytes)
{
    struct sse_event event;
    if (answer->status != 200) {
        (void)!buf_append_text(&answer->body, bytes); /* what is too long says nothing */
        return;
    }
    while (bytes.len > 0 && !answer_is_over(&answer->facts)) {
        struct text part = text_cut(bytes, SSE_PUSH_MAX);
        bytes = text_skip(bytes, part.len);
        int r = sse_push(&answer->events, part);
        if (r < 0)
            answer_fail_errno(&answer->facts, r);
        while (!answer_is_over(&answer->facts) && sse_next(&answer->events, &event)) {
            read_comments(answer, event.raw);
            if (event.has_data)
                take_event(answer, &event);
        }
    }
}

/* Our own errors are longer than what is kept of a provider's. */
static void tell_refusal(struct ask_answer *answer)
{
    struct provider_error error;
    json_t *root = jsonload(buf_text(&answer->body), NULL);
    const json_t *told = json_object_get(json_object_get(root, "error"), "message");
    const char *message = json_string_value(told);
    if (!message) {
        (void)provider_error_read_refusal(buf_text(&answer->body), &error);
        message = error.message;
    }
    (void)!buf_printf(&answer->why, "HTTP %d%s", answer->status, message[0] ? ": " : "");
    put_words(&answer->why, text_of(message));
    json_decref(root);
}

/* What is wrong with an answer that has come to its end. */
static const char *unwell(enum chat_finish finish)
{
    if (finish == CHAT_FINISH_LENGTH)
        return "the model's limit of tokens was reached";
    return finish == CHAT_FINISH_FILTER ? "the provider's filter of content ended it" : NULL;
}

bool ask_answer_end(struct ask_answer *answer, const char *cut)
{
    const char *ill = answer->facts.done ? unwell(answer->finish) : NULL;
    if (answer->status == 0)
        put_words(&answer->why, text_of(cut ? cut : "nothing was answered"));
    else if (answer->status != 200)
        tell_refusal(answer);
    else if (answer->facts.failure != FAILURE_NONE)
        put_words(&answer->why, text_of(answer->facts.error.message));
    else if (!answer->facts.done)
        put_words(&answer->why, text_of(cut ? cut : ANSWER_CUT));
    else if (ill)
        put_words(&answer->why, text_of(ill));
    return answer->why.len == 0;
}
