/* PROVIDER:MODEL where PROVIDER is nearly the name of one: it would be taken for a model's name. */
#ifndef UNDERSTUDY_PROVIDER_HINT_H
#define UNDERSTUDY_PROVIDER_HINT_H

#include "config/config.h"
#include "text/text.h"

/*
 * The provider that was most likely meant by what stands before the first colon of model. NULL
 * where there is no colon, it names a provider rightly, or it is too far from all of them. borrowed
 * from config.
 */
const struct config_provider *provider_hint(const struct config *config, struct text model);

#endif
