/*
 * Pairs of dialects: a random answer, written as a provider of each dialect gives it, translated
 * for an app of each, and read back: it says the same, however it was split on its way, and what is
 * cut off never looks whole. PROPERTY_SEED=NUMBER PROPERTY_CASES=1 runs one case again.
 *
 * Both ends are one: what a dialect's app half writes its provider half reads. The others stand
 * aside; test_pairs_cut.c has them, too.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "answer/frames.h"
#include "answer/relay.h"
#include "dialect/chat_grammar.h"
#include "dialect/dialect.h"
#include "unit.h"

#define CASES 2000

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *value = getenv(variable);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

static bool has_both(const struct dialect *dialect)
{
    return dialect->app && dialect->provider;
}

/* ---- answers */

/* What an answer says: {"said": [[kind, text or call], ...], "finish", "prompt", "completion"}.
 * Pieces of one kind in a row are one. */
static void note_text(json_t *said, const char *kind, struct text text)
{
    json_t *last = json_array_get(said, json_array_size(said) - 1);
    json_t *joined;
    if (text.len == 0)
        return;
    if (!last || strcmp(json_string_value(json_array_get(last, 0)), kind) != 0) {
        last = json_pack("[s, s]", kind, "");
        add(said, last);
    }
    const json_t *before = json_array_get(last, 1);
    size_t len = json_string_length(before);
    char *bytes = malloc(len + text.len);
    memcpy(bytes, json_string_value(before), len);
    memcpy(bytes + len, text.at, text.len);
    joined = json_stringn(bytes, len + text.len);
    ck_assert_ptr_nonnull(joined);
    ck_assert_int_eq(json_array_set_new(last, 1, joined), 0);
    free(bytes);
}

static void note_piece(json_t *said, const struct chat_piece *piece)
{
    switch (piece->kind) {
    case CHAT_PIECE_TEXT:
        note_text(said, "text", piece->text);
        break;
    case CHAT_PIECE_REASONING:
        note_text(said, "reasoning", piece->text);
        break;
    case CHAT_PIECE_CALL_BEGIN:
        add(said, json_pack("[s, o, o]", "call", json_stringn(piece->id.at, piece->id.len),
                            json_stringn(piece->name.at, piece->name.len)));
        break;
    case CHAT_PIECE_CALL_MORE:
        note_text(said, "arguments", piece->text);
        break;
    case CHAT_PIECE_CALL_END:
        add(said, json_pack("[s]", "end"));
        break;
    }
}

static void note_delta(json_t *answer, const struct chat_delta *delta)
{
    for (size_t i = 0; i < delta->piece_count; i++)
        note_piece(json_object_get(answer, "said"), &delta->pieces[i]);
    if (delta->finish != CHAT_FINISH_NONE)
        put(answer, "finish", json_integer((json_int_t)delta->finish));
    if (delta->usage.prompt >= 0)
        put(answer, "prompt", json_integer(delta->usage.prompt));
    if (delta->usage.completion >= 0)
        put(answer, "completion", json_integer(delta->usage.completion));
    if (delta->done)
        put(answer, "done", json_true());
}

/* A stream as its dialect's provider half understands it. */
static json_t *read_stream(const struct dialect *dialect, struct text bytes)
{
    json_t *answer = json_pack("{s:[]}", "said");
    struct answer_facts facts = answer_facts_none();
    void *reader = calloc(1, dialect->provider->reader_size + 1);
    struct frames frames;
    struct frame frame;
    struct chat_delta delta;
    frames_init(&frames, dialect->framing, ANSWER_EVENT_MAX);
    chat_delta_init(&delta);
    while (bytes.len && facts.failure == FAILURE_NONE && frames_push(&frames, &bytes, &facts))
        while (facts.failure == FAILURE_NONE && frames_next(&frames, &frame)) {
            if (!frame.event.data.at)
                continue;
            dialect->provider->event_read(reader, &frame.event, &delta, &facts);
            note_delta(answer, &delta);
        }
    if (facts.failure != FAILURE_NONE)
        put(answer, "failed", json_string(failure_word(facts.failure)));
    chat_delta_done(&delta);
    frames_done(&frames);
    free(reader);
    return answer;
}

/* A random answer, as it is told in a dialect. */
struct teller {
    const struct dialect *dialect;
    struct dialect_writer *writer;
    struct chat_delta delta; /* not told yet */
    json_t *answer;
    struct buf out;
};

static void tell(struct teller *teller)
{
    note_delta(teller->answer, &teller->delta);
    ck_assert_int_eq(
        teller->dialect->app->event_write(teller->writer, &teller->delta, &teller->out), 0);
    chat_delta_reset(&teller->delta);
}

static void say_text(struct dice *dice, struct teller *teller, enum chat_piece_kind kind)
{
    static const char *const texts[] = {"hello ", "Caf\xc3\xa9", "\n",
                                        "\"q\"",  "\\",          "\xf0\x9f\x98\x80"};
    ck_assert_int_eq(chat_say(&teller->delta, kind, text_of(DICE_PICK(dice, texts))), 0);
    if (dice_chance(dice, 50))
        tell(teller);
}

static void say_call(struct dice *dice, struct teller *teller)
{
    static const char *const starts[] = {"{\"a\":", "{\"city\":"};
    static const char *const ends[] = {"1}", "\"x\\n\"}", "[null]}"};
    static const char *const ids[] = {"call_0", "call_1", "call_2"};
    size_t number = teller->delta.calls++;
    struct chat_piece *piece = chat_add_piece(&teller->delta, CHAT_PIECE_CALL_BEGIN);
    piece->call = number;
    piece->id = text_of(ids[number]);
    piece->name = text_of("weather");
    for (int i = 0; i < 2; i++) {
        if (dice_chance(dice, 50))
            tell(teller);
        piece = chat_add_piece(&teller->delta, CHAT_PIECE_CALL_MORE);
        piece->call = number;
        piece->text = text_of(i ? DICE_PICK(dice, ends) : DICE_PICK(dice, starts));
    }
    if (dice_chance(dice, 50))
        tell(teller);
    piece = chat_add_piece(&teller->delta, CHAT_PIECE_CALL_END);
    piece->call = number;
}

/* Thoughts, then a text, then calls: the order that all dialects can tell. */
static void grow_answer(struct dice *dice, struct teller *teller)
{
    static const enum chat_finish finishes[] = {CHAT_FINISH_STOP, CHAT_FINISH_LENGTH,
                                                CHAT_FINISH_FILTER};
    size_t calls = dice_below(dice, 3);
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        say_text(dice, teller, CHAT_PIECE_REASONING);
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        say_text(dice, teller, CHAT_PIECE_TEXT);
    for (size_t n = 0; n < calls; n++)
        say_call(dice, teller);
    teller->delta.finish = calls ? CHAT_FINISH_TOOL_CALLS : DICE_PICK(dice, finishes);
    teller->delta.usage.prompt = 7;
    teller->delta.usage.completion = 3;
    teller->delta.done = true;
    tell(teller);
}

static void teller_init(struct teller *teller, const struct dialect *dialect)
{
    const struct dialect_writer how = {
        .identity = {.id = "id_1", .model = "m", .created = 1700000000}, .include_usage = true};
    *teller = (struct teller){.dialect = dialect,
                              .writer = dialect_writer_new(dialect->app, &how),
                              .answer = json_pack("{s:[]}", "said")};
    chat_delta_init(&teller->delta);
    buf_init(&teller->out, 1 << 20);
}

static void teller_done(struct teller *teller)
{
    dialect_writer_free(teller->dialect->app, teller->writer);
    chat_delta_done(&teller->delta);
    json_decref(teller->answer);
    buf_done(&teller->out);
}

/* The stream of `from`, told to an app of `app`, in pieces of at most so many bytes. */
static json_t *translated(const struct dialect *from, const struct dialect *app, struct text bytes,
                          size_t piece, bool *ret_failed)
{
    const struct relay_options options = {
        .app = app,
        .from = from,
        .identity = {.id = "id_2", .model = "m", .created = 1700000000},
        .include_usage = true};
    struct relay *relay = relay_new(&options);
    while (bytes.len) {
        size_t len = piece < bytes.len ? piece : bytes.len;
        relay_feed(relay, text_make(bytes.at, len));
        bytes = text_skip(bytes, len);
    }
    relay_end(relay, TRANSPORT_RESET);
    *ret_failed = relay_facts(relay)->failure != FAILURE_NONE;
    json_t *answer = read_stream(app, buf_text(relay_out(relay)));
    relay_free(relay);
    return answer;
}

/* Ollama ends an answer with calls as any other. */
static void forget_calls(json_t *answer)
{
    json_t *finish = json_object_get(answer, "finish");
    if (json_integer_value(finish) == CHAT_FINISH_TOOL_CALLS)
        json_integer_set(finish, CHAT_FINISH_STOP);
}

struct pair {
    const struct dialect *from, *app;
    uint64_t seed;
};

static void compare(const struct pair *pair, const char *what, const json_t *want,
                    const json_t *got)
{
    char *wanted = json_dumps(want, JSON_SORT_KEYS), *found = json_dumps(got, JSON_SORT_KEYS);
    ck_assert_msg(json_equal(want, got), "seed %" PRIu64 ": %s, %s to %s\nwant %s\ngot  %s",
                  pair->seed, what, pair->from->word, pair->app->word, wanted, found);
    free(wanted);
    free(found);
}

static void run_answer(const struct pair *pair)
{
    const struct dialect *from = pair->from, *app = pair->app;
    const uint64_t seed = pair->seed;
    struct dice dice = {seed};
    struct teller teller;
    bool failed = false;
    teller_init(&teller, from);
    grow_answer(&dice, &teller);
    struct text stream = buf_text(&teller.out);
    json_t *got = translated(from, app, stream, 1 + dice_below(&dice, 64), &failed);
    ck_assert_msg(!failed, "seed %" PRIu64 ": %s to %s fails", seed, from->word, app->word);
    bool ollama = from->framing == DIALECT_NDJSON || app->framing == DIALECT_NDJSON;
    if (ollama) {
        forget_calls(teller.answer);
        forget_calls(got);
    }
    compare(pair, "another answer", teller.answer, got);
    json_decref(got);
    for (int n = 0; n < 4; n++) {
        size_t cut = dice_below(&dice, stream.len);
        got = translated(from, app, text_make(stream.at, cut), cut + 1, &failed);
        bool whole = json_object_get(got, "done") != NULL;
        ck_assert_msg(failed != whole, "seed %" PRIu64 ": %s to %s, cut at %zu", seed, from->word,
                      app->word, cut);
        if (ollama)
            forget_calls(got);
        if (whole)
            compare(pair, "half of an answer looks whole", teller.answer, got);
        json_decref(got);
    }
    teller_done(&teller);
}

START_TEST(an_answer_says_the_same_to_every_app)
{
    uint64_t first = number_from("PROPERTY_SEED", (uint64_t)time(NULL) << 16);
    uint64_t cases = number_from("PROPERTY_CASES", CASES);
    size_t pairs = 0;
    for (size_t a = 0; a < dialect_count(); a++)
        for (size_t b = 0; b < dialect_count(); b++) {
            if (!has_both(dialect_at(a)) || !has_both(dialect_at(b)))
                continue;
            pairs++;
            for (uint64_t i = 0; i < cases; i++)
                run_answer(&(struct pair){dialect_at(a), dialect_at(b), first + i});
        }
    ck_assert_uint_ge(pairs, 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pairs");
    TCase *tc = tcase_create("pairs");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, an_answer_says_the_same_to_every_app);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
