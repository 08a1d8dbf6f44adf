/* Compiled programs on disk, each under a key: a text with everything it was built from and for. No OpenCL calls.
 * Drivers abort the process over a damaged binary, so a file is used only when its length, checksum and whole key are
 * right, and when only this user and the administrator can write to it. Several threads and processes may use a folder
 * at once. */
#ifndef DEVICE_CACHE_H
#define DEVICE_CACHE_H

#include <stddef.h>

#include "base/error.h"

/* The limits of a folder; the oldest files beyond are removed. */
#define CACHE_FILES_MOST 64
#define CACHE_BYTES_MOST ((uint64_t)256 << 20)

/* The file format, and part of every key. */
#define CACHE_FORMAT 1

/* The folder that `cache`, as in api_set_cache, means; it need not exist. NULL: none. Freed by the caller. */
char *cache_folder(const char *cache);

/* *data is freed by the caller; NULL: nothing is stored. Fails for a file that cannot be read or trusted. */
enum plotmill_status cache_load(const char *folder, const char *key, void **data, size_t *size,
                                struct plotmill_error *error);

/* Replaces what is stored under the key. Makes a missing folder, accessible to this user alone. */
enum plotmill_status cache_store(const char *folder, const char *key, const void *data, size_t size,
                                 struct plotmill_error *error);

/* Removes what is stored under the key. */
void cache_remove(const char *folder, const char *key);

#endif
