#include "job/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "job/clamp_counts.h"
#include "job/field_counts.h"
#include "source/source.h"

/* A batch may show several parts of the source, between which samples are left out. */
uint64_t batch_stride(const struct windows *windows)
{
    return windows->parts || windows->list ? windows->window : MIN(windows->step, windows->window);
}

uint64_t batch_samples(const struct windows *windows, uint64_t images)
{
    return (images - 1) * batch_stride(windows) + windows->window;
}

/* Reads consecutive samples and checks them. */
static enum plotmill_status read_run(struct window_reader *reader, uint64_t first, uint64_t count, double *out,
                                     struct plotmill_error *error)
{
    const struct source *source = reader->source;
    enum plotmill_status status =
        name_failure(source->ops->read(source->self, first, count, out, error), "the source's read", error);
    if (!status && reader->counts)
        field_counts_add(reader->counts, source_fields(source->shape), out, count);
    if (!status && reader->clamps)
        clamp_counts_add(reader->clamps, source_fields(source->shape), out, count);
    return status || !reader->checks ? status : checks_run(reader->checks, source, first, count, out, error);
}

/* Windows that overlap or touch are one run of samples; the part that the last call read is copied. */
static enum plotmill_status read_overlapping(struct window_reader *reader, uint64_t first, uint64_t count,
                                             double *samples, struct plotmill_error *error)
{
    const uint64_t begin = windows_sample(&reader->windows, first);
    const uint64_t length = (count - 1) * reader->windows.step + reader->windows.window;
    const uint64_t last_end = reader->last_first + reader->last_count;
    const size_t fields = source_fields(reader->source->shape);
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t kept = 0;
    if (begin >= reader->last_first && begin < last_end) {
        kept = MIN(last_end - begin, length);
        memmove(samples, reader->last + (begin - reader->last_first) * fields, (size_t)kept * fields * sizeof *samples);
    }
    if (kept < length)
        status = read_run(reader, begin + kept, length - kept, samples + kept * fields, error);
    reader->last = samples;
    reader->last_first = begin;
    reader->last_count = status ? 0 : length;
    return status;
}

/* One window after another. What a window shares with the one before is copied. */
static enum plotmill_status read_each(struct window_reader *reader, uint64_t first, uint64_t count, double *samples,
                                      struct plotmill_error *error)
{
    const uint64_t window = reader->windows.window;
    const size_t fields = source_fields(reader->source->shape);
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t before = 0, end = 0; /* of the window before */
    for (uint64_t k = 0; k < count && !status; k++, samples += window * fields) {
        const uint64_t begin = windows_sample(&reader->windows, first + k);
        const uint64_t kept = begin >= before && begin < end ? end - begin : 0;
        if (kept)
            memcpy(samples, samples - kept * fields, (size_t)kept * fields * sizeof *samples);
        if (kept < window)
            status = read_run(reader, begin + kept, window - kept, samples + kept * fields, error);
        before = begin;
        end = begin + window;
    }
    return status;
}

enum plotmill_status window_reader_read(struct window_reader *reader, uint64_t first, uint64_t count,
                                        const struct batch_arrays *arrays, struct plotmill_error *error)
{
    const struct windows *w = &reader->windows;
    const bool overlap = w->step <= w->window && !w->parts && !w->list;
    enum plotmill_status status = overlap ? read_overlapping(reader, first, count, arrays->samples, error)
                                          : read_each(reader, first, count, arrays->samples, error);
    if (status)
        return status;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t row;
        source_rows(reader->source, windows_start(w, first + k), 1, &row);
        arrays->window_start[k] = (int64_t)row;
    }
    return arrays->columns ? name_failure(window_set_read(reader->set, first, count, arrays->columns, error),
                                          "the source's read", error)
                           : PLOTMILL_OK;
}

enum plotmill_status name_failure(enum plotmill_status status, const char *call, struct plotmill_error *error)
{
    if (status && !*error->message)
        plotmill_error_set(error, status, "%s failed: %s", call, plotmill_status_str(status));
    return status;
}

bool is_device_failure(enum plotmill_status status)
{
    return status == PLOTMILL_DEVICE_FAILED || status == PLOTMILL_NO_MEMORY;
}

void queue_init(struct work_queue *queue, const struct image_range *ranges, size_t range_count)
{
    *queue = (struct work_queue){
        .reading = MUTEX_READY,
        .writing = MUTEX_READY,
        .lock = MUTEX_READY,
        .changed = CONDITION_READY,
        .progress = CONDITION_READY,
        .ranges = ranges,
        .range_count = range_count,
    };
}

void queue_finish(struct work_queue *queue)
{
    free(queue->resumed);
    queue->resumed = NULL;
    checks_free(&queue->checks);
}

enum queue_state queue_state(struct work_queue *queue)
{
    mutex_lock(&queue->lock);
    enum queue_state state = queue->state;
    mutex_unlock(&queue->lock);
    return state;
}

static struct batch_range next_batch(struct work_queue *queue, uint64_t most)
{
    struct batch_range range = {.number = queue->batches};
    while (queue->range < queue->range_count && queue->done == queue->ranges[queue->range].count) {
        queue->range++;
        queue->done = 0;
    }
    if (queue->range == queue->range_count)
        return range;
    uint64_t left = queue->ranges[queue->range].count - queue->done;
    range.first = queue->ranges[queue->range].first + queue->done;
    range.count = MIN(left, most);
    queue->done += range.count;
    queue->batches++;
    return range;
}

enum plotmill_status queue_take(struct work_queue *queue, uint64_t most, const struct batch_arrays *arrays,
                                struct batch_range *range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    enum trace_stage before = trace_switch(TRACE_WAIT_SOURCE);
    mutex_lock(&queue->reading);
    *range = (struct batch_range){0};
    if (queue_state(queue) == QUEUE_RUNNING)
        *range = next_batch(queue, most);
    trace_batch(range->first, range->count);
    trace_switch(TRACE_READ);
    if (range->count)
        status = window_reader_read(&queue->reader, range->first, range->count, arrays, error);
    mutex_unlock(&queue->reading);
    trace_switch(before);
    return status;
}

static void end(struct work_queue *queue, enum queue_state state, struct device_slot *failed,
                enum plotmill_status status, const struct plotmill_error *error)
{
    mutex_lock(&queue->lock);
    if (queue->state < state) {
        queue->state = state;
        queue->failed = failed;
        queue->status = status;
        queue->error = *error;
    }
    condition_wake_all(&queue->changed);
    condition_wake_all(&queue->progress);
    mutex_unlock(&queue->lock);
}

void queue_stop(struct work_queue *queue, enum plotmill_status status, const struct plotmill_error *error)
{
    end(queue, QUEUE_STOPPED, NULL, status, error);
}

void queue_halt(struct work_queue *queue, struct device_slot *failed, enum plotmill_status status,
                const struct plotmill_error *error)
{
    const bool halts = is_device_failure(status);
    end(queue, halts ? QUEUE_HALTED : QUEUE_STOPPED, halts ? failed : NULL, status, error);
}

void queue_return(struct work_queue *queue, const struct batch_range *range)
{
    mutex_lock(&queue->lock);
    size_t at = queue->returned_count++;
    for (; at && queue->returned[at - 1].first > range->first; at--)
        queue->returned[at] = queue->returned[at - 1];
    queue->returned[at] = (struct image_range){range->first, range->count};
    mutex_unlock(&queue->lock);
}

/* Ranges come in order; one that begins where the last one ends extends it. */
static void add_range(struct image_range *ranges, size_t *count, uint64_t first, uint64_t images)
{
    if (!images)
        return;
    if (*count && ranges[*count - 1].first + ranges[*count - 1].count == first)
        ranges[*count - 1].count += images;
    else
        ranges[(*count)++] = (struct image_range){first, images};
}

enum plotmill_status queue_resume(struct work_queue *queue, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct image_range *left = NULL;
    size_t count = 0;
    TRY_ALLOCATE(error, left, queue->returned_count + queue->range_count - queue->range, sizeof *left);
    /* What was handed out comes before what was not. */
    for (size_t i = 0; i < queue->returned_count; i++)
        add_range(left, &count, queue->returned[i].first, queue->returned[i].count);
    for (size_t i = queue->range; i < queue->range_count; i++) {
        const uint64_t done = i == queue->range ? queue->done : 0;
        add_range(left, &count, queue->ranges[i].first + done, queue->ranges[i].count - done);
    }
    free(queue->resumed);
    queue->ranges = queue->resumed = left;
    queue->range_count = count;
    queue->range = queue->returned_count = 0;
    queue->done = queue->batches = queue->turn = 0;
    queue->reader.last_count = 0; /* the array belonged to a worker that is gone */
    queue->state = QUEUE_RUNNING;
    queue->failed = NULL;
done:
    return status;
}

uint64_t queue_first_missing(const struct work_queue *queue)
{
    if (queue->returned_count)
        return queue->returned[0].first;
    return queue->range < queue->range_count ? queue->ranges[queue->range].first + queue->done : 0;
}

bool queue_enter_sink(struct work_queue *queue, const struct batch_range *range, bool ordered)
{
    enum trace_stage before = trace_switch(TRACE_WAIT_SINK);
    if (!ordered)
        mutex_lock(&queue->writing);
    mutex_lock(&queue->lock);
    while (ordered && queue->state == QUEUE_RUNNING && queue->turn != range->number)
        condition_wait(&queue->changed, &queue->lock);
    bool may = queue->state != QUEUE_STOPPED && (!ordered || queue->turn == range->number);
    mutex_unlock(&queue->lock);
    if (!may && !ordered)
        mutex_unlock(&queue->writing);
    trace_switch(before);
    return may;
}

void queue_leave_sink(struct work_queue *queue, bool ordered)
{
    if (!ordered) {
        mutex_unlock(&queue->writing);
        return;
    }
    mutex_lock(&queue->lock);
    queue->turn++;
    condition_wake_all(&queue->changed);
    mutex_unlock(&queue->lock);
}

bool queue_begin_write(struct work_queue *queue)
{
    mutex_lock(&queue->lock);
    bool begins = queue->state != QUEUE_STOPPED;
    queue->writers += begins;
    mutex_unlock(&queue->lock);
    return begins;
}

void queue_end_write(struct work_queue *queue, uint64_t bytes)
{
    mutex_lock(&queue->lock);
    queue->sink_bytes += bytes;
    queue->size_unknown |= !bytes;
    if (!--queue->writers)
        condition_wake_all(&queue->progress);
    mutex_unlock(&queue->lock);
}

void queue_add_stored(struct work_queue *queue, uint64_t images, uint64_t empty)
{
    mutex_lock(&queue->lock);
    queue->stored += images;
    queue->empty += empty;
    condition_wake_all(&queue->progress);
    mutex_unlock(&queue->lock);
}

void queue_worker_ends(struct work_queue *queue)
{
    mutex_lock(&queue->lock);
    queue->workers--;
    condition_wake_all(&queue->progress);
    mutex_unlock(&queue->lock);
}

void queue_worker_starts(struct work_queue *queue)
{
    mutex_lock(&queue->lock);
    queue->workers++;
    mutex_unlock(&queue->lock);
}
