/*
 * A row of the table of kinds that no source knows: the core is compiled once more with it
 * (Makefile, TOY). What passes here proves that a kind is its record and nothing else.
 */
#ifndef UNDERSTUDY_TOY_KIND_H
#define UNDERSTUDY_TOY_KIND_H

#define KIND_MORE(X) X(toy)

/* And one of the table of presets: the provider that is there of itself. */
#define PRESET_MORE                                                                                \
    {.name = "toy",                                                                                \
     .type = "toy",                                                                                \
     .base_url = "https://toy.example/box",                                                        \
     .key_variable = "TOY_KEY",                                                                    \
     .base_url_variable = "TOY_URL",                                                               \
     .built_in = true,                                                                             \
     .source = "tests/toy",                                                                        \
     .read_on = "2026-11"},

struct kind;
extern const struct kind kind_toy;

#endif
