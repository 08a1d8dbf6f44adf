#include "job/train_part.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "job/queue.h"

#define BATCH_BYTES ((uint64_t)16 << 20)
#define BATCH_IMAGES 64

/* Sums of values and of their squares, per channel: whole numbers, the same on every device. */
struct pixel_sums {
    uint64_t *sum, *squares; /* (channels) */
    uint32_t channels;
    uint64_t pixels;
};

static void add_pixels(struct pixel_sums *sums, const uint8_t *values, uint64_t pixels)
{
    const uint32_t channels = sums->channels;
    for (uint32_t c = 0; c < channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (uint64_t i = 0; i < pixels; i++) {
            const uint32_t value = values[i * channels + c];
            sum += value;
            squares += value * value;
        }
        sums->sum[c] += sum;
        sums->squares[c] += squares;
    }
    sums->pixels += pixels;
}

static uint64_t train_images(const struct window_set *set)
{
    uint64_t images = 0;
    for (size_t i = 0; i < set->run_count; i++)
        images += set->runs[i].split == SPLIT_TRAIN ? set->runs[i].count : 0;
    return images;
}

/* Walks over the images of the train part; starts as {0}. */
struct train_walk {
    size_t run;
    uint64_t before; /* images of the train part in earlier runs */
};

/* The image that is number `at` of the train part; from call to call `at` does not go back. */
static uint64_t train_image(const struct window_set *set, struct train_walk *walk, uint64_t at)
{
    for (; walk->run < set->run_count; walk->run++) {
        const struct split_run *run = &set->runs[walk->run];
        if (run->split != SPLIT_TRAIN)
            continue;
        if (at - walk->before < run->count)
            return run->first + (at - walk->before);
        walk->before += run->count;
    }
    return 0;
}

static enum plotmill_status draw_sample(const struct job *job, struct renderer *renderer, uint64_t batch,
                                        uint64_t images, uint64_t sample, struct pixel_sums *sums,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = job->source;
    const uint64_t window = job->windows.window, fields = source_fields(source->shape);
    const uint64_t pixels = (uint64_t)job->chart->width * job->chart->height;
    double *samples = NULL, *y_range = NULL;
    uint32_t *rows_before = NULL;
    struct train_walk walk = {0};
    struct renderer_images made;
    TRY_ALLOCATE(error, samples, batch * window, fields * sizeof *samples);
    TRY_ALLOCATE(error, y_range, batch * job->chart->panel_count, 2 * sizeof *y_range);
    TRY_ALLOCATE(error, rows_before, batch, sizeof *rows_before);
    for (uint64_t done = 0, count; done < sample; done += count) {
        count = MIN(sample - done, batch);
        for (uint64_t k = 0; k < count; k++) {
            /* floor((done + k) images / sample), which must not overflow. */
            const uint64_t at = (done + k) * (images / sample) + (done + k) * (images % sample) / sample;
            const uint64_t first = windows_sample(&job->windows, train_image(job->set, &walk, at));
            TRY(name_failure(source->ops->read(source->self, first, window, samples + k * window * fields, error),
                             "the source's read", error));
            rows_before[k] = windows_rows_before(source->shape, first);
        }
        TRY(renderer_run(renderer, samples, chart_has_lead(job->chart) ? rows_before : NULL, count, &made, y_range,
                         error));
        add_pixels(sums, made.pixels, count * pixels);
        TRY(renderer_release(renderer, error));
    }
done:
    free(samples);
    free(y_range);
    free(rows_before);
    return status;
}

static void write_classes(struct json *json, const char *all)
{
    const char *label, *class, *name;
    size_t length, name_length;
    json_open(json, "classes", '{');
    for (size_t i = 0; (label = json_member_at(all, i, &name, &length)); i++) {
        const char *classes = json_member(label, "classes");
        char *title = string_start(name, length);
        if (classes && title) {
            json_open(json, title, '{');
            for (size_t k = 0; (class = json_member_at(classes, k, &name, &name_length)); k++) {
                char *key = string_start(name, name_length);
                uint64_t images = 0;
                json_read_uint(json_member(class, "train"), &images);
                json->failed |= !key;
                if (key)
                    json_uint(json, key, images);
                free(key);
            }
            json_close(json, '}');
        }
        free(title);
    }
    json_close(json, '}');
}

enum plotmill_status train_part_describe(char **text, struct worker *worker, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job *job = worker->job;
    const uint64_t images = train_images(job->set), sample = MIN(images, TRAIN_SAMPLE);
    const uint32_t channels = job->chart->channels;
    const uint64_t image_bytes = (uint64_t)job->chart->width * job->chart->height * channels;
    struct renderer_options how = job_renderer_options(job);
    struct renderer *renderer = NULL;
    struct pixel_sums sums = {.channels = channels};
    struct json json = {.one_line = true};
    *text = NULL;
    if (!images)
        return PLOTMILL_OK;
    how.payload = PAYLOAD_PIXELS;
    how.stride = job->windows.window;
    how.images_per_stream = 1;
    how.planes = false;
    how.copies = 1;
    how.batch = MIN(CLAMP(BATCH_BYTES / image_bytes, 1, BATCH_IMAGES), worker->slot->batch);
    TRY_ALLOCATE(error, sums.sum, channels, sizeof *sums.sum);
    TRY_ALLOCATE(error, sums.squares, channels, sizeof *sums.squares);
    TRY(renderer_create(&renderer, worker->slot->compute, job->chart, job->windows.window, &how, error));
    TRY(draw_sample(job, renderer, how.batch, images, sample, &sums, error));
    json_open(&json, NULL, '{');
    json_uint(&json, "images", images);
    json_uint(&json, "sample", sample);
    for (int deviation = 0; deviation < 2; deviation++) {
        json_open(&json, deviation ? "std" : "mean", '[');
        for (uint32_t c = 0; c < channels; c++) {
            const double mean = (double)sums.sum[c] / (double)sums.pixels,
                         variance = fmax((double)sums.squares[c] / (double)sums.pixels - mean * mean, 0);
            json_number(&json, NULL, (deviation ? sqrt(variance) : mean) / 255);
        }
        json_close(&json, ']');
    }
    write_classes(&json, job->set->classes);
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, *text);
done:
    renderer_destroy(renderer);
    free(sums.sum);
    free(sums.squares);
    if (status)
        free(json_finish(&json));
    return status;
}
