/*
 * One element of [provider NAME] drop or rename: which member of a request it is about.
 *
 *     drop = logprobs, stream_options.include_usage
 *     rename = max_completion_tokens:max_tokens, reasoning.effort:reasoning.level
 */
#ifndef UNDERSTUDY_MEMBER_RULE_H
#define UNDERSTUDY_MEMBER_RULE_H

#include <stddef.h>

#include "text/error.h"
#include "text/text.h"

/* Of each name in it, in bytes. */
#define MEMBER_NAME_MAX 128

struct member_rule {
    char object[MEMBER_NAME_MAX + 1]; /* that the member is in; "" = it stands on top */
    char name[MEMBER_NAME_MAX + 1];
    char to[MEMBER_NAME_MAX + 1]; /* the new name, in the same object; "" = the member is dropped */
};

struct member_rules {
    struct member_rule *at;
    size_t count;
};

/*
 * 0 and *ret, or -EINVAL and *reterr: names are of visible ASCII without quotes, backslash, comma,
 * colon and dot; a dot reaches into an object, one level down. model, messages and stream are
 * neither taken out nor renamed, nor is anything renamed to them: an answer would be to another
 * question, or in another form.
 */
int member_rule_read_drop(struct text text, struct member_rule *ret, struct error *reterr)
    __attribute__((warn_unused_result));
int member_rule_read_rename(struct text text, struct member_rule *ret, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
