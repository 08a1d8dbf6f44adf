/* What keeps files whole: locks, and what has reached the disk; and the room on it. */
#if defined(__linux__)
#define _GNU_SOURCE /* syncfs */
#endif

#include "base/os.h"

#include <errno.h>

#if defined(_WIN32)
#include <io.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#endif

#if defined(_WIN32)

/* A byte beyond all that is ever written: what is locked there nobody may write. */
bool os_lock_file(FILE *file)
{
    OVERLAPPED place = {.OffsetHigh = 0x40000000};
    if (LockFileEx((HANDLE)_get_osfhandle(_fileno(file)), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                   &place))
        return true;
    errno = GetLastError() == ERROR_LOCK_VIOLATION ? EAGAIN : ENOLCK;
    return false;
}

bool os_lock_held(void)
{
    return errno == EAGAIN;
}

/* Nobody removes a file that is open here. */
static bool is_at(FILE *file, const char *path)
{
    (void)file, (void)path;
    return true;
}

bool os_free_bytes(const char *folder, uint64_t *bytes)
{
    ULARGE_INTEGER available;
    if (!GetDiskFreeSpaceExA(folder, &available, NULL, NULL))
        return false;
    *bytes = available.QuadPart;
    return true;
}

static bool sync_handle(FILE *file)
{
    return _commit(_fileno(file)) == 0;
}

bool os_sync_system(const char *path)
{
    (void)path;
    return true;
}

bool os_sync_names(const char *folder)
{
    (void)folder;
    return true;
}

#else

bool os_lock_file(FILE *file)
{
    return flock(fileno(file), LOCK_EX | LOCK_NB) == 0;
}

bool os_lock_held(void)
{
    return errno == EWOULDBLOCK;
}

static bool is_at(FILE *file, const char *path)
{
    struct stat opened, found;
    return fstat(fileno(file), &opened) == 0 && stat(path, &found) == 0 && opened.st_dev == found.st_dev &&
           opened.st_ino == found.st_ino;
}

/* A pipe, or a file system that keeps nothing, has nothing to sync. */
static bool sync_handle(FILE *file)
{
    return fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP;
}

bool os_sync_system(const char *path)
{
#if defined(__linux__)
    int folder = open(path, O_RDONLY);
    bool done = folder >= 0 && syncfs(folder) == 0;
    int why = errno;
    if (folder >= 0)
        close(folder);
    errno = why;
    return done;
#else
    (void)path;
    sync();
    return true;
#endif
}

bool os_free_bytes(const char *folder, uint64_t *bytes)
{
    struct statvfs info;
    if (statvfs(folder, &info) || !info.f_blocks)
        return false;
    *bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return true;
}

bool os_sync_names(const char *folder)
{
    int opened = open(folder, O_RDONLY);
    bool done = opened >= 0 && (fsync(opened) == 0 || errno == EINVAL || errno == ENOTSUP);
    int why = errno;
    if (opened >= 0)
        close(opened);
    errno = why;
    return done;
}

#endif

/* Whoever finds a file between its making and its locking holds the lock for a moment, and removes it. */
FILE *os_create_locked(const char *path)
{
    for (int tries = 0;; tries++) {
        FILE *file = fopen(path, "wb");
        if (!file || ((os_lock_file(file) || !os_lock_held()) && is_at(file, path)) || tries == 1000)
            return file;
        fclose(file);
    }
}

bool os_sync_file(const char *path)
{
    FILE *file = fopen(path, "r+b");
    if (!file)
        return false;
    bool done = sync_handle(file);
    int why = errno;
    fclose(file);
    errno = why;
    return done;
}
