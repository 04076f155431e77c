/* Random Messages of several rounds: a client that minds everything reads one message, and the same
 * as in a whole answer. A case that fails tells its number. */
#include "anthropic/anthropic_client.h"
#include "dialect/weave_story.h"
#include "unit.h"

static const char *const same[] = {"content", "stop_reason", "usage", "role", "type", "model"};

START_TEST(a_stream_says_what_a_whole_answer_says)
{
    for (uint64_t seed = 0; seed < WEAVE_STORY_CASES; seed++) {
        struct anthropic_client client;
        struct buf stream;
        json_t *joined = NULL;
        buf_init(&stream, 1 << 20);
        weave_story_run(&dialect_anthropic, seed, &stream, &joined);
        anthropic_client_init(&client);
        anthropic_take(&client, buf_text(&stream));
        ck_assert_msg(client.stopped, "%d: it has no end", (int)seed);
        for (size_t i = 0; i < COUNT(same); i++)
            ck_assert_msg(json_equal(json_object_get(client.message, same[i]),
                                     json_object_get(joined, same[i])),
                          "%d: %s differs: %s", (int)seed, same[i], stream.data);
        ck_assert_msg(!strstr(stream.data, "sky__"), "%d: %s", (int)seed, stream.data);
        anthropic_client_done(&client);
        json_decref(joined);
        buf_done(&stream);
    }
}
END_TEST

START_TEST(one_round_goes_out_as_it_came)
{
    for (uint64_t seed = 0; seed < WEAVE_STORY_CASES; seed++)
        weave_story_passes(&dialect_anthropic, seed);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("anthropic_rounds_property");
    TCase *tc = tcase_create("random");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_stream_says_what_a_whole_answer_says);
    tcase_add_test(tc, one_round_goes_out_as_it_came);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
