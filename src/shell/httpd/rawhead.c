/*
 * The fields lie where they were received: the library has only put NULs over the colon and over
 * CR and LF. So this is what an unaltered one looks like, and the next one begins where it ends:
 *
 *     H T T P / 1 . 1 \0 \0 N a m e \0 ' ' v a l u e \0 \0 ... \0 \0
 */
#include "httpd/rawhead.h"

#include <stdint.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Nothing but blanks between the name's NUL and the value: else it was moved, or hides a NUL. */
static bool is_beside_name(const struct header_field *field)
{
    uintptr_t name_end = (uintptr_t)(field->name.at + field->name.len) + 1;
    uintptr_t value = (uintptr_t)field->value.at;
    if (value < name_end)
        return false;
    for (uintptr_t left = value - name_end; left > 0; left--)
        if (!is_blank(field->value.at[-(intptr_t)left]))
            return false;
    return true;
}

/* CR LF, and then the next field; or CR LF CR LF. */
static bool ends_its_line(const char *end, const struct header_field *next)
{
    if (next)
        return end[1] == '\0' && next->name.at == end + 2;
    return end[1] == '\0' && end[2] == '\0' && end[3] == '\0';
}

bool rawhead_is_altered(const char *version, const struct header_field *fields, size_t count)
{
    const char *end = version + strlen(version);
    for (size_t i = 0; i < count; i++) {
        if (!ends_its_line(end, &fields[i]) || !is_beside_name(&fields[i]))
            return true;
        end = fields[i].value.at + fields[i].value.len;
    }
    return !ends_its_line(end, NULL);
}
