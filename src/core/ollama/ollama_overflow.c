/*
 * {"error": "{\"error\": {\"n_prompt_tokens\": 8002, \"n_ctx\": 512, ...}}"}, or the object itself,
 * or the sentence alone: "request (8002 tokens) exceeds the available context size (512 tokens)".
 */
#include <string.h>

#include "json/jsonspan.h"
#include "ollama/ollama.h"

/* Longer ones are not from there. */
#define ERROR_MAX 65536

static int64_t told_by_member(struct text error)
{
    struct text value;
    int64_t tokens = 0;
    if (jsonspan_type(error) == JSONSPAN_OBJECT && jsonspan_get(error, "n_prompt_tokens", &value) &&
        jsonspan_whole(value, &tokens))
        return tokens > 0 ? tokens : 0;
    return 0;
}

/* The number between the two, as text. */
static int64_t told_by_words(const char *message)
{
    static const char before[] = "request (", behind[] = " tokens) exceeds";
    const char *at = strstr(message, before);
    int64_t tokens = 0;
    if (!at)
        return 0;
    at += sizeof(before) - 1;
    size_t digits = strspn(at, "0123456789");
    if (strncmp(at + digits, behind, sizeof(behind) - 1) != 0)
        return 0;
    return jsonspan_whole(text_make(at, digits), &tokens) ? tokens : 0;
}

static int64_t told_by_text(struct text string)
{
    struct buf text;
    struct text error;
    int64_t tokens = 0;
    buf_init(&text, ERROR_MAX);
    if (jsonspan_decode(string, &text) == 0 && text.len) {
        if (jsonspan_check(buf_text(&text), NULL) == 0 &&
            jsonspan_get(buf_text(&text), "error", &error))
            tokens = told_by_member(error);
        if (tokens == 0)
            tokens = told_by_words(text.data);
    }
    buf_done(&text);
    return tokens;
}

int64_t ollama_overflow_read(struct text body)
{
    struct text error;
    if (body.len > ERROR_MAX || jsonspan_check(body, NULL) < 0 ||
        !jsonspan_get(body, "error", &error))
        return 0;
    return jsonspan_type(error) == JSONSPAN_STRING ? told_by_text(error) : told_by_member(error);
}
