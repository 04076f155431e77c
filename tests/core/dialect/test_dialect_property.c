/*
 * Random requests, each translated: what comes out is a request that Ollama takes, it means the
 * same, and what was left out is named. And random answers on their way back. A case that fails
 * tells its number; PROPERTY_SEED=NUMBER PROPERTY_CASES=1 runs it again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "answer/relay.h"
#include "chunk_read.h"
#include "dialect/chat_meaning.h"
#include "dialect/dialect.h"
#include "ollama/ollama.h"
#include "ollama/ollama_strict.h"
#include "unit.h"

#define CASES 20000

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *value = getenv(variable);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

/* Is some function among those told to be strict? */
static bool is_strict(const json_t *tools)
{
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool) {
        const json_t *function = json_object_get(tool, "function");
        if (json_is_true(json_object_get(function ? function : tool, "strict")))
            return true;
    }
    return false;
}

/* Is some image to be looked at in a certain way? */
static bool has_detail(const json_t *messages)
{
    size_t i, j;
    json_t *message, *part;
    json_array_foreach (messages, i, message)
        json_array_foreach (json_object_get(message, "content"), j, part)
            if (json_object_get(json_object_get(part, "image_url"), "detail"))
                return true;
    return false;
}

/* Those inside of a known object. */
static void expect_inner_drops(const json_t *request, json_t *names)
{
    const json_t *format = json_object_get(request, "response_format");
    if (json_object_get(request, "verbosity"))
        put(names, "verbosity", json_true());
    if (json_object_get(json_object_get(format, "json_schema"), "strict"))
        put(names, "response_format.strict", json_true());
    if (is_strict(json_object_get(request, "tools")))
        put(names, "tools.strict", json_true());
    if (is_strict(json_object_get(request, "functions")))
        put(names, "functions.strict", json_true());
    if (has_detail(json_object_get(request, "messages")))
        put(names, "image_url.detail", json_true());
}

/* The names that must be told, in a form that does not depend on their order. */
static json_t *expected_drops(const json_t *request)
{
    const json_t *choice = json_object_get(request, "tool_choice");
    const json_t *allowed = json_object_get(choice, "allowed_tools");
    bool forced = is_word(choice, "required") || (json_is_object(choice) && !allowed) ||
                  is_word(json_object_get(allowed, "mode"), "required");
    json_auto_t *tools = openai_tools(request);
    const json_t *format = json_object_get(json_object_get(request, "response_format"), "type");
    json_t *names = json_object();
    if (json_object_size(json_object_get(request, "logit_bias")) > 0)
        put(names, "logit_bias", json_true());
    if (json_object_get(request, "best_of"))
        put(names, "best_of", json_true());
    if (forced)
        put(names, "tool_choice", json_true());
    if (json_array_size(tools) > 0 && json_is_string(format) && !is_word(format, "text"))
        put(names, "tools", json_true());
    expect_inner_drops(request, names);
    return names;
}

/* list: NULL = nothing was told */
static json_t *told_drops(char *list)
{
    json_t *names = json_object();
    char *rest = NULL;
    for (char *name = list ? strtok_r(list, ", ", &rest) : NULL; name;
         name = strtok_r(NULL, ", ", &rest))
        put(names, name, json_true());
    return names;
}

struct trial {
    uint64_t seed;
    json_t *request;
    char *body;
    bool thinks;
};

static void compare(const struct trial *trial, const char *what, json_t *want, json_t *got)
{
    char *wanted = json_dumps(want, JSON_SORT_KEYS), *found = json_dumps(got, JSON_SORT_KEYS);
    ck_assert_msg(json_equal(want, got), "seed %" PRIu64 ": %s\nwant %s\ngot  %s\nof   %s",
                  trial->seed, what, wanted, found, trial->body);
    free(wanted);
    free(found);
    json_decref(want);
    json_decref(got);
}

static void check_translation(const struct trial *trial, struct text translation, char *dropped)
{
    json_t *native = json_loadb(translation.at, translation.len, JSON_ALLOW_NUL, NULL);
    const char *wrong = native ? strict_request(native) : "JSON";
    ck_assert_msg(!wrong, "seed %" PRIu64 ": Ollama would miss %s in\n%.*s\nof %s", trial->seed,
                  wrong, TEXT_ARG(translation), trial->body);
    compare(trial, "another meaning", openai_meaning(trial->request, trial->thinks),
            ollama_meaning(native));
    compare(trial, "other names are told as dropped", expected_drops(trial->request),
            told_drops(dropped));
    json_decref(native);
}

/* PROPERTY_DUMP=FILE: the translations, a NUL behind each, for a server to read. */
static void dump(struct text translation)
{
    const char *path = getenv("PROPERTY_DUMP");
    FILE *file = path ? fopen(path, "ab") : NULL;
    if (!file)
        return;
    (void)fprintf(file, "%.*s%c", TEXT_ARG(translation), '\0');
    (void)fclose(file);
}

static void run(uint64_t seed)
{
    struct dice dice = {seed};
    struct error why = ERROR_NONE;
    struct trial trial = {.seed = seed, .request = grow_request(&dice)};
    bool known = dice_chance(&dice, 80);
    trial.body = grow_bytes(&dice, trial.request);
    trial.thinks = known && dice_chance(&dice, 50);
    struct dialect_target target = {
        .app = &dialect_openai,
        .speaks = &dialect_ollama,
        .model = "m:1",
        .capabilities_known = known,
        .capabilities = OLLAMA_CAN_COMPLETION | OLLAMA_CAN_TOOLS | OLLAMA_CAN_VISION |
                        (trial.thinks ? (unsigned)OLLAMA_CAN_THINKING : 0u),
        .num_ctx = 8192,
        .keep_alive = dice_chance(&dice, 50) ? "5m" : "300"};
    struct buf out, dropped;
    buf_init(&out, 1 << 20);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = dialect_translate_request(text_of(trial.body), &target, &out, &dropped, &why);
    ck_assert_msg(r == 0, "seed %" PRIu64 ": %d, %s\nof %s", seed, r, why.text, trial.body);
    check_translation(&trial, buf_text(&out), dropped.data);
    dump(buf_text(&out));
    buf_done(&out);
    buf_done(&dropped);
    free(trial.body);
    json_decref(trial.request);
}

START_TEST(a_translation_means_the_same)
{
    uint64_t first = number_from("PROPERTY_SEED", (uint64_t)time(NULL) << 16);
    uint64_t cases = number_from("PROPERTY_CASES", CASES);
    for (uint64_t i = 0; i < cases; i++)
        run(first + i);
}
END_TEST

/* The answer as it is, and the lines that tell it. */
struct answer {
    json_t *want;
    struct buf lines;
};

static void add_line(struct answer *answer, json_t *message, bool done)
{
    json_t *line = json_pack("{s:s, s:o, s:b}", "model", "m", "message", message, "done", done);
    if (done) {
        put(line, "done_reason", json_string("stop"));
        put(line, "prompt_eval_count", json_integer(7));
    }
    char *dump = json_dumps(line, JSON_COMPACT | (done ? JSON_ENSURE_ASCII : 0));
    ck_assert_int_eq(buf_append_string(&answer->lines, dump), 0);
    ck_assert_int_eq(buf_append_string(&answer->lines, "\n"), 0);
    free(dump);
    json_decref(line);
}

static json_t *grow_piece(struct dice *dice, struct answer *answer, const char *here,
                          const char *there)
{
    json_t *text = grow_text(dice);
    json_t *message = json_pack("{s:s, s:s}", "role", "assistant", "content", "");
    chunks_append(answer->want, there, text);
    put(message, here, text);
    return message;
}

static json_t *grow_call(struct dice *dice, struct answer *answer)
{
    json_t *calls = json_object_get(answer->want, "calls");
    char id[32];
    (void)snprintf(id, sizeof(id), "call_%zu", json_array_size(calls));
    json_t *call = json_pack("{s:s, s:s, s:o}", "id", id, "name", DICE_PICK(dice, chat_functions),
                             "arguments", grow_object(dice, 0));
    add(calls, call);
    return json_pack("{s:s, s:[{s:s, s:{s:O, s:O}}]}", "content", "", "tool_calls", "id", id,
                     "function", "name", json_object_get(call, "name"), "arguments",
                     json_object_get(call, "arguments"));
}

static void grow_answer(struct dice *dice, struct answer *answer)
{
    answer->want = json_pack("{s:s, s:s, s:[], s:[], s:s, s:{s:i, s:i, s:i}}", "content", "",
                             "reasoning", "", "calls", "logprobs", "finish", "stop", "usage",
                             "prompt_tokens", 7, "completion_tokens", 0, "total_tokens", 7);
    buf_init(&answer->lines, 1 << 20);
    for (size_t n = dice_below(dice, 3); n > 0; n--)
        add_line(answer, grow_piece(dice, answer, "thinking", "reasoning"), false);
    for (size_t n = dice_below(dice, 4); n > 0; n--)
        add_line(answer, grow_piece(dice, answer, "content", "content"), false);
    for (size_t n = dice_below(dice, 3); n > 0; n--)
        add_line(answer, grow_call(dice, answer), false);
    if (json_array_size(json_object_get(answer->want, "calls")))
        put(answer->want, "finish", json_string("tool_calls"));
    add_line(answer, json_pack("{s:s}", "content", ""), true);
}

static void run_answer(uint64_t seed)
{
    struct dice dice = {seed};
    struct answer answer;
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_ollama,
        .identity = {.id = "chatcmpl-X", .model = "m", .created = 1700000000},
        .include_usage = true};
    struct relay *relay = relay_new(&options);
    grow_answer(&dice, &answer);
    for (struct text rest = buf_text(&answer.lines); rest.len;) {
        size_t len = 1 + dice_below(&dice, 100);
        relay_feed(relay, text_make(rest.at, len < rest.len ? len : rest.len));
        rest = text_skip(rest, len);
    }
    relay_end(relay, TRANSPORT_OK);
    struct chunks chunks = chunks_read(buf_text(relay_out(relay)));
    char *got = json_dumps(chunks.answer, 0);
    ck_assert_msg(chunks.done && json_equal(chunks.answer, answer.want),
                  "seed %" PRIu64 ": got %s\nof %s", seed, got, answer.lines.data);
    free(got);
    chunks_done(&chunks);
    relay_free(relay);
    buf_done(&answer.lines);
    json_decref(answer.want);
}

START_TEST(an_answer_says_the_same)
{
    uint64_t first = number_from("PROPERTY_SEED", (uint64_t)time(NULL) << 16);
    uint64_t cases = number_from("PROPERTY_CASES", CASES) / 4;
    for (uint64_t i = 0; i <= cases; i++)
        run_answer(first + i);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_property");
    TCase *tc = tcase_create("property");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_translation_means_the_same);
    tcase_add_test(tc, an_answer_says_the_same);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
