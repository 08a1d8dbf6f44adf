/* The numbers alone, as np.memmap reads them: a .dat file and a description beside it, or standard output. */
#include <string.h>

#include "formats/array_file.h"
#include "formats/standard_output.h"

static bool needs_sidecar(const struct plotmill_pixel_format *pixels, const struct plotmill_dataset_info *info)
{
    (void)pixels, (void)info;
    return true;
}

enum plotmill_status sink_create_raw(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind raw = {"raw", 0, NULL, needs_sidecar};
    return strcmp(path, "-") ? array_file_create(sink, path, options, &raw, error)
                             : standard_output_create(sink, options, error);
}
