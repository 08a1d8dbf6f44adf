/* A folder of PNG files named by index, with index.csv (where each window begins, its lo and hi) and the mark that
 * describes the data set. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "sink/json.h"
#include "sink/png_file.h"
#include "sink/png_writer.h"
#include "sink/sink.h"
#include "sink/tally.h"

/* What index.csv will say of one image. */
struct index_record {
    int64_t window_start;
    double y_range[2];
};

struct png_sink {
    struct output output;
    struct tally tally;
    bool compressed;
    int background;
    int foreground;
    char *spec;
    int digits;  /* of a file's name */
    char *name;  /* room for a path in the folder being built */
    char *shown; /* the same in the final folder */
    size_t name_size;
    FILE *records; /* index_record by index: batches come in any order, index.csv is in order */
};

/* A path in the folder being built, valid until the next call. */
static const char *inside(struct png_sink *sink, const char *name)
{
    snprintf(sink->name, sink->name_size, "%s/%s", sink->output.temporary, name);
    return sink->name;
}

static void image_name(const struct png_sink *sink, uint64_t index, char name[32])
{
    snprintf(name, 32, "%0*llu.png", sink->digits, (unsigned long long)index);
}

static enum plotmill_status write_failed(const struct png_sink *sink, const char *name, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s/%s: cannot be written: %s", sink->output.path, name,
                              strerror(errno));
}

static void abort_sink(void *self)
{
    struct png_sink *sink = self;
    if (sink->records)
        fclose(sink->records);
    sink->records = NULL;
    output_discard(&sink->output);
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct png_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const char *spec = info->spec ? info->spec : "";
    TRY(tally_start(&sink->tally, info, NULL, error));
    sink->background = info->background;
    sink->foreground = info->foreground;
    sink->digits = 8;
    for (uint64_t rest = (info->images - 1) / 100000000; rest; rest /= 10)
        sink->digits++;
    TRY_ALLOCATE(error, sink->spec, strlen(spec) + 1, 1);
    strcpy(sink->spec, spec);
    sink->name_size = strlen(sink->output.temporary) + 64;
    TRY_ALLOCATE(error, sink->name, sink->name_size, 1);
    TRY_ALLOCATE(error, sink->shown, sink->name_size, 1);
    /* One left by a killed process that had this one's number. */
    output_discard(&sink->output);
    if (!os_make_folder(sink->output.temporary))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", sink->output.path, strerror(errno));
    sink->records = os_open_file(inside(sink, "records"), "w+b");
    if (!sink->records)
        TRY(write_failed(sink, "records", error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_pixels(struct png_sink *sink, uint64_t index, const uint8_t *pixels,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_writer *writer = NULL;
    char name[32];
    image_name(sink, index, name);
    snprintf(sink->shown, sink->name_size, "%s/%s", sink->output.path, name);
    TRY(png_writer_open(&writer, inside(sink, name), sink->shown, sink->tally.width, sink->tally.height, false, error));
    TRY(png_writer_rows(writer, pixels, sink->tally.height, error));
    struct png_writer *complete = writer;
    writer = NULL;
    TRY(png_writer_close(complete, error));
done:
    png_writer_discard(writer);
    return status;
}

static enum plotmill_status write_stream(struct png_sink *sink, uint64_t index, const struct plotmill_stream *stream,
                                         struct plotmill_error *error)
{
    char name[32];
    image_name(sink, index, name);
    if (!png_file_write(inside(sink, name), sink->tally.width, sink->tally.height, stream))
        return write_failed(sink, name, error);
    return PLOTMILL_OK;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_add(&sink->tally, batch, error));
    if (os_seek(sink->records, batch->first * sizeof(struct index_record)))
        TRY(write_failed(sink, "records", error));
    for (uint64_t i = 0; i < batch->count; i++) {
        if (sink->compressed)
            TRY(write_stream(sink, batch->first + i, &batch->streams[i], error));
        else
            TRY(write_pixels(sink, batch->first + i, batch->data + (size_t)i * sink->tally.image_bytes, error));
        struct index_record record = {batch->window_start[i], {batch->y_range[2 * i], batch->y_range[2 * i + 1]}};
        if (fwrite(&record, sizeof record, 1, sink->records) != 1)
            TRY(write_failed(sink, "records", error));
    }
done:
    return status;
}

static void print_record(const struct png_sink *sink, FILE *file, uint64_t index, const struct index_record *record)
{
    char name[32], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    image_name(sink, index, name);
    decimal_write(lo, record->y_range[0]);
    decimal_write(hi, record->y_range[1]);
    fprintf(file, "%llu,%s,%lld,%s,%s\n", (unsigned long long)index, name, (long long)record->window_start, lo, hi);
}

/* Turns the records into index.csv and removes them. */
static enum plotmill_status write_index(struct png_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    FILE *file = os_open_file(inside(sink, "index.csv"), "wb");
    if (!file || fflush(sink->records) || os_seek(sink->records, 0))
        TRY(write_failed(sink, "index.csv", error));
    fputs("index,file,window_start,y_lo,y_hi\n", file);
    for (uint64_t i = 0; i < sink->tally.images && !ferror(file); i++) {
        struct index_record record;
        if (fread(&record, sizeof record, 1, sink->records) != 1)
            TRY(write_failed(sink, "index.csv", error));
        print_record(sink, file, i, &record);
    }
    bool failed = ferror(file);
    if (fclose(file))
        failed = true;
    file = NULL;
    if (failed)
        TRY(write_failed(sink, "index.csv", error));
    fclose(sink->records);
    sink->records = NULL;
    os_remove_file(inside(sink, "records"));
done:
    if (file)
        fclose(file);
    return status;
}

static enum plotmill_status write_mark(struct png_sink *sink, struct plotmill_error *error)
{
    FILE *file = os_open_file(inside(sink, OUTPUT_MARK), "wb");
    if (!file)
        return write_failed(sink, OUTPUT_MARK, error);
    fputs("{\n  \"plotmill_version\": ", file);
    json_write_string(file, plotmill_version());
    fprintf(file,
            ",\n  \"images\": %llu,\n  \"width\": %u,\n  \"height\": %u,\n  \"layout\": \"NHW\",\n"
            "  \"background\": %d,\n  \"foreground\": %d,\n  \"spec\": ",
            (unsigned long long)sink->tally.images, (unsigned)sink->tally.width, (unsigned)sink->tally.height,
            sink->background, sink->foreground);
    /* An object stands as itself; an embedder's other text as a string. */
    if (json_is_object(sink->spec))
        fputs(sink->spec, file);
    else
        json_write_string(file, sink->spec);
    fputs("\n}\n", file);
    bool failed = ferror(file);
    if (fclose(file) || failed)
        return write_failed(sink, OUTPUT_MARK, error);
    return PLOTMILL_OK;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_finish(&sink->tally, sink->output.path, error));
    TRY(write_index(sink, error));
    TRY(write_mark(sink, error));
    TRY(output_commit(&sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct png_sink *sink = self;
    if (sink->records)
        abort_sink(sink);
    output_free(&sink->output);
    free(sink->spec);
    free(sink->name);
    free(sink->shown);
    free(sink);
}

#define PNG_CALLS \
    .open = open_sink, .write = write_sink, .finish = finish_sink, .abort = abort_sink, .destroy = destroy_sink

static const struct plotmill_sink_ops stream_ops = {.payload = PLOTMILL_PAYLOAD_PNG, PNG_CALLS};
static const struct plotmill_sink_ops pixel_ops = {.payload = PLOTMILL_PAYLOAD_PIXELS, PNG_CALLS};

enum plotmill_status sink_create_png(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_sink *self = NULL;
    TRY(png_writer_available(error));
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE;
    TRY(output_init(&self->output, path, true, options->force, error));
    *sink = (struct sink){self->compressed ? &stream_ops : &pixel_ops, self};
done:
    if (status)
        free(self);
    return status;
}
