/* Jobs with a custom source and sink. They count unexpected calls and decode each image, which is compared with the
 * result of api_draw. They run on other threads than the test's, so the test asserts afterwards.
 */
#ifndef UNIT_JOB_FIXTURE_H
#define UNIT_JOB_FIXTURE_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/engine.h"
#include "base/os.h"
#include "base/thread.h"
#include "chart/pixel_format.h"

#define NEVER UINT64_MAX
/* Seconds that one side waits for the other before the test fails. */
#define WAIT_SECONDS 120.0

struct fixture {
    plotmill *pm;
    plotmill_source *source;
    plotmill_sink *sink;
    struct job_options job;
    struct job_summary summary;
    struct source_shape shape;
    double *samples;

    struct mutex lock;               /* of all below */
    struct condition changed, quiet; /* quiet is never signalled */

    uint64_t broken_sample; /* a read that includes it fails */
    unsigned reads;
    unsigned reading; /* at the moment */
    bool read_failed;

    struct sink_ops ops;
    uint64_t failing_image;   /* a write that includes it fails */
    double write_seconds;     /* duration of a write */
    unsigned gather;          /* writes wait until this many run at once */
    unsigned expect_reads;    /* writes wait until this many reads have begun */
    unsigned expect_progress; /* and until this many calls of progress */
    uint64_t gate;      /* writes from this image on wait until progress has cancelled the job, and a moment longer */
    bool fail_together; /* the failing read and the failing write wait for each other */
    double write_fails_later; /* seconds after the read did */
    struct dataset_info info;
    unsigned opens, writes, finishes, aborts;
    unsigned timeouts;     /* waits that timed out */
    unsigned out_of_place; /* calls before open, after the end, or during a call that must be the only one */
    unsigned writing, most_writing;
    bool write_failed;
    unsigned begun_after; /* writes that began after one had failed */
    uint64_t next;        /* the image after the last write */
    unsigned disorder;    /* writes that start elsewhere */
    unsigned misaligned;  /* writes that break a stream of several images */
    unsigned undecodable;
    unsigned mislabelled; /* images whose window_start or y_range is wrong */
    uint32_t *times;      /* each image was written */
    uint8_t *pixels;

    uint64_t cancel_at; /* progress stops the job from this many images on */
    unsigned progresses, stops;
    unsigned strange_progress; /* on another thread, or going back */
    uint64_t last_done;
};

static _Thread_local bool is_tests_thread;

/* Holds the lock. */
static inline void wait_until(struct fixture *f, const unsigned *count, unsigned least)
{
    double end = os_seconds() + WAIT_SECONDS;
    while (*count < least && os_seconds() < end)
        condition_wait_for(&f->changed, &f->lock, 0.05);
    f->timeouts += *count < least;
}

/* Lets other threads run first, in many short waits, so that a busy machine does not matter. Holds the lock. */
static inline void let_others_run(struct fixture *f, double seconds)
{
    for (int i = 0; i < 100 * seconds; i++)
        condition_wait_for(&f->quiet, &f->lock, 0.01);
}

static inline enum plotmill_status fixture_read(void *self, uint64_t first, uint64_t count, double *out,
                                                struct plotmill_error *error)
{
    struct fixture *f = self;
    mutex_lock(&f->lock);
    f->out_of_place += f->reading++ != 0;
    f->reads++;
    bool broken = f->broken_sample - first < count;
    f->read_failed |= broken;
    condition_wake_all(&f->changed);
    double end = os_seconds() + WAIT_SECONDS;
    while (broken && f->fail_together && !f->write_failed && os_seconds() < end)
        condition_wait_for(&f->changed, &f->lock, 0.05);
    f->reading--;
    mutex_unlock(&f->lock);
    if (broken)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "the source broke at sample %llu",
                                  (unsigned long long)f->broken_sample);
    memcpy(out, f->samples + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

static inline void fixture_locate(void *self, uint64_t sample, char *text, size_t size)
{
    (void)self;
    snprintf(text, size, "the source, second %llu", (unsigned long long)sample / 10);
}

static inline enum plotmill_status fixture_open(void *self, const struct dataset_info *info,
                                                struct plotmill_error *error)
{
    struct fixture *f = self;
    (void)error;
    f->out_of_place += f->opens++ != 0;
    f->info = *info;
    f->times = calloc((size_t)info->images, sizeof *f->times);
    f->pixels = calloc((size_t)info->images, (size_t)info->width * info->height);
    return f->times && f->pixels ? PLOTMILL_OK : PLOTMILL_NO_MEMORY;
}

static inline struct pixel_shape fixture_shape(const struct fixture *f)
{
    return (struct pixel_shape){f->info.width, f->info.height, f->info.background, f->info.foreground};
}

/* Takes filter Up off: `rows` of width+1 bytes, each after its filter's number. */
static inline bool fixture_unfilter(uint8_t *rows, const struct pixel_shape *shape, uint8_t *pixels)
{
    size_t row = (size_t)shape->width + 1;
    for (uint32_t y = 0; y < shape->height; y++) {
        if (rows[y * row] != 2)
            return false;
        for (uint32_t x = 1; y && x < row; x++)
            rows[y * row + x] = (uint8_t)(rows[y * row + x] + rows[(y - 1) * row + x]);
        memcpy(pixels + (size_t)y * shape->width, rows + y * row + 1, shape->width);
    }
    return true;
}

/* Pixels of the sink's format, whose channels must be equal. */
static inline bool fixture_restore(const struct fixture *f, const void *stored, uint64_t images, uint8_t *pixels)
{
    const struct pixel_shape shape = fixture_shape(f);
    const struct pixel_format *format = &f->info.stored;
    const size_t count = (size_t)images * shape.width * shape.height, channels = format->channels;
    uint8_t *all = malloc(count * channels);
    bool right = all && pixel_format_restore(format, &shape, stored, images, all);
    for (size_t i = 0; i < count * channels && right; i++) {
        pixels[i / channels] = all[i / channels * channels];
        right = all[i] == pixels[i / channels];
    }
    free(all);
    return right;
}

/* The images of one stream; those beyond `count` must be blank. */
static inline bool fixture_inflate(const struct fixture *f, const struct image_stream *stream, uint64_t images,
                                   uint64_t count, uint8_t *pixels)
{
    struct pixel_shape shape = fixture_shape(f);
    bool png = f->ops.payload == PAYLOAD_PNG;
    size_t image_bytes = (size_t)shape.width * shape.height;
    size_t bytes = png ? image_bytes + shape.height
                       : (size_t)(images * pixel_format_image_bytes(&f->info.stored, shape.width, shape.height));
    uint8_t *numbers = malloc(bytes + 1), *all = malloc((size_t)images * image_bytes);
    uLongf found = (uLongf)bytes + 1;
    bool holds = numbers && all && uncompress(numbers, &found, stream->data, (uLong)stream->size) == Z_OK &&
                 found == bytes &&
                 (png ? fixture_unfilter(numbers, &shape, all)
                      : fixture_restore(f, numbers, images, all));
    for (size_t i = (size_t)count * image_bytes; holds && i < (size_t)images * image_bytes; i++)
        holds = all[i] == shape.background;
    if (holds)
        memcpy(pixels, all, (size_t)count * image_bytes);
    free(numbers);
    free(all);
    return holds;
}

static inline bool fixture_decode(const struct fixture *f, const struct image_batch *batch)
{
    struct pixel_shape shape = fixture_shape(f);
    size_t image_bytes = (size_t)shape.width * shape.height;
    uint8_t *pixels = f->pixels + (size_t)batch->first * image_bytes;
    uint64_t group = f->ops.images_per_stream ? f->ops.images_per_stream : 1;
    if (f->ops.payload == PAYLOAD_PIXELS)
        return batch->data && !batch->streams && fixture_restore(f, batch->data, batch->count, pixels);
    bool holds = batch->streams && !batch->data;
    for (uint64_t done = 0; holds && done < batch->count; done += group) {
        uint64_t count = batch->count - done < group ? batch->count - done : group;
        holds = fixture_inflate(f, &batch->streams[done / group], group, count, pixels + (size_t)done * image_bytes);
    }
    return holds;
}

/* Holds the lock. */
static inline void fixture_check(struct fixture *f, const struct image_batch *batch)
{
    uint64_t group = f->ops.images_per_stream ? f->ops.images_per_stream : 1;
    f->out_of_place += f->opens != 1 || f->finishes || f->aborts || (!f->ops.thread_safe && f->writing > 1);
    f->disorder += batch->first != f->next;
    f->next = batch->first + batch->count;
    f->misaligned += batch->first % group || (batch->count % group && f->next != f->info.images);
    f->begun_after += f->write_failed;
    for (uint64_t i = 0; i < batch->count; i++) {
        uint64_t step = f->shape.row_length ? f->shape.row_length : 1;
        uint64_t start = (batch->first + i) * f->job.stride;
        const double *window = f->samples + start * step;
        double lo = window[0], hi = window[0];
        for (uint64_t k = 1; k < (f->job.window ? f->job.window : step); k++) {
            lo = window[k] < lo ? window[k] : lo;
            hi = window[k] > hi ? window[k] : hi;
        }
        f->mislabelled +=
            batch->window_start[i] != (int64_t)start || batch->y_range[2 * i] != lo || batch->y_range[2 * i + 1] != hi;
        f->times[batch->first + i]++;
    }
}

static inline enum plotmill_status fixture_write(void *self, const struct image_batch *batch,
                                                 struct plotmill_error *error)
{
    struct fixture *f = self;
    bool fails = f->failing_image - batch->first < batch->count;
    mutex_lock(&f->lock);
    f->writes++;
    f->writing++;
    f->most_writing = f->writing > f->most_writing ? f->writing : f->most_writing;
    fixture_check(f, batch);
    condition_wake_all(&f->changed);
    wait_until(f, &f->most_writing, f->gather);
    wait_until(f, &f->reads, f->expect_reads);
    wait_until(f, &f->progresses, f->expect_progress);
    if (f->gate < batch->first + batch->count) {
        wait_until(f, &f->stops, 1);
        let_others_run(f, 0.3);
    }
    if (f->write_failed)
        let_others_run(f, 0.3); /* the job learns of the failure only when that write returns */
    mutex_unlock(&f->lock);
    bool holds = fixture_decode(f, batch);
    mutex_lock(&f->lock);
    f->undecodable += !holds;
    for (double end = os_seconds() + f->write_seconds; os_seconds() < end;)
        condition_wait_for(&f->changed, &f->lock, f->write_seconds);
    f->write_failed |= fails;
    condition_wake_all(&f->changed);
    double end = os_seconds() + WAIT_SECONDS;
    while (fails && f->fail_together && !f->read_failed && os_seconds() < end)
        condition_wait_for(&f->changed, &f->lock, 0.05);
    if (fails)
        let_others_run(f, f->write_fails_later);
    f->writing--;
    mutex_unlock(&f->lock);
    if (fails)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "the disk is full at image %llu",
                                  (unsigned long long)f->failing_image);
    return PLOTMILL_OK;
}

static inline enum plotmill_status fixture_finish(void *self, struct plotmill_error *error)
{
    struct fixture *f = self;
    (void)error;
    f->out_of_place += f->opens != 1 || f->aborts || f->writing || f->finishes++;
    return PLOTMILL_OK;
}

static inline void fixture_abort(void *self)
{
    struct fixture *f = self;
    f->out_of_place += f->opens != 1 || f->writing || f->reading || f->aborts++;
}

static inline int fixture_progress(void *user, const struct job_progress *progress)
{
    struct fixture *f = user;
    bool stops = progress->done >= f->cancel_at;
    mutex_lock(&f->lock);
    f->progresses++;
    f->stops += stops;
    f->strange_progress += !is_tests_thread || progress->done < f->last_done || progress->done > progress->images;
    f->last_done = progress->done;
    condition_wake_all(&f->changed);
    mutex_unlock(&f->lock);
    return stops;
}

/* `samples` values, wandering; images of 33x21 from windows of 20, eight per batch, to a sink that takes pixels. */
static inline void fixture_init(struct fixture *f, uint64_t samples, uint64_t row_length)
{
    *f = (struct fixture){
        .pm = plotmill_create(),
        .shape = {samples, row_length},
        .samples = malloc((size_t)samples * sizeof *f->samples),
        .lock = MUTEX_READY,
        .changed = CONDITION_READY,
        .quiet = CONDITION_READY,
        .gate = NEVER,
        .broken_sample = NEVER,
        .failing_image = NEVER,
        .cancel_at = NEVER,
        .ops = {.open = fixture_open, .write = fixture_write, .finish = fixture_finish, .abort = fixture_abort},
    };
    is_tests_thread = true;
    uint32_t state = 1;
    for (uint64_t i = 0; i < samples; i++) {
        state = state * 1664525 + 1013904223;
        f->samples[i] = (i ? f->samples[i - 1] : 0) + (double)(state >> 16) - 32767.5;
    }
    job_options_init(&f->job);
    f->job.window = row_length ? 0 : 20;
    f->job.batch = 8;
    f->job.jobs = 4;
    f->job.line.width = 33;
    f->job.line.height = 21;
    f->job.progress = fixture_progress;
    f->job.progress_user = f;
}

static inline enum plotmill_status fixture_run(struct fixture *f)
{
    static const struct source_ops source_ops = {.read = fixture_read, .locate = fixture_locate};
    cr_assert_eq(api_source_create(f->pm, &source_ops, f, f->shape, &f->source), PLOTMILL_OK);
    cr_assert_eq(api_sink_create(f->pm, &f->ops, f, &f->sink), PLOTMILL_OK, "%s", plotmill_message(f->pm));
    return api_job_run(f->pm, f->source, f->sink, &f->job, &f->summary);
}

static inline void fixture_finish_all(struct fixture *f)
{
    job_summary_free(&f->summary);
    plotmill_sink_destroy(f->sink);
    plotmill_source_destroy(f->source);
    plotmill_destroy(f->pm);
    free(f->samples);
    free(f->times);
    free(f->pixels);
}

/* What holds for every job, whether it succeeds or not. */
static inline void assert_calls(const struct fixture *f)
{
    cr_assert_eq(f->out_of_place, 0, "%u calls out of place", f->out_of_place);
    cr_assert_eq(f->strange_progress, 0);
    cr_assert_eq(f->timeouts, 0, "%u waits timed out", f->timeouts);
    cr_assert_eq(f->finishes + f->aborts, f->opens);
    cr_assert_eq(f->misaligned, 0, "%u writes break a stream", f->misaligned);
    cr_assert_eq(f->undecodable, 0, "%u writes cannot be decoded", f->undecodable);
    cr_assert_eq(f->mislabelled, 0, "%u images with a wrong window_start or y_range", f->mislabelled);
    cr_assert(!f->ops.ordered || !f->disorder, "%u writes of an ordered sink out of order", f->disorder);
    cr_assert(f->ops.thread_safe || f->most_writing <= 1, "%u writes at once", f->most_writing);
    for (uint64_t i = 0; f->times && i < f->info.images; i++)
        cr_assert(f->times[i] <= 1, "image %llu came %u times", (unsigned long long)i, f->times[i]);
}

/* Every image came once and is what the renderer draws of the same samples. */
static inline void assert_images(struct fixture *f)
{
    const struct chart_options *chart = &f->job.line;
    size_t image_bytes = (size_t)chart->width * chart->height;
    uint64_t row = f->shape.row_length, images = f->summary.images;
    struct job_options drawn = f->job;
    uint8_t *expected = malloc((size_t)images * image_bytes);
    assert_calls(f);
    cr_assert_eq(f->finishes, 1);
    cr_assert(images && images == f->info.images);
    drawn.device = NULL;
    drawn.batch = 0;
    drawn.window = row ? row : f->job.window;
    drawn.stride *= row ? row : 1;
    cr_assert_eq(api_draw(f->pm, &drawn, f->samples, images, expected, NULL), PLOTMILL_OK, "%s",
                 plotmill_message(f->pm));
    for (uint64_t i = 0; i < images; i++) {
        cr_assert_eq(f->times[i], 1, "image %llu came %u times", (unsigned long long)i, f->times[i]);
        cr_assert(!memcmp(f->pixels + i * image_bytes, expected + i * image_bytes, image_bytes),
                  "image %llu has other pixels", (unsigned long long)i);
    }
    free(expected);
}

/* Runs a job that must succeed, and ends the fixture, which frees the summary's lists. */
static inline void assert_job(struct fixture *f)
{
    enum plotmill_status status = fixture_run(f);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", plotmill_status_str(status), plotmill_message(f->pm));
    assert_images(f);
    fixture_finish_all(f);
}

#endif
