/*
 * The four lines at the start (greeting.h): asks the Ollama of the route for its version and its
 * models, and says them when it has answered, or has not within a second. Only where the log is for
 * people.
 */
#ifndef UNDERSTUDY_GREET_H
#define UNDERSTUDY_GREET_H

struct greet;
struct listeners;
struct worker;

/* Before the worker runs. The worker must outlive it; NULL: there is nobody to greet. */
struct greet *greet_new(struct worker *worker, const struct listeners *sockets);

/* Also in the middle of it, once the worker runs no more. NULL is fine. */
void greet_free(struct greet *greet);

#endif
