/* One word for the place, then the text. */
#include "config/announce.h"

#include <errno.h>

#include "text/count.h"

static const struct {
    const char *word;
    bool behind;
} places[] = {{"prefix", false}, {"suffix", true}};

/* At NULL: the value does not begin with that word and a blank. */
static struct text behind_word(struct text value, const char *word)
{
    struct text rest = text_skip(value, strlen(word));
    bool begins = text_starts_nocase(value, word) && rest.len > 0 &&
                  (rest.at[0] == ' ' || rest.at[0] == '\t');
    return begins ? text_trim(rest) : (struct text){0};
}

static struct text without_quotes(struct text text)
{
    if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
        return text_make(text.at + 1, text.len - 2);
    return text;
}

int announce_read(struct text value, struct announce *ret, struct error *reterr)
{
    *ret = (struct announce){0};
    for (size_t i = 0; i < COUNT(places) && !ret->text.at; i++)
        *ret =
            (struct announce){places[i].behind, without_quotes(behind_word(value, places[i].word))};
    if (!ret->text.at)
        error_set(reterr, "neither prefix TEXT nor suffix TEXT");
    else if (ret->text.len == 0)
        error_set(reterr, "no text is left to be put into answers");
    else if (ret->text.len > ANNOUNCE_MAX)
        error_set(reterr, "a text of more than %d bytes", ANNOUNCE_MAX);
    else
        return 0;
    *ret = (struct announce){0};
    return -EINVAL;
}

int announce_write(const struct announce *announce, struct text provider, struct text model,
                   struct buf *out)
{
    const struct {
        const char *mark;
        struct text name;
    } marks[] = {{"{provider}", provider}, {"{model}", model}};
    int r = 0;
    for (struct text rest = announce->text; r == 0 && rest.len > 0;) {
        struct text said = text_make(rest.at, 1);
        size_t used = 1;
        for (size_t i = 0; i < COUNT(marks); i++) {
            if (!text_starts(rest, marks[i].mark))
                continue;
            said = marks[i].name;
            used = strlen(marks[i].mark);
        }
        r = buf_append_text(out, said);
        rest = text_skip(rest, used);
    }
    return r;
}
