/*
 * Eight bytes looked at in one go, for runs of plain text in which one of few bytes ends the run;
 * in long ones 64.
 *
 * A mask has 0x80 in the place of each byte that was asked for. It is exact up to the first such
 * byte, which is all that word_first tells: masks may be joined by |.
 */
#ifndef UNDERSTUDY_WORD_H
#define UNDERSTUDY_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_SIZE      8
#define WORD_OF(byte)  (UINT64_C(0x0101010101010101) * (unsigned char)(byte))
#define WORD_HIGH_BITS WORD_OF(0x80)

/* The byte at p is the lowest of the word, whatever the machine. */
static inline uint64_t word_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline uint64_t word_below(uint64_t word, unsigned char limit) /* at most 0x80 */
{
    return (word - WORD_OF(limit)) & ~word & WORD_HIGH_BITS;
}

static inline uint64_t word_equal(uint64_t word, char byte)
{
    return word_below(word ^ WORD_OF(byte), 1);
}

/* Each byte that is not ASCII, printable and neither quote nor backslash: what ends a run of plain
 * bytes in a JSON string. No sum goes beyond its byte, since each of both parts has seven bits. */
static inline uint64_t word_odd(uint64_t word)
{
    const uint64_t seven = word & ~WORD_HIGH_BITS, most = WORD_OF(0x7f);
    uint64_t plain = (seven + WORD_OF(0x80 - ' ')) & ((seven ^ WORD_OF('"')) + most) &
                     ((seven ^ WORD_OF('\\')) + most);
    return (~plain | word) & WORD_HIGH_BITS;
}

/* A vector of the compiler's: one instruction looks at all of it where the machine has such. */
typedef signed char word_block __attribute__((vector_size(16)));
#define WORD_BLOCKS 64

/* Has any of WORD_BLOCKS bytes what word_odd tells? What is not ASCII is below a blank, too. */
static inline bool word_blocks_odd(const char *p)
{
    word_block odd = {0};
    uint64_t half[2];
    for (size_t i = 0; i < WORD_BLOCKS; i += sizeof(odd)) {
        word_block block;
        memcpy(&block, p + i, sizeof(block));
        odd |= (block < ' ') | (block == '"') | (block == '\\');
    }
    memcpy(half, &odd, sizeof(half));
    return (half[0] | half[1]) != 0;
}

/* Of the first byte that the mask has; it has one. */
static inline size_t word_first(uint64_t mask)
{
    return (size_t)__builtin_ctzll(mask) / 8;
}

#endif
