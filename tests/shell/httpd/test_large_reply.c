/* Bodies that are sent in pieces: every byte, once; and memory that goes as they do. */
#include <stdio.h>

#include "../served.h"
#include "httpd/large_reply.h"

#define MIB ((size_t)1 << 20)

/* What stands where: no piece looks like another. */
static char byte_at(size_t at)
{
    return (char)(at * 31 + at / 4099);
}

static void answer(size_t len)
{
    struct reply reply;
    reply_init(&reply, 200);
    buf_reserve(&reply.body, len);
    int r = 0;
    for (size_t at = 0; at < len && r == 0; at++)
        r = buf_append(&reply.body, &(char){byte_at(at)}, 1);
    ck_assert_int_eq(r, 0);
    inbound_reply_take(served[served_count - 1].inbound, &reply);
}

static void ask(const char *request, size_t len)
{
    int before = served_count;
    waits = true;
    client_say(client, request);
    until_served(before + 1);
    answer(len);
}

/* From byte from on; how far it came. */
static size_t hear_body(size_t from, size_t len)
{
    static char bytes[1 << 16];
    size_t at = from;
    for (int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
         at < len && clock_monotonic_ms() < end_ms;) {
        size_t room = len - at < sizeof(bytes) ? len - at : sizeof(bytes);
        ssize_t n = recv(client, bytes, room, MSG_DONTWAIT);
        for (ssize_t i = 0; i < n; i++, at++)
            if (bytes[i] != byte_at(at))
                ck_abort_msg("byte %zu is another one", at);
        if (n <= 0)
            turn();
    }
    return at;
}

/* Reads the head byte by byte, and nothing behind it. */
static void skip_head(char *head, size_t size)
{
    size_t len = 0;
    for (int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS; clock_monotonic_ms() < end_ms;) {
        if (recv(client, head + len, 1, MSG_DONTWAIT) != 1) {
            turn();
            continue;
        }
        head[++len] = '\0';
        ck_assert_uint_lt(len, size - 1);
        if (len >= 4 && strcmp(head + len - 4, "\r\n\r\n") == 0)
            return;
    }
    ck_abort_msg("no head: %s", head);
}

static const size_t sizes[] = {1, 4 * MIB - 1, 4 * MIB, 5 * MIB + 1, 40 * MIB};

START_TEST(every_byte_comes_and_the_connection_stays)
{
    char head[1024], length[64];
    ask(GET("/v1/models"), sizes[_i]);
    skip_head(head, sizeof(head));
    (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", sizes[_i]);
    ck_assert_ptr_nonnull(strstr(head, length));
    ck_assert_uint_eq(hear_body(0, sizes[_i]), sizes[_i]);
    UNTIL(served[0].closed);
    ck_assert(!served[0].client_gone);
    ask(GET("/v1/models"), 3);
    skip_head(head, sizeof(head));
    ck_assert_uint_eq(hear_body(0, 3), 3);
}
END_TEST

START_TEST(of_a_head_only_its_length_is_told)
{
    char head[1024];
    ask("HEAD /v1/models HTTP/1.1\r\n" HOST "\r\n", 5 * MIB);
    skip_head(head, sizeof(head));
    ck_assert_ptr_nonnull(strstr(head, "Content-Length: 5242880\r\n"));
    ask(GET("/v1/models"), 3);
    skip_head(head, sizeof(head));
    ck_assert_uint_eq(hear_body(0, 3), 3);
}
END_TEST

/* Of this process, in bytes. */
static size_t resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert(file && fscanf(file, "%lu %lu", &size, &pages) == 2);
    (void)fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The sockets hold some megabytes of the rest, so that it is not over yet. */
START_TEST(what_was_sent_of_a_very_large_one_is_given_back)
{
    const size_t len = 96 * MIB, most = 64 * MIB;
    char head[1024];
    ask(GET("/v1/models"), len);
    size_t before = resident();
    skip_head(head, sizeof(head));
    ck_assert_uint_eq(hear_body(0, most), most);
    ck_assert_int_eq(served[0].closed, 0);
    ck_assert_uint_lt(resident() + most / 2, before);
    ck_assert_uint_eq(hear_body(most, len), len);
}
END_TEST

START_TEST(who_goes_away_in_the_middle_leaves_nothing)
{
    char head[1024];
    ask(GET("/v1/models"), 40 * MIB);
    skip_head(head, sizeof(head));
    ck_assert_uint_eq(hear_body(0, MIB), MIB);
    close(client);
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
    client = client_open();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("large_reply");
    TCase *tc = tcase_create("large_reply");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, every_byte_comes_and_the_connection_stays, 0, ROWS(sizes));
    tcase_add_test(tc, of_a_head_only_its_length_is_told);
    tcase_add_test(tc, what_was_sent_of_a_very_large_one_is_given_back);
    tcase_add_test(tc, who_goes_away_in_the_middle_leaves_nothing);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
