/*
 * Settings: a file, a variable and a flag. They load, or there is an error for people, which shows
 * no secret; what has loaded can be printed, in every form. Line ends do not matter.
 *
 *     variant | file, 0xff, variable, 0xff, flag
 */
#include <errno.h>

#include "config/config.h"
#include "fuzz.h"
#include "settings/settings.h"

#define SECRET "sk-CANARY-0123456789"

static int no_file(void *arg, const char *path, struct buf *out, struct error *reterr)
{
    (void)arg, (void)path, (void)out;
    error_set(reterr, "no such file");
    return -ENOENT;
}

static char *copy(struct text text)
{
    char *ret = calloc(1, text.len + 1);
    require(ret != NULL);
    if (text.len)
        memcpy(ret, text.at, text.len);
    return ret;
}

static void check_lines(const struct strings *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct text line = text_of(lines->at[i]);
        require(line.len > 0 && !holds(line, SECRET));
        for (size_t j = 0; j < line.len; j++)
            require((unsigned char)line.at[j] >= ' ' && line.at[j] != 0x7f);
    }
}

static void print(const struct config_source *source, const struct config_form *form,
                  struct buf *out)
{
    struct config_errors errors;
    size_t before = out->len;
    require(config_print(source, form, out, &errors) == 0);
    struct text printed = text_skip(buf_text(out), before);
    require(!holds(printed, SECRET));
    require(!form->json || is_object(printed));
    config_errors_done(&errors);
}

/* Adds all that can be seen of them to seen. */
static int load(const struct config_source *source, const struct config_form *form,
                struct buf *seen)
{
    struct config_errors errors;
    struct config *config = NULL;
    int r = config_load(source, &config, &errors);
    require(r == 0 || r == -EINVAL);
    require((r == 0) == (config != NULL) && (r == 0) == (errors.errors.count == 0));
    check_lines(&errors.errors);
    check_lines(&errors.warnings);
    for (size_t i = 0; i < errors.errors.count; i++)
        require(buf_printf(seen, "%s\n", errors.errors.at[i]) == 0);
    config_errors_done(&errors);
    config_free(config);
    if (r == 0)
        print(source, form, seen);
    return r;
}

static void with_crlf(struct text file, struct buf *out)
{
    for (size_t i = 0; i < file.len; i++)
        require(buf_append(out, file.at[i] == '\n' ? "\r\n" : &file.at[i],
                           file.at[i] == '\n' ? 2 : 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    uint8_t variant = take_byte(&input);
    struct text file = take_until(&input, '\xff');
    char *variable = copy(take_until(&input, '\xff')), *flag = copy(input);
    const char *const variables[] = {"OPENAI_API_KEY=" SECRET, variable, NULL};
    const char *const flags[] = {variant & 1 ? flag : NULL, NULL};
    struct config_source source = {.file_name = "f.ini",
                                   .file = file,
                                   .environ_ = variables,
                                   .flags = flags,
                                   .read_file = no_file};
    const struct config_form form = {.json = variant & 4, .changed = variant & 8};
    struct buf seen, again, crlf;
    buf_init(&seen, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    buf_init(&crlf, SIZE_MAX);
    if (!holds(text_make((const char *)data, size), "CANARY")) {
        int r = load(&source, &form, &seen);
        if (variant & 2 && !memchr(data, '\r', size)) {
            with_crlf(file, &crlf);
            source.file = buf_text(&crlf);
            require(load(&source, &form, &again) == r);
            require(same(buf_text(&seen), buf_text(&again)));
        }
    }
    buf_done(&seen);
    buf_done(&again);
    buf_done(&crlf);
    free(variable);
    free(flag);
    return 0;
}
