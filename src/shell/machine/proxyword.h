/* Proxies of the environment are not read: who has set one wonders why nothing can be reached. */
#ifndef UNDERSTUDY_PROXYWORD_H
#define UNDERSTUDY_PROXYWORD_H

/* The name of a variable that names a proxy for the internet, NULL when none does. */
const char *proxyword_variable(void);

#endif
