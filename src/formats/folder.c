#include "formats/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/image_table.h"
#include "formats/label_table.h"

#define DIGITS_MIN 8
#define RECORDS "records"
#define BLOCK_BYTES 4096 /* of most file systems */

void folder_names_init(struct folder_names *names, uint64_t images, const char *extension)
{
    *names = (struct folder_names){extension, DIGITS_MIN};
    for (uint64_t rest = (images - 1) / 100000000; rest; rest /= 10)
        names->digits++;
}

void folder_names_get(const struct folder_names *names, const char *subfolder, uint64_t index,
                      char name[FOLDER_NAME_SIZE])
{
    snprintf(name, FOLDER_NAME_SIZE, "%s%s%0*llu%s", subfolder, *subfolder ? "/" : "", names->digits,
             (unsigned long long)index, names->extension);
}

enum plotmill_status folder_init(struct folder *folder, const char *path, const char *format, const char *extension,
                                 const struct sink_options *options, struct plotmill_error *error)
{
    *folder = (struct folder){
        .format = format, .extension = extension, .how = (enum image_folders)options->folders, .log = options->log};
    return output_init(&folder->output, path, true, options->force, error);
}

/* A path in the folder that is being built, freed by the caller; NULL and errno: out of memory. */
static char *inside(const struct folder *folder, const char *name)
{
    return path_join(folder->output.temporary, name);
}

static enum plotmill_status write_failed(const struct folder *folder, const char *name, const char *reason,
                                         struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s/%s: cannot be written: %s", folder->output.path, name,
                              reason);
}

/* Each file takes whole blocks. 0: not known. */
static uint64_t disk_bytes(const struct dataset_info *info)
{
    uint64_t blocks = (uint64_t)(info->image_bytes / BLOCK_BYTES) + 1;
    return info->image_bytes > 0 ? info->images * blocks * BLOCK_BYTES : 0;
}

enum plotmill_status folder_check(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    const struct folder *folder = self;
    struct class_folders classes;
    const enum plotmill_status status = class_folders_init(&classes, folder->how, info, error);
    if (!status)
        class_folders_free(&classes);
    return status;
}

enum plotmill_status folder_open(struct folder *folder, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *records = NULL;
    TRY(image_counter_start(&folder->counter, info, NULL, error));
    TRY(metadata_init(&folder->metadata, info, folder->format, error));
    folder->metadata.info.folders = image_folders_name(folder->how);
    TRY(class_folders_init(&folder->classes, folder->how, info, error));
    TRY(output_check_room(folder->output.path, disk_bytes(info), error));
    folder_names_init(&folder->names, info->images, folder->extension);
    /* A killed process with the id of this one may have left a folder. */
    output_discard(&folder->output);
    if (!os_make_folder(folder->output.temporary))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", folder->output.path, strerror(errno));
    TRY(class_folders_make(&folder->classes, folder->output.temporary, folder->output.path, error));
    records = inside(folder, RECORDS);
    folder->records = records ? fopen(records, "w+b") : NULL;
    if (!folder->records)
        TRY(write_failed(folder, RECORDS, strerror(errno), error));
done:
    free(records);
    if (status)
        folder_abort(folder);
    return status;
}

/* errno: why it failed. */
static bool write_image(const struct folder *folder, const char *name, const uint8_t *bytes, size_t size)
{
    char *path = inside(folder, name);
    bool written = path && os_write_file(path, bytes, size);
    int reason = errno;
    free(path);
    errno = reason;
    return written;
}

static size_t column_bytes(const struct folder *folder)
{
    return (size_t)columns_row_bytes(folder->metadata.info.columns, folder->metadata.info.column_count);
}

enum plotmill_status folder_write(struct folder *folder, const struct image_batch *batch, folder_encoder *encode,
                                  void *user, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t range_bytes = folder->counter.panels * 2 * sizeof(double),
                 record_bytes = 8 + range_bytes + column_bytes(folder);
    uint8_t *records = NULL;
    TRY_ALLOCATE(error, records, batch->count, record_bytes);
    TRY(image_counter_add(&folder->counter, batch, error));
    for (uint64_t i = 0; i < batch->count; i++) {
        char name[FOLDER_NAME_SIZE];
        const uint8_t *bytes;
        size_t size;
        const size_t place = class_folders_find(&folder->classes, &folder->metadata.info, batch->columns, i);
        folder_names_get(&folder->names, class_folders_path(&folder->classes, place), batch->first + i, name);
        const char *reason = encode(user, batch, i, &bytes, &size);
        if (!reason && !write_image(folder, name, bytes, size))
            reason = strerror(errno);
        if (reason)
            TRY(write_failed(folder, name, reason, error));
        memcpy(records + i * record_bytes, &batch->window_start[i], 8);
        memcpy(records + i * record_bytes + 8, (const uint8_t *)batch->y_range + i * range_bytes, range_bytes);
        uint8_t *at = records + i * record_bytes + 8 + range_bytes;
        for (size_t c = 0; c < folder->metadata.info.column_count; c++) {
            const size_t row_bytes = column_row_bytes(&folder->metadata.info.columns[c]);
            memcpy(at, (const uint8_t *)batch->columns[c] + i * row_bytes, row_bytes);
            at += row_bytes;
        }
    }
    if (!os_write_at(folder->records, batch->first * record_bytes, records, (size_t)batch->count * record_bytes))
        TRY(write_failed(folder, RECORDS, strerror(errno), error));
done:
    free(records);
    return status;
}

/* The values of a record, as label_table_row takes them. */
struct record_columns {
    uint8_t **aligned;
    const void **values;
};

static void record_columns_free(struct record_columns *record, size_t count)
{
    for (size_t c = 0; record->aligned && c < count; c++)
        free(record->aligned[c]);
    free(record->aligned);
    free(record->values);
}

static bool record_columns_init(struct record_columns *record, const struct dataset_info *info)
{
    record->aligned = calloc(info->column_count + 1, sizeof *record->aligned);
    record->values = calloc(info->column_count + 1, sizeof *record->values);
    bool made = record->aligned && record->values;
    for (size_t c = 0; made && c < info->column_count; c++) {
        record->values[c] = record->aligned[c] = malloc(column_row_bytes(&info->columns[c]));
        made = record->aligned[c] != NULL;
    }
    return made;
}

static bool record_columns_read(const struct record_columns *record, const struct dataset_info *info, FILE *file)
{
    for (size_t c = 0; c < info->column_count; c++)
        if (fread(record->aligned[c], column_row_bytes(&info->columns[c]), 1, file) != 1)
            return false;
    return true;
}

/* labels: of labels.csv; NULL: there are no columns. */
static bool write_rows(struct folder *folder, FILE *file, FILE *labels)
{
    const struct dataset_info *info = &folder->metadata.info;
    struct record_columns record = {0};
    const uint32_t panels = folder->counter.panels;
    const size_t values = 2 * (size_t)panels;
    int64_t start;
    double *y_range = malloc(values * sizeof *y_range);
    char name[FOLDER_NAME_SIZE];
    const struct image_batch one = {.window_start = &start, .y_range = y_range};
    image_table_head(file, "file", panels);
    if (labels)
        label_table_head(labels, info->columns, info->column_count);
    bool written = record_columns_init(&record, info) && y_range && !os_seek(folder->records, 0);
    for (uint64_t i = 0; i < folder->counter.images && written && !ferror(file); i++) {
        written = fread(&start, sizeof start, 1, folder->records) == 1 &&
                  fread(y_range, sizeof *y_range, values, folder->records) == values &&
                  record_columns_read(&record, info, folder->records);
        if (!written)
            break;
        const size_t place = class_folders_find(&folder->classes, info, record.values, 0);
        class_folders_count(&folder->classes, place);
        folder_names_get(&folder->names, class_folders_path(&folder->classes, place), i, name);
        image_table_row(file, i, name, &one, 0, panels);
        if (labels)
            label_table_row(labels, info->columns, info->column_count, i, name, start, record.values);
    }
    free(y_range);
    record_columns_free(&record, info->column_count);
    return written && !ferror(file) && (!labels || !ferror(labels));
}

/* Turns the records into index.csv and removes their file. */
static enum plotmill_status write_index(struct folder *folder, struct plotmill_error *error)
{
    char *path = inside(folder, FOLDER_INDEX), *records = inside(folder, RECORDS);
    char *labels_path = inside(folder, FOLDER_LABELS);
    const bool has_labels = folder->metadata.info.column_count > 0;
    FILE *labels = has_labels && labels_path ? fopen(labels_path, "wb") : NULL;
    FILE *file = path && records ? fopen(path, "wb") : NULL;
    bool written = file && (labels || !has_labels) && write_rows(folder, file, labels);
    int reason = errno;
    if (file && fclose(file) && written) {
        reason = errno;
        written = false;
    }
    if (labels && fclose(labels) && written) {
        reason = errno;
        written = false;
    }
    free(labels_path);
    if (written) {
        fclose(folder->records);
        folder->records = NULL;
        os_remove_file(records);
    }
    free(records);
    free(path);
    return written ? PLOTMILL_OK : write_failed(folder, FOLDER_INDEX, strerror(reason), error);
}

enum plotmill_status folder_finish(void *self, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct folder *folder = self;
    char *path = inside(folder, OUTPUT_MARK), *text = metadata_json(&folder->metadata);
    TRY(image_counter_finish(&folder->counter, folder->output.path, error));
    TRY(write_index(folder, error));
    if (!path || !text || !os_write_file(path, text, strlen(text)))
        TRY(write_failed(folder, OUTPUT_MARK, strerror(errno), error));
    TRY(output_commit(&folder->output, error));
    class_folders_report(&folder->classes, folder->output.path, folder->log);
done:
    free(text);
    free(path);
    return status;
}

uint64_t folder_outside(void *self)
{
    const struct folder *folder = self;
    return folder->classes.outside;
}

void folder_abort(void *self)
{
    struct folder *folder = self;
    if (folder->records)
        fclose(folder->records);
    folder->records = NULL;
    output_discard(&folder->output);
}

void folder_destroy(void *self)
{
    struct folder *folder = self;
    if (folder->records)
        folder_abort(folder);
    output_free(&folder->output);
    metadata_free(&folder->metadata);
    class_folders_free(&folder->classes);
    free(folder);
}
