/* A body on its way in, packed or not. */
#include <string.h>

#include "http/unpack.h"
#include "unit.h"

/* "Hello, hello" by gzip -9n. */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xf3\x48\xcd\xc9\xc9\xd7\x51"
                             "\xc8\x00\x51\x00\x07\x1e\xfd\xeb\x0c\x00\x00\x00";

static bool feed(struct unpack *unpack, struct text in, size_t step, struct buf *out)
{
    for (size_t i = 0; i < in.len; i += step) {
        struct text bytes = text_make(in.at + i, step < in.len - i ? step : in.len - i);
        if (!unpack_take(unpack, &bytes))
            return false;
        ck_assert_int_eq(buf_append_text(out, bytes), 0);
    }
    return true;
}

static void begin(struct unpack *unpack, const char *coding)
{
    struct codings codings = {0};
    codings_read(&codings, text_of(coding));
    unpack_init(unpack);
    unpack_begin(unpack, &codings);
}

START_TEST(gzip_comes_out_as_text)
{
    struct unpack unpack;
    struct buf out;
    buf_init(&out, 4096);
    for (size_t step = 1; step < sizeof(packed); step++) {
        begin(&unpack, "gzip");
        ck_assert(feed(&unpack, text_make(packed, sizeof(packed) - 1), step, &out));
        ck_assert(unpack_is_whole(&unpack));
        ck_assert_str_eq(out.data, "Hello, hello");
        unpack_done(&unpack);
        buf_reset(&out);
    }
    buf_done(&out);
}
END_TEST

START_TEST(what_cannot_be_undone_stays_as_it_is)
{
    static const char *const codings[] = {"", "identity", "br", "zstd, gzip"};
    struct unpack unpack;
    struct buf out;
    buf_init(&out, 4096);
    for (int i = 0; i < 4; i++) {
        begin(&unpack, codings[i]);
        ck_assert(feed(&unpack, text_of("{\"a\":1}"), 3, &out) && unpack_is_whole(&unpack));
        ck_assert_str_eq(out.data, "{\"a\":1}");
        unpack_done(&unpack);
        buf_reset(&out);
    }
    buf_done(&out);
}
END_TEST

START_TEST(half_a_body_is_told_and_a_broken_one_stays_broken)
{
    struct unpack unpack;
    struct buf out;
    char bad[sizeof(packed)];
    buf_init(&out, 4096);
    begin(&unpack, "gzip");
    ck_assert(feed(&unpack, text_make(packed, sizeof(packed) - 4), 5, &out));
    ck_assert(!unpack_is_whole(&unpack));
    unpack_done(&unpack);
    memcpy(bad, packed, sizeof(packed));
    memset(bad + 10, 0xff, 8);
    begin(&unpack, "gzip");
    ck_assert(!feed(&unpack, text_make(bad, sizeof(bad) - 1), sizeof(bad), &out));
    struct text more = text_of("x");
    ck_assert(!unpack_take(&unpack, &more) && !unpack_is_whole(&unpack));
    unpack_done(&unpack);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("unpack");
    TCase *tc = tcase_create("bodies");
    tcase_add_test(tc, gzip_comes_out_as_text);
    tcase_add_test(tc, what_cannot_be_undone_stays_as_it_is);
    tcase_add_test(tc, half_a_body_is_told_and_a_broken_one_stays_broken);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
