/* A provider's own secrets in what it says: some quote the key that they refuse. */
#ifndef UNDERSTUDY_MASK_H
#define UNDERSTUDY_MASK_H

#include <stddef.h>

#include "config/config.h"
#include "failure/provider_error.h"

/*
 * What is shorter is no secret, but may be a word of the answer; the mask must not be longer than
 * what it stands for.
 */
#define MASK_SECRET_MIN 4

/*
 * Replaces each secret that the settings hold for provider (its keys, and headers that carry one)
 * by "****" in place, also where it is written with JSON's escapes (RFC 8259, 7); secrets that
 * overlap are replaced by one. What is left of len; 0 when memory is out, and nothing is told then.
 * The time grows with len and hardly with the number of secrets.
 */
size_t mask_provider(const struct config_provider *provider, char *bytes, size_t len);

/* The same for a string that ends with a NUL. */
void mask_provider_string(const struct config_provider *provider, char *string);

/* The same for a field of so many bytes: where it is full it may have been cut, and what begins a
 * secret at its end becomes stars, too. */
void mask_provider_field(const struct config_provider *provider, char *field, size_t size);

/* The same for all texts of an error, which are cut where they are full. */
void mask_provider_error(const struct config_provider *provider, struct provider_error *error);

#endif
