/* By a status that never comes with a whole answer, and by types that are no text for programs. */
#include "http/answer_head.h"

#include <stddef.h>

#include "text/count.h"

static bool is_type(const struct answer_head *head, const char *lower_case)
{
    return head->content_type.at && text_starts_nocase(text_trim(head->content_type), lower_case);
}

bool answer_head_is_event_stream(const struct answer_head *head)
{
    return is_type(head, "text/event-stream");
}

static bool is_for_people(const struct answer_head *head)
{
    static const char *const types[] = {"text/html", "application/xhtml", "image/", "audio/",
                                        "video/",    "application/pdf"};
    for (size_t i = 0; i < COUNT(types); i++)
        if (is_type(head, types[i]))
            return true;
    return false;
}

const char *answer_head_unfit(const struct answer_head *head, bool stream)
{
    if (head->status == 204 || head->status == 205 || head->status == 206)
        return "the answer has no whole content";
    if (!stream)
        return NULL;
    if (is_for_people(head))
        return "a web page came where a stream was asked for";
    if (head->codings.unknown && !is_type(head, "application/json"))
        return "the answer is packed in a way that was not asked for";
    return NULL;
}
