/* What an event of chat says that went out, for whoever goes on with its stream. */
#include <errno.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

static bool is_one_of(struct text name, const char *const *names)
{
    for (; *names; names++)
        if (jsonspan_name_is(name, *names))
            return true;
    return false;
}

/* Reasoning is over once content comes, and is not part of what is gone on with. */
static int read_delta(struct text delta, struct buf *content, struct dialect_said *said)
{
    static const char *const passed_over[] = {"role", "reasoning", "reasoning_content",
                                              "reasoning_details", NULL};
    static const char *const others[] = {"tool_calls", "function_call", "refusal", "audio", NULL};
    struct text name, value;
    int r = 0;
    for (size_t position = 0; r == 0 && jsonspan_member(delta, &position, &name, &value);) {
        if (jsonspan_is_empty(value) || is_one_of(name, passed_over))
            continue;
        if (jsonspan_name_is(name, "content"))
            r = jsonspan_decode(value, content);
        else if (is_one_of(name, others))
            said->other = true;
        else
            said->uncertain = true;
    }
    return r;
}

static enum chat_finish finish_of(struct text reason)
{
    static const struct {
        const char *word;
        enum chat_finish finish;
    } finishes[] = {{"length", CHAT_FINISH_LENGTH}, {"content_filter", CHAT_FINISH_FILTER}};
    for (size_t i = 0; i < COUNT(finishes); i++)
        if (jsonspan_name_is(reason, finishes[i].word))
            return finishes[i].finish;
    return CHAT_FINISH_STOP;
}

static int read_choice(struct text choice, struct buf *content, struct dialect_said *said)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "index"}, {.name = "logprobs"}, {.name = "finish_reason"}, {.name = "delta"}};
    jsonspan_pick(choice, wanted, COUNT(wanted));
    if ((wanted[0].value.at && !text_equals(wanted[0].value, "0")) ||
        !jsonspan_is_empty(wanted[1].value))
        said->uncertain = true;
    if (!jsonspan_is_empty(wanted[2].value))
        said->finish = finish_of(wanted[2].value);
    return wanted[3].value.at ? read_delta(wanted[3].value, content, said) : 0;
}

static int64_t read_whole(struct text number)
{
    int64_t n;
    (void)text_digits(number, &n);
    return n < 0 ? 0 : n;
}

int dialect_openai_said_read(struct text data, struct buf *content, struct dialect_said *ret)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "id"}, {.name = "created"}, {.name = "error"}, {.name = "choices"}};
    struct text choice;
    size_t position = 0;
    int r = 0;
    *ret = (struct dialect_said){0};
    if (jsonspan_check(data, NULL) < 0 || jsonspan_type(data) != JSONSPAN_OBJECT)
        return -EPROTO;
    jsonspan_pick(data, wanted, COUNT(wanted));
    ret->id = wanted[0].value;
    ret->created = wanted[1].value.at ? read_whole(wanted[1].value) : 0;
    ret->uncertain = !jsonspan_is_empty(wanted[2].value);
    while (r == 0 && jsonspan_next(wanted[3].value, &position, &choice))
        r = read_choice(choice, content, ret);
    return r;
}
