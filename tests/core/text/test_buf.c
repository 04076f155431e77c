/* The buffer that cannot be made without a maximum: its limit, its gap, its memory. */
#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>

#include "text/buf.h"
#include "text/count.h"
#include "unit.h"

START_TEST(a_new_buffer_is_empty_and_owns_nothing)
{
    struct buf buf;
    buf_init(&buf, 10);
    ck_assert_ptr_null(buf.data);
    ck_assert_uint_eq(buf_text(&buf).len, 0);
    ck_assert_ptr_nonnull(buf_text(&buf).at);
    buf_consume(&buf, 0);
    buf_reset(&buf);
    buf_done(&buf);
    buf_done(NULL);
}
END_TEST

START_TEST(what_is_added_is_there_and_ends_in_nul)
{
    struct buf buf;
    buf_init(&buf, 100);
    ck_assert_int_eq(buf_append(&buf, "ab\0c", 4), 0);
    ck_assert_int_eq(buf_append_string(&buf, "de"), 0);
    ck_assert_int_eq(buf_append_text(&buf, text_make("fgh", 2)), 0);
    ck_assert_int_eq(buf_append_text(&buf, text_of(NULL)), 0);
    ck_assert_int_eq(buf_printf(&buf, "%d%s", 42, "x"), 0);
    ck_assert_uint_eq(buf.len, 11);
    ck_assert_mem_eq(buf.data, "ab\0cdefg42x", 12);
    buf_done(&buf);
}
END_TEST

START_TEST(the_maximum_holds_and_nothing_is_added_beyond_it)
{
    struct buf buf;
    buf_init(&buf, 5);
    ck_assert_int_eq(buf_append_string(&buf, "abc"), 0);
    ck_assert_int_eq(buf_append_string(&buf, "def"), -EMSGSIZE);
    ck_assert_int_eq(buf_printf(&buf, "%s", "def"), -EMSGSIZE);
    ck_assert_int_eq(buf_append(&buf, "d", SIZE_MAX), -EMSGSIZE);
    ck_assert(text_equals(buf_text(&buf), "abc"));
    ck_assert_int_eq(buf_printf(&buf, "%s", "de"), 0);
    ck_assert_int_eq(buf_append(&buf, "", 0), 0);
    ck_assert_int_eq(buf_append_string(&buf, "f"), -EMSGSIZE);
    ck_assert(text_equals(buf_text(&buf), "abcde"));
    ck_assert_uint_le(buf.cap, 6);
    buf_done(&buf);
}
END_TEST

/* Around the room that there is, which is tried first, and around the maximum. */
START_TEST(formatted_text_is_whole_at_every_length)
{
    char want[601];
    for (int len = 0; len < 600; len++) {
        struct buf buf;
        buf_init(&buf, 500);
        memset(want, 'x', sizeof(want));
        want[0] = 'a';
        bool fits = len + 1 <= 500;
        ck_assert_int_eq(buf_append_string(&buf, "a"), 0);
        ck_assert_int_eq(buf_printf(&buf, "%.*s", len, want + 1), fits ? 0 : -EMSGSIZE);
        ck_assert_uint_eq(buf.len, fits ? (size_t)len + 1 : 1);
        ck_assert_mem_eq(buf.data, want, buf.len);
        ck_assert_int_eq(buf.data[buf.len], '\0');
        buf_done(&buf);
    }
}
END_TEST

START_TEST(a_maximum_of_nothing_holds_nothing)
{
    struct buf buf;
    buf_init(&buf, 0);
    ck_assert_int_eq(buf_append(&buf, "", 0), 0);
    ck_assert_int_eq(buf_append(&buf, "a", 1), -EMSGSIZE);
    buf_done(&buf);
}
END_TEST

START_TEST(a_maximum_beyond_all_memory_does_not_overflow)
{
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    ck_assert_int_eq(buf_append_string(&buf, "abc"), 0);
    ck_assert_int_eq(buf_append(&buf, "d", SIZE_MAX), -EMSGSIZE);
    ck_assert(text_equals(buf_text(&buf), "abc"));
    buf_done(&buf);
}
END_TEST

START_TEST(bytes_leave_in_the_order_in_which_they_came)
{
    struct buf buf;
    unsigned in = 0, out = 0;
    buf_init(&buf, 1000);
    for (unsigned round = 0; round < 5000; round++) {
        for (unsigned i = 0; i < round % 61 && buf.len < buf.max; i++, in++)
            ck_assert_int_eq(buf_append(&buf, &(char){(char)(in % 251)}, 1), 0);
        size_t n = buf.len < round % 59 ? buf.len : round % 59;
        for (size_t i = 0; i < n; i++, out++)
            if (buf.data[i] != (char)(out % 251))
                ck_abort_msg("byte %u is wrong", out);
        buf_consume(&buf, n);
        ck_assert_uint_eq(buf.len, in - out);
    }
    buf_done(&buf);
}
END_TEST

START_TEST(its_end_can_be_cut_off)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_cut(&buf, 0);
    ck_assert_int_eq(buf_append_string(&buf, "0123456789"), 0);
    buf_consume(&buf, 2);
    buf_cut(&buf, 3);
    ck_assert_str_eq(buf.data, "234");
    ck_assert_uint_eq(buf.len, 3);
    ck_assert_int_eq(buf_append_string(&buf, "abcdefg"), 0);
    ck_assert_str_eq(buf.data, "234abcdefg");
    buf_done(&buf);
}
END_TEST

/* Keeps `level` bytes in a buffer of 64 KB while small pieces go through; counts how often it
 * moved. */
static unsigned moves_at_level(size_t level, size_t *ret_cap)
{
    struct buf buf;
    char piece[16] = {0};
    unsigned moves = 0;
    buf_init(&buf, 65536);
    while (buf.len + sizeof(piece) <= level)
        ck_assert_int_eq(buf_append(&buf, piece, sizeof(piece)), 0);
    for (int i = 0; i < 100000; i++) {
        const char *expected = buf.data + sizeof(piece);
        buf_consume(&buf, sizeof(piece));
        if (buf_append(&buf, piece, sizeof(piece)) < 0)
            ck_abort_msg("no room at level %zu", level);
        moves += buf.data != expected;
    }
    *ret_cap = buf.cap;
    buf_done(&buf);
    return moves;
}

START_TEST(a_long_queue_is_not_moved_for_each_small_piece)
{
    static const size_t levels[] = {1000, 1024, 32768, 65000, 65536};
    for (size_t i = 0; i < COUNT(levels); i++) {
        size_t cap = 0;
        unsigned moves = moves_at_level(levels[i], &cap);
        /* 1.6 MB went through: a move for each `level` bytes, and a few while it grew. */
        ck_assert_msg(moves <= 1600000 / levels[i] * 2 + 10, "level %zu: %u moves", levels[i],
                      moves);
        ck_assert_uint_le(cap, 2 * (65536 + 1));
    }
}
END_TEST

START_TEST(a_buffer_that_is_only_filled_never_has_more_memory_than_its_maximum)
{
    struct buf buf;
    buf_init(&buf, 1000);
    while (buf.len < 1000)
        ck_assert_int_eq(buf_append(&buf, "x", 1), 0);
    ck_assert_uint_eq(buf.cap, 1001);
    buf_done(&buf);
}
END_TEST

START_TEST(reset_keeps_the_memory)
{
    struct buf buf;
    buf_init(&buf, 100);
    ck_assert_int_eq(buf_append_string(&buf, "abc"), 0);
    const char *memory = buf.memory;
    buf_consume(&buf, 1);
    buf_reset(&buf);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_str_eq(buf.data, "");
    ck_assert_int_eq(buf_append_string(&buf, "de"), 0);
    ck_assert_ptr_eq(buf.data, memory);
    buf_done(&buf);
}
END_TEST

START_TEST(consuming_more_than_there_is_empties_it)
{
    struct buf buf;
    buf_init(&buf, 100);
    ck_assert_int_eq(buf_append_string(&buf, "abc"), 0);
    buf_consume(&buf, 50);
    ck_assert_uint_eq(buf.len, 0);
    buf_done(&buf);
}
END_TEST

START_TEST(what_is_drained_keeps_its_memory_while_some_is_left)
{
    struct buf buf;
    buf_init_secret(&buf, 100);
    ck_assert_int_eq(buf_append_string(&buf, "abc"), 0);
    buf_drain(&buf, 2);
    ck_assert_str_eq(buf.data, "c");
    buf_drain(&buf, 1);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_ptr_null(buf.memory);
    ck_assert_int_eq(buf_append_string(&buf, "d"), 0);
    ck_assert(buf.secret && buf.max == 100);
    buf_done(&buf);
}
END_TEST

START_TEST(stolen_bytes_belong_to_the_caller)
{
    struct buf buf;
    size_t len = 7;
    buf_init(&buf, 100);
    char *empty = buf_steal(&buf, &len);
    ck_assert_str_eq(empty, "");
    ck_assert_uint_eq(len, 0);
    ck_assert_int_eq(buf_append_string(&buf, "abcd"), 0);
    buf_consume(&buf, 1);
    char *bytes = buf_steal(&buf, NULL);
    ck_assert_str_eq(bytes, "bcd");
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_int_eq(buf_append_string(&buf, "e"), 0);
    ck_assert(text_equals(buf_text(&buf), "e"));
    free(empty);
    free(bytes);
    buf_done(&buf);
}
END_TEST

static long faults(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_minflt;
}

/* What memory costs that only comes and goes; a sanitizer writes for it, too. */
static long faults_of_none(size_t size)
{
    long before = faults();
    void *volatile untouched = malloc(size);
    free(untouched);
    return faults() - before;
}

START_TEST(room_that_is_not_used_is_not_touched_to_wipe_it)
{
    const size_t size = (size_t)64 << 20, pages = size / 4096;
    struct buf buf;
    long idle = faults_of_none(size);
    idle += faults_of_none(size);
    long before = faults();
    buf_init_secret(&buf, 2 * size);
    buf_reserve(&buf, size);
    ck_assert_int_eq(buf_append(&buf, "k", 1), 0);
    buf_done(&buf);
    ck_assert_int_lt(faults() - before, idle + (long)pages / 2);
}
END_TEST

START_TEST(a_secret_is_kept_over_growth_and_use)
{
    struct buf buf;
    buf_init_secret(&buf, 4096);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++)
            ck_assert_int_eq(buf_append(&buf, &(char){(char)('a' + i % 26)}, 1), 0);
        for (int i = 0; i < 300; i++)
            ck_assert_int_eq(buf.data[i], 'a' + i % 26);
        buf_consume(&buf, 200);
        ck_assert_int_eq(buf_append_string(&buf, "end"), 0);
        ck_assert_uint_eq(buf.len, 103);
        buf_done(&buf);
        ck_assert(buf.secret && buf.len == 0 && !buf.memory);
    }
}
END_TEST

START_TEST(words_of_others_show_nothing_but_themselves)
{
    struct buf buf;
    buf_init(&buf, 8);
    ck_assert_int_eq(buf_append_shown(&buf, text_of("a\x1b\xe2\x80\xae\xff\xc3\xa9"), '?'), 0);
    ck_assert_str_eq(buf.data, "a???\xc3\xa9");
    ck_assert_int_eq(buf_append_shown(&buf, text_of("b\xe2\x82\xac"), '?'), -EMSGSIZE);
    ck_assert_str_eq(buf.data, "a???\xc3\xa9"
                               "b");
    buf_done(&buf);
}
END_TEST

START_TEST(room_that_was_made_is_moved_no_more)
{
    struct buf buf;
    buf_init_secret(&buf, 5000);
    buf_reserve(&buf, 3000);
    ck_assert_uint_eq(buf.len, 0);
    const char *memory = buf.memory;
    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(buf_append(&buf, "x", 1), 0);
    ck_assert_ptr_eq(buf.memory, memory);
    ck_assert_ptr_eq(buf.data, memory);
    buf_done(&buf);
}
END_TEST

START_TEST(room_beyond_the_maximum_is_not_made)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_reserve(&buf, 11);
    ck_assert_ptr_null(buf.memory);
    ck_assert_int_eq(buf_append(&buf, "0123456789", 10), 0);
    buf_reserve(&buf, 1);
    ck_assert_str_eq(buf.data, "0123456789");
    buf_done(&buf);
}
END_TEST

START_TEST(no_more_room_is_made_at_once_than_64_MB)
{
    struct buf buf;
    buf_init(&buf, (size_t)1 << 30);
    buf_reserve(&buf, (size_t)1 << 29);
    ck_assert_uint_ge(buf.cap, (size_t)64 << 20);
    ck_assert_uint_le(buf.cap, (size_t)128 << 20);
    buf_done(&buf);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("buf");
    TCase *tc = tcase_create("buf");
    tcase_add_test(tc, a_new_buffer_is_empty_and_owns_nothing);
    tcase_add_test(tc, what_is_added_is_there_and_ends_in_nul);
    tcase_add_test(tc, the_maximum_holds_and_nothing_is_added_beyond_it);
    tcase_add_test(tc, formatted_text_is_whole_at_every_length);
    tcase_add_test(tc, a_maximum_of_nothing_holds_nothing);
    tcase_add_test(tc, a_maximum_beyond_all_memory_does_not_overflow);
    tcase_add_test(tc, bytes_leave_in_the_order_in_which_they_came);
    tcase_add_test(tc, a_long_queue_is_not_moved_for_each_small_piece);
    tcase_add_test(tc, a_buffer_that_is_only_filled_never_has_more_memory_than_its_maximum);
    tcase_add_test(tc, reset_keeps_the_memory);
    tcase_add_test(tc, its_end_can_be_cut_off);
    tcase_add_test(tc, consuming_more_than_there_is_empties_it);
    tcase_add_test(tc, what_is_drained_keeps_its_memory_while_some_is_left);
    tcase_add_test(tc, stolen_bytes_belong_to_the_caller);
    tcase_add_test(tc, a_secret_is_kept_over_growth_and_use);
    tcase_add_test(tc, room_that_is_not_used_is_not_touched_to_wipe_it);
    tcase_add_test(tc, room_that_was_made_is_moved_no_more);
    tcase_add_test(tc, room_beyond_the_maximum_is_not_made);
    tcase_add_test(tc, no_more_room_is_made_at_once_than_64_MB);
    tcase_add_test(tc, words_of_others_show_nothing_but_themselves);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
