/*
 * How many tokens a text will be to a model here, before any model has seen it. A tokenizer cuts
 * prose into words and all that is not prose into much smaller pieces, so what a text is made of
 * decides: it is counted by kinds, each with a rate that was measured (docs/local-window.md).
 *
 *     bytes --> struct ollama_count, by kind --> tokens, by the rates learned of the model
 */
#ifndef UNDERSTUDY_OLLAMA_TOKENS_H
#define UNDERSTUDY_OLLAMA_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/text.h"

/* id, what belongs to it. One kind is what tokenizers differ in as a whole. */
#define OLLAMA_KIND_TABLE(X)                                                                       \
    X(WORDS, "words in Latin letters")                                                             \
    X(DIGITS, "digits")                                                                            \
    X(MIXED, "letters without words: base64, hex, identifiers with numbers")                       \
    X(MARKS, "ASCII punctuation")                                                                  \
    X(BLANKS, "line ends, indentation")                                                            \
    X(ALPHABETS, "Cyrillic, Greek, Arabic, Devanagari and the like")                               \
    X(IDEOGRAPHS, "Han, kana, hangul")                                                             \
    X(SYMBOLS, "emoji, arrows, rare characters")

enum ollama_kind {
#define X(id, what) OLLAMA_KIND_##id,
    OLLAMA_KIND_TABLE(X)
#undef X
};

#define OLLAMA_KIND_COUNT 8

/* A text by kinds, in hundredths of a token. Zeroed = nothing yet. */
struct ollama_count {
    int64_t hundredths[OLLAMA_KIND_COUNT];
    int64_t attachments; /* images and sounds, of which the bytes are not counted */
};

/* Adds a text: UTF-8, a byte that is none counts as a character. */
void ollama_count_text(struct text text, struct ollama_count *count);

/* Adds JSON as it stands, its escapes as what they stand for. */
void ollama_count_json(struct text json, struct ollama_count *count);

/*
 * Adds a request for chat, completions or responses (JSON that jsonspan_check took): all of it but
 * the parts of its messages or input that are an image or a sound.
 */
void ollama_count_request(struct text body, struct ollama_count *count);

/* The longest one of the texts that a request for embeddings has: each is read by itself. */
struct ollama_count ollama_count_longest(struct text body);

/*
 * What was learned of one model from the counts that it told. Zeroed = nothing yet. Always within
 * bounds, whatever was told.
 */
struct ollama_rates {
    bool known;
    bool only_up;                      /* a count that it told was too low to go by */
    double of_kind[OLLAMA_KIND_COUNT]; /* tokens for each that was counted: 0.2 to 5 */
    double beside;                     /* tokens that the template adds to any request: to 4096 */
};

/* Tokens of the prompt; rates NULL = none known. INT64_MAX / 4 at most. */
int64_t ollama_count_tokens(const struct ollama_count *count, const struct ollama_rates *rates);

/*
 * Learns from one prompt: so was it counted here, so many tokens did the model tell. Prompts with
 * attachments teach nothing, nor does a number below a fifth of the estimate: versions before 0.30
 * leave out what they had in their cache.
 */
void ollama_rates_learn(struct ollama_rates *rates, const struct ollama_count *count,
                        int64_t told_tokens);

/* The estimate was too low, and by how much is not told: what was learned is not to be trusted. */
void ollama_rates_doubt(struct ollama_rates *rates);

/* One character outside ASCII: its kind, and the hundredths of a token that it counts. */
struct ollama_script {
    enum ollama_kind kind;
    int hundredths;
};
struct ollama_script ollama_script_of(uint32_t code_point);

#endif
