#include "fuzz.h"

#include <sanitizer/allocator_interface.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "source/source.h"

/* Any input may need this much: buffers of fixed size, of which text takes 2.7 MiB. */
#define BASE_BYTES ((int64_t)8 << 20)
/* A value takes 8 bytes and at least two of text; a record's place, a side column and a time as much again each. */
#define BYTES_PER_BYTE 64
/* What is compressed names the window that its decompressor needs: zstd up to 128 MiB. */
#define WINDOW_BYTES ((int64_t)160 << 20)
/* Processor time: 1 s a MB. The first second is for what does not depend on the length. */
#define BASE_SECONDS 1.0
#define SECONDS_PER_BYTE (1e-6)

static atomic_int_fast64_t live, peak;
static int64_t start_live;
static double start_time;
static size_t input_size, input_expands;

static void count_malloc(const volatile void *pointer, size_t size)
{
    (void)pointer;
    const int64_t now = atomic_fetch_add(&live, (int64_t)size) + (int64_t)size;
    int_fast64_t before = atomic_load(&peak);
    while (now > before && !atomic_compare_exchange_weak(&peak, &before, now))
        continue;
}

static void count_free(const volatile void *pointer)
{
    if (pointer)
        atomic_fetch_sub(&live, (int64_t)__sanitizer_get_allocated_size((const void *)pointer));
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void fuzz_begin(size_t size, size_t expands)
{
    static int installed;
    if (!installed++)
        __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free);
    input_size = size;
    input_expands = expands;
    start_live = atomic_load(&live);
    atomic_store(&peak, start_live);
    start_time = processor_seconds();
}

/* What the suite plants, to see that it is found. */
static void plant(void)
{
    const char *what = getenv("PLOTMILL_FUZZ_PLANT");
    if (what && !strcmp(what, "memory")) {
        char *volatile large = malloc((size_t)400 << 20);
        free(large);
    }
    while (what && !strcmp(what, "seconds") && processor_seconds() - start_time < BASE_SECONDS + 3)
        continue;
}

void fuzz_end(void)
{
    plant();
    const double seconds = processor_seconds() - start_time;
    const int64_t bytes = atomic_load(&peak) - start_live;
    const double length = (double)input_size * (double)input_expands;
    if (seconds > BASE_SECONDS + SECONDS_PER_BYTE * length) {
        fprintf(stderr, "fuzz: %.1f s of processor time for %zu bytes\n", seconds, input_size);
        abort();
    }
    const int64_t base = BASE_BYTES + (input_expands > 1 ? WINDOW_BYTES : 0);
    if ((double)bytes > (double)base + BYTES_PER_BYTE * length) {
        fprintf(stderr, "fuzz: %lld bytes of memory for %zu bytes\n", (long long)bytes, input_size);
        abort();
    }
}

static char path[200];

static void remove_file(void)
{
    unlink(path);
}

const char *fuzz_file(const uint8_t *data, size_t size, const char *extension)
{
    if (!*path) {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%.120s/plotmill-fuzz-%ld%s", folder ? folder : "/tmp", (long)getpid(), extension);
        atexit(remove_file);
    }
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) {
        perror(path);
        exit(1);
    }
    return path;
}

static void read_all(const struct source *source, const struct source_options *options)
{
    const size_t values = source_fields(source->shape) * (source->shape.row_length ? source->shape.row_length : 1);
    struct plotmill_error error;
    uint64_t count = 64;
    if (values > 1 << 16)
        return;
    double *out = malloc((values + 3) * count * sizeof *out);
    int64_t *times = malloc(2 * count * sizeof *times);
    uint64_t *rows = malloc(count * sizeof *rows);
    for (uint64_t first = 0; out && times && rows && first < source->shape.samples && first < 1 << 16; first += count) {
        if (count > source->shape.samples - first)
            count = source->shape.samples - first;
        if (source->ops->read(source->self, first, count, out, &error))
            break;
        if (source->ops->rows)
            source->ops->rows(source->self, first, count, rows);
        if (source->ops->times && source->ops->times(source->self, first, count, times, &error))
            break;
        for (size_t i = 0; i < options->side_count && source->ops->side; i++)
            if (source->ops->side(source->self, i, first, count, out, &error))
                break;
        if (source->ops->locate) {
            char place[100];
            source->ops->locate(source->self, first, place, sizeof place);
        }
    }
    free(out);
    free(times);
    free(rows);
}

void fuzz_open(const char *name, uint8_t choice)
{
    static const struct side_request sides[] = {{"0", "group-by", true}, {"1", "label", false}};
    struct source source;
    struct plotmill_error error;
    struct source_options options = {.columns = choice & 1 ? "0" : NULL, .column = choice & 1 ? NULL : "1"};
    if (choice & 2)
        options.text.header = choice & 4 ? "none" : "1";
    options.order = choice & 8 ? ORDER_FILE : ORDER_TIME;
    options.text.skip_bad_rows = choice & 16;
    options.group_by = choice & 32 ? "0" : NULL;
    options.text.sequences = (choice & 192) == 64;
    if ((choice & 192) == 128) {
        options.sides = sides;
        options.side_count = 2;
    }
    if ((choice & 192) == 192)
        options.text = (struct text_options){.decimal = choice & 4 ? "," : NULL,
                                             .separator = choice & 2 ? ";" : NULL,
                                             .missing = "-9999,x",
                                             .skip_bad_rows = choice & 16};
    if (source_open(&source, &name, 1, &options, NULL, &error))
        return;
    read_all(&source, &options);
    source_close(&source);
}
