/* One pass that counts: letters, and what fills up behind them. */
#include "text/base64.h"

#include <errno.h>

static bool is_letter(char c)
{
    return text_is_digit(c) || text_is_letter(c) || c == '+' || c == '/';
}

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

static bool is_base64(struct text data)
{
    size_t letters = 0, fill = 0;
    for (size_t i = 0; i < data.len; i++) {
        if (data.at[i] == '=')
            fill++;
        else if (is_letter(data.at[i]) && fill == 0)
            letters++;
        else if (!is_line_end(data.at[i]))
            return false;
    }
    return letters > 0 && fill <= 2 && (letters + fill) % 4 == 0;
}

int base64_check(struct text data, struct error *reterr)
{
    if (is_base64(data))
        return 0;
    error_set(reterr, data.len ? "data that is not base64" : "data that is empty");
    return -EINVAL;
}
