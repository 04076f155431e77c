/* Far away as a cloud is, with a key in a field of its own; it answers chat and nothing else. */
#include "toy_kind.h"

#include "kind/kind.h"

const struct kind kind_toy = {
    .word = "toy",
    .remark = "a box of bricks",
    .title = "Cloud error",
    .first_byte_timeout = "7s",
    .idle_timeout = "8s",
    .max_inflight = "9",
    .cut_ending = "/v9",
    .request_paths = {"/play"},
    .is_cloud = true,
    .needs_key = true,
    .key_header = "x-toy-key",
    .key_scheme = "",
    .accept = "application/toy",
    .speaker = SPEAKER_OPENAI,
    .version = "",
    .list_path = "/bricks",
    .path = {[API_PATH_CHAT] = {"toy", KIND_SERVES_ALWAYS, NULL}},
};
