/*
 * One part of a message. A row of the table for each type: where its bytes are and what they are.
 * input_text, output_text and input_image are the names of the Responses API, which clients mix in.
 */
#include <errno.h>
#include <string.h>

#include "openai/dialect_openai.h"
#include "text/base64.h"
#include "text/count.h"

/* More than any request body holds. */
#define THOUGHTS_MAX ((size_t)1 << 30)

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

/* {"file": {"file_data": "data:application/pdf;base64,...", "filename"}} */
static int read_file(const json_t *part, const char *member, unsigned carries,
                     struct chat_part *ret, struct error *reterr)
{
    (void)carries;
    const json_t *file = json_object_get(part, member);
    struct text url = chat_json_text(json_object_get(file, "file_data"));
    if (chat_json_text(json_object_get(file, "file_id")).len) {
        error_set(reterr, "a file that was uploaded is at the cloud, send it in the request");
        return -EINVAL;
    }
    if (!text_starts_nocase(url, "data:")) {
        error_set(reterr, "a file whose file_data is no data: URL of base64");
        return -EINVAL;
    }
    int r = read_data_url(url, ret, reterr);
    ret->kind = CHAT_PART_DOCUMENT;
    ret->title = chat_json_text(json_object_get(file, "filename"));
    return r;
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
    {"file", "file", read_file},
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

/*
 * What was thought, as a part of a message:
 *
 *     {"type": "thinking", "thinking": "..."}                            Anthropic, LiteLLM
 *     {"type": "thinking", "thinking": [{"type": "text", "text"}]}       Mistral
 *     {"type": "reasoning", "text" | "reasoning": "..."}                 Vercel's SDK, LangChain
 *     {"type": "reasoning", "summary": [{"type": "summary_text", "text"}]}   OpenAI's Responses
 */
bool dialect_openai_is_thought(const json_t *part)
{
    static const char *const thoughts[] = {"thinking", "reasoning", "redacted_thinking"};
    struct text type = chat_json_text(json_object_get(part, "type"));
    for (size_t i = 0; i < COUNT(thoughts); i++)
        if (text_equals(type, thoughts[i]))
            return true;
    return false;
}

static int add_text(struct text text, struct buf *out)
{
    int r = text.len && out->len ? buf_append(out, "\n", 1) : 0;
    return r == 0 ? buf_append_text(out, text) : r;
}

/* A text, or a list of objects with one. */
static int add_value(const json_t *value, struct buf *out)
{
    size_t i;
    json_t *one;
    int r = add_text(chat_json_text(value), out);
    json_array_foreach (value, i, one)
        if (r == 0)
            r = add_text(chat_json_text(json_object_get(one, "text")), out);
    return r;
}

static int add_thought(const json_t *part, struct buf *out)
{
    static const char *const members[] = {"thinking", "reasoning", "text", "summary"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(members); i++)
        r = add_value(json_object_get(part, members[i]), out);
    return r;
}

int dialect_openai_thought(json_t *part, struct text *ret)
{
    struct buf out;
    buf_init(&out, THOUGHTS_MAX);
    int r = add_thought(part, &out);
    json_t *string = r == 0 && out.len ? json_stringn(out.data, out.len) : NULL;
    if (r < 0 || (out.len && json_object_set_new(part, "thinking", string) < 0))
        r = -ENOMEM;
    *ret = chat_json_text(string);
    buf_done(&out);
    return r;
}
