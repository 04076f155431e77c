/*
 * A row of the table of dialects that no source knows: the core is compiled once more with it
 * (Makefile, TOY). What passes here proves that a dialect is its record and nothing else.
 */
#ifndef UNDERSTUDY_TOY_DIALECT_H
#define UNDERSTUDY_TOY_DIALECT_H

#define DIALECT_MORE(X) X(toy)

struct dialect;
extern const struct dialect dialect_toy;

#endif
