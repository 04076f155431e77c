/*
 * Two readers, the same bytes: libcurl's own transfer, with the daemon's options, and http1.c come
 * to the same verdict about every row of the tests of http1.c and its parts, but for those listed
 * here, which say why. Ours is the stricter one, but where RFC 9112 has a rule that libcurl leaves
 * out: FOLD, BLANK, OVERRULED, NO_BODY, TRAILER_FOLD.
 */
#include "curl_verdict.h"
#include "http/chunked_rows.h"
#include "http/framing_rows.h"
#include "http/http1_head_rows.h"
#include "http/http1_rows.h"
#include "text/count.h"
#include "unit.h"

#define CUT_HEAD  "libcurl takes a head that was cut off for a whole one"
#define STATUS    "libcurl takes other first lines for a status line (RFC 9112, 4)"
#define CR_INSIDE "a CR alone is invalid (RFC 9112, 2.2); libcurl passes it on"
#define NAME      "a name is a token with a colon behind it (RFC 9112, 5); libcurl passes it on"
#define FOLD      "a field goes on in the next line (RFC 9112, 5.2); libcurl reads one line of it"
#define LENGTH    "a Content-Length is digits (RFC 9110, 8.6); libcurl reads those in front, or none"
#define LENGTHS                                                                                    \
    "two different lengths are invalid (RFC 9112, 6.3); libcurl takes the last, or calls it cut"
#define CODING     "chunked alone can be read (RFC 9112, 6.1); libcurl ignores others, or calls it cut"
#define OVERRULED  "Transfer-Encoding overrules any length (RFC 9112, 6.3); libcurl wants a number"
#define SIZE_LINE  "the line of a size is digits, an extension and CR LF (RFC 9112, 7.1)"
#define TRAILER    "trailers are fields (RFC 9112, 7.1.2); libcurl passes over their bytes"
#define LAST_CHUNK "libcurl does not wait for the last byte"
#define BLANK      "blanks before a colon are removed (RFC 9112, 5.1); libcurl sees another name"
#define NO_BODY                                                                                    \
    "an answer without a body ends with its head, whatever its fields say (RFC 9112, 6.3)"
#define TRAILER_FOLD "a trailer may go on in the next line; later ones (8.23) refuse it"
#define LATER_LINE   "later ones (8.23) take that line, too"
#define LATER_WORD   "both refuse it; later ones (8.23) call it cut"
#define OTHER_WORD   "both refuse it; libcurl calls it cut"

static const struct difference {
    const char *table;
    const char *row;
    const char *why;
} differences[] = {
    {"http1", "another coding", CODING},
    {"http1", "two lengths", LENGTHS},
    {"http1", "a length that goes on in the next line", FOLD},
    {"http1", "a length that begins there", FOLD},
    {"http1", "cut inside of a field", CUT_HEAD},
    {"http1", "cut behind a field", CUT_HEAD},
    {"http1", "cut inside of the blank line", CUT_HEAD},
    {"http1", "a length with a blank before its colon", BLANK},
    {"http1", "chunks with trailers", TRAILER_FOLD},
    {"head", "the seventh byte tells", OTHER_WORD},
    {"head", "small letters", STATUS},
    {"head", "HTTP/2", STATUS},
    {"head", "two blanks before the status", STATUS},
    {"head", "a status line of a TAB behind the status", STATUS},
    {"head", "a CR in the status line", CR_INSIDE},
    {"head", "a length that is in the second line of its field", FOLD},
    {"head", "no name", NAME},
    {"head", "a blank in a name", NAME},
    {"head", "a quote in a name", NAME},
    {"head", "a byte beyond ASCII in a name", NAME},
    {"head", "a CR in a value", CR_INSIDE},
    {"head", "two CR before a LF", CR_INSIDE},
    {"head", "a CR in a line that ends in LF", CR_INSIDE},
    {"head", "a blank line of CR CR LF", CR_INSIDE},
    {"head", "a fold behind an interim response", FOLD},
    {"head", "another protocol", OTHER_WORD},
    {"head", "behind a status line", CUT_HEAD},
    {"head", "inside of a field", CUT_HEAD},
    {"head", "behind a field", CUT_HEAD},
    {"head", "inside of the blank line", CUT_HEAD},
    {"head", "a TAB before the status", LATER_LINE},
    {"head", "a status of four digits", LATER_LINE},
    {"head", "a line goes on before the first field", LATER_LINE},
    {"head", "a colon in a second line is none", LATER_LINE},
    {"chunked", "more of them than a number has", LATER_WORD},
    {"chunked", "a field that goes on", TRAILER_FOLD},
    {"chunked", "a letter", SIZE_LINE},
    {"chunked", "two sizes", SIZE_LINE},
    {"chunked", "LF in an extension", SIZE_LINE},
    {"chunked", "CR in an extension", SIZE_LINE},
    {"chunked", "LF alone behind a size", SIZE_LINE},
    {"chunked", "LF alone behind data", SIZE_LINE},
    {"chunked", "half a last chunk", LAST_CHUNK},
    {"chunked", "no first field that goes on", TRAILER},
    {"chunked", "no name", TRAILER},
    {"chunked", "a name of two words", TRAILER},
    {"chunked", "a name with a quote", TRAILER},
    {"framing", "one more", LENGTH},
    {"framing", "a number and a word", LENGTH},
    {"framing", "a plus", LENGTH},
    {"framing", "hexadecimal", LENGTH},
    {"framing", "a fraction", LENGTH},
    {"framing", "two in a field", LENGTHS},
    {"framing", "none, and one", LENGTHS},
    {"framing", "two in two fields", LENGTHS},
    {"framing", "an empty element", LENGTH},
    {"framing", "no coding", CODING},
    {"framing", "no coding but a length", CODING},
    {"framing", "identity", CODING},
    {"framing", "to HEAD, with a length that is none", NO_BODY},
    {"framing", "chunked and a length that is none (6.3: it is overruled)", OVERRULED},
};

/* One row of one table. */
struct odd {
    const char *table;
    const char *name;
    struct buf bytes;
    bool bodiless;
};

#define ODD_COUNT                                                                                  \
    (ROWS(http1_rows) + ROWS(http1_head_rows) + ROWS(chunked_rows) + ROWS(framing_rows))

/* len: 0 = up to the end of the string. */
static void put(struct odd *odd, const char *bytes, size_t len)
{
    ck_assert_int_eq(buf_append(&odd->bytes, bytes, len ? len : strlen(bytes)), 0);
}

static void put_chunked(struct odd *odd, const struct chunked_row *row)
{
    put(odd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0);
    put(odd, row->bytes, row->len);
}

static void put_framing(struct odd *odd, const struct framing_row *row)
{
    const char *body = row->body == FRAMING_CHUNKED ? "5\r\nhello\r\n0\r\n\r\n" : "hello";
    int status = row->status ? row->status : 200;
    ck_assert_int_eq(buf_printf(&odd->bytes, "HTTP/1.%d %d OK\r\n", !row->http10, status), 0);
    for (size_t i = 0; i < FRAMING_FIELDS_MAX && row->fields[i]; i++)
        ck_assert_int_eq(buf_printf(&odd->bytes, "%s\r\n", row->fields[i]), 0);
    ck_assert_int_eq(buf_printf(&odd->bytes, "\r\n%s", body), 0);
    odd->bodiless = row->bodiless;
}

/* The tables are one behind the other. */
static void odd_make(int i, struct odd *odd)
{
    *odd = (struct odd){.table = "http1"};
    buf_init(&odd->bytes, SIZE_MAX);
    if (i < ROWS(http1_rows)) {
        odd->name = http1_rows[i].name;
        odd->bodiless = http1_rows[i].bodiless;
        put(odd, http1_rows[i].bytes, http1_rows[i].len);
        return;
    }
    i -= ROWS(http1_rows);
    if (i < ROWS(http1_head_rows)) {
        odd->table = "head";
        odd->name = http1_head_rows[i].name;
        put(odd, http1_head_rows[i].bytes, http1_head_rows[i].len);
        return;
    }
    i -= ROWS(http1_head_rows);
    if (i < ROWS(chunked_rows)) {
        odd->table = "chunked";
        odd->name = chunked_rows[i].name;
        put_chunked(odd, &chunked_rows[i]);
        return;
    }
    odd->table = "framing";
    odd->name = framing_rows[i - ROWS(chunked_rows)].name;
    put_framing(odd, &framing_rows[i - ROWS(chunked_rows)]);
}

static bool is_listed(const struct difference *difference, const struct odd *odd)
{
    return strcmp(difference->table, odd->table) == 0 && strcmp(difference->row, odd->name) == 0;
}

static bool differs_on_purpose(const struct odd *odd)
{
    bool listed = false;
    for (size_t i = 0; i < COUNT(differences) && !listed; i++)
        listed = is_listed(&differences[i], odd);
    return listed;
}

static void compare(const struct odd *odd)
{
    static const char *const kinds[] = {"good", "cut", "bad"};
    struct verdict theirs, ours;
    verdict_curl(&theirs, buf_text(&odd->bytes), odd->bodiless);
    verdict_http1(&ours, buf_text(&odd->bytes), odd->bodiless);
    ck_assert_msg(verdict_same(&theirs, &ours) || differs_on_purpose(odd),
                  "%s, %s: libcurl finds it %s (%d, status %d, %zu bytes), http1 %s (status %d, "
                  "%zu bytes)",
                  odd->table, odd->name, kinds[theirs.kind], theirs.code, theirs.status,
                  theirs.body.len, kinds[ours.kind], ours.status, ours.body.len);
    verdict_done(&theirs);
    verdict_done(&ours);
}

START_TEST(test_row)
{
    struct odd odd;
    odd_make(_i, &odd);
    compare(&odd);
    buf_done(&odd.bytes);
}
END_TEST

/* What is too long for a table: `before`, then `count` times a field of `len` bytes with what ends
 * it. */
static const struct long_head {
    const char *name;
    const char *before;
    const char *begin;
    const char *end;
    int len, count;
} longs[] = {
    {"two thousand interim responses", "", "HTTP/1.1 103 x\r\nX: ", "\r\n\r\n", 1, 2000},
    {"a field of 90 KB", "HTTP/1.1 200 OK\r\n", "X: ", "\r\n", 90 << 10, 1},
    {"a field of 120 KB", "HTTP/1.1 200 OK\r\n", "X: ", "\r\n", 120 << 10, 1},
    {"40 fields of 50 KB", "HTTP/1.1 200 OK\r\n", "X: ", "\r\n", 50 << 10, 40},
    {"a status line of 120 KB", "HTTP/1.1 200 ", "", "\r\n", 120 << 10, 1},
};

START_TEST(test_long)
{
    const struct long_head *row = &longs[_i];
    struct odd odd = {.table = "long", .name = row->name};
    char fill[1024];
    memset(fill, 'x', sizeof fill);
    buf_init(&odd.bytes, SIZE_MAX);
    ck_assert_int_eq(buf_append_string(&odd.bytes, row->before), 0);
    for (int i = 0; i < row->count; i++) {
        ck_assert_int_eq(buf_append_string(&odd.bytes, row->begin), 0);
        for (int left = row->len; left > 0; left -= (int)sizeof fill)
            put(&odd, fill, left < (int)sizeof fill ? (size_t)left : sizeof fill);
        put(&odd, row->end, 0);
    }
    put(&odd, row->before[0] ? "" : "HTTP/1.1 200 OK\r\n", 0);
    put(&odd, "Content-Length: 2\r\n\r\nhi", 0);
    compare(&odd);
    buf_done(&odd.bytes);
}
END_TEST

/* No row is listed that is not there. That it still differs is not asked: the next libcurl may have
 * changed its mind. */
START_TEST(test_list)
{
    bool found = false;
    for (int i = 0; i < ODD_COUNT && !found; i++) {
        struct odd odd;
        odd_make(i, &odd);
        found = is_listed(&differences[_i], &odd);
        buf_done(&odd.bytes);
    }
    ck_assert_msg(found, "%s: no row of %s; %s", differences[_i].row, differences[_i].table,
                  differences[_i].why);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http1_verdict");
    TCase *tc = tcase_create("differences");
    tcase_add_loop_test(tc, test_row, 0, ODD_COUNT);
    tcase_add_loop_test(tc, test_long, 0, ROWS(longs));
    tcase_add_loop_test(tc, test_list, 0, ROWS(differences));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
