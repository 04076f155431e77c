/* What OpenSSL is given, and what becomes of it. Where libcurl has another library for TLS,
 * nothing. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "machine/memory.h"
#include "unit.h"

/* Of a record, as OpenSSL 3 asks for it; and how many are kept. */
#define RECORD 16709
#define KEPT   4

static void *(*get)(size_t size, const char *file, int line);
static void (*give_back)(void *memory, const char *file, int line);

static void setup(void)
{
    memory_set_up();
    *(void **)&get = dlsym(RTLD_DEFAULT, "CRYPTO_malloc");
    *(void **)&give_back = dlsym(RTLD_DEFAULT, "CRYPTO_free");
}

static bool has_openssl(void)
{
    return get && give_back;
}

START_TEST(a_record_is_read_to_where_the_one_before_was)
{
    if (!has_openssl())
        return;
    void *first = get(RECORD, "", 0);
    memset(first, 'k', RECORD);
    give_back(first, "", 0);
    void *small = get(100, "", 0);
    ck_assert_ptr_ne(small, first);
    ck_assert_ptr_eq(get(RECORD, "", 0), first);
    give_back(small, "", 0);
    give_back(first, "", 0);
    memory_forget();
}
END_TEST

START_TEST(what_is_larger_than_all_that_are_kept_is_had_anew)
{
    if (!has_openssl())
        return;
    void *small = get(RECORD, "", 0);
    give_back(small, "", 0);
    char *large = get(RECORD + 1000, "", 0);
    ck_assert_ptr_ne(large, small);
    memset(large, 'k', RECORD + 1000);
    give_back(large, "", 0);
    memory_forget();
}
END_TEST

/* It was lent when the key in it was replaced. */
START_TEST(what_openssl_has_when_all_is_forgotten_is_not_used_again)
{
    if (!has_openssl())
        return;
    char *old = get(RECORD, "", 0);
    memcpy(old + 9000, "sk-OLD", 6);
    give_back(old, "", 0);
    ck_assert_ptr_eq(get(RECORD, "", 0), old);
    char *other = get(RECORD, "", 0);
    memory_forget();
    give_back(old, "", 0);
    void *new = get(RECORD, "", 0);
    ck_assert(!memmem(new, RECORD, "sk-OLD", 6));
    give_back(new, "", 0);
    give_back(other, "", 0); /* the last one: from here on they are kept again */
    void *next = get(RECORD, "", 0);
    give_back(next, "", 0);
    ck_assert_ptr_eq(get(RECORD, "", 0), next);
    give_back(next, "", 0);
    memory_forget();
}
END_TEST

static void *read_a_record(void *arg)
{
    (void)arg;
    give_back(get(RECORD, "", 0), "", 0);
    return NULL;
}

/* Who counts as lost what a thread has kept, a sanitizer does, tells of it. */
START_TEST(a_thread_that_ends_leaves_none)
{
    pthread_t thread;
    if (!has_openssl())
        return;
    ck_assert_int_eq(pthread_create(&thread, NULL, read_a_record, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* More of them than it keeps, forgotten twice: a sanitizer tells of any that is lost. */
START_TEST(none_is_lost)
{
    void *pieces[KEPT + 2];
    if (!has_openssl())
        return;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < KEPT + 2; i++)
            pieces[i] = get(RECORD, "", 0);
        for (int i = 0; i < KEPT + 2; i++)
            give_back(pieces[i], "", 0);
        memory_forget();
        memory_forget();
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("memory");
    TCase *tc = tcase_create("memory");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_record_is_read_to_where_the_one_before_was);
    tcase_add_test(tc, what_is_larger_than_all_that_are_kept_is_had_anew);
    tcase_add_test(tc, what_openssl_has_when_all_is_forgotten_is_not_used_again);
    tcase_add_test(tc, a_thread_that_ends_leaves_none);
    tcase_add_test(tc, none_is_lost);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
