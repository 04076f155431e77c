/* See front.h. The Host is the client's text: only the bytes of a name or an address get through.
 */
#include "tell/front.h"

/* The default of [server] listen. */
#define DEFAULT_ADDRESS "127.0.0.1:11411"

static bool is_address_byte(char c)
{
    char lower = text_lower(c);
    return text_is_digit(c) || (lower >= 'a' && lower <= 'z') || (c != '\0' && strchr(".-_:[]", c));
}

static struct text address(struct text host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!is_address_byte(host.at[i]))
            return text_of(DEFAULT_ADDRESS);
    return host.len ? host : text_of(DEFAULT_ADDRESS);
}

int front_page(struct text host, struct buf *out)
{
    return buf_printf(
        out,
        "<!doctype html>\n"
        "<html lang=\"en\">\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>understudy</title>\n"
        "<style>body{font:1.1em/1.5 sans-serif;max-width:36em;margin:3em auto;padding:0 1em}"
        "code{background:#8882;padding:.2em .4em}:root{color-scheme:light dark}</style>\n"
        "<h1>" FRONT_TITLE "</h1>\n"
        "<p>Give this address to your app as OpenAI's base URL:</p>\n"
        "<p><code>http://%.*s/v1</code></p>\n"
        "<p>Apps of Ollama's take it without /v1.</p>\n"
        "<p><a href=\"/status\">What is going on</a></p>\n"
        "</html>\n",
        TEXT_ARG(address(host)));
}
