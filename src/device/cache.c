#include "device/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"

#define MAGIC "PLOTKERN"
#define HASH_SIZE sizeof(uint64_t)
#define NAME_SIZE 21 /* 16 digits, ".bin", 0 */

/* A file: this header, the key, the data, and the hash of all before it. Its name is the key's hash. Numbers are in the
 * byte order of this machine. */
struct header {
    char magic[8];
    uint64_t format, key_size, data_size;
};

/* The temporary file of a killed process is removed after this time: no write takes as long. */
#define PARTIAL_SECONDS 3600

/* The path of the file for a key; NULL: out of memory. */
static char *file_path(const char *folder, const char *key)
{
    char name[NAME_SIZE];
    const uint64_t hash = hash_image((const uint8_t *)key, strlen(key));
    snprintf(name, sizeof name, "%016llx.bin", (unsigned long long)hash);
    return path_join(folder, name);
}

char *cache_folder(const char *cache)
{
    char system[4096];
    const char *folder = cache ? cache : getenv("PLOTMILL_CACHE_DIR");
    if (!cache && (!folder || !*folder))
        return os_cache_folder(system, sizeof system) ? path_join(system, "plotmill") : NULL;
    return *folder ? string_copy(folder) : NULL;
}

/* Why these bytes are not what was stored under the key; NULL: they are. */
static const char *find_fault(const uint8_t *bytes, uint64_t size, const char *key)
{
    struct header header;
    uint64_t hash;
    if (size < sizeof header + HASH_SIZE || memcmp(bytes, MAGIC, sizeof header.magic) != 0)
        return "not a file of plotmill's kernel cache";
    memcpy(&header, bytes, sizeof header);
    memcpy(&hash, bytes + size - HASH_SIZE, HASH_SIZE);
    const uint64_t room = size - sizeof header - HASH_SIZE;
    if (header.format != CACHE_FORMAT)
        return "of another format";
    if (header.key_size > room || header.data_size != room - header.key_size)
        return "truncated or damaged";
    if (hash_image(bytes, (size_t)size - HASH_SIZE) != hash)
        return "damaged";
    if (header.key_size != strlen(key) || memcmp(bytes + sizeof header, key, strlen(key)) != 0)
        return "built from or for something else";
    return NULL;
}

enum plotmill_status cache_load(const char *folder, const char *key, void **data, size_t *size,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint8_t *bytes = NULL;
    FILE *file = NULL;
    char *path = file_path(folder, key);
    *data = NULL;
    TRY_MEMORY(error, path);
    file = fopen(path, "rb");
    if (!file && errno != ENOENT && errno != ENOTDIR)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s", path, strerror(errno));
    if (!file)
        goto done;
    if (!os_only_we_write(file))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: others can write to it, not used", path);
    /* Size and contents of the open file: another process may replace the one at `path`. */
    const long end = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
    if (end < 0 || (uint64_t)end > CACHE_BYTES_MOST || fseek(file, 0, SEEK_SET))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: not a file of plotmill's kernel cache", path);
    TRY_ALLOCATE(error, bytes, (size_t)end, 1);
    if (fread(bytes, 1, (size_t)end, file) != (size_t)end)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be read completely", path);
    const char *fault = find_fault(bytes, (uint64_t)end, key);
    if (fault)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s, not used", path, fault);
    *size = (size_t)end - sizeof(struct header) - strlen(key) - HASH_SIZE;
    memmove(bytes, bytes + sizeof(struct header) + strlen(key), *size);
    *data = bytes;
    bytes = NULL;
done:
    if (file)
        fclose(file);
    free(bytes);
    free(path);
    return status;
}

/* The files of a folder, and the oldest of them but `newest`. */
struct scan {
    const char *folder, *newest;
    uint64_t files, bytes;
    char oldest[NAME_SIZE]; /* "": none */
    double written;
};

static bool scan_file(void *user, const char *name)
{
    struct scan *scan = user;
    const bool ours = strspn(name, "0123456789abcdef") == 16 && !strncmp(name + 16, ".bin", 4);
    const bool partial = ours && output_is_temporary(name + NAME_SIZE - 1);
    if (!partial && (!ours || name[NAME_SIZE - 1]))
        return true;
    char *path = path_join(scan->folder, name);
    const double written = path ? os_modified(path) : 0;
    if (path && partial && os_wall_seconds() - written > PARTIAL_SECONDS)
        os_remove_file(path);
    if (path && !partial) {
        scan->files++;
        scan->bytes += os_file_size(path);
        /* The newest by name: the clock of a file system may be wrong. */
        if (strcmp(name, scan->newest) && (!*scan->oldest || written < scan->written ||
                                           (written <= scan->written && strcmp(name, scan->oldest) > 0))) {
            snprintf(scan->oldest, sizeof scan->oldest, "%s", name);
            scan->written = written;
        }
    }
    free(path);
    return true;
}

/* Removes the oldest files beyond the limits, but not `newest`. */
static void prune(const char *folder, const char *newest)
{
    for (bool over = true; over;) {
        struct scan scan = {.folder = folder, .newest = newest};
        os_list_folder(folder, scan_file, &scan);
        over = *scan.oldest && (scan.files > CACHE_FILES_MOST || scan.bytes > CACHE_BYTES_MOST);
        char *path = over ? path_join(folder, scan.oldest) : NULL;
        over = path && os_remove_file(path);
        free(path);
    }
}

enum plotmill_status cache_store(const char *folder, const char *key, const void *data, size_t size,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct header header = {MAGIC, CACHE_FORMAT, strlen(key), size};
    const size_t key_size = strlen(key), total = sizeof header + key_size + size + HASH_SIZE;
    struct output output = {0};
    uint8_t *bytes = NULL;
    char *path = file_path(folder, key);
    TRY_MEMORY(error, path);
    if (total > CACHE_BYTES_MOST)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %zu bytes are too many for the kernel cache", path, size);
    if (!os_make_folders(folder, os_make_private_folder) || !os_is_folder(folder))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: not a folder, and cannot be made", folder);
    TRY_ALLOCATE(error, bytes, total, 1);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, key, key_size);
    memcpy(bytes + sizeof header + key_size, data, size);
    const uint64_t hash = hash_image(bytes, total - HASH_SIZE);
    memcpy(bytes + total - HASH_SIZE, &hash, HASH_SIZE);
    TRY(output_init(&output, path, false, true, error));
    TRY(output_write(&output, bytes, total, error));
    prune(folder, path_name(path));
done:
    output_free(&output);
    free(bytes);
    free(path);
    return status;
}

void cache_remove(const char *folder, const char *key)
{
    char *path = file_path(folder, key);
    if (path)
        os_remove_file(path);
    free(path);
}
