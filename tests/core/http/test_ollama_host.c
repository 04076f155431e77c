/* Every form of OLLAMA_HOST. */
#include <errno.h>

#include "http/ollama_host.h"
#include "unit.h"

static const struct {
    const char *value;
    const char *url; /* NULL: refused */
} hosts[] = {
    {"", "http://127.0.0.1:11434"},
    {"box", "http://box:11434"},
    {"1.2.3.4", "http://1.2.3.4:11434"},
    {":1234", "http://127.0.0.1:1234"},
    {"box:1234", "http://box:1234"},
    {"box:", "http://box:11434"},
    {"1.2.3.4:1234", "http://1.2.3.4:1234"},
    {"0.0.0.0", "http://127.0.0.1:11434"},
    {"0.0.0.0:1234", "http://127.0.0.1:1234"},
    {"http://0.0.0.0:1234", "http://127.0.0.1:1234"},
    {"::1", "http://[::1]:11434"},
    {"[::1]", "http://[::1]:11434"},
    {"[::1]:1234", "http://[::1]:1234"},
    {"[::]:1234", "http://[::1]:1234"},
    {"::", "http://[::1]:11434"},
    {"http://box", "http://box:80"},
    {"https://box", "https://box:443"},
    {"https://box:1234", "https://box:1234"},
    {"https://box/ollama", "https://box:443/ollama"},
    {"box/ollama", "http://box:11434/ollama"},
    {"box:1234/", "http://box:1234/"},
    {"ollama.com", "https://ollama.com:443"},
    {" \"box:1234\" ", "http://box:1234"},
    {"'box'", "http://box:11434"},
    {"a b", NULL},
    {"user@box", NULL},
    {"ftp://box", NULL},
    {"http://ftp://box", NULL},
};

START_TEST(ollama_host_becomes_an_address)
{
    struct buf out;
    struct error error = ERROR_NONE;
    buf_init(&out, 256);
    int r = ollama_host_url(text_of(hosts[_i].value), &out, &error);
    if (hosts[_i].url)
        ck_assert_msg(r == 0 && text_equals(buf_text(&out), hosts[_i].url), "%s: %.*s",
                      hosts[_i].value, TEXT_ARG(buf_text(&out)));
    else
        ck_assert_msg(r == -EINVAL && error_is_set(&error), "%s", hosts[_i].value);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_host");
    TCase *tc = tcase_create("ollama_host");
    tcase_add_loop_test(tc, ollama_host_becomes_an_address, 0, ROWS(hosts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
