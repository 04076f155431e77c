/* One walk over the messages, their parts, and what tools gave. */
#include "rules/request_parts.h"

#include <errno.h>

#include "json/jsonspan.h"

static void look_at_part(struct request_parts *parts, struct text part)
{
    struct text type;
    if (!jsonspan_get(part, "type", &type))
        return;
    if (jsonspan_name_is(type, "image_url") || jsonspan_name_is(type, "input_image"))
        parts->images++;
    else if (jsonspan_name_is(type, "input_audio"))
        parts->audio = true;
}

/* Parts and items of responses that stand for what is kept. */
static void look_for_kept(struct request_parts *parts, struct text object)
{
    struct text value;
    if (jsonspan_get(object, "file_id", &value) && jsonspan_type(value) == JSONSPAN_STRING)
        parts->kept = true;
    if (jsonspan_get(object, "type", &value) && jsonspan_name_is(value, "item_reference"))
        parts->kept = true;
}

static void look_at_parts(struct request_parts *parts, struct text content, bool responses)
{
    struct text part;
    for (size_t i = 0; jsonspan_next(content, &i, &part);) {
        look_at_part(parts, part);
        if (responses)
            look_for_kept(parts, part);
    }
}

/* Anthropic's blocks; what a tool gave may hold an image, too. */
static void look_at_blocks(struct request_parts *parts, struct text content)
{
    struct text block, inner, type;
    for (size_t i = 0; jsonspan_next(content, &i, &block);) {
        parts->images += jsonspan_get(block, "type", &type) && jsonspan_name_is(type, "image");
        if (!jsonspan_get(block, "content", &inner))
            continue;
        for (size_t j = 0; jsonspan_next(inner, &j, &block);)
            parts->images += jsonspan_get(block, "type", &type) && jsonspan_name_is(type, "image");
    }
}

/* Ollama's: the images stand beside the text. */
static void look_at_images(struct request_parts *parts, struct text message)
{
    struct text images, one;
    if (!jsonspan_get(message, "images", &images))
        return;
    for (size_t i = 0; jsonspan_next(images, &i, &one);)
        parts->images++;
}

/* Of responses, what a tool gave may hold an image, too. */
struct request_parts request_parts_look(enum api_path path, struct text messages)
{
    struct request_parts parts = {0};
    struct text message, content;
    bool responses = path == API_PATH_RESPONSES;
    for (size_t i = 0; jsonspan_next(messages, &i, &message); parts.messages++) {
        if (path == API_PATH_API_CHAT)
            look_at_images(&parts, message);
        else if (path == API_PATH_MESSAGES && jsonspan_get(message, "content", &content))
            look_at_blocks(&parts, content);
        else if (jsonspan_get(message, "content", &content) ||
                 (responses && jsonspan_get(message, "output", &content)))
            look_at_parts(&parts, content, responses);
        if (responses)
            look_for_kept(&parts, message);
    }
    return parts;
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
