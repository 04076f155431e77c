/* Streams of several rounds, and the one stream that is woven of them. In rows ' stands for ". */
#ifndef UNDERSTUDY_WEAVE_ROW_H
#define UNDERSTUDY_WEAVE_ROW_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "answer/frames.h"
#include "dialect/tools.h"
#include "fixture.h"
#include "json_row.h"

#define WEAVE_ROUNDS_MAX 4

/* The comment before the end, where there is room for one. */
#define WEAVE_COMMENT ": tools\n"

struct weave_row {
    const char *name;
    const char *rounds[WEAVE_ROUNDS_MAX]; /* streams, as they come; NULL behind the last */
    const char *want;                     /* what the app gets */
    size_t ours, theirs;                  /* calls of the last round */
};

/* Ours are the tools of "us". */
static inline bool weave_is_ours(const void *arg, struct text name)
{
    (void)arg;
    return text_starts(name, "us__");
}

/* All events of a stream; *ret_rest is what is left of it behind the last whole one. 0 or the first
 * error. */
static inline int weave_stream(const struct dialect *dialect, struct tool_weaver *weaver,
                               struct text bytes, struct buf *out, size_t *ret_rest)
{
    struct frames frames;
    struct frame frame;
    struct answer_facts facts = answer_facts_none();
    int r = 0;
    *ret_rest = bytes.len;
    frames_init(&frames, dialect->framing, ANSWER_EVENT_MAX);
    while (bytes.len && r == 0) {
        ck_assert(frames_push(&frames, &bytes, &facts));
        while (r == 0 && frames_next(&frames, &frame)) {
            *ret_rest -= frame.raw.len;
            r = dialect->tools->weave(weaver, &frame.event, frame.raw, out);
        }
    }
    frames_done(&frames);
    return r;
}

/* The rounds, one after the other, and the end. 0 or the first error. */
static inline int weave_rounds(const struct dialect *dialect, struct tool_weaver *weaver,
                               const char *const *rounds, struct text comment, struct buf *out)
{
    size_t rest;
    int r = 0;
    for (size_t i = 0; r == 0 && i < WEAVE_ROUNDS_MAX && rounds[i]; i++) {
        char *round = json_row_text(rounds[i]);
        if (i > 0)
            r = dialect->tools->weave_next(weaver);
        if (r == 0)
            r = weave_stream(dialect, weaver, text_of(round), out, &rest);
        free(round);
    }
    return r < 0 ? r : dialect->tools->weave_end(weaver, comment, out);
}

/* One row; with every smaller room it ends with an error, and nothing is left behind. */
static inline void weave_row_check(const struct dialect *dialect, const struct weave_row *row)
{
    char *want = json_row_text(row->want);
    size_t len = strlen(want);
    for (size_t max = 0; max <= len; max++) {
        struct tool_weaver *weaver = tool_weaver_new(dialect->tools, weave_is_ours, NULL);
        struct buf out;
        buf_init(&out, max);
        int r = weave_rounds(dialect, weaver, row->rounds, text_of(WEAVE_COMMENT), &out);
        ck_assert_msg(r == (max < len ? -EMSGSIZE : 0), "%s: %d with room for %zu of %zu:\n%s",
                      row->name, r, max, len, out.data);
        if (max == len) {
            ck_assert_msg(text_equals(buf_text(&out), want), "%s: got\n%s", row->name, out.data);
            ck_assert_msg(weaver->ours == row->ours && weaver->theirs == row->theirs,
                          "%s: %zu ours, %zu theirs", row->name, weaver->ours, weaver->theirs);
        }
        buf_done(&out);
        tool_weaver_free(dialect->tools, weaver);
    }
    free(want);
}

/* A stream of one round in which no call is ours gives the bytes that came. */
static inline void weave_keeps_bytes(const struct dialect *dialect, const char *fixture)
{
    struct tool_weaver *weaver = tool_weaver_new(dialect->tools, weave_is_ours, NULL);
    struct buf in = fixture_read(fixture), out;
    size_t rest;
    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(weave_stream(dialect, weaver, buf_text(&in), &out, &rest), 0);
    buf_cut(&in, in.len - rest);
    ck_assert_int_eq(dialect->tools->weave_end(weaver, text_of(""), &out), 0);
    ck_assert_msg(text_same(buf_text(&in), buf_text(&out)), "%s: got\n%s", fixture, out.data);
    buf_done(&in);
    buf_done(&out);
    tool_weaver_free(dialect->tools, weaver);
}

/* The answer that a round's events build up, as JSON; NULL: they make none. */
static inline json_t *weave_answer_of(const struct dialect *dialect, const char *round)
{
    struct tool_weaver *weaver = tool_weaver_new(dialect->tools, weave_is_ours, NULL);
    char *bytes = json_row_text(round);
    struct buf shown, answer;
    json_t *json = NULL;
    size_t rest;
    buf_init(&shown, SIZE_MAX);
    buf_init(&answer, SIZE_MAX);
    ck_assert_int_eq(weave_stream(dialect, weaver, text_of(bytes), &shown, &rest), 0);
    int r = dialect->tools->weave_answer(weaver, &answer);
    ck_assert_msg(r == 0 || r == -EPROTO, "%d for %s", r, round);
    if (r == 0) {
        json = json_loadb(answer.data, answer.len, 0, NULL);
        ck_assert_msg(json != NULL, "%s", answer.data);
    }
    buf_done(&shown);
    buf_done(&answer);
    free(bytes);
    tool_weaver_free(dialect->tools, weaver);
    return json;
}

#endif
