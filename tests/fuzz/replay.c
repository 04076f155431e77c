/*
 * In the place of libFuzzer, which gcc has not: gives a target the bytes of each file, once.
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

static bool replay(const char *path)
{
    static uint8_t bytes[SEED_MAX];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t len = fread(bytes, 1, SEED_MAX, file);
    bool whole = feof(file) != 0;
    (void)fclose(file);
    if (whole)
        give(bytes, len);
    return whole;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        (void)fprintf(stderr, "%s\n", argv[i]);
        if (!replay(argv[i])) {
            (void)fprintf(stderr, "it cannot be read, or is too long: %s\n", strerror(errno));
            return 1;
        }
    }
    return 0;
}
