/* Content codings, made with zlib itself and cut at every byte. */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "http/coding.h"
#include "unit.h"

#define TEXT    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi, hi, hi, hi, hi\"}]}"
#define OUT_MAX ((size_t)1 << 20)

enum form { GZIP = MAX_WBITS + 16, ZLIB = MAX_WBITS, RAW = -MAX_WBITS };

static void pack(int form, struct text in, struct buf *out)
{
    z_stream z = {0};
    unsigned char piece[4096];
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)in.at;
    z.avail_in = (unsigned)in.len;
    int r;
    do {
        z.next_out = piece;
        z.avail_out = sizeof(piece);
        r = deflate(&z, Z_FINISH);
        ck_assert_int_eq(buf_append(out, piece, sizeof(piece) - z.avail_out), 0);
    } while (r == Z_OK);
    ck_assert_int_eq(r, Z_STREAM_END);
    ck_assert_int_eq(deflateEnd(&z), Z_OK);
}

static const struct {
    const char *name;
    const char *fields[2];
    size_t count;
    enum coding at[2];
    bool unknown;
} names[] = {
    {"none", {""}, 0, {0}, false},
    {"identity", {"identity"}, 0, {0}, false},
    {"gzip", {"gzip"}, 1, {CODING_GZIP}, false},
    {"in capitals", {"GZip"}, 1, {CODING_GZIP}, false},
    {"its older name", {"x-gzip"}, 1, {CODING_GZIP}, false},
    {"deflate", {"  deflate\t"}, 1, {CODING_DEFLATE}, false},
    {"a list", {"deflate, identity,, gzip"}, 2, {CODING_DEFLATE, CODING_GZIP}, false},
    {"two fields", {"deflate", "gzip"}, 2, {CODING_DEFLATE, CODING_GZIP}, false},
    {"one too many", {"gzip, gzip, gzip"}, 2, {CODING_GZIP, CODING_GZIP}, true},
    {"br", {"br"}, 0, {0}, true},
    {"zstd inside", {"zstd, gzip"}, 1, {CODING_GZIP}, true},
    {"only its beginning", {"gzip2"}, 0, {0}, true},
};

START_TEST(a_field_names_codings_in_their_order)
{
    struct codings codings = {0};
    for (int i = 0; i < 2 && names[_i].fields[i]; i++)
        codings_read(&codings, text_of(names[_i].fields[i]));
    ck_assert_msg(codings.count == names[_i].count && codings.unknown == names[_i].unknown,
                  "%s: %zu", names[_i].name, codings.count);
    for (size_t i = 0; i < codings.count; i++)
        ck_assert_int_eq(codings.at[i], names[_i].at[i]);
    ck_assert_int_eq(codings_are_none(&codings), names[_i].count == 0 && !names[_i].unknown);
}
END_TEST

/* parts: each packed by itself and put behind the other; form 0 = as it is. */
static const struct {
    const char *name;
    const char *coding;
    struct {
        int form;
        const char *text;
    } parts[3];
    int strict, lenient; /* what feeding and ending give */
    const char *out;     /* where it is well */
} rows[] = {
    {"gzip", "gzip", {{GZIP, TEXT}}, 0, 0, TEXT},
    {"deflate as the RFC has it", "deflate", {{ZLIB, TEXT}}, 0, 0, TEXT},
    {"bare deflate", "deflate", {{RAW, TEXT}}, 0, 0, TEXT},
    {"gzip of nothing", "gzip", {{GZIP, ""}}, 0, 0, ""},
    {"two members", "gzip", {{GZIP, "ab"}, {GZIP, "cd"}}, 0, 0, "abcd"},
    {"members with zeros between", "gzip", {{GZIP, "ab"}, {0, "\0\0"}, {GZIP, "cd"}}, 0, 0, "abcd"},
    {"zeros behind", "gzip", {{GZIP, "ab"}, {0, "\0\0"}}, 0, 0, "ab"},
    {"garbage behind", "gzip", {{GZIP, "ab"}, {0, "xyz"}}, -EBADMSG, 0, "ab"},
    {"one byte behind", "gzip", {{GZIP, "ab"}, {0, "x"}}, -EBADMSG, 0, "ab"},
    {"half a beginning behind", "gzip", {{GZIP, "ab"}, {0, "\x1f"}}, -EBADMSG, 0, "ab"},
    {"garbage behind deflate", "deflate", {{ZLIB, "ab"}, {0, "x"}}, -EBADMSG, 0, "ab"},
    {"a second of deflate", "deflate", {{ZLIB, "ab"}, {ZLIB, "cd"}}, -EBADMSG, 0, "ab"},
    {"gzip that is none", "gzip", {{0, TEXT}}, -EBADMSG, 0, TEXT},
    {"deflate that is none", "deflate", {{0, "\xff\xff\xff\xff"}}, -EBADMSG, -EBADMSG, NULL},
    {"one byte", "gzip", {{0, "{"}}, -EBADMSG, -EBADMSG, NULL},
    {"zlib where gzip is named", "gzip", {{ZLIB, "ab"}}, -EBADMSG, 0, NULL},
    {"an empty body", "gzip", {{0, ""}}, 0, 0, ""},
    {"no coding", "identity", {{0, TEXT}}, 0, 0, TEXT},
};

static void make(int i, struct buf *in)
{
    static const char zeros[2];
    for (int p = 0; p < 3 && rows[i].parts[p].text; p++) {
        struct text text = text_of(rows[i].parts[p].text);
        if (rows[i].parts[p].form)
            pack(rows[i].parts[p].form, text, in);
        else if (text.len == 0 && p > 0)
            ck_assert_int_eq(buf_append(in, zeros, sizeof(zeros)), 0);
        else
            ck_assert_int_eq(buf_append_text(in, text), 0);
    }
}

/* In two pieces; cut SIZE_MAX: byte by byte. */
static int decode(const char *coding, enum decoder_manner manner, struct text in, size_t cut,
                  struct buf *out)
{
    struct codings codings = {0};
    codings_read(&codings, text_of(coding));
    struct decoder *decoder = decoder_new(&codings, manner);
    ck_assert_ptr_nonnull(decoder);
    int r = 0;
    if (cut == SIZE_MAX) {
        for (size_t i = 0; r == 0 && i < in.len; i++)
            r = decoder_feed(decoder, text_make(in.at + i, 1), out);
    } else {
        r = decoder_feed(decoder, text_make(in.at, cut), out);
        r = r < 0 ? r : decoder_feed(decoder, text_skip(in, cut), out);
    }
    r = r < 0 ? r : decoder_end(decoder);
    decoder_free(decoder);
    return r;
}

static void check(int i, enum decoder_manner manner, struct text in, size_t cut)
{
    struct buf out;
    buf_init(&out, OUT_MAX);
    int expected = manner == DECODER_STRICT ? rows[i].strict : rows[i].lenient;
    int r = decode(rows[i].coding, manner, in, cut, &out);
    ck_assert_msg(r == expected, "%s, cut at %zu: %d", rows[i].name, cut, r);
    if (r == 0 && rows[i].out)
        ck_assert_msg(text_equals(buf_text(&out), rows[i].out), "%s, cut at %zu: %.*s",
                      rows[i].name, cut, (int)out.len, out.data ? out.data : "");
    buf_done(&out);
}

START_TEST(a_body_is_decoded_wherever_it_is_cut)
{
    struct buf in;
    buf_init(&in, OUT_MAX);
    make(_i, &in);
    for (enum decoder_manner manner = DECODER_STRICT; manner <= DECODER_LENIENT; manner++) {
        for (size_t cut = 0; cut <= in.len; cut++)
            check(_i, manner, buf_text(&in), cut);
        check(_i, manner, buf_text(&in), SIZE_MAX);
    }
    buf_done(&in);
}
END_TEST

START_TEST(a_body_that_ends_too_soon_is_an_error)
{
    static const struct {
        const char *coding;
        int form;
    } forms[] = {{"gzip", GZIP}, {"deflate", ZLIB}, {"deflate", RAW}};
    struct buf in, out;
    buf_init(&in, OUT_MAX);
    buf_init(&out, OUT_MAX);
    pack(forms[_i].form, text_of(TEXT), &in);
    for (size_t len = 1; len < in.len; len++) {
        struct text half = text_make(in.data, len);
        ck_assert_msg(decode(forms[_i].coding, DECODER_STRICT, half, 0, &out) == -EBADMSG,
                      "after %zu bytes", len);
        ck_assert_msg(decode(forms[_i].coding, DECODER_LENIENT, half, 0, &out) == -EBADMSG,
                      "after %zu bytes", len);
    }
    buf_done(&in);
    buf_done(&out);
}
END_TEST

START_TEST(a_broken_byte_is_never_taken_for_the_text)
{
    struct buf in, out;
    buf_init(&in, OUT_MAX);
    buf_init(&out, OUT_MAX);
    pack(GZIP, text_of(TEXT), &in);
    for (size_t i = 10; i < in.len; i++) { /* behind the header, which has fields without a check */
        in.data[i] ^= 0x10;
        int r = decode("gzip", DECODER_STRICT, buf_text(&in), 0, &out);
        ck_assert_msg(r < 0, "byte %zu", i);
        in.data[i] ^= 0x10;
        buf_reset(&out);
    }
    buf_done(&in);
    buf_done(&out);
}
END_TEST

START_TEST(two_codings_are_undone_in_turn)
{
    struct buf once, twice, out;
    buf_init(&once, OUT_MAX);
    buf_init(&twice, OUT_MAX);
    buf_init(&out, OUT_MAX);
    pack(ZLIB, text_of(TEXT), &once);
    pack(GZIP, buf_text(&once), &twice);
    for (size_t cut = 0; cut <= twice.len; cut++) {
        buf_reset(&out);
        ck_assert_int_eq(decode("deflate, gzip", DECODER_STRICT, buf_text(&twice), cut, &out), 0);
        ck_assert(text_equals(buf_text(&out), TEXT));
    }
    ck_assert_int_eq(decode("gzip, deflate", DECODER_STRICT, buf_text(&twice), 0, &out), -EBADMSG);
    buf_done(&once);
    buf_done(&twice);
    buf_done(&out);
}
END_TEST

/* 64 MB of zeros in 64 KB, and that once more in some hundred bytes. */
START_TEST(what_would_be_too_much_is_never_held)
{
    size_t len = (size_t)64 << 20;
    char *zeros = calloc(1, len);
    struct buf once, twice, out;
    ck_assert_ptr_nonnull(zeros);
    buf_init(&once, OUT_MAX);
    buf_init(&twice, OUT_MAX);
    buf_init(&out, 4096);
    pack(GZIP, text_make(zeros, len), &once);
    pack(GZIP, buf_text(&once), &twice);
    free(zeros);
    ck_assert_int_eq(decode("gzip", DECODER_STRICT, buf_text(&once), 0, &out), -EMSGSIZE);
    ck_assert_uint_le(out.cap, 2 * 4096 + 1);
    ck_assert_int_eq(decode("gzip, gzip", DECODER_STRICT, buf_text(&twice), 0, &out), -EMSGSIZE);
    buf_done(&once);
    buf_done(&twice);
    buf_done(&out);
}
END_TEST

/* An event that was flushed is not held back until the next one. */
START_TEST(what_was_flushed_comes_out_at_once)
{
    z_stream z = {0};
    unsigned char piece[4096];
    struct codings codings = {0};
    struct buf out;
    codings_read(&codings, text_of("gzip"));
    struct decoder *decoder = decoder_new(&codings, DECODER_LENIENT);
    buf_init(&out, OUT_MAX);
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int i = 0; i < 5; i++) {
        char event[64];
        int len = snprintf(event, sizeof(event), "data: {\"n\": %d}\n\n", i);
        z.next_in = (unsigned char *)event;
        z.avail_in = (unsigned)len;
        z.next_out = piece;
        z.avail_out = sizeof(piece);
        ck_assert_int_eq(deflate(&z, Z_SYNC_FLUSH), Z_OK);
        struct text sent = text_make((const char *)piece, sizeof(piece) - z.avail_out);
        buf_reset(&out);
        ck_assert_int_eq(decoder_feed(decoder, sent, &out), 0);
        ck_assert_str_eq(out.data, event);
    }
    ck_assert_int_eq(decoder_end(decoder), -EBADMSG);
    (void)deflateEnd(&z);
    decoder_free(decoder);
    decoder_free(NULL);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("coding");
    TCase *tc = tcase_create("codings");
    tcase_add_loop_test(tc, a_field_names_codings_in_their_order, 0, ROWS(names));
    tcase_add_loop_test(tc, a_body_is_decoded_wherever_it_is_cut, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_body_that_ends_too_soon_is_an_error, 0, 3);
    tcase_add_test(tc, a_broken_byte_is_never_taken_for_the_text);
    tcase_add_test(tc, two_codings_are_undone_in_turn);
    tcase_add_test(tc, what_would_be_too_much_is_never_held);
    tcase_add_test(tc, what_was_flushed_comes_out_at_once);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
