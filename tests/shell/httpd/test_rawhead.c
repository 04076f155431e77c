/* Heads as libmicrohttpd 0.9.75 leaves them: NULs for the colon, for CR and for LF. */
#include <stdio.h>

#include "httpd/rawhead.h"
#include "unit.h"

#define FIELDS_MAX 8

struct head {
    char bytes[256];
    struct header_field fields[FIELDS_MAX];
    size_t count;
};

/* Does to the text what the library does, and lists what it would list. */
static void read_head(struct head *ret, const char *text)
{
    *ret = (struct head){.count = 0};
    (void)snprintf(ret->bytes, sizeof(ret->bytes), "%s", text);
    char *at = ret->bytes;
    for (size_t line = 0;; line++) {
        char *end = at + strcspn(at, "\r\n"), *next = end + (end[0] == '\r' ? 2 : 1);
        bool last = end == at;
        memset(end, 0, (size_t)(next - end));
        if (last)
            return;
        if (line > 0) {
            char *colon = strchr(at, ':');
            *colon = '\0';
            char *value = colon + 1 + strspn(colon + 1, " \t");
            ret->fields[ret->count++] = (struct header_field){text_of(at), text_of(value)};
        }
        at = next;
    }
}

static const struct {
    const char *name;
    const char *text;
    bool altered;
} heads[] = {
    {"two fields", "HTTP/1.1\r\nHost: localhost\r\nAccept: a\r\n\r\n{}", false},
    {"no blank, a tab, many blanks", "HTTP/1.1\r\nA:b\r\nC:\td\r\nE:   f\r\n\r\n{}", false},
    {"empty values", "HTTP/1.1\r\nA:\r\nB: c\r\nD: \r\n\r\n{}", false},
    {"no field", "HTTP/1.1\r\n\r\n{}", false},
    {"LF behind the version", "HTTP/1.1\nA: b\r\n\r\n{}", true},
    {"LF in the middle", "HTTP/1.1\r\nA: b\nC: d\r\n\r\n{}", true},
    {"LF behind the last field", "HTTP/1.1\r\nA: b\r\nC: d\n\r\n{}", true},
    {"LF at the end", "HTTP/1.1\r\nA: b\r\n\n{}", true},
    {"LF everywhere", "HTTP/1.1\nA: b\n\n{}", true},
};

START_TEST(line_ends_are_seen)
{
    struct head head;
    read_head(&head, heads[_i].text);
    ck_assert_msg(rawhead_is_altered(head.bytes, head.fields, head.count) == heads[_i].altered,
                  "%s", heads[_i].name);
}
END_TEST

/* "A: 1\r\n 2": the library makes a name "A2" somewhere else, and leaves the value. */
START_TEST(a_folded_line_is_seen)
{
    struct head head;
    read_head(&head, "HTTP/1.1\r\nA: 1\r\nB: 3\r\n\r\n{}");
    head.fields[0].name = text_of("A2");
    ck_assert(rawhead_is_altered(head.bytes, head.fields, 2));
}
END_TEST

/* A NUL in a value: the list has what stands before it. */
START_TEST(a_value_that_was_cut_is_seen)
{
    for (size_t field = 0; field < 2; field++) {
        struct head head;
        read_head(&head, "HTTP/1.1\r\nA: 1234\r\nB: 1234\r\n\r\n{}");
        ck_assert(!rawhead_is_altered(head.bytes, head.fields, head.count));
        head.fields[field].value.len = 1;
        *strstr(head.fields[field].value.at, "2") = '\0';
        ck_assert(rawhead_is_altered(head.bytes, head.fields, head.count));
    }
}
END_TEST

/* A NUL before a value: it lies further from its name than blanks explain. */
START_TEST(a_value_that_begins_late_is_seen)
{
    struct head head;
    read_head(&head, "HTTP/1.1\r\nA: 1234\r\n\r\n{}");
    head.fields[0].value = text_skip(head.fields[0].value, 2);
    ck_assert(rawhead_is_altered(head.bytes, head.fields, head.count));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("rawhead");
    TCase *t = tcase_create("rawhead");
    tcase_add_loop_test(t, line_ends_are_seen, 0, ROWS(heads));
    tcase_add_test(t, a_folded_line_is_seen);
    tcase_add_test(t, a_value_that_was_cut_is_seen);
    tcase_add_test(t, a_value_that_begins_late_is_seen);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
