#include "formats/image_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

#define INDEX "index"
#define LINE_BYTES ((size_t)1 << 16)
#define SHOWN 101 /* bytes of a line in a message, terminator included */
#define NAME_SIZE 24

/* Columns after `index`: window_start, then y_lo and y_hi of each panel. */
static uint32_t column_count(uint32_t panels)
{
    return 1 + 2 * MAX(panels, 1);
}

static void column_name(uint32_t column, uint32_t panels, char name[NAME_SIZE])
{
    const char *const end = column % 2 ? "lo" : "hi";
    if (!column)
        snprintf(name, NAME_SIZE, "window_start");
    else if (panels <= 1)
        snprintf(name, NAME_SIZE, "y_%s", end);
    else
        snprintf(name, NAME_SIZE, "y_%s_%lu", end, (unsigned long)(column - 1) / 2);
}

static void write_value(char text[DECIMAL_SIZE], uint32_t column, const struct image_batch *batch, uint64_t i,
                        uint32_t columns)
{
    if (!column)
        snprintf(text, DECIMAL_SIZE, "%" PRId64, batch->window_start[i]);
    else
        decimal_write(text, batch->y_range[i * (columns - 1) + column - 1]);
}

/* The value of image i. */
static bool read_value(const char *text, uint32_t column, struct image_rows *rows, uint64_t i, uint32_t columns)
{
    char *end = NULL;
    if (column) {
        const char *rest = decimal_read(text, &rows->y_range[i * (columns - 1) + column - 1]);
        return rest && !*rest;
    }
    rows->window_start[i] = strtoll(text, &end, 10);
    return end != text && !*end;
}

void image_table_head(FILE *file, const char *also, uint32_t panels)
{
    fprintf(file, INDEX "%s%s", also ? "," : "", also ? also : "");
    for (uint32_t column = 0; column < column_count(panels); column++) {
        char name[NAME_SIZE];
        column_name(column, panels, name);
        fprintf(file, ",%s", name);
    }
    putc('\n', file);
}

void image_table_row(FILE *file, uint64_t index, const char *also, const struct image_batch *batch, uint64_t i,
                     uint32_t panels)
{
    const uint32_t columns = column_count(panels);
    fprintf(file, "%" PRIu64 "%s%s", index, also ? "," : "", also ? also : "");
    for (uint32_t column = 0; column < columns; column++) {
        char text[DECIMAL_SIZE];
        write_value(text, column, batch, i, columns);
        fprintf(file, ",%s", text);
    }
    putc('\n', file);
}

struct table {
    FILE *file;
    const char *path;
    struct plotmill_error *error;
    uint64_t images, line; /* line: the number of the last one that was read */
    uint32_t panels, columns;
    char *text;        /* of that line, cut into fields */
    char shown[SHOWN]; /* its start as it was */
    size_t *places;    /* (columns): the number of the field with each column */
    size_t file_place; /* of `file`; 0: there is none */
    size_t field_count;
    const char **fields; /* (field_count); NULL before the first line */
};

/* Returns false at the end of the file. */
static bool read_line(struct table *table)
{
    if (!fgets(table->text, (int)LINE_BYTES, table->file))
        return false;
    table->line++;
    table->text[strcspn(table->text, "\r\n")] = 0;
    snprintf(table->shown, SHOWN, "%s", table->text);
    return true;
}

/* Cuts the line at its commas, except those within quotes. Returns the number of fields; keeps the first field_count.
 */
static size_t cut(struct table *table)
{
    size_t count = 0;
    bool quoted = false;
    char *field = table->text;
    for (char *at = table->text;; at++) {
        const char c = *at;
        quoted ^= c == '"';
        if (c && (c != ',' || quoted))
            continue;
        if (table->fields) /* else they are only counted */
            *at = 0;
        if (count < table->field_count)
            table->fields[count] = field;
        count++;
        field = at + 1;
        if (!c)
            return count;
    }
}

uint32_t image_table_panels(const char *path)
{
    struct table table = {.file = fopen(path, "rb"), .text = malloc(LINE_BYTES)};
    const bool is_table =
        table.file && table.text && read_line(&table) && !strncmp(table.text, INDEX ",", strlen(INDEX ","));
    uint32_t pairs = 0; /* of columns whose names are numbered */
    for (const char *at = is_table ? table.text : NULL; at; at = strchr(at + 1, ','))
        pairs += !strncmp(at, ",y_lo_", 6) && at[6] >= '0' && at[6] <= '9';
    if (table.file)
        fclose(table.file);
    free(table.text);
    return is_table ? MAX(pairs, 1) : 0;
}

static enum plotmill_status bad_head(const struct table *table)
{
    char first[NAME_SIZE], last[NAME_SIZE];
    column_name(1, table->panels, first);
    column_name(table->columns - 1, table->panels, last);
    return plotmill_error_set(table->error, PLOTMILL_BAD_INPUT,
                              "%s, line 1: found \"%s\", expected the columns " INDEX ", window_start and %s to %s",
                              table->path, table->shown, first, last);
}

static enum plotmill_status read_head(struct table *table)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!read_line(table))
        TRY(bad_head(table));
    const size_t count = cut(table);
    TRY_ALLOCATE(table->error, table->fields, count, sizeof *table->fields);
    table->field_count = count;
    cut(table);
    if (strcmp(table->fields[0], INDEX))
        TRY(bad_head(table));
    for (uint32_t column = 0; column < table->columns; column++) {
        char name[NAME_SIZE];
        size_t place = 1;
        column_name(column, table->panels, name);
        while (place < count && strcmp(table->fields[place], name))
            place++;
        if (place == count)
            TRY(bad_head(table));
        table->places[column] = place;
    }
    for (size_t place = 1; place < count; place++)
        if (!strcmp(table->fields[place], "file"))
            table->file_place = place;
done:
    return status;
}

static bool read_row(struct table *table, uint64_t i, struct image_rows *rows)
{
    char *end = NULL;
    bool right = cut(table) == table->field_count && strtoull(table->fields[0], &end, 10) == i &&
                 end != table->fields[0] && !*end;
    for (uint32_t column = 0; right && column < table->columns; column++)
        right = read_value(table->fields[table->places[column]], column, rows, i, table->columns);
    return right;
}

static enum plotmill_status read_rows(struct table *table, struct image_rows *rows)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t i = 0; i < table->images; i++) {
        if (!read_line(table))
            FAIL(table->error, PLOTMILL_BAD_INPUT, "%s: ends after %" PRIu64 " images, expected %" PRIu64, table->path,
                 i, table->images);
        if (!read_row(table, i, rows))
            FAIL(table->error, PLOTMILL_BAD_INPUT,
                 "%s, line %" PRIu64 ": found \"%s\", expected the row of image %" PRIu64 " with the columns of line 1",
                 table->path, table->line, table->shown, i);
        if (rows->files) {
            TRY(string_keep(&rows->files[i], table->fields[table->file_place], table->error));
            rows->file_count = i + 1;
        }
    }
    if (read_line(table))
        FAIL(table->error, PLOTMILL_BAD_INPUT, "%s, line %" PRIu64 ": expected the end after %" PRIu64 " images",
             table->path, table->line, table->images);
done:
    return status;
}

enum plotmill_status image_table_read(struct image_rows *rows, const char *path, uint64_t images, uint32_t panels,
                                      bool files, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table table = {
        .path = path, .error = error, .images = images, .panels = panels, .columns = column_count(panels)};
    *rows = (struct image_rows){0};
    table.file = fopen(path, "rb");
    if (!table.file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY_ALLOCATE(error, table.text, LINE_BYTES, 1);
    TRY_ALLOCATE(error, table.places, table.columns, sizeof *table.places);
    TRY_ALLOCATE(error, rows->window_start, images, sizeof *rows->window_start);
    TRY_ALLOCATE(error, rows->y_range, images, (table.columns - 1) * sizeof *rows->y_range);
    if (files)
        TRY_ALLOCATE(error, rows->files, images, sizeof *rows->files);
    TRY(read_head(&table));
    if (files && !table.file_place)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, line 1: expected the column file", path);
    TRY(read_rows(&table, rows));
done:
    if (status)
        image_rows_free(rows);
    free(table.fields);
    free(table.places);
    free(table.text);
    if (table.file)
        fclose(table.file);
    return status;
}

void image_rows_copy(const struct image_rows *rows, uint64_t first, uint64_t count, uint32_t panels,
                     int64_t *window_start, double *y_range)
{
    const size_t values = 2 * (size_t)MAX(panels, 1);
    if (window_start && rows->window_start)
        memcpy(window_start, rows->window_start + first, (size_t)count * sizeof *window_start);
    if (y_range && rows->y_range)
        memcpy(y_range, rows->y_range + first * values, (size_t)count * values * sizeof *y_range);
}

void image_rows_free(struct image_rows *rows)
{
    for (uint64_t i = 0; i < rows->file_count; i++)
        free(rows->files[i]);
    free(rows->files);
    free(rows->window_start);
    free(rows->y_range);
    *rows = (struct image_rows){0};
}
