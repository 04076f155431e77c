/*
 * Texts of all kinds against what real tokenizers make of them (tests/tokens/measure.py), and what
 * of a request is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "tokens/ollama_tokens.h"
#include "unit.h"

#define TEXTS_MAX  100
#define TOKENIZERS 4

static int64_t tokens_of_text(struct text text)
{
    struct ollama_count count = {0};
    ollama_count_text(text, &count);
    return ollama_count_tokens(&count, NULL);
}

/* Where tokenizers are too far apart for one rate: the one that needs most stays uncovered. What
 * it needs is learned. */
static bool is_uncovered(const char *text, const char *tokenizer)
{
    return strcmp(tokenizer, "tekken") == 0 && strncmp(text, "emoji", 5) == 0;
}

struct row {
    char name[64];
    int bytes;
    int tokens[TOKENIZERS];
};

static size_t read_rows(struct row *rows)
{
    struct buf table = fixture_read("tokens/counts.tsv");
    size_t count = 0;
    char *save = NULL;
    char *line = strtok_r(table.data, "\n", &save);
    ck_assert_str_eq(line, "text\tbytes\tqwen3\tllama3\tgemma3\ttekken");
    while ((line = strtok_r(NULL, "\n", &save))) {
        struct row *row = &rows[count++];
        ck_assert_uint_lt(count, TEXTS_MAX);
        ck_assert_int_eq(sscanf(line, "%63s %d %d %d %d %d", row->name, &row->bytes,
                                &row->tokens[0], &row->tokens[1], &row->tokens[2], &row->tokens[3]),
                         6);
    }
    buf_done(&table);
    return count;
}

/* Right within 1.3 upwards for each tokenizer, and within 2 downwards for the hungriest. */
static void check_row(const struct row *row)
{
    static const char *const tokenizers[TOKENIZERS] = {"qwen3", "llama3", "gemma3", "tekken"};
    char path[96];
    int most = 0;
    (void)snprintf(path, sizeof(path), "tokens/%.63s.txt", row->name);
    struct buf text = fixture_read(path);
    ck_assert_int_eq((int)text.len, row->bytes);
    int64_t estimate = tokens_of_text(buf_text(&text));
    for (int i = 0; i < TOKENIZERS; i++) {
        most = row->tokens[i] > most ? row->tokens[i] : most;
        if (!is_uncovered(row->name, tokenizers[i]))
            ck_assert_msg(row->tokens[i] * 10 <= estimate * 13, "%s: %s makes %d of it, not %jd",
                          row->name, tokenizers[i], row->tokens[i], (intmax_t)estimate);
    }
    ck_assert_msg(estimate <= 2 * (int64_t)most, "%s: %jd, and no tokenizer makes more than %d",
                  row->name, (intmax_t)estimate, most);
    buf_done(&text);
}

START_TEST(all_kinds_of_text_are_estimated_well)
{
    static struct row rows[TEXTS_MAX];
    size_t count = read_rows(rows);
    ck_assert_uint_ge(count, 50);
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
}
END_TEST

/* A run of count bytes out of letters, in no order that a word would have. */
static struct buf run_of(const char *letters, size_t count)
{
    struct buf run;
    uint32_t state = 1;
    buf_init(&run, count);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        ck_assert_int_eq(buf_append(&run, &letters[(state >> 16) % strlen(letters)], 1), 0);
    }
    return run;
}

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

static const struct {
    const char *name;
    const char *letters;
    size_t bytes;
    int64_t least, most;
} runs[] = {
    {"26,000 digits", "0123456789", 26000, 20000, 26001},
    {"35 KB of base64", BASE64, 35000, 21000, 36000},
    {"50 KB of hex", "0123456789abcdef", 50000, 35000, 50000},
};

START_TEST(a_long_run_is_no_attachment)
{
    struct buf run = run_of(runs[_i].letters, runs[_i].bytes);
    int64_t tokens = tokens_of_text(buf_text(&run));
    ck_assert_msg(tokens >= runs[_i].least && tokens <= runs[_i].most, "%s: %jd", runs[_i].name,
                  (intmax_t)tokens);
    buf_done(&run);
}
END_TEST

/* Whatever the bytes are, the same from any front: no state is left behind by what came before. */
START_TEST(longer_is_never_less)
{
    struct buf text = fixture_read("tokens/markdown.txt");
    struct buf more = fixture_read("tokens/japanese.txt");
    ck_assert_int_eq(buf_append_text(&text, buf_text(&more)), 0);
    int64_t last = 0;
    for (size_t len = 0; len <= text.len; len++) {
        int64_t tokens = tokens_of_text(text_make(text.data, len));
        /* Half a character, or a mark that its neighbour takes in, may count for more. */
        ck_assert_msg(tokens + 4 >= last, "%zu bytes: %jd after %jd", len, (intmax_t)tokens,
                      (intmax_t)last);
        last = tokens;
    }
    buf_done(&text);
    buf_done(&more);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_counted_too)
{
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    ck_assert_int_gt(tokens_of_text(text_make(bytes, sizeof(bytes))), 128);
    ck_assert_int_eq(tokens_of_text(text_make("", 0)), 0);
}
END_TEST

static const struct {
    const char *name;
    const char *json, *text; /* as the same */
} escapes[] = {
    {"letters beyond ASCII", "\\u4f60\\u597d\\u4F60\\u597D", "你好你好"},
    {"a pair", "\\ud83d\\ude00", "😀"},
    {"line ends", "a\\nb\\r\\n\\tc", "a\nb\r\n\tc"},
    {"quotes and slashes", "\\\"a\\\\b\\/c\\\"", "\"a\\b/c\""},
    {"a path", "C:\\\\users\\\\u", "C:\\users\\u"},
    {"half of a pair", "x\\ud83dx", "x\xed\xa0\xbdx"},
    {"an escape that is cut", "x\\", "x\\"},
    {"one that is cut later", "x\\u12", "xu12"},
};

START_TEST(an_escape_counts_as_what_it_stands_for)
{
    struct ollama_count json = {0}, text = {0};
    ollama_count_json(text_of(escapes[_i].json), &json);
    ollama_count_text(text_of(escapes[_i].text), &text);
    int64_t difference = ollama_count_tokens(&json, NULL) - ollama_count_tokens(&text, NULL);
    /* A half of a pair is one character escaped, and three bytes that are none in UTF-8. */
    ck_assert_msg(difference == 0 || strstr(escapes[_i].name, "half"), "%s: %jd", escapes[_i].name,
                  (intmax_t)difference);
}
END_TEST

#define DATA  "data:image/png;base64,AAAABBBBCCCCDDDDEEEEFFFF"
#define IMAGE "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" DATA "\"}}"
#define SOUND                                                                                      \
    "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAABBBBCCCC\",\"format\":\"wav\"}}"

static const struct {
    const char *name;
    const char *body;
    const char *rest; /* what of it is counted as text */
    int64_t attachments;
} requests[] = {
    {"a text", "{\"messages\":[{\"content\":\"hi\"}]}", "{\"messages\":[{\"content\":\"hi\"}]}", 0},
    {"an image", "{\"messages\":[{\"content\":[" IMAGE "]}]}", "{\"messages\":[{\"content\":[]}]}",
     1},
    {"a sound and two images",
     "{\"messages\":[{\"content\":[" SOUND ",\"a\"," IMAGE "]},{\"content\":[" IMAGE "]}]}",
     "{\"messages\":[{\"content\":[,\"a\",]},{\"content\":[]}]}", 3},
    {"an image of responses",
     "{\"input\":[{\"content\":[{\"type\":\"input_image\",\"image_url\":\"" DATA "\"}]}]}",
     "{\"input\":[{\"content\":[]}]}", 1},
    {"an image that a call brought",
     "{\"input\":[{\"output\":[{\"type\":\"input_image\",\"image_url\":\"" DATA "\"}]}]}",
     "{\"input\":[{\"output\":[]}]}", 1},
    {"the same bytes as a text",
     "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"" DATA "\"}]}]}",
     "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"" DATA "\"}]}]}", 0},
    {"what a tool says of images", "{\"tools\":[{\"x\":[" IMAGE "]}],\"messages\":[]}",
     "{\"tools\":[{\"x\":[" IMAGE "]}],\"messages\":[]}", 0},
};

START_TEST(only_images_and_sounds_are_attachments)
{
    struct ollama_count whole = {0}, rest = {0};
    ollama_count_request(text_of(requests[_i].body), &whole);
    ollama_count_json(text_of(requests[_i].rest), &rest);
    ck_assert_msg(whole.attachments == requests[_i].attachments, "%s: %jd", requests[_i].name,
                  (intmax_t)whole.attachments);
    rest.attachments = whole.attachments;
    ck_assert_msg(ollama_count_tokens(&whole, NULL) == ollama_count_tokens(&rest, NULL),
                  "%s: %jd and %jd", requests[_i].name, (intmax_t)ollama_count_tokens(&whole, NULL),
                  (intmax_t)ollama_count_tokens(&rest, NULL));
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    int64_t tokens;
} inputs[] = {
    {"one text", "{\"input\":\"one two three\"}", 5},
    {"the longest of some", "{\"input\":[\"one\",\"one two three\",\"one two\"]}", 5},
    {"tokens of another model are not counted", "{\"input\":[1,2,3]}", 0},
    {"no input", "{\"model\":\"x\"}", 0},
};

START_TEST(texts_to_embed_are_counted_one_by_one)
{
    struct ollama_count count = ollama_count_longest(text_of(inputs[_i].body));
    ck_assert_msg(ollama_count_tokens(&count, NULL) == inputs[_i].tokens, "%s: %jd",
                  inputs[_i].name, (intmax_t)ollama_count_tokens(&count, NULL));
}
END_TEST

#define LOOP(tc, test, table)                                                                      \
    tcase_add_loop_test(tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_tokens");
    TCase *tc = tcase_create("tokens");
    tcase_add_test(tc, all_kinds_of_text_are_estimated_well);
    LOOP(tc, a_long_run_is_no_attachment, runs);
    tcase_add_test(tc, longer_is_never_less);
    tcase_add_test(tc, bytes_that_are_no_text_are_counted_too);
    LOOP(tc, an_escape_counts_as_what_it_stands_for, escapes);
    LOOP(tc, only_images_and_sounds_are_attachments, requests);
    LOOP(tc, texts_to_embed_are_counted_one_by_one, inputs);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
