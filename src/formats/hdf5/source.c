/* Samples from a data set of an HDF5 file. */
#include <hdf5.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/axes.h"
#include "formats/exact.h"
#include "formats/hdf5/columns.h"
#include "formats/hdf5/pandas.h"
#include "formats/text/stream.h"

/* Values that are read at a time where they must be put in order. */
#define BLOCK_VALUES ((uint64_t)1 << 20)

enum number_kind { FLOATS, SIGNED, UNSIGNED, NO_NUMBERS };

struct hdf5_source {
    struct array_columns columns; /* first */
    struct source_ops ops;
    uint64_t unwritten; /* chunks */
    hid_t file;
    hid_t dataset;
    hid_t space;
    hid_t record; /* in memory, of records: those members that are read, 8 bytes each; else negative */
    char *path;   /* in messages */
    char *name;   /* of the data set */
    char *place;
    int rank;
    hsize_t shape[AXES_MAX];
    struct array_axes axes;
    uint64_t length;         /* samples of a sequence; of one series: all */
    size_t value_count;      /* values of a sample that a read returns */
    size_t *values;          /* (value_count): their places among the fields that are read from the file */
    enum number_kind *kinds; /* (value_count) */
    char (*labels)[120];     /* (value_count), in messages: ", field 4 (close)"; "": the array has no fields */
    uint64_t first_field, read_fields;
    bool direct; /* the file has the values in the order in which they are returned */
    double *block;
};

/* Integers are read as integers: how HDF5 rounds 64 bits to float64 depends on its version. *exact becomes false where
 * no float64 equals them. */
static double to_double(const double *bits, enum number_kind kind, bool *exact)
{
    int64_t integer;
    uint64_t natural;
    memcpy(&integer, bits, sizeof integer);
    memcpy(&natural, bits, sizeof natural);
    if (kind == FLOATS)
        return *bits;
    *exact &= kind == SIGNED ? !int64_is_far(integer) || int64_is_exact(integer)
                             : !uint64_is_far(natural) || uint64_is_exact(natural);
    return kind == SIGNED ? (double)integer : (double)natural;
}

static hid_t memory_type(enum number_kind kind)
{
    return kind == FLOATS ? H5T_NATIVE_DOUBLE : kind == SIGNED ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
}

/* Samples of one sequence, or whole sequences. */
struct box {
    uint64_t sequence, sequences, sample, samples;
};

/* The box's fields in the order of the file's axes, and how far apart values are in it. */
struct box_layout {
    hsize_t start[AXES_MAX], extent[AXES_MAX];
    uint64_t steps[AXES_MAX];
};

static struct box_layout lay_out(const struct hdf5_source *source, const struct box *box)
{
    struct box_layout layout = {.start = {0}};
    uint64_t step = source->record < 0 ? 1 : source->read_fields;
    for (int k = source->rank - 1; k >= 0; k--) {
        const bool sequences = k == source->axes.sequences, fields = k == source->axes.fields;
        layout.start[k] = sequences ? box->sequence : fields ? source->first_field : box->sample;
        layout.extent[k] = sequences ? box->sequences : fields ? source->read_fields : box->samples;
        layout.steps[k] = step;
        step *= layout.extent[k];
    }
    return layout;
}

static enum plotmill_status read_slab(struct hdf5_source *source, const struct box_layout *layout, hsize_t count,
                                      void *out, struct plotmill_error *error)
{
    const hid_t type = source->record < 0 ? memory_type(source->kinds[0]) : source->record;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    bool done = memory >= 0 &&
                H5Sselect_hyperslab(source->space, H5S_SELECT_SET, layout->start, NULL, layout->extent, NULL) >= 0 &&
                hdf5_read(source->dataset, type, memory, source->space, out) >= 0;
    hdf5_release(memory);
    if (!done)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                                  "%s, %s, row %" PRIu64 ": reading failed: the file is damaged, or has changed",
                                  source->path, source->name, (uint64_t)layout->start[0]);
    return PLOTMILL_OK;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct hdf5_source *source = self;
    if (source->axes.sequences < 0)
        snprintf(text, size, "%s, row %" PRIu64, source->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, source->path, sample / source->length,
                 sample % source->length);
}

static enum plotmill_status refuse_integer(const struct hdf5_source *source, uint64_t sample, size_t value,
                                           const double *bits, struct plotmill_error *error)
{
    char place[800];
    locate((void *)source, sample, place, 600);
    strcat(place, source->labels[value]);
    return exact_refuse(place, bits, source->kinds[value] == SIGNED, error);
}

/* Puts the values of a box in order. */
static enum plotmill_status put_in_order(const struct hdf5_source *source, const struct box *box,
                                         const struct box_layout *layout, double *out, struct plotmill_error *error)
{
    bool exact = true;
    const struct array_axes *axes = &source->axes;
    const uint64_t by_sequence = axes->sequences < 0 ? 0 : layout->steps[axes->sequences];
    const uint64_t by_sample = layout->steps[axes->time], by_field = axes->fields < 0 ? 1 : layout->steps[axes->fields];
    for (uint64_t n = 0; n < box->sequences; n++)
        for (uint64_t t = 0; t < box->samples; t++) {
            const double *sample = source->block + n * by_sequence + t * by_sample;
            for (size_t i = 0; i < source->value_count; i++) {
                const double *bits = sample + source->values[i] * by_field;
                *out++ = to_double(bits, source->kinds[i], &exact);
                if (!exact)
                    return refuse_integer(source, (box->sequence + n) * source->length + box->sample + t, i, bits,
                                          error);
            }
        }
    return PLOTMILL_OK;
}

/* The same of values that lie in order. */
static enum plotmill_status convert_in_place(const struct hdf5_source *source, const struct box *box, uint64_t count,
                                             double *values, struct plotmill_error *error)
{
    const size_t width = source->value_count;
    bool exact = true;
    for (uint64_t i = 0; i < count; i++) {
        const double bits = values[i];
        values[i] = to_double(&bits, source->kinds[0], &exact);
        if (!exact)
            return refuse_integer(source, box->sequence * source->length + box->sample + i / width, i % width, &bits,
                                  error);
    }
    return PLOTMILL_OK;
}

static enum plotmill_status read_box(struct hdf5_source *source, const struct box *box, double *out,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct box_layout layout = lay_out(source, box);
    const uint64_t samples = box->sequences * box->samples;
    const hsize_t count = samples * (source->record < 0 ? source->read_fields : 1);
    TRY(read_slab(source, &layout, count, source->direct ? out : source->block, error));
    if (!source->direct)
        TRY(put_in_order(source, box, &layout, out, error));
    else if (source->kinds[0] != FLOATS)
        TRY(convert_in_place(source, box, count, out, error));
done:
    return status;
}

/* A part of the first sequence, whole ones, a part of the last one. */
static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_source *source = self;
    const uint64_t length = source->length;
    const uint64_t most = source->direct ? UINT64_MAX : MAX(BLOCK_VALUES / source->read_fields, 1);
    hdf5_lock();
    while (count) {
        struct box box = {.sequence = first / length, .sequences = 1, .sample = first % length};
        box.samples = MIN(count, length - box.sample);
        if (box.samples == length)
            box.sequences = CLAMP(most / length, 1, count / length);
        box.samples = MIN(box.samples, most);
        TRY(read_box(source, &box, out, error));
        const uint64_t samples = box.sequences * box.samples;
        first += samples;
        out += samples * source->value_count;
        count -= samples;
    }
done:
    hdf5_unlock();
    return status;
}

static void destroy(void *self)
{
    struct hdf5_source *source = self;
    hdf5_lock();
    hdf5_release(source->record);
    hdf5_release(source->space);
    hdf5_release(source->dataset);
    hdf5_release(source->file);
    hdf5_unlock();
    array_columns_free(&source->columns);
    free(source->path);
    free(source->name);
    free(source->place);
    free(source->values);
    free(source->kinds);
    free(source->labels);
    free(source->block);
    free(source);
}

static enum number_kind kind_of(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || (class == H5T_INTEGER && H5Tget_size(type) > 8))
        return NO_NUMBERS;
    return class == H5T_FLOAT ? FLOATS : H5Tget_sign(type) == H5T_SGN_NONE ? UNSIGNED : SIGNED;
}

static enum plotmill_status refuse_type(const struct hdf5_source *source, const char *field, hid_t type,
                                        struct plotmill_error *error)
{
    const H5T_class_t class = H5Tget_class(type);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: data set %s%s%s holds %s, expected floats, or integers of 8 to 64 bits",
                              source->path, source->name, *field ? ", field " : "", field,
                              class == H5T_INTEGER ? "wider integers" : hdf5_class_name(class));
}

static enum plotmill_status check_shape(const struct hdf5_source *source, const struct array_shape *shape,
                                        struct plotmill_error *error)
{
    uint64_t values = 1;
    for (unsigned k = 0; k < shape->rank; k++) {
        if (!shape->axes[k])
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: data set %s holds no samples", source->path,
                                      source->name);
        if (values > UINT64_MAX / 8 / shape->axes[k])
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: data set %s is too large", source->path,
                                      source->name);
        values *= shape->axes[k];
    }
    return PLOTMILL_OK;
}

/* The members of a record as fields. */
static enum plotmill_status list_members(struct field_list *list, hid_t type, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const int count = H5Tget_nmembers(type);
    for (int i = 0; i < count; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        hid_t member = H5Tget_member_type(type, (unsigned)i);
        const bool numeric = kind_of(member) != NO_NUMBERS;
        status = name ? fields_add(list, name, strlen(name), numeric, error) : PLOTMILL_OK;
        H5free_memory(name);
        hdf5_release(member);
        TRY(status);
    }
done:
    return status;
}

/* Fields along an axis. Their names are those of the attribute "fields", which sets of plotmill have. */
static enum plotmill_status list_axis(struct field_list *list, hid_t dataset, uint64_t count,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *texts = hdf5_read_texts(dataset, "fields"), **names = NULL;
    if (texts && count && json_element(texts, count - 1) && !json_element(texts, count)) {
        TRY_ALLOCATE(error, names, count, sizeof *names);
        for (size_t i = 0; i < count; i++) {
            names[i] = json_read_string(json_element(texts, i));
            TRY_MEMORY(error, names[i]);
        }
    }
    TRY(axes_add_fields(list, count, (const char *const *)names, error));
done:
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
    free(texts);
    return status;
}

/* Which members are read, each once, as a record of 8 bytes for each. */
static enum plotmill_status choose_members(struct hdf5_source *source, const struct field_list *list,
                                           const struct field_choice *choice, hid_t type, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t member = -1;
    source->record = H5Tcreate(H5T_COMPOUND, choice->count * sizeof(double));
    for (size_t i = 0; i < choice->count; i++) {
        size_t same = 0;
        while (choice->at[same] != choice->at[i])
            same++;
        member = H5Tget_member_type(type, (unsigned)choice->at[i]);
        source->kinds[i] = kind_of(member);
        if (source->kinds[i] == NO_NUMBERS)
            TRY(refuse_type(source, field_label(list, choice->at[i]).text, member, error));
        hdf5_release(member);
        member = -1;
        source->values[i] = same;
        if (same == i && H5Tinsert(source->record, list->fields[choice->at[i]].name, i * sizeof(double),
                                   memory_type(source->kinds[i])) < 0)
            FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    }
    source->read_fields = choice->count;
done:
    hdf5_release(member);
    return status;
}

/* Which fields are read along an axis: from the first to the last one that is wanted. */
static void choose_range(struct hdf5_source *source, const struct field_choice *choice, enum number_kind kind)
{
    size_t last = choice->at[0], first = last;
    for (size_t i = 0; i < choice->count; i++) {
        first = MIN(first, choice->at[i]);
        last = MAX(last, choice->at[i]);
    }
    source->first_field = first;
    source->read_fields = last - first + 1;
    source->direct =
        choice->count == source->read_fields && (source->axes.fields < 0 || source->axes.fields == source->rank - 1);
    source->direct &= source->axes.sequences < source->axes.time;
    for (size_t i = 0; i < choice->count; i++) {
        source->kinds[i] = kind;
        source->values[i] = choice->at[i] - first;
        source->direct &= source->values[i] == i;
    }
}

static enum plotmill_status find_fields(struct hdf5_source *source, const struct array_shape *shape, hid_t type,
                                        const struct source_options *options, struct hdf5_columns *columns,
                                        size_t *time, struct source_about *about, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_list list = {.path = source->place};
    struct field_choice choice = {0};
    const uint64_t sequences = axis_length(shape, source->axes.sequences);
    TRY(shape->records ? list_members(&list, type, error)
                       : list_axis(&list, source->dataset, axis_length(shape, source->axes.fields), error));
    TRY(fields_list(&list, options ? options->columns : NULL, error));
    *columns = (struct hdf5_columns){.list = {.path = source->place},
                                     .axes = &source->axes,
                                     .file = source->file,
                                     .name = source->name,
                                     .samples = sequences * axis_length(shape, source->axes.time),
                                     .sequences = source->axes.sequences < 0 ? 0 : sequences};
    const bool has_columns =
        shape->records || (source->axes.fields >= 0 && (fields_have_names(&list) || array_columns_are_asked(options)));
    TRY(hdf5_columns_init(columns, source->dataset, shape->records, &list, has_columns ? list.count : 0, options,
                          error));
    TRY(array_columns_find_time(&columns->list, columns->samples, options, time, error));
    if (has_columns && *time < list.count)
        list.fields[*time].numeric = false; /* it is not meant where one field is not named */
    TRY(axes_choose_fields(&list, &source->axes, shape->records, options, &choice, error));
    source->value_count = choice.count;
    TRY_ALLOCATE(error, source->values, choice.count, sizeof *source->values);
    TRY_ALLOCATE(error, source->kinds, choice.count, sizeof *source->kinds);
    TRY_ALLOCATE(error, source->labels, choice.count, sizeof *source->labels);
    for (size_t i = 0; i < choice.count && (shape->records || source->axes.fields >= 0); i++)
        snprintf(source->labels[i], sizeof *source->labels, ", field %s", field_label(&list, choice.at[i]).text);
    if (shape->records)
        TRY(choose_members(source, &list, &choice, type, error));
    else
        choose_range(source, &choice, kind_of(type));
    if (!source->direct)
        TRY_ALLOCATE(error, source->block, MAX(BLOCK_VALUES, source->read_fields), sizeof *source->block);
    if (shape->records || source->axes.fields >= 0 || fields_have_names(&list))
        TRY(fields_describe(&list, options, &choice, about, error));
done:
    field_choice_free(&choice);
    fields_free(&list);
    return status;
}

/* A data set that is one field is described by its name. */
static enum plotmill_status describe_one(const struct hdf5_source *source, struct source_about *about,
                                         struct plotmill_error *error)
{
    struct json fields = {.one_line = true};
    if (about->fields)
        return PLOTMILL_OK;
    json_open(&fields, NULL, '[');
    json_string(&fields, NULL, source->name);
    json_close(&fields, ']');
    about->fields = json_finish(&fields);
    return about->fields ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

/* The axes of /sequences in a set of plotmill's, which its shape does not tell; NULL: it is something else. */
static const char *own_axes(const struct hdf5_source *source)
{
    const char *name = source->name + (*source->name == '/');
    if (strcmp(name, "sequences"))
        return NULL;
    hid_t images = hdf5_open_dataset(source->file, "images");
    const bool own = images >= 0 && hdf5_read_number(images, "sequence_samples", INT64_MAX, 0);
    hdf5_release(images);
    return !own ? NULL : source->rank == 2 ? "NT" : source->rank == 3 ? "NTF" : NULL;
}

/* Under the lock. */
static enum plotmill_status open_array(struct hdf5_source *source, const struct source_context *context,
                                       struct hdf5_columns *columns, size_t *time, struct source_about *about,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t lengths[AXES_MAX] = {1, 1, 1};
    struct source_options options = {0};
    hid_t type = -1;
    TRY(hdf5_open_named(&source->file, &source->dataset, source->path, source->name, error));
    source->place = string_join(source->path, ": data set ");
    TRY_MEMORY(error, source->place);
    char *place = string_join(source->place, source->name);
    free(source->place);
    source->place = place;
    TRY_MEMORY(error, place);
    type = H5Dget_type(source->dataset);
    source->space = H5Dget_space(source->dataset);
    source->rank = source->space < 0 ? 0 : MAX(H5Sget_simple_extent_ndims(source->space), 0);
    const struct array_shape shape = {source->place, (unsigned)source->rank, lengths,
                                      H5Tget_class(type) == H5T_COMPOUND};
    if (!shape.records && kind_of(type) == NO_NUMBERS)
        TRY(refuse_type(source, "", type, error));
    if (source->rank <= AXES_MAX)
        H5Sget_simple_extent_dims(source->space, source->shape, NULL);
    for (int k = 0; k < source->rank && k < AXES_MAX; k++)
        lengths[k] = source->shape[k];
    options = context->options ? *context->options : options;
    if (!options.axes)
        options.axes = own_axes(source);
    TRY(axes_find(&source->axes, &shape, &options, error));
    TRY(check_shape(source, &shape, error));
    TRY(hdf5_check_filters(source->dataset, source->path, source->name, error));
    TRY(find_fields(source, &shape, type, context->options, columns, time, about, error));
    TRY(describe_one(source, about, error));
    TRY(hdf5_check_holes(source->path, source->name, source->dataset, context->log, &source->unwritten, error));
    axes_report(&shape, context->options, context->log);
    source->length = axis_length(&shape, source->axes.time);
done:
    hdf5_release(type);
    return status;
}

/* Messages name a temporary copy as the input that it is one of. */
static void name_copy(struct plotmill_error *error, const struct input *input)
{
    const size_t length = strlen(input->path);
    struct plotmill_error told;
    if (!error || !strcmp(input->path, input->name) || strncmp(error->message, input->path, length) != 0)
        return;
    told = *error;
    snprintf(error->message, sizeof error->message, "%.1000s%.3000s", input->name, told.message + length);
}

enum plotmill_status source_open_hdf5(struct source *source, const struct input *input,
                                      const struct source_context *context, struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = input->path;
    struct source_about about = {0};
    struct hdf5_source *self = NULL;
    struct hdf5_columns columns = {0};
    struct hdf5_opening opening;
    char *table = NULL; /* its kind, if it is one of pandas */
    size_t time = ARRAY_NO_COLUMN;
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->file = self->dataset = self->space = self->record = -1;
    TRY(string_keep(&self->path, path, error));
    if (context->options && context->options->dataset)
        TRY(string_keep(&self->name, context->options->dataset, error));
    hdf5_lock();
    if (self->name && (self->file = hdf5_open_file(input->path, &opening)) >= 0)
        table = hdf5_pandas_kind(self->file, self->name);
    if (table)
        status = hdf5_pandas_open(source, self->file, table, path, self->name, context, error);
    hdf5_unlock();
    if (table) {
        free(table);
        destroy(self);
        return status;
    }
    hdf5_lock();
    status = open_array(self, context, &columns, &time, &about, error);
    hdf5_unlock();
    TRY(status);
    self->ops = ops;
    const bool ready = self->axes.sequences >= 0;
    *source = (struct source){.ops = &self->ops,
                              .self = self,
                              .shape = {.samples = self->length * (ready ? self->shape[self->axes.sequences] : 1),
                                        .row_length = ready ? self->length : 0,
                                        .fields = (uint32_t)self->value_count},
                              .about = about};
    about = (struct source_about){0};
    source->about.reading =
        axes_reading(&self->axes, time == ARRAY_NO_COLUMN ? NULL : columns.list.items[time].name, self->unwritten);
    TRY_MEMORY(error, source->about.reading);
    hdf5_lock();
    status = array_columns_open(&self->columns, &columns.list, time, context->options, context->log, source, error);
    hdf5_unlock();
    self->ops.times = self->columns.times ? array_columns_times : NULL;
    self->ops.side = self->columns.side_count ? array_columns_side : NULL;
done:
    hdf5_lock();
    hdf5_columns_free(&columns);
    hdf5_unlock();
    if (status)
        name_copy(error, input);
    if (status) {
        about_free(&about);
        about_free(&source->about);
        sides_free(source->sides, source->side_count);
        *source = (struct source){0};
    }
    if (status && self)
        destroy(self);
    return status;
}
