/* Streams of several rounds through a weaver (dialect/tools.h); tools that begin with sky__ are
 * ours. */
#ifndef UNDERSTUDY_WEAVE_TEST_H
#define UNDERSTUDY_WEAVE_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dialect/tools.h"
#include "dialect/weave.h"
#include "http/sse.h"
#include "json/jsonspan.h"
#include "json_row.h"
#include "short_memory.h"

struct weave_test {
    const struct dialect_tools *tools;
    struct tool_weaver *weaver;
    struct buf out;
};

static inline bool weave_test_is_ours(const void *arg, struct text name)
{
    (void)arg;
    return text_starts(name, "sky__");
}

static inline bool weave_test_is_nobodys(const void *arg, struct text name)
{
    (void)arg;
    (void)name;
    return false;
}

static inline void weave_test_begin(struct weave_test *test, const struct dialect_tools *tools,
                                    tool_is_ours *is_ours)
{
    *test = (struct weave_test){tools, tool_weaver_new(tools, is_ours, NULL), {0}};
    ck_assert_ptr_nonnull(test->weaver);
    buf_init(&test->out, 64 << 20);
}

static inline void weave_test_done(struct weave_test *test)
{
    tool_weaver_free(test->tools, test->weaver);
    buf_done(&test->out);
}

/* The events of a stream. 0, or the first error of the weaver. */
static inline int weave_test_feed(struct weave_test *test, struct text stream)
{
    struct sse sse;
    struct sse_event event;
    int r = 0;
    sse_init(&sse, 1 << 20);
    ck_assert_int_eq(sse_push(&sse, stream), 0);
    while (r == 0 && sse_next(&sse, &event)) {
        struct dialect_event one = {.name = event.name, .data = event.data};
        if (!event.has_data)
            one.data.at = NULL;
        else if (!one.data.at)
            one.data = text_of("");
        r = test->tools->weave(test->weaver, &one, event.raw, &test->out);
    }
    ck_assert(r < 0 || sse_rest(&sse).len == 0);
    sse_done(&sse);
    return r;
}

/* Another round; its answer so far is added to *earlier, elements of an array. NULL = nobody asks.
 */
static inline void weave_test_next(struct weave_test *test, struct buf *earlier)
{
    if (earlier && earlier->len)
        ck_assert_int_eq(buf_append_string(earlier, ","), 0);
    if (earlier)
        ck_assert_int_eq(test->tools->weave_answer(test->weaver, earlier), 0);
    ck_assert_int_eq(test->tools->weave_next(test->weaver), 0);
    ck_assert_uint_eq(test->weaver->ours + test->weaver->theirs, 0);
}

/* A row of rounds (in it ' is "; NULL behind the last) in one stream, its comment before the end.
 */
static inline void weave_test_check(const char *name, const struct dialect_tools *tools,
                                    const char *const *rounds, const char *want)
{
    struct weave_test test;
    weave_test_begin(&test, tools, weave_test_is_ours);
    for (size_t i = 0; rounds[i]; i++) {
        char *stream = json_row_text(rounds[i]);
        if (i)
            weave_test_next(&test, NULL);
        ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), 0);
        free(stream);
    }
    ck_assert_int_eq(tools->weave_end(test.weaver, text_of(rounds[1] ? ": ran\n" : ""), &test.out),
                     0);
    char *wanted = json_row_text(want);
    ck_assert_msg(text_equals(buf_text(&test.out), wanted), "%s: got\n%s\nand not\n%s", name,
                  test.out.len ? test.out.data : "", wanted);
    free(wanted);
    weave_test_done(&test);
}

/* The answer of a stream of one round, as its text; malloc'ed, NULL = it has none. */
static inline char *weave_test_answer(const struct dialect_tools *tools, const char *row)
{
    struct weave_test test;
    char *stream = json_row_text(row);
    weave_test_begin(&test, tools, weave_test_is_ours);
    ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), 0);
    buf_reset(&test.out);
    int r = tools->weave_answer(test.weaver, &test.out);
    ck_assert_int_eq(r, r == 0 ? 0 : -EPROTO);
    char *answer = r == 0 ? buf_steal(&test.out, NULL) : NULL;
    weave_test_done(&test);
    free(stream);
    return answer;
}

/* Whatever room there is for what goes out: it is too little and said so, or all of it is there. */
static inline void weave_test_no_room(const struct dialect_tools *tools, const char *const *rounds)
{
    int r = -EMSGSIZE;
    for (size_t max = 0; r != 0; max++) {
        struct weave_test test;
        weave_test_begin(&test, tools, weave_test_is_ours);
        test.out.max = max;
        r = 0;
        for (size_t i = 0; rounds[i] && r == 0; i++) {
            char *stream = json_row_text(rounds[i]);
            if (i)
                weave_test_next(&test, NULL);
            r = weave_test_feed(&test, text_of(stream));
            free(stream);
        }
        if (r == 0)
            r = tools->weave_end(test.weaver, text_of(": ran\n"), &test.out);
        ck_assert_int_eq(r, r == 0 ? 0 : -EMSGSIZE);
        weave_test_done(&test);
    }
}

/* ---- memory that runs out */

/* Events of two lines each, without an allocation. */
static inline int weave_test_feed_plain(const struct dialect_tools *tools,
                                        struct tool_weaver *weaver, const char *stream,
                                        struct buf *out)
{
    int r = 0;
    for (const char *end; r == 0 && (end = strstr(stream, "\n\n")) != NULL; stream = end + 2) {
        const char *data = strstr(stream, "\ndata: ");
        struct dialect_event event = {
            .name = text_make(stream + 7, (size_t)(data - stream) - 7),
            .data = text_make(data + 7, (size_t)(end - data) - 7),
        };
        r = tools->weave(weaver, &event, text_make(stream, (size_t)(end + 2 - stream)), out);
    }
    return r;
}

/* What follows the answer of a round. */
static inline int weave_test_turn(const struct dialect_tools *tools, struct text answer,
                                  struct buf *out)
{
    static const struct tool_result result = {{"c", 1}, {"sky__x", 6}, {"a\"", 2}, true};
    struct tool_calls calls;
    tool_calls_init(&calls);
    int r = tools->calls_read(answer, &calls);
    for (size_t i = 0; r == 0 && i < calls.count; i++)
        r = buf_append_text(out, calls.at[i].arguments);
    r = r < 0 ? r : tools->turn_write(answer, &result, 1, out);
    tool_calls_done(&calls);
    return r;
}

/* One more round; its answer takes the place of the one before. */
static inline int weave_test_round(const struct dialect_tools *tools, struct tool_weaver *weaver,
                                   const char *stream, struct buf *answer, struct buf *out)
{
    int r = weave_test_feed_plain(tools, weaver, stream, out);
    buf_reset(answer);
    r = r < 0 ? r : tools->weave_answer(weaver, answer);
    return r < 0 ? r : weave_test_turn(tools, buf_text(answer), out);
}

static inline int weave_test_rounds(const struct dialect_tools *tools, struct tool_weaver *weaver,
                                    char *const *streams, struct buf *out)
{
    struct buf earlier, answer;
    buf_init(&earlier, 1 << 20);
    buf_init(&answer, 1 << 20);
    int r = buf_append(&earlier, "[", 1);
    for (size_t i = 0; streams[i] && r == 0; i++) {
        if (i)
            r = weave_element(buf_text(&answer), &earlier);
        if (i && r == 0)
            r = tools->weave_next(weaver);
        r = r < 0 ? r : weave_test_round(tools, weaver, streams[i], &answer, out);
    }
    if (r == 0)
        r = buf_append(&earlier, "]", 1);
    if (r == 0)
        r = tools->weave_end(weaver, text_of(": ran\n"), out);
    if (r == 0)
        r = tools->answers_join(buf_text(&earlier), buf_text(&answer), weave_test_is_ours, NULL,
                                out);
    buf_done(&earlier);
    buf_done(&answer);
    return r;
}

static inline int weave_test_all(const struct dialect_tools *tools, char *const *streams,
                                 struct buf *out)
{
    struct tool_weaver *weaver = tool_weaver_new(tools, weave_test_is_ours, NULL);
    int r = weaver ? weave_test_rounds(tools, weaver, streams, out) : -ENOMEM;
    tool_weaver_free(tools, weaver);
    return r;
}

/* With each allocation that fails once: an error, or all that comes out without. Up to 3 rounds of
 * events of two lines each. Usage has short names: jansson 2.14 loses a byte of a longer one where
 * its buffer cannot grow, and says nothing. */
static inline void weave_test_memory(const struct dialect_tools *tools, const char *const *rounds)
{
    char *streams[4] = {0};
    struct buf whole, out;
    bool failed = true;
    buf_init(&whole, 1 << 20);
    for (size_t i = 0; rounds[i]; i++)
        streams[i] = json_row_text(rounds[i]);
    ck_assert_int_eq(weave_test_all(tools, streams, &whole), 0);
    for (size_t n = 0; failed; n++) {
        buf_init(&out, 1 << 20);
        short_memory_at(n);
        int r = weave_test_all(tools, streams, &out);
        failed = short_memory_failed();
        ck_assert_msg(r == 0 || (failed && r == -ENOMEM), "allocation %zu: %d", n, r);
        ck_assert_msg(r < 0 || text_same(buf_text(&out), buf_text(&whole)),
                      "allocation %zu failed without a word", n);
        buf_done(&out);
    }
    for (size_t i = 0; rounds[i]; i++)
        free(streams[i]);
    buf_done(&whole);
}

/* As deep as an event may be: what it is put into would be deeper. deep: a stream of one round, @
 * stands for the brackets. */
__attribute__((unused)) static void weave_test_depth(const struct dialect_tools *tools,
                                                     const char *deep)
{
    const char *place = strstr(deep, "@");
    char brackets[2 * JSONSPAN_DEPTH_MAX + 1], stream[2000];
    for (int depth = JSONSPAN_DEPTH_MAX - 5; depth < JSONSPAN_DEPTH_MAX - 1; depth++) {
        memset(brackets, '[', (size_t)depth);
        memset(brackets + depth, ']', (size_t)depth);
        brackets[2 * depth] = '\0';
        (void)snprintf(stream, sizeof(stream), "%.*s%s%s", (int)(place - deep), deep, brackets,
                       place + 1);
        char *answer = weave_test_answer(tools, stream);
        ck_assert(answer == NULL || jsonspan_check(text_of(answer), NULL) == 0);
        ck_assert_int_eq(answer != NULL, depth <= JSONSPAN_DEPTH_MAX - 3);
        free(answer);
    }
}

/* The calls of an answer, a line each: id, name, arguments. Both with ' for ". */
__attribute__((unused)) static void weave_test_calls(const struct dialect_tools *tools,
                                                     const char *answer_row, const char *want_row)
{
    struct tool_calls found;
    struct buf out;
    char *answer = json_row_text(answer_row), *want = json_row_text(want_row);
    tool_calls_init(&found);
    buf_init(&out, 1000);
    ck_assert_int_eq(tools->calls_read(text_of(answer), &found), 0);
    for (size_t i = 0; i < found.count; i++)
        ck_assert_int_eq(buf_printf(&out, "%.*s %.*s %.*s\n", TEXT_ARG(found.at[i].id),
                                    TEXT_ARG(found.at[i].name), TEXT_ARG(found.at[i].arguments)),
                         0);
    ck_assert_msg(text_equals(buf_text(&out), want), "%s: %s", answer_row, out.data);
    tool_calls_done(&found);
    buf_done(&out);
    free(answer);
    free(want);
}

/* The name of a tool of a request; NULL: it has none. With ' for ". */
__attribute__((unused)) static void weave_test_name(const struct dialect_tools *tools,
                                                    const char *tool_row, const char *name)
{
    struct buf out;
    char *tool = json_row_text(tool_row);
    buf_init(&out, 200);
    ck_assert_int_eq(tools->name_read(text_of(tool), &out), name ? 0 : -ENOENT);
    ck_assert_msg(text_equals(buf_text(&out), name ? name : ""), "%s", out.data);
    buf_done(&out);
    free(tool);
}

/* The answers of several rounds joined, in every smaller room, too. All with ' for ". */
__attribute__((unused)) static void weave_test_join(const struct dialect_tools *tools,
                                                    const char *earlier_row, const char *last_row,
                                                    const char *want_row)
{
    struct buf out;
    char *earlier = json_row_text(earlier_row), *last = json_row_text(last_row);
    char *want = json_row_text(want_row);
    for (size_t max = 0, len = strlen(want); max <= len; max++) {
        buf_init(&out, max);
        int r =
            tools->answers_join(text_of(earlier), text_of(last), weave_test_is_ours, NULL, &out);
        ck_assert_int_eq(r, max < len ? -EMSGSIZE : 0);
        if (max == len)
            ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", last_row, out.data);
        buf_done(&out);
    }
    free(earlier);
    free(last);
    free(want);
}

/* The answer that a stream of one round makes; NULL: none. */
__attribute__((unused)) static void weave_test_is_answer(const struct dialect_tools *tools,
                                                         const char *name, const char *stream,
                                                         const char *want_row)
{
    char *got = weave_test_answer(tools, stream);
    char *want = want_row ? json_row_text(want_row) : NULL;
    ck_assert_msg(got && want ? strcmp(got, want) == 0 : got == want, "%s: got\n%s\nand not\n%s",
                  name, got ? got : "none", want ? want : "none");
    free(got);
    free(want);
}

/* A number beyond all bounds passes as it came, or cannot be held back. */
__attribute__((unused)) static void weave_test_number(const struct dialect_tools *tools,
                                                      const char *row, bool passes)
{
    struct weave_test test;
    char *stream = json_row_text(row);
    weave_test_begin(&test, tools, weave_test_is_ours);
    ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), passes ? 0 : -EMSGSIZE);
    if (passes)
        ck_assert_str_eq(test.out.data, stream);
    weave_test_done(&test);
    free(stream);
}

#endif
