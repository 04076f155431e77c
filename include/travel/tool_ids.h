/*
 * Ids of tool calls that a provider would refuse. Another one made them: a call of the local model,
 * or of another cloud, that stands in the history. They get one that it takes, in the call and in
 * its result; every other byte of the request stays as it is.
 */
#ifndef UNDERSTUDY_TOOL_IDS_H
#define UNDERSTUDY_TOOL_IDS_H

#include <stdbool.h>

#include "kind/preset.h"
#include "text/buf.h"
#include "text/text.h"

/*
 * What of body a provider gets that takes such ids: added to out where that is not the body itself,
 * which *ret_changed tells.
 *
 * Looked at are the ids in messages of chat completions (tool_calls[].id, tool_call_id) and of
 * Anthropic's (tool_use.id, tool_result.tool_use_id). The new id is a hash of the old one, so that
 * it is the same in the next request of the conversation and a prompt cache fits; where another id
 * of the request has it already, it is the next hash. Nothing has to be mapped back: an answer has
 * the ids of new calls, which the provider makes and takes.
 *
 * What is no JSON object stays as it is. 0, -ENOMEM, or errors of buf (out may hold a part then).
 */
int tool_ids_change(struct text body, enum preset_ids taken, struct buf *out, bool *ret_changed)
    __attribute__((warn_unused_result));

#endif
