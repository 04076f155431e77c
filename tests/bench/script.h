/*
 * What the pretended cloud says and the load generator expects.
 *
 * A request chooses its answer by members of its body, which every honest proxy passes on
 * untouched: "stream":true, "bench_events":N (content events), "bench_every_ms":M (1 to 1000),
 * "bench_silent":true (one content event, then silence). GET /open tells how many streams are open;
 * GET /end lets all of them come to their good end, however many events they were to have.
 *
 * The text of content event n is "n t ": its number from 0, and the time in microseconds when it
 * was sent. So the reader sees what was lost, doubled or mixed up, and how long each event took.
 */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#define SCRIPT_STREAM   "\"stream\":true"
#define SCRIPT_EVENTS   "\"bench_events\":"
#define SCRIPT_EVERY_MS "\"bench_every_ms\":"
#define SCRIPT_SILENT   "\"bench_silent\":true"

/* The whole answer, the same each time: about what a short answer of the real API looks like. */
#define SCRIPT_WHOLE                                                                               \
    "{\"id\":\"chatcmpl-Ax7Qm2VbT9dLw4KsR1nYc8\",\"object\":\"chat.completion\","                  \
    "\"created\":1760000000,\"model\":\"gpt-4-0613\",\"choices\":[{\"index\":0,\"message\":"       \
    "{\"role\":\"assistant\",\"content\":\"A proxy stands between two parties and speaks to each " \
    "in the other's name.\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"     \
    "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":17,\"total_tokens\":36,"                \
    "\"prompt_tokens_details\":{\"cached_tokens\":0},"                                             \
    "\"completion_tokens_details\":{\"reasoning_tokens\":0}},"                                     \
    "\"system_fingerprint\":\"fp_9a1c34e7d2\"}"

/* Every chunk of a stream begins so; then delta, finish_reason and the rest. */
#define SCRIPT_CHUNK                                                                               \
    "data: {\"id\":\"chatcmpl-Ax7Qm2VbT9dLw4KsR1nYc8\",\"object\":\"chat.completion.chunk\","      \
    "\"created\":1760000000,\"model\":\"gpt-4-0613\",\"system_fingerprint\":\"fp_9a1c34e7d2\","

#define SCRIPT_CONTENT "\"content\":\""
#define SCRIPT_FINISH  "\"finish_reason\":\"stop\""
#define SCRIPT_USAGE   "\"usage\":{"
#define SCRIPT_DONE    "data: [DONE]"

#endif
