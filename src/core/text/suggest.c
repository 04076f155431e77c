/*
 * Optimal string alignment: three rows of the distance table are enough, as a swap looks two rows
 * back. Words beyond LONGEST letters get no suggestion, which bounds the work of any settings file.
 */
#include "text/suggest.h"

#include <stdio.h>

#define LONGEST 48

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Case counts for nothing: "Attempts" is surely "attempts". */
static bool same(char a, char b)
{
    return text_lower(a) == text_lower(b);
}

static size_t distance(struct text a, struct text b)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replaced = above[j - 1] + (same(a.at[i - 1], b.at[j - 1]) ? 0 : 1);
            row[j] = least(least(above[j], row[j - 1]) + 1, replaced);
            if (i > 1 && j > 1 && same(a.at[i - 1], b.at[j - 2]) && same(a.at[i - 2], b.at[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[b.len];
}

struct suggest suggest_for(struct text word)
{
    size_t accepted = word.len / 3 > 1 ? word.len / 3 : 1;
    return (struct suggest){.word = word, .distance = accepted + 1};
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
    struct text text = text_of(candidate);
    if (suggest->word.len == 0 || suggest->word.len > LONGEST || text.len > LONGEST)
        return;
    size_t d = distance(suggest->word, text);
    /* A word that shares no letter is no suggestion, however short both are. */
    if (d >= suggest->distance || d >= text.len)
        return;
    suggest->distance = d;
    suggest->best = candidate;
}

const char *suggest_hint(const char *best, struct suggest_hint *ret)
{
    int shown = (int)sizeof(ret->text) - (int)sizeof("; did you mean \"\"?");
    ret->text[0] = '\0';
    if (best)
        (void)snprintf(ret->text, sizeof(ret->text), "; did you mean \"%.*s\"?", shown, best);
    return ret->text;
}
