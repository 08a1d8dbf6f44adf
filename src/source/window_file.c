#include "source/window_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/chart.h"
#include "formats/npy.h"
#include "formats/text/classes.h"
#include "formats/text/period.h"
#include "formats/text/record_reader.h"
#include "source/source.h"

void table_column_free(struct table_column *column)
{
    for (size_t k = 0; column->classes && k < column->class_count; k++)
        free(column->classes[k]);
    free(column->classes);
    free(column->values);
    free(column->name);
    *column = (struct table_column){0};
}

void window_file_free(struct window_file *file)
{
    for (size_t i = 0; file->columns && i < file->count; i++)
        table_column_free(&file->columns[i]);
    free(file->columns);
    free(file->lines);
    *file = (struct window_file){0};
}

static bool is_whole(double value)
{
    return isnan(value) || (fabs(value) < 9007199254740992.0 && value == floor(value));
}

static void note_whole(struct table_column *column, uint64_t rows)
{
    column->whole = true;
    for (uint64_t i = 0; i < rows; i++)
        column->whole &= is_whole(column->values[i]);
}

/* CSV. */

struct csv_table {
    const char *path;
    struct dialect dialect;
    struct classes *classes; /* (columns) of texts; of numbers empty */
    bool *texts;             /* (columns) */
    uint64_t capacity;       /* rows */
};

static char separator_of(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    const size_t length = end ? (size_t)(end - text) : size;
    return memchr(text, '\t', length) ? '\t' : memchr(text, ';', length) ? ';' : ',';
}

/* The next record, or *end. */
static enum plotmill_status next_record(const struct csv_table *csv, struct record_reader *reader, bool *end,
                                        struct plotmill_error *error)
{
    const enum record_next next = record_next(reader);
    *end = next == RECORD_END;
    if (next == RECORD_NO_MEMORY)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    if (next == RECORD_WIDE)
        return record_refuse_wide(csv->path, reader->line, error);
    if (next == RECORD_OPEN || next == RECORD_MORE)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "windows %s, line %llu: a quote is not closed", csv->path,
                                  (unsigned long long)reader->line);
    return PLOTMILL_OK;
}

static enum plotmill_status read_header(struct csv_table *csv, struct record_reader *reader, struct window_file *file,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool end;
    TRY(next_record(csv, reader, &end, error));
    if (end)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: empty file, expected a header with the column start", csv->path);
    if (reader->count > CHART_FIELDS_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: found %zu columns, expected at most %d", csv->path, reader->count,
             CHART_FIELDS_MAX);
    TRY_ALLOCATE(error, file->columns, reader->count, sizeof *file->columns);
    TRY_ALLOCATE(error, csv->classes, reader->count, sizeof *csv->classes);
    TRY_ALLOCATE(error, csv->texts, reader->count, sizeof *csv->texts);
    file->count = reader->count;
    for (size_t i = 0; i < file->count; i++) {
        file->columns[i].name = string_start(reader->fields[i].text, reader->fields[i].length);
        TRY_MEMORY(error, file->columns[i].name);
        csv->texts[i] = !strcmp(file->columns[i].name, "group") || !strcmp(file->columns[i].name, "split");
    }
done:
    return status;
}

static enum field_kind read_number(const struct text_field *field, double *value)
{
    char text[512];
    if (field->length >= sizeof text)
        return FIELD_OTHER;
    memcpy(text, field->text, field->length);
    text[field->length] = 0;
    return field_parse(text, field->length, value);
}

/* Finds out which columns hold texts, and how many rows there are. */
static enum plotmill_status examine(struct csv_table *csv, struct record_reader *reader, struct window_file *file,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool end = false;
    double value;
    for (;;) {
        TRY(next_record(csv, reader, &end, error));
        if (end)
            break;
        if (reader->count != file->count)
            FAIL(error, PLOTMILL_BAD_INPUT, "windows %s, line %llu: found %zu fields, expected %zu as in the header",
                 csv->path, (unsigned long long)reader->line, reader->count, file->count);
        for (size_t i = 0; i < file->count; i++)
            csv->texts[i] |= read_number(&reader->fields[i], &value) == FIELD_OTHER;
        file->rows++;
    }
    if (!file->rows)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: has no row, expected at least one window", csv->path);
done:
    return status;
}

static enum plotmill_status read_cell(struct csv_table *csv, size_t column, const struct text_field *field,
                                      double *value, struct plotmill_error *error)
{
    uint32_t number = 0;
    if (!csv->texts[column]) {
        read_number(field, value);
        return PLOTMILL_OK;
    }
    *value = NAN;
    if (!field->length && !field->quoted)
        return PLOTMILL_OK;
    const enum plotmill_status status = classes_add(&csv->classes[column], field->text, field->length, &number, error);
    *value = number;
    return status;
}

static enum plotmill_status read_rows(struct csv_table *csv, struct record_reader *reader, struct window_file *file,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool end;
    TRY_ALLOCATE(error, file->lines, file->rows, sizeof *file->lines);
    for (size_t i = 0; i < file->count; i++)
        TRY_ALLOCATE(error, file->columns[i].values, file->rows, sizeof(double));
    for (uint64_t row = 0; row < file->rows; row++) {
        TRY(next_record(csv, reader, &end, error));
        file->lines[row] = reader->line;
        for (size_t i = 0; i < file->count; i++)
            TRY(read_cell(csv, i, &reader->fields[i], &file->columns[i].values[row], error));
    }
done:
    return status;
}

static enum plotmill_status finish_columns(struct csv_table *csv, struct window_file *file,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t *ranks = NULL;
    for (size_t i = 0; i < file->count; i++) {
        struct table_column *column = &file->columns[i];
        if (!csv->texts[i]) {
            note_whole(column, file->rows);
            continue;
        }
        column->class_count = csv->classes[i].count;
        TRY(classes_sort(&csv->classes[i], &column->classes, &ranks, error));
        for (uint64_t row = 0; row < file->rows; row++)
            if (!isnan(column->values[row]))
                column->values[row] = ranks[(size_t)column->values[row]];
        free(ranks);
        ranks = NULL;
    }
done:
    free(ranks);
    return status;
}

enum plotmill_status window_file_parse(struct window_file *file, const char *path, const char *text, size_t size,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct csv_table csv = {.path = path};
    struct record_reader reader = {0};
    const size_t mark = size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
    *file = (struct window_file){0};
    if (memchr(text, 0, size))
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: found zero bytes, expected CSV, or an NPY file", path);
    csv.dialect.separator = separator_of(text + mark, size - mark);
    csv.dialect.quote = '"';
    for (int pass = 0; pass < 2; pass++) {
        bool end;
        reader = (struct record_reader){
            .dialect = &csv.dialect, .at = text + mark, .end = text + size, .last = true, .line = 1};
        if (!pass) {
            TRY(read_header(&csv, &reader, file, error));
            TRY(examine(&csv, &reader, file, error));
        } else {
            TRY(next_record(&csv, &reader, &end, error));
            TRY(read_rows(&csv, &reader, file, error));
        }
        record_finish(&reader);
    }
    TRY(finish_columns(&csv, file, error));
done:
    record_finish(&reader);
    for (size_t i = 0; csv.classes && i < file->count; i++)
        classes_free(&csv.classes[i]);
    free(csv.classes);
    free(csv.texts);
    return status;
}

static enum plotmill_status load_csv(struct window_file *file, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *text = NULL;
    FILE *stream = fopen(path, "rb");
    if (!stream || !os_is_file(path))
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: cannot be opened: %s", path,
             stream ? "it is not a file" : strerror(errno));
    size_t size = (size_t)os_file_size(path);
    TRY_ALLOCATE(error, text, size, 1);
    size = fread(text, 1, size, stream);
    if (ferror(stream))
        FAIL(error, PLOTMILL_IO_FAILED, "windows %s: reading failed: %s", path, strerror(errno));
    TRY(window_file_parse(file, path, text, size, error));
done:
    if (stream)
        fclose(stream);
    free(text);
    return status;
}

/* NPY. */

/* The names of the fields: start first, the others as side columns; none: *count is 0. */
static enum plotmill_status npy_names(const struct npy_header *header, const char *path, struct side_request **sides,
                                      size_t *count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool start = false;
    *count = 0;
    TRY_ALLOCATE(error, *sides, header->field_count, sizeof **sides);
    for (size_t i = 0; i < header->field_count; i++) {
        if (!strcmp(header->fields[i].name, "start"))
            start = true;
        else
            (*sides)[(*count)++] = (struct side_request){header->fields[i].name, "windows", false};
    }
    if (header->field_count > CHART_FIELDS_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: found %zu fields, expected at most %d", path, header->field_count,
             CHART_FIELDS_MAX);
    if (header->rank != 1 || (header->field_count && !start))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "windows %s: found %s, expected an array of one axis: numbers, the starts, or records with a field start",
             path, header->rank != 1 ? "an array of several axes" : "records without a field start");
done:
    return status;
}

static enum plotmill_status copy_npy(struct window_file *file, const struct source *source,
                                     const struct side_request *sides, size_t side_count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    file->rows = source->shape.samples;
    TRY_ALLOCATE(error, file->columns, side_count + 1, sizeof *file->columns);
    file->count = side_count + 1;
    for (size_t i = 0; i < file->count; i++) {
        struct table_column *column = &file->columns[i];
        TRY(string_keep(&column->name, i ? sides[i - 1].name : "start", error));
        TRY_ALLOCATE(error, column->values, file->rows, sizeof(double));
        TRY(i ? source->ops->side(source->self, i - 1, 0, file->rows, column->values, error)
              : source->ops->read(source->self, 0, file->rows, column->values, error));
        note_whole(column, file->rows);
        const struct side_column *side = i ? &source->sides[i - 1] : NULL;
        if (!side || !side->classes)
            continue;
        TRY_ALLOCATE(error, column->classes, side->class_count, sizeof *column->classes);
        column->class_count = side->class_count;
        for (size_t k = 0; k < side->class_count; k++)
            TRY(string_keep(&column->classes[k], side->classes[k], error));
    }
done:
    return status;
}

static enum plotmill_status load_npy(struct window_file *file, const char *path, struct plotmill_error *error)
{
    static const char *const start[] = {"start"};
    enum plotmill_status status = PLOTMILL_OK;
    const struct input input = {.name = (char *)path, .path = (char *)path, .kind = INPUT_NPY};
    struct npy_header header = {0};
    struct source source = {0};
    struct side_request *sides = NULL;
    struct source_options options = {.text.time = "none"};
    FILE *stream = fopen(path, "rb");
    if (!stream)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: cannot be opened: %s", path, strerror(errno));
    TRY(npy_header_read(&header, stream, path, error));
    TRY(npy_names(&header, path, &sides, &options.side_count, error));
    options.sides = sides;
    options.fields = start;
    options.field_count = header.field_count ? 1 : 0;
    options.window = 1;
    const struct period all = {INT64_MIN, INT64_MAX};
    const struct source_context context = {.options = &options, .period = &all};
    TRY(source_open_npy(&source, &input, &context, error));
    TRY(copy_npy(file, &source, sides, options.side_count, error));
done:
    if (stream)
        fclose(stream);
    source_close(&source);
    free(sides);
    npy_header_free(&header);
    return status;
}

enum plotmill_status window_file_load(struct window_file *file, const char *path, struct plotmill_error *error)
{
    char magic[6] = "";
    FILE *stream = fopen(path, "rb");
    *file = (struct window_file){0};
    if (!stream)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "windows %s: cannot be opened: %s", path, strerror(errno));
    const size_t got = fread(magic, 1, sizeof magic, stream);
    fclose(stream);
    return got == sizeof magic && !memcmp(magic, "\x93NUMPY", 6) ? load_npy(file, path, error)
                                                                 : load_csv(file, path, error);
}
