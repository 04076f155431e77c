/* The table of classes, held against what the settings' page and the contract say of each. */
#include "failure/failure.h"
#include "unit.h"

static const struct {
    const char *word;
    enum failure failure;
    bool retried, moves_on;
    int status;
} classes[] = {
    {"network", FAILURE_NETWORK, true, true, 502},
    {"timeout", FAILURE_TIMEOUT, true, true, 504},
    {"protocol", FAILURE_PROTOCOL, true, true, 502},
    {"server", FAILURE_SERVER, true, true, 502},
    {"rate_limit", FAILURE_RATE_LIMIT, false, true, 503},
    {"auth", FAILURE_AUTH, false, true, 502},
    {"quota", FAILURE_QUOTA, false, true, 502},
    {"model", FAILURE_MODEL, false, true, 502},
    {"context", FAILURE_CONTEXT, false, true, 502},
    {"policy", FAILURE_POLICY, false, false, 502},
    {"request", FAILURE_REQUEST, false, false, 502},
    {"redirect", FAILURE_REDIRECT, false, true, 502},
    {"skipped", FAILURE_SKIPPED, false, true, 503},
    {"cancelled", FAILURE_CANCELLED, false, false, 499},
};

START_TEST(a_class_does_what_the_contract_says)
{
    enum failure failure = classes[_i].failure;
    ck_assert_str_eq(failure_word(failure), classes[_i].word);
    ck_assert_int_eq(failure_by_word(text_of(classes[_i].word)), failure);
    ck_assert_int_eq((failure_default_retry() & FAILURE_BIT(failure)) != 0, classes[_i].retried);
    ck_assert_int_eq((failure_default_fallback() & FAILURE_BIT(failure)) != 0,
                     classes[_i].moves_on);
    ck_assert_int_eq(failure_status(failure), classes[_i].status);
    ck_assert_uint_gt(strlen(failure_sentence(failure)), 10);
}
END_TEST

START_TEST(there_are_no_other_classes)
{
    ck_assert_int_eq(FAILURE_COUNT, ROWS(classes) + 1);
    ck_assert_uint_eq(failure_default_retry() >> FAILURE_COUNT, 0);
    ck_assert_uint_eq(failure_default_fallback() >> FAILURE_COUNT, 0);
}
END_TEST

START_TEST(no_failure_is_ok_and_never_retried)
{
    ck_assert_str_eq(failure_word(FAILURE_NONE), "ok");
    ck_assert_int_eq(failure_status(FAILURE_NONE), 200);
    ck_assert_uint_eq(failure_default_retry() & FAILURE_BIT(FAILURE_NONE), 0);
    ck_assert_uint_eq(failure_default_fallback() & FAILURE_BIT(FAILURE_NONE), 0);
}
END_TEST

START_TEST(some_words_tell_of_no_error)
{
    ck_assert(!failure_word_is_error("ok"));
    ck_assert(!failure_word_is_error("policy"));
    ck_assert(!failure_word_is_error("cancelled"));
    ck_assert(failure_word_is_error("server"));
    ck_assert(failure_word_is_error("skipped-offline"));
}
END_TEST

START_TEST(other_words_are_no_class)
{
    static const char *const words[] = {"",         "ok",  "none",      "Network",
                                        "networks", "net", "rate-limit"};
    for (int i = 0; i < ROWS(words); i++)
        ck_assert_int_eq(failure_by_word(text_of(words[i])), FAILURE_NONE);
    ck_assert_int_eq(failure_by_word((struct text){0}), FAILURE_NONE);
}
END_TEST

static const struct {
    const char *word;
    enum transport transport;
    enum failure failure;
    bool processed; /* sent in full, or nearly: maybe billed */
} transports[] = {
    {"ok", TRANSPORT_OK, FAILURE_NONE, false},
    {"dns", TRANSPORT_DNS, FAILURE_NETWORK, false},
    {"connect", TRANSPORT_CONNECT, FAILURE_NETWORK, false},
    {"proxy", TRANSPORT_PROXY, FAILURE_NETWORK, false},
    {"proxy_auth", TRANSPORT_PROXY_AUTH, FAILURE_AUTH, false},
    {"tls", TRANSPORT_TLS, FAILURE_NETWORK, false},
    {"certificate", TRANSPORT_CERTIFICATE, FAILURE_AUTH, false},
    {"connect_timeout", TRANSPORT_CONNECT_TIMEOUT, FAILURE_TIMEOUT, false},
    {"send", TRANSPORT_SEND, FAILURE_NETWORK, true},
    {"reset", TRANSPORT_RESET, FAILURE_NETWORK, true},
    {"first_byte_timeout", TRANSPORT_FIRST_BYTE_TIMEOUT, FAILURE_TIMEOUT, true},
    {"idle_timeout", TRANSPORT_IDLE_TIMEOUT, FAILURE_TIMEOUT, true},
    {"malformed", TRANSPORT_MALFORMED, FAILURE_PROTOCOL, true},
    {"truncated", TRANSPORT_TRUNCATED, FAILURE_PROTOCOL, true},
    {"too_large", TRANSPORT_TOO_LARGE, FAILURE_PROTOCOL, true},
    {"deadline", TRANSPORT_DEADLINE, FAILURE_TIMEOUT, true},
    {"internal", TRANSPORT_INTERNAL, FAILURE_NETWORK, false},
    {"descriptors", TRANSPORT_NO_DESCRIPTOR, FAILURE_SKIPPED, false},
};

START_TEST(an_end_of_the_transport_has_one_class)
{
    enum transport transport = transports[_i].transport;
    ck_assert_str_eq(transport_word(transport), transports[_i].word);
    ck_assert_int_eq(transport_failure(transport), transports[_i].failure);
    ck_assert_int_eq(transport_processed(transport), transports[_i].processed);
    ck_assert_uint_gt(strlen(transport_sentence(transport)), 10);
}
END_TEST

START_TEST(there_are_no_other_ends)
{
    ck_assert_int_eq(TRANSPORT_COUNT, ROWS(transports));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("failure");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, a_class_does_what_the_contract_says, 0, ROWS(classes));
    tcase_add_test(tc, there_are_no_other_classes);
    tcase_add_test(tc, no_failure_is_ok_and_never_retried);
    tcase_add_test(tc, some_words_tell_of_no_error);
    tcase_add_test(tc, other_words_are_no_class);
    tcase_add_loop_test(tc, an_end_of_the_transport_has_one_class, 0, ROWS(transports));
    tcase_add_test(tc, there_are_no_other_ends);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
