/* The codings of a request's body. */
#include <errno.h>

#include "serve/request_unpack.h"
#include "unit.h"

/* printf '{}' | gzip -n */
#define PACKED                                                                                     \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00"

static const struct {
    const char *coding; /* NULL = no field */
    const char *body;
    size_t len, max, total;
    int r;
} rows[] = {
    {NULL, "{}", 2, 100, 100, 0},
    {"identity", "{}", 2, 100, 100, 0},
    {"gzip", PACKED, sizeof(PACKED) - 1, 100, 100, 1},
    {"GZIP", PACKED, sizeof(PACKED) - 1, 100, 100, 1},
    {"gzip", PACKED, sizeof(PACKED) - 2, 100, 100, -EBADMSG},
    {"gzip", "{}", 2, 100, 100, -EBADMSG},
    {"gzip", PACKED, sizeof(PACKED) - 1, 1, 100, -EMSGSIZE},
    {"gzip", PACKED, sizeof(PACKED) - 1, 100, 1, -ENOBUFS},
    {"zstd", "{}", 2, 100, 100, -ENOTSUP},
};

START_TEST(a_body_is_unpacked)
{
    const struct header_field field = {text_of("Content-Encoding"), text_of(rows[_i].coding)};
    const struct forward_app app = {.fields = &field, .count = rows[_i].coding ? 1 : 0};
    const struct config_server server = {.max_body_bytes = rows[_i].max,
                                         .max_body_total_bytes = rows[_i].total};
    struct buf body;
    struct hold hold = {0};
    buf_init(&body, 1000);
    ck_assert_int_eq(buf_append(&body, rows[_i].body, rows[_i].len), 0);
    ck_assert_int_eq(request_unpack(&app, &body, &hold, &server), rows[_i].r);
    if (rows[_i].r >= 0)
        ck_assert_str_eq(body.data, "{}");
    ck_assert_uint_eq(hold.bytes, rows[_i].r == 1 ? 2 : 0);
    hold_end(&hold);
    buf_done(&body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_unpack");
    TCase *tc = tcase_create("request_unpack");
    tcase_add_loop_test(tc, a_body_is_unpacked, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
