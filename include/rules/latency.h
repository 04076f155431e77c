/*
 * How long a model usually takes to its first content (a whole answer: to all of it), and from
 * that: when a silent provider gets company ([route] hedge_after). Bounded memory. Not for several
 * threads at once.
 */
#ifndef UNDERSTUDY_LATENCY_H
#define UNDERSTUDY_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "text/text.h"

#define LATENCY_MODELS_MAX 32
#define LATENCY_VALUES_MAX 64
/* Models with longer names are not remembered. */
#define LATENCY_NAME_MAX 128

struct latency_model {
    char name[LATENCY_NAME_MAX]; /* "" = free */
    uint64_t noted; /* when it was last noted, counted in notes: the oldest gives way */
    uint64_t count; /* values ever, those replaced included */
    int32_t value_ms[LATENCY_VALUES_MAX];
};

struct latency {
    struct latency_model model[LATENCY_MODELS_MAX];
    uint64_t notes;
};

void latency_init(struct latency *latency);

/*
 * The model brought its first content after so long. Only for attempts that did: a silent or
 * cancelled one tells nothing about the usual time. The name is the caller's to make distinct
 * (PROVIDER:MODEL).
 */
void latency_note(struct latency *latency, struct text model, int64_t first_content_ms);

/* The 95th percentile (nearest rank) of its last 64 values; 0 while nothing is known. */
int64_t latency_usual_ms(const struct latency *latency, struct text model);

/* What is known of a request when its hedge is planned. */
struct latency_hedge {
    int64_t setting_ms; /* latency_hedge_setting */
    bool stream;
    bool reasoning;   /* the request asks for it: a long silence is thinking */
    int64_t usual_ms; /* latency_usual_ms of the model that is asked, of streams or whole answers */
};

/* After so long without content the next provider starts too; -1 = never. */
int64_t latency_hedge_ms(const struct latency_hedge *hedge);

/* hedge_after for requests that ask for that model: its [model] line's, else [route]'s. */
int64_t latency_hedge_setting(const struct config *config, struct text model);

#endif
