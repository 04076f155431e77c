/*
 * What the pretended cloud says and the load generator expects.
 *
 * A request chooses its answer by words in the text of its message, which every honest proxy passes
 * on, through translations, too:
 *
 *     bench-events N bench-every-ms M      a stream of N content events, one each M ms (0 to 1000;
 *                                          0: as fast as they are taken)
 *     bench-silent                         a stream of one content event, and then silence
 *     bench-bytes N                        a whole answer with a text of N bytes
 *
 * Without any of them the answer is SCRIPT_WHOLE. The path says in which API a stream is spoken.
 * GET /v1/bytes/N gives N bytes, GET /open tells how many streams are open, GET /end lets all of
 * them come to their good end, however many events they were to have.
 *
 * The text of content event n is "n t ": its number from 0, and the time in microseconds when it
 * was sent. So the reader sees what was lost, doubled or mixed up, and how long each event took.
 */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#define SCRIPT_STREAM   "\"stream\":true"
#define SCRIPT_EVENTS   "bench-events "
#define SCRIPT_EVERY_MS "bench-every-ms "
#define SCRIPT_SILENT   "bench-silent"
#define SCRIPT_BYTES    "bench-bytes "

/* Long texts are of this byte. */
#define SCRIPT_FILL 'x'

#define SCRIPT_WHOLE_TEXT                                                                          \
    "A proxy stands between two parties and speaks to each in the other's name."

/* The whole answer, the same each time: about what a short answer of the real API looks like. */
#define SCRIPT_WHOLE_BEGIN                                                                         \
    "{\"id\":\"chatcmpl-Ax7Qm2VbT9dLw4KsR1nYc8\",\"object\":\"chat.completion\","                  \
    "\"created\":1760000000,\"model\":\"gpt-4-0613\",\"choices\":[{\"index\":0,\"message\":"       \
    "{\"role\":\"assistant\",\"content\":\""
#define SCRIPT_WHOLE_END                                                                           \
    "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"                         \
    "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":17,\"total_tokens\":36,"                \
    "\"prompt_tokens_details\":{\"cached_tokens\":0},"                                             \
    "\"completion_tokens_details\":{\"reasoning_tokens\":0}},"                                     \
    "\"system_fingerprint\":\"fp_9a1c34e7d2\"}"
#define SCRIPT_WHOLE SCRIPT_WHOLE_BEGIN SCRIPT_WHOLE_TEXT SCRIPT_WHOLE_END

/* Every chunk of a stream begins so; then delta, finish_reason and the rest. */
#define SCRIPT_CHUNK                                                                               \
    "data: {\"id\":\"chatcmpl-Ax7Qm2VbT9dLw4KsR1nYc8\",\"object\":\"chat.completion.chunk\","      \
    "\"created\":1760000000,\"model\":\"gpt-4-0613\",\"system_fingerprint\":\"fp_9a1c34e7d2\","

/* Of any stream in chat, whoever wrote it. */
#define SCRIPT_CONTENT "\"content\":\""
#define SCRIPT_FINISH  "\"finish_reason\":\"stop\""
#define SCRIPT_USAGE   "\"usage\":{"
#define SCRIPT_DONE    "data: [DONE]"

#endif
