/*
 * The days of the Gregorian calendar, counted in eras of 400 years that begin in March, so that a
 * leap day is the last of its year (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
#include "text/utc.h"

#include <string.h>

#define DAY_S       86400
#define ERA_DAYS    146097
#define TO_MARCH_0  719468 /* days from 0000-03-01 to 1970-01-01 */
#define YEAR_9999_S INT64_C(253402300799)

/* The last count digits of the number, as they stand in a date: by printf they take ten times as
 * long, and nearly every line of a log and of a stream has one. */
static void put_digits(unsigned number, size_t count, char *out)
{
    while (count-- > 0) {
        out[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

void utc_write(int64_t seconds, char ret[UTC_SIZE])
{
    int64_t instant = seconds >= 0 && seconds <= YEAR_9999_S ? seconds : 0;
    unsigned second = (unsigned)(instant % DAY_S);
    unsigned days = (unsigned)(instant / DAY_S) + TO_MARCH_0;
    unsigned era = days / ERA_DAYS;
    unsigned in_era = days % ERA_DAYS;
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    unsigned from_march = (5 * in_year + 2) / 153;
    unsigned day = in_year - (153 * from_march + 2) / 5 + 1;
    unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;
    memcpy(ret, "YYYY-MM-DDThh:mm:ssZ", UTC_SIZE);
    put_digits(year + era * 400 + (month <= 2), 4, ret);
    put_digits(month, 2, ret + 5);
    put_digits(day, 2, ret + 8);
    put_digits(second / 3600, 2, ret + 11);
    put_digits(second / 60 % 60, 2, ret + 14);
    put_digits(second % 60, 2, ret + 17);
}

void utc_write_ms(int64_t ms, char ret[UTC_MS_SIZE])
{
    utc_write(ms / 1000, ret);
    memcpy(ret + UTC_SIZE - 2, ".mmmZ", sizeof(".mmmZ"));
    put_digits((unsigned)(ms > 0 ? ms % 1000 : 0), 3, ret + UTC_SIZE - 1);
}
