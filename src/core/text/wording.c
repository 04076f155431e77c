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

bool wording_fits(const char *message, const char *words)
{
    while (message && *words) {
        size_t len = strcspn(words, "*");
        message = wording_behind(message, words, len);
        words += len + (words[len] == '*');
    }
    return message != NULL;
}

bool wording_names(const char *message, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = message; (at = strstr(at, word)) != NULL; at++)
        if ((at == message || !text_is_word_byte(at[-1])) && !text_is_word_byte(at[len]))
            return true;
    return false;
}
