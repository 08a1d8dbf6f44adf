#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "tools/common/text.h"
#include "tools/profile/profile.h"

static void print_head(const struct profile *p)
{
    const struct plotmill_summary *s = &p->result.summary;
    printf("%" PRIu64 " images in %.2f s, %.0f images/s, to %s%s%s\n", p->result.images, p->result.seconds,
           p->result.rate, p->output ? p->format : "nowhere", p->output ? " beside " : "", p->output ? p->output : "");
    printf("device %u: %s (%s); batches of %" PRIu64 " images, %u at a time; %u %s\n", (unsigned)s->device.index,
           s->device.name, text_device_type(s->device.type), s->batch, (unsigned)s->in_flight, (unsigned)s->jobs,
           s->jobs == 1 ? "thread writes" : "threads encode and write");
    printf("before the first image: %.2f s to read the input, %.2f s to open the device and build kernels\n",
           p->open_seconds, s->setup_seconds);
}

static void print_row(const struct account *b, const struct account_row *row, uint64_t images)
{
    printf("  %-20s %9.3f %8.1f%% %8.1f%% %10.2f %9" PRIu64, row->name, row->seconds,
           b->present > 0 ? 100 * row->seconds / b->present : 0, 100 * row->busy,
           images ? 1e6 * row->seconds / (double)images : 0, row->count);
    if (row->bytes && row->seconds > 0)
        printf("  %.2f GB/s", 1e-9 * (double)row->bytes / row->seconds);
    putchar('\n');
}

/* `rest`: what is left of the tracks' time, NULL where the rows are all of it. */
static void print_table(const struct account *b, const char *title, const char *one, const char *rest, uint64_t images)
{
    if (!b->tracks)
        return;
    printf("\n%-22s %9s %9s %9s %10s %9s\n", title, "seconds", "of theirs", "of time", "us/image", "times");
    for (size_t i = 0; i < b->count; i++)
        print_row(b, &b->rows[i], images);
    double left = b->present - b->sum;
    if (rest)
        printf("  %-20s %9.3f %8.1f%%\n", rest, left, b->present > 0 ? 100 * left / b->present : 0);
    printf("  %-20s %9.3f   = %u %s%s x %.3f s, %.1f%%\n", "sum", rest ? b->sum + left : b->sum, b->tracks, one,
           b->tracks == 1 ? "" : "s", b->seconds,
           b->tracks && b->seconds > 0 ? 100 * (rest ? b->sum + left : b->sum) / (b->tracks * b->seconds) : 0);
}

static void print_busy(const struct profile *p)
{
    printf("\nshare of the time     read %.1f%%, device %.1f%%, encode %.1f%%, write %.1f%%", 100 * p->reading,
           100 * (p->queues.tracks ? p->queues.busy : 1 - p->fill[0]), 100 * p->encoding, 100 * p->writing);
    if (p->cpu_seconds > 0 && p->job_seconds > 0)
        printf("; %.2f of %u cores", p->cpu_seconds / p->job_seconds, p->cores);
    printf("\nbatches at the device");
    for (uint32_t i = 0; i <= p->lanes.tracks && i < ACCOUNT_FILL; i++)
        printf("%s %u: %.1f%%", i ? "," : "", (unsigned)i, 100 * p->fill[i]);
    puts(" of the time");
    if (!p->queues.tracks)
        puts("the driver tells no times of kernels");
}

static void print_memory(const struct profile *p)
{
    size_t count;
    char text[32];
    const struct trace_buffer *buffers = trace_buffers(p->trace, &count);
    for (int on_device = 1; on_device >= 0; on_device--) {
        uint64_t sum = 0;
        printf("\n%s\n", on_device ? "memory on the device, all batches in flight" : "memory on the host");
        for (size_t i = 0; i < count; i++) {
            if (buffers[i].on_device != on_device)
                continue;
            text_bytes(buffers[i].bytes, text, sizeof text);
            printf("  %-20s %12s  in %u\n", buffers[i].name, text, (unsigned)buffers[i].count);
            sum += buffers[i].bytes;
        }
        text_bytes(sum, text, sizeof text);
        printf("  %-20s %12s\n", "sum", text);
    }
    text_bytes(p->peak, text, sizeof text);
    if (p->peak)
        printf("  %-20s %12s  input and libraries included%s\n", "process, at most", text,
               p->result.summary.device.discrete ? "" : ", and what the device holds");
}

static void print_sweep(const struct sweep *sweep)
{
    double base = sweep->count ? sweep->rows[0].rate : 0;
    if (!sweep->count)
        return;
    printf("\n%-42s %12s %8s\n", "tried", "images/s", "ratio");
    for (size_t i = 0; i < sweep->count; i++) {
        const struct sweep_row *row = &sweep->rows[i];
        const char *settings = *row->settings ? row->settings : "as asked";
        if (*row->why)
            printf("  %-40s %s\n", settings, row->why);
        else
            printf("  %-40s %12.0f %7.2fx\n", settings, row->rate, base > 0 ? row->rate / base : 0);
    }
}

static void print_advice(const struct profile *p)
{
    const struct sweep *sweep = &p->sweep;
    printf("\n%s\n", p->verdict);
    if (!sweep->count)
        return;
    if (*sweep->best)
        printf("faster: %s: %.2f times, %.0f against %.0f images/s, measured again in turn\n", sweep->best,
               sweep->best_rate / sweep->base_rate, sweep->best_rate, sweep->base_rate);
    else
        puts("faster: nothing that was tried, beyond what two runs of the same differ by");
}

void profile_print(const struct profile *p)
{
    print_head(p);
    print_table(&p->lanes, "batches in flight", "lane", NULL, p->result.images);
    print_table(&p->workers, "threads of the host", "thread", NULL, p->result.images);
    print_table(&p->queues, "queues of the device", "queue", "waits", p->result.images);
    print_busy(p);
    print_memory(p);
    print_sweep(&p->sweep);
    print_advice(p);
}

static void write_account(struct json *json, const char *key, const struct account *b)
{
    json_open(json, key, '{');
    json_uint(json, "tracks", b->tracks);
    json_number(json, "seconds", b->seconds);
    json_number(json, "present_seconds", b->present);
    json_number(json, "sum_seconds", b->sum);
    json_number(json, "busy", b->busy);
    json_open(json, "stages", '[');
    for (size_t i = 0; i < b->count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "name", b->rows[i].name);
        json_bool(json, "waits", b->rows[i].waits);
        json_number(json, "seconds", b->rows[i].seconds);
        json_number(json, "busy", b->rows[i].busy);
        json_uint(json, "times", b->rows[i].count);
        json_uint(json, "bytes", b->rows[i].bytes);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void write_memory(struct json *json, const struct profile *p)
{
    size_t count;
    const struct trace_buffer *buffers = trace_buffers(p->trace, &count);
    json_uint(json, "peak_memory", p->peak);
    json_open(json, "buffers", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "name", buffers[i].name);
        json_bool(json, "on_device", buffers[i].on_device);
        json_uint(json, "count", buffers[i].count);
        json_uint(json, "bytes", buffers[i].bytes);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_sweep(struct json *json, const struct sweep *sweep)
{
    json_open(json, "tried", '[');
    for (size_t i = 0; i < sweep->count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "settings", sweep->rows[i].settings);
        if (*sweep->rows[i].why)
            json_string(json, "failed", sweep->rows[i].why);
        else
            json_number(json, "images_per_second", sweep->rows[i].rate);
        json_close(json, '}');
    }
    json_close(json, ']');
    if (!*sweep->best)
        return;
    json_open(json, "best", '{');
    json_string(json, "settings", sweep->best);
    json_number(json, "images_per_second", sweep->best_rate);
    json_number(json, "as_asked", sweep->base_rate);
    json_close(json, '}');
}

void profile_print_json(const struct profile *p)
{
    const struct plotmill_summary *s = &p->result.summary;
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
    write_account(&json, "lanes", &p->lanes);
    write_account(&json, "workers", &p->workers);
    write_account(&json, "queues", &p->queues);
    json_number(&json, "reading", p->reading);
    json_number(&json, "encoding", p->encoding);
    json_number(&json, "writing", p->writing);
    json_number(&json, "cores_busy", p->job_seconds > 0 ? p->cpu_seconds / p->job_seconds : 0);
    json_open(&json, "batches_at_device", '[');
    for (uint32_t i = 0; i <= p->lanes.tracks && i < ACCOUNT_FILL; i++)
        json_number(&json, NULL, p->fill[i]);
    json_close(&json, ']');
    write_memory(&json, p);
    write_sweep(&json, &p->sweep);
    json_string(&json, "verdict", p->verdict);
    json_close(&json, '}');
    json_print(&json, stdout);
}
