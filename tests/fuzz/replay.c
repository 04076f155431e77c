/*
 * Stands in for libFuzzer, which gcc does not have: gives a target the bytes of each file, once.
 *
 *     fuzz_NAME FILE...
 *
 * 0, or 1: a file cannot be read. Where a property does not hold it aborts, as the fuzzer does.
 */
#include <errno.h>

#include "fuzz.h"

/* The most that a seed may have, in bytes. */
#define SEED_MAX ((size_t)1 << 20)

/* The target gets just these bytes, so that a sanitizer sees what is read behind them. */
static void give(const uint8_t *bytes, size_t len)
{
    uint8_t *seed = malloc(len ? len : 1);
    require(seed != NULL);
    memcpy(seed, bytes, len);
    (void)LLVMFuzzerTestOneInput(seed, len);
    free(seed);
}

/* NULL, or what is wrong with the file. */
static const char *replay(const char *path)
{
    static uint8_t bytes[SEED_MAX + 1];
    FILE *file = fopen(path, "rb");
    if (!file)
        return strerror(errno);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed || len > SEED_MAX)
        return failed ? "it cannot be read" : "it is too long";
    give(bytes, len);
    return NULL;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        (void)fprintf(stderr, "%s\n", argv[i]);
        const char *wrong = replay(argv[i]);
        if (wrong) {
            (void)fprintf(stderr, "%s\n", wrong);
            return 1;
        }
    }
    return 0;
}
