/*
 * The page is made by asking: a request with the thing and one without it are translated, and their
 * difference is where the thing has gone. What makes no difference and is not named is silent.
 */
#include "tell/carried.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "dialect/dialect.h"
#include "json/jsonload.h"
#include "ollama/ollama.h"
#include "text/count.h"
#include "text/string_list.h"

#define REQUEST_MAX    (1u << 20)
#define PATH_MAX_BYTES 128

static const char page_head[] =
    "# What is carried from one dialect into another\n"
    "\n"
    "Where the provider speaks the app's dialect, a request goes on byte for byte. Where it does "
    "not, it is translated, and this page\n"
    "says what becomes of each thing that it may ask. It is made by `make docs`, which translates "
    "one request with the thing and one\n"
    "without it, by the code that does so in the daemon, and tells the difference:\n"
    "\n"
    "- `x` is where it stands there; `x[]` is an element of a list\n"
    "- *named* `x`: it is left out, or changed, and named so in the header `x-understudy-dropped` "
    "and in the log\n"
    "- *refused*: such a request is not sent there; it goes on to the next provider of the route\n"
    "- *silent*: it changes nothing that the app could see in the answer there, or the daemon does "
    "it itself; thoughts of before go\n"
    "  only where they can be taken back\n"
    "\n"
    "OpenAI is its own server and Azure's; others are those that speak its chat completions. "
    "Ollama is asked for a model that can do all.\n"
    "What is not in a table is not known here: it is named.\n";

/* Whom a request is written for. */
static const struct carried_target {
    const char *title;
    const char *type; /* as in the settings */
    bool official;
    const struct dialect *lacks; /* not every server of it can be asked so; it is asked in chat */
} targets[] = {
    {"OpenAI", "openai", true, NULL},
    {"others of its API", "openai", false, &dialect_responses},
    {"Anthropic", "anthropic", false, NULL},
    {"Ollama", "ollama", false, NULL},
};

static const struct carried_app {
    const char *dialect;
    const char *title;
    const char *request; /* that asks for nothing in particular */
} apps[] = {
    {"openai", "chat completions (`/v1/chat/completions`)",
     "{'model':'m','messages':[{'role':'user','content':'hi'}]}"},
    {"responses", "Responses (`/v1/responses`)", "{'model':'m','input':'hi'}"},
    {"anthropic", "Messages (`/v1/messages`)",
     "{'model':'m','max_tokens':9,'messages':[{'role':'user','content':'hi'}]}"},
    {"ollama", "Ollama's chat (`/api/chat`)",
     "{'model':'m','messages':[{'role':'user','content':'hi'}]}"},
    {"completions", "completions (`/v1/completions`)", "{'model':'m','prompt':'hi'}"},
    {"generate", "Ollama's generate (`/api/generate`)", "{'model':'m','prompt':'hi'}"},
};

/* In which dialect that provider is asked; NULL: in the app's, byte for byte. */
static const struct dialect *spoken_at(const struct dialect *app, const struct carried_target *to)
{
    int path = 0;
    while (!(app->asked_on & 1u << path))
        path++;
    const struct dialect *spoken =
        dialect_spoken(kind_by_word(text_of(to->type)), (enum api_path)path);
    if (spoken == app && app == to->lacks)
        return &dialect_openai;
    return spoken == app ? NULL : spoken;
}

/* ---- one translation */

struct translated {
    int r; /* of dialect_translate_request */
    struct buf out, dropped;
    struct error why;
    json_t *root;
};

static void translated_done(struct translated *translated)
{
    json_decref(translated->root);
    buf_done(&translated->out);
    buf_done(&translated->dropped);
}

/* Adds the members of a row, with ' for ". 0, -EINVAL, -ENOMEM. */
static int add_members(json_t *request, const char *members)
{
    char *text = members ? strdup(members) : NULL;
    if (!members)
        return 0;
    if (!text)
        return -ENOMEM;
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_auto_t *more = jsonload(text_of(text), NULL);
    free(text);
    return more && json_object_update(request, more) == 0 ? 0 : -EINVAL;
}

/* 0, and how it went is in *ret. -EINVAL: a row is no JSON. */
static int translate(const char *const rows[3], const struct dialect *app,
                     const struct carried_target *to, struct translated *ret)
{
    const struct dialect_target target = {
        .app = app,
        .speaks = spoken_at(app, to),
        .model = "m",
        .official = to->official,
        .capabilities_known = true,
        .capabilities = OLLAMA_CAN_COMPLETION | OLLAMA_CAN_TOOLS | OLLAMA_CAN_VISION |
                        OLLAMA_CAN_THINKING | OLLAMA_CAN_AUDIO,
    };
    json_auto_t *request = json_object();
    *ret = (struct translated){.why = ERROR_NONE};
    buf_init(&ret->out, REQUEST_MAX);
    buf_init(&ret->dropped, DIALECT_DROPPED_MAX);
    int r = request ? 0 : -ENOMEM;
    for (size_t i = 0; i < 3 && r == 0; i++)
        r = add_members(request, rows[i]);
    char *body = r == 0 ? json_dumps(request, JSON_COMPACT) : NULL;
    if (!body)
        return r < 0 ? r : -ENOMEM;
    ret->r = dialect_translate_request(text_of(body), &target, &ret->out, &ret->dropped, &ret->why);
    free(body);
    if (ret->r == 0)
        ret->root = jsonload(buf_text(&ret->out), NULL);
    return ret->r == 0 || ret->r == -EINVAL ? 0 : ret->r;
}

/* ---- the difference */

/* A list of paths, "`a.b`, `c[]`", each once. */
struct paths {
    struct buf *out;
    size_t begin; /* of the list in out */
    int r;
};

static void add_path(struct paths *paths, const char *path)
{
    char quoted[PATH_MAX_BYTES + 2];
    (void)snprintf(quoted, sizeof(quoted), "`%s`", path);
    struct text told = text_skip(buf_text(paths->out), paths->begin);
    if (paths->r < 0 || (told.len && memmem(told.at, told.len, quoted, strlen(quoted))))
        return;
    paths->r = buf_printf(paths->out, "%s%s", told.len ? ", " : "", quoted);
}

static void differ(const char *path, const json_t *without, const json_t *with,
                   struct paths *paths);

static void differ_objects(const char *path, const json_t *without, const json_t *with,
                           struct paths *paths)
{
    const char *name;
    json_t *value;
    char inner[PATH_MAX_BYTES];
    json_object_foreach ((json_t *)(uintptr_t)with, name, value) {
        (void)snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", name);
        differ(inner, json_object_get(without, name), value, paths);
    }
    json_object_foreach ((json_t *)(uintptr_t)without, name, value) {
        (void)snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", name);
        if (!json_object_get(with, name))
            add_path(paths, inner);
    }
}

static bool is_among(const json_t *array, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)(uintptr_t)array, i, one)
        if (json_equal(one, value))
            return true;
    return false;
}

/* The next element from *at on that the other one has not; NULL = there is none. */
static const json_t *next_other(const json_t *array, const json_t *other, size_t *at)
{
    while (*at < json_array_size(array)) {
        const json_t *one = json_array_get(array, (*at)++);
        if (!is_among(other, one))
            return one;
    }
    return NULL;
}

/* What is in both says nothing; the rest is compared in its order. */
static void differ_arrays(const char *path, const json_t *without, const json_t *with,
                          struct paths *paths)
{
    const json_t *had, *has;
    char inner[PATH_MAX_BYTES];
    (void)snprintf(inner, sizeof(inner), "%s[]", path);
    for (size_t a = 0, b = 0;;) {
        had = next_other(without, with, &a);
        has = next_other(with, without, &b);
        if (!had && !has)
            return;
        differ(inner, had, has, paths);
    }
}

static void differ(const char *path, const json_t *without, const json_t *with, struct paths *paths)
{
    bool kin = json_equal(json_object_get(without, "type"), json_object_get(with, "type")) ||
               (!json_object_get(without, "type") && !json_object_get(with, "type"));
    if (json_equal(without, with))
        return;
    if (json_is_object(without) && json_is_object(with) && kin)
        differ_objects(path, without, with, paths);
    else if (json_is_array(without) && json_is_array(with))
        differ_arrays(path, without, with, paths);
    else
        add_path(paths, path);
}

/* Names that are told with the thing, and not without it: "*named* `a`, `b`". */
static int print_names(struct text without, struct text with, const char *separator,
                       struct buf *out)
{
    struct text name;
    bool first = true;
    int r = 0;
    while (r == 0 && string_list_item(&with, &name)) {
        if (string_list_names(without, name))
            continue;
        r = buf_printf(out, "%s`%.*s`", first ? separator : ", ", TEXT_ARG(name));
        first = false;
    }
    return r;
}

static int print_difference(const struct translated *without, const struct translated *with,
                            struct buf *out)
{
    struct paths paths = {.out = out, .begin = out->len};
    if (with->r < 0)
        return buf_printf(out, "*refused*: %s", with->why.text);
    differ("", without->root, with->root, &paths);
    int r = paths.r;
    if (r == 0)
        r = print_names(buf_text(&without->dropped), buf_text(&with->dropped),
                        out->len > paths.begin ? "; *named* " : "*named* ", out);
    if (r == 0 && out->len == paths.begin)
        r = buf_append_string(out, "*silent*");
    return r;
}

/* ---- the tables */

/* What becomes of it there: rows without it, and with it. */
static int print_cell(const char *const plain[3], const char *const full[3],
                      const struct dialect *app, const struct carried_target *to, struct buf *out)
{
    struct translated without, with = {.r = 0};
    int r = translate(plain, app, to, &without);
    r = r < 0 ? r : without.r;
    if (r == 0) {
        r = translate(full, app, to, &with);
        r = r < 0 ? r : buf_append_string(out, " ");
        r = r < 0 ? r : print_difference(&without, &with, out);
        r = r < 0 ? r : buf_append_string(out, " |");
        translated_done(&with);
    }
    translated_done(&without);
    return r;
}

static int print_row(const struct carried_app *app, const struct carried_sample *sample,
                     struct buf *out)
{
    const struct dialect *dialect = dialect_by_word(app->dialect);
    const char *const plain[] = {app->request, sample->beside, NULL};
    const char *const full[] = {app->request, sample->beside, sample->members};
    const char *quote = strchr(sample->name, ' ') ? "" : "`";
    int r = buf_printf(out, "| %s%s%s |", quote, sample->name, quote);
    for (size_t i = 0; i < COUNT(targets) && r == 0; i++)
        if (spoken_at(dialect, &targets[i]))
            r = print_cell(plain, full, dialect, &targets[i], out);
    return r < 0 ? r : buf_append_string(out, "\n");
}

static int print_head(const struct carried_app *app, struct buf *out)
{
    const struct dialect *dialect = dialect_by_word(app->dialect);
    size_t columns = 1;
    int r = buf_printf(out, "\n## From %s\n\n| asked |", app->title);
    for (size_t i = 0; i < COUNT(targets) && r == 0; i++) {
        if (!spoken_at(dialect, &targets[i]))
            continue;
        columns++;
        r = buf_printf(out, " %s |", targets[i].title);
    }
    r = r < 0 ? r : buf_append_string(out, "\n|");
    for (size_t i = 0; i < columns && r == 0; i++)
        r = buf_append_string(out, "---|");
    return r < 0 ? r : buf_append_string(out, "\n");
}

int carried_print_markdown(struct buf *out)
{
    const struct carried_sample *sample;
    int r = buf_append_string(out, page_head);
    for (size_t a = 0; a < COUNT(apps) && r == 0; a++) {
        r = print_head(&apps[a], out);
        for (size_t i = 0; r == 0 && (sample = carried_sample_at(i)) != NULL; i++)
            if (strcmp(sample->app, apps[a].dialect) == 0)
                r = print_row(&apps[a], sample, out);
    }
    return r;
}
