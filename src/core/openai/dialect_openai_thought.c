/*
 * What was thought, as a part of a message:
 *
 *     {"type": "thinking", "thinking": "..."}                            Anthropic, LiteLLM
 *     {"type": "thinking", "thinking": [{"type": "text", "text"}]}       Mistral
 *     {"type": "reasoning", "text" | "reasoning": "..."}                 Vercel's SDK, LangChain
 *     {"type": "reasoning", "summary": [{"type": "summary_text", "text"}]}   OpenAI's Responses
 */
#include <errno.h>

#include "openai/dialect_openai.h"
#include "text/count.h"

/* More than any request body holds. */
#define THOUGHTS_MAX ((size_t)1 << 30)

bool dialect_openai_is_thought(const json_t *part)
{
    static const char *const types[] = {"thinking", "reasoning", "redacted_thinking"};
    struct text type = chat_json_text(json_object_get(part, "type"));
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equals(type, types[i]))
            return true;
    return false;
}

static int add_text(struct text text, struct buf *out)
{
    int r = text.len && out->len ? buf_append(out, "\n", 1) : 0;
    return r == 0 ? buf_append_text(out, text) : r;
}

/* A text, or a list of objects with one. */
static int add_value(const json_t *value, struct buf *out)
{
    size_t i;
    json_t *one;
    int r = add_text(chat_json_text(value), out);
    json_array_foreach (value, i, one)
        if (r == 0)
            r = add_text(chat_json_text(json_object_get(one, "text")), out);
    return r;
}

static int add_thought(const json_t *part, struct buf *out)
{
    static const char *const members[] = {"thinking", "reasoning", "text", "summary"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(members); i++)
        r = add_value(json_object_get(part, members[i]), out);
    return r;
}

int dialect_openai_thought(json_t *part, struct text *ret)
{
    struct buf out;
    buf_init(&out, THOUGHTS_MAX);
    int r = add_thought(part, &out);
    json_t *string = r == 0 && out.len ? json_stringn(out.data, out.len) : NULL;
    if (r < 0 || (out.len && json_object_set_new(part, "thinking", string) < 0))
        r = -ENOMEM;
    *ret = chat_json_text(string);
    buf_done(&out);
    return r;
}
