/* What the client is told in the end. */
#include "history_case.h"
#include "rules/outcome.h"

#define SKIP(why) .failure = FAILURE_SKIPPED, .skip = ROUTE_SKIP_##why
#define ALL       "all_providers_failed"
#define FAULT     "upstream_error"

/* The attempt that decides, where one of several does or there is only one. */
struct deciding {
    const struct kind *kind;
    struct attempt_result result;
    const char *told;
};

static const struct {
    const char *name;
    size_t providers;
    bool relays;
    bool estimated;
    struct history_row entries[HISTORY_ROWS_MAX];
    struct deciding deciding;
    enum outcome_of of;
    int status;
    const char *type;
    const char *code;
    int retry_after_s;
    bool names_attempts;
    const char *message;
} rows[] = {
    /* Nobody was tried. */
    {.name = "nobody has a key: nothing to wait for",
     .providers = 2,
     .entries = {{.name = "one", SKIP(NO_KEY), .message = "no key"},
                 {.name = "ollama", SKIP(NO_MODEL), .message = "no model"}},
     .of = OUTCOME_NOBODY,
     .status = 503,
     .type = "no_provider",
     .code = "no_provider",
     .names_attempts = true,
     .message = "No LLM provider can be tried. one: no key. ollama: no model."},
    {.name = "a breaker that closes soon is worth a wait",
     .providers = 2,
     .entries = {{.name = "one", SKIP(BREAKER), .wait_ms = 4200, .message = "open"},
                 {.name = "ollama", SKIP(BREAKER), .wait_ms = 9000, .message = "open"}},
     .of = OUTCOME_NOBODY,
     .status = 503,
     .type = "no_provider",
     .code = "no_provider",
     .retry_after_s = 5,
     .names_attempts = true},
    {.name = "so is a key that is back soon, and not one that only a reload brings back",
     .providers = 2,
     .entries = {{.name = "one", SKIP(KEYS), .wait_ms = 4200, .message = "refused"},
                 {.name = "two", SKIP(KEYS), .message = "refused"}},
     .of = OUTCOME_NOBODY,
     .status = 503,
     .type = "no_provider",
     .code = "no_provider",
     .retry_after_s = 5,
     .names_attempts = true},
    {.name = "so is a place",
     .providers = 2,
     .entries = {{.name = "one", SKIP(BREAKER), .wait_ms = 4200, .message = "open"},
                 {.name = "ollama", SKIP(NO_ROOM), .message = "busy"}},
     .of = OUTCOME_NOBODY,
     .status = 503,
     .type = "no_provider",
     .code = "no_provider",
     .retry_after_s = 1,
     .names_attempts = true},
    {.name = "nobody waits longer than half a minute",
     .providers = 1,
     .entries = {{.name = "one", SKIP(BREAKER), .wait_ms = 300000, .message = "open"}},
     .of = OUTCOME_NOBODY,
     .status = 503,
     .type = "no_provider",
     .code = "no_provider",
     .retry_after_s = 30,
     .names_attempts = true},

    /* Several were. */
    {.name = "the last one's class is the code, both are told",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_SERVER, .message = "a"},
                 {.name = "ollama", .failure = FAILURE_NETWORK, .message = "b"}},
     .of = OUTCOME_ALL,
     .status = 502,
     .type = ALL,
     .code = "network",
     .names_attempts = true,
     .message = "All LLM providers failed. Cloud error: a. Ollama error: b"},
    {.name = "a skip beside timeouts changes nothing",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_TIMEOUT, .message = "late"},
                 {.name = "ollama", SKIP(NO_MODEL), .message = "no model"}},
     .of = OUTCOME_ALL,
     .status = 504,
     .type = ALL,
     .code = "skipped-no-model",
     .names_attempts = true},
    {.name = "the shortest wait that was named last",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_RATE_LIMIT, .wait_ms = 1000, .message = "a"},
                 {.name = "one", .failure = FAILURE_RATE_LIMIT, .wait_ms = 9000, .message = "a"},
                 {.name = "two", .failure = FAILURE_RATE_LIMIT, .wait_ms = 7001, .message = "b"}},
     .of = OUTCOME_ALL,
     .status = 503,
     .type = ALL,
     .code = "rate_limit",
     .retry_after_s = 8,
     .names_attempts = true},
    {.name = "a wait that was named stays when its provider is skipped later",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_RATE_LIMIT, .wait_ms = 9000, .message = "a"},
                 {.name = "one", SKIP(BREAKER), .wait_ms = 3000, .message = "open"}},
     .of = OUTCOME_ALL,
     .status = 503,
     .type = ALL,
     .code = "skipped-breaker",
     .retry_after_s = 9,
     .names_attempts = true},
    {.name = "where none is named it is a second",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_RATE_LIMIT, .message = "a"},
                 {.name = "two", .failure = FAILURE_RATE_LIMIT, .message = "b"}},
     .of = OUTCOME_ALL,
     .status = 503,
     .type = ALL,
     .code = "rate_limit",
     .retry_after_s = 1,
     .names_attempts = true},
    {.name = "the last one is only busy",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_SERVER, .wait_ms = 9000, .message = "a"},
                 {.name = "ollama", SKIP(NO_ROOM), .message = "busy"}},
     .of = OUTCOME_ALL,
     .status = 503,
     .type = ALL,
     .code = "skipped-no-room",
     .retry_after_s = 1,
     .names_attempts = true},
    {.name = "for the last one we had no descriptor",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_SERVER, .wait_ms = 9000, .message = "a"},
                 {.name = "ollama", SKIP(NO_DESCRIPTOR), .message = "none"}},
     .of = OUTCOME_ALL,
     .status = 503,
     .type = ALL,
     .code = "skipped-no-descriptor",
     .retry_after_s = 1,
     .names_attempts = true},
    {.name = "the first one was only busy",
     .providers = 2,
     .entries = {{.name = "one", SKIP(NO_ROOM), .message = "busy"},
                 {.name = "ollama", .failure = FAILURE_SERVER, .message = "a"}},
     .of = OUTCOME_ALL,
     .status = 502,
     .type = ALL,
     .code = "server",
     .names_attempts = true},
    {.name = "one of several may have been tried alone",
     .providers = 2,
     .entries = {{.name = "one", .failure = FAILURE_SERVER, .message = "a"}},
     .deciding = {.result = {FAILURE_SERVER, TRANSPORT_OK, 500, -1, 0, 0, 0}, .told = ""},
     .of = OUTCOME_ALL,
     .status = 502,
     .type = ALL,
     .code = "server",
     .names_attempts = true},

    /* One decides. */
    {.name = "a single cloud's error goes on as it came",
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_SERVER, .status = 500, .message = "a"}},
     .deciding = {.result = {FAILURE_SERVER, TRANSPORT_OK, 500, -1, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_VERBATIM,
     .status = 500},
    {.name = "so does that of one of several that is the client's",
     .providers = 2,
     .relays = true,
     .entries = {{.name = "one", .failure = FAILURE_REQUEST, .status = 422, .message = "a"}},
     .deciding = {.result = {FAILURE_REQUEST, TRANSPORT_OK, 422, -1, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_VERBATIM,
     .status = 422},
    {.name = "a refusal is an answer with a status of 200 too",
     .providers = 2,
     .relays = true,
     .entries = {{.name = "one", .failure = FAILURE_POLICY, .status = 200, .message = "a"}},
     .deciding = {.result = {FAILURE_POLICY, TRANSPORT_OK, 200, -1, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_VERBATIM,
     .status = 200},
    {.name = "Ollama's comes in OpenAI's shape",
     .providers = 1,
     .entries = {{.name = "ollama", .failure = FAILURE_MODEL, .status = 404, .message = "a"}},
     .deciding = {&kind_ollama, {FAILURE_MODEL, TRANSPORT_OK, 404, -1, 0, 0, 0}, "not found"},
     .of = OUTCOME_ANSWER,
     .status = 404,
     .type = "not_found_error",
     .code = "model_not_found",
     .message = "not found"},
    {.name = "what is too long has the code that apps look for",
     .providers = 1,
     .entries = {{.name = "ollama", .failure = FAILURE_CONTEXT, .status = 400, .message = "a"}},
     .deciding = {&kind_ollama, {FAILURE_CONTEXT, TRANSPORT_OK, 400, -1, 0, 0, 0}, "long"},
     .of = OUTCOME_ANSWER,
     .status = 400,
     .type = "invalid_request_error",
     .code = "context_length_exceeded",
     .message = "long"},
    {.name = "Ollama's error without words",
     .providers = 1,
     .entries = {{.name = "ollama", .failure = FAILURE_SERVER, .status = 500, .message = "a"}},
     .deciding = {&kind_ollama, {FAILURE_SERVER, TRANSPORT_OK, 500, -1, 0, 0, 0}, ""},
     .of = OUTCOME_ANSWER,
     .status = 500,
     .type = "api_error",
     .code = "server",
     .message = "the provider reported a fault of its own"},
    {.name = "an answer that is none",
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_PROTOCOL, .status = 200, .message = "HTML"}},
     .deciding = {.result = {FAILURE_PROTOCOL, TRANSPORT_OK, 200, -1, 0, 0, 0}, .told = ""},
     .of = OUTCOME_ONE,
     .status = 502,
     .type = FAULT,
     .code = "protocol",
     .message = "HTML"},
    {.name = "an error answer that was cut off",
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_PROTOCOL, .status = 500, .message = "cut"}},
     .deciding = {.result = {FAILURE_PROTOCOL, TRANSPORT_TRUNCATED, 500, -1, 0, 0, 0}, .told = ""},
     .of = OUTCOME_ONE,
     .status = 502,
     .type = FAULT,
     .code = "protocol",
     .message = "cut"},
    {.name = "too many requests, told with a status of 200",
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_RATE_LIMIT, .wait_ms = 2500, .message = "a"}},
     .deciding = {.result = {FAILURE_RATE_LIMIT, TRANSPORT_OK, 200, 2500, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_ONE,
     .status = 503,
     .type = FAULT,
     .code = "rate_limit",
     .retry_after_s = 3,
     .message = "a"},
    /* Where an estimate stands in. */
    {.name = "nobody could be asked for what can be estimated",
     .estimated = true,
     .providers = 1,
     .entries = {{.name = "one", SKIP(NO_KEY), .message = "no key"}},
     .of = OUTCOME_ESTIMATE,
     .status = 200},
    {.name = "a fault of the one who was asked, which an estimate mends",
     .estimated = true,
     .relays = true,
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_AUTH, .status = 401, .message = "a"}},
     .deciding = {.result = {FAILURE_AUTH, TRANSPORT_OK, 401, -1, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_ESTIMATE,
     .status = 200},
    {.name = "what is wrong with the request is told, no estimate",
     .estimated = true,
     .relays = true,
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_REQUEST, .status = 400, .message = "a"}},
     .deciding = {.result = {FAILURE_REQUEST, TRANSPORT_OK, 400, -1, 0, 0, 0}, .told = "a"},
     .of = OUTCOME_VERBATIM,
     .status = 400},
    {.name = "a wait that is named in another dialect is told in the app's",
     .relays = true,
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_RATE_LIMIT, .status = 429, .message = "a"}},
     .deciding = {.kind = &kind_ollama,
                  .result = {FAILURE_RATE_LIMIT, TRANSPORT_OK, 429, 77000, 0, 0, 0},
                  .told = "slow"},
     .of = OUTCOME_ANSWER,
     .status = 429,
     .type = "invalid_request_error",
     .code = "rate_limit",
     .retry_after_s = 30,
     .message = "slow"},
    {.name = "a single one whose breaker opened in the meantime",
     .providers = 1,
     .entries = {{.name = "one", .failure = FAILURE_NETWORK, .message = "a"},
                 {.name = "one", SKIP(BREAKER), .wait_ms = 6000, .message = "open"}},
     .deciding = {.result = {FAILURE_NETWORK, TRANSPORT_CONNECT, 0, -1, 0, 0, 0}, .told = ""},
     .of = OUTCOME_ONE,
     .status = 503,
     .type = FAULT,
     .code = "skipped",
     .retry_after_s = 6,
     .message = "open"},
};

static struct outcome decide(const struct history_row *entries, struct outcome_query *query)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history history;
    struct outcome outcome;
    history_case_read(&loaded, entries, &history);
    query->history = &history;
    outcome_decide(query, &outcome);
    query->history = NULL;
    history_done(&history);
    config_case_done(&loaded);
    return outcome;
}

START_TEST(the_last_word)
{
    const struct kind *kind = rows[_i].deciding.kind;
    struct outcome_query query = {.providers = rows[_i].providers,
                                  .relays = rows[_i].relays,
                                  .estimated = rows[_i].estimated,
                                  .translated = kind == &kind_ollama,
                                  .result = &rows[_i].deciding.result,
                                  .told = rows[_i].deciding.told};
    struct outcome outcome = decide(rows[_i].entries, &query);
    const char *name = rows[_i].name;
    ck_assert_msg(outcome.of == rows[_i].of, "%s", name);
    ck_assert_msg(outcome.status == rows[_i].status, "%s: %d", name, outcome.status);
    ck_assert_pstr_eq(outcome.type, rows[_i].type);
    ck_assert_pstr_eq(outcome.code, rows[_i].code);
    ck_assert_msg(outcome.retry_after_s == rows[_i].retry_after_s, "%s: %d", name,
                  outcome.retry_after_s);
    ck_assert_msg(outcome.names_attempts == rows[_i].names_attempts, "%s", name);
    if (rows[_i].message)
        ck_assert_str_eq(buf_text(&outcome.message).at, rows[_i].message);
    outcome_done(&outcome);
}
END_TEST

/* The status column of THE table, for whoever fails alone and without an answer. */
START_TEST(each_class_alone)
{
    enum failure failure = (enum failure)_i;
    const struct history_row entries[HISTORY_ROWS_MAX] = {
        {.name = "one", .failure = failure, .message = "a", .skip = ROUTE_SKIP_NONE}};
    const struct attempt_result result = {.failure = failure, .transport = TRANSPORT_RESET};
    struct outcome_query query = {.providers = 1, .result = &result, .told = ""};
    struct outcome outcome = decide(entries, &query);
    ck_assert_int_eq(outcome.status, failure_status(failure));
    ck_assert_int_eq(outcome.retry_after_s > 0,
                     outcome.status == 503 && failure != FAILURE_SKIPPED);
    outcome_done(&outcome);
}
END_TEST

/* Every two classes at two providers: theirs where it is one, else 502; a skip does not count. */
START_TEST(each_pair)
{
    enum failure first = (enum failure)_i;
    for (unsigned i = FAILURE_NONE + 1; i < FAILURE_COUNT; i++) {
        enum failure second = (enum failure)i, common = FAILURE_NONE;
        const struct history_row entries[HISTORY_ROWS_MAX] = {
            {.name = "one", .failure = first, .message = "a"},
            {.name = "ollama", .failure = second, .message = "b"}};
        struct outcome_query query = {.providers = 2};
        struct outcome outcome = decide(entries, &query);
        if (first == second || second == FAILURE_SKIPPED)
            common = first;
        else if (first == FAILURE_SKIPPED)
            common = second;
        ck_assert_msg(outcome.status == (common ? failure_status(common) : 502), "%s, %s: %d",
                      failure_word(first), failure_word(second), outcome.status);
        ck_assert_int_eq(outcome.of, common == FAILURE_SKIPPED ? OUTCOME_NOBODY : OUTCOME_ALL);
        ck_assert(outcome.names_attempts);
        outcome_done(&outcome);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("outcome");
    TCase *tc = tcase_create("outcome");
    tcase_add_loop_test(tc, the_last_word, 0, ROWS(rows));
    tcase_add_loop_test(tc, each_class_alone, FAILURE_NONE + 1, FAILURE_COUNT);
    tcase_add_loop_test(tc, each_pair, FAILURE_NONE + 1, FAILURE_COUNT);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
