/* Who has a port: this very process, by both families, and nobody. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/portholder.h"
#include "unit.h"

/* A socket of that family on a port that the kernel chooses. */
static int bound(int family, uint16_t *ret_port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *address =
        family == AF_INET ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, address, len) < 0)
        return -1; /* a machine without IPv6 */
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&v6, &len), 0);
    *ret_port = ntohs(v6.sin6_port); /* at the same place in both */
    return fd;
}

START_TEST(it_is_named)
{
    char holder[128], mine[64];
    uint16_t port = 0;
    int fd;
    for (;;) { /* until nobody has it in the other family */
        fd = bound(_i ? AF_INET6 : AF_INET, &port);
        if (fd < 0)
            return;
        portholder_find(port, holder, sizeof(holder)); /* bound is not listening */
        if (holder[0] == '\0')
            break;
        ck_assert_ptr_null(strstr(holder, "test_portholder"));
        close(fd);
    }
    ck_assert_int_eq(listen(fd, 1), 0);
    portholder_find(port, holder, sizeof(holder));
    (void)snprintf(mine, sizeof(mine), "test_portholder, process %d", (int)getpid());
    ck_assert_str_eq(holder, mine);
    portholder_find(port, holder, 8);
    ck_assert_str_eq(holder, "test_po");
    close(fd);
}
END_TEST

START_TEST(a_name_cannot_command_a_terminal)
{
    char holder[128], mine[64];
    uint16_t port = 0;
    int fd = bound(AF_INET, &port);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(prctl(PR_SET_NAME, "a\x1b[2Jb"), 0);
    portholder_find(port, holder, sizeof(holder));
    (void)snprintf(mine, sizeof(mine), "a?[2Jb, process %d", (int)getpid());
    ck_assert_str_eq(holder, mine);
    close(fd);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("portholder");
    TCase *tc = tcase_create("portholder");
    tcase_add_loop_test(tc, it_is_named, 0, 2);
    tcase_add_test(tc, a_name_cannot_command_a_terminal);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
