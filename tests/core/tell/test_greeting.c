/* The four lines at the start. */
#include "config_case.h"
#include "tell/greeting.h"

#define LONG_NAME "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnmqwertyuiop"

struct row {
    const char *name;
    const char *file;
    const char *environ_[4];
    const char *addresses[3];
    enum greeting_ollama ollama;
    const char *version, *model;
    const char *line[4];
};

#define ADDRESS "u 1  http://127.0.0.1:11411/v1 is the base URL for your apps"
#define NO_KEY                                                                                     \
    "cloud  openai at https://api.openai.com/v1, no key here: each app's own is passed on"
#define SILENT   "Ollama  at http://127.0.0.1:11434 is not answering yet"
#define DEFAULTS "settings  the defaults; `understudy config` shows all"

static const struct row rows[] = {
    {"nothing set, and Ollama silent",
     "",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS, NO_KEY, SILENT, DEFAULTS}},
    {"all is there",
     "[retry]\nattempts = 2\n",
     {"OPENAI_API_KEY=k", NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_ANSWERS,
     "0.12.6",
     "ministral-3:3b",
     {ADDRESS, "cloud  openai at https://api.openai.com/v1, key from OPENAI_API_KEY",
      "Ollama  0.12.6 at http://127.0.0.1:11434, ministral-3:3b would answer",
      "settings  f.ini, OPENAI_API_KEY; `understudy config` shows all"}},
    {"a preset without its key, which no app's can stand in for",
     "[route]\npriority = groq, ollama\n",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS,
      "cloud  groq at https://api.groq.com/openai/v1, which is skipped: no api_key is set: "
      "GROQ_API_KEY is not in the environment",
      SILENT, "settings  f.ini; `understudy config` shows all"}},
    {"Messages go to another cloud",
     "",
     {"OPENAI_API_KEY=k", "ANTHROPIC_API_KEY=k", NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS,
      "cloud  openai at https://api.openai.com/v1, key from OPENAI_API_KEY; for Messages "
      "anthropic, key from ANTHROPIC_API_KEY",
      SILENT, "settings  OPENAI_API_KEY, ANTHROPIC_API_KEY; `understudy config` shows all"}},
    {"Messages go to Ollama's cloud",
     "[route]\nmessages = ollama-cloud, ollama\n",
     {"OPENAI_API_KEY=k", "OLLAMA_API_KEY=k", NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS,
      "cloud  openai at https://api.openai.com/v1, key from OPENAI_API_KEY; for Messages "
      "ollama-cloud, key from OLLAMA_API_KEY",
      SILENT, "settings  f.ini, OPENAI_API_KEY, OLLAMA_API_KEY; `understudy config` shows all"}},
    {"Messages go to the same",
     "[route]\nmessages = openai, ollama\n",
     {"OPENAI_API_KEY=k", NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS, "cloud  openai at https://api.openai.com/v1, key from OPENAI_API_KEY", SILENT,
      "settings  f.ini, OPENAI_API_KEY; `understudy config` shows all"}},
    {"several keys",
     "",
     {"OPENAI_API_KEY=k,l", NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     "",
     {ADDRESS, "cloud  openai at https://api.openai.com/v1, 2 keys, the first from OPENAI_API_KEY",
      SILENT, "settings  OPENAI_API_KEY; `understudy config` shows all"}},
    {"nobody listens",
     "",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_ABSENT,
     "",
     NULL,
     {ADDRESS, NO_KEY,
      "Ollama  at http://127.0.0.1:11434 is not running; start it with `ollama serve`", DEFAULTS}},
    {"no model can answer",
     "",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_ANSWERS,
     "0.12.6",
     NULL,
     {ADDRESS, NO_KEY,
      "Ollama  0.12.6 at http://127.0.0.1:11434, but no model there can answer; get one with "
      "`ollama pull ministral-3:3b`",
      DEFAULTS}},
    {"a long name is cut",
     "",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_ANSWERS,
     "",
     LONG_NAME,
     {ADDRESS, NO_KEY,
      "Ollama  at http://127.0.0.1:11434, qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxc... "
      "would answer",
      DEFAULTS}},
    {"several addresses, one of them open to all and one a socket's file",
     "",
     {NULL},
     {"0.0.0.0:80", "unix:/run/u"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {"u 1  http://127.0.0.1:80/v1 and unix:/run/u is the base URL for your apps", NO_KEY, SILENT,
      DEFAULTS}},
    {"only at home",
     "[route]\npriority = ollama\n",
     {NULL},
     {"[::]:80"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {"u 1  http://[::1]:80/v1 is the base URL for your apps", "cloud  none in the route", SILENT,
      "settings  f.ini; `understudy config` shows all"}},
    {"several clouds, a server without a key first, and no Ollama",
     "[route]\npriority = vllm, openai\n[provider vllm]\ntype = openai\napi_key = none\n"
     "base_url = http://127.0.0.1:8000/v1\n",
     {NULL},
     {"127.0.0.1:11411"},
     GREETING_OLLAMA_SILENT,
     "",
     NULL,
     {ADDRESS, "cloud  vllm at http://127.0.0.1:8000/v1, no key needed, and 1 more",
      "Ollama  none in the route", "settings  f.ini; `understudy config` shows all"}},
};

/* The blanks of a label are the width's business. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (!(from[0] == ' ' && from[1] == ' ' && from[2] == ' '))
            *to++ = *from;
    *to = '\0';
}

START_TEST(four_lines_say_what_there_is)
{
    const struct row *row = &rows[_i];
    struct config_case test = config_case_load(row->file, row->environ_, LIST(NULL));
    const struct greeting greeting = {.program = "u 1",
                                      .config = test.config,
                                      .addresses = row->addresses,
                                      .ollama = row->ollama,
                                      .version = row->version,
                                      .model = row->model};
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(greeting_print(&greeting, &out), 0);
    char *rest = out.data;
    for (int i = 0; i < 4; i++) {
        char *line = strsep(&rest, "\n");
        squeeze(line);
        ck_assert_msg(strcmp(line, row->line[i]) == 0, "%s: %s", row->name, line);
    }
    ck_assert_str_eq(rest, "");
    buf_done(&out);
    config_case_done(&test);
}
END_TEST

/* 48 bytes are shown at most: 16 times the euro sign, or with one letter before it 15 times. */
START_TEST(a_name_is_cut_between_characters)
{
    struct config_case test = config_case_load("", LIST(NULL), LIST(NULL));
    char name[64] = "";
    size_t used = (size_t)_i;
    memset(name, 'x', used);
    for (; used + 3 < sizeof(name); used += 3)
        memcpy(name + used, "\xe2\x82\xac", 3);
    const struct greeting greeting = {.program = "u 1",
                                      .config = test.config,
                                      .addresses = LIST("127.0.0.1:1"),
                                      .ollama = GREETING_OLLAMA_ANSWERS,
                                      .version = "",
                                      .model = name};
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(greeting_print(&greeting, &out), 0);
    const char *shown = strchr(strstr(out.data, "11434, "), ' ') + 1,
               *dots = strstr(out.data, "...");
    ck_assert_int_eq((int)(dots - shown), _i == 0 ? 48 : 45 + _i);
    buf_done(&out);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("greeting");
    TCase *tc = tcase_create("greeting");
    tcase_add_loop_test(tc, four_lines_say_what_there_is, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_name_is_cut_between_characters, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
