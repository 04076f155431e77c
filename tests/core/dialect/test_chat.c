/* The list of what was dropped, and pieces that are used again. */
#include "dialect/chat.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *fields[4];
    size_t room;
    const char *list;
} drops[] = {
    {"nothing", {NULL}, 100, ""},
    {"one", {"a"}, 100, "a"},
    {"several", {"a", "b", "c"}, 100, "a, b, c"},
    {"each once", {"a", "b", "a"}, 100, "a, b"},
    {"the begin of another is another", {"stop", "sto", "top"}, 100, "stop, sto, top"},
    {"what fits no header", {"a\r\nb", "c d", "\xc3\xa9"}, 100, "other"},
    {"an empty name", {""}, 100, "other"},
    {"a name of 65 letters",
     {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg"},
     100,
     "other"},
    {"no room for one more leaves no comma", {"abc", "def", "g"}, 6, "abc, g"},
    {"no room at all", {"abc"}, 2, ""},
};

START_TEST(what_is_dropped_is_listed)
{
    struct buf dropped;
    struct chat_request request;
    buf_init(&dropped, drops[_i].room);
    chat_request_init(&request, &dropped);
    for (size_t i = 0; i < 4 && drops[_i].fields[i]; i++)
        chat_drop(&request, drops[_i].fields[i]);
    ck_assert_msg(text_equals(buf_text(&dropped), drops[_i].list), "%s: %s", drops[_i].name,
                  dropped.data);
    chat_request_done(&request);
    buf_done(&dropped);
}
END_TEST

START_TEST(without_a_list_nothing_is_noted)
{
    struct chat_request request;
    chat_request_init(&request, NULL);
    chat_drop(&request, "a");
    chat_request_done(&request);
    chat_request_done(NULL);
}
END_TEST

START_TEST(every_number_has_its_name)
{
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++)
        ck_assert_ptr_nonnull(chat_number_name((enum chat_number_id)id));
    ck_assert_str_eq(chat_number_name(CHAT_NUMBER_SEED), "seed");
    ck_assert(chat_number_whole(CHAT_NUMBER_SEED));
    ck_assert(!chat_number_whole(CHAT_NUMBER_TOP_P));
    ck_assert_int_eq(CHAT_NUMBER_REPEAT_LAST_N, CHAT_NUMBER_COUNT - 1);
}
END_TEST

START_TEST(a_piece_is_used_again_with_its_memory)
{
    struct chat_delta delta;
    chat_delta_init(&delta);
    ck_assert_int_eq(buf_append_string(&delta.strings, "hello"), 0);
    for (int i = 0; i < 9; i++)
        ck_assert_ptr_nonnull(chat_delta_add_call(&delta));
    delta.content = buf_text(&delta.strings);
    delta.finish = CHAT_FINISH_STOP;
    const struct chat_call *calls = delta.calls;
    const char *memory = delta.strings.memory;
    chat_delta_reset(&delta);
    ck_assert_uint_eq(delta.call_count, 0);
    ck_assert_uint_eq(delta.content.len, 0);
    ck_assert_int_eq(delta.finish, CHAT_FINISH_NONE);
    struct chat_call *call = chat_delta_add_call(&delta);
    ck_assert_ptr_eq(call, calls);
    ck_assert_uint_eq(call->name.len, 0);
    ck_assert_int_eq(buf_append_string(&delta.strings, "again"), 0);
    ck_assert_ptr_eq(delta.strings.memory, memory);
    chat_delta_done(&delta);
    chat_delta_done(NULL);
}
END_TEST

START_TEST(only_strings_have_text)
{
    json_t *string = json_stringn("a\0b", 3);
    json_t *number = json_integer(5);
    ck_assert_uint_eq(chat_json_text(string).len, 3);
    ck_assert_uint_eq(chat_json_text(number).len, 0);
    ck_assert_uint_eq(chat_json_text(NULL).len, 0);
    json_decref(string);
    json_decref(number);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chat");
    TCase *tc = tcase_create("chat");
    tcase_add_loop_test(tc, what_is_dropped_is_listed, 0, (int)(sizeof(drops) / sizeof(drops[0])));
    tcase_add_test(tc, without_a_list_nothing_is_noted);
    tcase_add_test(tc, every_number_has_its_name);
    tcase_add_test(tc, a_piece_is_used_again_with_its_memory);
    tcase_add_test(tc, only_strings_have_text);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
