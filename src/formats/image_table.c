#include "formats/image_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/columns.h"

#define INDEX "index"
#define SHOWN 101 /* bytes of a line in a message, terminator included */
#define NAME_SIZE 400

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
    uint64_t images, line; /* line: the number of the one that the last record starts in */
    uint64_t lines;        /* that were read */
    char *text;            /* of that record, its fields one after another, each with a 0 at its end */
    size_t length, room;
    size_t *starts; /* (fields) of each field in it */
    bool *quoted;   /* (fields) whether it is in quotes */
    size_t fields, fields_room;
    char shown[SHOWN]; /* its start as it is in the file */
    bool out_of_memory;
};

static void add_byte(struct table *table, char byte)
{
    if (table->length == table->room) {
        const size_t room = table->room ? 2 * table->room : 1024;
        char *text = realloc(table->text, room);
        table->out_of_memory |= !text;
        if (!text)
            return;
        table->text = text;
        table->room = room;
    }
    table->text[table->length++] = byte;
}

static void begin_field(struct table *table)
{
    if (table->fields == table->fields_room) {
        const size_t room = table->fields_room ? 2 * table->fields_room : 16;
        size_t *starts = realloc(table->starts, room * sizeof *starts);
        table->starts = starts ? starts : table->starts;
        bool *quoted = starts ? realloc(table->quoted, room * sizeof *quoted) : NULL;
        table->quoted = quoted ? quoted : table->quoted;
        table->out_of_memory |= !quoted;
        if (!quoted)
            return;
        table->fields_room = room;
    }
    table->quoted[table->fields] = false;
    table->starts[table->fields++] = table->length;
}

/* Returns false at the end of the file. */
static bool read_record(struct table *table)
{
    bool inside = false; /* quotes */
    size_t shown = 0;
    int c = getc(table->file);
    table->length = table->fields = 0;
    table->line = table->lines + 1;
    table->shown[0] = 0;
    if (c == EOF)
        return false;
    begin_field(table);
    for (; c != EOF && !table->out_of_memory; c = getc(table->file)) {
        table->lines += c == '\n';
        if (c == '\n' && !inside)
            break;
        if (shown + 1 < SHOWN && c != '\r' && c != '\n')
            table->shown[shown++] = (char)c;
        if (c == '"') {
            /* Two of them inside are one; the second one opens the quotes again. */
            if (!inside && table->quoted[table->fields - 1])
                add_byte(table, '"');
            inside = !inside;
            table->quoted[table->fields - 1] = true;
        } else if (c == ',' && !inside) {
            add_byte(table, 0);
            begin_field(table);
        } else if (c != '\r' || inside) {
            add_byte(table, (char)c);
        }
    }
    add_byte(table, 0);
    table->shown[shown] = 0;
    return !table->out_of_memory;
}

static const char *field_text(const struct table *table, size_t field)
{
    return table->text + table->starts[field];
}

static void table_close(struct table *table)
{
    if (table->file)
        fclose(table->file);
    free(table->text);
    free(table->starts);
    free(table->quoted);
}

uint32_t image_table_panels(const char *path)
{
    struct table table = {.file = fopen(path, "rb")};
    const bool is_table =
        table.file && read_record(&table) && !strcmp(field_text(&table, 0), INDEX) && table.fields > 1;
    uint32_t pairs = 0; /* of columns whose names are numbered */
    for (size_t i = 1; is_table && i < table.fields; i++) {
        const char *name = field_text(&table, i);
        pairs += !strncmp(name, "y_lo_", 5) && name[5] >= '0' && name[5] <= '9';
    }
    table_close(&table);
    return is_table ? MAX(pairs, 1) : 0;
}

/* What is read of a table: `count` columns by their names. */
struct wanted {
    size_t count;
    void (*name)(const void *user, size_t column, char name[NAME_SIZE]);
    bool (*take)(const void *user, size_t column, const char *text, bool quoted, uint64_t image);
    const void *user;
    const char *all; /* the columns as a message names them; NULL: the one that is missing is named */
    size_t *places;  /* (count): the number of the field with each column */
};

static enum plotmill_status read_head(struct table *table, const struct wanted *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool is_table = read_record(table) && !strcmp(field_text(table, 0), INDEX);
    for (size_t column = 0; column < wanted->count; column++) {
        char name[NAME_SIZE];
        size_t place = 1;
        wanted->name(wanted->user, column, name);
        while (is_table && place < table->fields && strcmp(field_text(table, place), name))
            place++;
        if (!is_table || place == table->fields)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s, line 1: found \"%s\", expected the columns " INDEX "%s %s",
                 table->path, table->shown, wanted->all ? "," : " and", wanted->all ? wanted->all : name);
        wanted->places[column] = place;
    }
done:
    return status;
}

static bool take_row(const struct table *table, const struct wanted *wanted, size_t fields, uint64_t i)
{
    char *end = NULL;
    const char *index = field_text(table, 0);
    bool right = table->fields == fields && strtoull(index, &end, 10) == i && end != index && !*end;
    for (size_t column = 0; right && column < wanted->count; column++) {
        const size_t place = wanted->places[column];
        right = wanted->take(wanted->user, column, field_text(table, place), table->quoted[place], i);
    }
    return right;
}

static enum plotmill_status read_table(const char *path, uint64_t images, struct wanted *wanted,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table table = {.path = path, .images = images};
    table.file = fopen(path, "rb");
    if (!table.file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY_ALLOCATE(error, wanted->places, wanted->count, sizeof *wanted->places);
    TRY(read_head(&table, wanted, error));
    const size_t fields = table.fields;
    for (uint64_t i = 0; i < images; i++) {
        const bool found = read_record(&table);
        TRY_MEMORY(error, !table.out_of_memory);
        if (!found)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: ends after %" PRIu64 " images, expected %" PRIu64, path, i, images);
        if (!take_row(&table, wanted, fields, i))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s, line %" PRIu64 ": found \"%s\", expected the row of image %" PRIu64 " with the columns of line 1",
                 path, table.line, table.shown, i);
    }
    if (read_record(&table))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, line %" PRIu64 ": expected the end after %" PRIu64 " images", path,
             table.line, images);
done:
    table_close(&table);
    free(wanted->places);
    return status;
}

struct rows_wanted {
    struct image_rows *rows;
    uint32_t panels;
};

static void rows_name(const void *user, size_t column, char name[NAME_SIZE])
{
    const uint32_t panels = ((const struct rows_wanted *)user)->panels;
    if (column < column_count(panels))
        column_name((uint32_t)column, panels, name);
    else
        snprintf(name, NAME_SIZE, "file");
}

static bool rows_take(const void *user, size_t column, const char *text, bool quoted, uint64_t image)
{
    const struct rows_wanted *wanted = user;
    struct image_rows *rows = wanted->rows;
    (void)quoted;
    if (column == column_count(wanted->panels)) {
        rows->files[image] = string_copy(text);
        rows->file_count = image + 1;
        return rows->files[image] != NULL;
    }
    return read_value(text, (uint32_t)column, rows, image, column_count(wanted->panels));
}

enum plotmill_status image_table_read(struct image_rows *rows, const char *path, uint64_t images, uint32_t panels,
                                      bool files, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct rows_wanted user = {rows, panels};
    const uint32_t columns = column_count(panels);
    char first[NAME_SIZE], last[NAME_SIZE], all[3 * NAME_SIZE];
    struct wanted wanted = {columns + files, rows_name, rows_take, &user, all, NULL};
    column_name(1, panels, first);
    column_name(columns - 1, panels, last);
    snprintf(all, sizeof all, "window_start%s %s to %s%s", files ? "," : " and", first, last, files ? " and file" : "");
    *rows = (struct image_rows){0};
    TRY_ALLOCATE(error, rows->window_start, images, sizeof *rows->window_start);
    TRY_ALLOCATE(error, rows->y_range, images, (columns - 1) * sizeof *rows->y_range);
    if (files)
        TRY_ALLOCATE(error, rows->files, images, sizeof *rows->files);
    TRY(read_table(path, images, &wanted, error));
done:
    if (status)
        image_rows_free(rows);
    return status;
}

static void fields_name(const void *user, size_t column, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s", ((const struct table_field *)user)[column].name);
}

static bool fields_take(const void *user, size_t column, const char *text, bool quoted, uint64_t image)
{
    const struct table_field *field = (const struct table_field *)user + column;
    const uint64_t first = image * field->column->width + field->place;
    if (field->count == 1)
        return column_parse(field->column, quoted || *text ? text : NULL, field->values, first);
    for (uint64_t k = 0; k < field->count; k++) {
        char value[DECIMAL_SIZE];
        const size_t length = strcspn(text, " ");
        snprintf(value, sizeof value, "%.*s", (int)MIN(length, sizeof value), text);
        if (length >= sizeof value || !column_parse(field->column, value, field->values, first + k))
            return false;
        text += length;
        text += *text && k + 1 < field->count;
    }
    return !*text;
}

enum plotmill_status image_table_read_fields(const char *path, uint64_t images, const struct table_field *fields,
                                             size_t count, struct plotmill_error *error)
{
    struct wanted wanted = {count, fields_name, fields_take, fields, NULL, NULL};
    return read_table(path, images, &wanted, error);
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
