/* The records. Every column that a record leaves out is zero: none, never, no. */
#include "kind/kind.h"

#include <stdio.h>
#include <string.h>

#include "http/ollama_host.h"
#include "text/count.h"

/*
 * OpenAI, and whatever speaks its protocol. Vectors of two models do not mix, so embeddings stay
 * with one provider. What else there is may be kept at one cloud (stored responses, files,
 * batches): no other cloud is asked for it.
 */
const struct kind kind_openai = {
    .word = "openai",
    .remark = "anything that speaks it",
    .title = "Cloud error",
    .model = "gpt-4",
    .first_byte_timeout = "60s, 280s",
    .idle_timeout = "30s",
    .max_inflight = "0",
    .usual_ending = "/v1",
    .request_paths = {"/chat/completions", "/completions", "/responses"},
    .is_cloud = true,
    .needs_key = true,
    .key_header = "Authorization",
    .key_scheme = "Bearer ",
    .takes_app_headers = true,
    .accept = "application/json, text/event-stream",
    .speaker = SPEAKER_OPENAI,
    .version = "",
    .list_path = "/models",
    .path = {[API_PATH_CHAT] = {"openai", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_COMPLETIONS] = {"completions", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_RESPONSES] = {"responses", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_EMBEDDINGS] = {NULL, KIND_SERVES_FIRST, NULL},
             [API_PATH_MESSAGES] = {"openai", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_API_CHAT] = {"openai", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_API_GENERATE] = {"openai", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_OTHER] = {NULL, KIND_SERVES_FIRST, NULL}},
};

/*
 * Anthropic's Messages API. Its models have names of their own: without one in the settings, a
 * [model] line or a prefix, it cannot be asked for what apps of others ask.
 */
const struct kind kind_anthropic = {
    .word = "anthropic",
    .title = "Anthropic error",
    .first_byte_timeout = "60s, 280s",
    .idle_timeout = "30s",
    .max_inflight = "0",
    .cut_ending = "/v1",
    .request_paths = {"/messages", "/messages/count_tokens"},
    .is_cloud = true,
    .by_messages = true,
    .needs_key = true,
    .key_header = "x-api-key",
    .key_scheme = "",
    .takes_app_headers = true,
    .accept = "application/json, text/event-stream",
    .always = {"anthropic-version", "2023-06-01"},
    .own_fields = "anthropic-",
    .speaker = SPEAKER_OPENAI,
    .version = "/v1",
    .list_path = "/v1/models",
    .list_all = "/v1/models?limit=1000", /* 20 else: Anthropic's API reference, List Models */
    .path = {[API_PATH_CHAT] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_COMPLETIONS] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_MESSAGES] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_RESPONSES] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_API_CHAT] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_API_GENERATE] = {"anthropic", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_COUNT_TOKENS] = {NULL, KIND_SERVES_FIRST, NULL},
             [API_PATH_OTHER] = {NULL, KIND_SERVES_FIRST, NULL}},
};

/* An Ollama. Its /v1 has learned one path after the other. */
const struct kind kind_ollama = {
    .word = "ollama",
    .title = "Ollama error",
    .server = "Ollama",
    .start_with = "ollama serve",
    .model = "ministral-3:3b, auto",
    .first_byte_timeout = "280s",
    .idle_timeout = "60s",
    .max_inflight = "4",
    .read_host = ollama_host_url,
    .cut_ending = "/v1",
    .request_paths = {"/api/chat", "/api/generate"},
    .key_header = "Authorization",
    .key_scheme = "Bearer ",
    .accept = "application/json, application/x-ndjson",
    .speaker = SPEAKER_OLLAMA,
    .has_catalogue = true,
    .version = "/v1",
    .list_path = "/api/tags",
    .version_path = "/api/version",
    .path = {[API_PATH_CHAT] = {"ollama", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_COMPLETIONS] = {"ollama", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_MESSAGES] = {"ollama", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_RESPONSES] = {"ollama", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_EMBEDDINGS] = {NULL, KIND_SERVES_NAMED,
                                      "this Ollama has no /v1/embeddings; it "
                                      "needs a newer version"},
             [API_PATH_API_CHAT] = {"ollama", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_API_GENERATE] = {"generate", KIND_SERVES_ALWAYS, NULL},
             [API_PATH_OLLAMA] = {NULL, KIND_SERVES_FIRST, NULL}},
};

static const struct kind *const kinds[] = {
#define X(id) &kind_##id,
    KIND_LIST(X)
#undef X
};

size_t kind_count(void)
{
    return COUNT(kinds);
}

const struct kind *kind_at(size_t n)
{
    return kinds[n];
}

const struct kind *kind_by_word(struct text word)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equals_nocase(word, kinds[i]->word))
            return kinds[i];
    return NULL;
}

const struct kind *kind_of_apps(enum api_path path)
{
    static const char *const words[] = {
#define X(id, path, kind) kind,
        API_PATH_TABLE(X)
#undef X
    };
    return kind_by_word(text_of(words[path]));
}

const struct kind *kind_by_field(struct text name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i]->own_fields && text_starts_nocase(name, kinds[i]->own_fields))
            return kinds[i];
    return NULL;
}

/* Adds text, the left-th from the end of its list, with what goes between it and the next. */
static void add_word(char *ret, size_t size, const char *text, const char *remark, size_t left)
{
    size_t used = strlen(ret);
    const char *behind = left == 1 ? "" : left == 2 ? " or " : ", ";
    (void)snprintf(ret + used, size - used, "%s%s%s%s%s", text, remark ? " (" : "",
                   remark ? remark : "", remark ? ")" : "", behind);
}

void kind_words(char *ret, size_t size)
{
    ret[0] = '\0';
    for (size_t i = 0; i < COUNT(kinds); i++)
        add_word(ret, size, kinds[i]->word, kinds[i]->remark, COUNT(kinds) - i);
}

void kind_words_with_catalogue(char *ret, size_t size)
{
    size_t left = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < COUNT(kinds); i++)
        left += kinds[i]->has_catalogue;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i]->has_catalogue)
            add_word(ret, size, kinds[i]->word, NULL, left--);
}
