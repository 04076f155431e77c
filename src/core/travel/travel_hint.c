/* The first row that fits counts. */
#include "travel/travel_hint.h"

#include "text/count.h"
#include "text/wording.h"

#define UNREASONED                                                                                 \
    "the conversation has a tool call without reasoning_content: another model made it, or the "   \
    "app left that out. "
#define DEEPSEEK_HINT                                                                              \
    UNREASONED                                                                                     \
    "Switch thinking off for this conversation (thinking: {type: disabled}), or have the app "     \
    "send reasoning_content, which may be empty, with each message that calls tools"

static const struct travel_hint hints[] = {
    {"thought_signature", "Gemini",
     "the conversation has a tool call that another model made, or that came back without its "
     "extra_content: only Gemini can sign one (thought_signature). Let the provider that made it "
     "end "
     "this turn; from the user's next message on Gemini takes the conversation again",
     "ai.google.dev/gemini-api/docs/thought-signatures, 2026-11"},
    {"thought signature", "Gemini",
     "the conversation has the signature of another model or account. Send back what Gemini gave, "
     "or begin anew",
     "answers quoted in public issues, 2026-11"},
    {"reasoning_content*must be passed back", "DeepSeek", DEEPSEEK_HINT,
     "api-docs.deepseek.com/guides/thinking_mode, 2026-11"},
    {"missing*reasoning_content", "DeepSeek", DEEPSEEK_HINT,
     "api-docs.deepseek.com/guides/thinking_mode, 2026-11"},
    {"reasoning_content is missing", "Moonshot",
     UNREASONED "Switch thinking off for this conversation, or have the app send it back",
     "answers quoted in public issues, 2026-11"},
    {"signature*thinking", "Anthropic",
     "the conversation has a thinking block that another model wrote or that was changed on its "
     "way. Begin a new conversation, or switch thinking off for this one",
     "answers quoted in public issues, 2026-11"},
    {"expected `thinking`*found `tool_use`", "Anthropic",
     "the turn at hand was begun by another model, which cannot sign what it thinks. Let the "
     "provider that began it end this turn, or switch thinking off for it",
     "platform.claude.com/docs/en/build-with-claude/extended-thinking, 2026-11"},
    {"tool call id was*must be", "Mistral",
     "ids of tool calls are made to fit for the provider named mistral and for the host "
     "api.mistral.ai: name this one mistral, or let the app give ids of nine letters and digits",
     "github.com/langchain-ai/langchain/pull/24668, 2026-11"},
    {"not found*items are not persisted", "OpenAI",
     "the conversation names an item that another provider answered with, or that was not stored. "
     "Have the app send the items themselves",
     "answers quoted in public issues, 2026-11"},
};

const struct travel_hint *travel_hint_at(size_t index)
{
    return index < COUNT(hints) ? &hints[index] : NULL;
}

const struct travel_hint *travel_hint_of(const struct provider_error *error)
{
    for (size_t i = 0; i < COUNT(hints); i++)
        if (wording_fits(error->message, hints[i].words))
            return &hints[i];
    return NULL;
}
