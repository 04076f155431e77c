/*
 * One walk in which the body is checked and its messages are looked into, as it comes or at its
 * end; then one over its members, past what may be large (messages, input, prompt). Nothing is
 * written back, so what we do not know stays as it is.
 */
#include "request/request.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonscan.h"
#include "json/jsonspan.h"
#include "request/request_parts.h"

/* It stays where it is: the walk knows where its rows are. */
struct request_reading {
    enum api_path path;
    struct request_parts_walk walk;
    struct jsonscan scan;
};

/* What a request of that path is about. */
static const char *content_of(enum api_path path)
{
    if (path == API_PATH_CHAT || path == API_PATH_MESSAGES || path == API_PATH_COUNT_TOKENS ||
        path == API_PATH_API_CHAT)
        return "messages";
    return path == API_PATH_COMPLETIONS || path == API_PATH_API_GENERATE ? "prompt" : "input";
}

/* Of Ollama's, what asks a model. */
static bool is_own(enum api_path path)
{
    return path == API_PATH_API_CHAT || path == API_PATH_API_GENERATE;
}

static bool needs_messages(enum api_path path)
{
    return path == API_PATH_CHAT || path == API_PATH_MESSAGES;
}

static void begin(struct request_reading *reading, enum api_path path)
{
    reading->path = path;
    request_parts_begin(&reading->walk, path);
    reading->walk.rows[0].name = content_of(path); /* which may be large: its end is noted */
    jsonscan_begin(&reading->scan, reading->walk.rows, REQUEST_PARTS_ROWS, request_parts_each,
                   &reading->walk);
}

/* The first messages have been walked over; of those that are there twice the last count. */
static struct request_parts look_at_messages(const struct request_reading *reading,
                                             const struct request_facts_reading *r)
{
    bool walked = r->messages.at == reading->walk.rows[0].value.at;
    return walked ? reading->walk.found : request_parts_look(reading->path, r->messages);
}

static int say_wrong(struct error *reterr, const char *message)
{
    error_set(reterr, "%s", message);
    return -EINVAL;
}

static int check_messages(const struct request_facts_reading *r, const struct request_parts *parts)
{
    if (!r->messages.at)
        return say_wrong(r->reterr,
                         "messages is missing: send the conversation as an array of messages");
    if (jsonspan_type(r->messages) != JSONSPAN_ARRAY)
        return say_wrong(r->reterr,
                         "messages is not an array: send the conversation as an array of messages");
    if (!parts->wrong)
        return 0;
    error_set(r->reterr, "messages[%zu]: %s", parts->wrong_at, parts->wrong);
    return -EINVAL;
}

/* Nothing to be answered is a wish to have the model loaded. Those apps always name one. */
static int check_own(struct request_facts_reading *r)
{
    bool chat = r->path == API_PATH_API_CHAT;
    struct text first;
    if (!r->facts->has_model)
        return say_wrong(r->reterr, "model is missing: name one, as /api/tags lists them");
    if (chat && r->messages.at && jsonspan_type(r->messages) == JSONSPAN_NULL)
        r->messages = (struct text){0};
    if (chat && r->messages.at && jsonspan_type(r->messages) != JSONSPAN_ARRAY)
        return say_wrong(r->reterr,
                         "messages is not an array: send the conversation as an array of messages");
    r->facts->load = chat ? !jsonspan_item(r->messages, 0, &first) : !r->asks;
    return 0;
}

static int check_body(struct request_reading *reading, struct text body, struct error *reterr)
{
    struct error wrong = ERROR_NONE;
    if (body.len == 0) {
        error_set(reterr, "the request has no body: send a JSON object with model and %s",
                  content_of(reading->path));
        return -EINVAL;
    }
    if (jsonscan_end(&reading->scan, body, &wrong) < 0) {
        error_set(reterr, "the request body is not valid JSON: %s", wrong.text);
        return -EINVAL;
    }
    if (jsonspan_type(body) != JSONSPAN_OBJECT) {
        error_set(reterr, "the request body is not a JSON object: send one with model and %s",
                  content_of(reading->path));
        return -EINVAL;
    }
    return 0;
}

static int read_members(const struct request_reading *reading, struct request_facts_reading *r,
                        struct text body)
{
    struct text name, value, walked = reading->walk.rows[0].value;
    size_t position = 0;
    int result = 0;
    while (result == 0 && jsonspan_member_past(body, walked, &position, &name, &value))
        result = request_facts_member(r, name, value);
    return result;
}

static int read_body(struct request_reading *reading, struct request_facts_reading *r,
                     struct text body)
{
    int result = check_body(reading, body, r->reterr);
    if (result == 0)
        result = read_members(reading, r, body);
    if (result == 0 && is_own(r->path))
        result = check_own(r);
    if (result < 0)
        return result;
    struct request_parts parts = look_at_messages(reading, r);
    result = needs_messages(r->path) ? check_messages(r, &parts) : 0;
    if (result < 0)
        return result;
    request_facts_end(r);
    r->facts->messages = parts.messages;
    r->facts->image_count += parts.images;
    r->facts->images = r->facts->image_count > 0;
    r->facts->audio = parts.audio;
    r->facts->kept |= parts.kept;
    return 0;
}

int request_reading_end(struct request_reading *reading, struct text body,
                        struct request_facts *ret, struct error *reterr)
{
    struct request_facts facts;
    struct request_facts_reading r;
    request_facts_begin(&r, reading->path, &facts, reterr);
    int result = read_body(reading, &r, body);
    if (result < 0)
        request_facts_done(&facts);
    else
        *ret = facts;
    return result;
}

int request_read(enum api_path path, struct text body, struct request_facts *ret,
                 struct error *reterr)
{
    struct request_reading reading;
    begin(&reading, path);
    return request_reading_end(&reading, body, ret, reterr);
}

/* ---- as it comes */

struct request_reading *request_reading_new(enum api_path path)
{
    struct request_reading *reading = api_path_is_unread(path) ? NULL : malloc(sizeof(*reading));
    if (reading)
        begin(reading, path);
    return reading;
}

void request_reading_free(struct request_reading *reading)
{
    free(reading);
}

/* What is wrong is told at the end. */
void request_reading_more(struct request_reading *reading, struct text so_far)
{
    (void)!jsonscan_more(&reading->scan, so_far);
}
