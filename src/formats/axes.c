#include "formats/axes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/try.h"

#define FIELDS_MOST (1u << 24)

struct axes_text axes_text(const struct array_axes *axes)
{
    struct axes_text text = {""};
    const int places[] = {axes->sequences, axes->time, axes->fields};
    for (int i = 0; i < AXES_MAX; i++)
        if (places[i] >= 0)
            text.text[places[i]] = "NTF"[i];
    return text;
}

/* "500 x 4" */
struct shape_text {
    char text[80];
};

static struct shape_text write_shape(const struct array_shape *shape)
{
    struct shape_text text = {""};
    size_t used = 0;
    for (unsigned i = 0; i < shape->rank && i < AXES_MAX; i++)
        used +=
            (size_t)snprintf(text.text + used, sizeof text.text - used, "%s%" PRIu64, i ? " x " : "", shape->axes[i]);
    return text;
}

/* Each letter at most once, T exactly once. */
static bool parse(struct array_axes *axes, const char *text)
{
    *axes = (struct array_axes){-1, -1, -1};
    for (int i = 0; text[i]; i++) {
        int *place = text[i] == 'N' ? &axes->sequences : text[i] == 'T' ? &axes->time : &axes->fields;
        if (i == AXES_MAX || !strchr("NTF", text[i]) || *place >= 0)
            return false;
        *place = i;
    }
    return axes->time >= 0;
}

static enum plotmill_status take_option(struct array_axes *axes, const struct array_shape *shape, const char *text,
                                        struct plotmill_error *error)
{
    if (!parse(axes, text))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "axes: found \"%s\", expected T, TF, NT or NTF, the letters in the order of the axes",
                                  text_quote(text, strlen(text)).text);
    if (strlen(text) != shape->rank)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: axes: found %s, expected %u letter%s: the array is %s", shape->name, text,
                                  shape->rank, shape->rank == 1 ? "" : "s", write_shape(shape).text);
    if (shape->records && axes->fields >= 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: axes: found %s, expected no F: the elements are records of fields", shape->name,
                                  text);
    return PLOTMILL_OK;
}

static enum plotmill_status refuse_rank(const struct array_shape *shape, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s%s %u dimensions, expected 1 (one long series), 2 (ready "
                              "sequences, or rows of fields) or 3 (sequences of rows of fields)",
                              shape->name, shape->records ? ": records in" : ": found", shape->rank);
}

/* "50000 samples with 12 fields (axes TF)" */
struct reading_text {
    char text[160];
};

static struct reading_text describe_reading(const struct array_shape *shape, const char *letters)
{
    struct reading_text text;
    struct array_axes axes;
    parse(&axes, letters);
    const uint64_t samples = shape->axes[axes.time];
    size_t used = 0;
    if (axes.sequences >= 0)
        used = (size_t)snprintf(text.text, sizeof text.text, "%" PRIu64 " sequences of ", shape->axes[axes.sequences]);
    used += (size_t)snprintf(text.text + used, sizeof text.text - used, "%s%" PRIu64 " samples",
                             axes.sequences < 0 ? "one series of " : "", samples);
    if (axes.fields >= 0)
        used += (size_t)snprintf(text.text + used, sizeof text.text - used, " with %" PRIu64 " fields",
                                 shape->axes[axes.fields]);
    snprintf(text.text + used, sizeof text.text - used, " (axes %s)", letters);
    return text;
}

static enum plotmill_status refuse_two_readings(const struct array_shape *shape, const char *when, const char *a,
                                                const char *b, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %san array of %s may be %s, or %s: set the option axes",
                              shape->name, when, write_shape(shape).text, describe_reading(shape, a).text,
                              describe_reading(shape, b).text);
}

/* Two axes of numbers, without the option. Certain is what only one reading of the shape allows. */
static enum plotmill_status find_two(struct array_axes *axes, const struct array_shape *shape, uint64_t window,
                                     struct plotmill_error *error)
{
    const uint64_t rows = shape->axes[0], columns = shape->axes[1];
    if (window && rows == 1)
        parse(axes, "FT"); /* one series */
    else if (!rows || !columns)
        parse(axes, "NT"); /* refused as empty */
    else if (columns == 1 || window > columns)
        parse(axes, "TF");
    else if (window)
        return refuse_two_readings(shape, "with a window, ", "TF", "NT", error);
    else if (rows > columns)
        return refuse_two_readings(shape, "", "TF", "NT", error);
    else
        parse(axes, "NT");
    return PLOTMILL_OK;
}

enum plotmill_status axes_find(struct array_axes *axes, const struct array_shape *shape,
                               const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t *length = shape->axes;
    if (shape->rank < 1 || shape->rank > AXES_MAX || (shape->records && shape->rank == AXES_MAX))
        TRY(refuse_rank(shape, error));
    if (options && options->axes)
        return take_option(axes, shape, options->axes, error);
    const uint64_t window = options ? options->window : 0;
    if (shape->rank == 1 || (shape->rank == 2 && shape->records))
        parse(axes, shape->rank == 1 ? "T" : "NT");
    else if (shape->rank == 2)
        TRY(find_two(axes, shape, window, error));
    else if (length[1] < length[2])
        TRY(refuse_two_readings(shape, "", "NTF", "NFT", error));
    else
        parse(axes, "NTF");
done:
    return status;
}

void axes_report(const struct array_shape *shape, const struct source_options *options, const struct log *log)
{
    const uint64_t *length = shape->axes;
    if (shape->rank == 3 && !(options && options->axes))
        log_line(log, PLOTMILL_LOG_INFO,
                 "%s: an array of %s is read as axes NTF: %" PRIu64 " sequences of %" PRIu64 " samples with %" PRIu64
                 " field%s",
                 shape->name, write_shape(shape).text, length[0], length[1], length[2], length[2] == 1 ? "" : "s");
}

char *axes_reading(const struct array_axes *axes, const char *time, uint64_t unwritten)
{
    struct json json = {.one_line = true};
    json_open(&json, NULL, '{');
    json_string(&json, "axes", axes_text(axes).text);
    json_string(&json, "time", time);
    if (unwritten)
        json_uint(&json, "unwritten_chunks", unwritten);
    json_close(&json, '}');
    return json_finish(&json);
}

enum plotmill_status axes_add_fields(struct field_list *list, uint64_t count, const char *const *names,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (count > FIELDS_MOST)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found %" PRIu64 " fields, expected at most %u", list->path, count,
             FIELDS_MOST);
    for (size_t i = 0; i < count; i++) {
        const char *name = names ? names[i] : "";
        if (!name)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: fields[%zu] is NULL, expected a name", list->path, i);
        TRY(fields_add(list, name, strlen(name), true, error));
    }
done:
    return status;
}

enum plotmill_status axes_choose_fields(struct field_list *list, const struct array_axes *axes, bool records,
                                        const struct source_options *options, struct field_choice *choice,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source_options own = options ? *options : (struct source_options){0};
    if (axes->fields < 0 && !records && !fields_have_names(list))
        own.column = NULL;
    TRY(fields_choose(list, &own, choice, error));
done:
    return status;
}
