/*
 * An editor that fails, a full disk, a template that came out empty: what is left is a right file,
 * only of less. It must not open the door.
 */
#include "settings/config_reload.h"

bool config_may_replace(const struct config *now, const struct config *next, struct error *reterr)
{
    if (now->file_settings > 0 && next->file_settings == 0)
        error_set(reterr, "the settings file has lost all its settings; if that is meant, restart");
    else if (now->server.tokens.count > 0 && next->server.tokens.count == 0 &&
             !next->server.allow_unauthenticated)
        error_set(reterr, "[server] tokens are gone, and nobody would have to show one; if that is "
                          "meant, set allow_unauthenticated = yes");
    else
        return true;
    return false;
}
