/* See client_rates.h. There are as many as sections that set a rate, so they are looked through. */
#include "ledger/client_rates.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/allowance.h"

struct client_rate {
    char *name;
    struct allowance allowance;
};

static struct {
    pthread_mutex_t lock;
    struct client_rate *at;
    size_t count;
} rates = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* With the lock held. */
static struct client_rate *find(const char *name)
{
    for (size_t i = 0; i < rates.count; i++)
        if (strcmp(rates.at[i].name, name) == 0)
            return &rates.at[i];
    return NULL;
}

static void free_all(struct client_rate *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(at[i].name);
    free(at);
}

void client_rates_configure(const struct config *config, int64_t now_ms)
{
    const struct config_server *server = &config->server;
    struct client_rate *at = xcalloc(server->named_token_count + 1, sizeof(*at));
    size_t count = 0;
    pthread_mutex_lock(&rates.lock);
    for (size_t i = 0; i < server->named_token_count; i++) {
        const struct config_token *token = &server->named_tokens[i];
        if (token->requests.count == 0)
            continue;
        const struct client_rate *before = find(token->name);
        struct client_rate *rate = &at[count++];
        rate->name = xstrdup(token->name);
        allowance_init(&rate->allowance, &token->requests, now_ms);
        if (before) {
            rate->allowance = before->allowance;
            allowance_change(&rate->allowance, &token->requests, now_ms);
        }
    }
    free_all(rates.at, rates.count);
    rates.at = at;
    rates.count = count;
    pthread_mutex_unlock(&rates.lock);
}

int64_t client_rates_take(const struct config_token *token, int64_t now_ms)
{
    if (token->requests.count == 0)
        return 0;
    pthread_mutex_lock(&rates.lock);
    struct client_rate *rate = find(token->name);
    int64_t wait_ms = rate ? allowance_take(&rate->allowance, now_ms) : 0;
    pthread_mutex_unlock(&rates.lock);
    return wait_ms;
}

void client_rates_done(void)
{
    pthread_mutex_lock(&rates.lock);
    free_all(rates.at, rates.count);
    rates.at = NULL;
    rates.count = 0;
    pthread_mutex_unlock(&rates.lock);
}
