/*
 * Is this the answer of the Responses API that was asked for? Looks at events and bodies that are
 * passed on as they are, and notes in answer_facts what has come. (Events:
 * platform.openai.com/docs/api-reference/responses-streaming, read 2026-11.)
 */
#ifndef UNDERSTUDY_RESPONSES_JUDGE_H
#define UNDERSTUDY_RESPONSES_JUDGE_H

#include <stdbool.h>

#include "dialect/answer.h"
#include "text/text.h"

/*
 * One event of a stream. False: it is none of the API's, and says nothing. Content is a delta that
 * is not empty, the beginning of a call, and the end. An event that tells of a failure sets
 * facts->failure.
 */
bool responses_judge_event(struct text data, struct answer_facts *facts);

/* A whole answer with a 2xx status: a JSON object that has not failed. One that is still under way
 * is what was asked for (background: true). content_type: at NULL when absent. */
void responses_judge_whole(struct text content_type, struct text body, struct answer_facts *facts);

/* Is an item of an output a call that the app is to run? The API's own tools (web_search_call ...)
 * are run there. */
bool responses_judge_is_apps_call(struct text item);

#endif
