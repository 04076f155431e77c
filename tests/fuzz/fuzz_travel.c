/*
 * Whatever stands in a history: what was JSON is JSON, ids that were made to fit are taken the next
 * time, and what was left out is not found again.
 */

#include "fuzz.h"
#include "json/jsonspan.h"
#include "travel/call_signature.h"
#include "travel/foreign.h"
#include "travel/tool_ids.h"

static void change_ids(struct text body, enum preset_ids taken)
{
    struct buf out, again;
    bool changed = false, twice = false;
    buf_init(&out, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    require(tool_ids_change(body, taken, &out, &changed) == 0);
    require(changed || out.len == 0);
    if (changed) {
        require(jsonspan_check(buf_text(&out), NULL) == 0);
        require(tool_ids_change(buf_text(&out), taken, &again, &twice) == 0);
        require(!twice);
    }
    buf_done(&out);
    buf_done(&again);
}

static void sign_calls(struct text body)
{
    struct buf out;
    bool changed = false;
    buf_init(&out, SIZE_MAX);
    require(call_signature_put(body, &out, &changed) == 0);
    require(changed ? jsonspan_check(buf_text(&out), NULL) == 0 : out.len == 0);
    buf_done(&out);
}

static void leave_out(struct text body, unsigned foreign)
{
    struct buf out, again, dropped;
    bool changed = false, twice = false;
    buf_init(&out, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    buf_init(&dropped, 256);
    require(foreign_leave_out(body, foreign, &out, &dropped, &changed) == 0);
    require(changed == (dropped.len > 0));
    if (changed) {
        require(jsonspan_check(buf_text(&out), NULL) == 0 && out.len < body.len);
        require(foreign_leave_out(buf_text(&out), foreign, &again, &dropped, &twice) == 0);
        require(!twice);
    }
    buf_done(&out);
    buf_done(&again);
    buf_done(&dropped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body = text_make((const char *)data, size);
    change_ids(body, PRESET_IDS_NINE);
    change_ids(body, PRESET_IDS_WORD);
    sign_calls(body);
    leave_out(body, 127);
    for (unsigned bit = 1; bit < 128; bit <<= 1)
        leave_out(body, bit);
    (void)foreign_refused(body, body, 0);
    return 0;
}
