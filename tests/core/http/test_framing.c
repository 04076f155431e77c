/* What a head says of its body and its connection: RFC 9112, 6.3 and 9.3. */
#include "http/framing.h"
#include "unit.h"

#define FIELDS_MAX 4

static const struct row {
    const char *name;
    const char *fields[FIELDS_MAX]; /* "name:value"; up to the first NULL */
    int status;                     /* 0 = 200 */
    bool bodiless;
    bool http10;
    enum framing_body body;
    int64_t length; /* of FRAMING_LENGTH */
    bool keeps;
} rows[] = {
    {.name = "nothing said: until the end", .body = FRAMING_CLOSE},
    {.name = "a length",
     .fields = {"content-length:5"},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "a length in any case of letters",
     .fields = {"CONTENT-LENGTH:5"},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "fields of the same lengths say nothing",
     .fields = {"x-onnection:close", "xontent-length:x", "xransfer-encoding:x", "content_length:7"},
     .body = FRAMING_CLOSE},
    {.name = "leading zeros are a number's own affair",
     .fields = {"content-length:0005"},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "the largest length",
     .fields = {"content-length:9223372036854775807"},
     .body = FRAMING_LENGTH,
     .length = INT64_MAX,
     .keeps = true},
    {.name = "one more", .fields = {"content-length:9223372036854775808"}, .body = FRAMING_BAD},
    {.name = "no number at all", .fields = {"content-length:"}, .body = FRAMING_BAD},
    {.name = "a word", .fields = {"content-length:five"}, .body = FRAMING_BAD},
    {.name = "a number and a word", .fields = {"content-length:5 bytes"}, .body = FRAMING_BAD},
    {.name = "a plus", .fields = {"content-length:+5"}, .body = FRAMING_BAD},
    {.name = "a minus", .fields = {"content-length:-5"}, .body = FRAMING_BAD},
    {.name = "hexadecimal", .fields = {"content-length:0x5"}, .body = FRAMING_BAD},
    {.name = "a fraction", .fields = {"content-length:5.0"}, .body = FRAMING_BAD},
    {.name = "the same twice in a field",
     .fields = {"content-length:5, 5"},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "the same in two fields",
     .fields = {"content-length:5", "content-length:05"},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "two in a field", .fields = {"content-length:5, 6"}, .body = FRAMING_BAD},
    {.name = "two in two fields",
     .fields = {"content-length:6", "content-length:5"},
     .body = FRAMING_BAD},
    {.name = "one good and one bad",
     .fields = {"content-length:x", "content-length:5"},
     .body = FRAMING_BAD},
    {.name = "an empty element", .fields = {"content-length:5,"}, .body = FRAMING_BAD},
    {.name = "chunked",
     .fields = {"transfer-encoding:chunked"},
     .body = FRAMING_CHUNKED,
     .keeps = true},
    {.name = "CHUNKED",
     .fields = {"Transfer-Encoding:CHUNKED"},
     .body = FRAMING_CHUNKED,
     .keeps = true},
    {.name = "empty elements of a list",
     .fields = {"transfer-encoding:, chunked ,", "transfer-encoding:"},
     .body = FRAMING_CHUNKED,
     .keeps = true},
    {.name = "no coding", .fields = {"transfer-encoding:"}, .body = FRAMING_BAD},
    {.name = "no coding but a length",
     .fields = {"transfer-encoding:,", "content-length:5"},
     .body = FRAMING_BAD},
    {.name = "identity", .fields = {"transfer-encoding:identity"}, .body = FRAMING_BAD},
    {.name = "gzip", .fields = {"transfer-encoding:gzip"}, .body = FRAMING_BAD},
    {.name = "gzip, then chunked",
     .fields = {"transfer-encoding:gzip, chunked"},
     .body = FRAMING_BAD},
    {.name = "chunked, then gzip",
     .fields = {"transfer-encoding:chunked, gzip"},
     .body = FRAMING_BAD},
    {.name = "gzip and chunked in two fields",
     .fields = {"transfer-encoding:gzip", "transfer-encoding:chunked"},
     .body = FRAMING_BAD},
    {.name = "chunked twice",
     .fields = {"transfer-encoding:chunked, chunked"},
     .body = FRAMING_BAD},
    {.name = "chunked in two fields",
     .fields = {"transfer-encoding:chunked", "transfer-encoding:chunked"},
     .body = FRAMING_BAD},
    {.name = "a parameter", .fields = {"transfer-encoding:chunked;x=y"}, .body = FRAMING_BAD},
    {.name = "nearly chunked", .fields = {"transfer-encoding:xchunked"}, .body = FRAMING_BAD},
    {.name = "a vertical tab, a known trick",
     .fields = {"transfer-encoding:\vchunked"},
     .body = FRAMING_BAD},
    {.name = "chunked and a length",
     .fields = {"content-length:5", "transfer-encoding:chunked"},
     .body = FRAMING_CHUNKED},
    {.name = "chunked and a length that is none (6.3: it is overruled)",
     .fields = {"transfer-encoding:chunked", "content-length:x"},
     .body = FRAMING_CHUNKED},
    {.name = "chunked in HTTP/1.0",
     .fields = {"transfer-encoding:chunked", "connection:keep-alive"},
     .http10 = true,
     .body = FRAMING_CHUNKED},
    {.name = "204", .status = 204, .body = FRAMING_NONE, .keeps = true},
    {.name = "204 with the length 0",
     .fields = {"content-length:0"},
     .status = 204,
     .body = FRAMING_NONE,
     .keeps = true},
    {.name = "204 with a length",
     .fields = {"content-length:5"},
     .status = 204,
     .body = FRAMING_NONE},
    {.name = "204 in chunks",
     .fields = {"transfer-encoding:chunked"},
     .status = 204,
     .body = FRAMING_NONE},
    {.name = "304", .status = 304, .body = FRAMING_NONE, .keeps = true},
    {.name = "304 with a length",
     .fields = {"content-length:5"},
     .status = 304,
     .body = FRAMING_NONE,
     .keeps = true},
    {.name = "304 with two lengths",
     .fields = {"content-length:5, 6"},
     .status = 304,
     .body = FRAMING_NONE},
    {.name = "to HEAD", .bodiless = true, .body = FRAMING_NONE, .keeps = true},
    {.name = "to HEAD, in chunks",
     .fields = {"transfer-encoding:chunked"},
     .bodiless = true,
     .body = FRAMING_NONE,
     .keeps = true},
    {.name = "to HEAD, in another coding",
     .fields = {"transfer-encoding:gzip"},
     .bodiless = true,
     .body = FRAMING_NONE},
    {.name = "to HEAD, with both",
     .fields = {"transfer-encoding:chunked", "content-length:5"},
     .bodiless = true,
     .body = FRAMING_NONE},
    {.name = "to HEAD, closed",
     .fields = {"connection:close"},
     .bodiless = true,
     .body = FRAMING_NONE},
    {.name = "close",
     .fields = {"content-length:5", "connection:close"},
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "close among others",
     .fields = {"content-length:5", "connection:te,\tCLOSE ,x"},
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "close in the second field",
     .fields = {"content-length:5", "connection:x", "connection:close"},
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "close and keep-alive",
     .fields = {"content-length:5", "connection:keep-alive, close"},
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "closed is another word",
     .fields = {"content-length:5", "connection:closed, xclose, \"close\""},
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "HTTP/1.0",
     .fields = {"content-length:5"},
     .http10 = true,
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "HTTP/1.0 with keep-alive",
     .fields = {"content-length:5", "connection:Keep-Alive"},
     .http10 = true,
     .body = FRAMING_LENGTH,
     .length = 5,
     .keeps = true},
    {.name = "HTTP/1.0 with both",
     .fields = {"content-length:5", "connection:keep-alive", "connection:close"},
     .http10 = true,
     .body = FRAMING_LENGTH,
     .length = 5},
    {.name = "keep-alive without an end",
     .fields = {"connection:keep-alive"},
     .body = FRAMING_CLOSE},
};

START_TEST(test_row)
{
    const struct row *row = &rows[_i];
    struct framing_case of = {row->status ? row->status : 200, row->bodiless, row->http10};
    struct framing framing;
    const char *why = NULL;
    framing_init(&framing);
    for (size_t i = 0; i < FIELDS_MAX && row->fields[i]; i++) {
        const char *colon = strchr(row->fields[i], ':');
        framing_take(&framing, text_make(row->fields[i], (size_t)(colon - row->fields[i])),
                     text_of(colon + 1));
    }
    enum framing_body body = framing_body(&framing, &of, &why);
    ck_assert_msg(body == row->body, "%s: %d", row->name, (int)body);
    ck_assert_msg((why != NULL) == (body == FRAMING_BAD), "%s: why", row->name);
    ck_assert_msg(body != FRAMING_LENGTH || framing.length == row->length, "%s", row->name);
    if (body != FRAMING_BAD)
        ck_assert_msg(framing_keeps(&framing, &of) == row->keeps, "%s: keeps", row->name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("framing");
    TCase *tc = tcase_create("heads");
    tcase_add_loop_test(tc, test_row, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
