/* What a head says of its body and its connection: RFC 9112, 6.3 and 9.3. */
#include "http/framing.h"
#include "http/framing_rows.h"
#include "unit.h"

START_TEST(test_row)
{
    const struct framing_row *row = &framing_rows[_i];
    struct framing_case of = {row->status ? row->status : 200, row->bodiless, row->http10};
    struct framing framing;
    const char *why = NULL;
    framing_init(&framing);
    for (size_t i = 0; i < FRAMING_FIELDS_MAX && row->fields[i]; i++) {
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
    tcase_add_loop_test(tc, test_row, 0, ROWS(framing_rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
