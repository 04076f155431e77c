/* See tool_turn.h. */
#include "tools/tool_turn.h"

#include "json/jsonspan.h"

#define ANSWER_SHARE  4
#define ANSWER_MAX_MS 30000

enum tool_verdict tool_turn_decide(const struct tool_turn *turn)
{
    bool calls = turn->offered && turn->ours > 0 && turn->theirs == 0;
    return calls ? TOOL_VERDICT_CALL : TOOL_VERDICT_ANSWER;
}

bool tool_turn_offers(const struct tool_turn *turn)
{
    return turn->rounds < turn->max_iterations;
}

enum tool_again tool_turn_again(int times, size_t left)
{
    if (left == 0 || (times % 2 == 1 && left == 1))
        return TOOL_AGAIN_NONE;
    return times % 2 == 1 ? TOOL_AGAIN_NEXT : TOOL_AGAIN_SAME;
}

int64_t tool_turn_call_ms(int64_t timeout_ms, int64_t left_ms, int64_t deadline_ms)
{
    int64_t kept_ms = deadline_ms / ANSWER_SHARE;
    if (kept_ms > ANSWER_MAX_MS)
        kept_ms = ANSWER_MAX_MS;
    left_ms = left_ms > kept_ms ? left_ms - kept_ms : 0;
    return timeout_ms < left_ms ? timeout_ms : left_ms;
}

bool tool_turn_refuses(size_t index, bool known, struct text arguments, int64_t call_ms,
                       struct error *ret)
{
    if (!known)
        error_set(ret, "[tool error] no such tool");
    else if (index >= TOOL_TURN_CALLS_MAX)
        error_set(ret, "[tool error] too many calls at once: only the first %d of a turn are run",
                  TOOL_TURN_CALLS_MAX);
    else if (arguments.len > 0 &&
             (jsonspan_check(arguments, NULL) < 0 || jsonspan_type(arguments) != JSONSPAN_OBJECT))
        error_set(ret, "[tool error] the arguments are not a JSON object");
    else if (call_ms <= 0)
        error_set(ret, "[tool error] there is no time left to call it: answer without it");
    return error_is_set(ret);
}
