/* Looking secrets up, and what is wrong with those that were copied badly. */
#include "settings/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/settings.h"
#include "text/count.h"
#include "text/string_list.h"

/* A secret's file may be a little longer than the secret; what is much longer is not read whole. */
#define FILE_MAX 16384

#define PATH_BYTES_MAX 4096

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
        if (text_starts(*text, places[i].prefix)) {
            *text = text_skip(*text, strlen(places[i].prefix));
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

/* "NAME=", "NAME = ", "export NAME=". A '=' at the end is base64's, and ends no name. */
static bool has_name_before(struct text secret)
{
    size_t n = 0;
    if (secret.len > 7 && text_starts(secret, "export "))
        secret = text_skip(secret, 7);
    while (n < secret.len && text_is_word_byte(secret.at[n]))
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

/* What comes along when a key is copied out of another file: sent as it is, it would be refused. */
static const char *find_addition(struct text secret)
{
    char first = secret.at[0], last = secret.at[secret.len - 1];
    if (is_blank(first) || is_blank(last))
        return "there are blanks around the secret: leave them out";
    if (secret.len > 1 && (first == '"' || first == '\'') && last == first)
        return "there are quotes around the secret: leave them out";
    if (has_name_before(secret))
        return "there is a NAME= before the secret: leave it out";
    if (text_starts_nocase(secret, "bearer "))
        return "there is a \"Bearer\" before the secret: leave it out";
    if (text_starts(secret, "\xef\xbb\xbf"))
        return "there is a byte order mark before the secret: save it as plain text";
    return NULL;
}

static int check_bytes(struct text secret, enum secret_use use, struct error *reterr)
{
    size_t max = use == SECRET_KEY ? SECRET_MAX : SECRET_HEADER_MAX;
    const char *addition = use == SECRET_KEY && secret.len > 0 ? find_addition(secret) : NULL;
    if (addition)
        error_set(reterr, "%s", addition);
    else if (secret.len == 0)
        error_set(reterr, "the secret is empty");
    else if (secret.len > max)
        error_set(reterr, "the secret has %zu bytes, %zu are the most", secret.len, max);
    else if (secret_has_control(secret))
        error_set(reterr, "the secret holds a control byte (a second line?)");
    else
        return 0;
    return -EINVAL;
}

int secret_check(struct text text, struct error *reterr)
{
    struct text name = text;
    enum place place = place_of(&name);
    if (place == PLACE_LITERAL)
        return text.len == 0 ? 0 : check_bytes(without_newline(text), SECRET_KEY, reterr);
    if (name.len == 0)
        error_set(reterr, "a reference to a secret that names nothing");
    else if (place == PLACE_CREDENTIAL &&
             (memchr(name.at, '/', name.len) || text_equals(name, ".") || text_equals(name, "..")))
        error_set(reterr, "a credential is named without its directory");
    else
        return 0;
    return -EINVAL;
}

/* NULL when it is not set. */
static const char *variable(const struct config_source *source, struct text name)
{
    for (const char *const *at = source->environ_; at && *at; at++)
        if (strncmp(*at, name.at, name.len) == 0 && (*at)[name.len] == '=')
            return *at + name.len + 1;
    return NULL;
}

/* The path of a file, or of a credential in its directory. 0, or -EINVAL and *reterr. */
static int find_file(enum place place, struct text name, const struct config_source *source,
                     char (*ret)[PATH_BYTES_MAX + 1], struct error *reterr)
{
    bool credential = place == PLACE_CREDENTIAL;
    const char *directory = credential ? variable(source, text_of("CREDENTIALS_DIRECTORY")) : NULL;
    int n = snprintf(*ret, sizeof(*ret), "%s%s%.*s", directory ? directory : "",
                     credential ? "/" : "", TEXT_ARG(name));
    if (credential && (!directory || !directory[0]))
        error_set(reterr, "$CREDENTIALS_DIRECTORY is not set: systemd's LoadCredential= passes it");
    else if (n < 0 || (size_t)n >= sizeof(*ret))
        error_set(reterr, "the path is longer than 4096 bytes");
    else if (!source->read_file)
        error_set(reterr, "files cannot be read here");
    else
        return 0;
    return -EINVAL;
}

static int from_file(const char *path, const struct config_source *source, char **ret,
                     struct error *reterr)
{
    struct buf bytes;
    struct error why = ERROR_NONE;
    buf_init_secret(&bytes, FILE_MAX);
    int r = source->read_file(source->read_file_arg, path, &bytes, &why);
    if (r < 0 && r != -ENOMEM) {
        bool shell = path[0] == '~' || path[0] == '$';
        error_set(reterr, "%s%s", error_is_set(&why) ? why.text : strerror(-r),
                  shell ? "; neither ~ nor $NAME is replaced: write the whole path" : "");
        r = -EINVAL;
    } else if (r == 0 && bytes.len > 0 && memchr(bytes.data, '\0', bytes.len)) {
        error_set(reterr, "the secret holds a control byte (a second line?)");
        r = -EINVAL;
    } else if (r == 0) {
        *ret = strndup(bytes.data ? bytes.data : "", bytes.len);
        r = *ret ? 0 : -ENOMEM;
    }
    buf_done(&bytes);
    return r;
}

/* What it is, or names, as it stands there: *ret is freed with string_wipe. */
static int look_up(struct text text, const struct config_source *source, char **ret,
                   struct error *reterr)
{
    enum place place = place_of(&text);
    char path[PATH_BYTES_MAX + 1];
    struct text value = text;
    if (place == PLACE_ENVIRONMENT) {
        value = text_of(variable(source, text));
        if (!value.at) {
            error_set(reterr, "the environment variable %.*s is not set", TEXT_ARG(text));
            return -EINVAL;
        }
    } else if (place != PLACE_LITERAL) {
        int r = find_file(place, text, source, &path, reterr);
        return r < 0 ? r : from_file(path, source, ret, reterr);
    }
    *ret = strndup(value.at, value.len);
    return *ret ? 0 : -ENOMEM;
}

int secret_resolve(struct text text, enum secret_use use, const struct config_source *source,
                   char **ret, struct error *reterr)
{
    char *value = NULL;
    *ret = NULL;
    int r = look_up(text, source, &value, reterr);
    if (r == 0) {
        struct text secret = without_newline(text_of(value));
        r = check_bytes(secret, use, reterr);
        if (r == 0)
            *ret = strndup(secret.at, secret.len);
        if (r == 0 && !*ret)
            r = -ENOMEM;
    }
    string_wipe(value);
    return r;
}

/* ---- lists */

/* The next entry, an empty one too; at the end false. The rest is at NULL behind the last. */
static bool next_entry(struct text *rest, struct text *ret)
{
    if (!rest->at)
        return false;
    const char *comma = rest->len ? memchr(rest->at, ',', rest->len) : NULL;
    size_t len = comma ? (size_t)(comma - rest->at) : rest->len;
    *ret = text_trim(text_make(rest->at, len));
    *rest = comma ? text_skip(*rest, len + 1) : (struct text){0};
    return true;
}

static bool is_list(struct text text)
{
    return text.len > 0 && memchr(text.at, ',', text.len);
}

/* One key of a list of several. */
static int check_entry(struct text entry, size_t number, struct error *reterr)
{
    if (number > API_KEYS_MAX)
        error_set(reterr, "%d keys are the most", API_KEYS_MAX);
    else if (entry.len == 0)
        error_set(reterr, "it is empty: there is a comma too many");
    else if (text_equals_nocase(entry, "none"))
        error_set(reterr, "none among others: is there a key or not?");
    else
        return 0;
    return -EINVAL;
}

/* Tells why, of one in a list by its number. */
static void tell_of_key(size_t number, bool listed, const struct error *why, struct error *reterr)
{
    if (error_is_set(why) && listed)
        error_set(reterr, "key %zu: %s", number, why->text);
    else if (error_is_set(why))
        error_set(reterr, "%s", why->text);
}

int secret_list_check(struct text text, struct error *reterr)
{
    struct text entry;
    int r = 0;
    if (!is_list(text))
        return secret_check(text, reterr);
    for (size_t number = 1; r == 0 && next_entry(&text, &entry); number++) {
        struct error why = ERROR_NONE;
        r = check_entry(entry, number, &why);
        if (r == 0)
            r = secret_check(entry, &why);
        tell_of_key(number, true, &why, reterr);
    }
    return r;
}

/* "KEY", "/path", "the credential x", "". */
static int add_place(struct text entry, struct strings *from)
{
    char place[PATH_BYTES_MAX + 16] = "";
    enum place where = place_of(&entry);
    if (where != PLACE_LITERAL)
        (void)snprintf(place, sizeof(place), "%s%.*s",
                       where == PLACE_CREDENTIAL ? "the credential " : "", TEXT_ARG(entry));
    return string_list_add(from, text_of(place));
}

struct listing {
    bool several; /* entries are in the settings */
    struct strings *keys, *from;
};

/* The keys in the value that an entry stands for. Blanks belong to a list only: around the one key
 * that is there they are a mistake. */
static int add_keys(const struct listing *listing, struct text entry, struct text value,
                    struct error *reterr)
{
    struct text key, rest = value;
    bool listed = listing->several || is_list(value);
    int r = 0;
    while (r == 0 && next_entry(&rest, &key)) {
        struct error why = ERROR_NONE;
        size_t number = listing->keys->count + 1;
        key = listed ? key : value;
        r = listed ? check_entry(key, number, &why) : 0;
        r = r < 0 ? r : check_bytes(key, SECRET_KEY, &why);
        r = r < 0 ? r : string_list_add(listing->keys, key);
        r = r < 0 ? r : add_place(entry, listing->from);
        tell_of_key(number, listed, &why, reterr);
    }
    return r;
}

int secret_list_resolve(struct text text, const struct config_source *source,
                        struct strings *ret_keys, struct strings *ret_from, struct error *reterr)
{
    const struct listing listing = {is_list(text), ret_keys, ret_from};
    struct text entry;
    int r = 0;
    while (r == 0 && next_entry(&text, &entry)) {
        struct error why = ERROR_NONE;
        char *value = NULL;
        r = look_up(entry, source, &value, &why);
        if (r == 0)
            r = add_keys(&listing, entry, without_newline(text_of(value)), reterr);
        else
            tell_of_key(ret_keys->count + 1, listing.several, &why, reterr);
        string_wipe(value);
    }
    return r;
}

bool secret_is_empty_credential(struct text text, const struct config_source *source)
{
    struct buf bytes;
    char path[PATH_BYTES_MAX + 1];
    enum place place = place_of(&text);
    if (place != PLACE_CREDENTIAL || find_file(place, text, source, &path, NULL) < 0)
        return false;
    buf_init_secret(&bytes, FILE_MAX);
    int r = source->read_file(source->read_file_arg, path, &bytes, &(struct error){{0}});
    bool empty = r == 0 && without_newline(buf_text(&bytes)).len == 0;
    buf_done(&bytes);
    return empty;
}
