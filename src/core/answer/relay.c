/*
 * Passes on what is in the app's dialect already, translates the rest, and puts either behind what
 * another provider has told where that is asked.
 */
#include "answer/relay.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "answer/relay_pass.h"
#include "answer/relay_resume.h"
#include "answer/relay_translate.h"
#include "answer/resume.h"
#include "dialect/dialect.h"
#include "rules/mask.h"

/* The most that waits for a slow reader; the exchange pauses the provider long before. */
#define OUT_MAX ((size_t)16 << 20)

/* For an answer that is put behind another: what the half lets out goes through resume. */
struct behind {
    struct relay_resume resume;
    struct buf out;            /* of the half */
    struct answer_facts facts; /* the same */
};

struct relay {
    const struct dialect *app;
    bool passes; /* pass, not translate */
    union {
        struct relay_pass pass;
        struct relay_translate *translate; /* larger by half, and rarer */
    };
    struct behind *behind; /* NULL = the half is all of it, as nearly always */
    struct buf out;
    struct answer_facts facts;
    bool ended;  /* relay_break was called */
    bool untold; /* and there was no room or memory for what it says */
    const struct config_provider *secrets;
};

static struct dialect_writer writer_of(const struct relay_options *options)
{
    return (struct dialect_writer){
        .identity = options->identity,
        .include_usage = options->include_usage,
        .one_call = options->one_tool_call,
        .legacy_call = options->legacy_call,
        .echo = options->echo,
        .request = options->request,
        .window = options->window,
    };
}

/* Also where the app speaks the same, what the provider says may have to be told anew. */
static bool is_passed(const struct relay_options *options)
{
    bool anew = options->announce.len > 0 && options->app->app && options->from->provider;
    return options->app == options->from && !anew;
}

static int init_translate(struct relay_translate *translate, const struct relay_options *options,
                          const struct dialect_writer *writer)
{
    int r = relay_translate_init(translate, options->from, options->app, writer);
    translate->announce = options->announce;
    translate->announce_behind = options->announce_behind;
    return r;
}

/* A half that is put behind another stream tells its usage, whatever the app asked. */
static int init_half(struct relay *relay, const struct relay_options *options)
{
    struct dialect_writer writer = writer_of(options);
    writer.include_usage |= relay->behind != NULL;
    if (relay->passes)
        return relay_pass_init(&relay->pass, options->app, writer.include_usage);
    relay->translate = calloc(1, sizeof(*relay->translate));
    return relay->translate ? init_translate(relay->translate, options, &writer) : -ENOMEM;
}

static int init_behind(struct behind *behind, const struct relay_options *options)
{
    const struct dialect_writer writer = writer_of(options);
    const struct relay_resume_from from = {.so_far = buf_text(&options->resume->text),
                                           .told = options->resume->told,
                                           .prefilled = options->prefilled,
                                           .seam = options->seam};
    return relay_resume_init(&behind->resume, options->app, &from, &writer);
}

static struct behind *behind_new(size_t out_max)
{
    struct behind *behind = calloc(1, sizeof(*behind));
    if (!behind)
        return NULL;
    buf_init_secret(&behind->out, out_max);
    behind->facts = answer_facts_none();
    return behind;
}

static void behind_free(struct behind *behind)
{
    if (!behind)
        return;
    if (behind->resume.app)
        relay_resume_done(&behind->resume);
    buf_done(&behind->out);
    explicit_bzero(behind, sizeof(*behind)); /* see relay_free */
    free(behind);
}

struct relay *relay_new(const struct relay_options *options)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    if (!relay)
        return NULL;
    relay->app = options->app;
    relay->secrets = options->secrets;
    relay->passes = is_passed(options);
    assert(relay->passes ? options->app->judge != NULL
                         : options->app->app && options->from->provider);
    size_t out_max = relay->passes ? options->app->judge->out_max : OUT_MAX;
    buf_init_secret(&relay->out, out_max);
    relay->facts = answer_facts_none();
    if (options->resume)
        relay->behind = behind_new(out_max);
    int r = options->resume && !relay->behind ? -ENOMEM : 0;
    int half = init_half(relay, options);
    if (r == 0 && half == 0 && options->resume)
        r = init_behind(relay->behind, options);
    if (r == 0 && half == 0)
        return relay;
    relay_free(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    if (relay->passes) {
        relay_pass_done(&relay->pass);
    } else {
        relay_translate_done(relay->translate);
        free(relay->translate);
    }
    behind_free(relay->behind);
    buf_done(&relay->out);
    explicit_bzero(relay, sizeof(*relay)); /* what a provider said of its error may quote a key */
    free(relay);
}

static void take_half(struct relay *relay)
{
    struct behind *behind = relay->behind;
    relay_resume_take(&behind->resume, &behind->out, &behind->facts, &relay->out, &relay->facts);
}

/* Some quote the key that they refuse; a good answer stays as it is. */
static void hide_secrets(const struct config_provider *secrets, struct answer_facts *facts)
{
    if (secrets && facts->failure != FAILURE_NONE)
        mask_provider_error(secrets, &facts->error);
}

void relay_feed(struct relay *relay, struct text bytes)
{
    struct buf *out = relay->behind ? &relay->behind->out : &relay->out;
    struct answer_facts *facts = relay->behind ? &relay->behind->facts : &relay->facts;
    if (relay->facts.failure != FAILURE_NONE)
        return;
    if (relay->passes)
        relay_pass_feed(&relay->pass, bytes, out, facts);
    else
        relay_translate_feed(relay->translate, bytes, out, facts);
    if (relay->behind)
        take_half(relay);
    hide_secrets(relay->secrets, &relay->facts);
}

void relay_end(struct relay *relay, enum transport transport)
{
    struct buf *out = relay->behind ? &relay->behind->out : &relay->out;
    struct answer_facts *facts = relay->behind ? &relay->behind->facts : &relay->facts;
    if (relay->passes)
        relay_pass_end(&relay->pass, transport, out, facts);
    else
        relay_translate_end(relay->translate, transport, out, facts);
    if (relay->behind)
        take_half(relay);
    hide_secrets(relay->secrets, &relay->facts);
}

static const char *break_message(const struct answer_facts *facts)
{
    if (facts->error.message[0])
        return facts->error.message;
    return facts->failure ? failure_sentence(facts->failure) : "the answer broke off";
}

void relay_break(struct relay *relay)
{
    struct text message = text_of(break_message(&relay->facts));
    struct buf *out = &relay->out;
    const size_t before = out->len;
    if (relay->ended)
        return;
    relay->ended = true;
    int r;
    /* Where events are numbered, the half's own end would not follow what was told. */
    if (relay->behind && (relay->behind->resume.failed || relay->app->app->follow))
        r = relay_resume_break(&relay->behind->resume, message, out);
    else if (relay->passes)
        r = relay_pass_break(&relay->pass, message, out);
    else
        r = relay_translate_break(relay->translate, message, out);
    relay->untold = r < 0;
    if (relay->untold)
        out->len = before;
    if (relay->secrets && out->len > before)
        out->len = before + mask_provider(relay->secrets, out->data + before, out->len - before);
}

bool relay_breaks_well(const struct relay *relay)
{
    bool well = relay->passes ? relay->app->judge->breaks_well : relay->app->app->breaks_well;
    return well && relay->ended && !relay->untold;
}

const struct answer_facts *relay_facts(const struct relay *relay)
{
    return &relay->facts;
}

struct buf *relay_out(struct relay *relay)
{
    return &relay->out;
}

static void translate_whole(const struct relay_options *options, struct text body, struct buf *out,
                            struct answer_facts *facts)
{
    struct relay_translate translate;
    const struct dialect_writer writer = writer_of(options);
    if (init_translate(&translate, options, &writer) == 0)
        relay_translate_whole(&translate, body, out, facts);
    else
        answer_fail_errno(facts, -ENOMEM);
    relay_translate_done(&translate);
}

struct relay_reading {
    const struct dialect_reading *how;
    max_align_t state[];
};

struct relay_reading *relay_reading_new(const struct relay_options *options)
{
    const struct dialect_reading *how = is_passed(options) ? options->app->judge->reading : NULL;
    struct relay_reading *reading = how ? malloc(sizeof(*reading) + how->size) : NULL;
    if (!reading)
        return NULL;
    reading->how = how;
    how->begin(reading->state);
    return reading;
}

void relay_reading_free(struct relay_reading *reading)
{
    if (reading)
        explicit_bzero(reading->state, reading->how->size); /* as of struct relay */
    free(reading);
}

void relay_reading_more(struct relay_reading *reading, struct text so_far)
{
    reading->how->more(reading->state, so_far);
}

void relay_whole(const struct relay_options *options, struct relay_reading *reading,
                 struct text content_type, struct buf *body, struct answer_facts *ret_facts)
{
    struct buf out;
    bool passes = is_passed(options);
    buf_init_secret(&out, body->max);
    *ret_facts = answer_facts_none();
    if (reading)
        reading->how->end(reading->state, content_type, buf_text(body), &out, ret_facts);
    else if (passes)
        options->app->judge->whole(content_type, buf_text(body), &out, ret_facts);
    else
        translate_whole(options, buf_text(body), &out, ret_facts);
    hide_secrets(options->secrets, ret_facts);
    bool told_anew = !passes || ret_facts->reshaped;
    if (ret_facts->failure != FAILURE_NONE || !told_anew) {
        buf_done(&out);
        return;
    }
    buf_done(body);
    *body = out;
}
