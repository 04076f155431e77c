/* Letters are ASCII's, as in all messages that are looked through. */
#include "text/wording.h"

#include <string.h>

#include "text/text.h"

const char *wording_behind(const char *message, const char *part, size_t len)
{
    for (; *message; message++)
        if (strncasecmp(message, part, len) == 0)
            return message + len;
    return NULL;
}

/* Does the message begin with these words? Behind a star they may stand anywhere in the rest. */
static bool begins(const char *message, const char *words)
{
    for (; *words && *words != '*'; words++, message++) {
        if (*words == '?') {
            for (; *message && !strchr(" \t\r\n", *message); message++)
                if (begins(message + 1, words + 1))
                    return true;
            return false;
        }
        if (text_lower(*message) != text_lower(*words))
            return false;
    }
    return !*words || wording_fits(message, words + 1);
}

bool wording_fits(const char *message, const char *words)
{
    while (!begins(message, words))
        if (!*message++)
            return false;
    return true;
}

bool wording_names(const char *message, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = message; (at = strstr(at, word)) != NULL; at++)
        if ((at == message || !text_is_word_byte(at[-1])) && !text_is_word_byte(at[len]))
            return true;
    return false;
}
