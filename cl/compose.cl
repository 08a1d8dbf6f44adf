/* Spans of all layers -> the changes of an image's pixels, row by row.
 *
 * From one row to the next, pixels change only where a span begins or ends, or where its edge is partly covered. These
 * changes are the events; between them a row equals the row above. `draw_rows` makes pixels of them and `deflate`
 * finished streams, both in time that depends on the number of events, not on the number of layers.
 *
 * Layers are painted in order. A wholly covered pixel gets the layer's ink, a partly covered one moves towards it by
 * its area. A column is composed from the intervals of those layers whose panels it crosses. It counts the changes of
 * each row first, so that each row has room for its events; columns are then composed from left to right, so the events
 * of a row are in order.
 *
 * A pixel's value is one byte, or three: 0xbbggrr. Rows count from the top of the image; with `flip` the spans count
 * them from the bottom. */

/* One image. */
struct stack {
    __global const ushort *spans; /* (span_size) */
#if ANTIALIAS
    /* of the image's shaded columns, see rasterize.cl */
    __global const uchar *subsampling;
    __global const int *edges;
    __global const ushort *areas;
#endif
    __global const struct span_layer *layers;
    __global const uint *inks; /* (layers, 2), values */
    uint first, end;           /* the layers to paint: first..end-1 */
    uint width, height, flip;
    uint background;
    uint bytes; /* per pixel: 1 or 3 */
};

/* A layer, as it is looked up column by column. */
struct lane {
    uint spans;      /* where `begins` of column 0 of the image would be */
    uint pitch;
    uint form;       /* WHOLE, TWO_INKS or SHADED */
    uint column;     /* SHADED: the number of column 0 */
    uint ink, other; /* the first and the second */
};
#define WHOLE 0
#define TWO_INKS 1
#define SHADED 2

/* What a layer covers of one column: rows begin..end-1 wholly, first..last-1 at least partly. */
struct interval {
    uint first, begin, end, last;
    uint ink;
    uint column; /* SHADED: the number of its column; else NOT_SHADED */
};

/* The lists of one image in scratch, uint (SCRATCH_WORDS). */
struct rows {
    __global uint *begins;            /* (height + 1): row y has events[begins[y]] to events[ends[y] - 1] */
    __global uint *ends;              /* (height + 1) */
    __global struct lane *active;     /* (layers): those that cross the current column, bottom first */
    __global struct interval *column; /* (layers): what they cover of it */
    __global uchar *line;             /* (width, bytes): a row of pixels */
    __global uint *events;            /* (room): columns, and one-byte values from bit 16 on */
    __global uint *values;            /* (room): of three bytes */
};

static struct rows rows_in(__global uint *scratch, const struct stack *s, const uint room)
{
    const uint layers = s->end - s->first;
    __global uint *ends = scratch + s->height + 1, *active = ends + s->height + 1;
    __global uint *column = active + layers * LAYER_WORDS, *line = column + layers * LAYER_WORDS;
    __global uint *events = line + (s->width * s->bytes + 3) / 4;
    const struct rows rows = {scratch, ends, (__global struct lane *)active, (__global struct interval *)column,
                              (__global uchar *)line, events, events + room};
    return rows;
}

/* Makes the line a row of background. */
static void fill_line(const struct stack *s, __global uchar *line)
{
    for (uint x = 0; x < s->width; x++)
        for (uint i = 0; i < s->bytes; i++)
            line[s->bytes * x + i] = (uchar)(s->background >> 8 * i);
}

/* The pixel in column x of the current row. */
ALWAYS_INLINE static uint line_value(__global const uchar *line, const uint x, const uint bytes)
{
    return bytes == 1 ? line[x] : line[3 * x] | (uint)line[3 * x + 1] << 8 | (uint)line[3 * x + 2] << 16;
}

ALWAYS_INLINE static void set_line_value(__global uchar *line, const uint x, const uint value, const uint bytes)
{
    for (uint i = 0; i < bytes; i++)
        line[bytes * x + i] = (uchar)(value >> 8 * i);
}

static struct lane lane_of(const struct stack *s, const uint layer)
{
    __global const struct span_layer *l = s->layers + layer;
    const struct lane lane = {l->spans - l->left,
                              l->pitch,
                              l->columns != NOT_SHADED ? SHADED : l->two_inks ? TWO_INKS : WHOLE,
                              l->columns - l->left,
                              s->inks[2 * layer],
                              s->inks[2 * layer + 1]};
    return lane;
}

/* What a layer covers of column x. Returns 0 where it is nothing. */
ALWAYS_INLINE static int interval_at(const struct stack *s, const struct lane *lane, const uint x, struct interval *c)
{
    __global const ushort *span = s->spans + (uint)(lane->spans + x);
    const uint a = span[0], b = span[lane->pitch];
    const int second = lane->form == TWO_INKS && a > b;
    c->begin = second ? b : a;
    c->end = second ? a : b;
    c->first = c->begin;
    c->last = c->end;
    c->ink = second ? lane->other : lane->ink;
    c->column = NOT_SHADED;
#if ANTIALIAS
    if (lane->form == SHADED) {
        c->first = span[2 * lane->pitch];
        c->last = span[3 * lane->pitch];
        c->column = lane->column + x;
    }
#endif
    if (c->first >= c->last)
        return 0;
    if (s->flip) {
        const struct interval up = *c;
        c->first = s->height - up.last;
        c->begin = s->height - up.end;
        c->end = s->height - up.begin;
        c->last = s->height - up.first;
    }
    return 1;
}

#if ANTIALIAS

/* The area of a partly covered pixel. */
static uint area_at(const struct stack *s, const struct interval *c, const uint row)
{
    const uint y = s->flip ? s->height - 1 - row : row;
    const uint first = s->flip ? s->height - c->last : c->first;
    const uint begin = s->flip ? s->height - c->end : c->begin;
    const uint i = y - first - (y < begin ? 0 : c->end - c->begin);
    const ulong column = c->column;
    return i < COLUMN_AREAS ? s->areas[column * COLUMN_AREAS + i]
                            : area_of_edges(s->edges + column * EDGE_INTS, s->subsampling[column], y);
}

/* A pixel of any number of bytes, moved towards the ink. */
static uint shade_value(const uint area, const uint value, const uint ink, const uint bytes)
{
    uint result = 0;
    for (uint shift = 0; shift < 8 * bytes; shift += 8)
        result |= (uint)shade((int)area, (uchar)(value >> shift), (uchar)(ink >> shift)) << shift;
    return result;
}

#endif

/* Paints an interval over a pixel. *next: lowered to the first row below `row` where it may change the pixel
 * differently. */
ALWAYS_INLINE static uint paint_interval(const struct stack *s, const struct interval *c, const uint row,
                                         const uint value, uint *next)
{
    (void)s;
    if (row >= c->last)
        return value;
    if (row < c->first) {
        *next = min(*next, c->first);
        return value;
    }
#if ANTIALIAS
    if (row < c->begin || row >= c->end) {
        *next = min(*next, row + 1);
        return shade_value(area_at(s, c, row), value, c->ink, s->bytes);
    }
#endif
    *next = min(*next, c->end);
    return c->ink;
}

/* The value of rows row..*next-1 of the column with these intervals. */
ALWAYS_INLINE static uint compose_rows(const struct stack *s, __global const struct interval *column,
                                       const uint count, const uint row, uint *next)
{
    uint value = s->background;
    *next = s->height;
    for (uint i = 0; i < count; i++) {
        const struct interval c = column[i];
        value = paint_interval(s, &c, row, value, next);
    }
    return value;
}

/* Lists the layers that cross column x. Returns how many; they are the same up to column *right - 1. */
static uint find_active(const struct stack *s, const struct rows *rows, const uint x, uint *right)
{
    uint count = 0;
    *right = s->width;
    for (uint layer = s->first; layer < s->end; layer++) {
        const uint left = s->layers[layer].left, end = s->layers[layer].right;
        if (left > x)
            *right = min(*right, left);
        else if (end > x) {
            *right = min(*right, end);
            rows->active[count++] = lane_of(s, layer);
        }
    }
    return count;
}

/* Whether column x may differ from column x-1 in a layer that is in both. */
ALWAYS_INLINE static int differs(const struct stack *s, const struct lane *lane, const uint x)
{
    __global const ushort *begin = s->spans + (uint)(lane->spans + x), *end = begin + lane->pitch;
    return (begin[0] != begin[-1]) | (end[0] != end[-1]);
}

/* Sets `begins` so that each row has room for all its possible events, and returns the room of all rows. */
static ulong reserve_rows(const struct stack *s, const struct rows *rows)
{
    /* Changes of each row, and differences of such numbers from one row to the next. */
    __global uint *counts = rows->ends, *differences = rows->begins;
    for (uint y = 0; y <= s->height; y++)
        counts[y] = differences[y] = 0;
    for (uint layer = s->first; layer < s->end; layer++) {
        const struct lane lane = lane_of(s, layer);
        const uint right = s->layers[layer].right;
        for (uint x = s->layers[layer].left; x < right;) {
            struct interval c;
            const uint left = x++;
            while (lane.form != SHADED && x < right && !differs(s, &lane, x))
                x++;
            if (!interval_at(s, &lane, left, &c))
                continue;
            counts[c.begin] += x - left;
            counts[c.end] += x - left;
            if (c.column != NOT_SHADED) { /* rows first..begin-1 and end+1..last */
                differences[c.first]++;
                differences[c.begin]--;
                differences[min(c.end + 1, s->height)]++;
                differences[min(c.last + 1, s->height)]--;
            }
        }
    }
    uint changes = 0;
    ulong room = 0;
    for (uint y = 0; y <= s->height; y++) {
        const uint count = counts[y];
        changes += differences[y];
        rows->begins[y] = (uint)room;
        rows->ends[y] = (uint)room;
        if (y < s->height)
            room += changes + count;
    }
    return room;
}

/* Columns x..x+count-1, which are equal. */
struct run {
    uint x, count;
};

/* Appends an event of each column to a row. */
ALWAYS_INLINE static void add_events(const struct stack *s, const struct rows *rows, const struct run *run,
                                     const uint y, const uint value)
{
    const uint at = rows->ends[y];
    rows->ends[y] = at + run->count;
    for (uint i = 0; i < run->count; i++)
        rows->events[at + i] = (run->x + i) | value << 16;
    for (uint i = 0; s->bytes > 1 && i < run->count; i++)
        rows->values[at + i] = value;
}

/* Lists what the active layers cover of column x. Returns the number of intervals; *last: the last one. */
ALWAYS_INLINE static uint find_column(const struct stack *s, const struct rows *rows, const uint active, const uint x,
                                      struct interval *last)
{
    uint count = 0;
    for (uint i = 0; i < active; i++) {
        const struct lane lane = rows->active[i];
        struct interval c;
        if (interval_at(s, &lane, x, &c))
            rows->column[count++] = *last = c;
    }
    return count;
}

/* Appends the events of columns with one interval to their rows. */
ALWAYS_INLINE static void place_interval(const struct stack *s, const struct rows *rows, const struct interval *c,
                                         const struct run *run)
{
#if ANTIALIAS
    if (c->column != NOT_SHADED) {
        uint above = s->background, next;
        for (uint y = c->first; y < s->height; y = next) {
            next = s->height;
            const uint value = paint_interval(s, c, y, s->background, &next);
            if (value != above)
                add_events(s, rows, run, y, value);
            above = value;
        }
        return;
    }
#endif
    if (c->ink == s->background)
        return;
    add_events(s, rows, run, c->begin, c->ink);
    if (c->end < s->height)
        add_events(s, rows, run, c->end, s->background);
}

/* The same with several intervals. */
ALWAYS_INLINE static void place_intervals(const struct stack *s, const struct rows *rows, const uint count,
                                          const struct run *run)
{
    uint above = s->background, next;
    for (uint y = 0; y < s->height; y = next) {
        const uint value = compose_rows(s, rows->column, count, y, &next);
        if (value != above)
            add_events(s, rows, run, y, value);
        above = value;
    }
}

/* Marks those of columns left+1..right-1 that may differ from the one before in an active layer, in `line`. */
static void mark_differences(const struct stack *s, const struct rows *rows, const uint active, const uint left,
                             const uint right)
{
    for (uint x = left; x < right; x++)
        rows->line[x] = 0;
    for (uint i = 0; i < active; i++) {
        const struct lane lane = rows->active[i];
        for (uint x = left + 1; x < right; x++)
            rows->line[x] |= (uchar)(lane.form == SHADED || differs(s, &lane, x));
    }
}

/* Finds the events of the image. Returns 0 where they have more than `room`. Uses `line`.
 * ahead: `height` rows of `size` bytes each that are written next, and are brought into the cache meanwhile. */
ALWAYS_INLINE static int find_events(const struct stack *s, const struct rows *rows, const uint room,
                                     __global const uchar *ahead, const uint size)
{
    if (reserve_rows(s, rows) > room)
        return 0;
    uint right;
    for (uint left = 0; left < s->width; left = right) {
        const uint active = find_active(s, rows, left, &right);
        mark_differences(s, rows, active, left, right);
        for (uint x = left; active && x < right;) {
            struct interval c;
            struct run run = {x++, 1};
            while (x < right && !rows->line[x])
                x++;
            run.count = x - run.x;
            fetch(ahead, run.x * size, x * size);
            const uint count = find_column(s, rows, active, run.x, &c);
            if (count == 1)
                place_interval(s, rows, &c, &run);
            else if (count)
                place_intervals(s, rows, count, &run);
        }
    }
    return 1;
}

/* The value that an event sets. */
ALWAYS_INLINE static uint event_value(const struct stack *s, const struct rows *rows, const uint i)
{
    return s->bytes > 1 ? rows->values[i] : rows->events[i] >> 16;
}

#define EVENT_COLUMN(event) ((event)&0xffff)

/* The parameters that all kernels with layers begin with. */
#if ANTIALIAS
#define STACK_PARAMETERS                                                                                              \
    __global const ushort *restrict spans, __global const uchar *restrict subsampling,                               \
        __global const int *restrict edges, __global const ushort *restrict areas,                                   \
        __global const struct span_layer *restrict layers, __global const uint *restrict inks, const uint first,     \
        const uint end, const uint width, const uint height, const uint span_size, const uint shaded_columns,        \
        const uint flip, const uint background, const uint bytes
#define STACK(image)                                                                                                  \
    {                                                                                                                \
        spans + (image) * span_size, subsampling + (image) * shaded_columns,                                         \
            edges + (image) * shaded_columns * EDGE_INTS, areas + (image) * shaded_columns * COLUMN_AREAS, layers,   \
            inks, first, end, width, height, flip, background, bytes                                                 \
    }
#else
#define STACK_PARAMETERS                                                                                              \
    __global const ushort *restrict spans, __global const struct span_layer *restrict layers,                        \
        __global const uint *restrict inks, const uint first, const uint end, const uint width, const uint height,   \
        const uint span_size, const uint flip, const uint background, const uint bytes
#define STACK(image)                                                                                                  \
    {                                                                                                                \
        spans + (image) * span_size, layers, inks, first, end, width, height, flip, background, bytes                \
    }
#endif
