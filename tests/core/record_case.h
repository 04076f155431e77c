/* Records of exchanges that are over. */
#ifndef UNDERSTUDY_RECORD_CASE_H
#define UNDERSTUDY_RECORD_CASE_H

#include <stdio.h>
#include <string.h>

#include "ledger/exchange_record.h"

/* Of which nothing is known but its id. */
static inline struct exchange_record record_case_of(unsigned number)
{
    struct exchange_record record;
    exchange_record_init(&record);
    (void)snprintf(record.id, sizeof(record.id), "%u", number);
    return record;
}

/* As long as one can be: names that are escaped byte by byte, all attempts, large numbers. */
static inline struct exchange_record record_case_worst(void)
{
    struct exchange_record record;
    char worst[EXCHANGE_RECORD_NAME_MAX];
    memset(worst, 1, sizeof(worst));
    exchange_record_init(&record);
    record.path = record.asked = record.client = record.provider = record.model =
        exchange_record_keep(&record, text_make(worst, sizeof(worst)));
    for (record.attempt_count = 0; record.attempt_count < EXCHANGE_RECORD_ATTEMPTS;)
        record.attempts[record.attempt_count++] =
            (struct exchange_record_attempt){.class = "skipped-no-descriptor",
                                             .reason = "no-descriptor",
                                             .provider = record.path,
                                             .model = record.path,
                                             .start_ms = INT32_MAX,
                                             .queued_ms = INT32_MAX,
                                             .ms = INT32_MAX,
                                             .pause_ms = INT32_MAX,
                                             .status = 599,
                                             .key = 64};
    for (record.tool_count = 0; record.tool_count < EXCHANGE_RECORD_TOOLS;)
        record.tools[record.tool_count++] = (struct exchange_record_tool){
            .end = TOOL_TOO_LARGE, .name = record.path, .start_ms = INT32_MAX, .ms = INT32_MAX};
    return record;
}

#endif
