/* One walk over the messages, their parts, and what tools gave. */
#include "rules/request_parts.h"

#include <errno.h>

#include "json/jsonspan.h"

static void look_at_part(struct request_facts *facts, struct text part)
{
    struct text type;
    if (!jsonspan_get(part, "type", &type))
        return;
    if (jsonspan_name_is(type, "image_url") || jsonspan_name_is(type, "input_image"))
        facts->image_count++;
    else if (jsonspan_name_is(type, "input_audio"))
        facts->audio = true;
}

/* Parts and items of responses that stand for what is kept. */
static void look_for_kept(struct request_facts *facts, struct text object)
{
    struct text value;
    if (jsonspan_get(object, "file_id", &value) && jsonspan_type(value) == JSONSPAN_STRING)
        facts->kept = true;
    if (jsonspan_get(object, "type", &value) && jsonspan_name_is(value, "item_reference"))
        facts->kept = true;
}

static void look_at_parts(struct request_facts *facts, struct text content, bool responses)
{
    struct text part;
    for (size_t i = 0; jsonspan_next(content, &i, &part);) {
        look_at_part(facts, part);
        if (responses)
            look_for_kept(facts, part);
    }
}

/* Anthropic's blocks; what a tool gave may hold an image, too. */
static void look_at_blocks(struct request_facts *facts, struct text content)
{
    struct text block, inner, type;
    for (size_t i = 0; jsonspan_next(content, &i, &block);) {
        facts->image_count += jsonspan_get(block, "type", &type) && jsonspan_name_is(type, "image");
        if (!jsonspan_get(block, "content", &inner))
            continue;
        for (size_t j = 0; jsonspan_next(inner, &j, &block);)
            facts->image_count +=
                jsonspan_get(block, "type", &type) && jsonspan_name_is(type, "image");
    }
}

/* Of responses, what a tool gave may hold an image, too. */
void request_parts_look(enum api_path path, struct text messages, struct request_facts *facts)
{
    struct text message, content;
    bool responses = path == API_PATH_RESPONSES;
    for (size_t i = 0; jsonspan_next(messages, &i, &message); facts->messages++) {
        if (path == API_PATH_MESSAGES && jsonspan_get(message, "content", &content))
            look_at_blocks(facts, content);
        else if (jsonspan_get(message, "content", &content) ||
                 (responses && jsonspan_get(message, "output", &content)))
            look_at_parts(facts, content, responses);
        if (responses)
            look_for_kept(facts, message);
    }
    facts->images = facts->image_count > 0;
}

/* NULL: nothing is. */
static const char *what_is_wrong(struct text message)
{
    struct text role, content;
    if (jsonspan_type(message) != JSONSPAN_OBJECT)
        return "it is not an object";
    if (!jsonspan_get(message, "role", &role) || jsonspan_type(role) != JSONSPAN_STRING)
        return "its role is not a text";
    if (!jsonspan_get(message, "content", &content) ||
        (jsonspan_type(content) != JSONSPAN_STRING && jsonspan_type(content) != JSONSPAN_ARRAY))
        return "its content is neither a text nor an array of blocks";
    return NULL;
}

int request_parts_check(struct text messages, struct error *reterr)
{
    struct text message;
    size_t count = 0;
    for (size_t i = 0; jsonspan_next(messages, &i, &message); count++) {
        const char *wrong = what_is_wrong(message);
        if (!wrong)
            continue;
        error_set(reterr, "messages[%zu]: %s", count, wrong);
        return -EINVAL;
    }
    return 0;
}
