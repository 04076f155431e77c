/* The records, found by what others know of them; and a request from one into another. */
#include "dialect/dialect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/count.h"

static const struct dialect *const dialects[] = {
#define X(id) &dialect_##id,
    DIALECT_LIST(X)
#undef X
};

size_t dialect_count(void)
{
    return COUNT(dialects);
}

const struct dialect *dialect_at(size_t n)
{
    return dialects[n];
}

const struct dialect *dialect_by_word(const char *word)
{
    for (size_t i = 0; word && i < COUNT(dialects); i++)
        if (strcmp(dialects[i]->word, word) == 0)
            return dialects[i];
    return NULL;
}

const struct dialect *dialect_asked(enum api_path path)
{
    for (size_t i = 0; i < COUNT(dialects); i++)
        if (dialects[i]->asked_on & 1u << path)
            return dialects[i];
    return NULL;
}

bool dialect_is_home(const struct dialect *dialect, struct text path)
{
    size_t len = dialect->home ? strlen(dialect->home) : 0;
    return len > 0 && text_starts(path, dialect->home) && (path.len == len || path.at[len] == '/');
}

const struct dialect *dialect_spoken(const struct kind *kind, enum api_path path)
{
    return dialect_by_word(kind->path[path].speaks);
}

bool dialect_translates(const struct kind *kind, enum api_path path)
{
    const struct dialect *spoken = dialect_spoken(kind, path);
    return spoken && spoken != dialect_asked(path);
}

struct dialect_writer *dialect_writer_new(const struct dialect_app *app,
                                          const struct dialect_writer *how)
{
    assert(app->writer_size >= sizeof(*how));
    struct dialect_writer *writer = calloc(1, app->writer_size);
    if (writer)
        *writer = *how;
    return writer;
}

void dialect_writer_free(const struct dialect_app *app, struct dialect_writer *writer)
{
    if (!writer)
        return;
    if (app->writer_done)
        app->writer_done(writer);
    jsonform_done(&writer->form);
    free(writer);
}

bool dialect_errs_alike(const struct dialect *a, const struct dialect *b)
{
    return (a ? a : &dialect_openai)->error_write == (b ? b : &dialect_openai)->error_write;
}

int dialect_error_write(const struct dialect *app, const struct dialect_error *error,
                        struct buf *out, int *ret_status)
{
    const struct dialect *told = app ? app : &dialect_openai;
    int r = told->error_write(error, out);
    if (r == 0)
        *ret_status = told->error_status ? told->error_status(error) : error->status;
    return r;
}

int dialect_translate_request(struct text body, const struct dialect_target *target,
                              struct buf *out, struct buf *dropped, struct error *reterr)
{
    struct chat_request request;
    const struct dialect_provider *provider = target->speaks->provider;
    chat_request_init(&request, dropped);
    request.carries = provider->carries;
    int r = target->app->app->request_read(body, &request, reterr);
    if (r == 0 && provider->pairs)
        r = chat_pair_results(&request);
    if (r == 0)
        r = provider->request_write(&request, target, out, reterr);
    chat_request_done(&request);
    return r;
}
