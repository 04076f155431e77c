/*
 * Asked once more at once, without a wait and without counting as a retry: the provider itself
 * has told what to ask differently, or its answer shows it. Each of these happens once a leg, for
 * parts of the history once for each kind of them.
 */
#include "exchange/leg.h"
#include "failure/complaint.h"
#include "ollama/ollama.h"
#include "provider/health.h"
#include "record/log.h"
#include "responses/responses_absent.h"
#include "travel/foreign.h"

static bool has_windows(const struct leg *leg)
{
    return leg->provider->kind->has_catalogue;
}

/* True: the request is made, with a larger window than before. */
static bool make_wider(struct leg *leg, int64_t need_tokens)
{
    struct error why = ERROR_NONE;
    int64_t before = leg->request.num_ctx;
    leg->need_tokens = need_tokens > before ? need_tokens : before + 1;
    return leg_request_make(leg, &why) == 0 && leg->request.num_ctx > before;
}

/* An overflow that Ollama reports, often with its own count, where a larger window may hold it. */
static bool widen(struct leg *leg)
{
    int64_t told = ollama_overflow_read(buf_text(attempt_body(leg->attempt)));
    if (!has_windows(leg) || leg->need_tokens > 0 || leg->request.num_ctx == 0 ||
        attempt_result(leg->attempt)->failure != FAILURE_CONTEXT)
        return false;
    catalog_note_prompt(leg->plan.means->catalog, leg->provider, leg->request.model,
                        &leg->request.count, told);
    int64_t widest = leg_widest_window(leg);
    if (widest <= leg->request.num_ctx || told > widest)
        return false;
    int64_t limit = leg->plan.inquiry->facts.max_tokens;
    return make_wider(leg, told > 0 ? ollama_tokens_with_answer(told, limit) : 0);
}

/* Asked to go on from a text, it refused: then it may begin anew. */
static bool begin_anew(struct leg *leg)
{
    struct error why = ERROR_NONE;
    enum failure failure = attempt_result(leg->attempt)->failure;
    if (!leg->prefill || failure == FAILURE_NETWORK || failure == FAILURE_TIMEOUT)
        return false;
    leg->prefill = false;
    leg->prefill = leg_request_make(leg, &why) < 0; /* a retry still holds the text */
    return !leg->prefill;
}

static void read_complaint(const struct leg *leg, struct buf *ret)
{
    buf_init(ret, COMPLAINT_MAX);
    complaint_read(buf_text(attempt_body(leg->attempt)), ret);
}

/* Fields that we wrote and that this version or model does not take. The next request may have
 * another value of it, so nothing is remembered. */
static bool leave_out(struct leg *leg)
{
    struct error why = ERROR_NONE;
    struct buf complaint;
    const struct attempt_result *result = attempt_result(leg->attempt);
    if (!leg_is_translated(leg) || leg->without ||
        (result->status != 400 && result->status != 422) || result->failure != FAILURE_REQUEST ||
        !leg->request.speaks->provider->refused)
        return false;
    read_complaint(leg, &complaint);
    if (complaint.data)
        leg->without =
            leg->request.speaks->provider->refused(buf_text(&leg->request.body), complaint.data);
    buf_done(&complaint);
    return leg->without && leg_request_make(leg, &why) == 0;
}

/* What another provider wrote into the history and this one refuses by name: each kind of part is
 * left out once. */
static bool leave_out_foreign(struct leg *leg)
{
    struct error why = ERROR_NONE;
    struct buf complaint;
    const struct attempt_result *result = attempt_result(leg->attempt);
    if (leg_is_translated(leg) || api_path_is_unread(leg->plan.inquiry->path) ||
        result->status < 400 || result->status > 499 || result->failure != FAILURE_REQUEST)
        return false;
    read_complaint(leg, &complaint);
    unsigned refused =
        foreign_refused(buf_text(&complaint), buf_text(&leg->plan.inquiry->body), leg->foreign);
    buf_done(&complaint);
    leg->foreign |= refused;
    return refused && leg_request_make(leg, &why) == 0;
}

/* It turned out not to have /responses: so it is asked in chat, now and for some time. */
static bool ask_in_chat(struct leg *leg)
{
    struct error why = ERROR_NONE;
    const struct attempt_result *result = attempt_result(leg->attempt);
    if (leg->plan.inquiry->path != API_PATH_RESPONSES || leg_is_translated(leg) ||
        !responses_is_absent(result->status, attempt_error(leg->attempt)))
        return false;
    health_note_no_responses(leg->provider, loop_now_ms(leg->plan.means->loop));
    return leg_request_make(leg, &why) == 0 && leg_is_translated(leg);
}

bool leg_ask_differently(struct leg *leg)
{
    return widen(leg) || leave_out(leg) || leave_out_foreign(leg) || ask_in_chat(leg) ||
           begin_anew(leg);
}

static bool is_exceeded(const struct leg *leg)
{
    const struct answer_facts *facts = attempt_facts(leg->attempt);
    return has_windows(leg) &&
           answer_window_exceeded(facts->prompt_tokens, facts->completion_tokens,
                                  leg->request.num_ctx);
}

static void report_exceeded(const struct leg *leg, bool again)
{
    const struct answer_facts *facts = attempt_facts(leg->attempt);
    log_warning("window_exceeded", LOG_STR("id", leg->plan.inquiry->id),
                LOG_STR("provider", leg->provider->name), LOG_STR("model", leg_model(leg)),
                LOG_INT("num_ctx", leg->request.num_ctx),
                LOG_INT("prompt_tokens", facts->prompt_tokens),
                LOG_INT("completion_tokens", facts->completion_tokens), LOG_BOOL("again", again));
}

static void note_prompt(const struct leg *leg)
{
    int64_t tokens = attempt_facts(leg->attempt)->prompt_tokens;
    if (has_windows(leg) && leg->request.num_ctx > 0 && tokens > 0)
        catalog_note_prompt(leg->plan.means->catalog, leg->provider, leg->request.model,
                            &leg->request.count, tokens);
}

/* Where it would have to be asked with what it has been asked with, the answer is what there is. */
bool leg_ask_wider(struct leg *leg)
{
    const struct answer_facts *facts = attempt_facts(leg->attempt);
    int64_t window = leg->request.num_ctx;
    if (leg->need_tokens > 0 || leg->plan.inquiry->mode != DELIVERY_WHOLE || !is_exceeded(leg))
        return false;
    int64_t limit = leg->plan.inquiry->facts.max_tokens;
    int64_t room = limit > facts->completion_tokens ? limit : facts->completion_tokens;
    note_prompt(leg);
    if (leg_widest_window(leg) <= window)
        return false;
    report_exceeded(leg, true);
    return make_wider(leg, ollama_tokens_with_answer(facts->prompt_tokens, room));
}

void leg_note_answer(const struct leg *leg)
{
    note_prompt(leg);
    if (is_exceeded(leg))
        report_exceeded(leg, false);
}
