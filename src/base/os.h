/* Everything that differs between systems: os.c, os_disk.c, os_files.c and os_memory.c, and no other file. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plotmill/status.h"

double os_seconds(void);       /* a monotonic clock */
uint64_t os_memory(void);      /* bytes of main memory, 0 if unknown */
uint64_t os_free_memory(void); /* bytes that could be taken without swapping, 0 if unknown */
uint64_t os_peak_memory(void); /* the most this process has held, 0 if unknown */
unsigned os_cores(void);       /* that this process may use, at least 1 */
double os_wall_seconds(void);  /* since 1970 */
uint64_t os_process_id(void);

bool os_exists(const char *path);
bool os_is_folder(const char *path);
uint64_t os_file_size(const char *path); /* 0 if there is none */
double os_modified(const char *path);    /* as os_wall_seconds; 0 if there is none */
/* What a symbolic link holds; false where there is none. */
bool os_read_link(const char *path, char *target, size_t size);
bool os_current_folder(char *path, size_t size);
/* The file belongs to this user or to the administrator, and others may not write to it. */
bool os_only_we_write(FILE *file);
/* Where this user's programs keep what can be made again ($XDG_CACHE_HOME, ~/.cache, ~/Library/Caches,
 * %LOCALAPPDATA%). false: the environment names none. */
bool os_cache_folder(char *path, size_t size);
FILE *os_open_file(const char *path, const char *mode);
FILE *os_standard_output(void);              /* bytes arrive as they are written */
int os_seek(FILE *file, uint64_t offset);    /* 0: done */
bool os_set_size(FILE *file, uint64_t size); /* cuts or extends by zeros; flushes before */

/* Past the stream's buffer and position, so that several threads may write at once; false, and errno: not all of it.
 * Reading the stream afterwards needs an os_seek before. */
bool os_write_at(FILE *file, uint64_t offset, const void *data, size_t size);

/* A whole file in one open, one write and one close. false, and errno: not written, or not all of it. */
bool os_write_file(const char *path, const void *data, size_t size);

/* The contents of a file or pipe, freed by the caller, with a 0 after the last byte; NULL, and errno: not readable. */
uint8_t *os_read_file(const char *path, size_t *size);

/* strtod with a decimal point, whatever locale the program has set; for base/decimal.c. */
double os_strtod(const char *text, char **end);

/* errno's text is the caller's to report: these return false and leave errno set. */
bool os_make_folder(const char *path);
bool os_make_private_folder(const char *path); /* open to this user alone */
bool os_remove_file(const char *path);
bool os_remove_tree(const char *path);            /* a folder and all in it, links unfollowed; true if there was none */
bool os_rename(const char *from, const char *to); /* replaces an existing file; an existing folder only when empty */

bool os_free_bytes(const char *folder, uint64_t *bytes); /* that this user may still write there; false: not known */

/* What was written reaches the disk itself before these return: a file, by its path; all that a file system holds, for
 * a folder full of files; the names in a folder. Where the system has no such call they do nothing. */
bool os_sync_file(const char *path);
bool os_sync_system(const char *path);
bool os_sync_names(const char *folder);

/* A process that writes a file holds its lock; the system takes it back whichever way the process ends. false, and
 * errno: somebody else holds it, or this file system knows none. */
bool os_lock_file(FILE *file);
bool os_lock_held(void); /* what errno says after that: it is held */

/* Makes an empty file and locks it (where the file system knows locks); closing it gives the lock back. It is at `path`
 * even if somebody took it for one without an owner meanwhile. NULL, and errno: it cannot be made. */
FILE *os_create_locked(const char *path);

/* Calls fn(user, name) for each entry but . and .. in unspecified order until fn returns false. false: not readable. */
bool os_list_folder(const char *path, bool (*fn)(void *user, const char *name), void *user);

#endif
