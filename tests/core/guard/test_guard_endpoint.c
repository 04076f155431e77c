/* Paths and methods: what each is, and what is refused with 404 and 405. */
#include "guard_case.h"

static const struct {
    const char *name;
    const char *line;
    enum guard_endpoint endpoint;
    const char *path;
    const char *model_id;
} served[] = {
    {"chat", "POST /v1/chat/completions", ENDPOINT_CHAT, "/v1/chat/completions", ""},
    {"chat with a query", "POST /v1/chat/completions?a=b//..%2e", ENDPOINT_CHAT,
     "/v1/chat/completions", ""},
    {"the models", "GET /v1/models", ENDPOINT_MODELS, "/v1/models", ""},
    {"the models by HEAD", "HEAD /v1/models?limit=1", ENDPOINT_MODELS, "/v1/models", ""},
    {"a model", "GET /v1/models/gpt-4.1", ENDPOINT_MODELS, "/v1/models/gpt-4.1", "gpt-4.1"},
    {"a model with a slash", "GET /v1/models/meta-llama/Llama-3", ENDPOINT_MODELS,
     "/v1/models/meta-llama/Llama-3", "meta-llama/Llama-3"},
    {"a model with an escaped slash", "GET /v1/models/meta-llama%2FLlama-3?x", ENDPOINT_MODELS,
     "/v1/models/meta-llama%2FLlama-3", "meta-llama%2FLlama-3"},
    {"a model with a colon", "HEAD /v1/models/ollama:m:3b", ENDPOINT_MODELS,
     "/v1/models/ollama:m:3b", "ollama:m:3b"},
    {"a model with three dots", "GET /v1/models/...", ENDPOINT_MODELS, "/v1/models/...", "..."},
    {"embeddings", "POST /v1/embeddings", ENDPOINT_PASS, "/v1/embeddings", ""},
    {"responses by id", "GET /v1/responses/resp_1?include=a", ENDPOINT_PASS, "/v1/responses/resp_1",
     ""},
    {"an upload", "PUT /v1/files/1", ENDPOINT_PASS, "/v1/files/1", ""},
    {"a change", "PATCH /v1/files/1", ENDPOINT_PASS, "/v1/files/1", ""},
    {"a deletion", "DELETE /v1/files/%E2%82%AC", ENDPOINT_PASS, "/v1/files/%E2%82%AC", ""},
    {"a look", "HEAD /v1/files", ENDPOINT_PASS, "/v1/files", ""},
    {"below chat", "GET /v1/chat/completions/id", ENDPOINT_PASS, "/v1/chat/completions/id", ""},
    {"beside models", "GET /v1/models2", ENDPOINT_PASS, "/v1/models2", ""},
    {"health", "GET /healthz", ENDPOINT_HEALTHZ, "/healthz", ""},
    {"readiness by HEAD", "HEAD /readyz", ENDPOINT_READYZ, "/readyz", ""},
    {"metrics", "GET /metrics?", ENDPOINT_METRICS, "/metrics", ""},
    {"what is going on", "GET /status", ENDPOINT_STATUS, "/status", ""},
    {"the same for programs", "HEAD /status.json", ENDPOINT_STATUS_JSON, "/status.json", ""},
    {"the root", "GET /", ENDPOINT_FRONT, "/", ""},
    {"the root with a query", "HEAD /?x", ENDPOINT_FRONT, "/", ""},
    {"health with a slash", "GET /healthz/", ENDPOINT_HEALTHZ, "/healthz/", ""},
    {"the status with a slash", "GET /status/?x", ENDPOINT_STATUS, "/status/", ""},
    {"models with a slash", "GET /v1/models/", ENDPOINT_MODELS, "/v1/models/", ""},
    {"a model with a slash at its end", "GET /v1/models/gpt-4/", ENDPOINT_MODELS,
     "/v1/models/gpt-4/", "gpt-4"},
    {"a model without v1", "GET /models/a/b", ENDPOINT_MODELS, "/models/a/b", "a/b"},
    {"the models with v1 twice", "GET /v1/v1/models", ENDPOINT_MODELS, "/v1/v1/models", ""},
    {"Ollama's version", "GET /api/version", ENDPOINT_VERSION, "/api/version", ""},
    {"Ollama's models by HEAD", "HEAD /api/tags", ENDPOINT_TAGS, "/api/tags", ""},
    {"Ollama's loaded models", "GET /api/ps/", ENDPOINT_PS, "/api/ps/", ""},
    {"one of Ollama's models", "POST /api/show", ENDPOINT_SHOW, "/api/show", ""},
    {"Ollama's embeddings", "POST /api/embed", ENDPOINT_API_MODEL, "/api/embed", ""},
    {"their older path", "POST /api/embeddings", ENDPOINT_API_MODEL, "/api/embeddings", ""},
    {"Ollama's chat", "POST /api/chat", ENDPOINT_API_MODEL, "/api/chat", ""},
    {"and its generate", "POST /api/generate/", ENDPOINT_API_MODEL, "/api/generate/", ""},
    {"a new model", "POST /api/pull", ENDPOINT_PULL, "/api/pull", ""},
    {"a model that goes", "DELETE /api/delete", ENDPOINT_ADMIN, "/api/delete", ""},
    {"options", "OPTIONS /v1/chat/completions", ENDPOINT_OPTIONS, "/v1/chat/completions", ""},
};

static struct guard_verdict ask(const char *line, const char *headers)
{
    static char head[256]; /* the verdict points into it */
    (void)snprintf(head, sizeof(head), "%s HTTP/1.1\n" HOST "%s", line, headers);
    return guard_case_ask(head);
}

static const struct {
    const char *name;
    const char *line;
    const char *headers;
    enum guard_endpoint endpoint;
} pages[] = {
    {"a browser", "GET /status", "Accept: text/html,*/*;q=0.8\n", ENDPOINT_STATUS_PAGE},
    {"a browser's HEAD", "HEAD /status/?x", "Accept: text/html\n", ENDPOINT_STATUS_PAGE},
    {"curl", "GET /status", "Accept: */*\n", ENDPOINT_STATUS},
    {"a program", "GET /status", "", ENDPOINT_STATUS},
    {"a browser that looks at the facts", "GET /status.json", "Accept: text/html\n",
     ENDPOINT_STATUS_JSON},
    {"a browser at the front", "GET /", "Accept: text/html\n", ENDPOINT_FRONT},
    {"options", "OPTIONS /status", "Accept: text/html\n", ENDPOINT_OPTIONS},
};

START_TEST(a_browser_gets_the_page_of_the_status)
{
    struct guard_verdict verdict = ask(pages[_i].line, pages[_i].headers);
    guard_case_expect(pages[_i].name, &verdict, 0, NULL);
    ck_assert_msg(verdict.endpoint == pages[_i].endpoint, "%s", pages[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *line;
    const char *api_path;
    const char *query;
} below[] = {
    {"chat", "POST /v1/chat/completions", "/chat/completions", ""},
    {"chat without v1", "POST /chat/completions", "/chat/completions", ""},
    {"chat with v1 twice", "POST /v1/v1/chat/completions", "/chat/completions", ""},
    {"chat with a slash and a query", "POST /v1/chat/completions/?a=/", "/chat/completions",
     "?a=/"},
    {"completions without v1", "POST /completions", "/completions", ""},
    {"responses without v1", "POST /responses/?", "/responses", "?"},
    {"a response without v1", "GET /responses/resp_1", "/responses/resp_1", ""},
    {"embeddings without v1", "POST /embeddings/", "/embeddings", ""},
    {"files without v1", "PUT /files/1?x=y", "/files/1", "?x=y"},
    {"speech without v1", "POST /audio/speech", "/audio/speech", ""},
    {"what we do not know keeps its slash", "GET /v1/files/", "/files/", ""},
    {"a name that only begins like one of ours", "GET /v1/healthz", "/healthz", ""},
    {"v1 inside a path stays", "GET /v1/files/v1/x", "/files/v1/x", ""},
    {"a path of our own has none", "GET /status?a", "", "?a"},
};

START_TEST(a_base_URL_with_v1_or_without_is_the_same)
{
    struct guard_verdict verdict = ask(below[_i].line, "");
    guard_case_expect(below[_i].name, &verdict, 0, NULL);
    ck_assert_msg(text_equals(verdict.api_path, below[_i].api_path), "%s: %.*s", below[_i].name,
                  TEXT_ARG(verdict.api_path));
    ck_assert_msg(text_equals(verdict.query, below[_i].query), "%s", below[_i].name);
}
END_TEST

START_TEST(a_websocket_is_told_at_once_that_there_is_none)
{
    static const char *const lines[] = {"GET /v1/responses", "GET /responses?model=x",
                                        "GET /v1/responses/"};
    for (int i = 0; i < 3; i++) {
        struct guard_verdict verdict = ask(lines[i], "Connection: Upgrade\nUpgrade: WebSocket\n");
        guard_case_expect(lines[i], &verdict, 426, "upgrade_required");
    }
    struct guard_verdict verdict = ask("GET /v1/responses", "Upgrade: h2c\n");
    guard_case_expect("another protocol", &verdict, 405, "method_not_supported");
    verdict = ask("GET /v1/realtime", "Upgrade: websocket\n");
    guard_case_expect("another path", &verdict, 0, NULL);
    verdict = ask("GET /v1/responses", "Upgrade: websocket\nOrigin: https://evil.test\n");
    guard_case_expect("a page", &verdict, 403, "origin_not_allowed");
}
END_TEST

START_TEST(the_base_url_itself_is_told_as_what_it_is)
{
    static const char *const lines[] = {"GET /v1", "GET /v1/", "POST /v1", "GET /v1/v1/"};
    for (size_t i = 0; i < ROWS(lines); i++) {
        struct guard_verdict verdict = ask(lines[i], "");
        guard_case_expect(lines[i], &verdict, 404, "unknown_url");
        ck_assert_ptr_nonnull(strstr(verdict.message, " is the base URL for apps, and no page"));
    }
    struct guard_verdict verdict = ask("GET /v2", "");
    ck_assert_ptr_nonnull(strstr(verdict.message, "unknown path /v2: "));
}
END_TEST

START_TEST(paths_are_told_apart)
{
    struct guard_verdict verdict = ask(served[_i].line, "");
    guard_case_expect(served[_i].name, &verdict, 0, NULL);
    ck_assert_msg(verdict.endpoint == served[_i].endpoint, "%s", served[_i].name);
    ck_assert_msg(text_equals(verdict.path, served[_i].path), "%s", served[_i].name);
    ck_assert_msg(text_equals(verdict.model_id, served[_i].model_id), "%s", served[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *line;
    int status;
    const char *allow;
} refused[] = {
    {"v1 alone", "GET /v1", 404, NULL},
    {"v1 with a slash", "POST /v1/", 404, NULL},
    {"v1 twice alone", "GET /v1/v1", 404, NULL},
    {"v1 twice with a slash", "GET /v1/v1/", 404, NULL},
    {"two slashes at the end", "GET /healthz//", 400, NULL},
    {"POST of the root", "POST /", 405, "GET, HEAD"},
    {"GET of chat without v1", "GET /chat/completions/", 405, "POST"},
    {"a name that OpenAI has not", "GET /chats", 404, NULL},
    {"a name that begins like one of OpenAI's", "GET /models2", 404, NULL},
    {"another version", "GET /v2/models", 404, NULL},
    {"another case", "GET /V1/models", 404, NULL},
    {"a parameter", "GET /v1;x", 404, NULL},
    {"below health", "GET /healthz/x", 404, NULL},
    {"an escaped letter", "GET /%68ealthz", 404, NULL},
    {"an unknown path by an unknown method", "FOO /x", 404, NULL},
    {"options of an unknown path", "OPTIONS /x", 404, NULL},
    {"GET of chat", "GET /v1/chat/completions", 405, "POST"},
    {"PUT of chat", "PUT /v1/chat/completions", 405, "POST"},
    {"GET of completions", "GET /v1/completions", 405, "POST"},
    {"PUT of responses", "PUT /v1/responses", 405, "POST"},
    {"DELETE of embeddings", "DELETE /v1/embeddings?x", 405, "POST"},
    {"chat by a method in small letters", "post /v1/chat/completions", 405, "POST"},
    {"POST of the models", "POST /v1/models", 405, "GET, HEAD"},
    {"DELETE of a model", "DELETE /v1/models/ft:gpt", 405, "GET, HEAD"},
    {"POST of health", "POST /healthz", 405, "GET, HEAD"},
    {"DELETE of readiness", "DELETE /readyz", 405, "GET, HEAD"},
    {"PATCH of metrics", "PATCH /metrics", 405, "GET, HEAD"},
    {"POST of the status", "POST /status", 405, "GET, HEAD"},
    {"below the status", "GET /status/json", 404, NULL},
    {"an unknown method", "FOO /v1/files", 405, "GET, HEAD, POST, PUT, PATCH, DELETE"},
    {"the beginning of a method", "GE /v1/files", 405, "GET, HEAD, POST, PUT, PATCH, DELETE"},
    {"two methods in one", "GET,HEAD /healthz", 400, NULL},
};

START_TEST(unknown_paths_and_wrong_methods_are_refused)
{
    struct guard_verdict verdict = ask(refused[_i].line, "");
    guard_case_expect(refused[_i].name, &verdict, refused[_i].status,
                      refused[_i].status == 404       ? "unknown_url"
                      : refused[_i].status == 405     ? "method_not_supported"
                      : strchr(refused[_i].line, ',') ? "invalid_method"
                                                      : "invalid_target");
    if (refused[_i].allow)
        ck_assert_str_eq(verdict.allow, refused[_i].allow);
    else
        ck_assert_ptr_null(verdict.allow);
}
END_TEST

START_TEST(options_of_a_listed_origin_are_a_preflight)
{
    struct guard_verdict verdict = ask("OPTIONS /v1/chat/completions", "Origin: app://x\n");
    ck_assert_int_eq(verdict.status, 0);
    ck_assert_int_eq(verdict.endpoint, ENDPOINT_PREFLIGHT);
    ck_assert_str_eq(verdict.allow, "POST");
    verdict = ask("OPTIONS /v1/files", "Origin: app://x\n");
    ck_assert_str_eq(verdict.allow, "GET, HEAD, POST, PUT, PATCH, DELETE");
    verdict = ask("OPTIONS /v1/files", "Origin: https://evil.test\n");
    ck_assert_int_eq(verdict.status, 403);
}
END_TEST

START_TEST(a_long_path_is_shown_in_part)
{
    char line[200];
    memset(line, 'x', sizeof(line));
    memcpy(line, "GET /", 5);
    line[sizeof(line) - 1] = '\0';
    struct guard_verdict verdict = ask(line, "");
    guard_case_expect("a long path", &verdict, 404, "unknown_url");
    ck_assert_ptr_nonnull(strstr(verdict.message, "xxx: OpenAI's paths"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard_endpoint");
    TCase *tc = tcase_create("guard_endpoint");
    tcase_add_loop_test(tc, a_base_URL_with_v1_or_without_is_the_same, 0, ROWS(below));
    tcase_add_test(tc, a_websocket_is_told_at_once_that_there_is_none);
    tcase_add_test(tc, the_base_url_itself_is_told_as_what_it_is);
    tcase_add_loop_test(tc, paths_are_told_apart, 0, ROWS(served));
    tcase_add_loop_test(tc, unknown_paths_and_wrong_methods_are_refused, 0, ROWS(refused));
    tcase_add_test(tc, options_of_a_listed_origin_are_a_preflight);
    tcase_add_test(tc, a_long_path_is_shown_in_part);
    tcase_add_loop_test(tc, a_browser_gets_the_page_of_the_status, 0, ROWS(pages));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
