/*
 * A row of the table of kinds that no source knows: the core is compiled once more with it
 * (Makefile, TOY). What passes here proves that a kind is its record and nothing else.
 */
#ifndef UNDERSTUDY_TOY_KIND_H
#define UNDERSTUDY_TOY_KIND_H

#define KIND_MORE(X) X(toy)

struct kind;
extern const struct kind kind_toy;

#endif
