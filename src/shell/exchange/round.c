/* See round.h. */
#include "exchange/round.h"

#include "base/alloc.h"
#include "base/clock.h"

void round_past_init(struct round_past *past, struct shared_config *shared, int64_t now_ms)
{
    *past = (struct round_past){.shared = shared,
                                .begun_at_ms = now_ms,
                                .begun_wall_s = clock_wall_ms() / 1000,
                                .prompt_tokens = -1,
                                .completion_tokens = -1,
                                .cached_tokens = -1};
    clock_random_hex(past->id, 8);
}

void round_past_done(struct round_past *past)
{
    history_done(&past->history);
    tool_notes_done(&past->notes);
}

void round_past_take(struct round_past *past, const struct round_told *told,
                     struct history *history)
{
    past->rounds++;
    alloc_must(history_take(&past->history, history));
    past->prompt_tokens = round_sum(past->prompt_tokens, told->prompt_tokens);
    past->completion_tokens = round_sum(past->completion_tokens, told->completion_tokens);
    past->cached_tokens = round_sum(past->cached_tokens, told->cached_tokens);
    if (!told->provider)
        return;
    past->provider = told->provider;
    past->moved_from = told->moved_from;
    past->moved_by = told->moved_by;
}
