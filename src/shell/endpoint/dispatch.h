/* What a request is for: the endpoints behind the guard's verdict. */
#ifndef UNDERSTUDY_DISPATCH_H
#define UNDERSTUDY_DISPATCH_H

struct inbound;

/* The request is here whole: replies at once, or starts a job that will. arg: a struct endpoints.
 */
void endpoint_dispatch(void *arg, struct inbound *inbound);

#endif
