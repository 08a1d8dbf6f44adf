#include "formats/hdf5/beside.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"

/* Rows per chunk of /window_start and /y_range: 64 and 128 kB. */
#define COMPANION_ROWS 8192

void hdf5_file_init(struct hdf5_file *file, const struct output *output, const struct sink_options *options)
{
    *file = (struct hdf5_file){
        .path = output->path,
        .temporary = output->temporary,
        .pixels = options->pixels,
        .chunk_images = options->chunk_images ? options->chunk_images : 1,
        .compressed = options->compress == COMPRESS_DEFLATE,
        .store_sequences = options->store_sequences != 0,
        .log = options->log,
        .file = -1,
        .images = -1,
        .window_start = -1,
        .y_range = -1,
        .sequences = -1,
    };
}

enum plotmill_status hdf5_write_failed(const struct hdf5_file *file, struct plotmill_error *error)
{
    if (!file->failure)
        return hdf5_error_set(error, PLOTMILL_IO_FAILED, file->path, "cannot be written");
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", file->path,
                              strerror(file->failure));
}

enum plotmill_status hdf5_file_close(struct hdf5_file *file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&file->images, &file->window_start, &file->y_range, &file->sequences};
    for (int i = 0; i < 4; i++) {
        if (*datasets[i] >= 0 && H5Dclose(*datasets[i]) < 0 && !status)
            status = hdf5_write_failed(file, error);
        *datasets[i] = -1;
    }
    if (file->file >= 0 && H5Fclose(file->file) < 0 && !status)
        status = hdf5_write_failed(file, error);
    file->file = -1;
    return file->failure && !status ? hdf5_write_failed(file, error) : status;
}

enum plotmill_status hdf5_file_start(struct hdf5_file *file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t access = -1, creation = -1;
    TRY_WRITE(file, access = H5Pcreate(H5P_FILE_ACCESS));
    TRY_WRITE(file, creation = H5Pcreate(H5P_FILE_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(creation, 0));
    /* With this version, datasets that can grow index their chunks by an extensible array, not by a tree. */
    TRY_WRITE(file, H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110));
    TRY_WRITE(file, hdf5_driver_use(access, &file->failure));
    TRY_WRITE(file, file->file = H5Fcreate(file->temporary, H5F_ACC_TRUNC, creation, access));
done:
    hdf5_release(creation);
    hdf5_release(access);
    return status;
}

/* Lists of the train part as numbers beside its JSON. */
static enum plotmill_status describe_train(struct hdf5_file *file, const char *train, struct plotmill_error *error)
{
    static const char *const members[] = {"mean", "std"}, *const names[] = {"train_mean", "train_std"};
    enum plotmill_status status = PLOTMILL_OK;
    double *numbers = NULL;
    TRY_WRITE(file, hdf5_write_text(file->images, "train", train));
    for (int k = 0; k < 2; k++) {
        const char *list = json_member(train, members[k]);
        size_t count = 0;
        while (json_element(list, count))
            count++;
        if (!count)
            continue;
        free(numbers);
        TRY_ALLOCATE(error, numbers, count, sizeof *numbers);
        for (size_t i = 0; i < count; i++)
            numbers[i] = json_read_number(json_element(list, i), 0);
        TRY_WRITE(file, hdf5_write_reals(file->images, names[k], count, numbers));
    }
done:
    free(numbers);
    return status;
}

enum plotmill_status hdf5_file_describe(struct hdf5_file *file, const struct dataset_info *info,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hid_t images = file->images;
    TRY_WRITE(file, hdf5_write_text(images, "plotmill_version", version_text()));
    TRY_WRITE(file, hdf5_write_text(images, "spec", info->spec ? info->spec : ""));
    if (info->input && *info->input)
        TRY_WRITE(file, hdf5_write_text(images, "input", info->input));
    if (info->windows && *info->windows)
        TRY_WRITE(file, hdf5_write_text(images, "windows", info->windows));
    if (info->train && *info->train)
        TRY(describe_train(file, info->train, error));
    TRY_WRITE(file, hdf5_write_text(images, "layout", pixel_layout_name(file->pixels.layout)));
    if (info->background >= 0)
        TRY_WRITE(file, hdf5_write_number(images, "background", H5T_STD_I32LE, info->background));
    if (info->foreground >= 0)
        TRY_WRITE(file, hdf5_write_number(images, "foreground", H5T_STD_I32LE, info->foreground));
    if (file->pixels.dtype != DTYPE_U8)
        TRY_WRITE(file, hdf5_write_text(images, "dtype", pixel_dtype_name(file->pixels.dtype)));
    const struct {
        const char *name;
        uint64_t value;
        bool present;
    } numbers[] = {
        {"width", info->width, file->pixels.dtype == DTYPE_BITS},
        {"sequence_samples", info->window, file->store_sequences},
        {"first", info->first, info->first > 0},
        {"whole", info->whole, info->whole > 0},
    };
    for (int i = 0; i < 4; i++)
        if (numbers[i].present)
            TRY_WRITE(file, hdf5_write_number(images, numbers[i].name, H5T_STD_I64LE, (int64_t)numbers[i].value));
done:
    return status;
}

struct dataset {
    const char *name;
    hid_t type;
    int rank;
    hsize_t shape[4];
    hsize_t chunk_rows; /* along the first axis; chunks are whole along the others */
    bool compressed;
    bool early;       /* allocated at creation, filled later */
    const void *fill; /* the value of elements that were never written; NULL: 0 */
};

/* A dataset that can grow along its first axis. */
static enum plotmill_status create_dataset(struct hdf5_file *file, const struct dataset *dataset, hid_t *id,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t maximum[4], chunk[4];
    hid_t properties = -1, space = -1;
    for (int i = 0; i < dataset->rank; i++) {
        maximum[i] = i ? dataset->shape[i] : H5S_UNLIMITED;
        chunk[i] = i ? dataset->shape[i] : dataset->chunk_rows;
    }
    TRY_WRITE(file, properties = H5Pcreate(H5P_DATASET_CREATE));
    /* The level only matters to programs that recompress: what is stored is any zlib stream. */
    if (dataset->compressed)
        TRY_WRITE(file, H5Pset_deflate(properties, 1));
    if (dataset->fill)
        TRY_WRITE(file, H5Pset_fill_value(properties, dataset->type, dataset->fill));
    if (dataset->early) {
        TRY_WRITE(file, H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
        TRY_WRITE(file, H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
    }
    TRY_WRITE(file, H5Pset_chunk(properties, dataset->rank, chunk));
    /* The same job writes the same bytes at any time. */
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    TRY_WRITE(file, space = H5Screate_simple(dataset->rank, dataset->shape, maximum));
    TRY_WRITE(file,
              *id = H5Dcreate2(file->file, dataset->name, dataset->type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
done:
    hdf5_release(space);
    hdf5_release(properties);
    return status;
}

/* The number of an element of /images that is never written: the background, where it is one number. */
static void fill_value(const struct pixel_format *pixels, const struct dataset_info *info,
                       uint8_t fill[8 * sizeof(float)])
{
    const struct pixel_format plain = {.dtype = pixels->dtype, .channels = 1};
    const struct pixel_shape shape = {8, 1, info->background, info->foreground, 1};
    uint8_t eight[8];
    memset(eight, MAX(info->background, 0), sizeof eight);
    pixel_format_store(&plain, &shape, eight, 1, fill);
}

/* /sequences is (images, window), of several fields (images, window, fields). */
static enum plotmill_status create_sequences(struct hdf5_file *file, const struct dataset_info *info,
                                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t fields = info->fields > 1 ? info->fields : 1,
                   fit = HDF5_SEQUENCE_BYTES / (info->window * fields * 8);
    const struct dataset sequences = {
        .name = "sequences",
        .type = H5T_IEEE_F64LE,
        .rank = fields > 1 ? 3 : 2,
        .shape = {info->images, info->window, fields},
        .chunk_rows = MIN(MAX(fit, 1), info->images),
        .compressed = file->compressed,
    };
    TRY(create_dataset(file, &sequences, &file->sequences, error));
    if (fields > 1 && info->field_names && *info->field_names)
        TRY_WRITE(file, hdf5_write_texts(file->sequences, "fields", info->field_names));
done:
    return status;
}

static enum plotmill_status create_splits(struct hdf5_file *file, const struct dataset_info *info,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_split_piece *pieces = NULL;
    if (!info->runs || hdf5_too_many_runs(file, info->run_count))
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, pieces, info->run_count, sizeof *pieces);
    for (size_t i = 0; i < info->run_count; i++)
        pieces[i] = (struct hdf5_split_piece){info->runs[i].split, info->runs[i].first, info->runs[i].count, 0};
    TRY(hdf5_splits_create(file, info, pieces, info->run_count, NULL, NULL, 0, error));
done:
    free(pieces);
    return status;
}

bool hdf5_too_many_runs(const struct hdf5_file *file, uint64_t runs)
{
    if (runs <= HDF5_RUNS_MAX)
        return false;
    log_line(
        file->log, PLOTMILL_LOG_INFO,
        "%s: the parts of the split are %llu runs of images, more than %d: no /train/images and so on; /split says "
        "the part of each image",
        file->path, (unsigned long long)runs, HDF5_RUNS_MAX);
    return true;
}

enum plotmill_status hdf5_file_create(struct hdf5_file *file, const struct dataset_info *info,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t count = info->images, companion_rows = MIN(count, COMPANION_ROWS);
    const uint32_t panels = info->panels > 1 ? info->panels : 1;
    uint8_t fill[8 * sizeof(float)];
    uint64_t axes[4] = {0};
    hid_t type = -1;
    TRY(pixel_format_resolve(&file->pixels, info->channels, &file->pixels, error));
    fill_value(&file->pixels, info, fill);
    const int rank = pixel_format_axes(&file->pixels, info->images, info->width, info->height, axes);
    if (file->store_sequences && !info->window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: samples cannot be stored: the number of samples per image is unknown",
             file->path);

    TRY(hdf5_file_start(file, error));
    TRY_WRITE(file, type = hdf5_pixel_type(file->pixels.dtype));
    /* The companions are allocated at creation, so that the place of images does not depend on the size of batches,
     * which is tuned. Overlapping windows compress well. */
    const struct dataset images = {.name = "images",
                                   .type = type,
                                   .rank = rank,
                                   .shape = {axes[0], axes[1], axes[2], axes[3]},
                                   .chunk_rows = file->chunk_images,
                                   .compressed = file->compressed,
                                   .fill = fill};
    const struct dataset starts = {"window_start", H5T_STD_I64LE, 1, {count}, companion_rows, false, true, NULL};
    const struct dataset ranges = {.name = "y_range",
                                   .type = H5T_IEEE_F64LE,
                                   .rank = panels > 1 ? 3 : 2,
                                   .shape = {count, panels > 1 ? panels : 2, 2},
                                   .chunk_rows = MAX(companion_rows / panels, 1),
                                   .early = true};
    TRY(create_dataset(file, &images, &file->images, error));
    TRY(create_dataset(file, &starts, &file->window_start, error));
    TRY(create_dataset(file, &ranges, &file->y_range, error));
    TRY(hdf5_file_describe(file, info, error));
    if (file->store_sequences)
        TRY(create_sequences(file, info, error));
    TRY(hdf5_columns_create(file, info, error));
    TRY(create_splits(file, info, error));
    if (file->failure)
        TRY(hdf5_write_failed(file, error));
done:
    hdf5_release(type);
    return status;
}
