/* What all exchanges of one worker work with. Made and owned by the worker, lent to each leg. */
#ifndef UNDERSTUDY_MEANS_H
#define UNDERSTUDY_MEANS_H

struct catalog;
struct exporter;
struct loop;
struct online;
struct places;
struct tool_servers;
struct upstream;
struct warmup;

struct means {
    struct loop *loop;
    struct upstream *upstream;
    struct catalog *catalog;
    struct online *online;
    struct places *places;
    struct warmup *warmup;
    struct exporter *exporter;  /* NULL = no spans are made */
    struct tool_servers *tools; /* NULL = none are run */
};

#endif
