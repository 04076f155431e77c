/* Checked in one pass that counts: letters, and what fills up behind them. Written in groups. */
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

int base64_write(struct text bytes, struct buf *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int r = 0;
    for (size_t i = 0; r == 0 && i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? (unsigned char)bytes.at[i + k] : 0);
        char group[4];
        for (size_t k = 0; k < 4; k++)
            group[k] = k <= have ? letters[bits >> (18 - 6 * k) & 63] : '=';
        r = buf_append(out, group, sizeof(group));
    }
    return r;
}

size_t base64_size(struct text data)
{
    while (data.len > 0 && data.at[data.len - 1] == '=')
        data.len--;
    return data.len / 4 * 3 + data.len % 4 * 3 / 4;
}
