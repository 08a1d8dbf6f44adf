/* The speed of transfers between the host and a device, with the calls that jobs use.
 *
 *     bench/transfers [--device TEXT] [--rounds N] [--mib N]
 *
 * Downloads go to pinned and to pageable memory, in turn. The device is treated as one with its own memory: where it
 * shares the host's memory, jobs read results in place, and these figures say what they save. Each pageable download
 * ends with reading a byte of every page, because a driver may copy only then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "device/choose.h"
#include "device/compute.h"
#include "device/discover.h"

#define ROUNDS_MAX 200
#define PAGE 4096

enum transfer { UPLOAD, DOWNLOAD_PINNED, DOWNLOAD_PAGEABLE, TRANSFERS };

static const char *const names[TRANSFERS] = {"upload", "download, pinned", "download, not pinned"};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum plotmill_status download(struct compute *compute, struct buffer *buffer, size_t size,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static volatile unsigned char sum;
    const void *data = NULL;
    TRY(buffer_view(buffer, size, &data, error));
    for (size_t at = 0; at < size; at += PAGE)
        sum = (unsigned char)(sum + ((const unsigned char *)data)[at]);
    TRY(buffer_unview(buffer, error));
    TRY(compute_wait(compute, error));
done:
    return status;
}

static enum plotmill_status measure(struct compute *compute, struct buffer *pinned, struct buffer *pageable,
                                    const unsigned char *source, size_t size, int rounds,
                                    double seconds[TRANSFERS][ROUNDS_MAX], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int round = -2; round < rounds; round++) /* two rounds to warm up */
        for (int transfer = 0; transfer < TRANSFERS; transfer++) {
            const double begin = os_seconds();
            if (transfer == UPLOAD) {
                TRY(buffer_write(pinned, 0, source, size, error));
                TRY(compute_wait(compute, error));
            } else
                TRY(download(compute, transfer == DOWNLOAD_PINNED ? pinned : pageable, size, error));
            seconds[transfer][round < 0 ? 0 : round] = os_seconds() - begin;
        }
done:
    return status;
}

static void report(size_t size, int rounds, double seconds[TRANSFERS][ROUNDS_MAX], bool pinned)
{
    for (int transfer = 0; transfer < TRANSFERS; transfer++) {
        double *each = seconds[transfer];
        qsort(each, (size_t)rounds, sizeof *each, compare_doubles);
        const double middle = (each[(rounds - 1) / 2] + each[rounds / 2]) / 2, bytes = (double)size / 1e9;
        if (transfer == DOWNLOAD_PINNED && !pinned)
            printf("  %-22s the driver gave no pinned memory\n", names[transfer]);
        else
            printf("  %-22s %9.3f GB/s (%.3f to %.3f), %d rounds\n", names[transfer], bytes / middle,
                   bytes / each[rounds - 1], bytes / each[0], rounds);
    }
}

/* Opens the device at `index` a second time as one that has its own memory. */
static enum plotmill_status run(const struct device_list *list, size_t index, size_t size, int rounds,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static double seconds[TRANSFERS][ROUNDS_MAX];
    struct device_entry entry = list->entries[index];
    struct compute *compute = NULL;
    struct buffer *pinned = NULL, *pageable = NULL;
    unsigned char *source = NULL;
    entry.info.discrete = 1;
    TRY_ALLOCATE(error, source, size, 1);
    memset(source, 7, size);
    TRY(compute_open(&compute, &entry, error));
    TRY(buffer_create(&pinned, compute, size, BUFFER_DOWNLOAD, error));
    compute_unpin(compute);
    TRY(buffer_create(&pageable, compute, size, BUFFER_DOWNLOAD, error));
    TRY(buffer_write(pageable, 0, source, size, error));
    TRY(measure(compute, pinned, pageable, source, size, rounds, seconds, error));
    report(size, rounds, seconds, buffer_pinned_size(pinned) > 0);
done:
    buffer_destroy(pageable);
    buffer_destroy(pinned);
    compute_close(compute);
    free(source);
    return status;
}

static int usage(void)
{
    fprintf(stderr, "usage: transfers [--device TEXT] [--rounds N] [--mib N]\n");
    return 2;
}

int main(int argc, char **argv)
{
    enum plotmill_status status = PLOTMILL_OK;
    static struct plotmill_error message;
    struct plotmill_error *error = &message;
    struct device_list list = {0};
    struct device_info chosen;
    const char *device = NULL;
    int rounds = 15, mib = 256;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage();
        if (!strcmp(argv[i], "--device"))
            device = argv[i + 1];
        else if (!strcmp(argv[i], "--rounds"))
            rounds = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--mib"))
            mib = atoi(argv[i + 1]);
        else
            return usage();
    }
    if (rounds < 1 || rounds > ROUNDS_MAX || mib < 1 || mib > 4096)
        return usage();
    TRY(device_list_find(&list, NULL, error));
    TRY(device_choose(&list, device, &chosen, error));
    printf("%s (%s): %s\n%d MiB, %s\n", chosen.name, chosen.driver, chosen.reason, mib,
           chosen.discrete ? "the device has its own memory" : "the device shares the host's memory");
    TRY(run(&list, chosen.index, (size_t)mib << 20, rounds, error));
done:
    device_list_free(&list);
    if (status)
        fprintf(stderr, "transfers: %s\n", error->message);
    return status ? 1 : 0;
}
