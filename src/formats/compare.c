#include "formats/compare.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/try.h"
#include "chart/pixel_format.h"

/* Longest value that a message quotes. */
#define QUOTE_MAX 80

struct value {
    const char *text;
    int length;
};

/* A member's value as it stands, strings without their quotes. */
static struct value member(const char *object, const char *name)
{
    const char *text = json_member(object, name);
    if (!text)
        return (struct value){"nothing", 7};
    int length = (int)(json_value_end(text) - text);
    if (*text == '"')
        text++, length -= 2;
    return (struct value){text, length};
}

static bool same_value(struct value a, struct value b)
{
    return a.length == b.length && !memcmp(a.text, b.text, (size_t)a.length);
}

static int quoted(struct value value)
{
    return value.length < QUOTE_MAX ? value.length : QUOTE_MAX;
}

/* --width and --height are one option. */
static void name_option(char option[64], const char *name)
{
    bool side = !strcmp(name, "width") || !strcmp(name, "height");
    snprintf(option, 64, "%s%s", side ? "--size: " : "--", name);
    for (char *at = option; !side && *at; at++)
        if (*at == '_')
            *at = '-';
}

/* The members of `object` in `other`. */
static enum plotmill_status match_members(const char *path, const char *object, const char *other, bool is_wanted,
                                          struct plotmill_error *error)
{
    const char *at;
    size_t length;
    for (size_t i = 0; json_member_at(object, i, &at, &length); i++) {
        char name[48], option[64];
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        struct value a = member(is_wanted ? other : object, name), b = member(is_wanted ? object : other, name);
        name_option(option, name);
        if (!same_value(a, b))
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made with %s %.*s, this job has %.*s", path,
                                      option, quoted(a), a.text, quoted(b), b.text);
    }
    return PLOTMILL_OK;
}

enum plotmill_status match_spec(const char *path, const char *found, const char *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!strcmp(found, wanted))
        return PLOTMILL_OK;
    if (!json_is_object(found))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not tell by which options it was made", path);
    if (json_is_object(wanted)) {
        TRY(match_members(path, wanted, found, true, error));
        TRY(match_members(path, found, wanted, false, error));
    } else {
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made by other options: %.300s", path, found);
    }
done:
    return status;
}

static enum plotmill_status match_number(const char *path, const char *found, const char *wanted, const char *name,
                                         const char *what, struct plotmill_error *error)
{
    struct value a = member(found, name), b = member(wanted, name);
    if (same_value(a, b))
        return PLOTMILL_OK;
    bool one = a.length == 1 && *a.text == '1';
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made from an input of %.*s %s%s, this job's has %.*s",
                              path, quoted(a), a.text, what, one ? "" : "s", quoted(b), b.text);
}

/* The first file that differs, where both tell them. */
static enum plotmill_status match_files(const char *path, const char *found, const char *wanted,
                                        struct plotmill_error *error)
{
    const char *a, *b, *x = json_member(found, "list"), *y = json_member(wanted, "list");
    for (size_t i = 0; x && y && (a = json_element(x, i)) && (b = json_element(y, i)); i++) {
        if (*a != '{' || *b != '{')
            break;
        struct value was = member(a, "name"), is = member(b, "name"), bytes = member(a, "bytes"),
                     now = member(b, "bytes");
        if (!same_value(bytes, now))
            return plotmill_error_set(
                error, PLOTMILL_BAD_INPUT, "%s: was made from %.*s of %.*s bytes, this job has %.*s of %.*s bytes",
                path, quoted(was), was.text, quoted(bytes), bytes.text, quoted(is), is.text, quoted(now), now.text);
        if (!same_value(member(a, "hash"), member(b, "hash")))
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: was made from %.*s, this job has %.*s of other contents", path, quoted(was),
                                      was.text, quoted(is), is.text);
    }
    return PLOTMILL_OK;
}

static bool is_text(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    return value && *value == '"';
}

/* An option that need not be given. */
static enum plotmill_status match_choice(const char *path, const char *found, const char *wanted, const char *name,
                                         struct plotmill_error *error)
{
    struct value a = member(found, name), b = member(wanted, name);
    bool a_given = is_text(found, name), b_given = is_text(wanted, name);
    if (a_given == b_given && same_value(a, b))
        return PLOTMILL_OK;
    if (!a_given)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made without --%s, this job has %.*s", path, name,
                                  quoted(b), b.text);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made with --%s %.*s, this job has %.*s", path, name,
                              quoted(a), a.text, b_given ? quoted(b) : 4, b_given ? b.text : "none");
}

enum plotmill_status match_input(const char *path, const char *found, const char *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!*wanted)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be known to be this job's: its input is no file", path);
    if (!json_is_object(found) || !json_is_object(wanted))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not tell what input it was made from", path);
    TRY(match_number(path, found, wanted, "files", "file", error));
    TRY(match_files(path, found, wanted, error));
    TRY(match_number(path, found, wanted, "bytes", "byte", error));
    if (!same_value(member(found, "hash"), member(wanted, "hash")))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made from an input of other contents", path);
    TRY(match_choice(path, found, wanted, "column", error));
    TRY(match_choice(path, found, wanted, "dataset", error));
    TRY(match_choice(path, found, wanted, "from", error));
    TRY(match_choice(path, found, wanted, "to", error));
    if (json_member(found, "samples") && json_member(wanted, "samples"))
        TRY(match_number(path, found, wanted, "samples", "sample", error));
    if (json_member(found, "row_length") && json_member(wanted, "row_length"))
        TRY(match_number(path, found, wanted, "row_length", "sample a sequence", error));
done:
    return status;
}

static unsigned channels_of(const struct plotmill_pixel_format *format)
{
    return (unsigned)pixel_format_channels(format);
}

/* How the numbers are stored. */
static enum plotmill_status match_pixels(const char *path, const struct plotmill_pixel_format *found,
                                         const struct plotmill_pixel_format *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (found->dtype != wanted->dtype)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --dtype %s, this job has %s", path,
             pixel_dtype_name(found->dtype), pixel_dtype_name(wanted->dtype));
    if (found->layout != wanted->layout)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --layout %s, this job has %s", path,
             pixel_layout_name(found->layout), pixel_layout_name(wanted->layout));
    if (channels_of(found) != channels_of(wanted))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --channels %u, this job has %u", path, channels_of(found),
             channels_of(wanted));
done:
    return status;
}

enum plotmill_status match_dataset(const char *path, const struct plotmill_dataset_info *found,
                                   const struct plotmill_dataset_info *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (wanted->format && *wanted->format && strcmp(found->format, wanted->format))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --format %s, this job has %s", path, found->format,
             wanted->format);
    TRY(match_spec(path, found->spec ? found->spec : "", wanted->spec ? wanted->spec : "", error));
    TRY(match_pixels(path, &found->stored, &wanted->stored, error));
    TRY(match_input(path, found->input ? found->input : "", wanted->input ? wanted->input : "", error));
    if (wanted->quality && !found->quality)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not tell its --quality, this job has %d", path, wanted->quality);
    if (wanted->quality && found->quality != wanted->quality)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --quality %d, this job has %d", path, found->quality,
             wanted->quality);
    if (wanted->window && found->window != wanted->window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made without --store-sequences, this job has it", path);
    if (found->first != wanted->first)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: begins with image %" PRIu64 ", expected %" PRIu64, path, found->first,
             wanted->first);
    if (found->images != wanted->images)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %" PRIu64 " images, expected %" PRIu64, path, found->images,
             wanted->images);
done:
    return status;
}
