/* What workers share: batch ranges, their return after a failed device, and the order of writes. The test plays the
 * workers. */
#include <criterion/criterion.h>

#include "job/estimate.h"

#define IMAGES 1000

static struct work_queue queue;
static struct device_slot slot;
static struct plotmill_error error;
static double samples[IMAGES];
static int64_t window_start[IMAGES];
static const struct batch_arrays arrays = {samples, window_start, NULL};

static enum plotmill_status read_zeros(void *self, uint64_t first, uint64_t count, double *out,
                                       struct plotmill_error *failure)
{
    (void)self, (void)first, (void)failure;
    for (uint64_t i = 0; i < count; i++)
        out[i] = 0;
    return PLOTMILL_OK;
}

static const struct source_ops ops = {.read = read_zeros};
static const struct source source = {.ops = &ops, .shape = {IMAGES + 1, 0}};

static void start(const struct image_range *ranges, size_t count)
{
    queue_init(&queue, ranges, count);
    queue.reader = (struct window_reader){
        .source = &source, .windows = {.images = IMAGES, .window = 2, .step = 1, .start_step = 1, .unit = 1}};
}

static struct batch_range take(uint64_t most)
{
    struct batch_range range;
    cr_assert_eq(queue_take(&queue, most, &arrays, &range, &error), PLOTMILL_OK);
    return range;
}

static void expect_range(uint64_t most, uint64_t first, uint64_t count)
{
    const struct batch_range range = take(most);
    cr_assert(range.first == first && range.count == count, "%llu of %llu, expected %llu of %llu",
              (unsigned long long)range.first, (unsigned long long)range.count, (unsigned long long)first,
              (unsigned long long)count);
}

static void expect_end(void)
{
    cr_assert_eq(take(8).count, 0);
}

static void fail_device(void)
{
    plotmill_error_set(&error, PLOTMILL_DEVICE_FAILED, "lost");
    queue_halt(&queue, &slot, PLOTMILL_DEVICE_FAILED, &error);
}

Test(queue, hands_out_ranges_in_order)
{
    start((const struct image_range[]){{0, 10}, {20, 0}, {40, 5}}, 3);
    expect_range(8, 0, 8);
    expect_range(8, 8, 2);
    expect_range(3, 40, 3);
    expect_range(3, 43, 2);
    expect_end();
    queue_finish(&queue);
}

Test(queue, resumes_with_what_was_returned_and_the_rest)
{
    start((const struct image_range[]){{0, 30}, {50, 10}}, 2);
    const struct batch_range a = take(8), b = take(8), c = take(8);
    queue_add_stored(&queue, b.count, 1);
    fail_device();
    cr_assert_eq(queue_state(&queue), QUEUE_HALTED);
    cr_assert_eq(queue.failed, &slot);
    expect_end();
    queue_return(&queue, &c); /* in arbitrary order */
    queue_return(&queue, &a);
    cr_assert_eq(queue_first_missing(&queue), 0);
    cr_assert_eq(queue_resume(&queue, &error), PLOTMILL_OK);
    cr_assert_eq(queue_state(&queue), QUEUE_RUNNING);
    cr_assert(queue.stored == 8 && queue.empty == 1);
    expect_range(16, 0, 8);
    expect_range(16, 16, 14); /* c and the images after it */
    const struct batch_range d = take(4);
    cr_assert(d.first == 50 && d.count == 4 && d.number == 2);
    fail_device();
    queue_return(&queue, &d);
    cr_assert_eq(queue_first_missing(&queue), 50);
    cr_assert_eq(queue_resume(&queue, &error), PLOTMILL_OK);
    expect_range(100, 50, 10);
    expect_end();
    queue_finish(&queue);
}

Test(queue, can_halt_when_all_is_handed_out)
{
    start((const struct image_range[]){{0, 8}}, 1);
    const struct batch_range a = take(8);
    fail_device();
    queue_return(&queue, &a);
    cr_assert_eq(queue_resume(&queue, &error), PLOTMILL_OK);
    expect_range(4, 0, 4);
    expect_range(4, 4, 4);
    expect_end();
    queue_finish(&queue);
}

Test(queue, finishes_due_writes_when_halted_but_none_when_stopped)
{
    start((const struct image_range[]){{0, 30}}, 1);
    const struct batch_range a = take(8), b = take(8);
    fail_device();
    cr_assert(queue_enter_sink(&queue, &a, true)); /* its turn */
    queue_leave_sink(&queue, true);
    const struct batch_range c = {.number = 2, .first = 16, .count = 8};
    cr_assert_not(queue_enter_sink(&queue, &c, true)); /* waits for b, which may never come */
    cr_assert(queue_enter_sink(&queue, &b, false));
    queue_leave_sink(&queue, false);
    plotmill_error_set(&error, PLOTMILL_IO_FAILED, "disk full");
    queue_stop(&queue, PLOTMILL_IO_FAILED, &error);
    cr_assert_eq(queue_state(&queue), QUEUE_STOPPED);
    cr_assert(queue.status == PLOTMILL_IO_FAILED && queue.failed == NULL);
    cr_assert_not(queue_enter_sink(&queue, &b, true));
    cr_assert_not(queue_enter_sink(&queue, &b, false));
    fail_device(); /* a device that fails later changes nothing */
    cr_assert(queue.status == PLOTMILL_IO_FAILED && queue.failed == NULL);
    queue_finish(&queue);
}

Test(queue, only_a_device_failure_halts_it)
{
    start((const struct image_range[]){{0, 30}}, 1);
    plotmill_error_set(&error, PLOTMILL_UNSUPPORTED, "no zlib");
    queue_halt(&queue, &slot, PLOTMILL_UNSUPPORTED, &error);
    cr_assert(queue.state == QUEUE_STOPPED && queue.failed == NULL);
    queue_finish(&queue);
}

static uint64_t size_of_the_first(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    (void)self, (void)info;
    return batch->first ? 0 : batch->count;
}

/* Two pieces of 2 MB of numbers each, of which the sink knows the size of the first one. */
Test(estimate, an_unknown_size_of_one_piece_makes_the_batch_unknown)
{
    enum { SIDE = 1024 };
    const struct sink_ops half_blind = {.stored_bytes = size_of_the_first, .pixels = {.dtype = DTYPE_F16}};
    const struct sink sink = {&half_blind, NULL};
    const struct output_stage output = {.sink = &sink,
                                        .form = {.convert = true, .images_per_stream = 1},
                                        .shape = {SIDE, SIDE, 255, 0, 1},
                                        .stored = {DTYPE_F16, LAYOUT_NHW, 1},
                                        .panels = 1,
                                        .threads = 1};
    const struct dataset_info info = {.images = 2, .width = SIDE, .height = SIDE};
    uint8_t *pixels = calloc(2, SIDE * SIDE);
    int64_t starts[2] = {0};
    double ranges[4] = {0}, values[2] = {0};
    struct image_batch batch = {
        .count = 1, .data = pixels, .window_start = starts, .y_range = ranges, .samples = values};
    cr_assert_eq(estimate_batch_bytes(&output, &info, &batch), 1);
    batch.count = 2;
    cr_assert_eq(estimate_batch_bytes(&output, &info, &batch), 0);
    free(pixels);
}
