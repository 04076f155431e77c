/*
 * An exchange as spans of OpenTelemetry: one of kind SERVER for itself, below it one of kind CLIENT
 * for each attempt, and one of kind INTERNAL for each call of a tool. Never content, a key, or a
 * provider's own words.
 *
 * Names and values: the conventions for GenAI clients (github.com/open-telemetry/
 * semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md, status Development, read 2026-11-29),
 * for HTTP and for errors (semantic-conventions v1.41.1, http.*, url.*, server.*, error.type). What
 * they have no name for begins with "understudy.". Written as OTLP/JSON (opentelemetry-proto,
 * docs/specification.md, "JSON Protobuf Encoding", read 2026-11-29): names in lowerCamelCase, ids
 * in hex, enums as numbers, integers of 64 bits as strings.
 */
#ifndef UNDERSTUDY_SPANS_H
#define UNDERSTUDY_SPANS_H

#include "http/traceparent.h"
#include "kind/api_path.h"
#include "ledger/exchange_record.h"
#include "rules/history.h"
#include "text/buf.h"
#include "text/text.h"

/* Everything is borrowed. */
struct spans_exchange {
    const struct exchange_record *record;
    const struct history *history;  /* entries without a span were no requests; those of the rounds
                                       before are told, too */
    const struct tool_notes *tools; /* the calls that were made; NULL = none */
    enum api_path path;
    const char *method;
    const struct traceparent *parent; /* the trace; its span is the app's, "" = none */
    const char *span;                 /* the exchange's own, in hex */
    const char *answer_span;          /* of the attempt whose answer the client got; "" = none */
    const char *answer_class;         /* how that ended: a failure_word, static */
};

/* How many spans that is. */
size_t spans_count(const struct spans_exchange *exchange);

/* Adds them to out, JSON objects separated by commas. 0, -EMSGSIZE or -ENOMEM; then out holds a
 * part of them. */
int spans_write(const struct spans_exchange *exchange, struct buf *out)
    __attribute__((warn_unused_result));

/* Adds the body of a request that tells a collector of such spans: an ExportTraceServiceRequest.
 * version: of this program. 0 or -errno as above. */
int spans_request(struct text spans, const char *version, struct buf *out)
    __attribute__((warn_unused_result));

#endif
