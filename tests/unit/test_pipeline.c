/* The order of calls in a job, and how it ends, with custom sources and sinks. */
#include "job_fixture.h"

#define LONG 2019 /* 2,000 images */

enum writing { SERIAL, ORDERED, CONCURRENT };

static void set_writing(struct fixture *f, enum writing writing)
{
    f->ops.ordered = writing == ORDERED;
    f->ops.thread_safe = writing == CONCURRENT;
}

Test(pipeline, a_serial_sink_takes_one_write_at_a_time)
{
    struct fixture f;
    fixture_init(&f, 239, 0);
    f.write_seconds = 0.002;
    assert_job(&f);
    cr_assert_eq(f.writes, 28); /* 220 images, eight per batch */
}

Test(pipeline, an_ordered_sink_takes_them_in_order)
{
    for (int safe = 0; safe < 2; safe++) {
        struct fixture f;
        fixture_init(&f, 239, 0);
        f.ops.ordered = 1;
        f.ops.thread_safe = safe; /* ordered takes precedence */
        f.write_seconds = 0.001;
        assert_job(&f);
        cr_assert_eq(f.most_writing, 1);
        cr_assert_eq(f.summary.jobs, 1);
    }
}

Test(pipeline, a_thread_safe_sink_is_called_by_all_threads_at_once)
{
    struct fixture f;
    fixture_init(&f, LONG, 0);
    set_writing(&f, CONCURRENT);
    f.job.batch = 100;
    f.gather = 4;
    assert_job(&f);
    cr_assert_eq(f.most_writing, 4, "%u writes at once", f.most_writing);
    cr_assert_eq(f.summary.jobs, 4);
}

Test(pipeline, a_thread_safe_sink_with_one_job)
{
    struct fixture f;
    fixture_init(&f, 239, 0);
    set_writing(&f, CONCURRENT);
    f.job.jobs = 1;
    assert_job(&f);
    cr_assert_eq(f.summary.jobs, 1);
}

/* The first write waits until the second batch is read, which needs several workers. */
Test(pipeline, reading_continues_during_a_write)
{
    struct fixture f;
    fixture_init(&f, 239, 0);
    f.expect_reads = 2;
    assert_job(&f);
    cr_assert_eq(f.summary.in_flight, 3);
    fixture_init(&f, 239, 0);
    f.job.batch = 1000;
    assert_job(&f);
    cr_assert_eq(f.summary.in_flight, 1);
    cr_assert_eq(f.summary.batch, 220);
    cr_assert_eq(f.reads, 1);
}

/* Aborted once, no output, and the message of the failure. */
static void assert_failure(struct fixture *f, enum plotmill_status status, enum plotmill_status expected,
                           const char *message)
{
    cr_assert_eq(status, expected, "%s: %s", plotmill_status_str(status), plotmill_message(f->pm));
    cr_assert_str_eq(plotmill_message(f->pm), message);
    assert_calls(f);
    cr_assert_eq(f->aborts, 1);
    cr_assert_eq(f->finishes, 0);
}

Test(pipeline, a_sink_that_fails_in_the_middle)
{
    for (enum writing writing = SERIAL; writing <= CONCURRENT; writing++) {
        for (uint64_t image = 0; image < 2000; image += 500) {
            struct fixture f;
            fixture_init(&f, LONG, 0);
            set_writing(&f, writing);
            f.job.batch = 100;
            f.write_seconds = 0.001;
            f.failing_image = image;
            char text[80];
            snprintf(text, sizeof text, "the disk is full at image %llu", (unsigned long long)image);
            assert_failure(&f, fixture_run(&f), PLOTMILL_IO_FAILED, text);
            /* With threads: those that were about to write when it failed. */
            unsigned most = writing == CONCURRENT ? 3 : 0;
            cr_assert(f.begun_after <= most, "%u writes began after the failure", f.begun_after);
            fixture_finish_all(&f);
        }
    }
}

Test(pipeline, a_source_that_fails_in_the_middle)
{
    for (enum writing writing = SERIAL; writing <= CONCURRENT; writing++) {
        for (uint64_t sample = 0; sample < LONG; sample += 1009) {
            struct fixture f;
            fixture_init(&f, LONG, 0);
            set_writing(&f, writing);
            f.job.batch = 50;
            f.broken_sample = sample;
            char text[80];
            snprintf(text, sizeof text, "the source broke at sample %llu", (unsigned long long)sample);
            assert_failure(&f, fixture_run(&f), PLOTMILL_BAD_INPUT, text);
            for (uint64_t i = sample < 20 ? 0 : sample - 19; i < f.info.images; i++)
                cr_assert_eq(f.times[i], 0, "image %llu was written", (unsigned long long)i);
            fixture_finish_all(&f);
        }
    }
}

/* The first batch and the third: each is taken by some worker, whatever the timing. */
Test(pipeline, source_and_sink_fail_at_once)
{
    for (enum writing writing = SERIAL; writing <= CONCURRENT; writing++) {
        struct fixture f;
        fixture_init(&f, LONG, 0);
        set_writing(&f, writing);
        f.job.batch = 50;
        f.fail_together = true;
        f.failing_image = 10;
        f.broken_sample = 150;
        enum plotmill_status status = fixture_run(&f);
        cr_assert(f.read_failed && f.write_failed, "they did not fail together");
        assert_failure(&f, status, status == PLOTMILL_IO_FAILED ? PLOTMILL_IO_FAILED : PLOTMILL_BAD_INPUT,
                       status == PLOTMILL_IO_FAILED ? "the disk is full at image 10"
                                                    : "the source broke at sample 150");
        fixture_finish_all(&f);
    }
}

Test(pipeline, the_first_of_two_failures_is_reported)
{
    for (enum writing writing = SERIAL; writing <= CONCURRENT; writing++) {
        struct fixture f;
        fixture_init(&f, LONG, 0);
        set_writing(&f, writing);
        f.job.batch = 50;
        f.fail_together = true;
        f.write_fails_later = 0.5;
        f.failing_image = 10;
        f.broken_sample = 150;
        assert_failure(&f, fixture_run(&f), PLOTMILL_BAD_INPUT, "the source broke at sample 150");
        cr_assert(f.write_failed);
        fixture_finish_all(&f);
    }
}

Test(pipeline, a_missing_sample_in_the_middle)
{
    for (uint64_t sample = 0; sample < LONG; sample += 777) {
        struct fixture f;
        fixture_init(&f, LONG, 0);
        f.samples[sample] = sample % 2 ? (double)NAN : (double)INFINITY;
        f.job.line.missing = MISSING_ERROR;
        char text[160];
        snprintf(text, sizeof text,
                 "the source, second %llu: sample %llu is missing: expected a number (the option missing is error)",
                 (unsigned long long)sample / 10, (unsigned long long)sample);
        assert_failure(&f, fixture_run(&f), PLOTMILL_BAD_INPUT, text);
        fixture_finish_all(&f);
    }
}

Test(pipeline, a_missing_sample_between_windows_is_ignored)
{
    struct fixture f;
    fixture_init(&f, 500, 0);
    f.job.stride = 25;
    f.job.line.missing = MISSING_ERROR;
    f.samples[22] = f.samples[499] = (double)NAN;
    assert_job(&f);
}

Test(pipeline, progress_cancels_at_once)
{
    struct fixture f;
    fixture_init(&f, LONG, 0);
    f.cancel_at = 0;
    cr_assert_eq(fixture_run(&f), PLOTMILL_CANCELLED);
    cr_assert_str_eq(plotmill_message(f.pm), "cancelled after 0 of 2000 images");
    cr_assert_eq(f.aborts, 0, "there was nothing to clean up yet");
    cr_assert_eq(f.writes, 0);
    cr_assert_eq(f.progresses, 1);
    fixture_finish_all(&f);
}

Test(pipeline, progress_cancels_in_the_middle)
{
    for (enum writing writing = SERIAL; writing <= CONCURRENT; writing++) {
        struct fixture f;
        fixture_init(&f, LONG, 0);
        set_writing(&f, writing);
        f.cancel_at = 100;
        f.gate = 1000;
        enum plotmill_status status = fixture_run(&f);
        char text[80];
        cr_assert(f.last_done >= 100 && f.last_done < 2000, "%llu", (unsigned long long)f.last_done);
        snprintf(text, sizeof text, "cancelled after %llu of 2000 images", (unsigned long long)f.last_done);
        assert_failure(&f, status, PLOTMILL_CANCELLED, text);
        /* A batch of eight is one write, or eight on several threads. */
        cr_assert(f.writes < (writing == CONCURRENT ? 2000u : 250u), "%u writes", f.writes);
        fixture_finish_all(&f);
    }
}

/* A job can be stopped while a write takes long and no batch ends. */
Test(pipeline, progress_is_called_while_no_batch_ends)
{
    struct fixture f;
    fixture_init(&f, 239, 0);
    f.expect_progress = 4; /* twice before the only write */
    f.job.batch = 1000;
    cr_assert_eq(fixture_run(&f), PLOTMILL_OK);
    assert_calls(&f);
    cr_assert_eq(f.last_done, 220);
    fixture_finish_all(&f);
}

Test(pipeline, progress_cancels_at_the_end)
{
    struct fixture f;
    fixture_init(&f, 239, 0);
    f.cancel_at = 220;
    assert_failure(&f, fixture_run(&f), PLOTMILL_CANCELLED, "cancelled after 220 of 220 images");
    fixture_finish_all(&f);
}
