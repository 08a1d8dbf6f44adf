#include "formats/folder/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

#define LABELS_NAME "records"
#define INDEX_NAME "index.csv"
#define BLOCK_BYTES 4096

enum plotmill_status folder_init(struct folder *folder, const char *path, const char *format, const char *extension,
                                 bool force, struct plotmill_error *error)
{
    *folder = (struct folder){.format = format, .extension = extension};
    return output_init(&folder->output, path, true, force, error);
}

/* A path in the folder being built, freed by the caller; NULL, and errno: out of memory. */
static char *inside(const struct folder *folder, const char *name)
{
    return path_join(folder->output.temporary, name);
}

static enum plotmill_status write_failed(const struct folder *folder, const char *name, const char *why,
                                         struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s/%s: cannot be written: %s", folder->output.path, name,
                              why);
}

enum plotmill_status folder_failed(const struct folder *folder, uint64_t index, const char *why,
                                   struct plotmill_error *error)
{
    char name[FOLDER_NAME_SIZE];
    folder_names_get(&folder->names, index, name);
    return write_failed(folder, name, why, error);
}

static enum plotmill_status open_labels(struct folder *folder, struct plotmill_error *error)
{
    char *path = inside(folder, LABELS_NAME);
    bool opened = path && labels_open(&folder->labels, path);
    free(path);
    return opened ? PLOTMILL_OK : write_failed(folder, LABELS_NAME, strerror(errno), error);
}

/* What files take on most file systems: whole blocks. 0: not known. */
static uint64_t files_room(const struct plotmill_dataset_info *info)
{
    uint64_t blocks = (uint64_t)(info->image_bytes / BLOCK_BYTES) + 1;
    return info->image_bytes > 0 ? info->images * blocks * BLOCK_BYTES : 0;
}

enum plotmill_status folder_open(struct folder *folder, const struct plotmill_dataset_info *info,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool nested = info->images > FOLDER_IMAGES;
    TRY(image_counter_start(&folder->counter, info, NULL, error));
    TRY(metadata_init(&folder->metadata, info, folder->format, error));
    TRY(output_check_room(folder->output.path, files_room(info), error));
    folder->metadata.images_per_folder = nested ? FOLDER_IMAGES : 0;
    folder_names_init(&folder->names, info->images, nested, folder->extension);
    /* One left by a killed process that had this one's number. */
    output_discard(&folder->output);
    if (!os_make_folder(folder->output.temporary))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", folder->output.path, strerror(errno));
    TRY(open_labels(folder, error));
done:
    if (status)
        folder_abort(folder);
    return status;
}

enum plotmill_status folder_count(struct folder *folder, const struct plotmill_batch *batch,
                                  struct plotmill_error *error)
{
    return image_counter_add(&folder->counter, batch, error);
}

/* A subfolder is made when its first image finds none; two threads may find that at once. */
static bool write_nested(const struct folder *folder, uint64_t index, const char *path, const uint8_t *bytes,
                         size_t size)
{
    char name[FOLDER_NAME_SIZE];
    folder_names_subfolder(&folder->names, index, name);
    char *subfolder = inside(folder, name);
    bool made = subfolder && (os_make_folder(subfolder) || errno == EEXIST);
    int why = errno;
    free(subfolder);
    errno = why;
    return made && os_write_file(path, bytes, size);
}

enum plotmill_status folder_write(const struct folder *folder, uint64_t index, const uint8_t *bytes, size_t size,
                                  struct plotmill_error *error)
{
    char name[FOLDER_NAME_SIZE];
    folder_names_get(&folder->names, index, name);
    char *path = inside(folder, name);
    bool written = path && os_write_file(path, bytes, size);
    if (path && !written && errno == ENOENT && folder->names.nested)
        written = write_nested(folder, index, path, bytes, size);
    int why = errno;
    free(path);
    return written ? PLOTMILL_OK : write_failed(folder, name, strerror(why), error);
}

enum plotmill_status folder_label(const struct folder *folder, const struct plotmill_batch *batch,
                                  struct plotmill_error *error)
{
    return labels_write(&folder->labels, batch) ? PLOTMILL_OK
                                                : write_failed(folder, LABELS_NAME, strerror(errno), error);
}

static void print_label(const struct folder *folder, FILE *file, uint64_t index, const struct label *label)
{
    char name[FOLDER_NAME_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    folder_names_get(&folder->names, index, name);
    decimal_write(lo, label->y_range[0]);
    decimal_write(hi, label->y_range[1]);
    fprintf(file, "%llu,%s,%lld,%s,%s\n", (unsigned long long)index, name, (long long)label->window_start, lo, hi);
}

static bool print_labels(const struct folder *folder, FILE *file)
{
    struct label label;
    fputs("index,file,window_start,y_lo,y_hi\n", file);
    for (uint64_t i = 0; i < folder->counter.images && !ferror(file); i++) {
        if (!labels_next(&folder->labels, &label))
            return false;
        print_label(folder, file, i, &label);
    }
    return !ferror(file);
}

/* Turns the labels into index.csv and removes their file. */
static enum plotmill_status write_index(struct folder *folder, struct plotmill_error *error)
{
    char *path = inside(folder, INDEX_NAME), *labels = inside(folder, LABELS_NAME);
    FILE *file = path && labels ? fopen(path, "wb") : NULL;
    bool written = file && labels_rewind(&folder->labels) && print_labels(folder, file);
    int why = errno;
    if (file && fclose(file) && written) {
        why = errno;
        written = false;
    }
    if (written) {
        labels_close(&folder->labels);
        os_remove_file(labels);
    }
    free(labels);
    free(path);
    return written ? PLOTMILL_OK : write_failed(folder, INDEX_NAME, strerror(why), error);
}

static enum plotmill_status write_metadata(const struct folder *folder, struct plotmill_error *error)
{
    char *path = inside(folder, OUTPUT_MARK), *text = metadata_json(&folder->metadata);
    bool written = path && text && os_write_file(path, text, strlen(text));
    int why = errno;
    free(text);
    free(path);
    return written ? PLOTMILL_OK : write_failed(folder, OUTPUT_MARK, strerror(why), error);
}

enum plotmill_status folder_finish(struct folder *folder, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&folder->counter, folder->output.path, error));
    TRY(write_index(folder, error));
    TRY(write_metadata(folder, error));
    TRY(output_commit(&folder->output, error));
done:
    return status;
}

void folder_abort(struct folder *folder)
{
    labels_close(&folder->labels);
    output_discard(&folder->output);
}

void folder_free(struct folder *folder)
{
    if (folder->labels.file)
        folder_abort(folder);
    output_free(&folder->output);
    metadata_free(&folder->metadata);
}
