/* Which kind a character belongs to. */
#include "text/count.h"
#include "tokens/ollama_tokens.h"
#include "unit.h"

static const struct {
    const char *name;
    uint32_t character;
    enum ollama_kind kind;
} rows[] = {
    {"a sign of Latin-1", 0xb0, OLLAMA_KIND_SYMBOLS},
    {"the first after ASCII", 0x80, OLLAMA_KIND_SYMBOLS},
    {"a German letter", 0xdf, OLLAMA_KIND_WORDS},
    {"a Vietnamese letter", 0x1ea5, OLLAMA_KIND_WORDS},
    {"a Russian letter", 0x436, OLLAMA_KIND_ALPHABETS},
    {"an Arabic letter", 0x645, OLLAMA_KIND_ALPHABETS},
    {"a letter of Hindi", 0x915, OLLAMA_KIND_ALPHABETS},
    {"an arrow", 0x2192, OLLAMA_KIND_SYMBOLS},
    {"a Japanese syllable", 0x3042, OLLAMA_KIND_IDEOGRAPHS},
    {"a Korean syllable", 0xd55c, OLLAMA_KIND_IDEOGRAPHS},
    {"a Chinese character", 0x4f60, OLLAMA_KIND_IDEOGRAPHS},
    {"an emoji", 0x1f600, OLLAMA_KIND_SYMBOLS},
    {"the last of all", 0x10ffff, OLLAMA_KIND_SYMBOLS},
};

START_TEST(characters_have_a_kind)
{
    struct ollama_script script = ollama_script_of(rows[_i].character);
    ck_assert_msg(script.kind == rows[_i].kind, "%s: %d", rows[_i].name, (int)script.kind);
    ck_assert_int_gt(script.hundredths, 0);
}
END_TEST

/* The same in all of GB 2312, Big5 and JIS X 0208; in none; the ends of the block. */
START_TEST(rare_han_is_cut_into_more)
{
    static const uint32_t common[] = {0x4e00, 0x4eba, 0x7684, 0x9f8d, 0x9f99, 0x6771};
    static const uint32_t rare[] = {0x4e02, 0x9fa5, 0x9fff, 0x8b9f};
    for (size_t i = 0; i < COUNT(common); i++)
        ck_assert_msg(ollama_script_of(common[i]).hundredths < 100, "U+%04X", common[i]);
    for (size_t i = 0; i < COUNT(rare); i++)
        ck_assert_msg(ollama_script_of(rare[i]).hundredths > 200, "U+%04X", rare[i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_tokens_script");
    TCase *tc = tcase_create("script");
    tcase_add_loop_test(tc, characters_have_a_kind, 0, ROWS(rows));
    tcase_add_test(tc, rare_han_is_cut_into_more);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
