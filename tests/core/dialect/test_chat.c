/* What is dropped, messages and their parts, choices, and pieces that are used again. */
#include <errno.h>
#include <stdlib.h>

#include "dialect/chat.h"
#include "dialect/delta_row.h"
#include "text/count.h"
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

START_TEST(a_delta_is_used_again_with_its_memory)
{
    struct chat_delta delta;
    const struct chat_call call = {.name = text_of("f"), .arguments = text_of("{}")};
    chat_delta_init(&delta);
    ck_assert_int_eq(buf_append_string(&delta.strings, "hello"), 0);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, buf_text(&delta.strings)), 0);
    ck_assert_int_eq(chat_say_call(&delta, &call), 0);
    delta.finish = CHAT_FINISH_STOP;
    delta.done = true;
    delta.usage.prompt = 5;
    const struct chat_piece *pieces = delta.pieces;
    const char *memory = delta.strings.memory;
    chat_delta_reset(&delta);
    ck_assert_uint_eq(delta.piece_count, 0);
    ck_assert_uint_eq(delta.calls, 1); /* of the answer so far */
    ck_assert_int_eq(delta.usage.prompt, -1);
    ck_assert(delta.finish == CHAT_FINISH_NONE && !delta.done);
    ck_assert_int_eq(chat_say_call(&delta, &call), 0);
    ck_assert_ptr_eq(delta.pieces, pieces);
    ck_assert_uint_eq(delta.pieces[0].call, 1);
    ck_assert_int_eq(buf_append_string(&delta.strings, "again"), 0);
    ck_assert_ptr_eq(delta.strings.memory, memory);
    chat_delta_done(&delta);
    chat_delta_done(NULL);
}
END_TEST

START_TEST(what_is_empty_is_no_piece)
{
    struct chat_delta delta;
    chat_delta_init(&delta);
    ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_of("")), 0);
    ck_assert_uint_eq(delta.piece_count, 0);
    chat_delta_done(&delta);
}
END_TEST

/* Two calls whose arguments came in turn, between texts. */
START_TEST(pieces_are_joined_by_what_they_are_of)
{
    static const struct {
        enum chat_piece_kind kind;
        size_t call;
        const char *want;
    } joins[] = {
        {CHAT_PIECE_TEXT, 0, "ab"},       {CHAT_PIECE_TEXT, 7, "ab"},
        {CHAT_PIECE_REASONING, 0, "hm"},  {CHAT_PIECE_CALL_MORE, 0, "{1}"},
        {CHAT_PIECE_CALL_MORE, 1, "{2}"}, {CHAT_PIECE_CALL_MORE, 2, ""},
    };
    const struct chat_delta delta = {SAYS(
        SAID("a"), THOUGHT("hm"), CALL_BEGINS(0, "", "f"), CALL_BEGINS(1, "", "g"),
        CALL_MORE(0, "{1"), CALL_MORE(1, "{2"), CALL_MORE(0, "}"), CALL_MORE(1, "}"), SAID("b"))};
    for (size_t i = 0; i < COUNT(joins); i++) {
        struct buf out;
        buf_init(&out, 100);
        ck_assert_int_eq(chat_join(&delta, joins[i].kind, joins[i].call, &out), 0);
        ck_assert_msg(text_equals(buf_text(&out), joins[i].want), "%zu: %s", i, out.data);
        buf_done(&out);
    }
    ck_assert(chat_has_piece(&delta, CHAT_PIECE_CALL_MORE));
    ck_assert(!chat_has_piece(&delta, CHAT_PIECE_CALL_END));
}
END_TEST

#define TEXT_PART(literal)                                                                         \
    {                                                                                              \
        .kind = CHAT_PART_TEXT, .data = DELTA_TEXT(literal)                                        \
    }

static const struct {
    const char *name;
    struct chat_part parts[3];
    bool is_error;
    const char *text;
    const char *reasoning;
} said[] = {
    {"nothing", {{0}}, false, "", ""},
    {"texts are lines, but for empty ones",
     {TEXT_PART("a"), TEXT_PART(""), TEXT_PART("b")},
     false,
     "a\nb",
     ""},
    {"a document that is text has its title and context before it",
     {{.kind = CHAT_PART_DOCUMENT,
       .source = CHAT_SOURCE_TEXT,
       .data = DELTA_TEXT("all"),
       .title = DELTA_TEXT("T"),
       .context = DELTA_TEXT("c")},
      TEXT_PART("b")},
     false,
     "T\nc\nall\nb",
     ""},
    {"another one says nothing",
     {{.kind = CHAT_PART_DOCUMENT, .data = DELTA_TEXT("JVBE"), .title = DELTA_TEXT("T")}},
     false,
     "",
     ""},
    {"images and calls say nothing",
     {{.kind = CHAT_PART_IMAGE, .data = DELTA_TEXT("AAAA")},
      {.kind = CHAT_PART_CALL, .call = {.name = DELTA_TEXT("f")}},
      TEXT_PART("a")},
     false,
     "a",
     ""},
    {"thoughts are apart",
     {{.kind = CHAT_PART_REASONING, .data = DELTA_TEXT("x")},
      TEXT_PART("a"),
      {.kind = CHAT_PART_REASONING, .data = DELTA_TEXT("y")}},
     false,
     "a",
     "x\ny"},
    {"an error says so", {TEXT_PART("a"), TEXT_PART("b")}, true, "[tool error] a\nb", ""},
    {"and not again where it says so itself",
     {TEXT_PART("[tool error] a"), TEXT_PART("b")},
     true,
     "[tool error] a\nb",
     ""},
};

START_TEST(a_message_is_one_text)
{
    struct chat_message message = {.role = CHAT_ROLE_TOOL, .is_error = said[_i].is_error};
    struct buf text, reasoning;
    buf_init(&text, 100);
    buf_init(&reasoning, 100);
    for (size_t i = 0; i < 3; i++) {
        struct chat_part *part = chat_add_part(&message, said[_i].parts[i].kind);
        ck_assert_ptr_nonnull(part);
        *part = said[_i].parts[i];
    }
    ck_assert_int_eq(chat_message_text(&message, &text), 0);
    ck_assert_int_eq(chat_message_reasoning(&message, &reasoning), 0);
    ck_assert_msg(text_equals(buf_text(&text), said[_i].text), "%s: %s", said[_i].name, text.data);
    ck_assert_msg(text_equals(buf_text(&reasoning), said[_i].reasoning), "%s: %s", said[_i].name,
                  reasoning.data);
    free(message.parts);
    buf_done(&text);
    buf_done(&reasoning);
}
END_TEST

static void add_call(struct chat_request *request, const char *id, const char *name)
{
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_ASSISTANT);
    ck_assert_ptr_nonnull(message);
    struct chat_part *part = chat_add_part(message, CHAT_PART_CALL);
    ck_assert_ptr_nonnull(part);
    part->call = (struct chat_call){.id = text_of(id), .name = text_of(name)};
}

START_TEST(the_latest_call_of_an_id_is_meant)
{
    struct chat_request request;
    chat_request_init(&request, NULL);
    add_call(&request, "c", "f");
    add_call(&request, "c", "g");
    add_call(&request, "", "h");
    for (int i = 0; i < 9; i++)
        add_call(&request, "d", "i");
    ck_assert(text_equals(chat_call_name(&request, text_of("c")), "g"));
    ck_assert(text_equals(chat_call_name(&request, text_of("")), ""));
    ck_assert(text_equals(chat_call_name(&request, text_of("x")), ""));
    chat_request_done(&request);
}
END_TEST

static const struct {
    const char *name;
    unsigned carries;
    enum chat_choice choice;
    const char *tool;
    int r;
    const char *left; /* of the tools a and b */
    const char *dropped;
} choices[] = {
    {"as it likes", 0, CHAT_CHOICE_AUTO, "", 0, "ab", ""},
    {"one of them", 0, CHAT_CHOICE_ANY, "", 0, "ab", "tool_choice"},
    {"one of them, where that can be said", CHAT_CARRY_CHOICE, CHAT_CHOICE_ANY, "", 0, "ab", ""},
    {"that one", 0, CHAT_CHOICE_NAMED, "b", 0, "b", "tool_choice"},
    {"that one, where that can be said", CHAT_CARRY_CHOICE, CHAT_CHOICE_NAMED, "b", 0, "ab", ""},
    {"one that there is not", 0, CHAT_CHOICE_NAMED, "c", -EINVAL, "", "tool_choice"},
    {"one that there is not, either way", CHAT_CARRY_CHOICE, CHAT_CHOICE_NAMED, "c", -EINVAL, "ab",
     ""},
    {"none", 0, CHAT_CHOICE_NONE, "", 0, "", ""},
    {"none, where that can be said", CHAT_CARRY_CHOICE, CHAT_CHOICE_NONE, "", 0, "ab", ""},
};

START_TEST(a_choice_is_carried_or_told_as_far_as_it_goes)
{
    struct buf dropped;
    struct chat_request request;
    struct error why = ERROR_NONE;
    char left[3] = "";
    buf_init(&dropped, 100);
    chat_request_init(&request, &dropped);
    request.carries = choices[_i].carries;
    for (int i = 0; i < 2; i++) {
        struct chat_tool *tool = chat_add_tool(&request);
        ck_assert_ptr_nonnull(tool);
        tool->name = text_make(&"ab"[i], 1);
    }
    ck_assert_int_eq(
        chat_choose(&request, choices[_i].choice, text_of(choices[_i].tool), "tool_choice", &why),
        choices[_i].r);
    ck_assert_int_eq(error_is_set(&why), choices[_i].r < 0);
    for (size_t i = 0; i < request.tool_count; i++)
        left[i] = request.tools[i].name.at[0];
    ck_assert_str_eq(left, choices[_i].left);
    ck_assert_msg(text_equals(buf_text(&dropped), choices[_i].dropped), "%s: %s", choices[_i].name,
                  dropped.data);
    chat_request_done(&request);
    buf_done(&dropped);
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

static const struct {
    const char *dropped, *left;
    bool found;
} lists[] = {
    {"", "", false},
    {"a", "a", false},
    {"include", "", true},
    {"include, a", "a", true},
    {"a, include, b", "a, b", true},
    {"a, include", "a", true},
    {"included, a.include", "included, a.include", false},
};

START_TEST(a_name_is_taken_out_of_what_was_dropped)
{
    struct buf left;
    buf_init(&left, 64);
    ck_assert(chat_dropped_without(text_of(lists[_i].dropped), "include", &left) ==
              lists[_i].found);
    ck_assert_str_eq(buf_text(&left).at, lists[_i].left);
    buf_done(&left);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chat");
    TCase *tc = tcase_create("chat");
    tcase_add_loop_test(tc, what_is_dropped_is_listed, 0, ROWS(drops));
    tcase_add_test(tc, without_a_list_nothing_is_noted);
    tcase_add_test(tc, every_number_has_its_name);
    tcase_add_test(tc, a_delta_is_used_again_with_its_memory);
    tcase_add_test(tc, what_is_empty_is_no_piece);
    tcase_add_test(tc, pieces_are_joined_by_what_they_are_of);
    tcase_add_loop_test(tc, a_message_is_one_text, 0, ROWS(said));
    tcase_add_test(tc, the_latest_call_of_an_id_is_meant);
    tcase_add_loop_test(tc, a_choice_is_carried_or_told_as_far_as_it_goes, 0, ROWS(choices));
    tcase_add_loop_test(tc, a_name_is_taken_out_of_what_was_dropped, 0, ROWS(lists));
    tcase_add_test(tc, only_strings_have_text);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
