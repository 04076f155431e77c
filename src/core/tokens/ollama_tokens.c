/*
 * One walk over the characters, in runs of one group each; what a run costs is known at its end.
 *
 *     chunk    letters and digits: words, of which "fetchJson" has two pieces; or, where letters
 *              and digits or the cases of letters alternate too often for words, a mixture
 *     marks    ASCII punctuation, of which tokenizers know the short runs that code is made of
 *     blanks   one before a word belongs to it
 *     others   character by character (ollama_tokens_script.c)
 */
#include "tokens/ollama_tokens.h"

#include <string.h>

#include "json/jsonspan.h"
#include "text/count.h"
#include "text/utf8.h"

/* Hundredths of a token. The figures are fitted to tests/fixtures/tokens/counts.tsv. */
#define TOKEN        100
#define DIGIT        85
#define LETTER_WORD  40  /* of a word, from the sixth letter on */
#define LETTER_LATER 30  /* and so much more from the ninth on */
#define LETTER_UPPER 30  /* of a word in capitals, from the fourth letter on */
#define LETTER_LONG  57  /* of what is longer than any word */
#define LETTER_MIXED 70  /* of a mixture */
#define LETTER_ALONE 160 /* "a b c": small vocabularies have no blank with a letter */
#define MARK_MORE    40  /* of a run: the second to the fourth */
#define MARK_LATER   66  /* and those after */
#define MARK_AGAIN   8   /* the same one as before it */
#define BLANK_MORE   6

#define WORD_MAX 24 /* letters; the longest German compounds come near */
/* In a row without a blank so many letters, with fewer than that in a piece, are no words. */
#define MIXED_MIN       16
#define MIXED_PIECE_MAX 5

enum group { GROUP_NONE, GROUP_CHUNK, GROUP_MARKS, GROUP_BLANKS, GROUP_OTHERS };

/* Of the run under way, but for the first three. */
struct scan {
    struct ollama_count *count;
    enum group group;
    enum group before; /* the run */
    uint32_t last;     /* character */
    size_t letters;
    size_t digits;
    size_t pieces;
    size_t piece; /* letters of the last one */
    bool capitals;
    int64_t words; /* what its pieces cost as words */
    size_t marks;
    size_t again;
    size_t blanks;
    bool line_end;
};

static void add(struct scan *scan, enum ollama_kind kind, int64_t hundredths)
{
    scan->count->hundredths[kind] += hundredths;
}

static int64_t more(size_t count, size_t than, int64_t each)
{
    return count > than ? (int64_t)(count - than) * each : 0;
}

static void end_piece(struct scan *scan)
{
    if (scan->piece == 0)
        return;
    if (scan->piece > WORD_MAX)
        scan->words += (int64_t)scan->piece * LETTER_LONG;
    else if (scan->capitals && scan->piece > 1)
        scan->words += TOKEN + more(scan->piece, 3, LETTER_UPPER);
    else
        scan->words +=
            TOKEN + more(scan->piece, 5, LETTER_WORD) + more(scan->piece, 8, LETTER_LATER);
    scan->pieces++;
    scan->piece = 0;
}

static bool is_mixed(const struct scan *scan)
{
    bool torn = scan->letters >= MIXED_MIN && scan->pieces > 1 &&
                scan->letters < scan->pieces * MIXED_PIECE_MAX;
    return scan->letters && (scan->digits || torn);
}

static bool stands_alone(const struct scan *scan, enum group next)
{
    bool after = next == GROUP_BLANKS || next == GROUP_NONE;
    bool before = scan->before == GROUP_BLANKS || scan->before == GROUP_NONE;
    return scan->letters == 1 && before && after;
}

static void end_chunk(struct scan *scan, enum group next)
{
    end_piece(scan);
    if (is_mixed(scan))
        add(scan, OLLAMA_KIND_MIXED, (int64_t)scan->letters * LETTER_MIXED);
    else if (stands_alone(scan, next))
        add(scan, OLLAMA_KIND_WORDS, LETTER_ALONE);
    else
        add(scan, OLLAMA_KIND_WORDS, scan->words);
    add(scan, OLLAMA_KIND_DIGITS, (int64_t)scan->digits * DIGIT);
}

static void end_marks(struct scan *scan)
{
    int64_t cost = TOKEN + more(scan->marks, 4, MARK_LATER);
    cost += more(scan->marks < 4 ? scan->marks : 4, 1, MARK_MORE);
    add(scan, OLLAMA_KIND_MARKS, cost + (int64_t)scan->again * MARK_AGAIN);
}

/* A line end and the indentation behind it are two. Before digits even one blank is a token. */
static void end_blanks(struct scan *scan, uint32_t next)
{
    bool digit = next >= '0' && next <= '9';
    int64_t cost = scan->line_end ? TOKEN : 0;
    if (scan->blanks > 1 || (scan->blanks == 1 && digit))
        cost += TOKEN + more(scan->blanks, 1, BLANK_MORE);
    add(scan, OLLAMA_KIND_BLANKS, cost);
}

/* next: the character that begins another run, in that group; 0 at the end. */
static void end_run(struct scan *scan, enum group group, uint32_t next)
{
    if (scan->group == GROUP_CHUNK)
        end_chunk(scan, group);
    else if (scan->group == GROUP_MARKS)
        end_marks(scan);
    else if (scan->group == GROUP_BLANKS)
        end_blanks(scan, next);
    *scan = (struct scan){.count = scan->count, .group = group, .before = scan->group};
}

static bool is_upper(uint32_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static void take_chunk(struct scan *scan, uint32_t c)
{
    if (is_digit(c)) {
        end_piece(scan);
        scan->digits++;
        return;
    }
    if (is_upper(c) && scan->piece && !is_upper(scan->last))
        end_piece(scan);
    scan->capitals = is_upper(c) && (scan->piece == 0 || scan->capitals);
    scan->letters++;
    scan->piece++;
}

static void take_mark(struct scan *scan, uint32_t c)
{
    if (scan->marks && c == scan->last)
        scan->again++;
    else
        scan->marks++;
}

static void take_blank(struct scan *scan, uint32_t c)
{
    if (c == '\n' || c == '\r')
        scan->line_end = true;
    else
        scan->blanks++;
}

static enum group group_of(uint32_t c, const struct ollama_script *script)
{
    if (c >= 0x80)
        return script->kind == OLLAMA_KIND_WORDS ? GROUP_CHUNK : GROUP_OTHERS;
    if (is_lower(c) || is_upper(c) || is_digit(c))
        return GROUP_CHUNK;
    return c <= ' ' || c == 0x7f ? GROUP_BLANKS : GROUP_MARKS;
}

static void take(struct scan *scan, uint32_t c)
{
    struct ollama_script script = {OLLAMA_KIND_WORDS, 0};
    if (c >= 0x80)
        script = ollama_script_of(c);
    enum group group = group_of(c, &script);
    if (group != scan->group)
        end_run(scan, group, c);
    switch (group) {
    case GROUP_CHUNK:
        take_chunk(scan, c);
        scan->words += script.hundredths;
        break;
    case GROUP_MARKS:
        take_mark(scan, c);
        break;
    case GROUP_BLANKS:
        take_blank(scan, c);
        break;
    case GROUP_OTHERS:
        add(scan, script.kind, script.hundredths);
        break;
    case GROUP_NONE:
        break;
    }
    scan->last = c;
}

/* The character at the front; its bytes. A byte that begins none stands for itself. */
static size_t next_character(struct text text, uint32_t *ret)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t len = (unsigned char)text.at[0] < 0x80 ? 1 : utf8_length(text.at, text.len);
    *ret = (unsigned char)text.at[0];
    if (len <= 1)
        return 1;
    *ret &= first[len];
    for (size_t i = 1; i < len; i++)
        *ret = *ret << 6 | ((unsigned char)text.at[i] & 0x3f);
    return len;
}

/* The four digits of a \u escape; -1 when they are none. */
static int32_t escaped_unit(struct text text)
{
    int32_t unit = 0;
    if (text.len < 6 || text.at[0] != '\\' || text.at[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        char c = text_lower(text.at[i]);
        if (!text_is_digit(c) && (c < 'a' || c > 'f'))
            return -1;
        unit = unit * 16 + (text_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

/* What the escape at the front stands for; its bytes. */
static size_t next_escape(struct text text, uint32_t *ret)
{
    static const char letters[] = "bfnrt", meaning[] = "\b\f\n\r\t";
    int32_t unit = escaped_unit(text), low;
    const char *letter = text.len > 1 ? memchr(letters, text.at[1], sizeof(letters) - 1) : NULL;
    *ret = text.len > 1 ? (unsigned char)text.at[1] : '\\';
    if (letter)
        *ret = (unsigned char)meaning[letter - letters];
    if (unit < 0)
        return text.len > 1 && (unsigned char)text.at[1] < 0x80 ? 2 : 1;
    *ret = (uint32_t)unit;
    low = unit >= 0xd800 && unit <= 0xdbff ? escaped_unit(text_skip(text, 6)) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 6;
    *ret = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

static void take_text(struct scan *scan, struct text text, bool json)
{
    uint32_t c;
    while (text.len) {
        size_t len = json && text.at[0] == '\\' ? next_escape(text, &c) : next_character(text, &c);
        take(scan, c);
        text = text_skip(text, len);
    }
}

void ollama_count_text(struct text text, struct ollama_count *count)
{
    struct scan scan = {.count = count};
    take_text(&scan, text, false);
    end_run(&scan, GROUP_NONE, 0);
}

void ollama_count_json(struct text json, struct ollama_count *count)
{
    struct scan scan = {.count = count};
    take_text(&scan, json, true);
    end_run(&scan, GROUP_NONE, 0);
}

/* ---- requests */

/* As OpenAI's chat and its Responses API name them. */
static bool is_attachment(struct text part)
{
    static const char *const types[] = {"image_url", "input_image", "input_audio"};
    struct text type;
    if (jsonspan_type(part) != JSONSPAN_OBJECT || !jsonspan_get(part, "type", &type) ||
        jsonspan_type(type) != JSONSPAN_STRING)
        return false;
    for (size_t i = 0; i < COUNT(types); i++)
        if (jsonspan_name_is(type, types[i]))
            return true;
    return false;
}

/* A request that is being counted: what stands before rest has been. */
struct request_scan {
    struct scan scan;
    struct text rest;
};

static void count_until(struct request_scan *request, const char *end)
{
    size_t len = (size_t)(end - request->rest.at);
    take_text(&request->scan, text_make(request->rest.at, len), true);
    request->rest = text_skip(request->rest, len);
}

static void pass_attachments(struct request_scan *request, struct text name, struct text parts)
{
    struct text part;
    bool images = jsonspan_name_is(name, "images"); /* Ollama's own: base64, and nothing else */
    for (size_t position = 0; jsonspan_next(parts, &position, &part);) {
        if (!images && !is_attachment(part))
            continue;
        count_until(request, part.at);
        request->rest = text_skip(request->rest, part.len);
        request->scan.count->attachments++;
    }
}

/* Parts stand in content, and in the output of a call. */
static void pass_messages(struct request_scan *request, struct text messages)
{
    struct text message, name, value;
    for (size_t i = 0; jsonspan_next(messages, &i, &message);)
        for (size_t j = 0; jsonspan_member(message, &j, &name, &value);)
            if (jsonspan_type(value) == JSONSPAN_ARRAY)
                pass_attachments(request, name, value);
}

void ollama_count_request(struct text body, struct ollama_count *count)
{
    struct request_scan request = {.scan = {.count = count}, .rest = body};
    struct text name, value;
    for (size_t position = 0; jsonspan_member(body, &position, &name, &value);)
        if (jsonspan_name_is(name, "messages") || jsonspan_name_is(name, "input"))
            pass_messages(&request, value);
        else if (jsonspan_name_is(name, "images"))
            pass_attachments(&request, name, value);
    count_until(&request, body.at + body.len);
    end_run(&request.scan, GROUP_NONE, 0);
}

struct ollama_count ollama_count_longest(struct text body)
{
    struct text input, one;
    struct ollama_count longest = {0};
    if (!jsonspan_get(body, "input", &input))
        return longest;
    if (jsonspan_type(input) == JSONSPAN_STRING)
        ollama_count_json(input, &longest);
    for (size_t position = 0; jsonspan_next(input, &position, &one);) {
        struct ollama_count count = {0};
        if (jsonspan_type(one) == JSONSPAN_STRING)
            ollama_count_json(one, &count);
        if (ollama_count_tokens(&count, NULL) > ollama_count_tokens(&longest, NULL))
            longest = count;
    }
    return longest;
}
