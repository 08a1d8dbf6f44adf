#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "options/formats.h"
#include "tools/common/text.h"
#include "tools/common/window_report.h"
#include "tools/render/render.h"

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    text_bytes(bytes, text, sizeof text);
    printf("%-14s%s (%" PRIu64 " bytes)\n", name, text, bytes);
}

static void print_plan(const struct run_request *request, const struct run_result *result)
{
    const struct job_options *job = &request->settings->job;
    const struct job_plan *plan = &result->plan;
    const double expected = plan->expected_seconds;
    const int unit = expected < 120 ? 1 : expected < 7200 ? 60 : 3600;
    char time[32];
    printf("images        %" PRIu64 "\n", plan->images);
    printf("size          %ux%u", (unsigned)plan->width, (unsigned)plan->height);
    printf(plan->channels > 1 ? ", %u channels\n" : "\n", (unsigned)plan->channels);
    printf("window        %" PRIu64 " samples\n", result->window);
    printf("stride        %" PRIu64 "\n", job->stride);
    printf("batch         %" PRIu64 " images, %u in flight\n", plan->batch, (unsigned)plan->in_flight);
    printf("host threads  %u\n", (unsigned)plan->jobs);
    print_bytes("pixels", plan->pixel_bytes);
    if (run_has_size(result))
        print_bytes("output size", plan->expected_bytes);
    if (plan->expected_seconds > 0) {
        text_seconds(expected / unit, time, sizeof time);
        printf("time          %s %s, %.0f images/s: reading, drawing and encoding, without writing to the disk\n", time,
               unit == 1    ? "s"
               : unit == 60 ? "min"
                            : "h",
               (double)plan->images / expected);
    }
    print_bytes("device memory", plan->device_bytes);
    print_bytes("host memory", plan->host_bytes);
    printf("device        %u: %s (%s)\n", (unsigned)plan->device.index, plan->device.name,
           device_type_name(plan->device.type));
    printf("chosen        %s\n", plan->device.reason);
    if (request->settings->output)
        printf("output        %s (%s)\n", request->settings->output, result->format);
}

static void say_up_to_date(struct render *render, uint64_t images)
{
    console_say(&render->console, PLOTMILL_LOG_INFO, "%s: %sup to date: %" PRIu64 " %s, nothing to do",
                render->values.output.path, render->values.output.shard.of ? "this share is " : "", images,
                images == 1 ? "image" : "images");
}

/* Of several events with the same hint, only the last one. */
static void say_fallback_events(const struct job_summary *summary, struct console *console)
{
    const uint32_t count = summary->fallback_event_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct fallback_event *event = &summary->fallback_events[i], *next = event + 1;
        if (i + 1 < count && next->device.index == event->device.index && !strcmp(next->hint, event->hint))
            continue;
        console_say(console, PLOTMILL_LOG_INFO, "device %u (%s) failed: %s; continued with %s; %s",
                    (unsigned)event->device.index, event->device.name, event->reason, event->action, event->hint);
    }
}

static void say_done(struct render *render, const struct job_summary *summary)
{
    char seconds[32], rate[40] = "", empty[48] = "", kept[64] = "", name[sizeof summary->device.name];
    struct console *console = &render->console;
    const char *output = render->values.output.path,
               *part = render->values.output.shard.of ? "this share's files of " : "";
    if (*part && !summary->images && !summary->kept_images) {
        console_say(console, PLOTMILL_LOG_INFO, "this share has no files: nothing to do");
        return;
    }
    if (!summary->images) {
        console_say(console, PLOTMILL_LOG_INFO, "nothing to do: all %" PRIu64 " images exist already, in %s%s",
                    summary->kept_images, part, output);
        return;
    }
    text_seconds(summary->seconds, seconds, sizeof seconds);
    if (summary->seconds > 0)
        snprintf(rate, sizeof rate, ", %.*f images/s", run_rate(summary) < 10 ? 1 : 0, run_rate(summary));
    if (summary->empty_images)
        snprintf(empty, sizeof empty, " (%" PRIu64 " without samples)", summary->empty_images);
    if (summary->kept_images)
        snprintf(kept, sizeof kept, ", besides %" PRIu64 " that existed already", summary->kept_images);
    if (summary->devices > 1)
        snprintf(name, sizeof name, "%u devices", (unsigned)summary->devices);
    else
        snprintf(name, sizeof name, "%s", summary->device.name);
    int is_kept = !formats_is_pseudo(output);
    console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " %s%s in %s s%s on %s%s%s%s%s", summary->images,
                summary->images == 1 ? "image" : "images", empty, seconds, rate, name,
                is_kept ? ", in " : ", none kept", part, is_kept ? output : "", kept);
    if (*part && !strcmp(render->settings.format, "hdf5"))
        console_say(console, PLOTMILL_LOG_INFO, "when all shares are done, join them: plotmill link %s", output);
    for (uint32_t i = 0; summary->devices > 1 && i < summary->devices; i++)
        console_say(console, PLOTMILL_LOG_INFO, "device %u: %s: %" PRIu64 " images",
                    (unsigned)summary->shares[i].device.index, summary->shares[i].device.name,
                    summary->shares[i].images);
    say_fallback_events(summary, console);
}

int report(struct render *render, const struct run_request *request, const struct run_result *result)
{
    const struct job_summary *summary = &result->summary;
    if (render->values.general.json && !print_report(report_run(request, result)))
        return console_fail(&render->console, PLOTMILL_NO_MEMORY, "out of memory");
    if (result->end == RUN_UP_TO_DATE)
        say_up_to_date(render, result->finished);
    if (result->end == RUN_PLANNED && !render->values.general.json)
        print_plan(request, result);
    if (result->end == RUN_PLANNED)
        window_report(&render->console, &result->plan.windows, NULL);
    if (result->end == RUN_RENDERED && !render->values.general.json && summary->has_hash &&
        !strcmp(result->format, "hash"))
        printf("%016" PRIx64 "\n", summary->hash);
    if (result->end == RUN_RENDERED) {
        window_report(&render->console, &summary->windows, summary->label_classes);
        say_done(render, summary);
    }
    return EXIT_DONE;
}
