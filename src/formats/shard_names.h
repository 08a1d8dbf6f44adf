/* The names of the files of one data set: images.h5 -> images-00000.h5, images-00001.h5, ... */
#ifndef FORMATS_SHARD_NAMES_H
#define FORMATS_SHARD_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that a file's name has more than that of the whole, terminator included. */
#define SHARD_NAME_EXTRA 24

/* `path` is that of the whole; `size`: at least its length and SHARD_NAME_EXTRA. */
void shard_name(const char *path, uint64_t number, char *name, size_t size);

/* Which file of the whole a name in its folder is, be it followed by something: *rest is what follows. false: none. */
bool shard_number(const char *path, const char *name, uint64_t *number, const char **rest);

/* The lowest number of a file that is there; *found: there is one. false, and errno: the folder cannot be read. */
bool shard_lowest(const char *path, bool *found, uint64_t *number);

#endif
