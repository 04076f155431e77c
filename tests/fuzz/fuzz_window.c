/*
 * What a request costs a local model. No count is negative or beyond its bound, whatever was asked
 * and whatever the model told; and Ollama's errors name options that we wrote, or none.
 *
 *     variant | text; of a refusal: request, 0xff, message
 */
#include "fuzz.h"
#include "ollama/dialect_ollama.h"
#include "ollama/ollama.h"
#include "tokens/ollama_tokens.h"

enum variant { TEXT, REQUEST, TOLD, REFUSED, VARIANTS };

static void check_count(const struct ollama_count *count, size_t bytes)
{
    for (size_t i = 0; i < OLLAMA_KIND_COUNT; i++)
        require(count->hundredths[i] >= 0 && count->hundredths[i] <= (int64_t)bytes * 1000);
    require(count->attachments >= 0 && count->attachments <= (int64_t)bytes);
    int64_t tokens = ollama_count_tokens(count, NULL);
    require(tokens >= 0 && tokens <= INT64_MAX / 4);
}

static void check_rates(const struct ollama_count *count, int64_t told)
{
    struct ollama_rates rates = {0};
    for (int i = 0; i < 3; i++) {
        ollama_rates_learn(&rates, count, told);
        if (i == 1)
            ollama_rates_doubt(&rates);
        for (size_t k = 0; rates.known && k < OLLAMA_KIND_COUNT; k++)
            require(rates.of_kind[k] >= 0.2 && rates.of_kind[k] <= 5);
        require(rates.beside >= 0 && rates.beside <= 4096);
        int64_t tokens = ollama_count_tokens(count, &rates);
        require(tokens >= 0 && tokens <= INT64_MAX / 4);
    }
}

static void request(struct text body, struct ollama_count *count)
{
    if (jsonspan_check(body, NULL) < 0)
        return;
    ollama_count_request(body, count);
    struct ollama_count all = {0}, longest = ollama_count_longest(body);
    ollama_count_json(body, &all);
    check_count(&longest, body.len);
    check_count(&all, body.len);
}

static void told(struct text body)
{
    int64_t number = 0;
    require(ollama_overflow_read(body) >= 0);
    if (jsonspan_check(body, NULL) == 0 && jsonspan_type(body) == JSONSPAN_NUMBER)
        (void)jsonspan_whole(body, &number);
}

static void refused(struct text input)
{
    char message[256] = {0};
    struct text body = take_until(&input, '\xff');
    if (input.len)
        memcpy(message, input.at, input.len < sizeof(message) ? input.len : sizeof(message) - 1);
    if (jsonspan_check(body, NULL) < 0)
        return;
    unsigned named = dialect_ollama_refused(body, message);
    require(named < DIALECT_OLLAMA_THINK_LEVEL * 2u);
    require(named == 0 || message[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    struct ollama_count count = {0};
    if (size < 9)
        return 0;
    enum variant variant = (enum variant)(take_byte(&input) % VARIANTS);
    int64_t number = 0;
    memcpy(&number, input.at, sizeof(number));
    if (variant == TEXT)
        ollama_count_text(input, &count);
    else if (variant == REQUEST)
        request(input, &count);
    else if (variant == TOLD)
        told(input);
    else
        refused(input);
    check_count(&count, input.len);
    check_rates(&count, number);
    return 0;
}
