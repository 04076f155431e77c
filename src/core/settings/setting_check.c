/* See setting_check.h. A value is read into a struct that nobody uses, to hear what is said of it.
 */
#include "settings/setting_check.h"

#include <errno.h>
#include <stdio.h>

#include "settings/option_form.h"
#include "settings/option_value.h"
#include "settings/secret.h"
#include "text/string_list.h"
#include "text/suggest.h"
#include "text/utf8.h"

#define SHOWN_MAX            60
#define HEADER_PREFIX_LENGTH 7 /* "header." */

/* Any of the structs that a row's field can be in. */
union fields {
    struct config config;
    struct retry_policy retry;
    struct config_provider provider;
    struct config_model model;
};

bool setting_is_secret(const struct setting *setting)
{
    if (setting->option->type != OPTION_HEADER)
        return setting->option->secret;
    return secret_header(text_skip(text_of(setting->key), HEADER_PREFIX_LENGTH));
}

/* In a file the lines are checked before; variables and flags come as they are. */
static const char *wrong_bytes(struct text value)
{
    for (size_t i = 0; i < value.len;) {
        size_t n = utf8_length(value.at + i, value.len - i);
        if (n == 0)
            return "bytes that are not UTF-8";
        i += n;
    }
    return secret_has_control(value) ? "a control byte" : NULL;
}

static void offer_words(struct suggest *suggest, const struct option *option)
{
    for (const struct option_word *word = option->choices; word && word->word; word++)
        suggest_offer(suggest, word->word);
    for (unsigned i = 1; option->type == OPTION_CLASSES && i < FAILURE_COUNT; i++)
        if (option_classes(option) & FAILURE_BIT(i))
            suggest_offer(suggest, failure_word((enum failure)i));
}

static const char *find_suggestion(const struct option *option, struct text value)
{
    struct text item;
    while (string_list_item(&value, &item)) {
        struct suggest suggest = suggest_for(item);
        offer_words(&suggest, option);
        if (suggest.best && !text_equals(item, suggest.best))
            return suggest.best;
    }
    return NULL;
}

/* An address with an '@' may hold a password. */
static bool may_be_shown(const struct setting *setting)
{
    enum option_type type = setting->option->type;
    bool address = type == OPTION_BASE_URL || type == OPTION_CHECK_URL || type == OPTION_PROXY;
    return !setting_is_secret(setting) && !(address && strchr(setting->value, '@'));
}

static const char *generic_reason(int r)
{
    return r == -ERANGE ? "out of range" : "not valid";
}

static void tell(const struct setting *setting, const char *reason, struct report *report)
{
    char title[512], allowed[OPTION_ALLOWED_MAX], shown[SHOWN_MAX + 16] = "";
    bool secret = !may_be_shown(setting);
    struct text value = text_of(setting->value);
    const char *mean = secret ? NULL : find_suggestion(setting->option, value);
    bool hash = setting->origin.kind == ORIGIN_FILE && !secret && strstr(setting->value, " #");
    setting_title(setting, title, sizeof(title));
    option_allowed(setting->option, allowed, sizeof(allowed));
    if (!secret)
        (void)snprintf(shown, sizeof(shown), " = \"%.*s%s\"", SHOWN_MAX, setting->value,
                       value.len > SHOWN_MAX ? "..." : "");
    report_error(report, &setting->origin, "%s%s: %s; allowed: %s%s%s%s%s", title, shown, reason,
                 allowed, mean ? "; did you mean \"" : "", mean ? mean : "", mean ? "\"?" : "",
                 hash ? "; a comment behind a value begins with \" ;\"" : "");
}

bool setting_check(const struct setting *setting, struct report *report)
{
    union fields scratch;
    struct error why = ERROR_NONE;
    const char *bytes = setting->option->secret ? NULL : wrong_bytes(text_of(setting->value));
    if (bytes) {
        tell(setting, bytes, report);
        return false;
    }
    memset(&scratch, 0, sizeof(scratch));
    int r = option_store(setting->option, text_of(setting->value), &scratch, &why);
    if (r == 0) {
        option_release(setting->option, &scratch);
        return true;
    }
    if (r == -ENOMEM)
        report->out_of_memory = true;
    else
        tell(setting, error_is_set(&why) ? why.text : generic_reason(r), report);
    return false;
}
