/*
 * A body that is taken is valid JSON, and with another model's name it is the same body: taken
 * again, with that name, and every byte outside of the value unchanged.
 */

#include "fuzz.h"
#include "json/jsonspan.h"
#include "request/request.h"
#include "request/request_model.h"

static void check_model(const struct request_facts *facts)
{
    require(facts->has_model == (facts->model != NULL));
    if (!facts->model)
        return;
    size_t len = strlen(facts->model);
    require(len > 0 && len <= MODEL_NAME_MAX);
    require(jsonspan_name_is(facts->model_span, facts->model));
}

static void check_same(const struct request_facts *a, const struct request_facts *b)
{
    require(a->stream == b->stream && a->include_usage == b->include_usage && a->tools == b->tools);
    require(a->images == b->images && a->audio == b->audio && a->reasoning == b->reasoning);
    require(a->n == b->n && a->max_tokens == b->max_tokens && a->messages == b->messages);
    require(a->image_count == b->image_count);
}

static void check_change(struct text body, const struct request_facts *facts)
{
    static const char model[] = "a\"b\\c/\xc3\xa9";
    struct buf changed;
    struct request_facts again;
    buf_init(&changed, SIZE_MAX);
    require(request_with_model(body, facts->model_span, model, &changed) == 0);
    require(request_read(API_PATH_CHAT, buf_text(&changed), &again, NULL) == 0);
    require(again.has_model && strcmp(again.model, model) == 0);
    check_same(facts, &again);
    size_t head = (size_t)(again.model_span.at - changed.data);
    size_t tail = changed.len - head - again.model_span.len;
    if (facts->model_span.at) {
        require(memcmp(changed.data, body.at, head) == 0);
        require(memcmp(changed.data + changed.len - tail, body.at + body.len - tail, tail) == 0);
        require(head + facts->model_span.len + tail == body.len);
    } else {
        require(memcmp(changed.data + changed.len - tail + 1, body.at + body.len - tail + 1,
                       tail - 1) == 0);
    }
    request_facts_done(&again);
    buf_done(&changed);
}

/* It comes at another place each time, and nothing is behind it. */
static void give(struct request_reading *reading, struct text so_far)
{
    char *copy = malloc(so_far.len ? so_far.len : 1);
    require(copy != NULL);
    memcpy(copy, so_far.at, so_far.len);
    request_reading_more(reading, text_make(copy, so_far.len));
    free(copy);
}

/* As it comes it says what it says at once. */
static void check_pieces(enum api_path path, struct text body)
{
    struct request_facts facts, same;
    struct error error = ERROR_NONE, same_error = ERROR_NONE;
    struct request_reading *reading = request_reading_new(path);
    size_t step = body.len % 7 + 1;
    require(reading != NULL);
    for (size_t len = 0; len < body.len; len += step)
        give(reading, text_cut(body, len));
    int r = request_read(path, body, &facts, &error);
    require(request_reading_end(reading, body, &same, &same_error) == r);
    require(strcmp(error.text, same_error.text) == 0);
    request_reading_free(reading);
    if (r < 0)
        return;
    require(facts.model_span.at == same.model_span.at &&
            facts.model_span.len == same.model_span.len);
    require(facts.messages == same.messages && facts.image_count == same.image_count);
    require(facts.audio == same.audio && facts.kept == same.kept && facts.stream == same.stream);
    require(facts.tools == same.tools && facts.load == same.load);
    request_facts_done(&facts);
    request_facts_done(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum api_path paths[] = {API_PATH_CHAT, API_PATH_MESSAGES, API_PATH_RESPONSES,
                                          API_PATH_API_CHAT};
    struct text body = text_make((const char *)data, size);
    struct request_facts facts;
    struct error error = ERROR_NONE;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        check_pieces(paths[i], body);
    if (request_read(API_PATH_CHAT, body, &facts, &error) < 0) {
        require(error_is_set(&error));
        return 0;
    }
    require(jsonspan_check(body, NULL) == 0);
    check_model(&facts);
    check_change(body, &facts);
    request_facts_done(&facts);
    return 0;
}
