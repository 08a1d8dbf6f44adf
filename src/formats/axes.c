#include "formats/axes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

enum plotmill_status axes_find(struct array_axes *axes, const struct array_shape *shape,
                               const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t *length = shape->axes;
    if (shape->rank < 1 || shape->rank > AXES_MAX || (shape->records && shape->rank == AXES_MAX))
        TRY(refuse_rank(shape, error));
    if (options && options->axes)
        return take_option(axes, shape, options->axes, error);
    const bool one_field = shape->rank == 2 && !shape->records && length[1] == 1;
    parse(axes, shape->rank == 1 ? "T" : shape->rank == 3 ? "NTF" : one_field ? "TF" : "NT");
    if (shape->rank == 2 && !shape->records && !one_field && options && options->cut)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: with a window, an array of %s may be one series of %" PRIu64 " samples with %" PRIu64
             " fields (axes TF), or %" PRIu64 " ready sequences of %" PRIu64
             " samples, which take no window (axes NT): set the option axes",
             shape->name, write_shape(shape).text, length[0], length[1], length[0], length[1]);
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
    TRY(fields_list(list, own.columns, error));
    if (axes->fields < 0 && !records && !fields_have_names(list))
        own.column = NULL;
    TRY(fields_choose(list, &own, choice, error));
done:
    return status;
}
