/* What the two tables in failure.h know, by id. */
#include "failure/failure.h"

#include <assert.h>

#include "text/count.h"

struct failure_row {
    const char *word;
    bool retried;
    bool moves_on;
    int status;
    const char *sentence;
};

static const struct failure_row failures[FAILURE_COUNT] = {
    [FAILURE_NONE] = {"ok", false, false, 200, "the provider answered"},
#define X(id, word, retried, moves_on, status, sentence)                                           \
    [FAILURE_##id] = {word, retried, moves_on, status, sentence},
    FAILURE_TABLE(X)
#undef X
};

struct transport_row {
    const char *word;
    enum failure failure;
    bool processed;
    const char *sentence;
};

static const struct transport_row transports[TRANSPORT_COUNT] = {
#define X(id, word, failure, processed, sentence)                                                  \
    [TRANSPORT_##id] = {word, FAILURE_##failure, processed, sentence},
    TRANSPORT_TABLE(X)
#undef X
};

static const struct failure_row *failure_row(enum failure failure)
{
    assert((unsigned)failure < FAILURE_COUNT);
    return &failures[failure];
}

static const struct transport_row *transport_row(enum transport transport)
{
    assert((unsigned)transport < TRANSPORT_COUNT);
    return &transports[transport];
}

const char *failure_word(enum failure failure)
{
    return failure_row(failure)->word;
}

enum failure failure_by_word(struct text word)
{
    for (unsigned i = FAILURE_NONE + 1; i < FAILURE_COUNT; i++)
        if (text_equals(word, failures[i].word))
            return (enum failure)i;
    return FAILURE_NONE;
}

bool failure_word_is_error(const char *word)
{
    static const enum failure no_errors[] = {FAILURE_NONE, FAILURE_POLICY, FAILURE_CANCELLED};
    for (size_t i = 0; i < COUNT(no_errors); i++)
        if (strcmp(word, failure_word(no_errors[i])) == 0)
            return false;
    return true;
}

const char *failure_sentence(enum failure failure)
{
    return failure_row(failure)->sentence;
}

int failure_status(enum failure failure)
{
    return failure_row(failure)->status;
}

failure_set failure_default_retry(void)
{
    failure_set set = 0;
    for (unsigned i = 0; i < FAILURE_COUNT; i++)
        set |= failures[i].retried ? FAILURE_BIT(i) : 0;
    return set;
}

failure_set failure_default_fallback(void)
{
    failure_set set = 0;
    for (unsigned i = 0; i < FAILURE_COUNT; i++)
        set |= failures[i].moves_on ? FAILURE_BIT(i) : 0;
    return set;
}

const char *transport_word(enum transport transport)
{
    return transport_row(transport)->word;
}

enum failure transport_failure(enum transport transport)
{
    return transport_row(transport)->failure;
}

bool transport_processed(enum transport transport)
{
    return transport_row(transport)->processed;
}

const char *transport_sentence(enum transport transport)
{
    return transport_row(transport)->sentence;
}
