/* What the messages of a request hold beside texts. */
#ifndef UNDERSTUDY_REQUEST_PARTS_H
#define UNDERSTUDY_REQUEST_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "json/jsonscan.h"
#include "kind/api_path.h"
#include "text/text.h"

struct request_parts {
    size_t messages; /* elements of messages */
    size_t images;
    bool audio;
    bool kept; /* of responses: an item or a part stands for what is kept */
    /*
     * Of Anthropic's API, whose messages are objects with a role and with content, a text or an
     * array: why the first that is none is none, a static sentence, and its index. NULL = all are.
     * What is in them is the provider's business.
     */
    const char *wrong;
    size_t wrong_at;
};

/* What stands in messages (of responses the input) of a request for that path. at NULL = nothing.
 */
struct request_parts request_parts_look(enum api_path path, struct text messages);

/* The same in the one walk in which the body is checked (jsonscan.h): begin, a walk with these rows
 * and request_parts_each, and then found is what request_parts_look says of the value of rows[0].
 */
#define REQUEST_PARTS_ROWS 18
struct request_parts_walk {
    enum api_path path;
    struct jsonspan_wanted rows[REQUEST_PARTS_ROWS];
    struct request_parts found;
    /* Of the message under way: its content, its output, its images beside the content. */
    struct request_parts content, output, beside;
};
void request_parts_begin(struct request_parts_walk *walk, enum api_path path);
jsonscan_each request_parts_each;

#endif
