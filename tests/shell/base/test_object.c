/* Objects that a thread keeps for the next ones. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/object.h"
#include "unit.h"

/* More than any thread keeps. */
#define MANY 200

static bool is_zero(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

START_TEST(each_is_new_whoever_had_its_memory)
{
    static const size_t sizes[] = {1, 8, 63, 64, 65, 552, OBJECT_MAX - 1, OBJECT_MAX};
    for (int i = 0; i < ROWS(sizes); i++) {
        char *objects[MANY];
        for (int round = 0; round < 3; round++) {
            for (int n = 0; n < MANY; n++) {
                objects[n] = object_new(sizes[i]);
                ck_assert_msg(is_zero(objects[n], sizes[i]), "%zu, round %d", sizes[i], round);
                memset(objects[n], 1 + n % 7, sizes[i]);
            }
            for (int n = 0; n < MANY; n++) {
                ck_assert(objects[n][0] == 1 + n % 7 && objects[n][sizes[i] - 1] == 1 + n % 7);
                object_free(objects[n], sizes[i]);
            }
        }
    }
    objects_drop();
}
END_TEST

/* Of one size that is rounded up to the same as another's, both are large enough. */
START_TEST(a_smaller_one_may_become_a_larger_one)
{
    char *small = object_new(65);
    memset(small, 'x', 65);
    object_free(small, 65);
    char *large = object_new(128);
    ck_assert(is_zero(large, 128));
    memset(large, 'y', 128);
    object_free(large, 128);
    object_free(NULL, 128);
    objects_drop();
}
END_TEST

static void *other_thread(void *object)
{
    object_free(object, 100);
    void *own = object_new(100);
    object_free(own, 100);
    objects_drop();
    return NULL;
}

START_TEST(it_may_be_given_back_by_another_thread)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, object_new(100)), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    char *next = object_new(100);
    ck_assert(is_zero(next, 100));
    object_free(next, 100);
    objects_drop();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("object");
    TCase *tc = tcase_create("object");
    tcase_add_test(tc, each_is_new_whoever_had_its_memory);
    tcase_add_test(tc, a_smaller_one_may_become_a_larger_one);
    tcase_add_test(tc, it_may_be_given_back_by_another_thread);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
