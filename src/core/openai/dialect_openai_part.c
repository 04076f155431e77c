/*
 * One part of a message. A row of the table for each type: where its bytes are and what they are.
 * input_text, output_text and input_image are the names of the Responses API, which clients mix in.
 */
#include <errno.h>
#include <string.h>

#include "openai/dialect_openai.h"
#include "text/base64.h"
#include "text/count.h"

typedef int read_fn(const json_t *part, const char *member, unsigned carries, struct chat_part *ret,
                    struct error *reterr);

static int read_text(const json_t *part, const char *member, unsigned carries,
                     struct chat_part *ret, struct error *reterr)
{
    const json_t *text = json_object_get(part, member);
    (void)carries;
    if (!json_is_string(text)) {
        error_set(reterr, "a text part without text");
        return -EINVAL;
    }
    *ret = (struct chat_part){.kind = CHAT_PART_TEXT, .data = chat_json_text(text)};
    return 0;
}

/* The first byte equal to c, or the length. */
static size_t find(struct text text, char c)
{
    const char *at = text.len ? memchr(text.at, c, text.len) : NULL;
    return at ? (size_t)(at - text.at) : text.len;
}

static bool ends_nocase(struct text text, const char *lower_case)
{
    size_t len = strlen(lower_case);
    return text.len >= len && text_equals_nocase(text_skip(text, text.len - len), lower_case);
}

/* data:[media type][;parameter]...;base64,... (RFC 2397) */
static int read_data_url(struct text url, struct chat_part *ret, struct error *reterr)
{
    struct text head = text_skip(url, strlen("data:"));
    size_t comma = find(head, ',');
    struct text data = text_skip(head, comma + 1);
    head.len = comma;
    if (!ends_nocase(head, ";base64")) {
        error_set(reterr, "a data: URL that is not base64");
        return -EINVAL;
    }
    head.len = find(head, ';');
    *ret = (struct chat_part){.kind = CHAT_PART_IMAGE, .data = data, .media = head};
    return base64_check(data, reterr);
}

/* {"image_url": {"url": "data:..."}}, or the URL without the object around it. */
static int read_image(const json_t *part, const char *member, unsigned carries,
                      struct chat_part *ret, struct error *reterr)
{
    const json_t *image = json_object_get(part, member);
    struct text url = chat_json_text(json_is_object(image) ? json_object_get(image, "url") : image);
    if (text_starts_nocase(url, "data:"))
        return read_data_url(url, ret, reterr);
    bool web = text_starts_nocase(url, "http:") || text_starts_nocase(url, "https:");
    *ret = (struct chat_part){.kind = CHAT_PART_IMAGE, .source = CHAT_SOURCE_URL, .data = url};
    if (web && carries & CHAT_CARRY_URL)
        return 0;
    if (web)
        error_set(reterr, "an image by its URL is not fetched, send it as a data: URL");
    else
        error_set(reterr, "an image that is no data: URL");
    return -EINVAL;
}

static int read_audio(const json_t *part, const char *member, unsigned carries,
                      struct chat_part *ret, struct error *reterr)
{
    (void)carries;
    const json_t *audio = json_object_get(part, member);
    *ret = (struct chat_part){.kind = CHAT_PART_AUDIO,
                              .data = chat_json_text(json_object_get(audio, "data")),
                              .media = chat_json_text(json_object_get(audio, "format"))};
    return base64_check(ret->data, reterr);
}

static const struct {
    const char *type;
    const char *member;
    read_fn *read;
} types[] = {
    {"text", "text", read_text},
    {"input_text", "text", read_text},
    {"output_text", "text", read_text},
    {"refusal", "refusal", read_text},
    {"image_url", "image_url", read_image},
    {"input_image", "image_url", read_image},
    {"input_audio", "input_audio", read_audio},
};

int dialect_openai_part(const json_t *part, unsigned carries, struct chat_part *ret,
                        struct error *reterr)
{
    struct text type = chat_json_text(json_object_get(part, "type"));
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equals(type, types[i].type))
            return types[i].read(part, types[i].member, carries, ret, reterr);
    if (json_is_string(part)) { /* a bare string among the parts, as some clients send */
        *ret = (struct chat_part){.kind = CHAT_PART_TEXT, .data = chat_json_text(part)};
        return 0;
    }
    error_set(reterr, "a part of type \"%.*s\" cannot be translated",
              (int)(type.len < 40 ? type.len : 40), type.at);
    return -EINVAL;
}
