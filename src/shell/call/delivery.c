/*
 * Success is judged by content: the head's blank line, a status, and a body that is what was asked
 * for (relay.h). libcurl's own OK only says that a connection ended in order.
 */
#include "call/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "failure/failure_words.h"
#include "failure/named_wait.h"
#include "http/headers.h"
#include "json/jsonspan.h"
#include "rules/backoff.h"
#include "rules/mask.h"
#include "rules/not_running.h"

/* A whole answer larger than this is refused. */
#define WHOLE_MAX (64u << 20)
/* On other paths an answer is held back up to here, so that a broken one can still be retried. */
#define PASS_HOLD (1u << 20)
/* A whole answer that is larger is judged as it comes: up to here it takes no time. */
#define READ_FROM ((size_t)128 << 10)
/* So much of a packed body is unpacked at a time. */
#define PACKED_STEP ((size_t)512)

static bool is_success(const struct delivery *delivery)
{
    return delivery->status >= 200 && delivery->status < 300;
}

static bool is_chat(const struct delivery *delivery)
{
    return delivery->plan.mode != DELIVERY_PASS;
}

static struct text head_value(const struct delivery *delivery, const char *name)
{
    struct text value = {0};
    return upstream_head_get(delivery->head, name, &value) ? value : (struct text){0};
}

void delivery_init(struct delivery *delivery, const struct delivery_plan *plan)
{
    *delivery = (struct delivery){.plan = *plan};
    buf_init_secret(&delivery->body, WHOLE_MAX);
    unpack_init(&delivery->unpack);
}

void delivery_done(struct delivery *delivery)
{
    relay_free(delivery->relay);
    relay_reading_free(delivery->reading);
    unpack_done(&delivery->unpack);
    buf_done(&delivery->body);
    if (delivery->facts)
        explicit_bzero(delivery->facts, sizeof(*delivery->facts)); /* its error is not masked */
    free(delivery->facts);
    free(delivery->told);
}

/* Of a body that is kept whole, and comes as it is. */
static void reserve_body(struct delivery *delivery)
{
    struct text length = head_value(delivery, "content-length");
    int64_t bytes;
    bool held = is_chat(delivery) || delivery->plan.counts || !is_success(delivery);
    if (length.len == 0 || text_digits(length, &bytes) < length.len || delivery->unpack.decoder)
        return;
    bool whole = held || bytes < (int64_t)PASS_HOLD;
    buf_reserve(&delivery->body, whole ? (size_t)bytes : PASS_HOLD);
}

/* What is to be read here is unpacked, and so is every refusal: its words are looked at. What only
 * passes through stays as it is packed. */
void delivery_head(struct delivery *delivery, const struct upstream_head *head)
{
    struct text name, value;
    size_t position = 0;
    delivery->head = head;
    delivery->status = delivery->form.status = head->status;
    delivery->form.content_type = head_value(delivery, "content-type");
    while (upstream_head_next(head, &position, &name, &value))
        if (header_name_is(name, "content-encoding"))
            codings_read(&delivery->form.codings, value);
    if (is_chat(delivery) && is_success(delivery))
        delivery->unfit =
            answer_head_unfit(&delivery->form, delivery->plan.mode == DELIVERY_STREAM);
    if (delivery->unfit)
        return;
    bool events = answer_head_is_event_stream(&delivery->form) && !delivery->form.codings.unknown;
    bool looked_at = !is_chat(delivery) && delivery->plan.relay.app && events;
    bool relayed = is_success(delivery) && (delivery->plan.mode == DELIVERY_STREAM || looked_at);
    if (relayed)
        delivery->relay = relay_new(&delivery->plan.relay);
    if (relayed &&
        !delivery->relay) { /* taken for a whole answer it would be put together to one */
        delivery->unfit = "no memory is left for it";
        return;
    }
    if (relayed || is_chat(delivery) || delivery->plan.counts || !is_success(delivery))
        unpack_begin(&delivery->unpack, &delivery->form.codings);
    if (!relayed)
        reserve_body(delivery);
}

/* Of a whole answer, more has come. */
static void read_on(struct delivery *delivery, size_t came)
{
    bool begins = delivery->body.len > READ_FROM && delivery->body.len - came <= READ_FROM;
    if (begins)
        delivery->reading = relay_reading_new(&delivery->plan.relay);
    if (delivery->reading)
        relay_reading_more(delivery->reading, buf_text(&delivery->body));
}

static bool take(struct delivery *delivery, struct text bytes)
{
    if (delivery->relay) {
        relay_feed(delivery->relay, bytes);
        const struct answer_facts *facts = relay_facts(delivery->relay);
        if (facts->failure != FAILURE_NONE)
            return false;
        delivery->heard |= facts->content || facts->underway;
        delivery->ready |= facts->content;
        return true;
    }
    delivery->heard = true;
    if (buf_append_text(&delivery->body, bytes) < 0)
        return false;
    if (is_chat(delivery) && is_success(delivery))
        read_on(delivery, bytes.len);
    delivery->ready |=
        !is_chat(delivery) && !delivery->plan.counts && is_success(delivery) &&
        (answer_head_is_event_stream(&delivery->form) || delivery->body.len >= PASS_HOLD);
    return true;
}

/* A bomb is known by its first byte: what is neither JSON nor events (nor a page that may hold an
 * error) is not unpacked to the end. The text of a refusal may be in any words. */
static bool begins_as_nothing(const struct delivery *delivery, struct text bytes)
{
    static const char beginnings[] = "{[<:deir \t\r\n\xef";
    return is_success(delivery) && delivery->body.len == 0 && !delivery->relay && bytes.len > 0 &&
           memchr(beginnings, bytes.at[0], sizeof(beginnings) - 1) == NULL;
}

/* A packed body in small steps: each may become a thousand times as much. */
bool delivery_bytes(struct delivery *delivery, struct text bytes)
{
    bool more = true;
    if (delivery->unfit)
        return false;
    if (!delivery->unpack.decoder)
        return take(delivery, bytes);
    while (bytes.len > 0 && more) {
        struct text part = {bytes.at, bytes.len < PACKED_STEP ? bytes.len : PACKED_STEP};
        bytes = text_skip(bytes, part.len);
        if (!unpack_take(&delivery->unpack, &part) || begins_as_nothing(delivery, part))
            return false;
        if (part.len > 0)
            more = take(delivery, part);
    }
    return more;
}

bool delivery_is_done(const struct delivery *delivery)
{
    return delivery->relay && relay_facts(delivery->relay)->done;
}

/* ---- the end */

static struct delivery_told *told_of(struct delivery *delivery)
{
    if (!delivery->told)
        delivery->told = xcalloc(1, sizeof(*delivery->told));
    return delivery->told;
}

static void say(struct delivery *delivery, const char *sentence, const char *detail)
{
    struct delivery_told *told = told_of(delivery);
    const char *open = detail[0] ? " (" : "", *shut = detail[0] ? ")" : "";
    if (delivery->status != 0 && !is_success(delivery))
        (void)snprintf(told->message, sizeof(told->message), "HTTP %d: %s%s%s%s", delivery->status,
                       sentence, open, detail, shut);
    else
        (void)snprintf(told->message, sizeof(told->message), "%s%s%s%s", sentence, open, detail,
                       shut);
    mask_provider_field(delivery->plan.provider, told->message, sizeof(told->message));
}

static void fail_by_transport(struct delivery *delivery, enum transport transport,
                              const char *detail)
{
    const struct config_provider *provider = delivery->plan.provider;
    struct error why = ERROR_NONE;
    delivery->result.transport = transport;
    delivery->result.failure = transport_failure(transport);
    delivery->result.processed = transport_processed(transport);
    if (not_running(provider, transport, &why)) {
        delivery->result.not_running = config_provider_is_own(provider);
        say(delivery, why.text, "");
        return;
    }
    say(delivery, transport_sentence(transport), detail);
}

static struct text field_of(const void *delivery, const char *name)
{
    return head_value(delivery, name);
}

/* Its failure and its error are known. */
static int64_t wait_of(const struct delivery *delivery)
{
    return named_wait(delivery->result.failure, &delivery->told->error, field_of, delivery,
                      clock_wall_ms() / 1000);
}

static void fail_by_content(struct delivery *delivery)
{
    const struct answer_facts *facts = delivery_facts(delivery);
    struct provider_error *error = &told_of(delivery)->error;
    delivery->result.failure = facts->failure;
    delivery->result.repeats = facts->repeats;
    delivery->result.processed = failure_status_processed(delivery->status);
    *error = facts->error;
    delivery->result.retry_after_ms = wait_of(delivery);
    mask_provider_error(delivery->plan.provider, error);
    say(delivery, error->message[0] ? error->message : failure_sentence(facts->failure), "");
}

/* Where the server does not know the path, it says no more than that; if it knew the path and not
 * the model, it would say so. */
static void fail_by_status(struct delivery *delivery)
{
    const struct config_provider *provider = delivery->plan.provider;
    struct attempt_result *result = &delivery->result;
    struct provider_error *error = &told_of(delivery)->error;
    size_t len = delivery->body.len;
    delivery->body.len = mask_provider(provider, delivery->body.data, len);
    if (len > 0 && delivery->body.len == 0) { /* not even for our key, to look for it */
        fail_by_transport(delivery, TRANSPORT_MALFORMED, "no memory is left for it");
        return;
    }
    bool told = provider_error_read_refusal(buf_text(&delivery->body), error);
    result->failure = failure_of_answer(provider->kind->speaker, delivery->status, error);
    if (delivery->plan.absent && !told && (delivery->status == 404 || delivery->status == 405)) {
        result->failure = FAILURE_MODEL;
        (void)snprintf(error->message, sizeof(error->message), "%s", delivery->plan.absent);
    }
    result->processed = failure_status_processed(delivery->status);
    result->repeats = failure_words_repeat(provider->kind->speaker, delivery->status, error);
    result->retry_after_ms = wait_of(delivery);
    say(delivery, error->message[0] ? error->message : failure_sentence(result->failure), "");
}

static void end_whole(struct delivery *delivery)
{
    relay_whole(&delivery->plan.relay, delivery->reading, head_value(delivery, "content-type"),
                &delivery->body, delivery->facts);
    if (delivery->facts->failure != FAILURE_NONE)
        fail_by_content(delivery);
}

/* One that is packed in a way that we do not know is for the app to judge. */
static void end_count(struct delivery *delivery)
{
    struct text body = buf_text(&delivery->body), number;
    int64_t tokens;
    bool told = jsonspan_check(body, NULL) == 0 && jsonspan_get(body, "input_tokens", &number) &&
                jsonspan_count(number, &tokens);
    if (told || delivery->form.codings.unknown)
        return;
    answer_fail(delivery->facts, FAILURE_PROTOCOL, "what came is no number of tokens");
    fail_by_content(delivery);
}

static void end_stream(struct delivery *delivery, enum transport transport, const char *detail)
{
    relay_end(delivery->relay, transport);
    if (relay_facts(delivery->relay)->failure == FAILURE_NONE)
        return;
    /* TOO_LARGE is our own stop, after the content was found unfit. */
    if (transport != TRANSPORT_OK && transport != TRANSPORT_TOO_LARGE)
        fail_by_transport(delivery, transport, detail);
    else
        fail_by_content(delivery);
}

/* How the body has ended, its codings included. */
static enum transport true_transport(const struct delivery *delivery, enum transport transport)
{
    bool done = delivery_is_done(delivery);
    if (delivery->unpack.spoilt && !done)
        return TRANSPORT_MALFORMED;
    bool cut = transport == TRANSPORT_OK && !done && !unpack_is_whole(&delivery->unpack);
    return cut ? TRANSPORT_TRUNCATED : transport;
}

/* In this order: a body that was not read says nothing, events were judged as they came, and only
 * what came whole is looked at further. */
void delivery_end(struct delivery *delivery, enum transport transport, const char *detail)
{
    delivery->result = (struct attempt_result){
        .transport = TRANSPORT_OK, .status = delivery->status, .retry_after_ms = -1};
    if (!delivery->relay) {
        delivery->facts = xcalloc(1, sizeof(*delivery->facts));
        *delivery->facts = answer_facts_none();
    }
    transport = true_transport(delivery, transport);
    if (delivery->unpack.spoilt)
        detail = "its Content-Encoding";
    if (delivery->unfit)
        fail_by_transport(delivery, TRANSPORT_MALFORMED, delivery->unfit);
    else if (delivery->relay)
        end_stream(delivery, transport, detail);
    else if (transport != TRANSPORT_OK)
        fail_by_transport(delivery, transport, detail);
    else if (delivery->status == 407 && delivery->plan.provider->proxy)
        fail_by_transport(delivery, TRANSPORT_PROXY_AUTH, ""); /* it is not the provider's word */
    else if (!is_success(delivery))
        fail_by_status(delivery);
    else if (is_chat(delivery))
        end_whole(delivery);
    else if (delivery->plan.counts)
        end_count(delivery);
    /* Whoever packs what nobody asked to have packed does so again. */
    if (delivery->result.failure == FAILURE_PROTOCOL &&
        (delivery->form.codings.unknown || delivery->unpack.spoilt))
        delivery->result.repeats = true;
}

bool delivery_ends_well(const struct delivery *delivery)
{
    return delivery->result.failure == FAILURE_NONE ||
           (delivery->relay && relay_breaks_well(delivery->relay));
}

const struct answer_facts *delivery_facts(const struct delivery *delivery)
{
    static const struct answer_facts none = ANSWER_FACTS_NONE;
    if (delivery->relay)
        return relay_facts(delivery->relay);
    return delivery->facts ? delivery->facts : &none;
}

struct buf *delivery_out(struct delivery *delivery)
{
    return delivery->relay ? relay_out(delivery->relay) : &delivery->body;
}

bool delivery_is_unpacked(const struct delivery *delivery)
{
    return delivery->unpack.decoder != NULL || (is_chat(delivery) && delivery->status < 300);
}
