/* Who keeps the settings, and who frees them. */
#include <stdlib.h>

#include "base/shared_config.h"
#include "settings/settings.h"
#include "unit.h"

static int freed;

void config_free(struct config *config)
{
    freed += config != NULL;
    free(config);
}

START_TEST(the_last_user_frees)
{
    struct config *config = calloc(1, sizeof(*config));
    struct shared_config *shared = shared_config_new_take(config);
    ck_assert_ptr_eq(shared->config, config);
    ck_assert_ptr_eq(shared_config_ref(shared), shared);
    shared_config_unref(shared);
    ck_assert_int_eq(freed, 0);
    shared_config_unref(shared);
    ck_assert_int_eq(freed, 1);
    shared_config_unref(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("shared_config");
    TCase *tc = tcase_create("shared_config");
    tcase_add_test(tc, the_last_user_frees);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
