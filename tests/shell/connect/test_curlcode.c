/* What libcurl's codes mean, with what was seen beside them. */
#include <errno.h>

#include "connect/curlcode.h"
#include "unit.h"

/* Of libcurl 8.6 and later. */
#define TOO_LARGE_SINCE_8_6 ((CURLcode)100)

static const struct {
    const char *name;
    struct curl_ending ending;
    enum transport transport;
} rows[] = {
    {"a whole answer", {.code = CURLE_OK, .sent = true, .answered = true}, TRANSPORT_OK},
    {"a head that was cut is none", {.code = CURLE_OK, .sent = true}, TRANSPORT_TRUNCATED},
    {"a head that we refuse",
     {.code = CURLE_WRITE_ERROR, .sent = true, .head_refused = true},
     TRANSPORT_MALFORMED},
    {"a line over 100 KB, to 7.88",
     {.code = CURLE_OUT_OF_MEMORY, .sent = true},
     TRANSPORT_MALFORMED},
    {"a line over 100 KB, to 8.6 and later",
     {.code = TOO_LARGE_SINCE_8_6, .sent = true},
     TRANSPORT_MALFORMED},
    {"a code that nobody knew", {.code = (CURLcode)199, .sent = true}, TRANSPORT_MALFORMED},
    {"such a code before anything was sent", {.code = (CURLcode)199}, TRANSPORT_INTERNAL},
    {"a folded line that 7.88 cannot place",
     {.code = CURLE_BAD_FUNCTION_ARGUMENT, .sent = true},
     TRANSPORT_MALFORMED},
    {"a head over 300 KB", {.code = CURLE_RECV_ERROR, .sent = true}, TRANSPORT_MALFORMED},
    {"broken chunks",
     {.code = CURLE_RECV_ERROR, .sent = true, .answered = true},
     TRANSPORT_TRUNCATED},
    {"a reset", {.code = CURLE_RECV_ERROR, .sent = true, .os_errno = ECONNRESET}, TRANSPORT_RESET},
    {"a path that acknowledged nothing",
     {.code = CURLE_RECV_ERROR, .sent = true, .os_errno = ETIMEDOUT},
     TRANSPORT_RESET},
    {"a kept one, of which libcurl tells by another code",
     {.code = CURLE_OPERATION_TIMEDOUT, .sent = true},
     TRANSPORT_RESET},
    {"a kept connection that broke, and no new one",
     {.code = CURLE_COULDNT_CONNECT, .sent = true},
     TRANSPORT_RESET},
    {"refused", {.code = CURLE_COULDNT_CONNECT}, TRANSPORT_CONNECT},
    {"no descriptor for a socket",
     {.code = CURLE_COULDNT_CONNECT, .no_descriptor = true},
     TRANSPORT_NO_DESCRIPTOR},
    {"none for a file of certificates",
     {.code = CURLE_SSL_CACERT_BADFILE, .no_descriptor = true},
     TRANSPORT_NO_DESCRIPTOR},
    {"none for one on the way to a proxy",
     {.code = CURLE_COULDNT_CONNECT, .by_proxy = true, .no_descriptor = true},
     TRANSPORT_NO_DESCRIPTOR},
    {"a kept connection that broke, and no descriptor for a new one",
     {.code = CURLE_COULDNT_CONNECT, .sent = true, .no_descriptor = true},
     TRANSPORT_RESET},
    {"no time left for connecting", {.code = CURLE_OPERATION_TIMEDOUT}, TRANSPORT_CONNECT_TIMEOUT},
    {"a proxy that wants a password",
     {.code = CURLE_RECV_ERROR, .connect_status = 407, .by_proxy = true},
     TRANSPORT_PROXY_AUTH},
    {"a proxy that does not want to",
     {.code = CURLE_RECV_ERROR, .connect_status = 403, .by_proxy = true},
     TRANSPORT_PROXY},
    {"to later libcurls, too",
     {.code = CURLE_COULDNT_CONNECT, .connect_status = 502, .by_proxy = true},
     TRANSPORT_PROXY},
    {"a proxy that hangs up", {.code = CURLE_RECV_ERROR, .by_proxy = true}, TRANSPORT_PROXY},
    {"a proxy that says nothing", {.code = CURLE_GOT_NOTHING, .by_proxy = true}, TRANSPORT_PROXY},
    {"a proxy that does not speak HTTP",
     {.code = CURLE_WEIRD_SERVER_REPLY, .by_proxy = true},
     TRANSPORT_PROXY},
    {"SOCKS that says no", {.code = CURLE_PROXY, .by_proxy = true}, TRANSPORT_PROXY},
    {"an answer through a tunnel",
     {.code = CURLE_OK, .sent = true, .answered = true, .connect_status = 200, .by_proxy = true},
     TRANSPORT_OK},
    {"an answer cut in a tunnel",
     {.code = CURLE_PARTIAL_FILE,
      .sent = true,
      .answered = true,
      .connect_status = 200,
      .by_proxy = true},
     TRANSPORT_TRUNCATED},
};

START_TEST(each_ending_has_its_word)
{
    enum transport transport = transport_of_curl(&rows[_i].ending);
    ck_assert_msg(transport == rows[_i].transport, "%s: %s", rows[_i].name,
                  transport_word(transport));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("curlcode");
    TCase *t = tcase_create("curlcode");
    tcase_add_loop_test(t, each_ending_has_its_word, 0, ROWS(rows));
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
