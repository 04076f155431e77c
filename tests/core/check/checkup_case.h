/* Providers and their answers for the tests of check. */
#ifndef CHECKUP_CASE_H
#define CHECKUP_CASE_H

#include "check/check_report.h"
#include "check/checkup.h"
#include "config_case.h"

static inline struct checkup_probe checkup_case_answer(int status, const char *body)
{
    return (struct checkup_probe){
        .status = status, .detail = "", .latency_ms = 12, .body = text_of(body)};
}

/* The provider of that name, after its first question was answered so and /api/show has confirmed
 * what the list says of each model. */
static inline struct checkup checkup_case_asked(const struct config_case *loaded, const char *name,
                                                const struct checkup_probe *probe)
{
    struct checkup check;
    checkup_init(&check, loaded->config, config_case_provider(loaded, name));
    checkup_answered(&check, probe);
    for (size_t i = 0; i < check.models.count; i++)
        check.models.at[i].capabilities_known = check.models.at[i].capabilities != 0;
    ck_assert_int_eq(checkup_choose(&check), 0);
    return check;
}

/* The report of those, with libraries and a machine of which nothing is known. */
static const struct advisory_found checkup_case_found[ADVISORY_LIBRARY_COUNT];

static inline int checkup_case_lines(const struct config *config, const struct checkup *checkups,
                                     size_t count, struct buf *out)
{
    const struct check_report report = {config, checkups, count, checkup_case_found,
                                        NULL,   "",       NULL,  0};
    return check_report_lines(&report, out);
}

static inline int checkup_case_json(const struct config *config, const struct checkup *checkups,
                                    size_t count, struct buf *out)
{
    const struct check_report report = {config, checkups, count, checkup_case_found,
                                        NULL,   "",       NULL,  0};
    return check_report_json(&report, out);
}

#endif
