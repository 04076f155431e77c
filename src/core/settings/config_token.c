/*
 * Tokens: those of [server] tokens, whose clients have no name, and those of [token NAME]. A secret
 * that is there twice would leave open whose it is, so it is an error; so is a section without one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settings/secret.h"
#include "settings/setting.h"

/* Of a key, too: secrets are looked up only where it is known which one wins. */
void config_tell_secret(const struct setting_set *set, const struct setting *setting, int r,
                        const struct error *why)
{
    if (r == -ENOMEM)
        set->report->out_of_memory = true;
    else
        report_error(set->report, &setting->origin,
                     "%s: %s; allowed: a secret of 1 to %d bytes without control bytes, env:NAME, "
                     "file:PATH or credential:NAME",
                     SETTING_TITLE(setting), why->text, SECRET_MAX);
}

struct token_fill {
    struct config_server *server;
    const struct setting_set *set;
    const struct config_source *source;
};

/* Whose secret is that already? "[server] tokens", "[token NAME]"; NULL = nobody's. */
static bool is_taken(const struct token_fill *fill, const char *secret, struct error *ret)
{
    const struct config_server *server = fill->server;
    for (size_t i = 0; i < server->named_token_count; i++) {
        const struct config_token *token = &server->named_tokens[i];
        if (token->secret && strcmp(token->secret, secret) == 0) {
            error_set(ret, "the same secret as that of [token %s]", token->name);
            return true;
        }
    }
    if (string_list_has(&server->tokens, text_of(secret)))
        error_set(ret, "the same secret as one of [server] tokens");
    return error_is_set(ret);
}

/* The secret of one entry, or what is wrong with it, told. 0 and *ret, NULL where it is wrong. */
static int take_secret(const struct token_fill *fill, const struct setting *setting,
                       struct text entry, char **ret)
{
    struct error why = ERROR_NONE, twice = ERROR_NONE;
    int r = secret_resolve(entry, SECRET_KEY, fill->source, ret, &why);
    if (r < 0) {
        config_tell_secret(fill->set, setting, r, &why);
        return r == -ENOMEM ? r : 0;
    }
    if (!is_taken(fill, *ret, &twice))
        return 0;
    report_error(fill->set->report, &setting->origin,
                 "%s: %s; allowed: each secret once, so that it tells whose it is",
                 SETTING_TITLE(setting), twice.text);
    string_wipe(*ret);
    *ret = NULL;
    return 0;
}

static int fill_nameless(const struct token_fill *fill)
{
    const struct setting *setting = setting_find(fill->set, SECTION_SERVER, NULL, "tokens");
    struct text entry, rest = text_of(setting ? setting->value : "none");
    int r = 0;
    if (text_equals_nocase(rest, "none"))
        return 0;
    while (r == 0 && string_list_item(&rest, &entry)) {
        char *secret = NULL;
        r = take_secret(fill, setting, entry, &secret);
        if (r == 0 && secret)
            r = string_list_add(&fill->server->tokens, text_of(secret));
        string_wipe(secret);
    }
    return r;
}

/* What a row says: the value of the setting, else its default. */
static int fill_field(const struct token_fill *fill, const struct option *option,
                      struct config_token *token)
{
    const struct setting *setting =
        setting_find(fill->set, SECTION_TOKEN, token->name, option->key);
    const char *value = setting ? setting->value : option->value;
    return value ? option_store(option, text_of(value), token, NULL) : 0;
}

/* Told at the section where no setting tells of it. */
static int fill_secret(const struct token_fill *fill, const struct origin *origin,
                       struct config_token *token)
{
    const struct setting *setting = setting_find(fill->set, SECTION_TOKEN, token->name, "secret");
    struct text value = text_of(setting ? setting->value : "");
    if (value.len > 0 && !text_equals_nocase(value, "none")) {
        char *secret = NULL; /* not its own before it was held against all there are */
        int r = take_secret(fill, setting, value, &secret);
        token->secret = secret;
        return r;
    }
    if (!setting_is_bad(fill->set, SECTION_TOKEN, token->name, "secret"))
        report_error(fill->set->report, setting ? &setting->origin : origin,
                     "[token %s] secret is needed; allowed: the secret itself, env:NAME, file:PATH "
                     "or credential:NAME",
                     token->name);
    return 0;
}

static int fill_named(const struct token_fill *fill)
{
    const struct strings *names = &fill->set->tokens;
    struct config_server *server = fill->server;
    int r = 0;
    server->named_tokens =
        names->count ? calloc(names->count, sizeof(*server->named_tokens)) : NULL;
    if (names->count && !server->named_tokens)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < names->count; i++) {
        struct config_token *token = &server->named_tokens[i];
        token->name = strdup(names->at[i]);
        if (!token->name)
            return -ENOMEM;
        server->named_token_count++;
        OPTION_EACH (option, SECTION_TOKEN)
            r = r < 0 ? r : fill_field(fill, option, token);
        r = r < 0 ? r : fill_secret(fill, &fill->set->token_origin[i], token);
    }
    return r;
}

int config_token_fill(struct config *config, const struct setting_set *set,
                      const struct config_source *source)
{
    const struct token_fill fill = {&config->server, set, source};
    int r = fill_nameless(&fill);
    return r < 0 ? r : fill_named(&fill);
}

void config_token_done(struct config_server *server)
{
    for (size_t i = 0; i < server->named_token_count; i++) {
        struct config_token *token = &server->named_tokens[i];
        OPTION_EACH (option, SECTION_TOKEN)
            option_release(option, token);
        string_wipe(token->secret);
        free(token->name);
    }
    free(server->named_tokens);
    string_list_done(&server->tokens);
}
