#include "device/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"

/* A file: magic, format, length of the key, length of the data (8 bytes each, little-endian), the key, the data, the
 * hash of all before it. Its name: the key's hash. */
#define MAGIC "PLOTKERN"
#define HEAD_SIZE 32
#define HASH_SIZE 8
#define NAME_SIZE 21 /* 16 digits, ".bin", 0 */

/* What a process that was killed left behind is removed after so many seconds: no write takes as long. */
#define PARTIAL_SECONDS 3600

static void put_number(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static void write_name(char name[NAME_SIZE], const char *key)
{
    const uint64_t hash = hash_image((const uint8_t *)key, strlen(key));
    snprintf(name, NAME_SIZE, "%016llx.bin", (unsigned long long)hash);
}

char *cache_folder(const char *wish)
{
    char system[4096];
    const char *folder = wish ? wish : getenv("PLOTMILL_CACHE_DIR");
    if (!wish && (!folder || !*folder))
        return os_cache_folder(system, sizeof system) ? path_join(system, "plotmill") : NULL;
    return *folder ? string_copy(folder) : NULL;
}

/* Why these bytes are not what was stored under the key; NULL: they are. */
static const char *find_fault(const uint8_t *bytes, uint64_t size, const char *key)
{
    const uint64_t key_size = strlen(key);
    if (size < HEAD_SIZE + HASH_SIZE || memcmp(bytes, MAGIC, 8) != 0)
        return "not kernels that plotmill kept";
    if (get_number(bytes + 8) != CACHE_FORMAT)
        return "of another format";
    const uint64_t room = size - HEAD_SIZE - HASH_SIZE, in_key = get_number(bytes + 16), data = get_number(bytes + 24);
    if (in_key > room || data != room - in_key)
        return "cut short or damaged";
    if (hash_image(bytes, (size_t)size - HASH_SIZE) != get_number(bytes + size - HASH_SIZE))
        return "damaged";
    if (in_key != key_size || memcmp(bytes + HEAD_SIZE, key, (size_t)key_size) != 0)
        return "built from or for something else";
    return NULL;
}

/* The whole file, in *bytes. */
static enum plotmill_status read_whole(const char *path, FILE *file, uint8_t **bytes, uint64_t *size,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!os_only_we_write(file))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: others can write to it, not used", path);
    /* Not by the path: another process may have put another file there meanwhile. */
    const long end = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
    if (end < 0 || (uint64_t)end > CACHE_BYTES_MOST || fseek(file, 0, SEEK_SET))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: not a file that plotmill keeps", path);
    *size = (uint64_t)end;
    TRY_ALLOCATE(error, *bytes, *size, 1);
    if (fread(*bytes, 1, (size_t)*size, file) != *size)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be read whole", path);
done:
    return status;
}

enum plotmill_status cache_load(const char *folder, const char *key, void **data, size_t *size,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char name[NAME_SIZE];
    uint8_t *bytes = NULL;
    uint64_t file_size = 0;
    FILE *file = NULL;
    write_name(name, key);
    char *path = path_join(folder, name);
    *data = NULL;
    TRY_MEMORY(error, path);
    file = fopen(path, "rb");
    if (!file && errno != ENOENT && errno != ENOTDIR)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s", path, strerror(errno));
    if (!file)
        goto done;
    TRY(read_whole(path, file, &bytes, &file_size, error));
    const char *fault = find_fault(bytes, file_size, key);
    if (fault)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s, not used", path, fault);
    *size = (size_t)get_number(bytes + 24);
    memmove(bytes, bytes + HEAD_SIZE + strlen(key), *size);
    *data = bytes;
    bytes = NULL;
done:
    if (file)
        fclose(file);
    free(bytes);
    free(path);
    return status;
}

struct kept {
    char name[NAME_SIZE];
    uint64_t size;
    double written;
};

struct listing {
    const char *folder;
    struct kept *kept;
    size_t count, room;
    double now;
};

/* By its name, a file that cache_store wrote; *partial: one that it did not complete. */
static bool is_ours(const char *name, bool *partial)
{
    const bool named = strspn(name, "0123456789abcdef") == 16 && !strncmp(name + 16, ".bin", 4);
    *partial = named && !strncmp(name + 20, ".partial-", 9);
    return named && (*partial || !name[20]);
}

static bool list_one(void *user, const char *name)
{
    struct listing *listing = user;
    bool partial;
    if (!is_ours(name, &partial))
        return true;
    char *path = path_join(listing->folder, name);
    const double written = path ? os_modified(path) : 0;
    if (path && partial && listing->now - written > PARTIAL_SECONDS)
        os_remove_file(path);
    if (path && !partial && listing->count == listing->room) {
        const size_t room = 2 * listing->room + 64;
        struct kept *more = realloc(listing->kept, room * sizeof *more);
        if (more) {
            listing->kept = more;
            listing->room = room;
        }
    }
    if (path && !partial && listing->count < listing->room) {
        struct kept *kept = &listing->kept[listing->count++];
        *kept = (struct kept){.size = os_file_size(path), .written = written};
        snprintf(kept->name, sizeof kept->name, "%s", name);
    }
    free(path);
    return true;
}

static int compare_newest_first(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    if (x->written != y->written)
        return x->written < y->written ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* `newest` was written just now, whatever the file system's clock says. */
static void prune(const char *folder, const char *newest)
{
    struct listing listing = {.folder = folder, .now = os_wall_seconds()};
    os_list_folder(folder, list_one, &listing);
    uint64_t files = 1, bytes = 0;
    for (size_t i = 0; i < listing.count; i++)
        if (!strcmp(listing.kept[i].name, newest))
            bytes = listing.kept[i].size;
    if (listing.count)
        qsort(listing.kept, listing.count, sizeof *listing.kept, compare_newest_first);
    for (size_t i = 0; i < listing.count; i++) {
        if (!strcmp(listing.kept[i].name, newest))
            continue;
        files++;
        bytes += listing.kept[i].size;
        if (files <= CACHE_FILES_MOST && bytes <= CACHE_BYTES_MOST)
            continue;
        char *path = path_join(folder, listing.kept[i].name);
        if (path)
            os_remove_file(path);
        free(path);
    }
    free(listing.kept);
}

enum plotmill_status cache_store(const char *folder, const char *key, const void *data, size_t size,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t key_size = strlen(key), total = HEAD_SIZE + key_size + size + HASH_SIZE;
    struct output output = {0};
    uint8_t *bytes = NULL;
    char name[NAME_SIZE];
    write_name(name, key);
    char *path = path_join(folder, name);
    TRY_MEMORY(error, path);
    if (total > CACHE_BYTES_MOST)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %zu bytes are too many to keep", path, size);
    if (!os_make_folders(folder, os_make_private_folder) || !os_is_folder(folder))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: not a folder, and cannot be made one", folder);
    TRY_ALLOCATE(error, bytes, total, 1);
    memcpy(bytes, MAGIC, 8);
    put_number(bytes + 8, CACHE_FORMAT);
    put_number(bytes + 16, key_size);
    put_number(bytes + 24, size);
    memcpy(bytes + HEAD_SIZE, key, key_size);
    memcpy(bytes + HEAD_SIZE + key_size, data, size);
    put_number(bytes + total - HASH_SIZE, hash_image(bytes, total - HASH_SIZE));
    TRY(output_init(&output, path, false, true, error));
    TRY(output_write(&output, bytes, total, error));
    prune(folder, name);
done:
    output_free(&output);
    free(bytes);
    free(path);
    return status;
}

void cache_remove(const char *folder, const char *key)
{
    char name[NAME_SIZE];
    write_name(name, key);
    char *path = path_join(folder, name);
    if (path)
        os_remove_file(path);
    free(path);
}
