/* A row of a test of translation: an OpenAI request, and what of it comes out for Ollama. */
#ifndef UNDERSTUDY_TRANSLATE_ROW_H
#define UNDERSTUDY_TRANSLATE_ROW_H

#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "ollama/ollama.h"

#define ALL_ABILITIES                                                                              \
    (OLLAMA_CAN_COMPLETION | OLLAMA_CAN_TOOLS | OLLAMA_CAN_VISION | OLLAMA_CAN_THINKING |          \
     OLLAMA_CAN_AUDIO)

#define UNKNOWN_ABILITIES (~0u)

struct translate_row {
    const char *name;
    const char *body;    /* with ' for " */
    const char *want;    /* members of the translation; null = must be absent */
    const char *dropped; /* NULL = nothing */
    const char *refused; /* part of the reason; NULL = it is translated */
    unsigned lacks;      /* abilities that the model does not have, or UNKNOWN_ABILITIES */
};

/* app: how the request is told. */
static inline void translate_row_check_of(const struct dialect *app,
                                          const struct translate_row *row)
{
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    struct dialect_target target = {
        .app = app ? app : &dialect_openai,
        .speaks = &dialect_ollama,
        .model = "m:1",
        .capabilities_known = row->lacks != UNKNOWN_ABILITIES,
        .capabilities = row->lacks == UNKNOWN_ABILITIES ? 0 : ALL_ABILITIES & ~row->lacks,
        .num_ctx = 8192,
        .keep_alive = "5m",
    };
    buf_init(&out, 1 << 20);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    char *body = json_row_text(row->body);
    int r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
    if (row->refused) {
        ck_assert_msg(r == -EINVAL, "%s: not refused but %d", row->name, r);
        ck_assert_msg(strstr(why.text, row->refused) != NULL, "%s: %s", row->name, why.text);
    } else {
        ck_assert_msg(r == 0, "%s: %s", row->name, why.text);
        json_t *got = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
        ck_assert_msg(got != NULL, "%s: not JSON: %s", row->name, out.data);
        json_row_compare(row->name, got, row->want);
        json_decref(got);
        ck_assert_msg(text_equals(buf_text(&dropped), row->dropped ? row->dropped : ""),
                      "%s: dropped %s", row->name, dropped.data);
    }
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}

static inline void translate_row_check(const struct translate_row *row)
{
    translate_row_check_of(NULL, row);
}

/* One user message and more members. */
#define ASK(members) "{'model':'gpt-4','messages':[{'role':'user','content':'hi'}]" members "}"

#define TRANSLATE_ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

#endif
