/*
 * Random answers of several rounds (pieces.h), told as a dialect tells its apps: in events, which
 * go through a weaver, and as whole answers, which are joined. A client of the dialect then looks
 * at both.
 */
#ifndef UNDERSTUDY_WEAVE_STORY_H
#define UNDERSTUDY_WEAVE_STORY_H

#include <stdio.h>

#include "dialect/pieces.h"
#include "dialect/weave_test.h"

#define WEAVE_STORY_CASES 400
#define WEAVE_STORY_BYTES 4000

/* A generator of its own, so that a case is the same one everywhere (Numerical Recipes' LCG). */
static inline unsigned weave_story_random(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

struct weave_story {
    char at[WEAVE_STORY_BYTES];
    size_t len;
    size_t calls;
};

static inline void weave_story_add(struct weave_story *story, const char *word)
{
    int n = snprintf(story->at + story->len, sizeof(story->at) - story->len, "%s", word);
    story->len += (size_t)n;
    ck_assert_uint_lt(story->len, sizeof(story->at));
}

/* One call after the other: in pieces, sometimes of nothing, sometimes without an id. */
static inline void weave_story_call(struct weave_story *story, uint64_t *seed)
{
    static const char *const names[] = {"sky__a", "sky__b", "open", "sky"};
    static const char *const inputs[][4] = {
        {"{}"}, {"{'a'", ":[1,", "{}]}"}, {"", "{'\xc3\xa9'", ":null}"}, {NULL}};
    const char *const *input = inputs[weave_story_random(seed, 4)];
    char word[100];
    size_t call = story->calls++;
    (void)snprintf(word, sizeof(word), "b:%zu,,%s|", call, names[weave_story_random(seed, 4)]);
    weave_story_add(story, word);
    for (size_t i = 0; i < 4 && input[i]; i++) {
        (void)snprintf(word, sizeof(word), "m:%zu,%s|", call, input[i]);
        weave_story_add(story, word);
    }
    (void)snprintf(word, sizeof(word), "e:%zu|", call);
    weave_story_add(story, word);
}

static inline void weave_story_make(struct weave_story *story, uint64_t *seed)
{
    static const char *const words[] = {"t:Rain_|", "t:\xc3\xa9'\\|", "t:\n|", "r:hm_|", "r:'|"};
    static const char *const ends[] = {"f:stop", "f:length", "f:calls", "f:filter"};
    *story = (struct weave_story){0};
    for (unsigned n = weave_story_random(seed, 12); n > 0; n--)
        if (weave_story_random(seed, 3) == 0)
            weave_story_call(story, seed);
        else
            weave_story_add(story, words[weave_story_random(seed, 5)]);
    weave_story_add(story, ends[weave_story_random(seed, 4)]);
}

/* What writes an answer, and where. */
struct weave_telling {
    const struct dialect_app *app;
    struct dialect_writer *writer;
    struct buf *out;
    bool whole;
};

static inline void weave_story_take(void *arg, const struct chat_delta *delta)
{
    struct weave_telling *telling = arg;
    ck_assert_int_eq(telling->whole
                         ? telling->app->answer_write(telling->writer, delta, telling->out)
                         : telling->app->event_write(telling->writer, delta, telling->out),
                     0);
}

static inline void weave_story_tell(const struct dialect *dialect, const char *story, size_t round,
                                    bool whole, struct buf *out)
{
    char id[20];
    (void)snprintf(id, sizeof(id), "id_r%zu", round);
    const struct dialect_writer how = {
        .identity = {.id = id, .model = "m"}, .include_usage = true, .request = text_of("{}")};
    struct weave_telling telling = {dialect->app, dialect_writer_new(dialect->app, &how), out,
                                    whole};
    pieces_tell(story, whole, weave_story_take, &telling);
    dialect_writer_free(dialect->app, telling.writer);
}

/* A case: the stream of all rounds, and the answer that they join to, both of them the app's. */
static inline void weave_story_run(const struct dialect *dialect, uint64_t seed, struct buf *stream,
                                   json_t **ret_joined)
{
    struct weave_test test;
    struct weave_story story;
    struct buf events, earlier, last, joined;
    buf_init(&events, 1 << 20);
    buf_init(&earlier, 1 << 20);
    buf_init(&last, 1 << 20);
    buf_init(&joined, 1 << 20);
    weave_test_begin(&test, dialect->tools, weave_test_is_ours);
    ck_assert_int_eq(buf_append_string(&earlier, "["), 0);
    size_t rounds = 1 + weave_story_random(&seed, 4);
    for (size_t round = 0; round < rounds; round++) {
        if (round)
            ck_assert_int_eq(dialect->tools->weave_next(test.weaver), 0);
        if (round)
            ck_assert_int_eq(buf_printf(&earlier, "%s%s", round > 1 ? "," : "", last.data), 0);
        weave_story_make(&story, &seed);
        buf_reset(&events);
        weave_story_tell(dialect, story.at, round, false, &events);
        ck_assert_int_eq(weave_test_feed(&test, buf_text(&events)), 0);
        buf_reset(&last);
        ck_assert_int_eq(dialect->tools->weave_answer(test.weaver, &last), 0);
        buf_reset(&events);
        weave_story_tell(dialect, story.at, round, true, &events);
        json_t *got = json_loads(last.data, 0, NULL), *want = json_loads(events.data, 0, NULL);
        ck_assert_msg(got && json_equal(got, want), "%s\n%s\n%s", story.at, last.data, events.data);
        json_decref(got);
        json_decref(want);
    }
    ck_assert_int_eq(buf_append_string(&earlier, "]"), 0);
    ck_assert_int_eq(dialect->tools->weave_end(test.weaver, text_of(""), &test.out), 0);
    ck_assert_int_eq(buf_append_text(stream, buf_text(&test.out)), 0);
    ck_assert_int_eq(dialect->tools->answers_join(buf_text(&earlier), buf_text(&last),
                                                  weave_test_is_ours, NULL, &joined),
                     0);
    *ret_joined = json_loadb(joined.data, joined.len, 0, NULL);
    ck_assert_ptr_nonnull(*ret_joined);
    weave_test_done(&test);
    buf_done(&events);
    buf_done(&earlier);
    buf_done(&last);
    buf_done(&joined);
}

/* One round without calls of ours, in lines that end in one way or another: the bytes that came. */
static inline void weave_story_passes(const struct dialect *dialect, uint64_t seed)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    const char *end = ends[weave_story_random(&seed, 3)];
    struct weave_test test;
    struct weave_story story;
    struct buf events, stream;
    buf_init(&events, 1 << 20);
    buf_init(&stream, 1 << 20);
    weave_story_make(&story, &seed);
    weave_story_tell(dialect, story.at, 0, false, &events);
    for (size_t i = 0; i < events.len; i++) {
        char c = events.data[i];
        bool first = i == 0 || events.data[i - 1] == '\n';
        if (first && c != '\n' && weave_story_random(&seed, 9) == 0)
            ck_assert_int_eq(buf_printf(&stream, ": a comment%sid: 7%s", end, end), 0);
        if (first && c == 'e' && weave_story_random(&seed, 9) == 0)
            ck_assert_int_eq(buf_printf(&stream, "data: {%sdata: }%s%s", end, end, end), 0);
        ck_assert_int_eq(c == '\n' ? buf_append_string(&stream, end) : buf_append(&stream, &c, 1),
                         0);
    }
    weave_test_begin(&test, dialect->tools, weave_test_is_nobodys);
    ck_assert_int_eq(weave_test_feed(&test, buf_text(&stream)), 0);
    ck_assert_int_eq(dialect->tools->weave_end(test.weaver, text_of(""), &test.out), 0);
    ck_assert_msg(text_same(buf_text(&test.out), buf_text(&stream)), "%s\n%s", stream.data,
                  test.out.data);
    weave_test_done(&test);
    buf_done(&events);
    buf_done(&stream);
}

#endif
