/*
 * Only content of the first choice may have gone out. Reasoning may have too: it is over once
 * content comes, and is not part of what is gone on with.
 */
#include "answer/resume.h"

#include "json/jsonspan.h"

#define ID_MAX 256

bool resume_suits(const struct request_facts *facts)
{
    return facts->n <= 1 && !facts->shaped && !facts->logprobs;
}

void resume_init(struct resume *resume, const struct dialect *app)
{
    *resume = (struct resume){.app = app->app};
    frames_init(&resume->frames, app->framing, ANSWER_EVENT_MAX);
    buf_init(&resume->text, RESUME_TEXT_MAX);
    buf_init(&resume->id, ID_MAX);
    if (resume->app->follow)
        resume->told = dialect_writer_new(resume->app, &(struct dialect_writer){0});
    resume->impossible = resume->app->follow && !resume->told;
}

void resume_done(struct resume *resume)
{
    frames_done(&resume->frames);
    buf_done(&resume->text);
    buf_done(&resume->id);
    dialect_writer_free(resume->app, resume->told);
    resume->told = NULL;
}

static void take_event(struct resume *resume, struct text data)
{
    struct dialect_said said;
    if (resume->app->said_read(data, &resume->text, &said) < 0 || said.other || said.uncertain ||
        said.finish != CHAT_FINISH_NONE)
        resume->impossible = true;
    if (!resume->impossible && resume->told && resume->app->follow(resume->told, data) < 0)
        resume->impossible = true;
    if (resume->impossible || resume->id.len)
        return;
    if (said.id.at && jsonspan_decode(said.id, &resume->id) < 0)
        resume->impossible = true;
    if (said.created)
        resume->created = said.created;
}

void resume_feed(struct resume *resume, struct text bytes)
{
    struct answer_facts facts = answer_facts_none();
    struct frame frame;
    while (bytes.len && !resume->impossible) {
        if (!frames_push(&resume->frames, &bytes, &facts))
            resume->impossible = true;
        while (!resume->impossible && frames_next(&resume->frames, &frame))
            if (frame.event.data.at)
                take_event(resume, frame.event.data);
    }
}

bool resume_possible(const struct resume *resume)
{
    bool named = resume->id.len > 0 || resume->app->nameless;
    return !resume->impossible && named && resume->text.len > 0;
}
