/* A handful of places, looked through one by one. */
#include "rules/model_lists.h"

#include <stdbool.h>
#include <stddef.h>

void model_lists_init(struct model_lists *lists)
{
    for (size_t i = 0; i < MODEL_LISTS_COUNT; i++) {
        buf_init(&lists->at[i].question, MODEL_LISTS_BYTES_MAX);
        buf_init(&lists->at[i].answer, MODEL_LISTS_BYTES_MAX);
        lists->at[i].kept_at_ms = 0;
    }
}

static void drop(struct model_list *list)
{
    buf_done(&list->question);
    buf_done(&list->answer);
}

void model_lists_done(struct model_lists *lists)
{
    for (size_t i = 0; i < MODEL_LISTS_COUNT; i++)
        drop(&lists->at[i]);
}

int model_lists_question(const char *base_url, struct text fields, struct buf *out)
{
    int r = buf_append_string(out, base_url);
    r = r < 0 ? r : buf_append(out, "", 1); /* so that no other split makes the same question */
    return r < 0 ? r : buf_append_text(out, fields);
}

static bool answers(const struct model_list *list, struct text question)
{
    return question.len > 0 && text_same(buf_text(&list->question), question);
}

struct text model_lists_get(const struct model_lists *lists, struct text question, int64_t now_ms)
{
    for (size_t i = 0; i < MODEL_LISTS_COUNT; i++) {
        const struct model_list *list = &lists->at[i];
        if (answers(list, question) && now_ms - list->kept_at_ms < MODEL_LISTS_KEEP_MS)
            return buf_text(&list->answer);
    }
    return (struct text){0};
}

static struct model_list *place_for(struct model_lists *lists, struct text question)
{
    struct model_list *oldest = &lists->at[0];
    for (size_t i = 0; i < MODEL_LISTS_COUNT; i++) {
        struct model_list *list = &lists->at[i];
        if (answers(list, question))
            return list;
        if (oldest->question.len && (!list->question.len || list->kept_at_ms < oldest->kept_at_ms))
            oldest = list;
    }
    return oldest;
}

void model_lists_keep(struct model_lists *lists, struct text question, struct text answer,
                      int64_t now_ms)
{
    struct model_list *list = place_for(lists, question);
    drop(list);
    list->kept_at_ms = now_ms;
    if (buf_append_text(&list->answer, answer) < 0 ||
        buf_append_text(&list->question, question) < 0)
        drop(list);
}
