/*
 * Pairs of dialects: a random wish, told by an app of each dialect, is written for a provider of
 * each other one: the provider's API takes it, it says the same, and what of the wish is not in it
 * is named, by its name and no other. The seeds are the same each time; PROPERTY_SEED=NUMBER begins
 * elsewhere, and with PROPERTY_CASES=1 runs one case.
 *
 * The wish, the telling of it and what must come of it are written without a look at the code
 * (pair_wish.h, pair_tell.h, pair_apps.h, pair_want.h, pair_meaning.h); what has come is read back
 * by the target's own app half.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "anthropic/anthropic_strict.h"
#include "dialect/chat_dump.h"
#include "dialect/pair_want.h"
#include "ollama/ollama.h"
#include "ollama/ollama_strict.h"
#include "openai/openai_strict.h"
#include "unit.h"

#define CASES 1000

struct trial {
    uint64_t seed;
    struct pair pair;
    json_t *wish;
    char *body;
    char *written; /* NULL: refused */
};

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *value = getenv(variable);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

/* All of it goes to stderr: it is longer than what check takes. */
static void give_up(const struct trial *trial, const char *what, const char *detail)
{
    const struct pair *pair = &trial->pair;
    (void)fprintf(stderr, "%s\nof   %s\nas   %s\n", detail, trial->body,
                  trial->written ? trial->written : "nothing");
    ck_abort_msg("seed %" PRIu64 ": %s to %s: %s", trial->seed, pair->app->dialect->word,
                 pair->target->word, what);
}

/* Takes over both. */
static void compare(const struct trial *trial, const char *what, json_t *want, json_t *got)
{
    json_t *both = json_pack("{s:o, s:o}", "want", want, "got", got);
    char *detail = json_dumps(both, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENSURE_ASCII);
    if (!json_equal(want, got))
        give_up(trial, what, detail);
    free(detail);
    json_decref(both);
}

static const char *strictly(const struct pair *pair, const json_t *request)
{
    if (pair->target == &dialect_openai)
        return openai_strict_request(request, pair->official);
    return pair->target == &dialect_anthropic ? anthropic_strict_request(request)
                                              : strict_request(request);
}

static void check_valid(const struct trial *trial)
{
    json_t *request = json_loads(trial->written, JSON_ALLOW_NUL, NULL);
    const char *wrong = request ? strictly(&trial->pair, request) : "JSON";
    if (wrong)
        give_up(trial, "its API would refuse that", wrong);
    json_decref(request);
}

/* The request as an app of the target's dialect would have meant it. */
static json_t *read_back(const struct trial *trial)
{
    struct chat_request request;
    struct error why = ERROR_NONE;
    struct buf dropped;
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    chat_request_init(&request, &dropped);
    request.carries = CHAT_CARRY_URL | CHAT_CARRY_STRICT | CHAT_CARRY_CHOICE;
    int r = trial->pair.target->app->request_read(text_of(trial->written), &request, &why);
    if (r < 0)
        give_up(trial, "it cannot be read back", why.text);
    json_t *dump = chat_dump(&request);
    chat_request_done(&request);
    buf_done(&dropped);
    return dump;
}

/* Anthropic's app half takes silence for the wish that nothing be thought. */
static void forget_silence(const struct trial *trial, json_t *found)
{
    json_t *written = json_loads(trial->written, JSON_ALLOW_NUL, NULL);
    if (trial->pair.target == &dialect_anthropic && !json_object_get(written, "thinking"))
        put(found, "thinking", json_string("unset"));
    json_decref(written);
}

/* A list of names, "a, b". */
static json_t *names_in(struct text list)
{
    json_t *names = json_object();
    while (list.len) {
        const char *comma = memchr(list.at, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.at) : list.len;
        ck_assert_int_eq(json_object_setn_new(names, list.at, len, json_true()), 0);
        list = text_skip(list, comma ? len + 2 : len);
    }
    return names;
}

static void check_meaning(const struct trial *trial, struct text dropped)
{
    const struct pair *pair = &trial->pair;
    json_t *dump = read_back(trial), *drops = NULL;
    json_t *messages = json_object_get(trial->wish, "messages");
    json_t *want = want_options(pair, trial->wish, &drops), *got = want_found(pair, dump);
    bool thoughts = pair->target == &dialect_ollama && pair->app->dialect != &dialect_anthropic;
    forget_silence(trial, got);
    if (pair->target == &dialect_anthropic && tell_says(trial->wish, "format", "json"))
        add(messages, json_pack("{s:[{s:s}]}", "system", "text", PAIR_JSON_WANTED));
    compare(trial, "other names are told as dropped", drops, names_in(dropped));
    compare(trial, "other options", want, got);
    compare(trial, "another meaning", meaning_of(messages, pair->target, thoughts),
            meaning_of(json_object_get(dump, "messages"), pair->target, true));
    json_decref(dump);
}

static void translate(struct trial *trial)
{
    const struct pair *pair = &trial->pair;
    struct dialect_target target = {.app = pair->app->dialect,
                                    .speaks = pair->target,
                                    .model = "m",
                                    .official = pair->official,
                                    .capabilities_known = true,
                                    .capabilities = ~(unsigned)OLLAMA_CAN_THINKING};
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    if (pair->thinks)
        target.capabilities |= OLLAMA_CAN_THINKING;
    buf_init(&out, 1 << 20);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = dialect_translate_request(text_of(trial->body), &target, &out, &dropped, &why);
    bool refused = want_refused(pair, trial->wish);
    if (r != (refused ? -EINVAL : 0) || refused != (why.text[0] != '\0'))
        give_up(trial, refused ? "not refused" : "refused", why.text);
    trial->written = out.data;
    if (!refused) {
        check_valid(trial);
        check_meaning(trial, buf_text(&dropped));
    }
    buf_done(&out);
    buf_done(&dropped);
}

static void run(uint64_t seed, const struct pair_app *app, const struct dialect *target)
{
    struct dice dice = {seed};
    struct trial trial = {.seed = seed, .pair = {.app = app, .target = target}};
    trial.pair.official = target == &dialect_openai && dice_chance(&dice, 50);
    trial.pair.thinks = target == &dialect_ollama && dice_chance(&dice, 70);
    trial.wish = wish_grow(&dice, app->can);
    json_t *body = app->tell(trial.wish);
    trial.body = grow_bytes(&dice, body);
    translate(&trial);
    free(trial.body);
    json_decref(body);
    json_decref(trial.wish);
}

START_TEST(a_wish_means_the_same_to_every_provider)
{
    static const struct dialect *const targets[] = {&dialect_openai, &dialect_anthropic,
                                                    &dialect_ollama};
    const struct pair_app *app = &pair_apps[_i];
    uint64_t first = number_from("PROPERTY_SEED", 1);
    uint64_t cases = number_from("PROPERTY_CASES", CASES);
    for (size_t t = 0; t < COUNT(targets); t++)
        for (uint64_t i = 0; i < cases && targets[t] != app->dialect; i++)
            run(first + i, app, targets[t]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pairs_request");
    TCase *tc = tcase_create("pairs");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, a_wish_means_the_same_to_every_provider, 0, ROWS(pair_apps));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
