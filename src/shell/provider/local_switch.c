/* See local_switch.h. */
#include "provider/local_switch.h"

#include <stdatomic.h>

#include "base/notice.h"
#include "record/metrics.h"

static atomic_bool is_on;

bool local_switch_is_on(void)
{
    return atomic_load(&is_on);
}

void local_switch_set(bool on)
{
    atomic_store(&is_on, on);
    metrics_gauge_set(METRIC_LOCAL, NULL, on);
    notice_change();
}
