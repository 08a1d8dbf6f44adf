#include "tools/common/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tools/common/exits.h"

#if defined(_WIN32)
#include <direct.h>
#include <io.h>
#include <process.h>
#define isatty _isatty
#define write _write
#define open _open
#define close _close
#define unlink _unlink
#define O_WRONLY _O_WRONLY
#define O_CREAT _O_CREAT
#define O_TRUNC _O_TRUNC
#define STDERR 2
#else
#include <sys/ioctl.h>
#include <unistd.h>
#define STDERR STDERR_FILENO
#endif

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t ends;

int system_stderr_is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR) && !(term && !strcmp(term, "dumb"));
}

int system_columns(void)
{
    const char *text = getenv("COLUMNS");
    int columns = text ? atoi(text) : 0;
#ifdef TIOCGWINSZ
    struct winsize size;
    if (columns <= 0 && ioctl(STDERR, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
#endif
    return columns > 0 ? columns : 80;
}

int system_is_file(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && (file.st_mode & S_IFMT) == S_IFREG;
}

int system_file_size(const char *path, uint64_t *size)
{
    struct stat file;
    int found = stat(path, &file) == 0 && file.st_size >= 0;
    *size = found ? (uint64_t)file.st_size : 0;
    return found;
}

#if defined(_WIN32)

double system_seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

uint64_t system_process_id(void)
{
    return (uint64_t)_getpid();
}

double system_cpu_seconds(void)
{
    return 0;
}

static int make_folder(const char *path)
{
    return _mkdir(path);
}

int system_exists(const char *path)
{
    return _access(path, 0) == 0;
}

int system_replace(const char *from, const char *to)
{
    remove(to); /* rename does not replace there */
    return rename(from, to) == 0;
}

int system_same_file(const char *a, const char *b)
{
    char full_a[_MAX_PATH], full_b[_MAX_PATH];
    return _fullpath(full_a, a, sizeof full_a) && _fullpath(full_b, b, sizeof full_b) && !_stricmp(full_a, full_b);
}

#else

double system_cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

double system_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

uint64_t system_process_id(void)
{
    return (uint64_t)getpid();
}

int system_replace(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0777);
}

int system_exists(const char *path)
{
    struct stat file;
    return lstat(path, &file) == 0;
}

static int is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The folder that a path lies in, and the length of its last name, which begins at *name. 0: it cannot be told. */
static size_t stat_folder(const char *path, const char **name, struct stat *folder)
{
    char text[PATH_MAX] = ".";
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin && path[begin - 1] != '/')
        begin--;
    *name = path + begin;
    if (begin >= sizeof text)
        return 0;
    if (begin)
        snprintf(text, sizeof text, "%.*s", (int)begin, path);
    return stat(text, folder) ? 0 : end - begin;
}

/* What a write to the path would make, in `end`: links lead to files that are not there yet. 0: too long. */
static int follow_links(const char *path, char end[PATH_MAX])
{
    char target[PATH_MAX];
    ssize_t length = (ssize_t)strlen(path);
    if (length >= PATH_MAX)
        return 0;
    strcpy(end, path);
    for (int links = 0; links < 40 && (length = readlink(end, target, sizeof target)) > 0; links++) {
        const char *slash = *target == '/' ? NULL : strrchr(end, '/');
        size_t folder = slash ? (size_t)(slash - end) + 1 : 0;
        if (folder + (size_t)length >= PATH_MAX)
            return 0;
        memcpy(end + folder, target, (size_t)length);
        end[folder + (size_t)length] = 0;
    }
    return 1;
}

int system_same_file(const char *a, const char *b)
{
    struct stat file_a, file_b;
    const char *name_a, *name_b;
    char end_a[PATH_MAX], end_b[PATH_MAX];
    const int there_a = !stat(a, &file_a), there_b = !stat(b, &file_b);
    if (there_a || there_b)
        return there_a && there_b && is_same(&file_a, &file_b);
    if (!follow_links(a, end_a) || !follow_links(b, end_b))
        return 0;
    const size_t length = stat_folder(end_a, &name_a, &file_a);
    return length && stat_folder(end_b, &name_b, &file_b) == length && is_same(&file_a, &file_b) &&
           !strncmp(name_a, name_b, length);
}

#endif

static struct {
    const char *temporary, *path, *text;
    size_t length;
} last_words;

void system_last_words(const char *temporary, const char *path, const char *text)
{
    last_words.text = NULL;
    last_words.temporary = temporary;
    last_words.path = path;
    last_words.length = text ? strlen(text) : 0;
    last_words.text = text;
}

static const char *removed_at_end;

void system_remove_at_end(const char *path)
{
    removed_at_end = path;
}

/* Calls nothing but what a signal's handler may call. */
static void say_last_words(void)
{
    if (!last_words.text)
        return;
    int file = open(last_words.temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0)
        return;
    int whole = (size_t)write(file, last_words.text, last_words.length) == last_words.length;
    close(file);
    if (!whole || !system_replace(last_words.temporary, last_words.path))
        unlink(last_words.temporary);
}

int system_make_folders(const char *path)
{
    char *part = malloc(strlen(path) + 1);
    int made = part != NULL;
    if (part)
        strcpy(part, path);
    for (char *at = part; made && at;) {
        at = strchr(at + 1, '/');
        if (at)
            *at = 0;
        made = !*part || system_exists(part) || !make_folder(part) || errno == EEXIST;
        if (at)
            *at = '/';
    }
    int why = errno;
    free(part);
    errno = why;
    return made;
}

static const char *cancelled = "cancelled, nothing was kept";

void system_set_cancelled(const char *text)
{
    cancelled = text;
}

const char *system_cancelled(void)
{
    return cancelled;
}

void system_leave(int exit_code)
{
    fflush(stderr);
    _exit(exit_code);
}

static void on_signal(int number)
{
    static const char name[] = "plotmill: ";
    signal(number, SIG_DFL);
    if (ends) {
        say_last_words();
        if (removed_at_end)
            unlink(removed_at_end);
        if (write(STDERR, name, sizeof name - 1) < 0 || write(STDERR, cancelled, strlen(cancelled)) < 0 ||
            write(STDERR, "\n", 1) < 0)
            _exit(EXIT_FAILED);
        _exit(EXIT_CANCELLED);
    }
    interrupted = 1;
}

void system_on_interrupt(enum system_interrupt what)
{
    ends = what == SYSTEM_INTERRUPT_ENDS;
#if defined(_WIN32)
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
#else
    /* Restarting: a write under way must not fail because of the question. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
#endif
}

void system_failed_writes_return(void)
{
#if !defined(_WIN32)
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
#endif
}

int system_interrupted(void)
{
    return interrupted;
}
