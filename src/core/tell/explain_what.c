/* Words are looked up in one list made of four: everyday words, transports, skips, classes. Behind
 * them are those of tools, which explain_tool.c tells of. */
#include "tell/explain_what.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "answer/relay.h"
#include "dialect/dialect.h"
#include "failure/failure_words.h"
#include "tell/explain_tool.h"
#include "text/count.h"
#include "text/suggest.h"

#define WORD_MAX   32
#define ANSWER_MAX (1u << 20)

/* Words that people and other programs use for what has another name here. */
static const struct {
    const char *word;
    enum transport transport;
} everyday[] = {
    {"connect_refused", TRANSPORT_CONNECT},
    {"refused", TRANSPORT_CONNECT},
    {"unreachable", TRANSPORT_CONNECT},
    {"stall", TRANSPORT_FIRST_BYTE_TIMEOUT},
    {"silence", TRANSPORT_FIRST_BYTE_TIMEOUT},
    {"hang", TRANSPORT_FIRST_BYTE_TIMEOUT},
    {"cut", TRANSPORT_TRUNCATED},
    {"closed", TRANSPORT_RESET},
};

/* The skips without "skipped-", which is added below. */
static const struct {
    const char *word; /* "skipped-offline" */
    enum route_skip skip;
} skips[] = {
#define X(id, word, sentence) {word, ROUTE_SKIP_##id},
    ROUTE_SKIP_TABLE(X)
#undef X
};

#define SKIPPED_LEN (sizeof("skipped-") - 1)

static struct explain_what of_transport(enum transport transport)
{
    enum failure failure = transport_failure(transport);
    return (struct explain_what){.result = {.failure = failure,
                                            .transport = transport,
                                            .retry_after_ms = -1,
                                            .processed = transport_processed(transport)},
                                 .skip = failure == FAILURE_SKIPPED ? ROUTE_SKIP_NO_DESCRIPTOR
                                                                    : ROUTE_SKIP_NONE};
}

static struct explain_what of_status(enum failure failure, int status)
{
    return (struct explain_what){.result = {.failure = failure,
                                            .status = status,
                                            .retry_after_ms = -1,
                                            .processed = failure_status_processed(status)}};
}

static struct explain_what of_skip(enum route_skip skip)
{
    return (struct explain_what){.result = {.failure = FAILURE_SKIPPED, .retry_after_ms = -1},
                                 .skip = skip};
}

struct explain_what explain_what_usual(enum failure failure)
{
    switch (failure) {
    case FAILURE_NONE:
        return of_status(failure, 200);
    case FAILURE_NETWORK:
        return of_transport(TRANSPORT_CONNECT);
    case FAILURE_TIMEOUT:
        return of_transport(TRANSPORT_FIRST_BYTE_TIMEOUT);
    case FAILURE_PROTOCOL:
        return of_transport(TRANSPORT_TRUNCATED);
    case FAILURE_SERVER:
        return of_status(failure, 500);
    case FAILURE_RATE_LIMIT:
        return of_status(failure, 429);
    case FAILURE_AUTH:
        return of_status(failure, 401);
    case FAILURE_QUOTA:
        return of_status(failure, 402);
    case FAILURE_MODEL:
        return of_status(failure, 404);
    case FAILURE_CONTEXT:
    case FAILURE_POLICY:
    case FAILURE_REQUEST:
        return of_status(failure, 400);
    case FAILURE_REDIRECT:
        return of_status(failure, 302);
    case FAILURE_SKIPPED:
        return of_skip(ROUTE_SKIP_OFFLINE);
    case FAILURE_CANCELLED:
        break;
    }
    return (struct explain_what){.result = {.failure = FAILURE_CANCELLED, .retry_after_ms = -1}};
}

/* One of the list, in its order; .word is NULL behind the last. */
struct entry {
    const char *word;
    const char *meaning;
    struct explain_what what;
};

static struct entry entry_at(size_t n)
{
    if (n < FAILURE_COUNT - 1) {
        enum failure failure = (enum failure)(n + 1);
        return (struct entry){failure_word(failure), failure_sentence(failure),
                              explain_what_usual(failure)};
    }
    n -= FAILURE_COUNT - 1;
    if (n < TRANSPORT_COUNT - 1) {
        enum transport transport = (enum transport)(n + 1);
        return (struct entry){transport_word(transport), transport_sentence(transport),
                              of_transport(transport)};
    }
    n -= TRANSPORT_COUNT - 1;
    if (n < COUNT(everyday))
        return (struct entry){everyday[n].word, transport_sentence(everyday[n].transport),
                              of_transport(everyday[n].transport)};
    n -= COUNT(everyday);
    if (n < COUNT(skips))
        return (struct entry){skips[n].word + SKIPPED_LEN, route_skip_sentence(skips[n].skip),
                              of_skip(skips[n].skip)};
    return (struct entry){0};
}

/* As the words are shown: with hyphens, which are easier to type. Cut at size. */
static void shown(struct text word, char *ret, size_t size)
{
    size_t len = word.len < size ? word.len : size - 1;
    for (size_t i = 0; i < len; i++)
        ret[i] = word.at[i] == '_' ? '-' : word.at[i];
    ret[len] = '\0';
}

/* How many entry_at has. */
enum { ENTRY_COUNT = FAILURE_COUNT - 1 + TRANSPORT_COUNT - 1 + COUNT(everyday) + COUNT(skips) };

bool explain_what_word(size_t n, char *ret_word, size_t size, const char **ret_meaning)
{
    struct entry entry = entry_at(n);
    const struct explain_tool *tool = n < ENTRY_COUNT ? NULL : explain_tool_at(n - ENTRY_COUNT);
    if (tool)
        entry = (struct entry){.word = tool->word, .meaning = tool->what};
    if (!entry.word)
        return false;
    shown(text_of(entry.word), ret_word, size);
    *ret_meaning = entry.meaning;
    return true;
}

static bool find_word(struct text what, struct explain_what *ret)
{
    char given[WORD_MAX], word[WORD_MAX];
    if (what.len >= sizeof(given))
        return false;
    shown(what, given, sizeof(given));
    struct text asked = text_of(given);
    if (text_starts_nocase(asked, "skipped-"))
        asked = text_skip(asked, SKIPPED_LEN);
    struct entry entry;
    for (size_t n = 0; (entry = entry_at(n)).word; n++) {
        shown(text_of(entry.word), word, sizeof(word));
        if (!text_equals_nocase(asked, word))
            continue;
        *ret = entry.what;
        return true;
    }
    return false;
}

/* 100 to 599, or -1. */
static int status_of(struct text what)
{
    int64_t status;
    bool number = what.len == 3 && text_digits(what, &status) == 3;
    return number && status >= 100 && status <= 599 ? (int)status : -1;
}

static void judge_stream(const struct relay_options *options, struct text body,
                         struct answer_facts *ret)
{
    struct relay *relay = relay_new(options);
    if (!relay)
        return;
    relay_feed(relay, body);
    relay_end(relay, TRANSPORT_OK);
    *ret = *relay_facts(relay);
    relay_free(relay);
}

/* A 2xx is judged by what is in it. */
static struct explain_what judge_success(int status, const struct explain_answer *answer)
{
    const struct relay_options options = {
        .app = dialect_asked(API_PATH_CHAT),
        .from = dialect_spoken(answer->kind, API_PATH_CHAT),
        .identity = {.id = "", .model = "", .created = 0},
    };
    struct answer_facts facts = answer_facts_none();
    if (status == 204 || status == 205 || status == 206) {
        struct explain_what unfit = of_transport(TRANSPORT_MALFORMED);
        unfit.result.status = status;
        return unfit;
    }
    if (answer->body.at && answer->stream) {
        judge_stream(&options, answer->body, &facts);
    } else if (answer->body.at) {
        struct buf body;
        buf_init(&body, ANSWER_MAX);
        int r = buf_append_text(&body, answer->body);
        if (r == 0)
            relay_whole(&options, NULL, answer->content_type, &body, &facts);
        else
            answer_fail_errno(&facts, r);
        buf_done(&body);
    }
    struct explain_what what = of_status(facts.failure, status);
    what.error = facts.error;
    what.result.repeats = facts.repeats;
    return what;
}

static struct explain_what judge(int status, const struct explain_answer *answer)
{
    if (status >= 200 && status <= 299)
        return judge_success(status, answer);
    struct explain_what what = {0};
    (void)provider_error_read_refusal(answer->body.at ? answer->body : text_of(""), &what.error);
    struct provider_error error = what.error;
    what = of_status(failure_of_answer(answer->kind->speaker, status, &error), status);
    what.error = error;
    what.result.repeats = failure_words_repeat(answer->kind->speaker, status, &error);
    return what;
}

static void complain(struct text what, struct error *reterr)
{
    struct suggest suggest = suggest_for(what);
    char words[ENTRY_COUNT][WORD_MAX];
    for (size_t n = 0; n < ENTRY_COUNT; n++) {
        shown(text_of(entry_at(n).word), words[n], sizeof(words[n]));
        suggest_offer(&suggest, words[n]);
    }
    for (size_t n = 0; explain_tool_at(n); n++)
        suggest_offer(&suggest, explain_tool_at(n)->word);
    error_set(
        reterr,
        "explain: \"%.*s\" is nothing that can fail; allowed: a status from 100 to 599, a "
        "class (network, timeout, server ...), the end of a connection (dns, "
        "connect-refused, stall, reset ...), a reason to skip a provider (offline, breaker "
        "...) or what becomes of a tool (tool-timeout ...); `understudy explain` lists them%s",
        TEXT_ARG(text_cut(what, 40)), SUGGEST_HINT(suggest.best));
}

int explain_what_read(struct text what, const struct explain_answer *answer,
                      struct explain_what *ret, struct error *reterr)
{
    int status = status_of(what);
    if (status > 0) {
        *ret = judge(status, answer);
        return 0;
    }
    if (find_word(what, ret))
        return 0;
    complain(what, reterr);
    return -EINVAL;
}
