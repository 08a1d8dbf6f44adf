#include "dataset/compare.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "dataset/compare_spec.h"
#include "source/fingerprint.h"

/* Longest value that a message quotes, in bytes. */
#define QUOTE_MAX 80

struct value {
    const char *text;
    size_t length;
    int shown; /* bytes of it that a message quotes */
};

/* The text of a member's value, strings without their quotes. */
static struct value member(const char *object, const char *name)
{
    const char *text = json_member(object, name);
    if (!text)
        return (struct value){"nothing", 7, 7};
    size_t length = (size_t)(json_value_end(text) - text);
    if (*text == '"')
        text++, length -= 2;
    return (struct value){text, length, (int)MIN(length, QUOTE_MAX)};
}

static bool same_value(struct value a, struct value b)
{
    return a.length == b.length && !memcmp(a.text, b.text, a.length);
}

static enum plotmill_status compare_count(const char *path, const char *found, const char *expected, const char *name,
                                          const char *unit, struct plotmill_error *error)
{
    struct value a = member(found, name), b = member(expected, name);
    if (same_value(a, b))
        return PLOTMILL_OK;
    bool one = a.length == 1 && *a.text == '1';
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made from an input of %.*s %s%s, this job's has %.*s",
                              path, a.shown, a.text, unit, one ? "" : "s", b.shown, b.text);
}

/* The first file that differs, where both inputs list their files. */
static enum plotmill_status compare_files(const char *path, const char *found, const char *expected,
                                          struct plotmill_error *error)
{
    const char *a, *b, *was = json_member(found, "list"), *is = json_member(expected, "list");
    for (size_t i = 0; was && is && (a = json_element(was, i)) && (b = json_element(is, i)); i++) {
        if (*a != '{' || *b != '{')
            break;
        struct value name_a = member(a, "name"), name_b = member(b, "name"), bytes_a = member(a, "bytes"),
                     bytes_b = member(b, "bytes");
        if (!same_value(bytes_a, bytes_b))
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: was made from %.*s of %.*s bytes, this job has %.*s of %.*s bytes", path,
                                      name_a.shown, name_a.text, bytes_a.shown, bytes_a.text, name_b.shown, name_b.text,
                                      bytes_b.shown, bytes_b.text);
        if (!same_value(member(a, "hash"), member(b, "hash")))
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: was made from %.*s, this job has %.*s with other contents", path,
                                      name_a.shown, name_a.text, name_b.shown, name_b.text);
    }
    return PLOTMILL_OK;
}

/* An option that may be absent (null). */
static enum plotmill_status compare_choice(const char *path, const char *found, const char *expected,
                                           const char *choice, struct plotmill_error *error)
{
    char name[24]; /* as the option is called */
    snprintf(name, sizeof name, "%s", choice);
    for (char *p = name; (p = strchr(p, '_'));)
        *p = '-';
    const char *was = json_member(found, choice), *is = json_member(expected, choice);
    const bool had = was && *was == '"', has = is && *is == '"';
    struct value a = member(found, choice), b = has ? member(expected, choice) : (struct value){"none", 4, 4};
    if (had == has && (!had || same_value(a, b)))
        return PLOTMILL_OK;
    if (!had)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made without %s, this job has %.*s", path, name,
                                  b.shown, b.text);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made with %s %.*s, this job has %.*s", path, name,
                              a.shown, a.text, b.shown, b.text);
}

enum plotmill_status compare_input(const char *path, const char *found, const char *expected,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!*expected)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be compared with this job, whose input is not a file", path);
    if (!json_is_object(found) || !json_is_object(expected))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not record the input it was made from", path);
    TRY(compare_count(path, found, expected, "files", "file", error));
    TRY(compare_files(path, found, expected, error));
    TRY(compare_count(path, found, expected, "bytes", "byte", error));
    if (!same_value(member(found, "hash"), member(expected, "hash")))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made from an input with other contents", path);
    for (const char *const *choice = fingerprint_choices; *choice; choice++)
        TRY(compare_choice(path, found, expected, *choice, error));
    if (json_member(found, "samples") && json_member(expected, "samples"))
        TRY(compare_count(path, found, expected, "samples", "sample", error));
    if (json_member(found, "row_length") && json_member(expected, "row_length"))
        TRY(compare_count(path, found, expected, "row_length", "sample per sequence", error));
done:
    return status;
}

/* The options that choose windows, as window_options_describe writes them. */
static enum plotmill_status compare_windows(const char *path, const char *found, const char *expected,
                                            struct plotmill_error *error)
{
    static const char *const choices[] = {"label",   "label_field", "split",           "split_at", "split_by",
                                          "shuffle", "windows",     "drop_unlabelled", "limit"};
    static const char *const names[] = {"label",   "label-field", "split",           "split-at", "split-by",
                                        "shuffle", "windows",     "drop-unlabelled", "limit"};
    if (!strcmp(found, expected))
        return PLOTMILL_OK;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct value a = member(found, choices[i]), b = member(expected, choices[i]);
        if (same_value(a, b))
            continue;
        if (*a.text == '{' && *b.text == '{')
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: was made with another table of windows than this job has", path);
        if (*a.text == '{' || *b.text == '{')
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: was made with%s a table of windows, this job has %s", path,
                                      *a.text == '{' ? "" : "out", *a.text == '{' ? "none" : "one");
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: was made with %s %.*s, this job has %.*s", path,
                                  names[i], a.shown, a.text, b.shown, b.text);
    }
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: was made with other options of windows, labels or split than this job's", path);
}

enum plotmill_status compare_dataset(const char *path, const struct dataset_info *found,
                                     const struct dataset_info *expected, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pixel_format *a = &found->stored, *b = &expected->stored;
    const char *input = found->input ? found->input : "", *wanted = expected->input ? expected->input : "";
    if (expected->format && *expected->format && strcmp(found->format, expected->format))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with format %s, this job has %s", path, found->format,
             expected->format);
    TRY(compare_specs(path, found->spec ? found->spec : "", expected->spec ? expected->spec : "", error));
    if (*input || *wanted)
        TRY(compare_input(path, input, wanted, error));
    TRY(compare_windows(path, found->windows ? found->windows : "", expected->windows ? expected->windows : "", error));
    if (a->dtype != b->dtype)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with dtype %s, this job has %s", path, pixel_dtype_name(a->dtype),
             pixel_dtype_name(b->dtype));
    if (pixel_format_layout(a) != pixel_format_layout(b))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with layout %s, this job has %s", path,
             pixel_layout_name(pixel_format_layout(a)), pixel_layout_name(pixel_format_layout(b)));
    if (pixel_format_channels(a) != pixel_format_channels(b))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with channels %u, this job has %u", path,
             (unsigned)pixel_format_channels(a), (unsigned)pixel_format_channels(b));
    if (MAX(expected->panels, 1) != MAX(found->panels, 1) && expected->panels)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds images of %u panels, this job's have %u", path,
             (unsigned)MAX(found->panels, 1), (unsigned)expected->panels);
    if (expected->width && (found->width != expected->width || found->height != expected->height ||
                            found->background != expected->background || found->foreground != expected->foreground))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds images of another size, background or foreground than this job's",
             path);
    if (expected->quality && !found->quality)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not record its quality, this job has %d", path, expected->quality);
    if (expected->quality && found->quality != expected->quality)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with quality %d, this job has %d", path, found->quality,
             expected->quality);
    if (strcmp(found->folders ? found->folders : "", expected->folders ? expected->folders : ""))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with folders %s, this job has %s", path,
             found->folders && *found->folders ? found->folders : "none",
             expected->folders && *expected->folders ? expected->folders : "none");
    if (expected->window && found->window != expected->window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made without store-sequences, this job has it", path);
    if (expected->whole && found->whole && found->whole != expected->whole)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is part of a data set of %llu images, this job makes one of %llu", path,
             (unsigned long long)found->whole, (unsigned long long)expected->whole);
    if (found->first != expected->first)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: starts with image %llu, expected %llu (images-per-file)", path,
             (unsigned long long)found->first, (unsigned long long)expected->first);
    if (found->images != expected->images)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %llu images, expected %llu%s", path,
             (unsigned long long)found->images, (unsigned long long)expected->images,
             expected->whole ? " (images-per-file)" : "");
done:
    return status;
}

enum plotmill_status compare_stored(const char *path, const struct metadata *found, const struct metadata *expected,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(compare_dataset(path, &found->info, &expected->info, error));
    if (found->compressed != expected->compressed)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with%s compress none, this job has%s", path,
             found->compressed ? "out" : "", found->compressed ? " it" : " none of it");
    if (found->chunk_images != expected->chunk_images)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with chunk-images %llu, this job has %llu", path,
             (unsigned long long)found->chunk_images, (unsigned long long)expected->chunk_images);
    if (found->info.window && !expected->info.window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with store-sequences, this job has none", path);
    if (!found->info.whole && expected->info.whole)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is not one of several files of a data set", path);
done:
    return status;
}
