/* Reads four fields and the times of a text file, as a job does, and prints a JSON object: seconds, rows, the sum of
 * all values, the sum of times modulo 2^64, and the most memory that the process used.
 *
 *   bench-read_text PATH FIELD FIELD FIELD FIELD */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/os.h"
#include "source/source.h"

#define FIELDS 4
#define PIECE 65536

static double values[PIECE * FIELDS];
static int64_t times[PIECE];

static void fail(const struct plotmill_error *error)
{
    fprintf(stderr, "bench-read_text: %s\n", error->message);
    exit(1);
}

int main(int argc, char **argv)
{
    struct plotmill_error error = {0};
    struct source source;
    double sum = 0;
    uint64_t time_sum = 0;
    if (argc != 2 + FIELDS)
        return 2;
    const struct source_options options = {.fields = (const char *const *)argv + 2, .field_count = FIELDS};
    const double start = os_seconds();
    if (source_open(&source, (const char *const *)argv + 1, 1, &options, NULL, &error))
        fail(&error);
    const double seconds = os_seconds() - start;
    for (uint64_t first = 0; first < source.shape.samples; first += PIECE) {
        const uint64_t left = source.shape.samples - first, count = MIN(left, PIECE);
        if (source.ops->read(source.self, first, count, values, &error) ||
            source.ops->times(source.self, first, count, times, &error))
            fail(&error);
        for (uint64_t i = 0; i < count * FIELDS; i++)
            sum += values[i];
        for (uint64_t i = 0; i < count; i++)
            time_sum += (uint64_t)times[i];
    }
    printf("{\"seconds\": %.3f, \"rows\": %" PRIu64 ", \"sum\": %.17g, \"times\": %" PRIu64 ", \"peak\": %" PRIu64
           "}\n",
           seconds, source.shape.samples, sum, time_sum, os_peak_memory());
    source_close(&source);
    return 0;
}
