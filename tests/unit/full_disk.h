/* A file size limit simulates a full disk: the same writes fail. */
#ifndef UNIT_FULL_DISK_H
#define UNIT_FULL_DISK_H

#include "sink_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static inline void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Writing `path` under this limit must have failed with a clear message and left no file. */
static inline void assert_disk_was_full(const char *path, uint64_t limit, enum plotmill_status status,
                                        const struct plotmill_error *error)
{
    cr_assert_eq(status, PLOTMILL_IO_FAILED, "limit %llu: %s", (unsigned long long)limit, plotmill_status_str(status));
    assert_fails(status, PLOTMILL_IO_FAILED, error, "cannot be written: File too large");
    cr_assert_eq(strncmp(error->message, path, strlen(path)), 0, "%s", error->message);
    cr_assert_eq(entries("."), 0, "limit %llu", (unsigned long long)limit);
}

#endif
