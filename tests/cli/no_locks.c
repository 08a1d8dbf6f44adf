/* Preloaded: locks of files fail with the error PLOTMILL_TEST_LOCK_ERRNO, as on file systems without locks. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>

int flock(int file, int operation)
{
    const char *number = getenv("PLOTMILL_TEST_LOCK_ERRNO");
    (void)file, (void)operation;
    errno = number ? atoi(number) : ENOLCK;
    return -1;
}
