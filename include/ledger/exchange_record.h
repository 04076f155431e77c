/*
 * What is told of an exchange that is over: on the page, in /status.json, to who watches. Plain
 * data of a fixed size that outlives the settings and the exchange: names are copied, cut where
 * they are long. Never content, never a key.
 */
#ifndef UNDERSTUDY_EXCHANGE_RECORD_H
#define UNDERSTUDY_EXCHANGE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/jsonwrite.h"
#include "rules/history.h"
#include "text/text.h"
#include "tools/tool_notes.h"

/* Of more attempts those in the middle are left out. */
#define EXCHANGE_RECORD_ATTEMPTS 24
/* Of more calls of tools the first ones are told. */
#define EXCHANGE_RECORD_TOOLS 24
/* Of one name; a longer one is cut between two characters. */
#define EXCHANGE_RECORD_NAME_MAX 200
/* Of all names of one exchange, each with a NUL. A name that does not fit any more is none. */
#define EXCHANGE_RECORD_NAMES_MAX 2048

/* More than one takes as JSON: two names an attempt, one a tool and five more, each byte as an
 * escape of six. */
#define EXCHANGE_RECORD_JSON_MAX (112u << 10)

/* Where a name begins in `names`; 0 = none. */
typedef uint16_t exchange_record_name;

struct exchange_record_attempt {
    const char *class;  /* static */
    const char *reason; /* static; NULL = it was asked again, or answered */
    exchange_record_name provider, model;
    short status;      /* 0 = no answer came */
    unsigned char key; /* which of several; 0 = it has not several */
    bool hedge;        /* began beside a silent one */
    int32_t start_ms;  /* since the exchange began */
    int32_t queued_ms; /* waited before that for a place at the provider */
    int32_t ms;        /* until its end */
    int32_t pause_ms;  /* and that was waited before the next try there */
};

/* A call of a tool that was run here. */
struct exchange_record_tool {
    enum tool_end end;
    exchange_record_name name;
    int32_t start_ms; /* since the exchange began */
    int32_t ms;
};

struct exchange_record {
    char id[24];
    int64_t begun_at_ms; /* since 1970 */
    int64_t duration_ms;
    int64_t ttft_ms; /* until the first content; -1 = there was none */
    int64_t prompt_tokens, completion_tokens, cached_tokens; /* -1 = not known */
    int64_t tool_calls;   /* in the answer, that the app is to run */
    const char *class;    /* static: what the client was left with */
    const char *fallback; /* static: the class of what failed before; NULL = it was the first */
    int status;           /* as HTTP has it */
    bool stream;
    bool local; /* a provider on this machine or network answered */
    exchange_record_name path, asked, client, provider, model;
    unsigned attempts_left_out;
    unsigned attempt_count;
    struct exchange_record_attempt attempts[EXCHANGE_RECORD_ATTEMPTS];
    unsigned tool_count;
    struct exchange_record_tool tools[EXCHANGE_RECORD_TOOLS];
    uint16_t names_len; /* from here on only as far as it is used */
    char names[EXCHANGE_RECORD_NAMES_MAX];
};

/* Nothing is known yet. What is behind the used part of names is not touched. */
void exchange_record_init(struct exchange_record *record);

/* Keeps a copy of a name; empty = none. */
exchange_record_name exchange_record_keep(struct exchange_record *record, struct text name);

/* All attempts. answered: the class of the one that answered, static. */
void exchange_record_attempts(struct exchange_record *record, const struct history *history,
                              const char *answered);

/* The calls that were made for it. */
void exchange_record_tools(struct exchange_record *record, const struct tool_notes *notes);

/* So many bytes of it are used: what a copy needs. */
size_t exchange_record_size(const struct exchange_record *record);

/* One JSON object, without line ends. */
void exchange_record_write(const struct exchange_record *record, struct jsonwrite *writer,
                           const char *name);

#endif
