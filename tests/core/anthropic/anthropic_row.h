/* A row of a test: a Messages request, and what of it is in the neutral one. */
#ifndef UNDERSTUDY_ANTHROPIC_ROW_H
#define UNDERSTUDY_ANTHROPIC_ROW_H

#include <errno.h>

#include "dialect/chat_dump.h"
#include "dialect/dialect.h"
#include "json_row.h"

#define CARRIES_ALL (CHAT_CARRY_URL | CHAT_CARRY_STRICT | CHAT_CARRY_CHOICE)

struct anthropic_row {
    const char *name;
    const char *body;    /* with ' for " */
    const char *want;    /* members of chat_dump; null = must be absent */
    const char *dropped; /* NULL = nothing */
    const char *refused; /* the whole reason; NULL = it is read */
    bool narrow;         /* read for who carries nothing but what all do */
};

static inline void anthropic_row_check(const struct anthropic_row *row)
{
    struct buf dropped;
    struct error why = ERROR_NONE;
    struct chat_request request;
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    chat_request_init(&request, &dropped);
    request.carries = row->narrow ? 0 : CARRIES_ALL;
    char *body = json_row_text(row->body);
    int r = dialect_anthropic.app->request_read(text_of(body), &request, &why);
    if (row->refused) {
        ck_assert_msg(r == -EINVAL, "%s: not refused but %d", row->name, r);
        ck_assert_msg(strcmp(why.text, row->refused) == 0, "%s: %s", row->name, why.text);
    } else {
        ck_assert_msg(r == 0, "%s: %s", row->name, why.text);
        json_t *got = chat_dump(&request);
        json_row_compare(row->name, got, row->want);
        json_decref(got);
        ck_assert_msg(text_equals(buf_text(&dropped), row->dropped ? row->dropped : ""),
                      "%s: dropped %s", row->name, dropped.data);
    }
    free(body);
    chat_request_done(&request);
    buf_done(&dropped);
}

#define ANTHROPIC_ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

/* One message of the user and more members. */
#define HELLO(members)                                                                             \
    "{'model':'claude-x','max_tokens':9,'messages':[{'role':'user','content':'hi'}]" members "}"

#define TALK(messages) "{'model':'claude-x','max_tokens':9,'messages':[" messages "]}"

#define SAID(blocks) TALK("{'role':'user','content':[" blocks "]}")

#endif
