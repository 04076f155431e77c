/* Looking secrets up, and what is wrong with those that were copied badly. */
#include "settings/secret.h"

#include <errno.h>
#include <string.h>

#include "text/string_list.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A secret's file may be a little longer than the secret; what is much longer is not read whole. */
#define FILE_MAX 16384

enum place { PLACE_LITERAL, PLACE_ENVIRONMENT, PLACE_FILE, PLACE_CREDENTIAL };

static const struct {
    const char *prefix;
    enum place place;
} places[] = {
    {"env:", PLACE_ENVIRONMENT},
    {"file:", PLACE_FILE},
    {"credential:", PLACE_CREDENTIAL},
};

/* Takes the prefix off. */
static enum place place_of(struct text *text)
{
    for (size_t i = 0; i < COUNT(places); i++) {
        size_t len = strlen(places[i].prefix);
        if (text->len >= len && memcmp(text->at, places[i].prefix, len) == 0) {
            *text = text_skip(*text, len);
            return places[i].place;
        }
    }
    return PLACE_LITERAL;
}

bool secret_is_reference(struct text text)
{
    return place_of(&text) != PLACE_LITERAL;
}

bool secret_has_control(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
            return true;
    return false;
}

static struct text without_newline(struct text text)
{
    if (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.at[text.len - 1] == '\r')
        text.len--;
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool has_blanks_around(struct text secret)
{
    return is_blank(secret.at[0]) || is_blank(secret.at[secret.len - 1]);
}

static bool has_quotes_around(struct text secret)
{
    char first = secret.at[0];
    return secret.len > 1 && (first == '"' || first == '\'') && secret.at[secret.len - 1] == first;
}

static bool is_name_byte(char c)
{
    return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || text_is_digit(c) || c == '_';
}

/* "NAME=", "NAME = ", "export NAME=". A '=' at the end is base64's, and ends no name. */
static bool has_name_before(struct text secret)
{
    size_t n = 0;
    if (secret.len > 7 && memcmp(secret.at, "export ", 7) == 0)
        secret = text_skip(secret, 7);
    while (n < secret.len && is_name_byte(secret.at[n]))
        n++;
    if (n == 0 || text_is_digit(secret.at[0]))
        return false;
    while (n < secret.len && is_blank(secret.at[n]))
        n++;
    if (n == secret.len || secret.at[n] != '=')
        return false;
    while (n < secret.len && secret.at[n] == '=')
        n++;
    return n < secret.len;
}

static bool has_scheme_before(struct text secret)
{
    return text_starts_nocase(secret, "bearer ");
}

static bool has_mark_before(struct text secret)
{
    return secret.len >= 3 && memcmp(secret.at, "\xef\xbb\xbf", 3) == 0;
}

/* What comes along when a key is copied out of another file: sent as it is, it would be refused. */
static const struct {
    bool (*has)(struct text secret);
    const char *says;
} additions[] = {
    {has_blanks_around, "there are blanks around the secret: leave them out"},
    {has_quotes_around, "there are quotes around the secret: leave them out"},
    {has_name_before, "there is a NAME= before the secret: leave it out"},
    {has_scheme_before, "there is a \"Bearer\" before the secret: leave it out"},
    {has_mark_before, "there is a byte order mark before the secret: save it as plain text"},
};

static int check_bytes(struct text secret, enum secret_use use, struct error *reterr)
{
    size_t max = use == SECRET_KEY ? SECRET_MAX : SECRET_HEADER_MAX;
    for (size_t i = 0; use == SECRET_KEY && secret.len > 0 && i < COUNT(additions); i++) {
        if (!additions[i].has(secret))
            continue;
        error_set(reterr, "%s", additions[i].says);
        return -EINVAL;
    }
    if (secret.len == 0)
        error_set(reterr, "the secret is empty");
    else if (secret.len > max)
        error_set(reterr, "the secret has %zu bytes, %zu are the most", secret.len, max);
    else if (secret_has_control(secret))
        error_set(reterr, "the secret holds a control byte (a second line?)");
    else
        return 0;
    return -EINVAL;
}

static int check_credential(struct text name, struct error *reterr)
{
    if (!memchr(name.at, '/', name.len) && !text_equals(name, ".") && !text_equals(name, ".."))
        return 0;
    error_set(reterr, "a credential is named without its directory");
    return -EINVAL;
}

int secret_check(struct text text, struct error *reterr)
{
    struct text name = text;
    enum place place = place_of(&name);
    if (place == PLACE_LITERAL)
        return text.len == 0 ? 0 : check_bytes(without_newline(text), SECRET_KEY, reterr);
    if (name.len == 0) {
        error_set(reterr, "a reference to a secret that names nothing");
        return -EINVAL;
    }
    return place == PLACE_CREDENTIAL ? check_credential(name, reterr) : 0;
}

const char *secret_environment(const char *const *environ_, struct text name)
{
    for (size_t i = 0; environ_ && environ_[i]; i++)
        if (strncmp(environ_[i], name.at, name.len) == 0 && environ_[i][name.len] == '=')
            return environ_[i] + name.len + 1;
    return NULL;
}

static int copy_checked(struct text secret, enum secret_use use, char **ret, struct error *reterr)
{
    secret = without_newline(secret);
    int r = check_bytes(secret, use, reterr);
    if (r < 0)
        return r;
    *ret = strndup(secret.at, secret.len);
    return *ret ? 0 : -ENOMEM;
}

static int from_environment(struct text name, enum secret_use use,
                            const struct config_source *source, char **ret, struct error *reterr)
{
    const char *value = secret_environment(source->environ_, name);
    if (value)
        return copy_checked(text_of(value), use, ret, reterr);
    error_set(reterr, "the environment variable %.*s is not set", TEXT_ARG(name));
    return -EINVAL;
}

static int from_file(const char *path, enum secret_use use, const struct config_source *source,
                     char **ret, struct error *reterr)
{
    if (!source->read_file) {
        error_set(reterr, "files cannot be read here");
        return -EINVAL;
    }
    struct buf bytes;
    struct error why = ERROR_NONE;
    buf_init_secret(&bytes, FILE_MAX);
    int r = source->read_file(source->read_file_arg, path, &bytes, &why);
    if (r < 0 && r != -ENOMEM) {
        bool shell = path[0] == '~' || path[0] == '$';
        error_set(reterr, "%s%s", error_is_set(&why) ? why.text : strerror(-r),
                  shell ? "; neither ~ nor $NAME is replaced: write the whole path" : "");
        r = -EINVAL;
    } else if (r == 0) {
        r = copy_checked(buf_text(&bytes), use, ret, reterr);
    }
    buf_done(&bytes);
    return r;
}

/* An empty directory: name is the whole path. */
static int make_path(struct text directory, struct text name, struct buf *path,
                     struct error *reterr)
{
    int r = buf_append_text(path, directory);
    if (r == 0 && directory.len > 0)
        r = buf_append_string(path, "/");
    if (r == 0)
        r = buf_append_text(path, name);
    if (r != -EMSGSIZE)
        return r;
    error_set(reterr, "the path is longer than 4096 bytes");
    return -EINVAL;
}

int secret_resolve(struct text text, enum secret_use use, const struct config_source *source,
                   char **ret, struct error *reterr)
{
    enum place place = place_of(&text);
    *ret = NULL;
    if (place == PLACE_LITERAL)
        return copy_checked(text, use, ret, reterr);
    if (place == PLACE_ENVIRONMENT)
        return from_environment(text, use, source, ret, reterr);
    const char *directory = "";
    if (place != PLACE_FILE)
        directory = secret_environment(source->environ_, text_of("CREDENTIALS_DIRECTORY"));
    if (place != PLACE_FILE && (!directory || !directory[0])) {
        error_set(reterr, "$CREDENTIALS_DIRECTORY is not set: systemd's LoadCredential= passes it");
        return -EINVAL;
    }
    struct buf path;
    buf_init(&path, 4096);
    int r = make_path(text_of(directory), text, &path, reterr);
    if (r == 0)
        r = from_file(path.data, use, source, ret, reterr);
    buf_done(&path);
    return r;
}

bool secret_is_empty_credential(struct text text, const struct config_source *source)
{
    struct buf path, bytes;
    struct error why = ERROR_NONE;
    bool credential = place_of(&text) == PLACE_CREDENTIAL;
    const char *directory = secret_environment(source->environ_, text_of("CREDENTIALS_DIRECTORY"));
    if (!credential || !directory || !directory[0] || !source->read_file)
        return false;
    buf_init(&path, 4096);
    buf_init_secret(&bytes, FILE_MAX);
    bool empty = make_path(text_of(directory), text, &path, &why) == 0 &&
                 source->read_file(source->read_file_arg, path.data, &bytes, &why) == 0 &&
                 without_newline(buf_text(&bytes)).len == 0;
    buf_done(&bytes);
    buf_done(&path);
    return empty;
}

bool secret_header(struct text name)
{
    static const char *const words[] = {"authorization", "key", "token", "cookie", "secret"};
    for (; name.len > 0; name = text_skip(name, 1))
        for (size_t i = 0; i < COUNT(words); i++)
            if (text_starts_nocase(name, words[i]))
                return true;
    return false;
}
