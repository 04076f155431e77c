/* Random responses of several rounds: a client that minds everything reads one response, and the
 * same as in a whole answer. A case that fails tells its number. */
#include "dialect/weave_story.h"
#include "responses/responses_client.h"
#include "unit.h"

static const char *const same[] = {"output", "status", "incomplete_details", "usage", "model"};

START_TEST(a_stream_says_what_a_whole_answer_says)
{
    for (uint64_t seed = 0; seed < WEAVE_STORY_CASES; seed++) {
        struct responses_client client;
        struct buf stream;
        json_t *joined = NULL;
        buf_init(&stream, 1 << 20);
        weave_story_run(&dialect_responses, seed, &stream, &joined);
        responses_client_init(&client);
        responses_take(&client, &stream);
        ck_assert_msg(client.last, "%d: it has no end", (int)seed);
        for (size_t i = 0; i < COUNT(same); i++)
            ck_assert_msg(
                json_equal(json_object_get(client.last, same[i]), json_object_get(joined, same[i])),
                "%d: %s differs", (int)seed, same[i]);
        char *items = json_dumps(client.items, 0);
        ck_assert_msg(!strstr(items, "sky__"), "%d: %s", (int)seed, items);
        free(items);
        responses_client_done(&client);
        json_decref(joined);
        buf_done(&stream);
    }
}
END_TEST

START_TEST(one_round_goes_out_as_it_came)
{
    for (uint64_t seed = 0; seed < WEAVE_STORY_CASES; seed++)
        weave_story_passes(&dialect_responses, seed);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_rounds_property");
    TCase *tc = tcase_create("random");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_stream_says_what_a_whole_answer_says);
    tcase_add_test(tc, one_round_goes_out_as_it_came);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
