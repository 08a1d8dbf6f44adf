/* What lanes share: parcels, their return after a failed device, and the order of writes. Lanes are played by the test.
 */
#include <criterion/criterion.h>

#include "job/output_stage.h"
#include "job/queue.h"

#define IMAGES 1000

static struct flow flow;
static struct plotmill_error error;
static double samples[IMAGES];

static enum plotmill_status read_zeros(void *self, uint64_t first, uint64_t count, double *out,
                                       struct plotmill_error *failure)
{
    (void)self, (void)first, (void)failure;
    for (uint64_t i = 0; i < count; i++)
        out[i] = 0;
    return PLOTMILL_OK;
}

static const struct plotmill_source_ops ops = {.read = read_zeros};
static const struct source source = {.ops = &ops, .shape = {IMAGES + 1, 0}};

static void start(const struct plotmill_range *ranges, size_t count)
{
    flow_init(&flow, ranges, count);
    flow.feed = (struct feed){.source = &source, .windows = {.images = IMAGES, .window = 2, .step = 1}};
}

static struct parcel take(uint64_t most)
{
    struct parcel parcel;
    cr_assert_eq(flow_take(&flow, most, samples, &parcel, &error), PLOTMILL_OK);
    return parcel;
}

static void expect_parcel(uint64_t most, uint64_t first, uint64_t count)
{
    const struct parcel parcel = take(most);
    cr_assert(parcel.first == first && parcel.count == count, "%llu of %llu, expected %llu of %llu",
              (unsigned long long)parcel.first, (unsigned long long)parcel.count, (unsigned long long)first,
              (unsigned long long)count);
}

static void expect_end(void)
{
    cr_assert_eq(take(8).count, 0);
}

static void fail_device(void)
{
    plotmill_error_set(&error, PLOTMILL_DEVICE_FAILED, "lost");
    flow_halt(&flow, 1, PLOTMILL_DEVICE_FAILED, &error);
}

Test(flow, hands_out_ranges_in_order)
{
    start((const struct plotmill_range[]){{0, 10}, {20, 0}, {40, 5}}, 3);
    expect_parcel(8, 0, 8);
    expect_parcel(8, 8, 2);
    expect_parcel(3, 40, 3);
    expect_parcel(3, 43, 2);
    expect_end();
    flow_finish(&flow);
}

Test(flow, goes_on_with_what_was_given_back_and_the_rest)
{
    start((const struct plotmill_range[]){{0, 30}, {50, 10}}, 2);
    const struct parcel a = take(8), b = take(8), c = take(8);
    flow_stored(&flow, b.count, 1);
    fail_device();
    cr_assert_eq(flow_state(&flow), FLOW_HALTED);
    cr_assert_eq(flow.failed, 1);
    expect_end();
    flow_return(&flow, &c); /* in any order */
    flow_return(&flow, &a);
    cr_assert_eq(flow_first_missing(&flow), 0);
    cr_assert_eq(flow_resume(&flow, &error), PLOTMILL_OK);
    cr_assert_eq(flow_state(&flow), FLOW_RUNS);
    cr_assert(flow.stored == 8 && flow.empty == 1);
    expect_parcel(16, 0, 8);
    expect_parcel(16, 16, 14); /* c, and what goes on where it ends */
    const struct parcel d = take(4);
    cr_assert(d.first == 50 && d.count == 4 && d.number == 2);
    fail_device();
    flow_return(&flow, &d);
    cr_assert_eq(flow_first_missing(&flow), 50);
    cr_assert_eq(flow_resume(&flow, &error), PLOTMILL_OK);
    expect_parcel(100, 50, 10);
    expect_end();
    flow_finish(&flow);
}

Test(flow, may_halt_when_all_is_handed_out)
{
    start((const struct plotmill_range[]){{0, 8}}, 1);
    const struct parcel a = take(8);
    fail_device();
    flow_return(&flow, &a);
    cr_assert_eq(flow_resume(&flow, &error), PLOTMILL_OK);
    expect_parcel(4, 0, 4);
    expect_parcel(4, 4, 4);
    expect_end();
    flow_finish(&flow);
}

Test(flow, writes_what_is_due_when_halted_and_nothing_when_stopped)
{
    start((const struct plotmill_range[]){{0, 30}}, 1);
    const struct parcel a = take(8), b = take(8);
    fail_device();
    cr_assert(flow_enter_sink(&flow, &a, true)); /* its turn */
    flow_leave_sink(&flow, true);
    const struct parcel c = {.number = 2, .first = 16, .count = 8};
    cr_assert_not(flow_enter_sink(&flow, &c, true)); /* waits for b, which may never come */
    cr_assert(flow_enter_sink(&flow, &b, false));
    flow_leave_sink(&flow, false);
    plotmill_error_set(&error, PLOTMILL_IO_FAILED, "disk full");
    flow_stop(&flow, PLOTMILL_IO_FAILED, &error);
    cr_assert_eq(flow_state(&flow), FLOW_STOPPED);
    cr_assert(flow.status == PLOTMILL_IO_FAILED && flow.failed == SEAT_NONE);
    cr_assert_not(flow_enter_sink(&flow, &b, true));
    cr_assert_not(flow_enter_sink(&flow, &b, false));
    fail_device(); /* a device that fails later changes nothing */
    cr_assert(flow.status == PLOTMILL_IO_FAILED && flow.failed == SEAT_NONE);
    flow_finish(&flow);
}

Test(flow, only_a_device_halts_it)
{
    start((const struct plotmill_range[]){{0, 30}}, 1);
    plotmill_error_set(&error, PLOTMILL_UNSUPPORTED, "no zlib");
    flow_halt(&flow, 1, PLOTMILL_UNSUPPORTED, &error);
    cr_assert(flow.state == FLOW_STOPPED && flow.failed == SEAT_NONE);
    flow_finish(&flow);
}

static uint64_t tell_of_the_first(void *self, const struct plotmill_dataset_info *info,
                                  const struct plotmill_batch *batch)
{
    (void)self, (void)info;
    return batch->first ? 0 : batch->count;
}

/* Two pieces of 2 MB of numbers each, of which the sink tells what the first one takes. */
Test(delivery, what_cannot_be_told_of_a_piece_is_not_known_of_all)
{
    enum { SIDE = 1024 };
    const struct plotmill_sink_ops half_blind = {.stored_bytes = tell_of_the_first,
                                                 .pixels = {.dtype = PLOTMILL_DTYPE_F16}};
    const struct sink sink = {&half_blind, NULL};
    const struct delivery delivery = {.sink = &sink,
                                      .format = half_blind.pixels,
                                      .shape = {SIDE, SIDE, 255, 0},
                                      .convert = true,
                                      .group = 1,
                                      .threads = 1};
    const struct plotmill_dataset_info info = {.images = 2, .width = SIDE, .height = SIDE};
    uint8_t *pixels = calloc(2, SIDE * SIDE);
    int64_t starts[2] = {0};
    double ranges[4] = {0}, values[2] = {0};
    struct plotmill_batch batch = {
        .count = 1, .data = pixels, .window_start = starts, .y_range = ranges, .samples = values};
    cr_assert_eq(delivery_weigh(&delivery, &info, &batch), 1);
    batch.count = 2;
    cr_assert_eq(delivery_weigh(&delivery, &info, &batch), 0);
    free(pixels);
}
