/* A line of the usage file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "unit.h"
#include "usage/usage_line.h"

/* time provider/model/client requests+fallbacks prompt+completion+cached ttft */
static void write_line(const struct usage_line *line, char ret[512])
{
    (void)snprintf(ret, 512,
                   "%" PRId64 " %.*s/%.*s/%.*s %" PRId64 "+%" PRId64 " %" PRId64 "+%" PRId64
                   "+%" PRId64 " %" PRId64,
                   line->time_s, TEXT_ARG(line->key[USAGE_PROVIDER]),
                   TEXT_ARG(line->key[USAGE_MODEL]), TEXT_ARG(line->key[USAGE_CLIENT]),
                   line->adds[USAGE_REQUESTS], line->adds[USAGE_FALLBACKS],
                   line->adds[USAGE_PROMPT_TOKENS], line->adds[USAGE_COMPLETION_TOKENS],
                   line->adds[USAGE_CACHED_TOKENS], line->ttft_ms);
}

#define T "{\"time\":\"1970-01-02T00:00:01.500Z\""

static const struct {
    const char *name;
    const char *line;
    const char *read;  /* NULL = it is broken */
    const char *error; /* then: how what is said of it begins */
} rows[] = {
    {"a whole one",
     T ",\"provider\":\"openai\",\"model\":\"gpt-4\",\"client\":\"alice\",\"class\":\"ok\","
       "\"fallback\":null,\"prompt_tokens\":5,\"completion_tokens\":7,\"cached_tokens\":3,"
       "\"ttft_ms\":42,\"attempts\":[{\"provider\":\"x\",\"model\":\"y\"}]}",
     "86401 openai/gpt-4/alice 1+0 5+7+3 42", NULL},
    {"only the time has to be there", T "}", "86401 // 1+0 0+0+0 -1", NULL},
    {"null is not told",
     T ",\"provider\":null,\"model\":null,\"client\":null,\"prompt_tokens\":null,\"ttft_ms\":null}",
     "86401 // 1+0 0+0+0 -1", NULL},
    {"nor is what cannot be counted",
     T ",\"prompt_tokens\":1e400,\"completion_tokens\":7,\"ttft_ms\":9007199254740993}",
     "86401 // 1+0 0+7+0 -1", NULL},
    {"a class in fallback is one", T ",\"fallback\":\"server\"}", "86401 // 1+1 0+0+0 -1", NULL},
    {"no word is none", T ",\"fallback\":\"\"}", "86401 // 1+0 0+0+0 -1", NULL},
    {"the first content may come at once", T ",\"ttft_ms\":0}", "86401 // 1+0 0+0+0 0", NULL},
    {"escapes are read", T ",\"model\":\"a\\u0062\\\"\",\"client\":\"\\u00e9\\n\"}",
     "86401 /ab\"/\xc3\xa9\n 1+0 0+0+0 -1", NULL},
    {"blanks are as good", "  { \"time\" : \"1970-01-01T01:00:00+01:00\" , \"model\" : \"m\" }\r",
     "0 /m/ 1+0 0+0+0 -1", NULL},
    {"it was called ts once", "{\"ts\":\"1970-01-01T00:00:09Z\"}", "9 // 1+0 0+0+0 -1", NULL},
    {"time goes before ts", "{\"ts\":\"1970-01-01T00:00:09Z\",\"time\":\"1970-01-01T00:00:01Z\"}",
     "1 // 1+0 0+0+0 -1", NULL},
    {"what is unknown may be anything", T ",\"tools\":[{\"ms\":-1.5}],\"x\":{}}",
     "86401 // 1+0 0+0+0 -1", NULL},
    {"a torn one", T ",\"provider\":\"op", NULL, "a string is not closed at byte"},
    {"two in one", T "}" T "}", NULL, "something follows the end"},
    {"no JSON", "hello", NULL, "a value is expected"},
    {"no object", "[1]", NULL, "it is no JSON object"},
    {"no time", "{\"provider\":\"openai\"}", NULL, "time is not there"},
    {"a time that is none", "{\"time\":\"yesterday\"}", NULL, "time is not a time"},
    {"a time of no kind", "{\"time\":1764403200}", NULL, "time is not a time"},
    {"a time before all", "{\"time\":\"1969-12-31T23:59:59Z\"}", NULL, "time is not a time"},
    {"a name that is none", T ",\"provider\":7}", NULL, "provider is not a string"},
    {"tokens that are none", T ",\"prompt_tokens\":\"5\"}", NULL, "prompt_tokens is not a whole"},
    {"less than no tokens", T ",\"completion_tokens\":-5}", NULL, "completion_tokens is not a"},
    {"half a token", T ",\"cached_tokens\":0.5}", NULL, "cached_tokens is not a whole"},
    {"content before the question", T ",\"ttft_ms\":-1}", NULL, "ttft_ms is not a whole"},
};

START_TEST(a_line_is_read_or_said_to_be_broken)
{
    struct usage_line line;
    struct buf scratch;
    struct error why = ERROR_NONE;
    char read[512];
    buf_init(&scratch, 4096);
    int r = usage_line_read(text_of(rows[_i].line), &scratch, &line, &why);
    if (rows[_i].read) {
        ck_assert_msg(r == 0, "%s: %s", rows[_i].name, why.text);
        write_line(&line, read);
        ck_assert_str_eq(read, rows[_i].read);
    } else {
        ck_assert_msg(r == -EINVAL && strstr(why.text, rows[_i].error) == why.text, "%s: %s",
                      rows[_i].name, why.text);
    }
    buf_done(&scratch);
}
END_TEST

START_TEST(many_escapes_move_no_name)
{
    struct usage_line line;
    struct buf scratch;
    struct error why = ERROR_NONE;
    char json[6144] = "{\"time\":\"1970-01-01T00:00:00Z\",\"provider\":\"\\u0061\",\"model\":\"";
    for (size_t at = strlen(json); at < 5000; at += 6)
        memcpy(json + at, "\\u0062", 6);
    memcpy(json + strlen(json), "\",\"client\":\"\\u0063\"}", 21);
    buf_init(&scratch, sizeof(json));
    ck_assert_int_eq(usage_line_read(text_of(json), &scratch, &line, &why), 0);
    ck_assert(text_equals(line.key[USAGE_PROVIDER], "a"));
    ck_assert(text_starts(line.key[USAGE_MODEL], "bbb") && line.key[USAGE_MODEL].len > 800);
    ck_assert(text_equals(line.key[USAGE_CLIENT], "c"));
    buf_done(&scratch);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_line");
    TCase *tc = tcase_create("usage_line");
    tcase_add_loop_test(tc, a_line_is_read_or_said_to_be_broken, 0, ROWS(rows));
    tcase_add_test(tc, many_escapes_move_no_name);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
