#include "formats/hdf5/facts.h"

#if HAVE_HDF5

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/compare.h"
#include "formats/hdf5/attribute.h"

enum plotmill_status hdf5_facts_expect(struct hdf5_facts *facts, const struct plotmill_dataset_info *info,
                                       const struct plotmill_sink_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *facts = (struct hdf5_facts){
        .images = info->images,
        .first = info->first,
        .whole = info->whole,
        .width = info->width,
        .background = info->background,
        .foreground = info->foreground,
        .chunk_images = options->chunk_images ? options->chunk_images : 1,
        .sequence_samples = options->store_sequences ? info->window : 0,
        .compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE,
    };
    facts->rank = pixel_format_axes(&options->pixels, info->images, info->width, info->height, facts->axes);
    snprintf(facts->dtype, sizeof facts->dtype, "%s", pixel_dtype_name(options->pixels.dtype));
    snprintf(facts->layout, sizeof facts->layout, "%s", pixel_layout_name(options->pixels.layout));
    TRY(string_keep(&facts->spec, info->spec, error));
    TRY(string_keep(&facts->input, info->input, error));
    TRY(string_keep(&facts->content, NULL, error));
done:
    if (status)
        hdf5_facts_free(facts);
    return status;
}

static void read_shape(struct hdf5_facts *facts, hid_t images)
{
    hsize_t size[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(images), properties = H5Dget_create_plist(images);
    facts->rank = H5Sget_simple_extent_dims(space, size, NULL);
    facts->images = size[0];
    for (int i = 0; i < 4; i++)
        facts->axes[i] = size[i];
    if (H5Pget_layout(properties) == H5D_CHUNKED && H5Pget_chunk(properties, H5S_MAX_RANK, chunk) > 0)
        facts->chunk_images = chunk[0];
    facts->compressed = H5Pget_nfilters(properties) > 0;
    H5Pclose(properties);
    H5Sclose(space);
}

static void read_word(hid_t images, const char *name, const char *otherwise, char *word, size_t size)
{
    char *text = hdf5_read_text(images, name);
    snprintf(word, size, "%s", text ? text : otherwise);
    free(text);
}

static enum plotmill_status keep_attribute(char **kept, hid_t images, const char *name, struct plotmill_error *error)
{
    *kept = hdf5_read_text(images, name);
    return *kept ? PLOTMILL_OK : string_keep(kept, NULL, error);
}

enum plotmill_status hdf5_facts_read(struct hdf5_facts *facts, hid_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *facts = (struct hdf5_facts){0};
    read_shape(facts, images);
    int64_t first = hdf5_read_number(images, "first", INT64_MAX), whole = hdf5_read_number(images, "whole", INT64_MAX);
    facts->first = first < 0 ? 0 : (uint64_t)first;
    facts->whole = whole < 0 ? 0 : (uint64_t)whole;
    int64_t width = hdf5_read_number(images, "width", UINT32_MAX);
    if (width > 0)
        facts->width = (uint32_t)width;
    int64_t samples = hdf5_read_number(images, "sequence_samples", INT64_MAX);
    facts->sequence_samples = samples < 0 ? 0 : (uint64_t)samples;
    facts->background = (int)hdf5_read_number(images, "background", 255);
    facts->foreground = (int)hdf5_read_number(images, "foreground", 255);
    read_word(images, "dtype", pixel_dtype_name(PLOTMILL_DTYPE_U8), facts->dtype, sizeof facts->dtype);
    read_word(images, "layout", "", facts->layout, sizeof facts->layout);
    TRY(keep_attribute(&facts->spec, images, "spec", error));
    TRY(keep_attribute(&facts->input, images, "input", error));
    TRY(keep_attribute(&facts->content, images, "content_hash", error));
done:
    if (status)
        hdf5_facts_free(facts);
    return status;
}

static bool find_dtype(const char *name, enum plotmill_dtype *dtype)
{
    for (int i = PLOTMILL_DTYPE_U8; i <= PLOTMILL_DTYPE_BITS; i++)
        if (!strcmp(name, pixel_dtype_name((enum plotmill_dtype)i))) {
            *dtype = (enum plotmill_dtype)i;
            return true;
        }
    return false;
}

static bool find_layout(const char *name, enum plotmill_layout *layout)
{
    for (int i = PLOTMILL_LAYOUT_NHW; i <= PLOTMILL_LAYOUT_NHWC; i++)
        if (!strcmp(name, pixel_layout_name((enum plotmill_layout)i))) {
            *layout = (enum plotmill_layout)i;
            return true;
        }
    return false;
}

bool hdf5_facts_tell(const struct hdf5_facts *facts, struct plotmill_dataset_info *info,
                     struct plotmill_sink_options *options)
{
    struct plotmill_pixel_format *pixels = &options->pixels;
    if (!find_dtype(facts->dtype, &pixels->dtype) || !find_layout(facts->layout, &pixels->layout))
        return false;
    const bool planes = pixels->layout == PLOTMILL_LAYOUT_NCHW, last = pixels->layout == PLOTMILL_LAYOUT_NHWC;
    const int y = planes ? 2 : 1;
    if (facts->rank != (planes || last ? 4 : 3))
        return false;
    pixels->channels = planes || last ? (uint32_t)facts->axes[planes ? 1 : 3] : 1;
    options->chunk_images = (uint32_t)facts->chunk_images;
    options->compress = facts->compressed ? PLOTMILL_COMPRESS_DEFLATE : PLOTMILL_COMPRESS_NONE;
    options->store_sequences = facts->sequence_samples != 0;
    info->window = facts->sequence_samples;
    info->images = facts->images;
    info->first = facts->first;
    info->whole = facts->whole;
    info->height = (uint32_t)facts->axes[y];
    info->width = pixels->dtype == PLOTMILL_DTYPE_BITS ? facts->width : (uint32_t)facts->axes[y + 1];
    info->background = facts->background;
    info->foreground = facts->foreground;
    info->stored = *pixels;
    return info->images && info->width && info->height;
}

void hdf5_facts_free(struct hdf5_facts *facts)
{
    free(facts->spec);
    free(facts->input);
    free(facts->content);
    *facts = (struct hdf5_facts){0};
}

/* How images are stored, beside their numbers. */
static enum plotmill_status compare_form(const struct hdf5_facts *found, const struct hdf5_facts *expected,
                                         const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (strcmp(found->dtype, expected->dtype))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --dtype %s, this job has %s", path, found->dtype,
             expected->dtype);
    if (strcmp(found->layout, expected->layout))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --layout %s, this job has %s", path, found->layout,
             expected->layout);
    if (found->compressed != expected->compressed)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with%s --compress none, this job has%s", path,
             found->compressed ? "out" : "", found->compressed ? " it" : " none of it");
    if (found->chunk_images != expected->chunk_images)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with --chunk-images %llu, this job has %llu", path,
             (unsigned long long)found->chunk_images, (unsigned long long)expected->chunk_images);
    if (found->sequence_samples != expected->sequence_samples)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with%s --store-sequences, this job has %s", path,
             found->sequence_samples ? "" : "out", found->sequence_samples ? "none" : "it");
    if (found->rank != expected->rank ||
        memcmp(found->axes + 1, expected->axes + 1, (size_t)(found->rank - 1) * sizeof *found->axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds images of another shape than this job's", path);
    if (found->background != expected->background || found->foreground != expected->foreground)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds images of another background or foreground than this job's", path);
done:
    return status;
}

static enum plotmill_status compare_place(const struct hdf5_facts *found, const struct hdf5_facts *expected,
                                          const char *path, struct plotmill_error *error)
{
    if (found->whole != expected->whole)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: is of a data set of %llu images in several files, this job makes one of %llu",
                                  path, (unsigned long long)found->whole, (unsigned long long)expected->whole);
    if (found->first != expected->first || found->images != expected->images)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: holds %llu images from number %llu on, expected %llu from %llu on "
                                  "(--images-per-file)",
                                  path, (unsigned long long)found->images, (unsigned long long)found->first,
                                  (unsigned long long)expected->images, (unsigned long long)expected->first);
    return PLOTMILL_OK;
}

enum plotmill_status hdf5_facts_compare(const struct hdf5_facts *found, const struct hdf5_facts *expected,
                                        const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(match_spec(path, found->spec, expected->spec, error));
    if (*found->input || *expected->input)
        TRY(match_input(path, found->input, expected->input, error));
    TRY(compare_form(found, expected, path, error));
    TRY(compare_place(found, expected, path, error));
done:
    return status;
}

#endif
