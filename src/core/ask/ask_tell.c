/* See ask_tell.h. */
#include "ask/ask_tell.h"

#include <string.h>

#include "failure/failure.h"
#include "json/jsonwrite.h"
#include "rules/route.h"

/* C0 but for tab and line end, DEL, and C1, which is C2 80 to C2 9F in UTF-8. */
static size_t command_at(struct text text)
{
    unsigned char first = (unsigned char)text.at[0];
    if ((first < 0x20 && first != '\n' && first != '\t') || first == 0x7f)
        return 1;
    return first == 0xc2 && text.len > 1 && (unsigned char)text.at[1] < 0xa0 ? 2 : 0;
}

int ask_tell_shown(struct text text, struct buf *out)
{
    int r = 0;
    while (r == 0 && text.len > 0) {
        size_t plain = 0, n = 0;
        while (plain < text.len && (n = command_at(text_skip(text, plain))) == 0)
            plain++;
        r = buf_append(out, text.at, plain);
        text = text_skip(text, plain);
        if (r == 0 && text.len > 0 && text.at[0] != '\r')
            r = buf_append(out, "?", 1);
        text = text_skip(text, text.len < n ? text.len : n);
    }
    return r;
}

/* Of a class, or of why a provider was passed over; "" when nobody knows the word. */
static const char *sentence_of(const char *word)
{
    enum failure failure = failure_by_word(text_of(word));
    if (strcmp(word, ASK_CONTINUED) == 0)
        return "the answer broke off, and was gone on with";
    return failure != FAILURE_NONE ? failure_sentence(failure)
                                   : route_skip_sentence(route_skip_by_word(text_of(word)));
}

/* Another name than the settings' first cannot be told: the daemon's are not known. */
static int tell_why(const struct ask_answer *answer, const char *first, struct buf *out)
{
    const char *fallback = ask_answer_told(answer, ASK_FALLBACK);
    const char *sentence = sentence_of(fallback);
    bool known = first && strcmp(first, ask_answer_told(answer, ASK_PROVIDER)) != 0 &&
                 strcmp(fallback, ASK_CONTINUED) != 0;
    int r = known ? buf_printf(out, ", and not by %s, the first of the route: ", first)
                  : buf_append_string(out, ", not the first of the route: ");
    return r < 0 ? r : buf_printf(out, "%s%s%s", fallback, sentence[0] ? ", " : "", sentence);
}

int ask_tell_who(const struct ask_answer *answer, const struct ask_facts *facts, struct buf *out)
{
    const char *provider = ask_answer_told(answer, ASK_PROVIDER);
    const char *model = ask_answer_told(answer, ASK_MODEL);
    const char *fallback = ask_answer_told(answer, ASK_FALLBACK);
    const char *attempts = ask_answer_told(answer, ASK_ATTEMPTS);
    int r = buf_printf(out, "answered by %s", provider[0] ? provider : "a provider");
    if (r == 0 && model[0])
        r = buf_printf(out, " (%s)", model);
    if (r == 0 && fallback[0])
        r = tell_why(answer, facts->first, out);
    if (r == 0 && fallback[0] && attempts[0])
        r = buf_printf(out, "; tries: %s", attempts);
    if (r == 0 && facts->direct)
        r = buf_printf(out, "; asked without the daemon: %s", facts->direct);
    return r < 0 ? r : buf_append_string(out, "\n");
}

int ask_tell_cure(const struct ask_answer *answer, const struct ask_facts *facts, struct buf *out)
{
    bool ours = ask_answer_told(answer, ASK_PROVIDER)[0] == '\0';
    if (answer->status == 401 && ours && facts->settings)
        return buf_printf(out,
                          "; the token is the first of [server] tokens or [token] in %s: name the "
                          "daemon's settings by -c FILE",
                          facts->settings);
    if (answer->status == 401 && ours)
        return buf_append_string(out, "; no settings file was found, which would hold a token: "
                                      "name the daemon's by -c FILE");
    if (answer->status == 400 && !facts->model)
        return buf_append_string(out, "; no model was asked for by name: -m MODEL does");
    return 0;
}

int ask_tell_json(const struct ask_answer *answer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    const struct chat_usage *usage = &answer->usage;
    bool both = usage->prompt >= 0 && usage->completion >= 0;
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "text", buf_text(&answer->text));
    jsonwrite_or_null(&json, "provider", text_of(ask_answer_told(answer, ASK_PROVIDER)));
    jsonwrite_or_null(&json, "model", text_of(ask_answer_told(answer, ASK_MODEL)));
    jsonwrite_or_null(&json, "fallback", text_of(ask_answer_told(answer, ASK_FALLBACK)));
    if (usage->prompt < 0 && usage->completion < 0) {
        jsonwrite_null(&json, "usage");
    } else {
        jsonwrite_open(&json, "usage", '{');
        jsonwrite_known(&json, "prompt_tokens", usage->prompt, 0);
        jsonwrite_known(&json, "completion_tokens", usage->completion, 0);
        jsonwrite_known(&json, "total_tokens", both ? usage->prompt + usage->completion : -1, 0);
        jsonwrite_known(&json, "cached_tokens", usage->cached, 0);
        jsonwrite_close(&json, '}');
    }
    jsonwrite_close(&json, '}');
    return json.r < 0 ? json.r : buf_append_string(out, "\n");
}
