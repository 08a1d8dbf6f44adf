/* Images in a headerless file: what they are stands in the file beside it. */
#include "base/try.h"
#include "formats/array_reader.h"

enum plotmill_status reader_open_raw(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct stored_hints hints;
    uint64_t axes[4];
    int rank;
    TRY(array_reader_open(&array, path, error));
    TRY(array_reader_describe(array, &hints, &rank, axes, error));
    if (!stored_init(&array->stored, &hints, rank, axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: its dtype, layout, shape, width and two values do not go together",
             path);
    TRY(array_reader_finish(array, "raw", reader, error));
done:
    if (status)
        array_reader_destroy(array);
    return status;
}
