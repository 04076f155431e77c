/* Parts of a message: what each type holds, and which are refused with which reason. */
#include <errno.h>

#include "dialect/translate_row.h"
#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *part;
    enum chat_part_kind kind;
    const char *data;
    const char *media;
} taken[] = {
    {"text", "{'type':'text','text':'hi'}", CHAT_PART_TEXT, "hi", ""},
    {"empty text", "{'type':'text','text':''}", CHAT_PART_TEXT, "", ""},
    {"input_text", "{'type':'input_text','text':'hi'}", CHAT_PART_TEXT, "hi", ""},
    {"output_text", "{'type':'output_text','text':'hi'}", CHAT_PART_TEXT, "hi", ""},
    {"a refusal", "{'type':'refusal','refusal':'no'}", CHAT_PART_TEXT, "no", ""},
    {"a bare string", "'hi'", CHAT_PART_TEXT, "hi", ""},
    {"an image",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,iVBO','detail':'low'}}",
     CHAT_PART_IMAGE, "iVBO", "image/png"},
    {"an image whose URL has no object around it",
     "{'type':'image_url','image_url':'data:image/webp;base64,UklG'}", CHAT_PART_IMAGE, "UklG",
     "image/webp"},
    {"input_image", "{'type':'input_image','image_url':'data:image/jpeg;base64,/9j/'}",
     CHAT_PART_IMAGE, "/9j/", "image/jpeg"},
    {"an image without a media type",
     "{'type':'image_url','image_url':{'url':'data:;base64,AA=='}}", CHAT_PART_IMAGE, "AA==", ""},
    {"an image with parameters, in capital letters",
     "{'type':'image_url','image_url':{'url':'DATA:image/PNG;charset=utf-8;BASE64,AAAA'}}",
     CHAT_PART_IMAGE, "AAAA", "image/PNG"},
    {"one byte", "{'type':'image_url','image_url':{'url':'data:image/png;base64,QQ=='}}",
     CHAT_PART_IMAGE, "QQ==", "image/png"},
    {"two bytes", "{'type':'image_url','image_url':{'url':'data:image/png;base64,QUI='}}",
     CHAT_PART_IMAGE, "QUI=", "image/png"},
    {"base64 in lines",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,AA\\r\\nAA'}}", CHAT_PART_IMAGE,
     "AA\r\nAA", "image/png"},
    {"audio", "{'type':'input_audio','input_audio':{'data':'UklG','format':'wav'}}",
     CHAT_PART_AUDIO, "UklG", "wav"},
    {"a file",
     "{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBE'}}",
     CHAT_PART_DOCUMENT, "JVBE", "application/pdf"},
};

START_TEST(parts_are_read)
{
    struct chat_part part;
    struct error why = ERROR_NONE;
    json_t *json = json_row_load(taken[_i].part);
    ck_assert_msg(dialect_openai_part(json, 0, &part, &why) == 0, "%s: %s", taken[_i].name,
                  why.text);
    ck_assert_msg(part.kind == taken[_i].kind && text_equals(part.data, taken[_i].data) &&
                      text_equals(part.media, taken[_i].media),
                  "%s: %.*s, %.*s", taken[_i].name, TEXT_ARG(part.data), TEXT_ARG(part.media));
    json_decref(json);
}
END_TEST

/* Whoever carries it gets it. */
START_TEST(an_image_may_be_told_by_its_url)
{
    struct chat_part part;
    struct error why = ERROR_NONE;
    json_t *json = json_row_load("{'type':'image_url','image_url':{'url':'https://x/y.png'}}");
    ck_assert_int_eq(dialect_openai_part(json, CHAT_CARRY_URL, &part, &why), 0);
    ck_assert(part.kind == CHAT_PART_IMAGE && part.source == CHAT_SOURCE_URL);
    ck_assert(text_equals(part.data, "https://x/y.png"));
    json_decref(json);
}
END_TEST

static const struct {
    const char *name;
    const char *part;
    const char *reason;
} refused[] = {
    {"an image by https", "{'type':'image_url','image_url':{'url':'https://x/y.png'}}",
     "not fetched"},
    {"an image by HTTP", "{'type':'image_url','image_url':{'url':'HTTP://x/y.png'}}",
     "not fetched"},
    {"an image that is a file's name", "{'type':'image_url','image_url':{'url':'cat.png'}}",
     "no data: URL"},
    {"an image without a URL", "{'type':'image_url','image_url':{}}", "no data: URL"},
    {"a data URL without base64", "{'type':'image_url','image_url':{'url':'data:image/png,abc'}}",
     "not base64"},
    {"a data URL without a comma",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64'}}", "empty"},
    {"a data URL that is empty",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,'}}", "empty"},
    {"bytes that are not base64",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,A A!'}}", "not base64"},
    {"base64 without its fill",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAA'}}", "not base64"},
    {"base64 with too much of it",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,A==='}}", "not base64"},
    {"base64 that goes on behind it",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,AA==AAAA'}}", "not base64"},
    {"base64 of the alphabet for URLs",
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,AA-_'}}", "not base64"},
    {"audio that is empty", "{'type':'input_audio','input_audio':{'data':''}}", "empty"},
    {"audio without data", "{'type':'input_audio'}", "empty"},
    {"text that is no string", "{'type':'text','text':5}", "without text"},
    {"a file that was uploaded", "{'type':'file','file':{'file_id':'f'}}", "at the cloud"},
    {"a file without its bytes", "{'type':'file','file':{}}", "no data: URL"},
    {"a file whose bytes are none", "{'type':'file','file':{'file_data':'data:;base64,A'}}",
     "not base64"},
    {"a part without a type", "{'text':'x'}", "type \"\""},
    {"a part that is a number", "5", "type \"\""},
};

START_TEST(parts_are_refused_with_a_reason)
{
    struct chat_part part;
    struct error why = ERROR_NONE;
    json_t *json = json_row_load(refused[_i].part);
    ck_assert_msg(dialect_openai_part(json, 0, &part, &why) == -EINVAL, "%s", refused[_i].name);
    ck_assert_msg(strstr(why.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].name,
                  why.text);
    json_decref(json);
}
END_TEST

#define TALK(parts)                                                                                \
    "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[" parts "]}]}"
#define SAID(members)                                                                              \
    "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'4'" members "}]}"
#define FOUR "{'type':'text','text':'4'}"

static const struct translate_row thoughts[] = {
    {"Anthropic's", TALK("{'type':'thinking','thinking':'2+2','signature':'c2ln'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"Mistral's, in pieces",
     TALK("{'type':'thinking','thinking':[{'type':'text','text':'2'},{'type':'text','text':'+2'}]}"
          "," FOUR),
     SAID(",'thinking':'2\\n+2'"), NULL, NULL, 0},
    {"of type reasoning", TALK("{'type':'reasoning','text':'2+2'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"of the member reasoning", TALK("{'type':'reasoning','reasoning':'2+2'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"a summary",
     TALK("{'type':'reasoning','summary':[{'type':'summary_text','text':'2+2'}]}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"several",
     TALK("{'type':'thinking','thinking':'a'}," FOUR ",{'type':'thinking','thinking':'b'}"),
     SAID(",'thinking':'a\\nb'"), NULL, NULL, 0},
    {"what nobody can read says nothing", TALK("{'type':'redacted_thinking','data':'x'}," FOUR),
     SAID(""), NULL, NULL, 0},
    {"beside reasoning_content, which counts",
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','reasoning_content':'2+2',"
     "'content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     SAID(",'thinking':'2+2'"), "content.thinking", NULL, 0},
    {"beside an empty one",
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','reasoning_content':'',"
     "'content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     SAID(",'thinking':'x'"), NULL, NULL, 0},
    {"of a user they are left out and named",
     "{'messages':[{'role':'user','content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     "{'messages':[{'role':'user','content':'4'}]}", "content.thinking", NULL, 0},
};

START_TEST(thoughts_go_where_reasoning_content_goes)
{
    translate_row_check(&thoughts[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_part");
    TCase *tc = tcase_create("parts");
    tcase_add_loop_test(tc, parts_are_read, 0, ROWS(taken));
    tcase_add_loop_test(tc, parts_are_refused_with_a_reason, 0, ROWS(refused));
    tcase_add_test(tc, an_image_may_be_told_by_its_url);
    tcase_add_loop_test(tc, thoughts_go_where_reasoning_content_goes, 0, TRANSLATE_ROWS(thoughts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
