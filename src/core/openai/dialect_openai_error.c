/* Error answers as OpenAI gives them, in all of its APIs. */
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"

static void put_word(struct jsonwrite *json, const char *name, const char *word)
{
    if (word)
        jsonwrite_string(json, name, text_of(word));
    else
        jsonwrite_null(json, name);
}

int dialect_openai_error_write(const struct dialect_error *error, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_open(&json, "error", '{');
    jsonwrite_string(&json, "message", error->message);
    put_word(&json, "type", error->type);
    jsonwrite_null(&json, "param");
    put_word(&json, "code", error->code);
    if (error->attempts)
        jsonwrite_tree(&json, "attempts", error->attempts);
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, '}');
    return json.r;
}
