/*
 * A cursor walks over the text and remembers whether everything was as expected, so that a form is
 * read without a check after each step.
 */
#include "http/http_date.h"

#include <strings.h>

#define SECONDS_A_DAY 86400

struct cursor {
    struct text rest;
    bool ok;
};

struct date {
    int64_t year;
    int month; /* 1..12 */
    int day, hour, minute, second;
};

static void expect(struct cursor *cursor, const char *literal)
{
    cursor->ok = cursor->ok && text_starts(cursor->rest, literal);
    cursor->rest = text_skip(cursor->rest, strlen(literal));
}

/* Exactly width digits; with pad a leading blank stands for a zero (asctime's day). */
static int digits(struct cursor *cursor, size_t width, bool pad)
{
    int value = 0;
    for (size_t i = 0; i < width; i++) {
        char c = i < cursor->rest.len ? cursor->rest.at[i] : '\0';
        if (pad && i == 0 && c == ' ')
            c = '0';
        if (!text_is_digit(c)) {
            cursor->ok = false;
            c = '0';
        }
        value = value * 10 + (c - '0');
    }
    cursor->rest = text_skip(cursor->rest, width);
    return value;
}

/* The number, from 1, of the name at the front; 0 when none is there. */
static int name(struct cursor *cursor, const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        size_t len = strlen(names[i]);
        if (cursor->rest.len >= len && strncasecmp(cursor->rest.at, names[i], len) == 0) {
            cursor->rest = text_skip(cursor->rest, len);
            return i + 1;
        }
    }
    cursor->ok = false;
    return 0;
}

static int month(struct cursor *cursor)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                         "Aug", "Sep", "Oct", "Nov", "Dec", NULL};
    return name(cursor, months);
}

/* Long names first: each begins with its short one. */
static void weekday(struct cursor *cursor)
{
    static const char *const days[] = {"Monday",   "Tuesday", "Wednesday", "Thursday", "Friday",
                                       "Saturday", "Sunday",  "Mon",       "Tue",      "Wed",
                                       "Thu",      "Fri",     "Sat",       "Sun",      NULL};
    (void)name(cursor, days);
}

static void time_of_day(struct cursor *cursor, struct date *date)
{
    date->hour = digits(cursor, 2, false);
    expect(cursor, ":");
    date->minute = digits(cursor, 2, false);
    expect(cursor, ":");
    date->second = digits(cursor, 2, false);
}

static int days_in_month(int64_t year, int number)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[number - 1] + (number == 2 && leap ? 1 : 0);
}

/* 60 is a leap second. */
static bool exists(const struct date *date)
{
    return date->month >= 1 && date->day >= 1 &&
           date->day <= days_in_month(date->year, date->month) && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 60;
}

/*
 * Days from 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is the
 * last one, and (153m + 2) / 5 counts the days before the m-th month of such a year.
 */
static int64_t days_since_1970(const struct date *date)
{
    int64_t year = date->month > 2 ? date->year : date->year - 1;
    int64_t in_year = (153 * (date->month > 2 ? date->month - 3 : date->month + 9) + 2) / 5;
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    return year * 365 + leap_days + in_year + date->day - 1 - 719468;
}

static int64_t to_seconds(const struct date *date)
{
    return days_since_1970(date) * SECONDS_A_DAY + date->hour * 3600 + date->minute * 60 +
           date->second;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" and "Sunday, 06-Nov-94 08:49:37 GMT", after the comma. */
static bool read_comma_form(struct cursor *cursor, struct date *ret)
{
    expect(cursor, ", ");
    ret->day = digits(cursor, 2, false);
    bool two_digit_year = cursor->rest.len > 0 && cursor->rest.at[0] == '-';
    const char *separator = two_digit_year ? "-" : " ";
    expect(cursor, separator);
    ret->month = month(cursor);
    expect(cursor, separator);
    ret->year = digits(cursor, two_digit_year ? 2 : 4, false);
    expect(cursor, " ");
    time_of_day(cursor, ret);
    expect(cursor, " GMT");
    return two_digit_year;
}

/* "Sun Nov  6 08:49:37 1994", after the name of the day. */
static void read_asctime(struct cursor *cursor, struct date *ret)
{
    expect(cursor, " ");
    ret->month = month(cursor);
    expect(cursor, " ");
    ret->day = digits(cursor, 2, true);
    expect(cursor, " ");
    time_of_day(cursor, ret);
    expect(cursor, " ");
    ret->year = digits(cursor, 4, false);
}

/*
 * Two digits mean the latest year that ends in them and is not more than 50 years ahead (RFC 9110,
 * 5.6.7). Year length is taken as 365.2425 days: on the very day the century does not matter to us.
 */
static int64_t full_year(int64_t two_digits, int64_t now_s)
{
    int64_t this_year = 1970 + now_s / 31556952;
    int64_t year = this_year - this_year % 100 + two_digits;
    if (year > this_year + 50)
        return year - 100;
    return year + 100 <= this_year + 50 ? year + 100 : year;
}

bool http_date_parse(struct text text, int64_t now_s, int64_t *ret_s)
{
    struct cursor cursor = {text_trim(text), true};
    struct date date = {0};
    bool two_digit_year = false;
    weekday(&cursor);
    if (cursor.rest.len > 0 && cursor.rest.at[0] == ',')
        two_digit_year = read_comma_form(&cursor, &date);
    else
        read_asctime(&cursor, &date);
    if (!cursor.ok || cursor.rest.len > 0)
        return false;
    if (two_digit_year)
        date.year = full_year(date.year, now_s);
    if (!exists(&date))
        return false;
    *ret_s = to_seconds(&date);
    return true;
}

static void skip_fraction(struct cursor *cursor)
{
    if (cursor->rest.len == 0 || cursor->rest.at[0] != '.')
        return;
    cursor->rest = text_skip(cursor->rest, 1);
    (void)digits(cursor, 1, false);
    while (cursor->rest.len && text_is_digit(cursor->rest.at[0]))
        cursor->rest = text_skip(cursor->rest, 1);
}

/* What the time of day there is ahead of UTC. */
static int64_t zone_s(struct cursor *cursor)
{
    char sign = cursor->rest.len ? cursor->rest.at[0] : '\0';
    if (sign == '\0')
        return 0;
    cursor->rest = text_skip(cursor->rest, 1);
    if (sign == 'Z' || sign == 'z')
        return 0;
    int64_t hours = digits(cursor, 2, false);
    expect(cursor, ":");
    int64_t minutes = digits(cursor, 2, false);
    cursor->ok = cursor->ok && (sign == '+' || sign == '-') && hours <= 23 && minutes <= 59;
    return (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

bool http_date_parse_rfc3339(struct text text, int64_t *ret_s)
{
    struct cursor cursor = {text_trim(text), true};
    struct date date = {0};
    date.year = digits(&cursor, 4, false);
    expect(&cursor, "-");
    date.month = digits(&cursor, 2, false);
    expect(&cursor, "-");
    date.day = digits(&cursor, 2, false);
    bool lower = cursor.rest.len && cursor.rest.at[0] == 't';
    expect(&cursor, lower ? "t" : "T");
    time_of_day(&cursor, &date);
    skip_fraction(&cursor);
    int64_t ahead_s = zone_s(&cursor);
    if (!cursor.ok || cursor.rest.len > 0 || date.month > 12 || !exists(&date))
        return false;
    *ret_s = to_seconds(&date) - ahead_s;
    return true;
}
