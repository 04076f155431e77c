/* See ask_request.h. What is no text is refused here, before anybody is asked and paid. */
#include "ask/ask_request.h"

#include <errno.h>
#include <string.h>

#include "json/jsonwrite.h"
#include "settings/option.h"
#include "text/utf8.h"

bool ask_is_blank(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n\v\f", text.at[i]) || text.at[i] == '\0')
            return false;
    return true;
}

bool ask_is_setting(const char *system)
{
    size_t section = strcspn(system, ". "), name = strcspn(system, "=");
    if (system[name] != '=' || section >= name || system[section] == '\0')
        return false;
    enum option_section found;
    return option_section_find(text_make(system, section), &found) && !memchr(system, '\n', name);
}

/* from: who it came from, in words. */
static int check_text(struct text text, const char *from, struct error *reterr)
{
    size_t at = 0, n = 0;
    for (; at < text.len && text.at[at] != '\0'; at += n) {
        n = (unsigned char)text.at[at] < 0x80 ? 1 : utf8_length(text.at + at, text.len - at);
        if (n == 0)
            break;
    }
    if (at == text.len)
        return 0;
    if (text.at[at] == '\0')
        error_set(reterr, "%s holds a NUL at byte %zu: only text can be asked", from, at + 1);
    else
        error_set(reterr,
                  "%s is no UTF-8 from byte %zu on: only text can be asked; `iconv -t UTF-8` makes "
                  "it of another coding",
                  from, at + 1);
    return -EINVAL;
}

static int check_all(const struct ask_request *request, struct error *reterr)
{
    int r = check_text(text_of(request->model), "MODEL", reterr);
    r = r < 0 ? r : check_text(text_of(request->system), "SYSTEM", reterr);
    r = r < 0 ? r : check_text(request->text, "TEXT", reterr);
    r = r < 0 ? r : check_text(request->piped, "standard input", reterr);
    if (r < 0 || !ask_is_blank(request->text) || !ask_is_blank(request->piped))
        return r;
    error_set(reterr, "there is nothing to ask: TEXT is needed, or standard input");
    return -EINVAL;
}

static int join(const struct ask_request *request, struct buf *out)
{
    bool both = !ask_is_blank(request->text) && !ask_is_blank(request->piped);
    int r = ask_is_blank(request->text) ? 0 : buf_append_text(out, request->text);
    if (r == 0 && both)
        r = buf_append_string(out, "\n\n");
    return r < 0 || ask_is_blank(request->piped) ? r : buf_append_text(out, request->piped);
}

static void put_message(struct jsonwrite *json, const char *role, struct text content)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "role", text_of(role));
    jsonwrite_string(json, "content", content);
    jsonwrite_close(json, '}');
}

int ask_request_write(const struct ask_request *request, struct buf *out, struct error *reterr)
{
    struct jsonwrite json = jsonwrite_to(out);
    struct buf content;
    int r = check_all(request, reterr);
    if (r < 0)
        return r;
    buf_init(&content, request->text.len + request->piped.len + 2);
    r = join(request, &content);
    jsonwrite_open(&json, NULL, '{');
    if (request->model)
        jsonwrite_string(&json, "model", text_of(request->model));
    jsonwrite_open(&json, "messages", '[');
    if (request->system)
        put_message(&json, "system", text_of(request->system));
    put_message(&json, "user", buf_text(&content));
    jsonwrite_close(&json, ']');
    jsonwrite_bool(&json, "stream", true);
    if (request->usage)
        jsonwrite_raw(&json, "stream_options", text_of("{\"include_usage\":true}"));
    jsonwrite_close(&json, '}');
    buf_done(&content);
    return r < 0 ? r : json.r;
}
