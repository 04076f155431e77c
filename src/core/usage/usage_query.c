/* See usage_query.h. */
#include "usage/usage_query.h"

#include <errno.h>
#include <stdio.h>

#include "http/http_date.h"
#include "text/suggest.h"
#include "text/units.h"

#define DAY_LEN (sizeof("2026-11-01") - 1)

static const struct {
    const char *word;
    const char *text;
} keys[USAGE_KEY_COUNT] = {
#define X(id, word, text) [USAGE_##id] = {word, text},
    USAGE_KEYS(X)
#undef X
};

const char *usage_key_word(enum usage_key key)
{
    return keys[key].word;
}

const char *usage_key_text(enum usage_key key)
{
    return keys[key].text;
}

struct usage_query usage_query_all(void)
{
    struct usage_query query = {.by_count = USAGE_KEY_COUNT};
    for (unsigned i = 0; i < USAGE_KEY_COUNT; i++)
        query.by[i] = (enum usage_key)i;
    return query;
}

static int add_key(struct usage_query *query, struct text word, struct error *reterr)
{
    struct suggest suggest = suggest_for(word);
    for (unsigned i = 0; i < USAGE_KEY_COUNT; i++) {
        suggest_offer(&suggest, keys[i].word);
        if (!text_equals(word, keys[i].word))
            continue;
        for (size_t j = 0; j < query->by_count; j++)
            if (query->by[j] == (enum usage_key)i)
                return 0;
        query->by[query->by_count++] = (enum usage_key)i;
        return 0;
    }
    error_set(reterr, "--by: \"%.*s\" is none of day, provider, model, client%s",
              TEXT_ARG(text_cut(word, 64)), SUGGEST_HINT(suggest.best));
    return -EINVAL;
}

int usage_query_by(struct usage_query *query, struct text words, struct error *reterr)
{
    int r = 0;
    query->by_count = 0;
    while (r == 0) {
        const char *comma = words.len > 0 ? memchr(words.at, ',', words.len) : NULL;
        size_t len = comma ? (size_t)(comma - words.at) : words.len;
        r = add_key(query, text_trim(text_cut(words, len)), reterr);
        if (!comma)
            break;
        words = text_skip(words, len + 1);
    }
    return r;
}

int usage_query_since(struct usage_query *query, struct text when, int64_t now_s,
                      struct error *reterr)
{
    char midnight[32];
    int64_t ago_ms;
    when = text_trim(when);
    (void)snprintf(midnight, sizeof(midnight), "%.*sT00:00:00Z", TEXT_ARG(text_cut(when, DAY_LEN)));
    if (http_date_parse_rfc3339(when.len == DAY_LEN ? text_of(midnight) : when, &query->since_s))
        return 0;
    bool has_unit = when.len > 0 && text_is_letter(when.at[when.len - 1]);
    if (has_unit && units_duration(when, &ago_ms) == 0) {
        query->since_s = now_s - ago_ms / 1000;
        return 0;
    }
    error_set(reterr,
              "--since: \"%.*s\" is no time: 7d, 12h or 30m ago, a day such as 2026-11-01 (UTC), "
              "or 2026-11-01T08:00:00Z",
              TEXT_ARG(text_cut(when, 64)));
    return -EINVAL;
}
