/* The lines for people: what they say, that they fit, and that nothing gets through to the
 * terminal. */
#include "record/logterm.h"
#include "text/utf8.h"
#include "unit.h"

#define ROW_FIELDS 14

struct row {
    const char *name;
    const char *event;
    enum log_level level;
    struct log_field fields[ROW_FIELDS];
    const char *line;
};

#define CHAT LOG_STR_OF("path", "/v1/chat/completions")
/* text_of is no constant. */
#define LOG_STR_OF(key, literal)                                                                   \
    {                                                                                              \
        key, LOG_KIND_TEXT, {literal, sizeof(literal) - 1}, 0                                      \
    }
#define NUMBER(key, value)                                                                         \
    {                                                                                              \
        key, LOG_KIND_INT, {NULL, 0}, value                                                        \
    }
#define STREAM                                                                                     \
    {                                                                                              \
        "stream", LOG_KIND_BOOL, {NULL, 0}, 1                                                      \
    }

static const struct row rows[] = {
    {"a good answer",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "openai"),
      LOG_STR_OF("model", "gpt-4"), LOG_STR_OF("class", "ok"), LOG_STR_OF("attempts", "openai=1"),
      NUMBER("status", 200), NUMBER("prompt_tokens", 5), NUMBER("completion_tokens", 7),
      NUMBER("ttft_ms", 12), NUMBER("duration_ms", 1234)},
     "12:00:00 200 gpt-4 by openai in 1.2 s 5+7 tokens"},
    {"a stream tells its first content",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "openai"),
      LOG_STR_OF("class", "ok"), NUMBER("status", 200), NUMBER("ttft_ms", 12),
      NUMBER("duration_ms", 240000), STREAM},
     "12:00:00 200 gpt-4 by openai in 4 min (first 12 ms)"},
    {"a fallback",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "ollama"),
      LOG_STR_OF("model", "ministral-3:3b"), LOG_STR_OF("class", "ok"),
      LOG_STR_OF("attempts", "openai=3, ollama=1"), LOG_STR_OF("fallback", "server"),
      NUMBER("status", 200), NUMBER("duration_ms", 3456)},
     "12:00:00 200 gpt-4 by ollama ministral-3:3b after server in 3.5 s (openai=3, ollama=1)"},
    {"all failed",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "ollama"),
      LOG_STR_OF("model", "ministral-3:3b"), LOG_STR_OF("class", "network"),
      LOG_STR_OF("attempts", "openai=3, ollama=3"), LOG_STR_OF("fallback", "server"),
      NUMBER("status", 502), NUMBER("duration_ms", 56)},
     "12:00:00 502 gpt-4 network in 56 ms (openai=3, ollama=3)"},
    {"a client that left",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "openai"),
      LOG_STR_OF("class", "cancelled"), LOG_STR_OF("attempts", "openai=1"), NUMBER("status", 499),
      NUMBER("duration_ms", 400)},
     "12:00:00 499 gpt-4 cancelled in 400 ms (openai=1)"},
    {"a stream that broke",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "openai"),
      LOG_STR_OF("class", "network"), NUMBER("status", 200), NUMBER("duration_ms", 400)},
     "12:00:00 200 gpt-4 by openai ended: network in 400 ms"},
    {"another path is named",
     "exchange",
     LOG_LEVEL_INFO,
     {LOG_STR_OF("path", "/v1/embeddings"), LOG_STR_OF("asked", "e"),
      LOG_STR_OF("provider", "openai"), LOG_STR_OF("class", "ok"), NUMBER("status", 200),
      NUMBER("duration_ms", 1)},
     "12:00:00 200 /v1/embeddings e by openai in 1 ms"},
    {"a request that names no model is its path",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("class", "request"), NUMBER("status", 400), NUMBER("duration_ms", 0)},
     "12:00:00 400 /v1/chat/completions request in 0 ms"},
    {"an answer with tools that were called here",
     "exchange",
     LOG_LEVEL_INFO,
     {CHAT, LOG_STR_OF("asked", "gpt-4"), LOG_STR_OF("provider", "openai"),
      LOG_STR_OF("model", "gpt-4"), LOG_STR_OF("class", "ok"), LOG_STR_OF("attempts", "openai=2"),
      NUMBER("status", 200), NUMBER("prompt_tokens", 5), NUMBER("completion_tokens", 7),
      NUMBER("duration_ms", 1234), LOG_STR_OF("tools", "weather__today=2")},
     "12:00:00 200 gpt-4 by openai in 1.2 s tools weather__today=2 5+7 tokens"},
    {"a retry",
     "retry",
     LOG_LEVEL_WARNING,
     {LOG_STR_OF("id", "x"), LOG_STR_OF("provider", "openai"), LOG_STR_OF("class", "server"),
      NUMBER("attempt", 1), NUMBER("wait_ms", 2000), NUMBER("status", 503)},
     "12:00:00 openai: server 503, try 1; again in 2.0 s"},
    {"the next key",
     "next_key",
     LOG_LEVEL_WARNING,
     {LOG_STR_OF("id", "x"), LOG_STR_OF("provider", "openai"), LOG_STR_OF("class", "quota"),
      NUMBER("status", 402), NUMBER("key", 1), NUMBER("next", 3)},
     "12:00:00 openai: quota 402, key 1; now key 3"},
    {"the last key",
     "next_key",
     LOG_LEVEL_WARNING,
     {LOG_STR_OF("id", "x"), LOG_STR_OF("provider", "openai"), LOG_STR_OF("class", "quota"),
      NUMBER("status", 402), NUMBER("key", 2)},
     "12:00:00 openai: quota 402, key 2; no other key is left"},
    {"a fallback on its way",
     "fallback",
     LOG_LEVEL_WARNING,
     {LOG_STR_OF("id", "x"), LOG_STR_OF("provider", "openai"), LOG_STR_OF("to", "ollama"),
      LOG_STR_OF("class", "timeout"), LOG_STR_OF("reason", "attempts")},
     "12:00:00 openai: timeout; now ollama"},
    {"others say their message first, and not which exchange it is",
     "auth",
     LOG_LEVEL_ERROR,
     {LOG_STR_OF("id", "x"), NUMBER("status", 401), LOG_STR_OF("message", "it is refused")},
     "12:00:00 error: auth: it is refused status=401"},
    {"an event without fields", "reloaded", LOG_LEVEL_INFO, {{0}}, "12:00:00 reloaded"},
    {"a warning is called one",
     "w",
     LOG_LEVEL_WARNING,
     {STREAM},
     "12:00:00 warning: w stream=true"},
};

static const char *show(const struct row *row, int columns, bool colour)
{
    static struct logline line;
    const struct logterm how = {
        .level = row->level, .columns = columns, .colour = colour, .clock = "12:00:00"};
    ck_assert(logterm_event(&line, &how, row->event, row->fields, ROW_FIELDS));
    ck_assert_uint_le(line.len, LOG_LINE_MAX);
    ck_assert_int_eq(line.at[line.len - 1], '\n');
    line.at[line.len - 1] = '\0';
    return line.at;
}

START_TEST(a_line_says_what_happened)
{
    const char *line = show(&rows[_i], 100, false);
    ck_assert_msg(strcmp(line, rows[_i].line) == 0, "%s: %s", rows[_i].name, line);
}
END_TEST

/* Columns as a terminal without wide letters has them. */
static int columns_of(const char *line)
{
    int columns = 0;
    for (; *line; line++) {
        if (*line == '\x1b')
            line = strchr(line, 'm');
        else if (((unsigned char)*line & 0xc0) != 0x80)
            columns++;
    }
    return columns;
}

START_TEST(colours_only_surround)
{
    char plain[LOG_LINE_MAX];
    size_t len = 0;
    const char *line = show(&rows[_i], 100, true);
    ck_assert_ptr_nonnull(strstr(line, "\x1b["));
    for (const char *c = line; *c; c++) {
        if (*c == '\x1b')
            c = strchr(c, 'm');
        else
            plain[len++] = *c;
    }
    plain[len] = '\0';
    ck_assert_str_eq(plain, rows[_i].line);
    const char *last = strrchr(line, '\x1b');
    bool ends_plain = strncmp(last, "\x1b[0m", 4) == 0;
    ck_assert_msg(ends_plain, "%s", rows[_i].name);
}
END_TEST

START_TEST(an_exchange_fits_every_width)
{
    for (int i = 0; i < ROWS(rows) && strcmp(rows[i].event, "exchange") == 0; i++) {
        const char *line = show(&rows[i], _i, true);
        ck_assert_msg(columns_of(line) <= (_i < 12 ? 12 : _i), "%s at %d: %s", rows[i].name, _i,
                      line);
        ck_assert_int_eq(strncmp(rows[i].line, show(&rows[i], _i, false), 9), 0);
    }
}
END_TEST

/* What a model may be called by whoever means ill. */
static const char *const hostile[] = {
    "\x1b[2J\x1b]0;owned\x07",
    "a\nb\r",
    "\xe2\x80\xae"
    "4-tpg",
    "\xc2\x9b"
    "31m",
    "\xff\xfe",
    "\xf3\xa0\x80\x81",
    "\x7f",
    "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87",
};

static void check_harmless(const char *line)
{
    for (size_t i = 0; line[i];) {
        size_t n = utf8_length(line + i, strlen(line + i));
        ck_assert_msg(n > 0, "no UTF-8: %s", line);
        ck_assert_msg(!utf8_is_hidden(utf8_code_point(line + i, n)), "hidden: %s", line);
        i += n;
    }
}

START_TEST(a_hostile_name_is_escaped_and_cut)
{
    char name[4096] = "";
    size_t len = strlen(hostile[_i]);
    for (size_t i = 0; i + len < sizeof(name); i += len)
        memcpy(name + i, hostile[_i], len);
    struct row row = rows[2];
    for (int i = 0; i < ROW_FIELDS; i++)
        if (row.fields[i].kind == LOG_KIND_TEXT && row.fields[i].key &&
            strcmp(row.fields[i].key, "fallback") != 0 && strcmp(row.fields[i].key, "path") != 0)
            row.fields[i].text = text_of(name);
    const char *line = show(&row, 100, false);
    check_harmless(line);
    ck_assert_int_le(columns_of(line), 100);
    ck_assert_ptr_nonnull(strstr(line, "..."));
    row.event = "other";
    check_harmless(show(&row, 100, false));
    row.event = "retry";
    check_harmless(show(&row, 100, false));
}
END_TEST

START_TEST(the_name_of_a_long_model_leaves_room_for_the_outcome)
{
    char name[4000];
    memset(name, 'm', sizeof(name));
    struct row row = rows[2];
    row.fields[1].text = row.fields[3].text = text_make(name, sizeof(name));
    const char *line = show(&row, 100, false);
    ck_assert_ptr_nonnull(strstr(line, " after server in 3.5 s"));
    ck_assert_int_le(columns_of(line), 100);
}
END_TEST

START_TEST(listening_is_said_by_the_start)
{
    struct logline line;
    const struct logterm how = {.level = LOG_LEVEL_INFO, .clock = "12:00:00"};
    const struct log_field address = LOG_STR("address", "127.0.0.1:1");
    ck_assert(!logterm_event(&line, &how, "listening", &address, 1));
}
END_TEST

START_TEST(a_text_is_escaped_and_ends)
{
    struct logline line;
    logterm_text(&line, text_of("a \x1b[1m \xe2\x80\xae \xc3\xa9"));
    ck_assert_uint_eq(line.len, strlen("a \\u001b[1m \\u202e \xc3\xa9\n"));
    ck_assert_mem_eq(line.at, "a \\u001b[1m \\u202e \xc3\xa9\n", line.len);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("logterm");
    TCase *t = tcase_create("logterm");
    tcase_add_loop_test(t, a_line_says_what_happened, 0, ROWS(rows));
    tcase_add_loop_test(t, colours_only_surround, 0, ROWS(rows));
    tcase_add_loop_test(t, an_exchange_fits_every_width, 1, 130);
    tcase_add_loop_test(t, a_hostile_name_is_escaped_and_cut, 0, ROWS(hostile));
    tcase_add_test(t, the_name_of_a_long_model_leaves_room_for_the_outcome);
    tcase_add_test(t, listening_is_said_by_the_start);
    tcase_add_test(t, a_text_is_escaped_and_ends);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
