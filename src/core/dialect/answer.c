/* What is known about an answer; the first failure is the one that counts. */
#include "dialect/answer.h"

#include <stdarg.h>
#include <stdio.h>

struct answer_facts answer_facts_none(void)
{
    return (struct answer_facts){.prompt_tokens = -1, .completion_tokens = -1};
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
