/* The page for browsers says who serves; its first bytes will do. */
#include "door/neighbour.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "tell/front.h"

#define PATIENCE_MS 1000
#define ANSWER_MAX  4095

static bool is_our_page(int fd, int64_t end_ms)
{
    static const char question[] = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
                                   "Connection: close\r\n\r\n";
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    bool is_ours = dial_send(fd, text_of(question), end_ms) == 0 &&
                   dial_read(fd, &answer, end_ms) == 0 && answer.data &&
                   strstr(answer.data, FRONT_TITLE);
    buf_done(&answer);
    return is_ours;
}

bool neighbour_is_understudy(const struct config_listen *listen)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    int fd = listen->host ? dial_tcp(listen->host, listen->port, end_ms) : -1;
    if (fd < 0)
        return false;
    bool is_ours = is_our_page(fd, end_ms);
    close(fd);
    return is_ours;
}
