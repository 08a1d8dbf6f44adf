/* What a path's name tells. */
#ifndef TOOLS_COMMON_PATHS_H
#define TOOLS_COMMON_PATHS_H

/* 1: `path` ends in `extension` (".csv"), case aside. */
int has_extension(const char *path, const char *extension);

/* "hdf5", "npy", "null", "hash", or "" where the name does not tell. */
const char *format_of_output(const char *path);

/* 1: "null:" or "hash:", which name no file. */
int is_pseudo_output(const char *path);

/* 1: --compress means something to the format. */
int takes_compression(const char *format);

/* 1: --dtype and --layout mean something to the format. */
int is_array(const char *format);

#endif
