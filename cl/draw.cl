/* Spans of all layers -> pixels. Two kernels write the same bytes: `draw_rows` has one long work-item per image, for
 * CPUs, `draw_pixels` many short ones, for GPUs. A pixel lies `step` bytes after the one to its left and begins with
 * byte `offset` of its place, so that a launch may write one of several interleaved channels. */

#if LAYERED

/* Writing waits for memory, so an image's first pixels are brought into the cache while its events are found. */
#define AHEAD_BYTES (1 << 19)

/* Writes rows top..bottom-1 of column x. */
ALWAYS_INLINE static void write_pixels(const struct stack *s, __global uchar *image, const uint step, const uint x,
                                       const uint top, const uint bottom, const uint value)
{
    for (uint y = top; y < bottom; y++)
        for (uint i = 0; i < s->bytes; i++)
            image[((ulong)y * s->width + x) * step + i] = (uchar)(value >> 8 * i);
}

/* Without events: column by column. */
static void draw_columns(const struct stack *s, const struct rows *rows, __global uchar *image, const uint step)
{
    uint right;
    for (uint left = 0; left < s->width; left = right) {
        const uint active = find_active(s, rows, left, &right);
        for (uint x = left; x < right; x++) {
            struct interval last;
            const uint count = find_column(s, rows, active, x, &last);
            uint next;
            for (uint y = 0; y < s->height; y = next) {
                const uint value = compose_rows(s, rows->column, count, y, &next);
                write_pixels(s, image, step, x, y, next, value);
            }
        }
    }
}

/* Each row is the row above with its events. */
static void draw_events(const struct stack *s, const struct rows *rows, __global uchar *image,
                        const uint step)
{
    __global uchar *line = rows->line;
    const uint size = s->width * s->bytes;
    fill_line(s, line);
    for (uint y = 0; y < s->height; y++) {
        __global uchar *row = image + (ulong)y * s->width * step;
        const uint end = rows->ends[y];
        for (uint i = rows->begins[y]; s->bytes == 1 && i < end; i++)
            line[EVENT_COLUMN(rows->events[i])] = (uchar)(rows->events[i] >> 16);
        for (uint i = rows->begins[y]; s->bytes == 3 && i < end; i++)
            set_line_value(line, EVENT_COLUMN(rows->events[i]), rows->values[i], 3);
        if (step == s->bytes)
            for (uint i = 0; i < size; i++)
                row[i] = line[i];
        else
            for (uint x = 0; x < s->width; x++)
                row[(ulong)x * step] = line[x];
    }
}

/* Range: image.
 * scratch: uint (image, SCRATCH_WORDS).
 * pixels: uchar (image, height, width, step), of which bytes offset..offset+bytes-1 are written; step is `bytes`, or
 *         bytes is 1. */
__kernel void draw_rows(STACK_PARAMETERS, __global uint *restrict scratch, __global uchar *restrict pixels,
                        const uint step, const uint offset, const uint room)
{
    const ulong image = get_global_id(2);
    const struct stack s = STACK(image);
    const struct rows rows =
        rows_in(scratch + image * (ulong)SCRATCH_WORDS(width, height, bytes, end - first, room), &s, room);
    __global uchar *out = pixels + image * height * width * step + offset;
    /* A part of the image that a cache holds, in equal parts for all columns. */
    const uint ahead = min(width * height * step, (uint)AHEAD_BYTES) / width;
    if (find_events(&s, &rows, room, out, ahead))
        draw_events(&s, &rows, out, step);
    else
        draw_columns(&s, &rows, out, step);
}

/* Range: width x height / DRAW_ROWS x image. The arguments of draw_rows but scratch and room. */
__kernel void draw_pixels(STACK_PARAMETERS, __global uchar *restrict pixels, const uint step, const uint offset)
{
    const ulong image = get_global_id(2);
    const struct stack s = STACK(image);
    const uint x = get_global_id(0), top = (uint)get_global_id(1) * DRAW_ROWS;
    uint values[DRAW_ROWS], next;
    for (uint i = 0; i < DRAW_ROWS; i++)
        values[i] = background;
    for (uint layer = first; layer < end; layer++) {
        const struct lane lane = lane_of(&s, layer);
        struct interval c;
        if (x < layers[layer].left || x >= layers[layer].right || !interval_at(&s, &lane, x, &c))
            continue;
        for (uint i = 0; i < DRAW_ROWS; i++)
            values[i] = paint_interval(&s, &c, top + i, values[i], &next);
    }
    __global uchar *out = pixels + image * height * width * step + offset;
    for (uint i = 0; i < DRAW_ROWS && x < width && top + i < height; i++)
        write_pixels(&s, out, step, x, top + i, top + i + 1, values[i]);
}

#endif
