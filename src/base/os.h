/* The operating system. os_posix.c holds what POSIX systems share, os_SYSTEM.c the rest; no other file of src/ or
 * tools/ depends on the system, OpenCL's header aside. Functions that return bool leave the reason for false in errno.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Time and processors. */
double os_seconds(void);      /* a monotonic clock */
double os_wall_seconds(void); /* since 1970, whole seconds */
#define TIMESTAMP_SIZE 32
void os_timestamp(char text[TIMESTAMP_SIZE]); /* now: "2026-11-22T18:25:03.123Z" */
double os_cpu_seconds(void);                  /* of all threads of this process */
unsigned os_cores(void);                      /* that this process may use, at least 1 */
uint64_t os_process_id(void);
uint64_t os_random(void); /* another number with each call, on every machine; thread-safe */

/* Memory in bytes; 0: unknown. */
uint64_t os_memory(void);      /* of the machine */
uint64_t os_free_memory(void); /* available without swapping, within the limit of the container */
uint64_t os_peak_memory(void); /* the most that this process has used */

/* Paths. */
bool os_exists(const char *path);
bool os_is_file(const char *path); /* not a folder, pipe or device */
bool os_is_folder(const char *path);
bool os_same_file(const char *a, const char *b); /* or would be the same once made, symbolic links followed */
uint64_t os_file_size(const char *path);         /* 0: no such file */
double os_modified(const char *path);            /* as os_wall_seconds; 0: no such file */
bool os_read_link(const char *path, char *target, size_t size);
/* Where a write to `path` would make or change a file: symbolic links may lead to files that do not exist yet. Freed by
 * the caller; NULL: out of memory. */
char *os_follow_links(const char *path);
bool os_is_mount_point(const char *path); /* a folder on which another file system begins */
bool os_current_folder(char *path, size_t size);
bool os_cache_folder(char *path, size_t size); /* for data of this user that can be made again; false: unknown */
bool os_free_bytes(const char *folder, uint64_t *bytes); /* on that disk, for this user */

/* Calls fn(user, name) for each entry but . and .. in unspecified order until it returns false. */
bool os_list_folder(const char *path, bool (*fn)(void *user, const char *name), void *user);
bool os_make_folder(const char *path);
bool os_make_private_folder(const char *path); /* accessible to this user alone */
/* Makes `path` and its missing parents by one of the two functions above. */
bool os_make_folders(const char *path, bool (*make)(const char *path));
bool os_remove_file(const char *path);
bool os_remove_tree(const char *path);            /* does not follow links; true: there is nothing now */
bool os_rename(const char *from, const char *to); /* replaces a file, or an empty folder */

/* Files. */
FILE *os_standard_output(void);              /* in binary mode */
int os_seek(FILE *file, uint64_t offset);    /* 0: done */
int os_descriptor(FILE *file);               /* its number for the system */
bool os_has_name(FILE *file);                /* in a folder; false: it was removed since, or has none */
bool os_set_size(FILE *file, uint64_t size); /* truncates, or extends with zeros; flushes before */

/* Writes past the stream's buffer and position; thread-safe. os_seek before the stream is read again. */
bool os_write_at(FILE *file, uint64_t offset, const void *data, size_t size);

/* A new file in `folder`, open for writing, and a path by which it can be opened again, freed by the caller. *named:
 * the path lies in the folder, and the caller removes it; otherwise it vanishes with the process. NULL, and errno. */
FILE *os_temporary_file(const char *folder, char **path, bool *named);

/* Opens a new file in the folder that never has a name; -1: the system or the file system has no such files, or the
 * file would have no path. For os_temporary_file. */
int os_unnamed_file(const char *folder);

/* A path by which this process can open the file again, even where it has no name any more; false: there is none. */
bool os_path_of_open_file(FILE *file, char *path, size_t size);

/* A whole file, unbuffered. */
bool os_write_file(const char *path, const void *data, size_t size);

/* The contents of a file or pipe, freed by the caller, with a 0 after the last byte; NULL, and errno: not readable. */
uint8_t *os_read_file(const char *path, size_t *size);

/* How many files this process may have open at once; 0: unknown. */
uint64_t os_open_files_most(void);
void os_raise_open_files(void); /* to as many as the system lets it */

/* The file belongs to this user or the administrator, and others cannot write to it. */
bool os_only_we_write(FILE *file);

/* Return once data is on the disk: of a file, or the names in a folder; or of the whole file system at `path`. */
bool os_sync(const char *path);
bool os_sync_system(const char *path);

/* An exclusive lock, released when the file is closed or the process ends. */
bool os_lock_file(FILE *file);
bool os_lock_shared(FILE *file); /* with others that share it */
bool os_lock_held(void);         /* after os_lock_file failed: another process holds the lock; false: no locks here */

/* Whether a program, or this process by another stream, holds a lock on a file: one that writes it, or that reads it
 * and excludes writers, as programs with HDF5 do. */
bool os_is_locked(const char *path);

/* Whether the file system with this folder has locks. Where it has none, the reason is in errno. true also where no
 * file can be made. */
bool os_has_locks(const char *folder);

/* Makes an empty file and locks it if the file system has locks. It is at `path` even if another process removed the
 * file meanwhile, taking it for abandoned. NULL, and errno: cannot be made. */
FILE *os_create_locked(const char *path);

/* Until os_end_utf8(what os_begin_utf8 returned), text of this thread is UTF-8, whatever the locale of the process is.
 */
void *os_begin_utf8(void);
void os_end_utf8(void *former);

/* Shared libraries. Opened ones stay open. */
void *os_open_library(const char *path, char *reason, size_t size);   /* path NULL: this program and all it links */
void *os_library_function(void *library, const char *name);           /* NULL: it has none */
bool os_function_file(const void *function, char *path, size_t size); /* the library with it; false: unknown */

/* The terminal that stderr is. */
bool os_is_terminal(void); /* and lines on it can be redrawn */
int os_columns(void);      /* 80 if unknown */

/* Writes to a pipe without a reader, or beyond the limit on file sizes, fail from now on instead of ending the
 * process. */
void os_let_writes_fail(void);

/* Ends the process at once, while other threads still work. */
void os_exit_now(int exit_code);

/* What SIGINT, SIGTERM and SIGHUP (unless it is ignored, as by nohup) do. A second signal always ends the process. */
enum os_interrupt {
    OS_INTERRUPT_EXITS, /* prints "plotmill: MESSAGE" and exits with OS_EXIT_INTERRUPTED */
    OS_INTERRUPT_ASKS   /* os_interrupted() becomes true */
};
#define OS_EXIT_INTERRUPTED 130
void os_on_interrupt(enum os_interrupt action);
bool os_interrupted(void);

extern const char *os_interrupt_message; /* initially "cancelled, nothing was kept" */

/* What OS_INTERRUPT_EXITS does before it exits. The arguments must stay valid until the next call. */
void os_interrupt_removes(const char *path);                                         /* NULL: nothing */
void os_interrupt_writes(const char *temporary, const char *path, const char *text); /* by renaming; NULL: nothing */

#endif
