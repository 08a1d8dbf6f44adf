#include "source/source.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/try.h"
#include "formats/csv/csv.h"
#include "source/concat.h"
#include "source/fingerprint.h"

enum format { FORMAT_UNKNOWN, FORMAT_CSV, FORMAT_NPY, FORMAT_HDF5 };

static enum format format_of(const char *path)
{
    static const struct {
        const char *end;
        enum format format;
    } known[] = {{".csv", FORMAT_CSV}, {".tsv", FORMAT_CSV}, {".gz", FORMAT_CSV},   {".zip", FORMAT_CSV},
                 {".npy", FORMAT_NPY}, {".h5", FORMAT_HDF5}, {".hdf5", FORMAT_HDF5}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_ends(path, known[i].end))
            return known[i].format;
    return FORMAT_UNKNOWN;
}

/* An option that goes with none of the inputs is a mistake. */
static enum plotmill_status check_options(const char *const *paths, size_t count,
                                          const struct plotmill_source_options *options, struct plotmill_error *error)
{
    bool csv = false, hdf5 = false, all_csv = true;
    for (size_t i = 0; i < count; i++) {
        enum format format = format_of(paths[i]);
        if (format == FORMAT_UNKNOWN)
            return plotmill_error_set(
                error, PLOTMILL_BAD_INPUT,
                "%s: unknown kind of file, expected .csv or .tsv (plain or in .gz or .zip), .npy, .h5 or .hdf5",
                paths[i]);
        csv |= format == FORMAT_CSV;
        all_csv &= format == FORMAT_CSV;
        hdf5 |= format == FORMAT_HDF5;
    }
    if (options && options->column && !csv)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: --column goes with CSV", paths[0]);
    if (options && (options->from || options->to) && !all_csv)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: --from and --to go with CSV", paths[0]);
    if (options && options->dataset && !hdf5)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: --dataset goes with HDF5", paths[0]);
    return PLOTMILL_OK;
}

static enum plotmill_status open_one(struct source *source, const char *path,
                                     const struct plotmill_source_options *options, const struct period *period,
                                     const struct log *log, const struct time_span *previous, struct time_span *span,
                                     struct plotmill_error *error)
{
    switch (format_of(path)) {
    case FORMAT_NPY:
        return source_open_npy(source, path, error);
    case FORMAT_HDF5:
        return source_open_hdf5(source, path, options ? options->dataset : NULL, error);
    default:
        return csv_open(source, path, options, period, log, previous, span, error);
    }
}

static enum plotmill_status open_several(struct source *source, const char *const *paths, size_t count,
                                         const struct plotmill_source_options *options, const struct period *period,
                                         const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source *parts = NULL;
    struct time_span *spans = NULL;
    TRY_ALLOCATE(error, parts, count, sizeof *parts);
    TRY_ALLOCATE(error, spans, count, sizeof *spans);
    for (size_t i = 0; i < count; i++) {
        const struct time_span *previous = i ? &spans[i - 1] : NULL;
        TRY(open_one(&parts[i], paths[i], options, period, log, previous, &spans[i], error));
        if (previous)
            times_report_seam(log, paths[i - 1], previous, paths[i], &spans[i]);
    }
    TRY(source_concat(source, parts, paths, count, error));
done:
    for (size_t i = 0; status && parts && i < count; i++)
        source_close(&parts[i]);
    free(parts);
    free(spans);
    return status;
}

enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct plotmill_source_options *options, const struct log *log,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct time_span span;
    struct period period;
    char *input = NULL;
    *source = (struct source){0};
    if (path_count == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "no input file");
    TRY(check_options(paths, path_count, options, error));
    TRY(period_init(&period, options, error));
    if (path_count == 1)
        TRY(open_one(source, paths[0], options, &period, log, NULL, &span, error));
    else
        TRY(open_several(source, paths, path_count, options, &period, log, error));
    if (!source->shape.samples && !period_is_all(&period))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s%s: no row%s%s%s%s", paths[0], path_count > 1 ? " and the others" : "",
             options->from ? " from " : "", options->from ? options->from : "", options->to ? " to " : "",
             options->to ? options->to : "");
    TRY(fingerprint_files(&input, paths, path_count, options, error));
    TRY(fingerprint_add_shape(&input, source->shape, error));
    source->input = input;
    input = NULL;
done:
    free(input);
    if (status)
        source_close(source);
    return status;
}

void source_close(struct source *source)
{
    if (source->ops && source->ops->destroy)
        source->ops->destroy(source->self);
    free(source->input);
    *source = (struct source){0};
}
