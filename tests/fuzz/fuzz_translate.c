/*
 * An app's request for an Ollama, for Anthropic, or for OpenAI. What is translated is a JSON object
 * that names the model, and the blanks of the request mean nothing; what is refused has a reason;
 * what is left out has names that may stand in a header.
 *
 *     variant, abilities, options | body
 */
#include <errno.h>

#include <jansson.h>

#include "dialect/dialect.h"
#include "fuzz.h"
#include "ollama/ollama.h"

enum variant { CHAT, COMPLETIONS, RESPONSES, OLLAMA, GENERATE, MESSAGES, VARIANTS };

struct translated {
    int r;
    struct buf out;
    struct buf dropped;
    struct error why;
};

static void translate(const struct dialect_target *target, struct text body, struct translated *ret)
{
    ret->why = ERROR_NONE;
    buf_init(&ret->out, 1u << 22);
    buf_init(&ret->dropped, DIALECT_DROPPED_MAX);
    ret->r = dialect_translate_request(body, target, &ret->out, &ret->dropped, &ret->why);
}

static void translated_done(struct translated *translated)
{
    buf_done(&translated->out);
    buf_done(&translated->dropped);
}

/* How often it is there, each time with that value. */
static size_t check_member(struct text json, const char *wanted, const char *value)
{
    struct text name, member;
    size_t count = 0;
    for (size_t i = 0; jsonspan_member(json, &i, &name, &member);)
        if (jsonspan_name_is(name, wanted)) {
            require(same(member, text_of(value)));
            count++;
        }
    return count;
}

static void check(const struct translated *translated)
{
    require_plain(buf_text(&translated->dropped));
    require(translated->dropped.len <= DIALECT_DROPPED_MAX);
    if (translated->r < 0) {
        require(translated->r == -EINVAL);
        require(translated->why.text[0] != '\0');
        return;
    }
    require(translated->r == 0 && is_object(buf_text(&translated->out)));
    require(check_member(buf_text(&translated->out), "model", "\"m:1\"") == 1);
}

/* The same body as jansson writes it. NULL when it is no JSON, or deeper than we read. */
static char *without_blanks(struct text body)
{
    json_t *root = json_loadb(body.at, body.len, JSON_ALLOW_NUL, NULL);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    return text;
}

static void chat(const struct dialect_target *target, struct text body)
{
    struct translated first, again;
    translate(target, body, &first);
    check(&first);
    char *compact = first.r == 0 ? without_blanks(body) : NULL;
    if (compact) {
        translate(target, text_of(compact), &again);
        require(again.r == 0 && same(buf_text(&again.out), buf_text(&first.out)));
        require(same(buf_text(&again.dropped), buf_text(&first.dropped)));
        translated_done(&again);
    }
    free(compact);
    translated_done(&first);
}

static const struct dialect *const apps[VARIANTS] = {
    [CHAT] = &dialect_openai,         [COMPLETIONS] = &dialect_completions,
    [RESPONSES] = &dialect_responses, [OLLAMA] = &dialect_ollama,
    [GENERATE] = &dialect_generate,   [MESSAGES] = &dialect_anthropic,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body = text_make((const char *)data, size);
    if (size < 3)
        return 0;
    enum variant variant = (enum variant)(take_byte(&body) % VARIANTS);
    unsigned abilities = take_byte(&body);
    uint8_t flags = take_byte(&body);
    struct dialect_target target = {
        .model = "m:1",
        .capabilities_known = flags & 1,
        .capabilities = abilities,
        .num_ctx = flags & 2 ? 8192 : 0,
        .keep_alive = flags & 4 ? "5m" : NULL,
        .begun = flags & 8 ? text_of("Once \"upon\"") : text_make(NULL, 0),
        .render_only = flags & 16,
        .app = apps[variant],
        .official = flags & 128,
        .speaks = flags & 64   ? &dialect_openai
                  : flags & 32 ? &dialect_anthropic
                               : &dialect_ollama,
    };
    chat(&target, body);
    return 0;
}
