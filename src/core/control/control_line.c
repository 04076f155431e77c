/* See control_line.h. */
#include "control/control_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "json/jsonwrite.h"

static json_t *load(struct text line)
{
    return json_loadb(line.len > 0 ? line.at : "", line.len, JSON_REJECT_DUPLICATES, NULL);
}

static const char *word_of(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word ? word : "";
}

int control_request_read(struct text line, struct control_request *ret, struct error *reterr)
{
    json_t *object = load(line);
    bool sets = json_object_get(object, "set") != NULL;
    *ret = (struct control_request){
        .watches = strcmp(word_of(object, "do"), "watch") == 0,
        .word = sets ? control_word_find(text_of(word_of(object, "set"))) : CONTROL_STATUS};
    if (!json_is_object(object))
        error_set(reterr, "not a JSON object in one line");
    else if (!ret->watches && strcmp(word_of(object, "do"), "local") != 0)
        error_set(reterr, "\"do\" must be \"local\" or \"watch\"");
    else if (ret->watches && sets)
        error_set(reterr, "\"set\" goes with \"local\"");
    else if (sets && ret->word != CONTROL_ON && ret->word != CONTROL_OFF)
        error_set(reterr, "\"set\" must be \"on\" or \"off\"");
    json_decref(object);
    return error_is_set(reterr) ? -EINVAL : 0;
}

static int end_line(struct jsonwrite *w, struct buf *out)
{
    jsonwrite_close(w, '}');
    return w->r < 0 ? w->r : buf_append(out, "\n", 1);
}

int control_request_write(const struct control_request *request, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "do", text_of(request->watches ? "watch" : "local"));
    if (!request->watches && request->word != CONTROL_STATUS)
        jsonwrite_string(&w, "set", text_of(control_word(request->word)));
    return end_line(&w, out);
}

int control_answer_write(bool local, const char *address, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_bool(&w, "ok", true);
    jsonwrite_string(&w, "local", text_of(control_word(control_word_of(local))));
    jsonwrite_filled(&w, "address", text_of(address));
    return end_line(&w, out);
}

int control_error_write(const char *message, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_bool(&w, "ok", false);
    jsonwrite_string(&w, "error", text_of(message));
    return end_line(&w, out);
}

int control_standing_write(const char *sentence, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "standing", text_of(sentence));
    return end_line(&w, out);
}

int control_exchange_write(const struct exchange_record *record, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    exchange_record_write(record, &w, "exchange");
    return end_line(&w, out);
}

int control_lost_write(uint64_t count, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_open(&w, "lost", '{');
    jsonwrite_integer(&w, "count", (int64_t)count);
    jsonwrite_close(&w, '}');
    return end_line(&w, out);
}

int control_answer_read(struct text line, struct control_answer *ret, struct error *reterr)
{
    json_t *object = load(line);
    enum control_word local = control_word_find(text_of(word_of(object, "local")));
    const char *error = word_of(object, "error");
    bool known = local == CONTROL_ON || local == CONTROL_OFF;
    int r = json_is_true(json_object_get(object, "ok")) && known ? 0 : -EINVAL;
    if (r == 0) {
        ret->local = local == CONTROL_ON;
        (void)snprintf(ret->address, sizeof(ret->address), "%s", word_of(object, "address"));
    } else
        error_set(reterr, "the daemon says: %s", error[0] ? error : "nothing that is understood");
    json_decref(object);
    return r;
}
