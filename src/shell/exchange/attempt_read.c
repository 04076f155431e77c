/* What the owner of an attempt sees of it, and takes out of it for the client. */
#include <string.h>

#include "exchange/attempt_impl.h"

void attempt_commit(struct attempt *attempt)
{
    attempt->committed = true;
}

static bool ends_well(const struct attempt *attempt)
{
    return attempt->result.failure == FAILURE_NONE ||
           (attempt->relay && relay_breaks_well(attempt->relay));
}

enum reply_more attempt_read(struct attempt *attempt, char *out, size_t max, size_t *ret_len)
{
    struct buf *from = attempt_outgoing(attempt);
    if (from->len == 0 && attempt->phase == ATTEMPT_ENDED)
        return ends_well(attempt) ? REPLY_END : REPLY_BROKEN;
    if (from->len == 0)
        return REPLY_WAIT;
    *ret_len = from->len < max ? from->len : max;
    memcpy(out, from->data, *ret_len);
    buf_consume(from, *ret_len);
    if (attempt->paused && from->len <= ATTEMPT_BACKLOG_MAX / 2)
        loop_defer(attempt_loop(attempt), &attempt->unpause);
    return REPLY_BYTES;
}

void attempt_break(struct attempt *attempt)
{
    if (attempt->relay)
        relay_break(attempt->relay);
}

struct text attempt_pending(struct attempt *attempt)
{
    return buf_text(attempt_outgoing(attempt));
}

enum attempt_phase attempt_phase(const struct attempt *attempt)
{
    return attempt->phase;
}

const struct attempt_result *attempt_result(const struct attempt *attempt)
{
    return &attempt->result;
}

enum failure attempt_class(const struct attempt *attempt)
{
    enum failure failure = attempt->result.failure;
    return failure == FAILURE_NONE && attempt_facts(attempt)->policy ? FAILURE_POLICY : failure;
}

const char *attempt_message(const struct attempt *attempt)
{
    return attempt->message;
}

const struct provider_error *attempt_error(const struct attempt *attempt)
{
    return &attempt->error;
}

const struct answer_facts *attempt_facts(const struct attempt *attempt)
{
    return attempt->relay ? relay_facts(attempt->relay) : &attempt->facts;
}

const struct upstream_head *attempt_head(const struct attempt *attempt)
{
    return upstream_call_head(attempt->call);
}

bool attempt_is_unpacked(const struct attempt *attempt)
{
    bool good = attempt->plan.mode != ATTEMPT_PASS && attempt->status < 300;
    return attempt->unpack.decoder != NULL || good;
}

int64_t attempt_begun_ms(const struct attempt *attempt)
{
    return attempt->begun_at_ms;
}

struct buf *attempt_body(struct attempt *attempt)
{
    return attempt_outgoing(attempt);
}
