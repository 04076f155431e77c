/* Texts and lists of texts: names, addresses, headers, and what is wrong with the others. */
#include <errno.h>
#include <stdio.h>

#include "settings/option.h"
#include "text/buf.h"
#include "text/string_list.h"
#include "unit.h"

#define NO_TOOL "neither http://, https:// nor unix: (understudy starts no program)"
#define NO_HOST "not a host name or address, with or without a port"

static const struct {
    enum option_type type;
    const char *text;
    const char *why; /* NULL: fine */
} texts[] = {
    {OPTION_NAMES, "openai", NULL},
    {OPTION_NAMES, "My-box_2", NULL},
    {OPTION_NAMES, "", "not the name of a provider"},
    {OPTION_NAMES, "a.b", "not the name of a provider"},
    {OPTION_NAMES, "a b", "not the name of a provider"},
    {OPTION_NAMES, "gr\xc3\xbcn", "not the name of a provider"},
    {OPTION_NAMES, "hedge_after", "not the name of a provider"},
    {OPTION_NAMES, "all", "not the name of a provider"},
    {OPTION_NAMES, "context", "not the name of a provider"},
    {OPTION_ABILITIES, "tools", NULL},
    {OPTION_ABILITIES, "", "not what a model can do"},
    {OPTION_ABILITIES, "chat", "not what a model can do"},
    {OPTION_NAMES, "ALL", NULL},
    {OPTION_HOSTS, "localhost", NULL},
    {OPTION_HOSTS, "127.0.0.1", NULL},
    {OPTION_HOSTS, "[::1]", NULL},
    {OPTION_HOSTS, "::1", NULL},
    {OPTION_HOSTS, "box:80", NULL},
    {OPTION_HOSTS, "[::1]:80", NULL},
    {OPTION_HOSTS, "[::0:1]:80", NULL},
    {OPTION_HOSTS, "127.0.0.1:8080", NULL},
    {OPTION_HOSTS, "box:0", NO_HOST},
    {OPTION_HOSTS, "box:080", NO_HOST},
    {OPTION_HOSTS, "box:65536", NO_HOST},
    {OPTION_HOSTS, "box:", NO_HOST},
    {OPTION_HOSTS, "unix:/x", NO_HOST},
    {OPTION_HOSTS, "http://box", NO_HOST},
    {OPTION_HOSTS, "[]", NO_HOST},
    {OPTION_ORIGINS, "*", NULL},
    {OPTION_ORIGINS, "app://*", NULL},
    {OPTION_ORIGINS, "https://app.example:8443", NULL},
    {OPTION_ORIGINS, "https://app.*.example", "a * that is not at the end"},
    {OPTION_ORIGINS, "null", "not an origin"},
    {OPTION_ORIGINS, "app.example", "not an origin"},
    {OPTION_ORIGINS, "app.example:80", "not an origin"},
    {OPTION_ORIGINS, "://x", "not an origin"},
    {OPTION_ORIGINS, "", "not an origin"},
    {OPTION_BASE_URL, "https://api.openai.com/v1", NULL},
    {OPTION_BASE_URL, "http://[::1]:8080", NULL},
    {OPTION_BASE_URL, "https://x/v1?a=b", "a query (?) in the address"},
    {OPTION_BASE_URL, "https://u:p@x/v1", "a user name or password in the address"},
    {OPTION_BASE_URL, "https://x/#a", "a fragment (#) in the address"},
    {OPTION_BASE_URL, "api.openai.com", "an address that begins with neither http:// nor https://"},
    {OPTION_TOOL_URL, "http://127.0.0.1:8001/mcp", NULL},
    {OPTION_TOOL_URL, "https://mcp.example/mcp?key=a", NULL},
    {OPTION_TOOL_URL, "unix:/run/understudy-tools/notes.sock", NULL},
    {OPTION_TOOL_URL, "unix:notes.sock", "it does not name a socket by its whole path"},
    {OPTION_TOOL_URL, "unix:/", "it does not name a socket by its whole path"},
    {OPTION_TOOL_URL, "unix:", "it does not name a socket by its whole path"},
    {OPTION_TOOL_URL,
     "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaa",
     "it is longer than the 107 bytes of a socket's path"},
    {OPTION_TOOL_URL, "http://u:p@x/mcp", "a user name or password in the address"},
    {OPTION_TOOL_URL, "https://x/mcp#a", "a fragment (#) in the address"},
    {OPTION_TOOL_URL, "npx -y some-server", NO_TOOL},
    {OPTION_TOOL_URL, "ws://x/mcp", NO_TOOL},
    {OPTION_TOOL_URL, "file:///bin/sh", NO_TOOL},
    {OPTION_TOOL_URL, "stdio:/bin/sh", NO_TOOL},
    {OPTION_TOOL_NAMES, "*", NULL},
    {OPTION_TOOL_NAMES, "read file/now.v2", NULL},
    {OPTION_TOOL_NAMES, "read_*", "a * stands for all of them, and not for a part of a name"},
    {OPTION_TOOL_SECTIONS, "weather-2_x", NULL},
    {OPTION_TOOL_SECTIONS, "a__b", "not the NAME of a [tool NAME]"},
    {OPTION_CHECK_URL, "https://x/y?a=b", NULL},
    {OPTION_CHECK_URL, "x", "an address that begins with neither http:// nor https://"},
    {OPTION_PROXY, "http://u:p@proxy:3128", NULL},
    {OPTION_PROXY, "https://proxy", NULL},
    {OPTION_PROXY, "socks4://proxy", NULL},
    {OPTION_PROXY, "socks4a://proxy", NULL},
    {OPTION_PROXY, "socks5://proxy", NULL},
    {OPTION_PROXY, "SOCKS5H://proxy:1080", NULL},
    {OPTION_PROXY, "http://", "not the address of a proxy"},
    {OPTION_PROXY, "proxy:3128", "not the address of a proxy"},
    {OPTION_PROXY, "ftp://proxy", "not the address of a proxy"},
    {OPTION_PROXY, "http://a b", "a blank or control byte in the address"},
    {OPTION_PATH, "/etc/ssl/ca.pem", NULL},
    {OPTION_KEEP_ALIVE, "5m", NULL},
    {OPTION_KEEP_ALIVE, "1h30m", NULL},
    {OPTION_KEEP_ALIVE, "1.5h", NULL},
    {OPTION_KEEP_ALIVE, "100ms", NULL},
    {OPTION_KEEP_ALIVE, "300", NULL},
    {OPTION_KEEP_ALIVE, "0", NULL},
    {OPTION_KEEP_ALIVE, "-1", NULL},
    {OPTION_KEEP_ALIVE, "-1m", NULL},
    {OPTION_KEEP_ALIVE, "1.5", "a number without unit must be whole"},
    {OPTION_KEEP_ALIVE, "", "not a duration"},
    {OPTION_KEEP_ALIVE, "-", "not a duration"},
    {OPTION_KEEP_ALIVE, ".", "not a duration"},
    {OPTION_KEEP_ALIVE, ".m", "not a duration"},
    {OPTION_KEEP_ALIVE, "1.2.3m", "not a duration"},
    {OPTION_KEEP_ALIVE, "5M", "not a duration"},
    {OPTION_KEEP_ALIVE, "m", "not a duration"},
    {OPTION_KEEP_ALIVE, "1d", "not a duration"},
    {OPTION_KEEP_ALIVE, "5m3", "not a duration"},
    {OPTION_KEEP_ALIVE, "for ever", "not a duration"},
    {OPTION_MODELS, "hf.co/a/b:Q4_K_M", NULL},
    {OPTION_MODELS, "", "a name of 1 to 512 bytes is needed"},
    {OPTION_MODEL_OF, "llama3", NULL},
    {OPTION_KEYS, "", NULL},
    {OPTION_KEYS, "env:", "a reference to a secret that names nothing"},
    {OPTION_KEYS, "sk-1, env:A", NULL},
    {OPTION_KEYS, "sk-1,, sk-2", "key 2: it is empty: there is a comma too many"},
    {OPTION_HEADER, "blue, green; x=\"y\"", NULL},
    {OPTION_HEADER, "", "not the value of a header"},
    {OPTION_HEADER, "a\r\nb: c", "not the value of a header"},
};

START_TEST(each_form_of_text_is_checked)
{
    struct error why = ERROR_NONE;
    int r = option_check_text(texts[_i].type, text_of(texts[_i].text), &why);
    ck_assert_msg(r == (texts[_i].why ? -EINVAL : 0), "\"%s\": %d", texts[_i].text, r);
    ck_assert_str_eq(why.text, texts[_i].why ? texts[_i].why : "");
}
END_TEST

static const struct {
    enum option_type type;
    size_t most;
} lengths[] = {{OPTION_MODELS, 512},
               {OPTION_MODEL_OF, 512},
               {OPTION_HEADER, 8192},
               {OPTION_TOOL_NAMES, 256},
               {OPTION_TOOL_SECTIONS, 32}};

START_TEST(the_longest_is_taken_and_one_byte_more_is_not)
{
    static char text[8193];
    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(option_check_text(lengths[_i].type, text_make(text, lengths[_i].most), NULL),
                     0);
    ck_assert_int_eq(
        option_check_text(lengths[_i].type, text_make(text, lengths[_i].most + 1), NULL), -EINVAL);
}
END_TEST

static const struct {
    const char *name;
    enum option_type type;
    const char *text;
    const char *joined; /* NULL: refused with why */
    const char *why;
} lists[] = {
    {"one", OPTION_NAMES, "openai", "openai|", NULL},
    {"several with blanks and empty ones", OPTION_NAMES, " b,, a ,", "b|a|", NULL},
    {"none", OPTION_HOSTS, "", "", NULL},
    {"models with colons and blanks inside", OPTION_MODELS, "a:3b, b c, auto", "a:3b|b c|auto|",
     NULL},
    {"one that is wrong", OPTION_NAMES, "a, b.c, d", NULL, "\"b.c\": not the name of a provider"},
    {"one that is listed twice", OPTION_NAMES, "a, b, a", NULL, "\"a\" is listed twice"},
    {"a secret is not shown", OPTION_SECRETS,
     "sk-1, sk\x01"
     "2",
     NULL, "\"****\": the secret holds a control byte (a second line?)"},
    {"none is not a secret among others", OPTION_SECRETS, "sk-1, None", NULL,
     "none among others: is there a token or not?"},
    {"tools by the names that a server gives", OPTION_TOOL_NAMES, "today, read file",
     "today|read file|", NULL},
    {"no tools", OPTION_TOOL_NAMES, "", "", NULL},
    {"a secret may be there twice", OPTION_SECRETS, "sk-1, sk-1", "sk-1|sk-1|", NULL},
};

START_TEST(lists_are_read)
{
    struct strings list = {0};
    struct error why = ERROR_NONE;
    char joined[64] = "";
    int r = option_read_list(lists[_i].type, text_of(lists[_i].text), &list, &why);
    ck_assert_msg(r == (lists[_i].joined ? 0 : -EINVAL), "%s: %d", lists[_i].name, r);
    for (size_t i = 0, used = 0; i < list.count; i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s|", list.at[i]);
    ck_assert_str_eq(joined, lists[_i].joined ? lists[_i].joined : "");
    ck_assert_str_eq(why.text, lists[_i].why ? lists[_i].why : "");
    string_list_done(&list);
}
END_TEST

START_TEST(a_list_has_an_end)
{
    struct buf text;
    struct strings list = {0};
    struct error why = ERROR_NONE;
    buf_init(&text, 4096);
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(buf_printf(&text, "n%d,", i), 0);
    ck_assert_int_eq(option_read_list(OPTION_NAMES, buf_text(&text), &list, NULL), 0);
    ck_assert_uint_eq(list.count, 256);
    string_list_done(&list);
    ck_assert_int_eq(buf_append_string(&text, "n256"), 0);
    ck_assert_int_eq(option_read_list(OPTION_NAMES, buf_text(&text), &list, &why), -EINVAL);
    ck_assert_str_eq(why.text, "more than 256 elements");
    buf_done(&text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("option_text");
    TCase *tc = tcase_create("option_text");
    tcase_add_loop_test(tc, each_form_of_text_is_checked, 0, ROWS(texts));
    tcase_add_loop_test(tc, the_longest_is_taken_and_one_byte_more_is_not, 0, ROWS(lengths));
    tcase_add_loop_test(tc, lists_are_read, 0, ROWS(lists));
    tcase_add_test(tc, a_list_has_an_end);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
