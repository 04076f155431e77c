/* See tool_end.h. */
#include "tools/tool_end.h"

const char *tool_end_word(enum tool_end end)
{
    static const char *const words[] = {
#define X(id, word, meaning) [TOOL_##id] = (word),
        TOOL_ENDS(X)
#undef X
    };
    return words[end];
}
