/* One walk over the messages, their parts, and what tools gave. */
#include "request/request_parts.h"

#include "json/jsonspan.h"

static void note_part(struct request_parts *parts, struct text type)
{
    if (jsonspan_name_is(type, "image_url") || jsonspan_name_is(type, "input_image"))
        parts->images++;
    else if (jsonspan_name_is(type, "input_audio"))
        parts->audio = true;
}

/* Parts and items of responses that stand for what is kept. */
static void note_kept(struct request_parts *parts, struct text type, struct text file_id)
{
    if (jsonspan_type(file_id) == JSONSPAN_STRING || jsonspan_name_is(type, "item_reference"))
        parts->kept = true;
}

static void look_for_kept(struct request_parts *parts, struct text object)
{
    note_kept(parts, jsonspan_value(object, "type"), jsonspan_value(object, "file_id"));
}

static void look_at_parts(struct request_parts *parts, struct text content, bool responses)
{
    struct text part;
    for (size_t i = 0; jsonspan_next(content, &i, &part);) {
        note_part(parts, jsonspan_value(part, "type"));
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

/* Of a message as Anthropic's API takes it. NULL: nothing is. */
static const char *what_is_wrong(struct text message, struct text role, struct text content)
{
    if (jsonspan_type(message) != JSONSPAN_OBJECT)
        return "it is not an object";
    if (jsonspan_type(role) != JSONSPAN_STRING)
        return "its role is not a text";
    if (jsonspan_type(content) != JSONSPAN_STRING && jsonspan_type(content) != JSONSPAN_ARRAY)
        return "its content is neither a text nor an array of blocks";
    return NULL;
}

/* Before the message is counted. */
static void check_message(struct request_parts *parts, struct text message, struct text role,
                          struct text content)
{
    if (parts->wrong)
        return;
    parts->wrong = what_is_wrong(message, role, content);
    parts->wrong_at = parts->messages;
}

/* Of responses, what a tool gave may hold an image, too. */
struct request_parts request_parts_look(enum api_path path, struct text messages)
{
    struct request_parts parts = {0};
    struct text message, content;
    bool responses = path == API_PATH_RESPONSES;
    for (size_t i = 0; jsonspan_next(messages, &i, &message); parts.messages++) {
        if (path == API_PATH_MESSAGES)
            check_message(&parts, message, jsonspan_value(message, "role"),
                          jsonspan_value(message, "content"));
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

/* ---- in the walk over the body */

enum {
    MESSAGES,
    MESSAGE,
    ROLE,
    CONTENT,
    OUTPUT,
    IMAGES,
    TYPE,
    FILE_ID,
    PART,
    PART_TYPE,
    PART_FILE_ID,
    PART_CONTENT,
    OUTPUT_PART,
    OUTPUT_TYPE,
    OUTPUT_FILE_ID,
    INNER,
    INNER_TYPE,
    IMAGE,
};

static const struct jsonspan_wanted all_rows[REQUEST_PARTS_ROWS] = {
    [MESSAGES] = {.name = "messages"},
    [MESSAGE] = {.in = JSONSCAN_IN(MESSAGES)},
    [ROLE] = {.name = "role", .in = JSONSCAN_IN(MESSAGE)},
    [CONTENT] = {.name = "content", .in = JSONSCAN_IN(MESSAGE)},
    [OUTPUT] = {.name = "output", .in = JSONSCAN_IN(MESSAGE)},
    [IMAGES] = {.name = "images", .in = JSONSCAN_IN(MESSAGE)},
    [TYPE] = {.name = "type", .in = JSONSCAN_IN(MESSAGE)},
    [FILE_ID] = {.name = "file_id", .in = JSONSCAN_IN(MESSAGE)},
    [PART] = {.in = JSONSCAN_IN(CONTENT)},
    [PART_TYPE] = {.name = "type", .in = JSONSCAN_IN(PART)},
    [PART_FILE_ID] = {.name = "file_id", .in = JSONSCAN_IN(PART)},
    [PART_CONTENT] = {.name = "content", .in = JSONSCAN_IN(PART)},
    [OUTPUT_PART] = {.in = JSONSCAN_IN(OUTPUT)},
    [OUTPUT_TYPE] = {.name = "type", .in = JSONSCAN_IN(OUTPUT_PART)},
    [OUTPUT_FILE_ID] = {.name = "file_id", .in = JSONSCAN_IN(OUTPUT_PART)},
    [INNER] = {.in = JSONSCAN_IN(PART_CONTENT)},
    [INNER_TYPE] = {.name = "type", .in = JSONSCAN_IN(INNER)},
    [IMAGE] = {.in = JSONSCAN_IN(IMAGES)},
};

void request_parts_begin(struct request_parts_walk *walk, enum api_path path)
{
    *walk = (struct request_parts_walk){.path = path};
    memcpy(walk->rows, all_rows, sizeof(all_rows));
    if (path == API_PATH_RESPONSES)
        walk->rows[MESSAGES].name = "input";
}

static void add(struct request_parts *sum, const struct request_parts *parts)
{
    sum->images += parts->images;
    sum->audio |= parts->audio;
    sum->kept |= parts->kept;
}

/* As request_parts_look chooses what of a message counts. */
static void end_message(struct request_parts_walk *walk)
{
    const struct request_parts none = {0};
    const struct jsonspan_wanted *rows = walk->rows;
    bool responses = walk->path == API_PATH_RESPONSES;
    if (walk->path == API_PATH_MESSAGES)
        check_message(&walk->found, rows[MESSAGE].value, rows[ROLE].value, rows[CONTENT].value);
    if (walk->path == API_PATH_API_CHAT)
        add(&walk->found, &walk->beside);
    else if (rows[CONTENT].value.at)
        add(&walk->found, &walk->content);
    else if (responses)
        add(&walk->found, &walk->output);
    if (responses)
        note_kept(&walk->found, rows[TYPE].value, rows[FILE_ID].value);
    walk->found.messages++;
    walk->content = walk->output = walk->beside = none;
}

static void end_part(enum api_path path, struct request_parts *parts, struct text type,
                     struct text file_id)
{
    if (path == API_PATH_MESSAGES)
        parts->images += jsonspan_name_is(type, "image");
    else
        note_part(parts, type);
    if (path == API_PATH_RESPONSES)
        note_kept(parts, type, file_id);
}

void request_parts_each(void *arg, size_t element)
{
    struct request_parts_walk *walk = arg;
    const struct jsonspan_wanted *rows = walk->rows;
    if (element == MESSAGE)
        end_message(walk);
    else if (element == PART)
        end_part(walk->path, &walk->content, rows[PART_TYPE].value, rows[PART_FILE_ID].value);
    else if (element == OUTPUT_PART)
        end_part(walk->path, &walk->output, rows[OUTPUT_TYPE].value, rows[OUTPUT_FILE_ID].value);
    else if (element == IMAGE)
        walk->beside.images++;
    else if (walk->path == API_PATH_MESSAGES) /* INNER */
        walk->content.images += jsonspan_name_is(rows[INNER_TYPE].value, "image");
}
