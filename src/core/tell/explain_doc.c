/*
 * docs/failures.md: the tables of failure.h in words, and for statuses what the real functions say
 * about them under the default settings.
 */
#include <errno.h>

#include "failure/failure.h"
#include "failure/failure_words.h"
#include "http/retry_after.h"
#include "rules/keyring.h"
#include "rules/retry.h"
#include "settings/settings.h"
#include "tell/explain.h"
#include "tell/explain_settings.h"
#include "tell/explain_story.h"
#include "text/count.h"
#include "travel/travel_hint.h"

static const char page_head[] =
    "# Failures\n"
    "\n"
    "Every attempt on a provider ends in one class, and the class decides what is done next. This "
    "page is made from\n"
    "the tables of the code (`include/failure/failure.h`, `src/core/failure/failure_words.c`) with "
    "the default "
    "settings.\n"
    "`understudy explain WHAT` tells the whole story for one failure and the settings in effect:\n"
    "\n"
    "```sh\n"
    "understudy explain 429 --header 'retry-after: 20'\n"
    "understudy explain connect-refused\n"
    "understudy explain stall --stream\n"
    "understudy explain 400 --body '{\"error\": {\"code\": \"context_length_exceeded\"}}'\n"
    "```\n"
    "\n"
    "## Classes\n"
    "\n"
    "Retried: by default the same provider is asked again (`[retry] on`). Moves on: the next "
    "provider is asked\n"
    "(`[route] fallback_on`). A class that does neither reaches the client as it is. What the "
    "client gets in the end\n"
    "is asked of `src/core/rules/outcome.c`, for the usual cause of the class: where one provider "
    "alone may be asked,\n"
    "and where each of several has failed so. `answer`: the provider's own, with its status.\n"
    "\n"
    "| class | what | retried | moves on | one alone | all of several |\n"
    "|---|---|---|---|---|---|\n";

static const char transport_head[] =
    "\n"
    "## Ends of a connection\n"
    "\n"
    "What happens where no whole answer comes. Processed: the provider may have done the work, and "
    "billed it;\n"
    "with `[retry] ambiguous = no` such a request is not sent to it again.\n"
    "\n"
    "| word | what | class | processed |\n"
    "|---|---|---|---|\n";

static const char status_head[] = "\n"
                                  "## Statuses\n"
                                  "\n"
                                  "What comes first after one such answer of the cloud, with "
                                  "another provider behind it, and what "
                                  "the client gets\n"
                                  "when that one fails so, too.\n"
                                  "\n"
                                  "| answer | class | then | in the end | from Ollama |\n"
                                  "|---|---|---|---|---|\n";

static const char key_head[] =
    "\n"
    "## Keys\n"
    "\n"
    "Where `[provider NAME] api_key` lists several keys, one that the provider refuses is set "
    "aside, "
    "and the next one is asked\n"
    "with at once: a delivery and an attempt of its own, and none of `[retry] attempts`. The last "
    "that is left is dealt with as\n"
    "if it were alone, so it may be waited for, and is set aside after that. While all are set "
    "aside "
    "the provider is skipped. A\n"
    "key that is alone is never set aside. What was refused is known by all workers, and kept over "
    "a "
    "reload for keys that stay.\n"
    "\n"
    "| class | set aside | with a wait of 5 minutes that the provider named |\n"
    "|---|---|---|\n";

static const char wording_head[] =
    "\n"
    "## Words of providers\n"
    "\n"
    "Where the status does not say it, or says something else, the error's code or message does. "
    "The first row that fits\n"
    "counts. A code is compared whole with `code` and `type`, a wording is looked for in `message` "
    "(`*` stands for anything,\n"
    "`?` for one word), both in any case. A limit of the answer (`max_tokens`) that is out of "
    "range "
    "stays class request.\n"
    "\n"
    "| class | code or words | provider | source |\n"
    "|---|---|---|---|\n";

static const char hint_head[] =
    "\n"
    "## A history of several providers\n"
    "\n"
    "These refusals are about what another provider wrote into the conversation. They are class "
    "request; the log has a line\n"
    "`event=history` with what to do, and `understudy explain 400 --body` says it, too "
    "([more](conversations.md)).\n"
    "\n"
    "| words | provider | what to do | source |\n"
    "|---|---|---|---|\n";

static const char word_head[] =
    "\n"
    "## Words of explain\n"
    "\n"
    "Statuses from 100 to 599, the classes, the ends of a connection, and these; `-` and `_` are "
    "the same.\n"
    "\n"
    "| word | what |\n"
    "|---|---|\n";

static const char *yes(bool value)
{
    return value ? "yes" : "no";
}

static struct retry_decision first_decision(const struct config *config,
                                            const struct attempt_result *result)
{
    const struct retry_situation situation = {
        .tries = 1, .provider_end_ms = INT64_MAX, .has_next = true};
    return retry_decide(&config->providers[0].retry, config->route.fallback_on, result, &situation);
}

static int print_outcome(const struct outcome *outcome, struct buf *out)
{
    if (outcome->of == OUTCOME_VERBATIM || outcome->of == OUTCOME_ANSWER)
        return buf_append_string(out, "answer");
    if (outcome->retry_after_s > 0)
        return buf_printf(out, "%d, Retry-After: %d", outcome->status, outcome->retry_after_s);
    return buf_printf(out, "%d", outcome->status);
}

/* What the client gets where the first provider of the route, which may be all of it, fails so. */
static int print_end(const struct config *config, const struct explain_what *what, bool alone,
                     struct buf *out)
{
    const struct route_query query = {.client_credential = true, .no_fallback = alone};
    struct explain_story story = {.config = config, .what = *what};
    struct error why = ERROR_NONE;
    enum failure failure = what->result.failure;
    if (failure == FAILURE_NONE || failure == FAILURE_CANCELLED)
        return buf_append_string(out, failure == FAILURE_NONE ? "answer" : "nothing");
    int r = route_plan(config, &query, &story.route, &why);
    if (r < 0)
        return r;
    for (size_t i = 0; i < story.route.count; i++)
        story.route.step[i].skip = what->skip;
    bool relays =
        failure != FAILURE_SKIPPED && first_decision(config, &what->result).verdict == RETRY_RELAY;
    struct outcome outcome = explain_end(&story, 0, relays, failure);
    r = story.r < 0 ? story.r : print_outcome(&outcome, out);
    outcome_done(&outcome);
    route_done(&story.route);
    return r;
}

static int print_classes(const struct config *config, struct buf *out)
{
    failure_set retried = failure_default_retry(), moving = failure_default_fallback();
    int r = 0;
    for (unsigned i = 1; r == 0 && i < FAILURE_COUNT; i++) {
        enum failure failure = (enum failure)i;
        const struct explain_what what = explain_what_usual(failure);
        r = buf_printf(out, "| %s | %s | %s | %s | ", failure_word(failure),
                       failure_sentence(failure), yes(retried & FAILURE_BIT(i)),
                       yes(moving & FAILURE_BIT(i)));
        r = r < 0 ? r : print_end(config, &what, true, out);
        r = r < 0 ? r : buf_append_string(out, " | ");
        r = r < 0 ? r : print_end(config, &what, false, out);
        r = r < 0 ? r : buf_append_string(out, " |\n");
    }
    return r;
}

static int print_transports(const struct config *config, struct buf *out)
{
    (void)config;
    int r = 0;
    for (unsigned i = 1; r == 0 && i < TRANSPORT_COUNT; i++) {
        enum transport transport = (enum transport)i;
        r = buf_printf(out, "| %s | %s | %s | %s |\n", transport_word(transport),
                       transport_sentence(transport), failure_word(transport_failure(transport)),
                       yes(transport_processed(transport)));
    }
    return r;
}

/* Statuses that stand for those next to them, and bodies that change what they mean. */
static const struct {
    const char *name;
    const char *status;
    const char *body;
    const char *wait; /* Retry-After in ms as the provider names it */
} answers[] = {
    {"200, an answer", "200", "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", NULL},
    {"200, an error object", "200", "{\"error\":{\"message\":\"x\"}}", NULL},
    {"200, an error inside a choice", "200",
     "{\"choices\":[{\"message\":{},\"error\":{\"message\":\"x\"}}]}", NULL},
    {"200, HTML or no JSON", "200", "<html>", NULL},
    {"200, no choices", "200", "{\"choices\":[]}", NULL},
    {"200, no body", "200", "", NULL},
    {"204", "204", NULL, NULL},
    {"206", "206", NULL, NULL},
    {"301, 302, 307, 308", "302", NULL, NULL},
    {"400", "400", NULL, NULL},
    {"400, `context_length_exceeded`", "400", "{\"error\":{\"code\":\"context_length_exceeded\"}}",
     NULL},
    {"400, `content_filter`", "400", "{\"error\":{\"code\":\"content_filter\"}}", NULL},
    {"401", "401", NULL, NULL},
    {"402", "402", NULL, NULL},
    {"403", "403", NULL, NULL},
    {"404", "404", NULL, NULL},
    {"404, `model_not_found`", "404", "{\"error\":{\"code\":\"model_not_found\"}}", NULL},
    {"408", "408", NULL, NULL},
    {"409, 411, 413, 415, 422, 431, other 4xx", "422", NULL, NULL},
    {"429", "429", NULL, NULL},
    {"429, Retry-After of at most `max_wait`", "429", NULL, "5"},
    {"429, Retry-After of more", "429", NULL, "60"},
    {"429, `insufficient_quota`", "429", "{\"error\":{\"code\":\"insufficient_quota\"}}", NULL},
    {"499", "499", NULL, NULL},
    {"500", "500", NULL, NULL},
    {"501", "501", NULL, NULL},
    {"502", "502", NULL, NULL},
    {"503", "503", NULL, NULL},
    {"504", "504", NULL, NULL},
    {"505 to 511", "505", NULL, NULL},
    {"520 to 530, other 5xx", "520", NULL, NULL},
};

static int print_then(const struct config *config, const struct attempt_result *result,
                      struct buf *out)
{
    if (result->failure == FAILURE_NONE)
        return buf_append_string(out, "to the client");
    struct retry_decision decision = first_decision(config, result);
    switch (decision.verdict) {
    case RETRY_AGAIN:
        return buf_printf(out, "again after %gs (%s)", (double)decision.wait_ms / 1000,
                          retry_reason_sentence(decision.reason));
    case RETRY_NEXT:
        return buf_printf(out, "the next provider (%s)", retry_reason_sentence(decision.reason));
    case RETRY_RELAY:
        return buf_printf(out, "to the client (%s)", retry_reason_sentence(decision.reason));
    case RETRY_END:
        break;
    }
    return buf_append_string(out, "an error to the client");
}

/* Of the answer in that row, if it came from such a provider. */
static struct explain_what what_of(size_t row, const struct kind *kind)
{
    struct explain_what what = explain_what_usual(FAILURE_NONE);
    const struct explain_answer answer = {.kind = kind, .body = text_of(answers[row].body)};
    if (explain_what_read(text_of(answers[row].status), &answer, &what, NULL) < 0)
        return what;
    if (answers[row].wait)
        what.result.retry_after_ms =
            retry_after_parse((struct text){0}, text_of(answers[row].wait), 0);
    return what;
}

/* The route of the defaults: a cloud, then the Ollama that the last column is about. */
static int print_answers(const struct config *config, struct buf *out)
{
    const struct kind *cloud = config->providers[0].kind, *local = config->providers[1].kind;
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(answers); i++) {
        const struct explain_what what = what_of(i, cloud);
        const enum failure ollama = what_of(i, local).result.failure;
        bool same = ollama == what.result.failure || answers[i].status[0] == '2';
        r = buf_printf(out, "| %s | %s | ", answers[i].name, failure_word(what.result.failure));
        r = r < 0 ? r : print_then(config, &what.result, out);
        r = r < 0 ? r : buf_append_string(out, " | ");
        r = r < 0 ? r : print_end(config, &what, false, out);
        r = r < 0 ? r : buf_printf(out, " | %s |\n", same ? "the same" : failure_word(ollama));
    }
    return r;
}

static int print_aside(enum failure failure, int64_t retry_after_ms, struct buf *out)
{
    char text[EXPLAIN_DURATION_MAX];
    int64_t aside_ms = keyring_aside_ms(failure, retry_after_ms);
    if (aside_ms == KEYRING_RELOAD)
        return buf_append_string(out, "until a reload");
    return buf_append_string(out, explain_duration(aside_ms, text, sizeof(text)));
}

static int print_keys(const struct config *config, struct buf *out)
{
    (void)config;
    int r = 0;
    for (unsigned i = 1; r == 0 && i < FAILURE_COUNT; i++) {
        enum failure failure = (enum failure)i;
        if (keyring_aside_ms(failure, -1) == 0)
            continue;
        r = buf_printf(out, "| %s | ", failure_word(failure));
        r = r < 0 ? r : print_aside(failure, -1, out);
        r = r < 0 ? r : buf_append_string(out, " | ");
        r = r < 0 ? r : print_aside(failure, 300000, out);
        r = r < 0 ? r : buf_append_string(out, " |\n");
    }
    return r;
}

static int print_wordings(const struct config *config, struct buf *out)
{
    (void)config;
    const struct failure_wording *row;
    int r = 0;
    for (size_t i = 0; r == 0 && (row = failure_wording_at(i)); i++) {
        const char *quote = row->is_code ? "`" : "\"";
        r = buf_printf(out, "| %s | %s%s%s | %s | %s |\n", failure_word(row->failure), quote,
                       row->words, quote, row->provider, row->source);
    }
    return r;
}

static int print_hints(const struct config *config, struct buf *out)
{
    (void)config;
    const struct travel_hint *row;
    int r = 0;
    for (size_t i = 0; r == 0 && (row = travel_hint_at(i)); i++)
        r = buf_printf(out, "| \"%s\" | %s | %s | %s |\n", row->words, row->provider, row->hint,
                       row->source);
    return r;
}

/* The words that stand in no table above: behind the classes and the ends of a connection. */
static int print_words(const struct config *config, struct buf *out)
{
    (void)config;
    char word[64];
    const char *meaning;
    int r = 0;
    for (size_t i = FAILURE_COUNT + TRANSPORT_COUNT - 2;
         r == 0 && explain_what_word(i, word, sizeof(word), &meaning); i++)
        r = buf_printf(out, "| %s | %s |\n", word, meaning);
    return r;
}

int explain_print_markdown(struct buf *out)
{
    static const struct {
        const char *head;
        int (*print)(const struct config *config, struct buf *out);
    } parts[] = {{page_head, print_classes},     {transport_head, print_transports},
                 {status_head, print_answers},   {key_head, print_keys},
                 {wording_head, print_wordings}, {hint_head, print_hints},
                 {word_head, print_words}};
    const struct config_source defaults = {0};
    struct config_errors errors;
    struct config *config = NULL;
    int r = config_load(&defaults, &config, &errors);
    for (size_t i = 0; r == 0 && i < COUNT(parts); i++) {
        r = buf_append_string(out, parts[i].head);
        r = r < 0 ? r : parts[i].print(config, out);
    }
    config_free(config);
    config_errors_done(&errors);
    return r;
}
