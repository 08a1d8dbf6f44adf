#include "source/fingerprint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/stream.h"

/* Names, numbers and punctuation of the whole, and of each file. */
#define FRAME_BYTES 256

/* Where block `i` of `blocks` begins: the last one ends with the file. */
static uint64_t block_start(uint64_t size, uint64_t blocks, uint64_t i)
{
    if (size <= FINGERPRINT_BLOCKS * (uint64_t)FINGERPRINT_BLOCK)
        return i * FINGERPRINT_BLOCK;
    uint64_t room = size - FINGERPRINT_BLOCK, steps = blocks - 1;
    return room / steps * i + room % steps * i / steps;
}

static enum plotmill_status hash_file(const char *path, uint64_t size, uint8_t *block, uint64_t *hash,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t blocks = (size + FINGERPRINT_BLOCK - 1) / FINGERPRINT_BLOCK, sum = 0;
    FILE *file = NULL;
    TRY(input_check(path, error));
    file = os_open_file(path, "rb");
    if (!file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* whole blocks are asked for */
    if (blocks > FINGERPRINT_BLOCKS)
        blocks = FINGERPRINT_BLOCKS;
    for (uint64_t i = 0; i < blocks; i++) {
        errno = 0;
        bool found = os_seek(file, block_start(size, blocks, i)) == 0;
        size_t got = found ? fread(block, 1, FINGERPRINT_BLOCK, file) : 0;
        if (!found || ferror(file))
            FAIL(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", path, strerror(errno));
        sum += hash_fold(hash_image(block, got), i);
    }
    *hash = hash_finish(sum, size, 0, 0);
done:
    if (file)
        fclose(file);
    return status;
}

static char *append_text(char *at, const char *name, const char *text)
{
    at += sprintf(at, ", \"%s\": ", name);
    return text ? json_quote(at, text) : at + sprintf(at, "null");
}

static size_t room_for(const char *const *paths, size_t count, const char *column, const char *dataset)
{
    size_t room = FRAME_BYTES + (column ? JSON_QUOTED_SIZE(column) : 0) + (dataset ? JSON_QUOTED_SIZE(dataset) : 0);
    for (size_t i = 0; i < count && count <= FINGERPRINT_LIST; i++)
        room += FRAME_BYTES + JSON_QUOTED_SIZE(path_name(paths[i]));
    return room;
}

/* The list goes to `list`, which ends up empty where there are too many files for one. */
static enum plotmill_status hash_files(const char *const *paths, size_t count, char *list, uint64_t *bytes,
                                       uint64_t *hash, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t sum = 0;
    uint8_t *block = NULL;
    *bytes = 0;
    *list = 0;
    TRY_ALLOCATE(error, block, FINGERPRINT_BLOCK, 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t size = os_file_size(paths[i]), one = 0;
        TRY(hash_file(paths[i], size, block, &one, error));
        *bytes += size;
        sum += hash_fold(one, i);
        if (count > FINGERPRINT_LIST)
            continue;
        list += sprintf(list, "%s{\"name\": ", i ? ", " : "");
        list = json_quote(list, path_name(paths[i]));
        list += sprintf(list, ", \"bytes\": %" PRIu64 ", \"hash\": \"%016" PRIx64 "\"}", size, one);
    }
    *hash = hash_finish(sum, count, 0, 0);
done:
    free(block);
    return status;
}

enum plotmill_status fingerprint_files(char **text, const char *const *paths, size_t count,
                                       const struct plotmill_source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *column = options ? options->column : NULL, *dataset = options ? options->dataset : NULL;
    size_t room = room_for(paths, count, column, dataset);
    room += options && options->from ? JSON_QUOTED_SIZE(options->from) : 0;
    room += options && options->to ? JSON_QUOTED_SIZE(options->to) : 0;
    uint64_t bytes = 0, hash = 0;
    char *list = NULL, *at;
    *text = NULL;
    TRY_ALLOCATE(error, list, room, 1);
    TRY_ALLOCATE(error, *text, room, 1);
    TRY(hash_files(paths, count, list, &bytes, &hash, error));
    at = *text;
    at += sprintf(at, "{\"files\": %zu, \"bytes\": %" PRIu64 ", \"hash\": \"%016" PRIx64 "\"", count, bytes, hash);
    at = append_text(at, "column", column);
    at = append_text(at, "dataset", dataset);
    if (options && options->from)
        at = append_text(at, "from", options->from);
    if (options && options->to)
        at = append_text(at, "to", options->to);
    sprintf(at, ", \"list\": [%s]}", list);
done:
    free(list);
    if (status) {
        free(*text);
        *text = NULL;
    }
    return status;
}

enum plotmill_status fingerprint_add_shape(char **text, struct plotmill_source_shape shape,
                                           struct plotmill_error *error)
{
    size_t length = strlen(*text);
    char *longer = realloc(*text, length + FRAME_BYTES);
    if (!longer)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    *text = longer;
    sprintf(longer + length - 1, ", \"samples\": %" PRIu64 ", \"row_length\": %" PRIu64 "}", shape.samples,
            shape.row_length);
    return PLOTMILL_OK;
}
