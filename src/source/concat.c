#include "source/concat.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "source/source.h"

struct concat {
    struct source_ops ops;
    size_t count, side_count;
    struct source *parts;
    uint64_t *starts; /* count+1: the first sample, or ready sequence, of each part, and the end */
    uint64_t *rows;   /* (count) the first row of each part */
    double **classes; /* (count, side_count) what the classes of a part are in the union; NULL: of numbers */
    uint64_t unit;    /* samples of each that starts count */
};

static size_t part_of(const struct concat *concat, uint64_t at)
{
    size_t low = 0, high = concat->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (concat->starts[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Walks the parts that `left` samples (or ready sequences) from `next` on lie in. */
struct walk {
    uint64_t next, left;
    const struct source *part;
    size_t index;
    uint64_t first, count; /* in the part */
    uint64_t passed;       /* before these */
};

static bool walk_next(const struct concat *concat, struct walk *walk)
{
    walk->passed += walk->count;
    if (!walk->left)
        return false;
    walk->index = part_of(concat, walk->next);
    walk->part = &concat->parts[walk->index];
    walk->first = walk->next - concat->starts[walk->index];
    walk->count = MIN(walk->left, concat->starts[walk->index + 1] - walk->next);
    walk->next += walk->count;
    walk->left -= walk->count;
    return true;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct concat *concat = self;
    const uint32_t fields = source_fields(concat->parts[0].shape);
    const uint64_t unit = concat->unit;
    while (count) {
        const size_t i = part_of(concat, first / unit);
        const struct source *part = &concat->parts[i];
        const uint64_t n = MIN(count, concat->starts[i + 1] * unit - first);
        TRY(part->ops->read(part->self, first - concat->starts[i] * unit, n, out, error));
        first += n;
        out += n * fields;
        count -= n;
    }
done:
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct concat *concat = self;
    const size_t i = part_of(concat, sample / concat->unit);
    const struct source *part = &concat->parts[i];
    if (part->ops->locate)
        part->ops->locate(part->self, sample - concat->starts[i] * concat->unit, text, size);
    else if (size)
        *text = 0;
}

static void rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    const struct concat *concat = self;
    struct walk walk = {.next = first, .left = count};
    while (walk_next(concat, &walk)) {
        uint64_t *there = out + walk.passed;
        source_rows(walk.part, walk.first, walk.count, there);
        for (uint64_t i = 0; i < walk.count; i++)
            there[i] += concat->rows[walk.index];
    }
}

static enum plotmill_status times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct concat *concat = self;
    const uint64_t width = concat->parts[0].shape.row_length ? 2 : 1;
    struct walk walk = {.next = first, .left = count};
    while (walk_next(concat, &walk))
        TRY(walk.part->ops->times(walk.part->self, walk.first, walk.count, out + walk.passed * width, error));
done:
    return status;
}

static enum plotmill_status side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct concat *concat = self;
    struct walk walk = {.next = first, .left = count};
    while (walk_next(concat, &walk)) {
        const double *classes = concat->classes[walk.index * concat->side_count + column];
        double *there = out + walk.passed;
        TRY(walk.part->ops->side(walk.part->self, column, walk.first, walk.count, there, error));
        for (uint64_t i = 0; classes && i < walk.count; i++)
            there[i] = isnan(there[i]) ? there[i] : classes[(size_t)there[i]];
    }
done:
    return status;
}

static void destroy(void *self)
{
    struct concat *concat = self;
    for (size_t i = 0; i < concat->count; i++)
        source_close(&concat->parts[i]);
    for (size_t i = 0; concat->classes && i < concat->count * concat->side_count; i++)
        free(concat->classes[i]);
    free(concat->classes);
    free(concat->parts);
    free(concat->starts);
    free(concat->rows);
    free(concat);
}

static enum plotmill_status check_alike(const struct source *a, const char *a_name, const struct source *b,
                                        const char *b_name, struct plotmill_error *error)
{
    uint64_t x = a->shape.row_length, y = b->shape.row_length;
    if (source_fields(a->shape) != source_fields(b->shape))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s and %s: only one of them has a column close, which labels are made of: expected "
                                  "the option label-field",
                                  a_name, b_name);
    if (x == y)
        return PLOTMILL_OK;
    if (x && y)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s holds sequences of %" PRIu64 " samples, expected %" PRIu64 " as in %s", b_name, y,
                                  x, a_name);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s holds %s, expected %s as in %s", b_name,
                              y ? "ready sequences" : "one long series", x ? "ready sequences" : "one long series",
                              a_name);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The classes of a side column in all parts, each once, ascending. */
static enum plotmill_status unite_classes(struct side_column *column, const struct concat *concat, size_t side,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char **all = NULL;
    size_t count = 0;
    for (size_t i = 0; i < concat->count; i++)
        count += concat->parts[i].sides[side].class_count;
    TRY_ALLOCATE(error, all, count, sizeof *all);
    count = 0;
    for (size_t i = 0; i < concat->count; i++)
        for (size_t k = 0; k < concat->parts[i].sides[side].class_count; k++)
            all[count++] = concat->parts[i].sides[side].classes[k];
    qsort(all, count, sizeof *all, compare_texts);
    TRY_ALLOCATE(error, column->classes, count, sizeof *column->classes);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(all[i], all[i - 1]))
            TRY(string_keep(&column->classes[column->class_count++], all[i], error));
done:
    free(all);
    return status;
}

/* Where the classes of one part are among those of all. */
static enum plotmill_status map_classes(double **map, const struct side_column *all, const struct side_column *part,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, *map, part->class_count, sizeof **map);
    for (size_t k = 0; k < part->class_count; k++) {
        char **found = bsearch(&part->classes[k], all->classes, all->class_count, sizeof *found, compare_texts);
        (*map)[k] = (double)(found - all->classes);
    }
done:
    return status;
}

static enum plotmill_status merge_sides(struct source *source, struct concat *concat, const char *const *names,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *parts = concat->parts;
    TRY_ALLOCATE(error, source->sides, parts[0].side_count, sizeof *source->sides);
    TRY_ALLOCATE(error, concat->classes, concat->count * parts[0].side_count, sizeof *concat->classes);
    source->side_count = concat->side_count = parts[0].side_count;
    for (size_t k = 0; k < concat->side_count; k++) {
        struct side_column *column = &source->sides[k];
        const bool texts = parts[0].sides[k].classes != NULL;
        TRY(string_keep(&column->name, parts[0].sides[k].name, error));
        column->whole = true;
        for (size_t i = 0; i < concat->count; i++) {
            const struct side_column *other = &parts[i].sides[k];
            column->whole &= other->whole;
            if ((other->classes != NULL) != texts)
                FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s holds %s, expected %s as in %s", names[i], column->name,
                     texts ? "numbers" : "texts", texts ? "texts" : "numbers", names[0]);
        }
        if (!texts)
            continue;
        TRY(unite_classes(column, concat, k, error));
        for (size_t i = 0; i < concat->count; i++)
            TRY(map_classes(&concat->classes[i * concat->side_count + k], column, &parts[i].sides[k], error));
    }
done:
    return status;
}

/* The fields of the first part, and what all have together. */
static void take_about(struct source *source, const struct concat *concat)
{
    struct source_about *about = &source->about, *from = &concat->parts[0].about;
    *about = *from;
    about->reading = NULL;
    about->said = NULL;
    about->columns = NULL;
    about->column_count = 0;
    from->fields = NULL;
    from->names = NULL;
    about->has_times = false;
    about->left_out = about->bad_rows = 0;
    bool some = false;
    for (size_t i = 0; i < concat->count; i++) {
        const struct source_about *part = &concat->parts[i].about;
        about->left_out += part->left_out;
        about->bad_rows += part->bad_rows;
        if (!concat->parts[i].shape.samples && !part->has_times)
            continue;
        about->has_times = part->has_times && (!some || about->has_times);
        about->first_time = some ? MIN(about->first_time, part->first_time) : part->first_time;
        about->last_time = some ? MAX(about->last_time, part->last_time) : part->last_time;
        some = true;
    }
}

/* The calls that all parts have: times of dates and of counters are not one scale. */
static void choose_ops(struct concat *concat, bool dated)
{
    bool all_times = true, same_times = true;
    for (size_t i = 0; i < concat->count; i++) {
        const struct source *part = &concat->parts[i];
        all_times &= part->ops->times != NULL || !part->shape.samples;
        same_times &= !part->shape.samples || part->about.has_times == dated;
        if (part->ops->locate)
            concat->ops.locate = locate;
    }
    concat->ops.read = read_samples;
    concat->ops.destroy = destroy;
    concat->ops.rows = rows;
    concat->ops.times = all_times && same_times ? times : NULL;
    concat->ops.side = concat->side_count ? side : NULL;
}

static enum plotmill_status count_parts(struct concat *concat, const struct source *parts, const char *const *names,
                                        size_t count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t row = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t units = parts[i].shape.samples / concat->unit;
        TRY(check_alike(&parts[0], names[0], &parts[i], names[i], error));
        if (units > UINT64_MAX / concat->unit - concat->starts[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: the inputs have too many samples together", names[i]);
        if (parts[i].side_count != parts[0].side_count)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: has no columns beside the fields, which %s has", names[i], names[0]);
        concat->starts[i + 1] = concat->starts[i] + units;
        concat->rows[i] = row;
        row += MAX(units, parts[i].about.rows);
    }
done:
    return status;
}

enum plotmill_status concat_open(struct source *source, const struct source *parts, const char *const *names,
                                 size_t count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct concat *concat = NULL;
    *source = (struct source){0};
    TRY_ALLOCATE(error, concat, 1, sizeof *concat);
    TRY_ALLOCATE(error, concat->parts, count, sizeof *concat->parts);
    TRY_ALLOCATE(error, concat->starts, count + 1, sizeof *concat->starts);
    TRY_ALLOCATE(error, concat->rows, count, sizeof *concat->rows);
    concat->unit = parts[0].shape.row_length ? parts[0].shape.row_length : 1;
    TRY(count_parts(concat, parts, names, count, error));
    for (size_t i = 0; i < count; i++)
        concat->parts[i] = parts[i];
    concat->count = count;
    TRY(merge_sides(source, concat, names, error));
    take_about(source, concat);
    choose_ops(concat, source->about.has_times);
    source->ops = &concat->ops;
    source->self = concat;
    source->shape = (struct source_shape){.samples = concat->starts[count] * concat->unit,
                                          .row_length = parts[0].shape.row_length,
                                          .fields = parts[0].shape.fields};
    source->about.rows =
        concat->rows[count - 1] + MAX(parts[count - 1].shape.samples / concat->unit, parts[count - 1].about.rows);
done:
    if (status) {
        sides_free(source->sides, source->side_count);
        *source = (struct source){0};
    }
    if (status && concat) {
        for (size_t i = 0; concat->classes && i < concat->count * concat->side_count; i++)
            free(concat->classes[i]);
        concat->count = 0; /* the caller still owns the parts */
        destroy(concat);
    }
    return status;
}
