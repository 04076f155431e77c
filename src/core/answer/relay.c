/* Which half does the work depends on who answers; a record of functions says so once. */
#include "answer/relay.h"

#include <stdlib.h>

#include "answer/relay_pass.h"
#include "answer/relay_responses.h"
#include "answer/relay_resume.h"
#include "answer/relay_translate.h"
#include "dialect/dialect.h"
#include "openai/judge.h"
#include "openai/reshape.h"
#include "openai/stream_error.h"

struct way {
    void (*feed)(struct relay *relay, struct text bytes);
    void (*end)(struct relay *relay, enum transport transport);
    void (*done)(struct relay *relay);
    void (*finish)(struct relay *relay, struct text message); /* relay_break */
    bool reads_on;                                            /* behind the end, too */
    bool breaks_well;                                         /* relay_breaks_well */
};

struct relay {
    const struct way *way;
    struct answer_facts facts;
    struct buf out;
    bool broken; /* an error event is in out, or the provider's is its last word */
    bool ended;  /* relay_break was called */
    union {
        struct relay_pass pass;
        struct relay_translate translate;
        struct relay_resume resume;
        struct relay_responses responses;
    };
};

static void pass_feed(struct relay *relay, struct text bytes)
{
    relay_pass_feed(&relay->pass, bytes, &relay->out, &relay->facts);
    relay->broken = relay->pass.failed_aloud;
}

static void pass_end(struct relay *relay, enum transport transport)
{
    relay_pass_end(&relay->pass, transport, &relay->out, &relay->facts);
    relay->broken = relay->pass.failed_aloud;
}

static void pass_done(struct relay *relay)
{
    relay_pass_done(&relay->pass);
}

static void finish_by_own(struct relay *relay, struct text message)
{
    if (!relay->broken)
        (void)!stream_error_write(message, &relay->out);
}

static void pass_finish(struct relay *relay, struct text message)
{
    (void)!buf_append_text(&relay->out, buf_text(&relay->pass.last_word));
    finish_by_own(relay, message);
}

static void translate_feed(struct relay *relay, struct text bytes)
{
    relay_translate_feed(&relay->translate, bytes, &relay->out, &relay->facts);
}

static void translate_end(struct relay *relay, enum transport transport)
{
    relay_translate_end(&relay->translate, transport, &relay->out, &relay->facts);
}

static void translate_done(struct relay *relay)
{
    relay_translate_done(&relay->translate);
}

static void resume_feed_way(struct relay *relay, struct text bytes)
{
    relay_resume_feed(&relay->resume, bytes, &relay->out, &relay->facts);
}

static void resume_end_way(struct relay *relay, enum transport transport)
{
    relay_resume_end(&relay->resume, transport, &relay->out, &relay->facts);
}

static void resume_done_way(struct relay *relay)
{
    relay_resume_done(&relay->resume);
}

/* What the inner one has let out so far was read: behind it stands its end. */
static void resume_finish(struct relay *relay, struct text message)
{
    struct relay *inner = relay->resume.inner;
    if (!relay->resume.by_inner) {
        finish_by_own(relay, message);
        return;
    }
    buf_reset(&inner->out);
    inner->way->finish(inner, message);
    (void)!buf_append_text(&relay->out, buf_text(&inner->out));
}

static void responses_feed(struct relay *relay, struct text bytes)
{
    relay_responses_feed(&relay->responses, bytes, &relay->out, &relay->facts);
}

static void responses_end(struct relay *relay, enum transport transport)
{
    relay_responses_end(&relay->responses, transport, &relay->out, &relay->facts);
}

static void responses_done(struct relay *relay)
{
    relay_responses_done(&relay->responses);
}

static void responses_finish(struct relay *relay, struct text message)
{
    relay_responses_break(&relay->responses, message, &relay->out);
}

/* By whether the kind is translated. */
static const struct way ways[] = {
    [false] = {pass_feed, pass_end, pass_done, pass_finish, false, false},
    [true] = {translate_feed, translate_end, translate_done, finish_by_own, false, false},
};

static const struct way resume_way = {resume_feed_way, resume_end_way, resume_done_way,
                                      resume_finish,   false,          false};
static const struct way responses_way = {responses_feed,   responses_end, responses_done,
                                         responses_finish, true,          true};

static void init_translate(struct relay_translate *translate, const struct relay_options *options)
{
    struct dialect_writer writer = {
        .identity = options->identity,
        .include_usage = options->include_usage,
        .one_call = options->one_tool_call,
        .legacy_call = options->legacy_call,
        .echo = options->echo,
        .window = options->window,
    };
    const struct dialect *to = options->app ? options->app : &dialect_openai;
    relay_translate_init(translate, &dialect_ollama, to, &writer);
}

static void init_pass(struct relay_pass *pass, const struct relay_options *options)
{
    relay_pass_init(pass);
    pass->include_usage = options->include_usage;
}

static int init_way(struct relay *relay, const struct relay_options *options)
{
    buf_init(&relay->out, options->responses ? RELAY_RESPONSES_OUT_MAX : RELAY_OUT_MAX);
    if (options->responses) {
        relay->way = &responses_way;
        relay_responses_init(&relay->responses);
        return 0;
    }
    if (options->resume) {
        relay->way = &resume_way;
        return relay_resume_init(&relay->resume, options);
    }
    relay->way = &ways[options->from->is_translated];
    if (!options->from->is_translated)
        init_pass(&relay->pass, options);
    else
        init_translate(&relay->translate, options);
    return 0;
}

struct relay *relay_new(const struct relay_options *options)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    if (!relay)
        return NULL;
    relay->facts = answer_facts_none();
    if (init_way(relay, options) == 0)
        return relay;
    relay_free(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    relay->way->done(relay);
    buf_done(&relay->out);
    free(relay);
}

void relay_feed(struct relay *relay, struct text bytes)
{
    if ((!relay->facts.done || relay->way->reads_on) && relay->facts.failure == FAILURE_NONE)
        relay->way->feed(relay, bytes);
}

void relay_end(struct relay *relay, enum transport transport)
{
    relay->way->end(relay, transport);
}

static const char *break_message(const struct answer_facts *facts)
{
    if (facts->error.message[0])
        return facts->error.message;
    return facts->failure ? failure_sentence(facts->failure) : "the answer broke off";
}

void relay_break(struct relay *relay)
{
    if (relay->ended)
        return;
    relay->ended = true;
    relay->way->finish(relay, text_of(break_message(&relay->facts)));
}

bool relay_breaks_well(const struct relay *relay)
{
    return relay->way->breaks_well && relay->ended;
}

const struct answer_facts *relay_facts(const struct relay *relay)
{
    return &relay->facts;
}

struct buf *relay_out(struct relay *relay)
{
    return &relay->out;
}

static void whole_pass(struct text content_type, struct text body, struct buf *out,
                       struct answer_facts *facts)
{
    if (reshape_is_events(body)) {
        reshape_to_whole(body, out, facts);
        return;
    }
    judge_whole(content_type, body, facts);
    if (facts->failure == FAILURE_NONE && buf_append_text(out, body) < 0)
        answer_fail(facts, FAILURE_PROTOCOL, "the answer is larger than can be held");
}

void relay_whole(const struct relay_options *options, struct text content_type, struct text body,
                 struct buf *out, struct answer_facts *ret_facts)
{
    *ret_facts = answer_facts_none();
    if (!options->from->is_translated) {
        whole_pass(content_type, body, out, ret_facts);
        return;
    }
    struct relay_translate translate;
    init_translate(&translate, options);
    relay_translate_whole(&translate, body, out, ret_facts);
    relay_translate_done(&translate);
}
