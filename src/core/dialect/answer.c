/* What is known about an answer; the first failure is the one that counts. */
#include "dialect/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

struct answer_facts answer_facts_none(void)
{
    return (struct answer_facts)ANSWER_FACTS_NONE;
}

void answer_fail(struct answer_facts *facts, enum failure failure, const char *format, ...)
{
    if (facts->failure != FAILURE_NONE)
        return;
    va_list args;
    va_start(args, format);
    facts->failure = failure;
    facts->error = (struct provider_error){0};
    (void)vsnprintf(facts->error.message, sizeof(facts->error.message), format, args);
    (void)snprintf(facts->error.code, sizeof(facts->error.code), "%s", failure_word(failure));
    va_end(args);
}

void answer_fail_error(struct answer_facts *facts, enum failure failure,
                       const struct provider_error *error)
{
    if (facts->failure != FAILURE_NONE)
        return;
    facts->failure = failure;
    facts->error = *error;
}

void answer_fail_told(struct answer_facts *facts, enum speaker speaker, struct text body)
{
    struct provider_error error;
    (void)provider_error_read(body, &error);
    enum failure failure = failure_of_answer(speaker, 200, &error);
    if (!error.message[0] && !error.code[0] && !error.type[0])
        answer_fail(facts, FAILURE_SERVER, "the provider sent an error without a message");
    else
        answer_fail_error(facts, failure ? failure : FAILURE_SERVER, &error);
}

void answer_fail_errno(struct answer_facts *facts, int r)
{
    if (r == -EMSGSIZE)
        answer_fail(facts, FAILURE_PROTOCOL, "the answer has an event that is too large");
    else if (r == -EPROTO)
        answer_fail(facts, FAILURE_PROTOCOL,
                    "the model has called a tool with arguments that are no JSON object");
    else
        answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
}

void answer_fail_read(struct answer_facts *facts, const struct error *why)
{
    if (error_is_set(why))
        answer_fail(facts, FAILURE_PROTOCOL, "%s", why->text);
    else
        answer_fail_errno(facts, -ENOMEM);
}

void answer_fail_cut(struct answer_facts *facts, enum transport transport, const char *reason)
{
    if (transport == TRANSPORT_OK)
        answer_fail(facts, FAILURE_PROTOCOL, "%s", reason);
    else
        answer_fail(facts, transport_failure(transport), "%s", transport_sentence(transport));
}

bool answer_ends_well(const struct answer_facts *facts, enum transport transport)
{
    return facts->finished && (transport == TRANSPORT_OK || transport == TRANSPORT_IDLE_TIMEOUT);
}

void answer_end(struct answer_facts *facts, enum transport transport, const char *ending,
                struct buf *out)
{
    if (!answer_ends_well(facts, transport)) {
        answer_fail_cut(facts, transport, facts->content ? ANSWER_CUT : ANSWER_EMPTY);
        return;
    }
    int r = buf_append_string(out, ending);
    if (r < 0)
        answer_fail_errno(facts, r);
    facts->done = r == 0;
}

bool answer_window_exceeded(int64_t prompt_tokens, int64_t completion_tokens, int64_t num_ctx)
{
    return num_ctx > 0 && prompt_tokens > 0 && completion_tokens > 0 &&
           completion_tokens > num_ctx - prompt_tokens;
}
