/*
 * The validator: one pass, no recursion, no memory but one byte for each open bracket. Runs over
 * every body (up to 64 MB) and every streamed event, so plain text inside of strings, which is most
 * of both, is passed over 8 or 64 bytes at a time; and what is wanted is noted on the way.
 *
 *     value --> behind it --> (',' value)* --> closing bracket = a value again --> ... --> end
 *
 * Each function takes the place where it begins and returns the one behind what it took, NULL where
 * something is wrong or more has to come. In that case the walk goes on where the last step began,
 * but for a string, which may be long: there it goes on inside.
 */
#include "json/jsonscan.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "text/utf8.h"
#include "text/word.h"

/* Most strings are over within so many words. */
#define SHORT_STRING 6
/* The most that a character has. */
#define UTF8_BYTES 4

/* Where the text ends more may come; what is there is then not wrong. */
static const char *fail(struct jsonscan *s, const char *at, const char *wrong)
{
    s->failed = s->last || at < s->end;
    s->wrong = wrong;
    s->wrong_at = (size_t)(at - s->base);
    return NULL;
}

/* A step that is tried again when more has come, though its end is not where it is wrong now. */
static const char *fail_unless_cut(struct jsonscan *s, const char *at, size_t needed,
                                   const char *wrong)
{
    bool cut = (size_t)(s->end - at) < needed && !s->last;
    (void)fail(s, at, wrong);
    s->failed = !cut;
    return NULL;
}

/* The walk goes on with this step when more has come. */
static const char *stop(struct jsonscan *s, enum jsonscan_step step, const char *at)
{
    s->step = step;
    s->at = (size_t)(at - s->base);
    return NULL;
}

/* The byte there, '\0' at the end: a NUL byte is valid nowhere in JSON, so the two need no telling
 * apart. */
static char peek(const struct jsonscan *s, const char *at)
{
    return at < s->end ? *at : '\0';
}

static const char *skip_more_blanks(const struct jsonscan *s, const char *at)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): it is before the end */
    while (at < s->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Mostly there is none. */
static inline const char *skip_blanks(const struct jsonscan *s, const char *at)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): as above */
    return at < s->end && *at <= ' ' ? skip_more_blanks(s, at) : at;
}

/* To the first byte that word_odd tells, or near the end. */
static const char *skip_plain(const struct jsonscan *s, const char *at)
{
    while (s->end - at >= WORD_BLOCKS && !word_blocks_odd(at))
        at += WORD_BLOCKS;
    for (; s->end - at >= WORD_SIZE; at += WORD_SIZE) {
        uint64_t odd = word_odd(word_load(at));
        if (odd)
            return at + word_first(odd);
    }
    return at;
}

/* The same, or to where a string is no short one. */
static inline const char *skip_short_plain(const struct jsonscan *s, const char *at)
{
    for (int i = 0; i < SHORT_STRING && s->end - at >= WORD_SIZE; i++, at += WORD_SIZE) {
        uint64_t odd = word_odd(word_load(at));
        if (odd)
            return at + word_first(odd);
    }
    return at;
}

/* At the backslash. */
static const char *scan_escape(struct jsonscan *s, const char *at)
{
    at++;
    if (at < s->end && *at != 'u')
        return memchr("\"\\/bfnrt", *at, 8) ? at + 1 : fail(s, at, "an unknown escape in a string");
    at += at < s->end;
    for (int i = 0; i < 4; i++, at++)
        if (at == s->end || text_hex_value(*at) < 0)
            return fail(s, at, "\\u needs four hexadecimal digits");
    return at;
}

static const char *scan_utf8(struct jsonscan *s, const char *at)
{
    while (at < s->end && (unsigned char)*at >= 0x80) {
        size_t n = utf8_length(at, (size_t)(s->end - at));
        if (n == 0) {
            s->inside = (size_t)(at - s->base);
            return fail_unless_cut(s, at, UTF8_BYTES, "invalid UTF-8 in a string");
        }
        at += n;
    }
    return at;
}

/* In a string. On its own, so that short ones without anything odd, which are most, pay for nothing
 * of it. */
__attribute__((noinline)) static const char *scan_rest(struct jsonscan *s, const char *at)
{
    while (at) {
        at = skip_plain(s, at);
        s->inside = (size_t)(at - s->base);
        if (at == s->end)
            return fail(s, at, "a string is not closed");
        if (*at == '"') {
            s->inside = 0;
            return at + 1;
        }
        if ((unsigned char)*at < ' ')
            return fail(s, at, "a control byte in a string (it must be escaped)");
        if (*at == '\\')
            at = scan_escape(s, at);
        else
            at = (unsigned char)*at >= 0x80 ? scan_utf8(s, at) : at + 1;
    }
    return NULL;
}

/* At the opening quote. */
static const char *scan_string(struct jsonscan *s, const char *at)
{
    at = skip_short_plain(s, at + 1);
    return at < s->end && *at == '"' ? at + 1 : scan_rest(s, at);
}

static const char *skip_digits(const struct jsonscan *s, const char *at)
{
    while (at < s->end && text_is_digit(*at))
        at++;
    return at;
}

/* At its minus or first digit. */
static const char *scan_number(struct jsonscan *s, const char *at)
{
    at += *at == '-';
    const char *digits = at;
    at = skip_digits(s, at);
    if (at == digits)
        return fail(s, at, "a number needs a digit");
    if (*digits == '0' && at > digits + 1)
        return fail(s, digits + 1, "a number does not begin with 0");
    if (peek(s, at) == '.') {
        digits = at + 1;
        at = skip_digits(s, digits);
        if (at == digits)
            return fail(s, at, "a digit is missing behind the decimal point");
    }
    if (text_lower(peek(s, at)) == 'e') {
        at++;
        at += peek(s, at) == '+' || peek(s, at) == '-';
        digits = at;
        at = skip_digits(s, at);
        if (at == digits)
            return fail(s, at, "a digit is missing in the exponent");
    }
    return at;
}

static const char *scan_word(struct jsonscan *s, const char *at, const char *word)
{
    size_t len = strlen(word), there = (size_t)(s->end - at);
    if (memcmp(at, word, there < len ? there : len) != 0)
        return fail(s, at, "a value is expected");
    return there < len ? fail_unless_cut(s, at, len, "a value is expected") : at + len;
}

static const char *scan_scalar(struct jsonscan *s, const char *at)
{
    char first = peek(s, at);
    if (first == '"')
        return scan_string(s, at);
    if (first == '-' || text_is_digit(first)) {
        const char *behind = scan_number(s, at);
        /* It may go on. */
        return behind == s->end && !s->last ? fail(s, behind, "") : behind;
    }
    if (first == 'n')
        return scan_word(s, at, "null");
    return first == 't' ? scan_word(s, at, "true") : scan_word(s, at, "false");
}

/* ---- what is wanted */

/* The elements that are wanted of a container, or the first of the members; NULL = nothing is. */
static struct jsonspan_wanted *first_in(const struct jsonscan *s, size_t in, size_t *ret_count)
{
    size_t first = in, end;
    while (first < s->count && s->wanted[first].in != in)
        first++;
    for (end = first; end < s->count && s->wanted[end].in == in; end++)
        ;
    *ret_count = end - first;
    return end > first ? &s->wanted[first] : NULL;
}

/* What is inside of an element is gone before the next one. */
static void clear_in(struct jsonscan *s, size_t element)
{
    uint64_t inside = UINT64_C(1) << element;
    for (size_t i = element + 1; i < s->count; i++)
        if (s->wanted[i].in > 0 && inside >> (s->wanted[i].in - 1) & 1) {
            inside |= UINT64_C(1) << i;
            s->wanted[i].value = (struct text){0};
        }
}

static void clear_all(struct jsonscan *s)
{
    for (size_t i = 0; i < s->count; i++)
        s->wanted[i].value = (struct text){0};
}

/* A member's value or an element begins here, perhaps with blanks. */
static void note_begin(struct jsonscan_level *level, struct jsonspan_wanted *under_way,
                       const struct jsonscan *s, const char *at)
{
    level->under_way = under_way;
    level->begin = (size_t)(at - s->base);
}

/* A container has been opened, which may be one in which something is wanted. */
static void note_open(struct jsonscan *s, char bracket, const char *at)
{
    const struct jsonscan_level *outer = s->top;
    size_t count;
    if (s->depth != outer->depth + 1 || !outer->under_way)
        return;
    struct jsonspan_wanted *first =
        first_in(s, JSONSCAN_IN((size_t)(outer->under_way - s->wanted)), &count);
    if (!first || (bracket == '{') != (first->name != NULL))
        return;
    struct jsonscan_level *level = ++s->top;
    assert(level < s->levels + JSONSCAN_LEVELS_MAX);
    level->depth = s->depth;
    level->elements = first->name == NULL;
    note_begin(level, level->elements ? first : NULL, s, at);
    if (first->name)
        jsonspan_pick_begin(&level->pick, first, count);
}

/* Behind a value, before what separates it from the next. */
static void note_wanted_end(struct jsonscan *s, const char *at)
{
    if (s->depth < s->top->depth && s->top > s->levels)
        s->top--;
    struct jsonscan_level *top = s->top;
    struct jsonspan_wanted *wanted = top->under_way;
    if (s->depth != top->depth || !wanted)
        return;
    const char *begin = skip_blanks(s, s->base + top->begin);
    struct text value = text_make(begin, (size_t)(at - begin));
    if (!top->elements) {
        top->under_way = NULL;
        jsonspan_pick_keep(&top->pick, wanted, value);
        return;
    }
    wanted->value = value;
    s->each(s->arg, (size_t)(wanted - s->wanted));
    wanted->value = (struct text){0};
    clear_in(s, (size_t)(wanted - s->wanted));
}

/* Most values are deeper inside than any that is wanted. */
static inline void note_end(struct jsonscan *s, const char *at)
{
    if (s->depth <= s->top->depth)
        note_wanted_end(s, at);
}

/* ---- the walk */

/* Behind a member's name: the colon. */
static const char *scan_colon(struct jsonscan *s, const char *name, const char *name_end)
{
    const char *at = skip_blanks(s, name_end);
    if (peek(s, at) != ':') {
        (void)fail(s, at, "':' is expected");
        return stop(s, JSONSCAN_NAME, name);
    }
    at++;
    struct jsonscan_level *top = s->top;
    if (s->depth == top->depth) {
        struct text quoted = text_make(name, (size_t)(name_end - name));
        note_begin(top, jsonspan_pick_missing(&top->pick, quoted), s, at);
    }
    return at;
}

static const char *scan_name(struct jsonscan *s, const char *at)
{
    const char *name = skip_blanks(s, at);
    const char *name_end = peek(s, name) == '"'
                               ? scan_string(s, name)
                               : fail(s, name, "a member's name in quotes is expected");
    return name_end ? scan_colon(s, name, name_end) : stop(s, JSONSCAN_NAME, name);
}

/* At a bracket: goes into the container, or passes it where it is empty. */
static const char *scan_open(struct jsonscan *s, const char *at)
{
    char bracket = *at, closing = bracket == '{' ? '}' : ']';
    if (s->depth == JSONSPAN_DEPTH_MAX)
        return fail(s, at, "nested too deeply");
    at = skip_blanks(s, at + 1);
    if (peek(s, at) == closing)
        return at + 1;
    if (at == s->end && !s->last)
        return fail(s, at, "");
    s->closing[s->depth++] = closing;
    note_open(s, bracket, at);
    return at;
}

/*
 * Goes into containers down to a scalar or an empty container, which it passes. Blanks, then one
 * bracket or scalar for each turn.
 */
static const char *scan_value(struct jsonscan *s, const char *at)
{
    for (;;) {
        at = skip_blanks(s, at);
        char first = peek(s, at);
        bool container = first == '{' || first == '[';
        size_t depth = s->depth;
        const char *next = container ? scan_open(s, at) : scan_scalar(s, at);
        if (!next)
            return stop(s, JSONSCAN_VALUE, at);
        if (s->depth == depth)
            return next;
        at = first == '{' ? scan_name(s, next) : next;
        if (!at)
            return NULL;
    }
}

/* Closes what is closed here. Ends behind a comma and, in an object, a name; or with depth 0. */
static const char *scan_behind(struct jsonscan *s, const char *at)
{
    while (s->depth > 0) {
        char closing = s->closing[s->depth - 1];
        bool object = closing == '}';
        at = skip_blanks(s, at);
        char next = peek(s, at);
        if (next == ',' && object)
            return scan_name(s, at + 1);
        if (next == ',') {
            if (s->depth == s->top->depth)
                s->top->begin = (size_t)(at + 1 - s->base);
            return at + 1;
        }
        if (next != closing) {
            (void)fail(s, at, object ? "',' or '}' is expected" : "',' or ']' is expected");
            return stop(s, JSONSCAN_BEHIND, at);
        }
        at++;
        s->depth--;
        note_end(s, at);
    }
    return at;
}

/* In the string at which the walk has stopped. */
static const char *scan_string_on(struct jsonscan *s)
{
    const char *begin = s->base + s->at, *end = scan_rest(s, s->base + s->inside);
    if (!end)
        return NULL;
    return s->step == JSONSCAN_NAME ? scan_colon(s, begin, end) : end;
}

/* To the end of what has come. False: something is wrong, or more has to come. */
static bool scan_on(struct jsonscan *s)
{
    const char *at = s->base + s->at;
    bool value_is_next = s->step != JSONSCAN_BEHIND;
    if (s->inside) {
        value_is_next = s->step == JSONSCAN_NAME;
        at = scan_string_on(s);
        if (at && !value_is_next)
            note_end(s, at);
    } else if (s->step == JSONSCAN_NAME) {
        at = scan_name(s, at);
    }
    while (at) {
        if (value_is_next && (at = scan_value(s, at)))
            note_end(s, at);
        value_is_next = true;
        if (at)
            at = scan_behind(s, at);
        if (s->depth == 0)
            break;
    }
    if (!at)
        return false;
    at = skip_blanks(s, at);
    (void)stop(s, JSONSCAN_BEHIND, at);
    return at == s->end || fail(s, at, "something follows the end of the value");
}

static void look_at(struct jsonscan *s, struct text text)
{
    const char *base = text.len ? text.at : "";
    bool moved = s->base && base != s->base;
    for (size_t i = 0; moved && i < s->count; i++)
        if (s->wanted[i].value.at)
            s->wanted[i].value.at = base + (s->wanted[i].value.at - s->base);
    s->base = base;
    s->end = base + text.len;
}

void jsonscan_begin(struct jsonscan *scan, struct jsonspan_wanted *wanted, size_t count,
                    jsonscan_each *each, void *arg)
{
    /* The other levels, and closing, are written before they are read. */
    struct jsonscan_level *outermost = &scan->levels[0];
    size_t members;
    assert(count <= JSONSCAN_WANTED_MAX);
    scan->wanted = wanted;
    scan->count = count;
    scan->each = each;
    scan->arg = arg;
    scan->base = scan->end = NULL;
    scan->last = scan->failed = false;
    scan->step = JSONSCAN_VALUE;
    scan->at = scan->inside = scan->enough = scan->depth = 0;
    scan->top = outermost;
    clear_all(scan);
    outermost->depth = 1;
    outermost->elements = false;
    outermost->under_way = NULL;
    (void)first_in(scan, 0, &members);
    jsonspan_pick_begin(&outermost->pick, wanted, members);
}

int jsonscan_more(struct jsonscan *scan, struct text so_far)
{
    if (scan->failed)
        return -EINVAL;
    if (so_far.len < scan->enough)
        return 0;
    look_at(scan, so_far);
    (void)scan_on(scan);
    scan->enough = scan->inside ? 0 : scan->at + 2 * (so_far.len - scan->at);
    return scan->failed ? -EINVAL : 0;
}

int jsonscan_end(struct jsonscan *scan, struct text json, struct error *reterr)
{
    look_at(scan, json);
    scan->last = true;
    if (!scan->failed && scan_on(scan))
        return 0;
    clear_all(scan);
    error_set(reterr, "%s at byte %zu%s", scan->wrong, scan->wrong_at,
              scan->wrong_at == json.len ? ", where the text ends" : "");
    return -EINVAL;
}

int jsonspan_read(struct text json, struct jsonspan_wanted *wanted, size_t count,
                  struct error *reterr)
{
    struct jsonscan scan;
    jsonscan_begin(&scan, wanted, count, NULL, NULL);
    return jsonscan_end(&scan, json, reterr);
}

int jsonspan_check(struct text json, struct error *reterr)
{
    return jsonspan_read(json, NULL, 0, reterr);
}
