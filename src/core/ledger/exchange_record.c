/* See exchange_record.h. */
#include "ledger/exchange_record.h"

#include <string.h>

#include "text/utc.h"
#include "text/utf8.h"

void exchange_record_init(struct exchange_record *record)
{
    memset(record, 0, offsetof(struct exchange_record, names));
    record->ttft_ms = record->prompt_tokens = record->completion_tokens = record->cached_tokens =
        -1;
    record->class = "ok";
    record->names[0] = '\0';
    record->names_len = 1; /* 0 is none */
}

/* What is ill-formed is left to the writer of JSON. */
static struct text cut(struct text name)
{
    if (name.len <= EXCHANGE_RECORD_NAME_MAX)
        return name;
    size_t len = EXCHANGE_RECORD_NAME_MAX;
    for (size_t back = 0; back < 4 && len > back; back++) {
        size_t length = utf8_length(name.at + len - back, name.len - (len - back));
        if (length > back)
            return text_make(name.at, len - back);
    }
    return text_make(name.at, len);
}

exchange_record_name exchange_record_keep(struct exchange_record *record, struct text name)
{
    name = cut(name);
    if (name.len == 0 || memchr(name.at, '\0', name.len))
        return 0;
    for (size_t at = 1; at < record->names_len; at += strlen(record->names + at) + 1)
        if (text_equals(name, record->names + at))
            return (exchange_record_name)at;
    if (name.len + 1 > sizeof(record->names) - record->names_len)
        return 0;
    exchange_record_name kept = record->names_len;
    memcpy(record->names + kept, name.at, name.len);
    record->names[kept + name.len] = '\0';
    record->names_len = (uint16_t)(kept + name.len + 1);
    return kept;
}

/* What 32 bits hold of it: 24 days. */
static int32_t ms_of(int64_t ms)
{
    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

void exchange_record_attempts(struct exchange_record *record, const struct history *history,
                              const char *answered)
{
    const size_t half = EXCHANGE_RECORD_ATTEMPTS / 2;
    size_t earlier = history->before ? history->before->count : 0;
    size_t count = earlier + history->count;
    size_t left_out = count > EXCHANGE_RECORD_ATTEMPTS ? count - EXCHANGE_RECORD_ATTEMPTS : 0;
    record->attempts_left_out = (unsigned)left_out;
    for (size_t i = 0; i < count; i++) {
        if (i == half && left_out > 0)
            i += left_out;
        const struct history_entry *entry =
            i < earlier ? &history->before->at[i] : &history->at[i - earlier];
        const char *ok = i < earlier ? failure_word(FAILURE_NONE) : answered;
        record->attempts[record->attempt_count++] = (struct exchange_record_attempt){
            .class = entry->failure == FAILURE_NONE ? ok : history_word(entry),
            .reason = history_reason(entry),
            .provider = exchange_record_keep(record, text_of(entry->provider->name)),
            .model = exchange_record_keep(record, text_of(entry->model ? entry->model : "")),
            .status = (short)entry->status,
            .key = (unsigned char)entry->key,
            .hedge = entry->hedge,
            .start_ms = ms_of(entry->start_ms),
            .queued_ms = ms_of(entry->queued_ms),
            .ms = ms_of(entry->ms),
            .pause_ms = ms_of(entry->pause_ms)};
    }
}

void exchange_record_tools(struct exchange_record *record, const struct tool_notes *notes)
{
    for (size_t i = 0; i < notes->count && i < EXCHANGE_RECORD_TOOLS; i++)
        record->tools[record->tool_count++] = (struct exchange_record_tool){
            .end = notes->at[i].end,
            .name = exchange_record_keep(record, text_of(notes->at[i].name)),
            .start_ms = ms_of(notes->at[i].start_ms),
            .ms = ms_of(notes->at[i].ms)};
}

size_t exchange_record_size(const struct exchange_record *record)
{
    return offsetof(struct exchange_record, names) + record->names_len;
}

/* ---- as JSON */

static void write_name(struct jsonwrite *w, const char *member,
                       const struct exchange_record *record, exchange_record_name name)
{
    jsonwrite_shown_or_null(w, member, text_of(record->names + name));
}

static void write_attempt(struct jsonwrite *w, const struct exchange_record *record,
                          const struct exchange_record_attempt *attempt)
{
    jsonwrite_open(w, NULL, '{');
    write_name(w, "provider", record, attempt->provider);
    write_name(w, "model", record, attempt->model);
    jsonwrite_known(w, "key", attempt->key, 1);
    jsonwrite_known(w, "status", attempt->status, 1);
    jsonwrite_string(w, "class", text_of(attempt->class));
    jsonwrite_integer(w, "start_ms", attempt->start_ms);
    jsonwrite_integer(w, "ms", attempt->ms);
    jsonwrite_integer(w, "wait_ms", attempt->pause_ms);
    jsonwrite_integer(w, "queued_ms", attempt->queued_ms);
    jsonwrite_bool(w, "hedge", attempt->hedge);
    jsonwrite_or_null(w, "reason", text_of(attempt->reason));
    jsonwrite_close(w, '}');
}

static void write_tool(struct jsonwrite *w, const struct exchange_record *record,
                       const struct exchange_record_tool *tool)
{
    jsonwrite_open(w, NULL, '{');
    write_name(w, "name", record, tool->name);
    jsonwrite_integer(w, "start_ms", tool->start_ms);
    jsonwrite_integer(w, "ms", tool->ms);
    jsonwrite_bool(w, "ok", tool->end == TOOL_OK);
    jsonwrite_string(w, "end", text_of(tool_end_word(tool->end)));
    jsonwrite_close(w, '}');
}

void exchange_record_write(const struct exchange_record *record, struct jsonwrite *w,
                           const char *name)
{
    char begun_at[UTC_MS_SIZE];
    utc_write_ms(record->begun_at_ms, begun_at);
    jsonwrite_open(w, name, '{');
    jsonwrite_string(w, "id", text_of(record->id));
    jsonwrite_string(w, "time", text_of(begun_at));
    write_name(w, "path", record, record->path);
    write_name(w, "asked", record, record->asked);
    write_name(w, "client", record, record->client);
    write_name(w, "provider", record, record->provider);
    write_name(w, "model", record, record->model);
    jsonwrite_string(w, "class", text_of(record->class));
    jsonwrite_integer(w, "status", record->status);
    jsonwrite_bool(w, "stream", record->stream);
    jsonwrite_bool(w, "local", record->local);
    jsonwrite_or_null(w, "fallback", text_of(record->fallback));
    jsonwrite_known(w, "ttft_ms", record->ttft_ms, 0);
    jsonwrite_integer(w, "duration_ms", record->duration_ms);
    jsonwrite_known(w, "prompt_tokens", record->prompt_tokens, 0);
    jsonwrite_known(w, "completion_tokens", record->completion_tokens, 0);
    jsonwrite_known(w, "cached_tokens", record->cached_tokens, 0);
    jsonwrite_integer(w, "tool_calls", record->tool_calls);
    jsonwrite_open(w, "attempts", '[');
    for (unsigned i = 0; i < record->attempt_count; i++)
        write_attempt(w, record, &record->attempts[i]);
    jsonwrite_close(w, ']');
    jsonwrite_integer(w, "attempts_left_out", record->attempts_left_out);
    jsonwrite_open(w, "tools", '[');
    for (unsigned i = 0; i < record->tool_count; i++)
        write_tool(w, record, &record->tools[i]);
    jsonwrite_close(w, ']');
    jsonwrite_close(w, '}');
}
