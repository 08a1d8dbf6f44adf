#include "base/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if defined(_WIN32)
#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <windows.h>
#else
#include <dirent.h>
#include <unistd.h>
#endif

#if defined(_WIN32)

/* Else every 10 among the bytes would come out as 13, 10. */
FILE *os_standard_output(void)
{
    fflush(stdout);
    _setmode(_fileno(stdout), _O_BINARY);
    return stdout;
}

int os_seek(FILE *file, uint64_t offset)
{
    return _fseeki64(file, (long long)offset, SEEK_SET);
}

bool os_set_size(FILE *file, uint64_t size)
{
    return fflush(file) == 0 && _chsize_s(_fileno(file), (long long)size) == 0;
}

bool os_write_at(FILE *file, uint64_t offset, const void *data, size_t size)
{
    HANDLE handle = (HANDLE)_get_osfhandle(_fileno(file));
    for (const char *from = data; size;) {
        OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
        DWORD piece = size < 1u << 30 ? (DWORD)size : 1u << 30, written = 0;
        if (!WriteFile(handle, from, piece, &written, &place) || !written) {
            errno = GetLastError() == ERROR_DISK_FULL ? ENOSPC : EIO;
            return false;
        }
        from += written;
        offset += written;
        size -= written;
    }
    return true;
}

bool os_make_folder(const char *path)
{
    return _mkdir(path) == 0;
}

/* The folders of a user's profile are open to that user alone, and so is what is made in them. */
bool os_make_private_folder(const char *path)
{
    return os_make_folder(path);
}

bool os_only_we_write(FILE *file)
{
    (void)file;
    return true;
}

bool os_cache_folder(char *path, size_t size)
{
    const char *local = getenv("LOCALAPPDATA");
    return local && *local && snprintf(path, size, "%s", local) < (int)size;
}

static bool remove_folder(const char *path)
{
    return _rmdir(path) == 0;
}

/* A junction or link to a folder: what it points at is not inside. */
static bool is_link(const char *path)
{
    DWORD attributes = GetFileAttributesA(path);
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_REPARSE_POINT;
}

static bool remove_link(const char *path)
{
    return os_is_folder(path) ? remove_folder(path) : remove(path) == 0;
}

bool os_read_link(const char *path, char *target, size_t size)
{
    (void)path, (void)target, (void)size;
    return false;
}

bool os_current_folder(char *path, size_t size)
{
    return _getcwd(path, (int)size) != NULL;
}

bool os_rename(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0;
}

bool os_list_folder(const char *path, bool (*fn)(void *user, const char *name), void *user)
{
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s\\*", path);
    WIN32_FIND_DATAA found;
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    do {
        if (strcmp(found.cFileName, ".") && strcmp(found.cFileName, "..") && !fn(user, found.cFileName))
            break;
    } while (FindNextFileA(search, &found));
    FindClose(search);
    return true;
}

#else

FILE *os_standard_output(void)
{
    return stdout;
}

int os_seek(FILE *file, uint64_t offset)
{
    return fseeko(file, (off_t)offset, SEEK_SET);
}

bool os_set_size(FILE *file, uint64_t size)
{
    return fflush(file) == 0 && ftruncate(fileno(file), (off_t)size) == 0;
}

bool os_write_at(FILE *file, uint64_t offset, const void *data, size_t size)
{
    for (const char *from = data; size;) {
        ssize_t written = pwrite(fileno(file), from, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return true;
}

bool os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0;
}

bool os_make_private_folder(const char *path)
{
    return mkdir(path, 0700) == 0;
}

bool os_only_we_write(FILE *file)
{
    struct stat info;
    return fstat(fileno(file), &info) == 0 && (info.st_uid == geteuid() || info.st_uid == 0) &&
           !(info.st_mode & S_IWOTH);
}

bool os_cache_folder(char *path, size_t size)
{
    const char *home = getenv("HOME");
#if defined(__APPLE__)
    const char *below = "/Library/Caches";
#else
    const char *below = "/.cache", *caches = getenv("XDG_CACHE_HOME");
    if (caches && *caches == '/') /* the XDG specification: a relative one counts as not set */
        home = caches, below = "";
#endif
    return home && *home && snprintf(path, size, "%s%s", home, below) < (int)size;
}

static bool remove_folder(const char *path)
{
    return rmdir(path) == 0;
}

/* What a symbolic link points at is not inside the folder that holds it. */
static bool is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

static bool remove_link(const char *path)
{
    return unlink(path) == 0;
}

bool os_read_link(const char *path, char *target, size_t size)
{
    ssize_t length = readlink(path, target, size - 1);
    if (length < 0)
        return false;
    target[length] = 0;
    return true;
}

bool os_current_folder(char *path, size_t size)
{
    return getcwd(path, size) != NULL;
}

bool os_rename(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

bool os_list_folder(const char *path, bool (*fn)(void *user, const char *name), void *user)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && !fn(user, entry->d_name))
            break;
    closedir(folder);
    return true;
}

#endif

FILE *os_open_file(const char *path, const char *mode)
{
    return fopen(path, mode);
}

bool os_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    setvbuf(file, NULL, _IONBF, 0); /* nothing is gathered: the data goes out as it is */
    bool written = !size || fwrite(data, size, 1, file) == 1;
    int why = errno;
    bool closed = fclose(file) == 0;
    if (!written)
        errno = why; /* of the write, not of what came after it */
    return written && closed;
}

uint8_t *os_read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    /* The size is a hint: a pipe has none, and a file may grow meanwhile. */
    size_t capacity = (size_t)os_file_size(path) + 1;
    uint8_t *bytes = malloc(capacity + 1);
    *size = 0;
    while (bytes) {
        *size += fread(bytes + *size, 1, capacity - *size, file);
        if (*size < capacity)
            break;
        capacity *= 2;
        uint8_t *grown = realloc(bytes, capacity + 1);
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    int why = errno;
    if (bytes && ferror(file)) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    errno = why;
    if (bytes)
        bytes[*size] = 0;
    return bytes;
}

bool os_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool os_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && (info.st_mode & S_IFMT) == S_IFDIR;
}

uint64_t os_file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
}

double os_modified(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (double)info.st_mtime : 0;
}

bool os_remove_file(const char *path)
{
    return remove(path) == 0;
}

static bool remove_entry(void *user, const char *name)
{
    const char *folder = user;
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return false;
    snprintf(path, size, "%s/%s", folder, name);
    bool removed = is_link(path) || os_is_folder(path) ? os_remove_tree(path) : os_remove_file(path);
    free(path);
    return removed;
}

bool os_remove_tree(const char *path)
{
    if (is_link(path))
        return remove_link(path);
    if (!os_exists(path))
        return true;
    if (!os_list_folder(path, remove_entry, (void *)path))
        return false;
    return remove_folder(path);
}
