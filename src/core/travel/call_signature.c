/* Only the first call of a message is looked at by Gemini; the others come without in its own
 * answers, too. */
#include "travel/call_signature.h"

#include "json/jsoncut.h"
#include "json/jsonspan.h"

/* ai.google.dev/gemini-api/docs/thought-signatures, "transfer from a different model", 2026-11 */
#define NOT_SIGNED                                                                                 \
    "\"extra_content\":{\"google\":{\"thought_signature\":\"skip_thought_signature_validator\"}},"

int call_signature_put(struct text body, struct buf *out, bool *ret_changed)
{
    struct jsoncut cut = {.body = body, .out = out};
    struct text messages, message, calls, call;
    int r = 0;
    *ret_changed = false;
    if (jsonspan_check(body, NULL) < 0 || !jsonspan_get(body, "messages", &messages))
        return 0;
    for (size_t at = 0; r == 0 && jsonspan_next(messages, &at, &message);)
        if (jsonspan_get(message, "tool_calls", &calls) && jsonspan_item(calls, 0, &call) &&
            jsonspan_type(call) == JSONSPAN_OBJECT)
            r = jsoncut_replace(&cut, text_make(call.at + 1, 0), text_of(NOT_SIGNED));
    if (r == 0)
        r = jsoncut_end(&cut);
    *ret_changed = cut.changed;
    return r;
}
