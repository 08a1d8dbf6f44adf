#include "source/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/npy.h"
#include "formats/text/profile.h"
#include "source/source.h"

#define INPUTS_LISTED 64
#define WINDOW 100 /* of the command that is proposed */

/* What is found out about the inputs, and what they are opened with. */
struct inspection {
    struct source_options options;
    struct text_profile profile; /* of the first input, if it is text */
    bool is_text;
    char *column;           /* the field that is proposed; owned; NULL: none */
    const char *candles[4]; /* open, high, low, close, if the table has them */
    struct source source;
    bool opened;
    struct plotmill_error problem;
};

static enum plotmill_status write_npy(struct json *json, const struct input *input, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy_header header = {0};
    FILE *file = fopen(input->path, "rb");
    if (!file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", input->name, strerror(errno));
    TRY(npy_header_read(&header, file, input->name, error));
    json_open(json, "shape", '[');
    for (unsigned i = 0; i < header.rank && i < NPY_AXES_MAX; i++)
        json_uint(json, NULL, header.axes[i]);
    json_close(json, ']');
    json_string(json, "type", header.field_count ? "records" : header.descr);
    json_open(json, "fields", '[');
    for (size_t i = 0; i < header.field_count; i++)
        json_string(json, NULL, header.fields[i].name);
    json_close(json, ']');
done:
    if (file)
        fclose(file);
    npy_header_free(&header);
    return status;
}

static enum plotmill_status write_input(struct json *json, struct inspection *inspection, const struct input *input,
                                        bool first, struct plotmill_error *error)
{
    static const char *const kinds[] = {[INPUT_TEXT] = "text", [INPUT_NPY] = "npy", [INPUT_HDF5] = "hdf5"};
    enum plotmill_status status = PLOTMILL_OK;
    struct text_profile profile = {0};
    json_open(json, NULL, '{');
    json_string(json, "name", input->name);
    json_string(json, "kind", kinds[input->kind]);
    json_uint(json, "bytes", os_file_size(input->origin));
    json_bool(json, "packed", input->packed || strcmp(input->path, input->origin) != 0);
    if (input->kind == INPUT_NPY)
        TRY(write_npy(json, input, error));
    if (input->kind == INPUT_TEXT) {
        TRY(text_profile_read(&profile, input, &inspection->options, error));
        text_profile_write(json, &profile);
        if (first) {
            inspection->profile = profile;
            inspection->is_text = true;
            profile = (struct text_profile){0};
        }
    }
    json_close(json, '}');
done:
    text_profile_free(&profile);
    return status;
}

static size_t find_field(const struct text_profile *profile, const char *name)
{
    struct plotmill_error ignored;
    size_t column;
    return fields_have_names(&profile->dialect.list) &&
                   !fields_find(&profile->dialect.list, "column", name, &column, &ignored)
               ? column
               : SIZE_MAX;
}

/* Whether a chart of the column shows something: numbers that vary and, unless `counters`, do not only count on. */
static bool is_shown(const struct text_profile *profile, size_t i, bool counters)
{
    const struct column_profile *column = &profile->columns[i];
    for (size_t k = 0; k < profile->dialect.time_count; k++)
        if (profile->dialect.time_columns[k] == i)
            return false;
    return profile->dialect.columns[i].holds == COLUMN_NUMBERS && column->least < column->most &&
           (counters || column->falls);
}

/* The columns of candles, else the column `close`, else the first one of numbers that is no time, and no counter. */
static enum plotmill_status choose_fields(struct inspection *inspection, struct plotmill_error *error)
{
    static const char *const prices[] = {"open", "high", "low", "close"};
    const struct text_profile *profile = &inspection->profile;
    const struct dialect *dialect = &profile->dialect;
    enum plotmill_status status = PLOTMILL_OK;
    bool all = true;
    size_t chosen = find_field(profile, "close");
    char number[24];
    for (int i = 0; i < 4; i++)
        all &= find_field(profile, prices[i]) != SIZE_MAX;
    if (all)
        memcpy(inspection->candles, prices, sizeof prices);
    for (int counters = 0; counters < 2; counters++)
        for (size_t i = 0; i < dialect->list.count && chosen == SIZE_MAX; i++)
            if (is_shown(profile, i, counters))
                chosen = i;
    if (chosen == SIZE_MAX)
        return PLOTMILL_OK;
    snprintf(number, sizeof number, "%zu", chosen);
    const char *name = dialect->list.fields[chosen].name;
    const bool single = *name && find_field(profile, name) == chosen; /* several columns may have one name */
    TRY(string_keep(&inspection->column, single ? name : number, error));
done:
    return status;
}

static bool try_open(struct inspection *inspection, const char *const *paths, size_t count)
{
    inspection->opened =
        !source_open(&inspection->source, paths, count, &inspection->options, NULL, &inspection->problem);
    return inspection->opened;
}

/* Opens the inputs as they are, or else with what the first refusal asks for, where that is certain. */
static void open_inputs(struct inspection *inspection, const char *const *paths, size_t count)
{
    struct source_options *options = &inspection->options;
    const struct source_options given = *options;
    if (!options->column && inspection->column)
        options->column = inspection->column;
    if (try_open(inspection, paths, count) || given.group_by)
        return;
    const struct plotmill_error first = inspection->problem;
    if (!strstr(first.message, "group-by"))
        return;
    for (size_t i = 0; inspection->is_text && i < inspection->profile.dialect.list.count; i++) {
        const struct column_profile *column = &inspection->profile.columns[i];
        const char *name = inspection->profile.dialect.list.fields[i].name;
        if (inspection->profile.dialect.columns[i].holds != COLUMN_TEXTS || column->text_count < 2 ||
            column->text_count * 2 > inspection->profile.rows || !*name)
            continue;
        options->group_by = name;
        if (try_open(inspection, paths, count))
            return;
    }
    options->group_by = count > 1 ? "file" : given.group_by;
    if (!options->group_by || !try_open(inspection, paths, count)) {
        options->group_by = given.group_by;
        inspection->problem = first;
    }
}

static void write_opened(struct json *json, const struct inspection *inspection)
{
    const struct source *source = &inspection->source;
    const struct source_about *about = &source->about;
    char first[TIME_SIZE] = "", last[TIME_SIZE] = "";
    if (about->has_times) {
        time_write(first, about->first_time);
        time_write(last, about->last_time);
    }
    json_raw(json, "read", source->read ? source->read : "null");
    json_uint(json, "samples", source->shape.samples);
    json_uint(json, "row_length", source->shape.row_length);
    json_uint(json, "groups", about->groups);
    json_string(json, "first_time", about->has_times ? first : NULL);
    json_string(json, "last_time", about->has_times ? last : NULL);
    json_null(json, "problem");
}

/* A wide table of numbers without names may hold a sequence in each row. */
static const char *note(const struct inspection *inspection)
{
    const struct text_profile *profile = &inspection->profile;
    const size_t count = profile->dialect.list.count;
    if (!inspection->is_text || inspection->options.text.sequences || profile->dialect.time_count || count < 16 ||
        fields_have_names(&profile->dialect.list))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (profile->dialect.columns[i].holds != COLUMN_NUMBERS)
            return NULL;
    return "if each row is a sequence: --rows sequences, with --label-column first (or last) if that column is a label";
}

/* Options of `render` beside those that were given. */
static void write_options(struct json *json, const struct inspection *inspection, const struct source_options *given)
{
    const struct source_shape *shape = &inspection->source.shape;
    uint64_t longest = shape->range_count ? 0 : shape->samples;
    char window[24];
    for (size_t i = 0; i < shape->range_count; i++)
        longest = MAX(longest, shape->ranges[i].count);
    snprintf(window, sizeof window, "%llu", (unsigned long long)CLAMP(longest / 2, 2, WINDOW));
    json->one_line = true;
    json_open(json, "options", '[');
    if (inspection->options.group_by && !given->group_by) {
        json_string(json, NULL, "--group-by");
        json_string(json, NULL, inspection->options.group_by);
    }
    if (inspection->candles[0] && !given->column && !shape->row_length) {
        json_string(json, NULL, "--chart");
        json_string(json, NULL, find_field(&inspection->profile, "volume") == SIZE_MAX ? "crypto" : "candles");
    } else if (inspection->options.column && !given->column) {
        json_string(json, NULL, "--column");
        json_string(json, NULL, inspection->options.column);
    }
    if (!shape->row_length) {
        json_string(json, NULL, "--window");
        json_string(json, NULL, window);
    }
    json_close(json, ']');
    json->one_line = false;
}

enum plotmill_status source_inspect(char **text, const char *const *paths, size_t count,
                                    const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct inspection inspection = {0};
    struct input_list inputs = {0};
    struct json json = {0};
    const struct source_options none = {0};
    *text = NULL;
    options = options ? options : &none;
    inspection.options = *options;
    TRY(inputs_find(&inputs, paths, count, options, error));
    json_open(&json, NULL, '{');
    json_uint(&json, "count", inputs.count);
    json_open(&json, "inputs", '[');
    for (size_t i = 0; i < inputs.count && i < INPUTS_LISTED; i++)
        TRY(write_input(&json, &inspection, &inputs.items[i], i == 0, error));
    json_close(&json, ']');
    if (inspection.is_text && !options->text.sequences)
        TRY(choose_fields(&inspection, error));
    const char *const copy[] = {inputs.items[0].origin};
    const bool piped = inputs.count == 1 && inputs.items[0].is_copy; /* it cannot be read again by its own name */
    open_inputs(&inspection, piped ? copy : paths, count);
    if (inspection.opened) {
        write_opened(&json, &inspection);
        write_options(&json, &inspection, options);
    } else {
        json_null(&json, "read");
        json_string(&json, "problem", inspection.problem.message);
        json_null(&json, "options");
    }
    json_string(&json, "note", note(&inspection));
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, *text);
done:
    if (inspection.opened)
        source_close(&inspection.source);
    text_profile_free(&inspection.profile);
    free(inspection.column);
    inputs_free(&inputs);
    free(json_finish(&json));
    return status;
}
