/* What a dialect's half of tools makes of requests and whole answers. In rows ' stands for ". */
#ifndef UNDERSTUDY_ROUNDS_ROW_H
#define UNDERSTUDY_ROUNDS_ROW_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dialect/tools.h"
#include "json/jsonspan.h"
#include "json_row.h"

/* Ours are the tools of "us". */
static inline bool rounds_is_ours(const void *arg, struct text name)
{
    (void)arg;
    return text_starts(name, "us__");
}

/* An element of "tools", and its name; NULL: it has none. */
struct rounds_name {
    const char *name, *tool, *want;
};

static inline void rounds_name_check(const struct dialect_tools *tools,
                                     const struct rounds_name *row)
{
    char *tool = json_row_text(row->tool);
    struct buf out;
    buf_init(&out, 64);
    int r = tools->name_read(text_of(tool), &out);
    ck_assert_msg(r == (row->want ? 0 : -ENOENT), "%s: %d", row->name, r);
    ck_assert_msg(!row->want || text_equals(buf_text(&out), row->want), "%s: %s", row->name,
                  out.data);
    buf_done(&out);
    free(tool);
}

/* A tool that is offered. */
static inline void rounds_offer_check(const struct dialect_tools *tools, const char *description,
                                      const char *want_row)
{
    const struct tool_offer offer = {text_of("us__f"), text_of(description),
                                     text_of("{\"type\":\"object\"}")};
    char *want = json_row_text(want_row);
    for (size_t max = 0; max <= strlen(want); max++) {
        struct buf out;
        buf_init(&out, max);
        ck_assert_int_eq(tools->offer_write(&offer, &out), max < strlen(want) ? -EMSGSIZE : 0);
        ck_assert_msg(max < strlen(want) || text_equals(buf_text(&out), want), "%s", out.data);
        buf_done(&out);
    }
    free(want);
}

/* The calls of an answer, each as "id|name|arguments", with a blank behind it. */
struct rounds_calls {
    const char *name, *answer, *want;
};

static inline void rounds_calls_check(const struct dialect_tools *tools,
                                      const struct rounds_calls *row)
{
    char *answer = json_row_text(row->answer), *want = json_row_text(row->want);
    struct tool_calls calls;
    struct buf out;
    tool_calls_init(&calls);
    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(tools->calls_read(text_of(answer), &calls), 0);
    for (size_t i = 0; i < calls.count; i++)
        ck_assert_int_eq(buf_printf(&out, "%.*s|%.*s|%.*s ", TEXT_ARG(calls.at[i].id),
                                    TEXT_ARG(calls.at[i].name), TEXT_ARG(calls.at[i].arguments)),
                         0);
    ck_assert_msg(text_equals(buf_text(&out), want), "%s: %s", row->name, out.data);
    tool_calls_done(&calls);
    buf_done(&out);
    free(answer);
    free(want);
}

/* What goes behind the turns: the answer, and a good and a bad result. */
struct rounds_turn {
    const char *name, *answer, *want;
    const char *ids[2]; /* of the results */
};

static inline void rounds_turn_check(const struct dialect_tools *tools,
                                     const struct rounds_turn *row)
{
    const struct tool_result results[] = {
        {.id = text_of(row->ids[0]), .name = text_of("us__f"), .text = text_of("21 \xc2\xb0")},
        {.id = text_of(row->ids[1]),
         .name = text_of("us__g"),
         .text = text_of("[tool error] no"),
         .failed = true}};
    char *answer = json_row_text(row->answer), *want = json_row_text(row->want);
    for (size_t max = 0; max <= strlen(want); max++) {
        struct buf out;
        buf_init(&out, max);
        int r = tools->turn_write(text_of(answer), results, 2, &out);
        ck_assert_msg(r == (max < strlen(want) ? -EMSGSIZE : 0), "%s: %d", row->name, r);
        ck_assert_msg(r < 0 || text_equals(buf_text(&out), want), "%s: %s", row->name, out.data);
        buf_done(&out);
    }
    free(answer);
    free(want);
}

/* The answers of the rounds before, the last one, and the one that the app gets. */
struct rounds_join {
    const char *name, *earlier, *last, *want;
};

static inline void rounds_join_check(const struct dialect_tools *tools,
                                     const struct rounds_join *row)
{
    char *earlier = json_row_text(row->earlier), *last = json_row_text(row->last);
    char *want = json_row_text(row->want ? row->want : row->last);
    for (size_t max = 0; max <= strlen(want); max++) {
        struct buf out;
        buf_init(&out, max);
        int r = tools->answers_join(text_of(earlier), text_of(last), rounds_is_ours, NULL, &out);
        ck_assert_msg(r == (max < strlen(want) ? -EMSGSIZE : 0), "%s: %d with room for %zu: %s",
                      row->name, r, max, out.data);
        ck_assert_msg(r < 0 || text_equals(buf_text(&out), want), "%s: %s", row->name, out.data);
        ck_assert(r < 0 || jsonspan_check(buf_text(&out), NULL) == 0);
        buf_done(&out);
    }
    free(earlier);
    free(last);
    free(want);
}

#endif
