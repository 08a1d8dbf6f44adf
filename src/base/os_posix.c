#include "base/os.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/strings.h"

double os_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double os_wall_seconds(void)
{
    return (double)time(NULL);
}

void os_timestamp(char text[TIMESTAMP_SIZE])
{
    struct timespec now;
    struct tm utc;
    char whole[24];
    timespec_get(&now, TIME_UTC);
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(text, TIMESTAMP_SIZE, "%s.%03uZ", whole, (unsigned)(now.tv_nsec / 1000000 % 1000));
}

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

double os_cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

void *os_open_library(const char *path, char *reason, size_t size)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *text = library ? NULL : dlerror();
    snprintf(reason, size, "%s", text ? text : "");
    return library;
}

void *os_library_function(void *library, const char *name)
{
    return dlsym(library, name);
}

uint64_t os_process_id(void)
{
    return (uint64_t)getpid();
}

uint64_t os_random(void)
{
    static atomic_ullong calls;
    struct timespec now = {0};
    uint64_t number;
    if (!getentropy(&number, sizeof number))
        return number;
    /* A system that has no such call, or forbids it. */
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + (atomic_fetch_add(&calls, 1) << 48);
}

uint64_t os_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
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

bool os_is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

int os_columns(void)
{
    const char *text = getenv("COLUMNS");
    int columns = text ? atoi(text) : 0;
    struct winsize size;
    if (columns <= 0 && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    return columns > 0 ? columns : 80;
}

uint64_t os_open_files_most(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY ? 0 : (uint64_t)limit.rlim_cur;
}

void os_raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void os_let_writes_fail(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void os_exit_now(int exit_code)
{
    fflush(stderr);
    _exit(exit_code);
}

static struct {
    volatile sig_atomic_t action, interrupted;
    const char *removed, *temporary, *path;
    const char *volatile text; /* NULL: nothing to write; set last */
    size_t length;
} interrupt;

const char *os_interrupt_message = "cancelled, nothing was kept";

void os_interrupt_removes(const char *path)
{
    interrupt.removed = path;
}

void os_interrupt_writes(const char *temporary, const char *path, const char *text)
{
    interrupt.text = NULL;
    interrupt.temporary = temporary;
    interrupt.path = path;
    interrupt.length = text ? strlen(text) : 0;
    interrupt.text = text;
}

/* Calls only functions that are allowed in a signal handler. */
static void exit_interrupted(void)
{
    static const char name[] = "plotmill: ";
    int file = interrupt.text ? open(interrupt.temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (file >= 0) {
        bool whole = (size_t)write(file, interrupt.text, interrupt.length) == interrupt.length;
        close(file);
        if (!whole || rename(interrupt.temporary, interrupt.path))
            unlink(interrupt.temporary);
    }
    if (interrupt.removed)
        unlink(interrupt.removed);
    bool printed = write(STDERR_FILENO, name, sizeof name - 1) > 0 &&
                   write(STDERR_FILENO, os_interrupt_message, strlen(os_interrupt_message)) > 0 &&
                   write(STDERR_FILENO, "\n", 1) > 0;
    _exit(printed ? OS_EXIT_INTERRUPTED : 1);
}

static void on_signal(int number)
{
    signal(number, SIG_DFL);
    if (interrupt.action == OS_INTERRUPT_EXITS)
        exit_interrupted();
    interrupt.interrupted = 1;
}

void os_on_interrupt(enum os_interrupt action)
{
    /* Restarting: a system call in progress must not fail. */
    struct sigaction caught = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, hangup;
    interrupt.action = action;
    sigaction(SIGINT, &caught, NULL);
    sigaction(SIGTERM, &caught, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &caught, NULL);
}

bool os_interrupted(void)
{
    return interrupt.interrupted;
}

void *os_begin_utf8(void)
{
    static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
    locale_t utf8 = (locale_t)0;
    for (size_t i = 0; i < sizeof names / sizeof *names && !utf8; i++)
        utf8 = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
    return utf8 ? (void *)uselocale(utf8) : NULL;
}

void os_end_utf8(void *former)
{
    if (!former)
        return;
    const locale_t utf8 = uselocale((locale_t)former);
    if (utf8 != LC_GLOBAL_LOCALE)
        freelocale(utf8);
}
