/*
 * What a provider says about an error. Whatever it is, there is a class for it, the texts may stand
 * in a log, and as an event of a stream it is one line that the SDKs take for an error.
 *
 *     variant, status, status | body; of an event: name, LF, data
 *
 * And where it quotes our key that is gone, while JSON stays JSON.
 */
#include "failure/failure_words.h"
#include "fuzz.h"
#include "openai/judge.h"
#include "openai/stream_error.h"
#include "rules/mask.h"

enum variant { BODY, EVENT, WHOLE, REFUSED, VARIANTS };

static void check_texts(const struct provider_error *error)
{
    require(memchr(error->message, 0, sizeof(error->message)) != NULL);
    require_plain(text_of(error->message));
    require_plain(text_of(error->type));
    require_plain(text_of(error->code));
    require_plain(text_of(error->param));
}

static void check_class(const struct provider_error *error, bool found, int status)
{
    for (int i = 0; i < 2; i++) {
        enum speaker speaker = i ? SPEAKER_OLLAMA : SPEAKER_OPENAI;
        enum failure failure = failure_of_answer(speaker, status, error);
        require(failure < FAILURE_COUNT);
        require((failure == FAILURE_NONE) == (status / 100 == 2 && !found));
        require(failure != FAILURE_SKIPPED && failure != FAILURE_CANCELLED);
        (void)failure_words_repeat(speaker, status, error);
    }
}

static void check_event(struct text body, const struct provider_error *error)
{
    struct buf out;
    struct text name, value;
    bool has_error = false;
    buf_init(&out, 1u << 20);
    require(stream_error_from(body, text_of(error->message), "server", &out) == 0);
    struct text event = buf_text(&out);
    require(text_starts_nocase(event, "data: ") && event.len > 8);
    require(memchr(event.at, '\n', event.len) == event.at + event.len - 2);
    event = text_make(event.at + 6, event.len - 8);
    require(is_object(event));
    for (size_t i = 0; jsonspan_member(event, &i, &name, &value);)
        has_error |= jsonspan_name_is(name, "error") && jsonspan_type(value) != JSONSPAN_NULL;
    require(has_error);
    buf_done(&out);
}

static void body(struct text bytes, int status)
{
    struct provider_error error;
    bool found = provider_error_read(bytes, &error);
    require(found == (error.message[0] || error.type[0] || error.code[0] || error.param[0]));
    check_texts(&error);
    check_class(&error, found, status);
    check_event(bytes, &error);
}

static void mask(struct text bytes)
{
    char name[] = "p", key[] = "k\"e/y", copy[4097];
    const struct config_provider provider = {.name = name, .api_keys = {(char *[]){key, NULL}, 1}};
    size_t len = bytes.len < sizeof(copy) ? bytes.len : sizeof(copy) - 1;
    if (len)
        memcpy(copy, bytes.at, len);
    bool json = jsonspan_check(text_make(bytes.at, len), NULL) == 0;
    size_t left = mask_provider(&provider, copy, len);
    require(left <= len && !holds(text_make(copy, left), key));
    require(!holds(text_make(copy, left), "k\\\"e/y"));
    require(!json || jsonspan_check(text_make(copy, left), NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    struct answer_facts facts = answer_facts_none();
    struct judge judge = {0};
    if (size < 3)
        return 0;
    enum variant variant = (enum variant)(take_byte(&input) % VARIANTS);
    int status = 200 + (take_byte(&input) * 256 + take_byte(&input)) % 400;
    if (variant == BODY) {
        mask(input);
        body(input, status);
        return 0;
    }
    if (variant == EVENT) {
        struct text name = take_until(&input, '\n');
        judge_event(&judge, name, input, &facts);
        judge_event(&judge, name, input, &facts);
    } else if (variant == WHOLE) {
        judge_whole(text_of(status % 2 ? "application/json" : "text/html"), input, &facts);
        require(facts.failure != FAILURE_NONE || (is_object(input) && facts.content));
    } else {
        judge_refused(input, "a reason", &facts);
        require(facts.failure != FAILURE_NONE);
    }
    require(facts.prompt_tokens >= -1 && facts.completion_tokens >= -1);
    check_texts(&facts.error);
    return 0;
}
