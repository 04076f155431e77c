/*
 * The small things: dates, waits, addresses, hosts, header fields, numbers with units, the headers
 * that steer. Each is in its bounds or refused, and what can be written again is read as the same.
 *
 *     variant | text
 */
#include <stdio.h>
#include <time.h>

#include "fuzz.h"
#include "http/headers.h"
#include "http/host.h"
#include "http/http_date.h"
#include "http/ollama_host.h"
#include "http/retry_after.h"
#include "http/url.h"
#include "text/count.h"
#include "text/units.h"

#define NOW_S 1764000000

static void wait(struct text text)
{
    struct text absent = text_make(NULL, 0);
    int64_t s = retry_after_parse(absent, text, NOW_S);
    int64_t ms = retry_after_parse(text, absent, NOW_S);
    require(s >= -1 && s <= RETRY_AFTER_MAX_MS && ms >= -1 && ms <= RETRY_AFTER_MAX_MS);
    /* What is named in milliseconds comes first, and what is not understood does not count. */
    require(retry_after_parse(text, text_of("7"), NOW_S) == (ms >= 0 ? ms : 7000));
}

/* Written as RFC 9110 has it, or as asctime. */
static void read_back(int64_t s, bool older)
{
    char text[64];
    int64_t again = 0;
    struct tm tm;
    time_t time = (time_t)s;
    require(gmtime_r(&time, &tm) != NULL);
    require(strftime(text, sizeof(text),
                     older ? "%a %b %e %H:%M:%S %Y" : "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
    require(http_date_parse(text_of(text), NOW_S, &again) && again == s);
}

static void date(struct text text)
{
    int64_t s = 0, rfc3339 = 0;
    if (http_date_parse(text, NOW_S, &s) && s >= 0 && s < INT64_C(253402300800)) {
        read_back(s, false);
        read_back(s, true);
    }
    if (http_date_parse_rfc3339(text, &rfc3339))
        require(rfc3339 > INT64_C(-63000000000) && rfc3339 < INT64_C(254000000000));
}

static void address(struct text text)
{
    struct url url;
    struct error why = ERROR_NONE;
    if (url_parse(text, &url, &why) < 0) {
        require(why.text[0] != '\0' && !holds(text_of(why.text), "pa55word"));
        return;
    }
    require(host_valid(url.host) && begins_with(text, url.origin));
    size_t len = url.origin.len + url.path.len + url.query.len;
    require(len == text.len || len + 1 == text.len);
    require(url.path.len == 0 || url.path.at == text.at + url.origin.len);
    require(!host_is_loopback(url.host) || host_is_local(url.host));
}

static void ollama_host(struct text text)
{
    struct error why = ERROR_NONE;
    struct buf out;
    struct url url;
    buf_init(&out, 4096);
    /* Its port and path are for url_parse to check, as those of any address. */
    if (ollama_host_url(text, &out, &why) == 0 && url_parse(buf_text(&out), &url, NULL) == 0)
        require(!host_is_any(url.host));
    buf_done(&out);
}

static void host(struct text text)
{
    require(!host_is_loopback(text) || host_is_local(text));
    require(!host_is_any(text) || !host_is_loopback(text));
    if (host_is_any(text))
        require(host_valid(text));
}

static void field(struct text text)
{
    struct text name = take_until(&text, ':'), value = text_trim(text);
    if (header_name_valid(name))
        require(name.len > 0 && !memchr(name.at, ' ', name.len));
    if (header_value_valid(value))
        for (size_t i = 0; i < value.len; i++)
            require(value.at[i] != '\r' && value.at[i] != '\n' && value.at[i] != '\0');
    (void)header_request_travels(name);
    (void)header_response_travels(name);
    require(!header_listed(value, text_of("authorization")));
    require(!header_listed(value, text_of("content-type")));
}

static void number(struct text text)
{
    int64_t ms = 0;
    uint64_t bytes = 0;
    bool on = false;
    if (units_duration(text, &ms) == 0)
        require(ms >= 0);
    (void)!units_size(text, &bytes);
    (void)!units_bool(text, &on);
}

/* A line of the text is a header. */
static void steer(struct text text)
{
    struct steering steering = {0};
    while (text.len > 0) {
        struct error why = ERROR_NONE;
        struct text line = take_until(&text, '\n'), name = take_until(&line, ':');
        if (steering_read(&steering, name, line, &why) < 0)
            require(why.text[0] != '\0');
        else if (steering.route.at)
            require(steering.route.len > 0);
        if (why.text[0])
            return;
        require(steering.attempts >= 0 && steering.attempts <= 10);
        require(steering.deadline_ms >= 0 && steering.deadline_ms <= 3600000);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const variants[])(struct text text) = {wait, date,  address, ollama_host,
                                                         host, field, number,  steer};
    struct text input = text_make((const char *)data, size);
    if (size > 0)
        variants[take_byte(&input) % COUNT(variants)](input);
    return 0;
}
