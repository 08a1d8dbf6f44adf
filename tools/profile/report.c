#include <inttypes.h>
#include <stdio.h>

#include "api/report.h"
#include "base/strings.h"
#include "tools/common/text.h"
#include "tools/profile/profile.h"

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* share: of the time of all tracks; busy: of the job's time, in which at least one track did this. `rest`: the name of
 * the time outside all rows; NULL: there is none. */
static void print_stats(const struct trace_stats *stats, const char *title, const char *track, const char *rest,
                        uint64_t images)
{
    if (!stats->tracks)
        return;
    printf("\n%-22s %9s %9s %9s %10s %9s\n", title, "seconds", "share", "busy", "us/image", "count");
    for (size_t i = 0; i < stats->count; i++) {
        const struct trace_row *row = &stats->rows[i];
        printf("  %-20s %9.3f %8.1f%% %8.1f%% %10.2f %9" PRIu64, row->name, row->seconds,
               percent(row->seconds, stats->present), 100 * row->busy, images ? 1e6 * row->seconds / (double)images : 0,
               row->count);
        if (row->bytes && row->seconds > 0)
            printf("  %.2f GB/s", 1e-9 * (double)row->bytes / row->seconds);
        putchar('\n');
    }
    double left = stats->present - stats->sum, sum = rest ? stats->present : stats->sum;
    if (rest)
        printf("  %-20s %9.3f %8.1f%%\n", rest, left, percent(left, stats->present));
    printf("  %-20s %9.3f   = %u %s%s x %.3f s, %.1f%%\n", "sum", sum, stats->tracks, track,
           stats->tracks == 1 ? "" : "s", stats->seconds, percent(sum, stats->tracks * stats->seconds));
}

static void print_memory(const struct profile *p)
{
    char text[32], on_host[32];
    uint64_t sums[2] = {0}; /* on the host, on the device */
    const struct trace_buffer *buffers = p->trace->buffers;
    printf("\n%-22s %12s %12s %8s\n", "memory", "device", "host", "buffers");
    for (size_t i = 0; i < p->trace->buffer_count; i++) {
        const int on_device = buffers[i].on_device;
        text_bytes(buffers[i].bytes, text, sizeof text);
        printf("  %-20s %12s %12s %8u\n", buffers[i].name, on_device ? text : "", on_device ? "" : text,
               (unsigned)buffers[i].count);
        sums[on_device] += buffers[i].bytes;
    }
    text_bytes(sums[1], text, sizeof text);
    text_bytes(sums[0], on_host, sizeof on_host);
    printf("  %-20s %12s %12s\n", "sum", text, on_host);
    text_bytes(p->peak, text, sizeof text);
    if (p->peak)
        printf("  %-20s %12s %12s  with input and libraries%s\n", "process, peak", "", text,
               p->result.summary.device.discrete ? "" : ", and the memory of the device");
}

static void print_sweep(const struct sweep *sweep)
{
    char text[SWEEP_TEXT];
    printf("\n%-40s %12s %8s %10s %14s %14s\n", "settings", "images/s", "ratio", "B/image", "random read",
           "sequential");
    for (size_t i = 0; i < sweep->count; i++) {
        const struct sweep_row *row = &sweep->rows[i];
        sweep_describe(row, text);
        printf("  %-38s ", *text ? text : "as given");
        if (*row->reason) {
            puts(row->reason);
            continue;
        }
        printf("%12.0f %7.2fx", row->rate, sweep->rows[0].rate > 0 ? row->rate / sweep->rows[0].rate : 0);
        if (row->cost.bytes > 0)
            printf(" %10.0f %11.1f us %11.1f us", row->cost.bytes, 1e6 * row->cost.random, 1e6 * row->cost.sequential);
        putchar('\n');
    }
}

/* The gain of a row and what its output costs per image, relative to the job as given. */
static void print_advice(const struct sweep *sweep, const struct sweep_row *row, double gain)
{
    const struct output_cost *cost = &row->cost, *now = &sweep->rows[0].cost;
    char text[SWEEP_TEXT];
    sweep_describe(row, text);
    printf("%srecommended: %s: %.2f times as fast; ", row == sweep->best ? "" : "not ", text, gain);
    if (!sweep_changes_output(row))
        puts("the output stays the same");
    else if (cost->bytes > 0 && now->bytes > 0)
        printf("per image %.2f times the bytes, %.2f times a random read, %.2f times a sequential read\n",
               cost->bytes / now->bytes, cost->random / now->random, cost->sequential / now->sequential);
    else
        puts("its size and reading time could not be measured");
}

void profile_print(const struct profile *p)
{
    const struct job_summary *s = &p->result.summary;
    printf("%" PRIu64 " images in %.2f s, %.0f images/s, to %s%s%s\n", p->result.images, p->result.seconds,
           p->result.rate, p->output ? p->format : "null:", p->output ? " beside " : "", p->output ? p->output : "");
    printf("device %u: %s (%s); batches of %" PRIu64 " images, %u in flight; %u %s\n", (unsigned)s->device.index,
           s->device.name, device_type_name(s->device.type), s->batch, (unsigned)s->in_flight, (unsigned)s->jobs,
           s->jobs == 1 ? "thread writes" : "threads encode and write");
    printf("before the first image: %.2f s to open the input, %.2f s to open the device and build kernels\n"
           "share: of the time of all workers, encoders or queues; busy: of the time of the job, in which at least one "
           "did this\n",
           p->open_seconds, s->setup_seconds);
    print_stats(&p->workers, "workers", "worker", NULL, p->result.images);
    print_stats(&p->encoders, "encoders", "encoder", NULL, p->result.images);
    print_stats(&p->queues, "queues of the device", "queue", "idle", p->result.images);
    printf("\nshare of the time     read %.1f%%, device %.1f%%, encode %.1f%%, write %.1f%%", 100 * p->reading,
           100 * p->drawing, 100 * p->encoding, 100 * p->writing);
    if (p->cpu_seconds > 0 && p->job_seconds > 0)
        printf("; %.2f of %u cores", p->cpu_seconds / p->job_seconds, p->cores);
    printf("\nbatches at the device");
    for (uint32_t i = 0; i <= p->workers.tracks && i < TRACE_LEVELS; i++)
        printf("%s %u: %.1f%%", i ? "," : "", (unsigned)i, 100 * p->batches_at_device[i]);
    puts(p->queues.tracks ? " of the time" : " of the time\nthe driver reports no kernel times");
    print_memory(p);
    if (p->sweep.count)
        print_sweep(&p->sweep);
    printf("\n%s\n", p->verdict);
    const struct sweep *sweep = &p->sweep;
    if (sweep->count && sweep->best == sweep->rows)
        puts("recommended: no change; no acceptable settings were measurably faster");
    else if (sweep->count)
        print_advice(sweep, sweep->best, sweep->best_rate / sweep->base_rate);
    for (size_t i = 1; i < sweep->count; i++)
        if (!sweep_is_acceptable(sweep, &sweep->rows[i]) && sweep->rows[i].rate > SWEEP_MIN_GAIN * sweep->best->rate)
            print_advice(sweep, &sweep->rows[i], sweep->rows[i].rate / sweep->rows[0].rate);
}

static void write_stats(struct json *json, const char *key, const struct trace_stats *stats)
{
    json_open(json, key, '{');
    json_uint(json, "tracks", stats->tracks);
    json_number(json, "seconds", stats->seconds);
    json_number(json, "present_seconds", stats->present);
    json_number(json, "sum_seconds", stats->sum);
    json_number(json, "busy", stats->busy);
    json_open(json, "stages", '[');
    for (size_t i = 0; i < stats->count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "name", stats->rows[i].name);
        json_bool(json, "waits", stats->rows[i].waits);
        json_number(json, "seconds", stats->rows[i].seconds);
        json_number(json, "busy", stats->rows[i].busy);
        json_uint(json, "count", stats->rows[i].count);
        json_uint(json, "bytes", stats->rows[i].bytes);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void write_row(struct json *json, const char *key, const struct sweep_row *row, double rate)
{
    char text[SWEEP_TEXT];
    sweep_describe(row, text);
    json_open(json, key, '{');
    json_string(json, "settings", text);
    if (*row->reason)
        json_string(json, "failed", row->reason);
    else
        json_number(json, "images_per_second", rate);
    json_bool(json, "changes_output", sweep_changes_output(row));
    if (row->cost.bytes > 0) {
        json_number(json, "bytes_per_image", row->cost.bytes);
        json_number(json, "random_read_seconds", row->cost.random);
        json_number(json, "sequential_read_seconds", row->cost.sequential);
    }
    json_close(json, '}');
}

void profile_print_json(const struct profile *p)
{
    const struct trace_buffer *buffers = p->trace->buffers;
    const struct job_summary *s = &p->result.summary;
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_uint(&json, "images", p->result.images);
    json_number(&json, "seconds", p->result.seconds);
    json_number(&json, "images_per_second", p->result.rate);
    json_number(&json, "input_seconds", p->open_seconds);
    json_number(&json, "setup_seconds", s->setup_seconds);
    json_uint(&json, "batch", s->batch);
    json_uint(&json, "in_flight", s->in_flight);
    json_uint(&json, "jobs", s->jobs);
    json_string(&json, "format", p->format);
    json_device(&json, "device", &s->device);
    write_stats(&json, "workers", &p->workers);
    write_stats(&json, "encoders", &p->encoders);
    write_stats(&json, "queues", &p->queues);
    json_number(&json, "reading", p->reading);
    json_number(&json, "encoding", p->encoding);
    json_number(&json, "writing", p->writing);
    json_number(&json, "cores_busy", p->job_seconds > 0 ? p->cpu_seconds / p->job_seconds : 0);
    json_open(&json, "batches_at_device", '[');
    for (uint32_t i = 0; i <= p->workers.tracks && i < TRACE_LEVELS; i++)
        json_number(&json, NULL, p->batches_at_device[i]);
    json_close(&json, ']');
    json_uint(&json, "peak_memory", p->peak);
    json_open(&json, "buffers", '[');
    for (size_t i = 0; i < p->trace->buffer_count; i++) {
        json_open(&json, NULL, '{');
        json_string(&json, "name", buffers[i].name);
        json_bool(&json, "on_device", buffers[i].on_device);
        json_uint(&json, "count", buffers[i].count);
        json_uint(&json, "bytes", buffers[i].bytes);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_open(&json, "tried", '[');
    for (size_t i = 0; i < p->sweep.count; i++)
        write_row(&json, NULL, &p->sweep.rows[i], p->sweep.rows[i].rate);
    json_close(&json, ']');
    if (p->sweep.best != p->sweep.rows && p->sweep.count) {
        write_row(&json, "best", p->sweep.best, p->sweep.best_rate);
        json_number(&json, "as_given_images_per_second", p->sweep.base_rate);
    }
    json_string(&json, "verdict", p->verdict);
    json_close(&json, '}');
    json_print(&json, stdout);
}
