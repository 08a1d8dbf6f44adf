#include "source/fingerprint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/memory_table.h"

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
    file = fopen(path, "rb");
    if (!file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* whole blocks are asked for */
    blocks = MIN(blocks, FINGERPRINT_BLOCKS);
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

/* Members of one archive are one file. */
static bool is_same_file(const struct input *inputs, size_t i)
{
    return i && !strcmp(inputs[i - 1].origin, inputs[i].origin) && strcmp(inputs[i - 1].name, inputs[i].name) != 0;
}

/* The number, the combined size and the hash of all files. With `list`, appends an object per file. */
static enum plotmill_status hash_files(const struct input_list *inputs, struct json *list, uint64_t *files,
                                       uint64_t *bytes, uint64_t *hash, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t sum = 0, count = 0;
    uint8_t *block = NULL;
    *bytes = *files = 0;
    for (size_t i = 0; i < inputs->count; i++)
        *files += !is_same_file(inputs->items, i);
    TRY_ALLOCATE(error, block, FINGERPRINT_BLOCK, 1);
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->items[i];
        if (is_same_file(inputs->items, i))
            continue;
        uint64_t size = 0, one = 0;
        if (input->table) {
            TRY(memory_table_hash(input->table, &size, &one, error));
        } else {
            size = os_file_size(input->origin);
            TRY(hash_file(input->origin, size, block, &one, error));
        }
        *bytes += size;
        sum += hash_fold(one, count++);
        if (*files > FINGERPRINT_LIST)
            continue;
        json_open(list, NULL, '{');
        json_string(list, "name",
                    input->table     ? path_name(input->name)
                    : input->is_copy ? input->name
                                     : path_name(input->origin));
        json_uint(list, "bytes", size);
        json_hash(list, "hash", one);
        json_close(list, '}');
    }
    *hash = hash_finish(sum, count, 0, 0);
done:
    free(block);
    return status;
}

const char *const fingerprint_choices[] = {"column",      "columns",        "axes",     "dataset",      "from",
                                           "to",          "member",         "group_by", "order",        "break_at_gaps",
                                           "header",      "skip",           "comment",  "separator",    "decimal",
                                           "thousands",   "missing_values", "units",    "encoding",     "time",
                                           "time_format", "bad_rows",       "rows",     "label_column", NULL};

/* Of options that are not given, column and dataset are null, the others absent. */
static void write_choices(struct json *json, const struct source_options *options)
{
    static const char *const orders[] = {NULL, "time", "file"};
    const struct text_options *text = &options->text;
    char factor[DECIMAL_SIZE];
    decimal_write(factor, options->gap_factor);
    const char *const values[] = {options->column,
                                  options->columns,
                                  options->axes,
                                  options->dataset,
                                  options->from,
                                  options->to,
                                  options->member,
                                  options->group_by,
                                  orders[options->order],
                                  options->gap_factor > 0 ? factor : NULL,
                                  text->header,
                                  text->skip,
                                  text->comment,
                                  text->separator,
                                  text->decimal,
                                  text->thousands,
                                  text->missing,
                                  text->no_units ? "none" : NULL,
                                  text->encoding,
                                  text->time,
                                  text->time_format,
                                  text->skip_bad_rows ? "skip" : NULL,
                                  text->sequences ? "sequences" : NULL,
                                  text->label_column};
    for (size_t i = 0; fingerprint_choices[i]; i++)
        if (values[i] || i == 0 || i == 3)
            json_string(json, fingerprint_choices[i], values[i]);
}

enum plotmill_status fingerprint_paths(char **text, const char *const *paths, size_t count,
                                       const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct input_list inputs = {0};
    *text = NULL;
    TRY(inputs_find(&inputs, paths, count, options, error));
    TRY(fingerprint_files(text, &inputs, options, error));
done:
    inputs_free(&inputs);
    return status;
}

enum plotmill_status fingerprint_files(char **text, const struct input_list *inputs,
                                       const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_options defaults = {0};
    options = options ? options : &defaults;
    struct json json = {.one_line = true, .keep_bytes = true}, list = json;
    uint64_t count = 0, bytes = 0, hash = 0;
    char *items = NULL;
    *text = NULL;
    json_open(&list, NULL, '[');
    TRY(hash_files(inputs, &list, &count, &bytes, &hash, error));
    json_close(&list, ']');
    items = json_finish(&list);
    json_open(&json, NULL, '{');
    json_uint(&json, "files", count);
    json_uint(&json, "bytes", bytes);
    json_hash(&json, "hash", hash);
    write_choices(&json, options);
    json_raw(&json, "list", items ? items : "");
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, items && *text);
done:
    free(items);
    free(json_finish(&list));
    if (status) {
        free(*text);
        *text = NULL;
    }
    return status;
}

enum plotmill_status fingerprint_add_shape(char **text, struct source_shape shape, struct plotmill_error *error)
{
    struct json json = {.one_line = true, .keep_bytes = true, .filled = true, .depth = 1};
    /* Continues in front of the closing brace. */
    json.text = *text;
    json.length = strlen(*text) - 1;
    json_uint(&json, "samples", shape.samples);
    json_uint(&json, "row_length", shape.row_length);
    json_close(&json, '}');
    *text = json_finish(&json);
    return *text ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}
