/* Clocks, libraries, processes, the terminal and interrupts of POSIX systems. */
#include "base/os.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
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
