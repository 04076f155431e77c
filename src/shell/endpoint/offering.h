/*
 * What all providers of the route have (core offer.h), asked of all of them at once: what can be
 * had within a few seconds. A cloud's list is kept for some seconds; what an Ollama has, the
 * catalogue knows. Embedded in the job that wants it.
 */
#ifndef UNDERSTUDY_OFFERING_H
#define UNDERSTUDY_OFFERING_H

#include "base/loop.h"
#include "base/shared_config.h"
#include "call/fetch.h"
#include "provider/catalog.h"
#include "tell/model_page.h"
#include "tell/offer.h"

struct endpoints;
struct inbound;
struct offering;

struct offering_part {
    struct offering *offering;
    const struct config_provider *provider;
    size_t key;                   /* with which the cloud is asked */
    struct fetch *fetch;          /* a cloud is asked, and whoever is asked for something else */
    struct buf list;              /* its answer, of this or an earlier question; empty = none */
    struct catalog_waiter waiter; /* an Ollama is asked */
    bool credential;              /* the app's own is for it */
    bool gone;                    /* it did not answer, whatever it said some time ago */
    bool pending;
};

struct offering {
    struct endpoints *at;
    struct shared_config *shared;
    struct buf headers;     /* the app's that go along */
    const struct kind *app; /* that the app was made for */
    struct offer offer;     /* who is asked; what they have said is in it when it is told */
    struct offering_part part[ROUTE_STEPS_MAX];
    const char *instead; /* all are asked for this path instead of their models; NULL = no */
    char *one;           /* where a cloud is asked for one model; NULL = for its list */
    void (*told)(struct offering *offering); /* from the loop: all have answered, or have not */
    struct loop_task finish;
};

/* Of the settings in effect, with nobody in the offer yet and no header. */
void offering_init(struct offering *offering, struct endpoints *at,
                   void (*told)(struct offering *offering));
void offering_done(struct offering *offering);

/* Asks everybody of the offer. */
void offering_start(struct offering *offering);

/* The n-th's answer to what was asked instead, or for one model; status 0 = none came. */
struct model_said offering_said(const struct offering *offering, size_t n);

#endif
