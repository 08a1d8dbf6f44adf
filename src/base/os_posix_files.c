/* Files and folders of POSIX systems. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/os.h"
#include "base/strings.h"

FILE *os_temporary_file(const char *folder, char **path, bool *named)
{
    char again[64];
    const int unnamed = os_unnamed_file(folder);
    char *made = unnamed < 0 ? path_join(folder, "plotmill-XXXXXX") : string_copy("");
    const int fd = unnamed >= 0 ? unnamed : made ? mkstemp(made) : -1;
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    *path = NULL;
    *named = true;
    if (!file) {
        const int reason = errno;
        if (fd >= 0)
            close(fd);
        free(made);
        errno = reason;
        return NULL;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (os_path_of_open_file(file, again, sizeof again) && (unnamed >= 0 || !unlink(made))) {
        free(made);
        made = string_copy(again);
        *named = false;
    }
    *path = made;
    return file;
}

/* 0: there is nothing. */
static mode_t kind_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mode & S_IFMT : 0;
}

bool os_exists(const char *path)
{
    return kind_of(path) != 0;
}

bool os_is_file(const char *path)
{
    return kind_of(path) == S_IFREG;
}

bool os_is_folder(const char *path)
{
    return kind_of(path) == S_IFDIR;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

char *os_follow_links(const char *path)
{
    char *end = path_trimmed(path), target[PATH_MAX];
    for (int links = 0; end && links < 40 && os_read_link(end, target, sizeof target); links++) {
        char *folder = *target == '/' ? NULL : path_folder(end);
        free(end);
        end = folder ? path_join(folder, target) : string_copy(target);
        free(folder);
    }
    return end;
}

bool os_same_file(const char *a, const char *b)
{
    struct stat info_a, info_b;
    const bool a_exists = !stat(a, &info_a), b_exists = !stat(b, &info_b);
    if (a_exists || b_exists)
        return a_exists && b_exists && is_same(&info_a, &info_b);
    char *end_a = os_follow_links(a), *end_b = os_follow_links(b);
    char *folder_a = end_a ? path_folder(end_a) : NULL, *folder_b = end_b ? path_folder(end_b) : NULL;
    bool same = folder_a && folder_b && *path_name(end_a) && !strcmp(path_name(end_a), path_name(end_b)) &&
                !stat(folder_a, &info_a) && !stat(folder_b, &info_b) && is_same(&info_a, &info_b);
    free(end_a);
    free(end_b);
    free(folder_a);
    free(folder_b);
    return same;
}

bool os_is_mount_point(const char *path)
{
    struct stat info, above;
    char *parent = path_join(path, "..");
    const bool found = parent && !stat(path, &info) && !stat(parent, &above);
    free(parent);
    return found && S_ISDIR(info.st_mode) && info.st_dev != above.st_dev;
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

bool os_free_bytes(const char *folder, uint64_t *bytes)
{
    struct statvfs info;
    if (statvfs(folder, &info) || !info.f_blocks)
        return false;
    *bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return true;
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

bool os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0;
}

bool os_make_private_folder(const char *path)
{
    return mkdir(path, 0700) == 0;
}

bool os_make_folders(const char *path, bool (*make)(const char *path))
{
    char *part = string_copy(path);
    bool made = part && *part;
    if (part && !made)
        errno = ENOENT;
    for (char *slash = part; made && slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = 0;
        made = !*part || os_exists(part) || make(part) || errno == EEXIST;
        if (slash)
            *slash = '/';
    }
    int why = errno;
    free(part);
    errno = why;
    return made;
}

bool os_remove_file(const char *path)
{
    return remove(path) == 0;
}

static bool remove_entry(void *user, const char *name)
{
    char *path = path_join(user, name);
    bool removed = path && (os_is_folder(path) ? os_remove_tree(path) : os_remove_file(path));
    free(path);
    return removed;
}

bool os_remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
        return unlink(path) == 0;
    if (!os_exists(path))
        return true;
    return os_list_folder(path, remove_entry, (void *)path) && rmdir(path) == 0;
}

bool os_rename(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

FILE *os_standard_output(void)
{
    return stdout;
}

int os_seek(FILE *file, uint64_t offset)
{
    return fseeko(file, (off_t)offset, SEEK_SET);
}

int os_descriptor(FILE *file)
{
    return fileno(file);
}

bool os_has_name(FILE *file)
{
    struct stat info;
    return fstat(fileno(file), &info) || info.st_nlink > 0;
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

bool os_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    setvbuf(file, NULL, _IONBF, 0);
    bool written = !size || fwrite(data, size, 1, file) == 1;
    int why = errno;
    bool closed = fclose(file) == 0;
    if (!written)
        errno = why;
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

bool os_only_we_write(FILE *file)
{
    struct stat info;
    return fstat(fileno(file), &info) == 0 && (info.st_uid == geteuid() || info.st_uid == 0) &&
           !(info.st_mode & S_IWOTH);
}

bool os_sync(const char *path)
{
    int file = open(path, O_RDONLY);
    /* Pipes, and some file systems, have nothing to sync. */
    bool done = file >= 0 && (fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP);
    int why = errno;
    if (file >= 0)
        close(file);
    errno = why;
    return done;
}

bool os_lock_file(FILE *file)
{
    return flock(fileno(file), LOCK_EX | LOCK_NB) == 0;
}

bool os_lock_shared(FILE *file)
{
    return flock(fileno(file), LOCK_SH | LOCK_NB) == 0;
}

bool os_lock_held(void)
{
    return errno == EWOULDBLOCK;
}

bool os_is_locked(const char *path)
{
    FILE *file = fopen(path, "rb");
    const bool held = file && !os_lock_file(file) && os_lock_held();
    if (file)
        fclose(file);
    return held;
}

bool os_has_locks(const char *folder)
{
    char name[64], *path;
    snprintf(name, sizeof name, ".plotmill-lock-%llu", (unsigned long long)os_process_id());
    path = path_join(folder, name);
    FILE *file = path ? fopen(path, "wb") : NULL;
    const bool locked = !file || os_lock_file(file);
    const int why = errno;
    if (file) {
        fclose(file);
        remove(path);
    }
    free(path);
    errno = why;
    return locked;
}

/* A process that finds the file before it is locked holds the lock for a moment, and removes the file. */
FILE *os_create_locked(const char *path)
{
    for (int attempt = 0;; attempt++) {
        struct stat opened, found;
        FILE *file = fopen(path, "wb");
        if (!file || attempt == 1000)
            return file;
        if ((os_lock_file(file) || !os_lock_held()) && !fstat(fileno(file), &opened) && !stat(path, &found) &&
            is_same(&opened, &found))
            return file;
        fclose(file);
    }
}
