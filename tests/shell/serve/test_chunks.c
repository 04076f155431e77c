/* One stream's chunks into a socket that has room, little room, none, or nobody behind it. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/chunks.h"
#include "text/count.h"
#include "unit.h"

static struct chunks chunks;
static int ours, clients;
static struct buf heard;
static size_t room = SIZE_MAX; /* of the socket, besides the kernel's own */

/* In place of the C library's, which sends it on in one piece. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    static char bytes[CHUNK_MAX + 100];
    size_t len = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        memcpy(bytes + len, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
        len += message->msg_iov[i].iov_len;
    }
    if (room > 0)
        return send(fd, bytes, len < room ? len : room, flags);
    errno = EAGAIN;
    return -1;
}

static void setup(void)
{
    int ends[2], least = 1;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    ours = ends[0];
    clients = ends[1];
    /* The kernel makes it its own least, some 4 KB. */
    ck_assert_int_eq(setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
    chunks_init(&chunks);
    buf_init(&heard, 1u << 20);
    room = SIZE_MAX;
}

static void teardown(void)
{
    chunks_done(&chunks);
    buf_done(&heard);
    close(ours);
    if (clients >= 0)
        close(clients);
}

/* Reads up to most bytes of what has come; how many there were. */
static size_t hear(size_t most)
{
    char bytes[512];
    size_t len = 0;
    while (len < most) {
        size_t want = most - len < sizeof(bytes) ? most - len : sizeof(bytes);
        ssize_t n = recv(clients, bytes, want, 0);
        if (n <= 0)
            break;
        ck_assert_int_eq(buf_append(&heard, bytes, (size_t)n), 0);
        len += (size_t)n;
    }
    return len;
}

/* The bodies of the chunks that were heard, put together; each has to be whole. */
static struct text bodies(void)
{
    static char text[1u << 20];
    const char *at = heard.data, *end = heard.data + heard.len;
    size_t len = 0;
    while (at < end) {
        char *behind = NULL;
        size_t size = strtoul(at, &behind, 16);
        ck_assert_uint_gt(size, 0);
        ck_assert_int_eq(strncmp(behind, "\r\n", 2), 0);
        memcpy(text + len, behind + 2, size);
        len += size;
        at = behind + 2 + size;
        ck_assert_int_eq(strncmp(at, "\r\n", 2), 0);
        at += 2;
    }
    ck_assert_ptr_eq(at, end);
    return text_make(text, len);
}

static struct text large(size_t len)
{
    static char bytes[CHUNK_MAX];
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + i % 26);
    return text_make(bytes, len);
}

static const struct {
    const char *bytes, *chunk;
} forms[] = {
    {"x", "1\r\nx\r\n"},
    {"fifteen bytes ..", "10\r\nfifteen bytes ..\r\n"},
    {"data: {}\n\n", "a\r\ndata: {}\n\n\r\n"},
    {"\r\n", "2\r\n\r\n\r\n"},
};

START_TEST(a_chunk_is_its_size_its_bytes_and_a_line_end)
{
    ck_assert_int_eq(chunks_send(&chunks, ours, text_of(forms[_i].bytes)), 0);
    (void)hear(1000);
    ck_assert_str_eq(heard.data, forms[_i].chunk);
    ck_assert_int_eq(chunks_flush(&chunks, ours), 0);
    ck_assert_uint_eq(hear(1000), 0);
}
END_TEST

START_TEST(the_size_of_the_largest_has_five_digits)
{
    ck_assert_int_eq(setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &(int){1 << 20}, sizeof(int)), 0);
    ck_assert_int_eq(chunks_send(&chunks, ours, large(CHUNK_MAX)), 0);
    (void)hear(CHUNK_MAX + 100);
    ck_assert_int_eq(strncmp(heard.data, "10000\r\n", 7), 0);
    ck_assert(text_same(bodies(), large(CHUNK_MAX)));
}
END_TEST

/* How much is read before the rest is sent on: so that it is cut at all kinds of places. */
static const size_t steps[] = {1, 2, 3, 7, 100, 1000, 5000, CHUNK_MAX};

START_TEST(what_has_no_room_goes_out_as_room_comes)
{
    int r = chunks_send(&chunks, ours, large(CHUNK_MAX));
    ck_assert_int_eq(r, -EAGAIN);
    ck_assert_uint_gt(chunks.rest.len, 0);
    while (r == -EAGAIN) {
        ck_assert_uint_gt(hear(steps[_i] < 100 ? 100 + steps[_i] : steps[_i]), 0);
        r = chunks_flush(&chunks, ours);
    }
    ck_assert_int_eq(r, 0);
    (void)hear(CHUNK_MAX);
    ck_assert(text_same(bodies(), large(CHUNK_MAX)));
    ck_assert_ptr_null(chunks.rest.memory);
    buf_reset(&heard);
    ck_assert_int_eq(chunks_send(&chunks, ours, text_of("next")), 0);
    (void)hear(100);
    ck_assert_str_eq(heard.data, "4\r\nnext\r\n");
}
END_TEST

static const char whole[] = "a\r\nsome bytes\r\n";

START_TEST(a_chunk_that_is_cut_anywhere_arrives_whole)
{
    room = (size_t)_i;
    ck_assert_int_eq(chunks_send(&chunks, ours, text_of("some bytes")), -EAGAIN);
    ck_assert_uint_eq(chunks.rest.len, strlen(whole) - (size_t)_i);
    room = 1;
    while (chunks.rest.len > 1) {
        ck_assert_int_eq(chunks_flush(&chunks, ours), -EAGAIN);
        (void)hear(100);
    }
    ck_assert_int_eq(chunks_flush(&chunks, ours), 0);
    (void)hear(100);
    ck_assert_str_eq(heard.data, whole);
}
END_TEST

START_TEST(a_rest_for_which_there_is_no_room_stays_as_it_is)
{
    room = 4;
    ck_assert_int_eq(chunks_send(&chunks, ours, text_of("some bytes")), -EAGAIN);
    room = 0;
    ck_assert_int_eq(chunks_flush(&chunks, ours), -EAGAIN);
    ck_assert_str_eq(chunks.rest.data, whole + 4);
}
END_TEST

START_TEST(who_is_gone_is_told_by_the_error)
{
    close(clients);
    clients = -1;
    ck_assert_int_eq(chunks_send(&chunks, ours, text_of("x")), -EPIPE);
    ck_assert_uint_eq(chunks.rest.len, 0);
}
END_TEST

START_TEST(and_so_is_who_goes_while_a_rest_waits)
{
    ck_assert_int_eq(chunks_send(&chunks, ours, large(CHUNK_MAX)), -EAGAIN);
    close(clients);
    clients = -1;
    int r = chunks_flush(&chunks, ours);
    ck_assert(r == -EPIPE || r == -ECONNRESET);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chunks");
    TCase *tc = tcase_create("chunks");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_chunk_is_its_size_its_bytes_and_a_line_end, 0, (int)COUNT(forms));
    tcase_add_test(tc, the_size_of_the_largest_has_five_digits);
    tcase_add_loop_test(tc, what_has_no_room_goes_out_as_room_comes, 0, (int)COUNT(steps));
    tcase_add_loop_test(tc, a_chunk_that_is_cut_anywhere_arrives_whole, 0, (int)strlen(whole));
    tcase_add_test(tc, a_rest_for_which_there_is_no_room_stays_as_it_is);
    tcase_add_test(tc, who_is_gone_is_told_by_the_error);
    tcase_add_test(tc, and_so_is_who_goes_while_a_rest_waits);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
