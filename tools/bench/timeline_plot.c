#include <string.h>

#include "tools/bench/timeline.h"

/* px */
#define LEFT 112
#define WIDTH 1080
#define ROW 26
#define BAR 20
#define TOP 78

#define CYCLES 5 /* batches of each lane that are shown */

/* One colour for each name, kernels after the first ones they are met in. */
static const struct {
    const char *name, *colour;
} colours[] = {
    {"read", "#1b6ca8"},          {"upload", "#56b4e9"},   {"launch", "#8c6bb1"}, {"encode", "#e69f00"},
    {"write", "#d1495b"},         {"download", "#0b7a75"}, {"stamp", "#2e8b57"},  {"rasterize", "#66a61e"},
    {"deflate", "#b07d12"},       {"blend", "#a6cf5a"},    {"paint", "#4c9f70"},  {"find_steep", "#7a9e9f"},
    {"measure_edges", "#4f6d7a"}, {"minmax", "#9fb8ad"},   {"scale", "#c0c9a9"},  {"normalize_samples", "#88a096"},
    {"fill_gaps", "#bbab8b"},     {"other", "#999999"},
};

static const char *colour_of(const struct track_interval *at)
{
    if (at->waits)
        return "#ececec";
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (!strcmp(colours[i].name, at->name))
            return colours[i].colour;
    return "#777777";
}

struct view {
    FILE *out;
    double begin, end; /* seconds */
    int row;
};

static double x_of(const struct view *view, double seconds)
{
    return LEFT + WIDTH * (seconds - view->begin) / (view->end - view->begin);
}

/* The last seconds that all tracks have kept, less what is cut off at either end. */
static struct view choose_view(FILE *out, const struct trace *trace)
{
    double kept = trace_seconds(trace), cycle = 0;
    uint64_t batches = 0;
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        if (track->dropped && track->interval_count && track->intervals[track->interval_count - 1].end < kept)
            kept = track->intervals[track->interval_count - 1].end;
        for (size_t k = 0; track->kind == TRACK_WORKER && k < track->stage_count; k++) {
            batches += strcmp(track->stages[k].name, "read") ? 0 : track->stages[k].count;
            cycle += track->stages[k].seconds;
        }
    }
    double shown = batches ? CYCLES * cycle / (double)batches : kept;
    shown = shown < kept && shown > 0 ? shown : kept;
    shown = shown > 0 ? shown : 1;
    double begin = shown < kept ? (kept - shown) / 2 : 0;
    return (struct view){.out = out, .begin = begin, .end = begin + shown};
}

static void draw_interval(const struct view *view, const struct track_interval *at)
{
    double begin = at->begin > view->begin ? at->begin : view->begin;
    double end = at->end < view->end ? at->end : view->end;
    if (end <= begin || !strcmp(at->name, "idle"))
        return;
    double x = x_of(view, begin), width = x_of(view, end) - x;
    if (width < 0.05)
        return;
    fprintf(view->out,
            "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s: %.3f ms, images %llu to "
            "%llu</title></rect>\n",
            x, TOP + view->row * ROW, width, BAR, colour_of(at), at->name, 1e3 * (at->end - at->begin),
            (unsigned long long)at->first, (unsigned long long)(at->first + (at->images ? at->images - 1 : 0)));
    if (width > 7.0 * (double)strlen(at->name) + 6)
        fprintf(view->out, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\" class=\"in\">%s</text>\n", x + 4,
                TOP + view->row * ROW + BAR - 6, at->waits ? "#777777" : "#ffffff", at->name);
}

static void draw_track(struct view *view, const struct track_info *track)
{
    static const char *const kinds[] = {"worker", "encoder", "queue"};
    fprintf(view->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %u%s", LEFT - 8, TOP + view->row * ROW + BAR - 5,
            kinds[track->kind], (unsigned)track->number + 1, track->device ? ", dev. " : "");
    if (track->device)
        fprintf(view->out, "%u", (unsigned)track->device);
    fputs("</text>\n", view->out);
    for (size_t i = 0; i < track->interval_count; i++)
        draw_interval(view, &track->intervals[i]);
    view->row++;
}

/* All tracks of a kind and device; the rows of a lane and its queue stand together. */
static void draw_tracks(struct view *view, const struct trace *trace)
{
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *lane = trace_track(trace, i);
        if (lane->kind != TRACK_WORKER || !lane->stage_count)
            continue;
        draw_track(view, lane);
        for (size_t k = 0; k < trace_tracks(trace); k++) {
            const struct track_info *queue = trace_track(trace, k);
            if (queue->kind == TRACK_QUEUE && queue->device == lane->device && queue->number == lane->number &&
                queue->stage_count)
                draw_track(view, queue);
        }
    }
    for (size_t i = 0; i < trace_tracks(trace); i++)
        if (trace_track(trace, i)->kind == TRACK_ENCODER)
            draw_track(view, trace_track(trace, i));
}

static int is_used(const struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        for (size_t k = 0; k < track->stage_count; k++)
            if (!strcmp(track->stages[k].name, name))
                return 1;
    }
    return 0;
}

static void draw_legend(FILE *out, const struct trace *trace)
{
    double x = LEFT;
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        if (!is_used(trace, colours[i].name))
            continue;
        fprintf(out,
                "<rect x=\"%.0f\" y=\"36\" width=\"11\" height=\"11\" fill=\"%s\"/><text x=\"%.0f\" y=\"46\" "
                "class=\"in\">%s</text>\n",
                x, colours[i].colour, x + 15, colours[i].name);
        x += 28 + 6.2 * (double)strlen(colours[i].name);
    }
    fprintf(out,
            "<rect x=\"%.0f\" y=\"36\" width=\"11\" height=\"11\" fill=\"#ececec\"/><text x=\"%.0f\" y=\"46\" "
            "class=\"in\">waits</text>\n",
            x, x + 15);
}

/* A line every 1, 2 or 5 of a power of ten, ten at most. */
static double tick_of(double seconds)
{
    double tick = 1e-7;
    for (int i = 0; tick * 10 < seconds; i++)
        tick *= i % 3 == 1 ? 2.5 : 2;
    return tick;
}

static void draw_axis(const struct view *view, int rows)
{
    double tick = tick_of(view->end - view->begin);
    for (double at = 0; at <= view->end; at += tick) {
        if (at < view->begin)
            continue;
        fprintf(view->out,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#d8d8d8\"/><text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\" class=\"in\">%.6g ms</text>\n",
                x_of(view, at), TOP - 6, x_of(view, at), TOP + rows * ROW, x_of(view, at), TOP - 10, 1e3 * at);
    }
}

static int count_rows(const struct trace *trace)
{
    int rows = 0;
    for (size_t i = 0; i < trace_tracks(trace); i++)
        rows += trace_track(trace, i)->stage_count > 0;
    return rows;
}

void timeline_plot(FILE *out, const struct trace *trace, const char *title)
{
    struct view view = choose_view(out, trace);
    int rows = count_rows(trace);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n<style>.in { font-size: 11px }</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<text x=\"%d\" y=\"22\" "
            "font-weight=\"bold\">%s</text>\n",
            LEFT + WIDTH + 24, TOP + rows * ROW + 16, LEFT + WIDTH + 24, TOP + rows * ROW + 16, LEFT, title);
    draw_legend(out, trace);
    draw_axis(&view, rows);
    draw_tracks(&view, trace);
    fputs("</svg>\n", out);
}
