/* Built programs on disk, each under a key: a text that says all that it was built from and for. Nothing here talks to
 * OpenCL. A driver aborts the whole process over a damaged binary, so a file is given out only when its length, its
 * checksum and its whole key are right, and when nobody but this user or the administrator can have written it. Several
 * threads and processes may read and write one folder at once. */
#ifndef DEVICE_CACHE_H
#define DEVICE_CACHE_H

#include <stddef.h>

#include "plotmill/status.h"

/* A folder holds no more: beyond it the files written first are removed. */
#define CACHE_FILES_MOST 64
#define CACHE_BYTES_MOST ((uint64_t)256 << 20)

/* Of what a file holds; a part of every key as well. */
#define CACHE_FORMAT 1

/* The folder that `wish`, as plotmill_set_cache takes it, means; it need not exist. NULL: none. */
char *cache_folder(const char *wish);

/* *data (NULL: nothing is there) is freed with free. A failure is a file that cannot be read or trusted. */
enum plotmill_status cache_load(const char *folder, const char *key, void **data, size_t *size,
                                struct plotmill_error *error);

/* Makes the folder, open to this user alone, where it is missing, and replaces what stood under the key. */
enum plotmill_status cache_store(const char *folder, const char *key, const void *data, size_t size,
                                 struct plotmill_error *error);

/* Forgets what stands under the key. */
void cache_remove(const char *folder, const char *key);

#endif
