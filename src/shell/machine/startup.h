/*
 * What a process was started with can be read in /proc/PID/cmdline and environ by root, and so by
 * what root runs: ps, a collector of crashes, a page of support. Here it is moved out of sight.
 */
#ifndef UNDERSTUDY_STARTUP_H
#define UNDERSTUDY_STARTUP_H

/*
 * Moves the environment: names stay where they were, each value is wiped there and is found by
 * getenv(3) as ever. Once, before there are threads and before anybody keeps what getenv gave.
 */
void startup_hide_environment(void);

/*
 * Of words like "SECTION.KEY=VALUE" in which VALUE is a secret itself it becomes asterisks in its
 * place, and argv has a copy of the word from then on. argv ends in NULL.
 */
void startup_hide_arguments(char **argv);

/* Wipes what was moved; no variable is found from then on, and no such word. It is not freed: a
 * thread that hangs in a look-up of a name outlives this, and the resolver asks for variables. */
void startup_done(void);

#endif
