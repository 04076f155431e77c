/*
 * Secrets of the settings: a literal, env:NAME, file:PATH, or credential:NAME (a file in the
 * directory that systemd names in $CREDENTIALS_DIRECTORY). No message ever holds one.
 */
#ifndef UNDERSTUDY_SECRET_H
#define UNDERSTUDY_SECRET_H

#include <stdbool.h>

#include "config/config.h"
#include "settings/settings.h"
#include "text/error.h"
#include "text/text.h"

/* Longer keys and tokens do not exist; what is longer is some other file. */
#define SECRET_MAX        512
#define SECRET_HEADER_MAX 8192

/* A key or token, which has a form of its own, or the whole value of a header. */
enum secret_use { SECRET_KEY, SECRET_HEADER };

/* Does it say where the secret is, rather than what it is? Then it may be shown. */
bool secret_is_reference(struct text text);

/* A byte that would end or break a header: below 0x20 or 0x7f. */
bool secret_has_control(struct text text);

/* Checks what can be checked without looking a reference up, of a key. 0 or -EINVAL and *reterr. */
int secret_check(struct text text, struct error *reterr) __attribute__((warn_unused_result));

/*
 * Looks it up in source's environment or through its read_file and gives a copy without one newline
 * at its end. 0 and *ret (freed with string_wipe), -EINVAL and *reterr when it cannot be read, is
 * empty, too long, holds control bytes, or, as a key, has around it what a key never has: blanks,
 * quotes, NAME=, "Bearer", a byte order mark; or -ENOMEM.
 */
int secret_resolve(struct text text, enum secret_use use, const struct config_source *source,
                   char **ret, struct error *reterr) __attribute__((warn_unused_result));

/*
 * A comma list of keys by preference, blanks around each left out: the same two for it. What a
 * reference names may be such a list, too. An empty entry, and none among others, is an error; in a
 * list errors name the key by its number. *ret_keys and *ret_from, which were empty, are filled
 * beside each other (string_list_done): ret_from has where a reference leads, for people ("KEY",
 * "/path", "the credential x"), and "" for a key that is written out.
 */
int secret_list_check(struct text text, struct error *reterr) __attribute__((warn_unused_result));
int secret_list_resolve(struct text text, const struct config_source *source,
                        struct strings *ret_keys, struct strings *ret_from, struct error *reterr)
    __attribute__((warn_unused_result));

/*
 * Is it a credential:NAME whose file is there and has nothing in it but a newline? The service's
 * unit hands over such a one where no key is stored.
 */
bool secret_is_empty_credential(struct text text, const struct config_source *source);

#endif
