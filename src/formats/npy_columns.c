/* What an NPY array has beside its samples: its fields, and other arrays of its archive. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/inputs/copy.h"
#include "formats/npy_parts.h"
#include "formats/stored.h"

#define BLOCK_BYTES ((size_t)512 << 10)

/* ns of the unit of NumPy's datetime64, such as "<M8[ns]" or "<M8[10ms]"; 0: none that is a fixed time. */
static int64_t datetime_unit(const char *descr)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns]", 1},          {"us]", 1000},         {"ms]", 1000000},       {"s]", 1000000000},
                 {"m]", 60000000000}, {"h]", 3600000000000}, {"D]", 86400000000000}, {"W]", 604800000000000}};
    const char *bracket = strchr(descr, '[');
    char *end;
    if (!bracket)
        return 0;
    const unsigned long count = strtoul(bracket + 1, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(end, units[i].name) && count < 1000)
            return (count ? (int64_t)count : 1) * units[i].ns;
    return 0;
}

static struct array_column describe_column(struct npy_type type, const char *name, const char *descr)
{
    struct array_column column = {.size = 8};
    const bool is_array = !strncmp(descr, "arrays of", 9);
    snprintf(column.name, sizeof column.name, "%s", name);
    column.kind = is_array           ? ARRAY_OTHER
                  : type.number      ? (type.kind == 'f'   ? ARRAY_FLOAT64
                                        : type.kind == 'i' ? ARRAY_INT64
                                                           : ARRAY_UINT64)
                  : type.kind == '?' ? ARRAY_UINT64
                  : type.kind == 'S' ? ARRAY_BYTES
                  : type.kind == 'U' ? ARRAY_UCS4
                                     : ARRAY_OTHER;
    if (column.kind == ARRAY_BYTES || column.kind == ARRAY_UCS4)
        column.size = type.size;
    if (!is_array && type.kind == 'M' && (column.unit = datetime_unit(descr)))
        column.kind = ARRAY_TIME;
    return column;
}

/* A stored element as array_column says. */
static void put_element(const struct npy_column *column, const struct array_column *as, char *element, char *out)
{
    const struct npy_type type = column->type;
    int64_t integer = 0;
    uint64_t natural = 0;
    double number = 0;
    if (as->kind == ARRAY_BYTES || as->kind == ARRAY_UCS4) {
        if (as->kind == ARRAY_UCS4 && type.swap)
            swap_bytes(element, as->size / 4, 4);
        memcpy(out, element, as->size);
        return;
    }
    if (type.swap)
        swap_bytes(element, 1, type.size);
    if (as->kind == ARRAY_FLOAT64) {
        npy_convert(type, element, type.size, 1, &number, 1);
        memcpy(out, &number, sizeof number);
        return;
    }
    memcpy(NPY_BIG_ENDIAN ? (char *)&natural + 8 - type.size : (char *)&natural, element, type.size);
    const unsigned shift = 64 - 8 * type.size;
    if (as->kind != ARRAY_UINT64) /* extends the sign */
        natural =
            natural & (UINT64_C(1) << (8 * type.size - 1)) && shift ? natural | UINT64_MAX << (64 - shift) : natural;
    memcpy(&integer, &natural, sizeof integer);
    memcpy(out, &integer, sizeof integer);
}

static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_columns *columns = self;
    const struct npy_column *from = &columns->from[column];
    const struct array_column *as = &columns->list.items[column];
    const struct npy *npy = columns->npy;
    const uint64_t inner = from->beside ? 0 : npy->inner, step = inner ? inner : from->type.size;
    const uint64_t room = MAX(BLOCK_BYTES, step), length = from->beside ? UINT64_MAX : npy->length;
    FILE *file = from->beside ? from->beside : npy->file;
    char *block = NULL;
    TRY_ALLOCATE(error, block, room + from->type.size, 1);
    while (count) {
        const uint64_t at = first % length;
        const uint64_t n = MIN(MIN(count, length - at), room / step);
        const uint64_t element = from->beside ? at * step : npy->header.data + first / length * npy->outer + at * inner;
        const uint64_t offset = element + from->offset;
        const size_t bytes = (size_t)((n - 1) * step + from->type.size);
        if (os_seek(file, offset) || fread(block, 1, bytes, file) < bytes)
            FAIL(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 " of %s: reading failed: %s", npy->path, offset,
                 as->name, ferror(file) ? strerror(errno) : "the file has become shorter");
        for (uint64_t i = 0; i < n; i++)
            put_element(from, as, block + i * step, (char *)out + i * as->size);
        first += n;
        out = (char *)out + n * as->size;
        count -= n;
    }
done:
    free(block);
    return status;
}

static bool is_listed(const struct array_column_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (string_same(list->items[i].name, name))
            return true;
    return false;
}

/* An array of one axis beside the one that is read: a value for each sample, or for each ready sequence. One that no
 * option names, and that has another shape, is passed over. */
static enum plotmill_status add_beside(struct npy_columns *columns, const struct input_beside *beside,
                                       uint64_t expected, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy *npy = columns->npy;
    struct array_column_list *list = &columns->list;
    struct npy_header header = {0};
    struct plotmill_error ignored;
    const char *file_name = path_name(beside->name);
    char *name = string_start(file_name, strlen(file_name) - strlen(".npy"));
    FILE *file = fopen(beside->path, "rb");
    TRY_MEMORY(error, name);
    if (!file)
        TRY(input_open_failed(beside->name, error));
    status = npy_header_read_any(&header, file, beside->name, beside->said ? error : &ignored);
    if (status && !beside->said)
        status = PLOTMILL_OK;
    else
        TRY(status);
    const bool fits = header.rank == 1 && !header.fields && header.type.size && header.axes[0] == expected;
    if (!fits && beside->said)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: has %u axes, of %" PRIu64 " values the first: expected one axis of %" PRIu64
             ", a value for each %s of %s",
             beside->name, header.rank, header.axes[0], expected, npy->ready ? "sequence" : "sample", npy->path);
    if (!fits || is_listed(list, name))
        goto done;
    if ((os_file_size(beside->path) - header.data) / header.type.size < expected)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: truncated: expected %" PRIu64 " values", beside->name, expected);
    columns->from[list->count] = (struct npy_column){header.type, header.data, file};
    list->items[list->count] = describe_column(header.type, name, header.descr);
    list->items[list->count++].of_sequences = npy->ready;
    file = NULL;
done:
    if (file)
        fclose(file);
    free(name);
    npy_header_free(&header);
    return status;
}

void npy_columns_free(struct npy_columns *columns)
{
    for (size_t i = 0; i < columns->list.count; i++)
        if (columns->from[i].beside)
            fclose(columns->from[i].beside);
    free(columns->list.items);
    free(columns->from);
}

enum plotmill_status npy_columns_list(struct npy_columns *columns, const struct array_axes *axes,
                                      const struct array_shape *shape, const struct field_list *fields,
                                      const struct input *input, const struct source_options *options,
                                      size_t *fields_listed, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_header *header = &columns->npy->header;
    const uint64_t step = npy_stride(header, shape->rank, axes->fields);
    const bool listed =
        shape->records || (axes->fields >= 0 && (fields_have_names(fields) || array_columns_are_asked(options)));
    *fields_listed = listed ? fields->count : 0;
    columns->list = (struct array_column_list){.path = columns->npy->path, .read = read_column, .self = columns};
    TRY_ALLOCATE(error, columns->list.items, *fields_listed + input->beside_count, sizeof *columns->list.items);
    TRY_ALLOCATE(error, columns->from, *fields_listed + input->beside_count, sizeof *columns->from);
    for (size_t i = 0; i < *fields_listed; i++) {
        const struct npy_field *field = shape->records ? &header->fields[i] : NULL;
        const struct npy_type type = field ? field->type : header->type;
        columns->from[i] = (struct npy_column){type, field ? field->offset : i * step, NULL};
        columns->list.items[i] = describe_column(type, fields->fields[i].name, field ? field->descr : header->descr);
    }
    columns->list.count = *fields_listed;
    for (size_t i = 0; i < input->beside_count; i++)
        TRY(add_beside(columns, &input->beside[i],
                       axis_length(shape, columns->npy->ready ? axes->sequences : axes->time), error));
done:
    return status;
}
