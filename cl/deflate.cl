/* Spans -> a complete zlib stream (RFC 1950, 1951) of the image, without drawing pixels.
 *
 * From one row to the next, pixels change only where a span begins or ends, or where its edge is partly covered. These
 * changes are the events; between them a row equals the row above. Two kinds of stream express "the row above":
 *   - rows: the pixels as they are, with copies at distance `width`; HDF5 stores these;
 *   - PNG: filter Up on every row, so that an unchanged pixel is 0 and an event is the difference.
 * Stretches of background are runs: copies at distance 1.
 *
 * One work-item encodes one image. It counts the events of each row, sorts them into rows (column by column, so they
 * are in order within a row), and writes literals and copies with a Huffman code that the host made and that is the
 * same for all images (src/render/code.h). Adler-32 is that of the blank image plus a closed form for each event. */

#define COPY_MIN 3
#define SHORT_COPY 6 /* up to this many unchanged pixels cost less as literals than as a copy with its distance */
#define COPY_MAX 258

/* Writes bits into a slot of 32-bit words. Words beyond the slot are counted but not written. */
struct writer {
    __global uint *out;
    uint slot;   /* words in the slot */
    uint words;  /* words so far */
    ulong held;  /* bits not yet written */
    uint count;  /* number of held bits */
    int last;    /* the last byte of the image so far; -1: not known */
    ulong bytes; /* bytes of the image so far */
};

static void put(struct writer *w, const uint bits, const uint count)
{
    w->held |= (ulong)bits << w->count;
    w->count += count;
    if (w->count >= 32) {
        if (w->words < w->slot)
            w->out[w->words] = (uint)w->held;
        w->words++;
        w->held >>= 32;
        w->count -= 32;
    }
}

static void put_entry(struct writer *w, const uint entry)
{
    put(w, entry & 0xffffff, entry >> 24);
}

static void put_literal(struct writer *w, __global const uint *code, const uint value)
{
    put_entry(w, code[CODE_LITERAL + value]);
    w->last = (int)value;
    w->bytes++;
}

/* Writes copies for n bytes but up to 2, which are too few for a copy; returns how many are left. */
static uint put_copies(struct writer *w, __global const uint *code, uint n, const uint distance)
{
    while (n >= COPY_MIN) {
        const uint rest = n - min(n, (uint)COPY_MAX);
        const uint length = rest == 0 ? n : rest < COPY_MIN ? n - COPY_MIN : COPY_MAX;
        put_entry(w, code[CODE_LENGTH + length]);
        put_entry(w, code[distance]);
        w->bytes += length;
        n -= length;
    }
    return n;
}

/* n bytes of one value. */
static void put_run(struct writer *w, __global const uint *code, uint n, const uint value)
{
    if (n && w->last != (int)value) {
        put_literal(w, code, value);
        n--;
    }
    for (n = put_copies(w, code, n, CODE_NEAR); n; n--)
        put_literal(w, code, value);
}

/* One image: a stack of layers, bottom first. */
struct stack {
    __global const ushort *spans; /* (layers, SPAN_PLANES(ANTIALIAS), pitch), see rasterize.cl */
#if ANTIALIAS
    __global const uchar *subsampling; /* (layers, pitch) */
    __global const int *edges;  /* (layers, pitch, STEEP_SUBSAMPLES, 2, SUBCOLUMNS) */
    __global const ushort *areas; /* (layers, pitch, COLUMN_AREAS) */
#endif
    __global const uchar *inks; /* (layers) */
    uint layers, width, height, pitch;
    uchar background;
};

/* Rows begin..end-1 of a column are ink, rows first..last-1 at least partly covered (without antialiasing the same). */
struct column_span {
    uint begin, end, first, last;
};

ALWAYS_INLINE static struct column_span span_at(const struct stack *s, const uint layer, const uint x)
{
    __global const ushort *span = s->spans + (ulong)layer * SPAN_PLANES(ANTIALIAS) * s->pitch + x;
#if ANTIALIAS
    const struct column_span c = {span[0], span[s->pitch], span[2 * s->pitch], span[3 * s->pitch]};
#else
    const struct column_span c = {span[0], span[s->pitch], span[0], span[s->pitch]};
#endif
    return c;
}

/* The pixel as `stamp` and `blend` draw it. */
static uchar pixel_at(const struct stack *s, const uint x, const uint y)
{
    uchar value = s->background;
    for (uint layer = 0; layer < s->layers; layer++) {
        const struct column_span c = span_at(s, layer, x);
        if (y >= c.begin && y < c.end)
            value = s->inks[layer];
#if ANTIALIAS
        else if (y >= c.first && y < c.last) {
            const ulong column = (ulong)layer * s->pitch + x;
            const uint i = y - c.first - (y < c.begin ? 0 : c.end - c.begin);
            const ushort area = i < COLUMN_AREAS
                                    ? s->areas[column * COLUMN_AREAS + i]
                                    : area_of_edges(s->edges + column * EDGE_INTS, s->subsampling[column], y);
            value = shade(area, value, s->inks[layer]);
        }
#endif
    }
    return value;
}

/* The first row from y on where column x may differ from the row above. */
static uint next_change(const struct stack *s, const uint x, const uint y)
{
    uint next = s->height;
    for (uint layer = 0; layer < s->layers; layer++) {
        const struct column_span c = span_at(s, layer, x);
        next = min(next, y <= c.begin ? max(y, c.first) : y <= c.last ? max(y, c.end) : s->height);
    }
    return next;
}

/* The events of one image by row: row y has events[begins[y]] to events[ends[y] - 1]. */
struct rows {
    __global uint *begins; /* (height + 1) */
    __global uint *ends;   /* (height) */
    __global uint *events;
    __global uchar *line; /* (width), the pixels of the current row while the stream is written */
};

/* Sets `begins` so that each row has room for all its possible events, and returns the room of all rows. */
static ulong reserve_rows(const struct stack *s, const struct rows *rows)
{
    __global uint *counts = rows->begins;
    for (uint y = 0; y <= s->height; y++)
        counts[y] = 0;
    for (uint layer = 0; layer < s->layers; layer++) {
        for (uint x = 0; x < s->width; x++) {
            /* Rows first..begin and end..last may change. `counts` holds differences; their running sum is the number
             * of changes per row. */
            const struct column_span c = span_at(s, layer, x);
            if (c.first >= c.last)
                continue;
            counts[c.first]++;
            counts[min(c.begin + 1, s->height)]--;
            counts[c.end]++;
            counts[min(c.last + 1, s->height)]--;
        }
    }
    uint changes = 0;
    ulong room = 0;
    for (uint y = 0; y <= s->height; y++) {
        changes += counts[y];
        rows->begins[y] = (uint)room;
        if (y < s->height) {
            rows->ends[y] = (uint)room;
            room += changes;
        }
    }
    return room;
}

/* An event: the byte to write, the column, and whether the pixel stops being or becomes background. */
#define EVENT_BYTE(event) ((event)&0xff)
#define EVENT_COLUMN(event) (((event) >> 8) & 0xffff)
#define EVENT_FROM_BLANK (1u << 24)
#define EVENT_TO_BLANK (1u << 25)

struct adler {
    long a, b; /* congruent to the two sums of Adler-32 modulo ADLER_BASE; may be negative */
};

static void reduce(struct adler *sum)
{
    /* A change adds less than 2^24 to a and less than 2^57 to b, so b reaches its limit long before a does. */
    const long limit = 1L << 60;
    if (sum->b > limit || sum->b < -limit) {
        sum->b %= ADLER_BASE;
        sum->a %= ADLER_BASE;
    }
}

/* Appends the events of column x to their rows. */
static void place_column(const struct stack *s, const uint x, const int png, const struct rows *rows,
                         struct adler *sum)
{
    const ulong bytes = (ulong)s->height * (s->width + png);
    uchar above = s->background;
    for (uint y = next_change(s, x, 0); y < s->height; y = next_change(s, x, y + 1)) {
        const uchar value = pixel_at(s, x, y);
        if (value == above)
            continue;
        const uchar byte = png ? (uchar)(value - (y ? above : 0)) : value;
        rows->events[rows->ends[y]++] = (uint)byte | x << 8 | (above == s->background ? EVENT_FROM_BLANK : 0) |
                              (value == s->background ? EVENT_TO_BLANK : 0);
        if (png) {
            /* In a blank image row 0 holds the background, the other rows hold 0. */
            const long change = (long)byte - (y ? 0 : (long)s->background);
            sum->a += change;
            sum->b += change * (long)(bytes - ((ulong)y * (s->width + 1) + 1 + x));
        } else {
            /* The change also applies to all rows below: it is multiplied by the sum of `bytes - position` over them. */
            const ulong below = s->height - y, row_sum = below * (s->height - 1 + y) / 2;
            const long change = (long)value - (long)above;
            sum->a += change * (long)below;
            sum->b += change * (long)(below * (bytes - x) - s->width * row_sum);
        }
        reduce(sum);
        above = value;
    }
}

/* n unchanged pixels from a position on, across row ends. `column` is the column of the pixel after them. */
static void put_unchanged(struct writer *w, const struct stack *s, __global const uint *code,
                          __global const uchar *line, ulong position, ulong n, const uint column, const int blank)
{
    if (position < s->width) { /* row 0 has no row above; its unchanged pixels are background */
        const uint part = (uint)min(n, (ulong)s->width - position);
        put_run(w, code, part, s->background);
        position += part;
        n -= part;
    }
    while (n) {
        const uint part = (uint)min(n, (ulong)(1 << 30));
        if (blank) {
            put_run(w, code, part, s->background);
        } else {
            const uint left = part <= SHORT_COPY ? part : put_copies(w, code, part, CODE_ABOVE);
            if (part > left)
                w->last = -1;
            /* Only the last part can be too short for copies. */
            uint x = left ? (column + SHORT_COPY * s->width - left) % s->width : 0;
            for (uint i = left; i; i--) {
                put_literal(w, code, line[x]);
                x = x + 1 == s->width ? 0 : x + 1;
            }
        }
        n -= part;
    }
}

static void write_rows(struct writer *w, const struct stack *s, __global const uint *code, const struct rows *rows)
{
    ulong position = 0;
    uint inked = 0; /* columns that are not background */
    for (uint x = 0; x < s->width; x++)
        rows->line[x] = s->background;
    for (uint y = 0; y < s->height; y++)
        for (uint i = rows->begins[y]; i < rows->ends[y]; i++) {
            const uint event = rows->events[i], column = EVENT_COLUMN(event);
            const ulong at = (ulong)y * s->width + column;
            if (at > position)
                put_unchanged(w, s, code, rows->line, position, at - position, column, !inked);
            put_literal(w, code, EVENT_BYTE(event));
            rows->line[column] = EVENT_BYTE(event);
            inked += event & EVENT_FROM_BLANK ? 1 : 0;
            inked -= event & EVENT_TO_BLANK ? 1 : 0;
            position = at + 1;
        }
    const ulong bytes = (ulong)s->width * s->height;
    if (bytes > position)
        put_unchanged(w, s, code, rows->line, position, bytes - position, 0, !inked);
}

static void write_png(struct writer *w, const struct stack *s, __global const uint *code, const struct rows *rows)
{
    for (uint y = 0; y < s->height; y++) {
        const uint unchanged = y ? 0 : s->background;
        uint x = 0;
        put_literal(w, code, PNG_FILTER_UP);
        for (uint i = rows->begins[y]; i < rows->ends[y]; i++) {
            const uint at = EVENT_COLUMN(rows->events[i]);
            put_run(w, code, at - x, unchanged);
            put_literal(w, code, EVENT_BYTE(rows->events[i]));
            x = at + 1;
        }
        put_run(w, code, s->width - x, unchanged);
    }
}

/* Ends the stream with its checksum. `joined`: ends at a byte boundary instead, with an empty stored block, so that the
 * next image's blocks can follow. Returns the stream's length in bytes. */
static uint finish_stream(struct writer *w, __global const uint *code, const uint adler, const int joined)
{
    put_entry(w, code[CODE_END]);
    if (joined)
        put(w, 0, 3);
    put(w, 0, (8 - w->count % 8) % 8);
    if (joined)
        put(w, 0xffff0000, 32);
    else
        put(w, adler << 24 | (adler & 0xff00) << 8 | (adler >> 8 & 0xff00) | adler >> 24, 32);
    const uint length = w->words * 4 + w->count / 8;
    if (w->count && w->words < w->slot)
        w->out[w->words] = (uint)w->held;
    return length;
}

/* Range: image.
 * code: the table of shared.h.
 * scratch: uint (image, 2*height+1+room+(width+3)/4), the begins and ends of rows, `room` events, one row of pixels.
 * streams: uint (image, slot).
 * lengths: uint (image), bytes of the stream. A stream longer than 4*slot, or UINT_MAX (more than `room` events), is
 *          incomplete, and the host must make it.
 * adlers: uint (image), Adler-32 of the uncompressed bytes.
 * blank_a, blank_b: the two sums of Adler-32 for an image without events. */
__kernel void deflate(__global const ushort *restrict spans,
#if ANTIALIAS
                      __global const uchar *restrict subsampling, __global const int *restrict edges,
                      __global const ushort *restrict areas,
#endif
                      __global const uchar *restrict inks, __global const uint *restrict code,
                      __global uint *restrict scratch, __global uint *restrict streams, __global uint *restrict lengths,
                      __global uint *restrict adlers, const uint layers, const uint width, const uint height,
                      const uint pitch, const uchar background, const uint png, const uint joined, const uint slot,
                      const uint room, const uint blank_a, const uint blank_b, const uint images)
{
    const ulong image = get_global_id(0);
    if (image >= images)
        return;
    const ulong columns = image * layers * pitch;
    const struct stack s = {spans + columns * SPAN_PLANES(ANTIALIAS),
#if ANTIALIAS
                            subsampling + columns, edges + columns * EDGE_INTS, areas + columns * COLUMN_AREAS,
#endif
                            inks, layers, width, height, pitch, background};
    __global uint *begins = scratch + image * ((ulong)room + 2 * height + 1 + (width + 3) / 4);
    __global uint *ends = begins + height + 1, *events = ends + height;
    const struct rows rows = {begins, ends, events, (__global uchar *)(events + room)};
    if (reserve_rows(&s, &rows) > room) {
        lengths[image] = UINT_MAX;
        return;
    }
    struct adler sum = {(long)blank_a, (long)blank_b};
    for (uint x = 0; x < width; x++)
        place_column(&s, x, (int)png, &rows, &sum);
    const uint a = (uint)((sum.a % ADLER_BASE + ADLER_BASE) % ADLER_BASE);
    const uint b = (uint)((sum.b % ADLER_BASE + ADLER_BASE) % ADLER_BASE);
    adlers[image] = b << 16 | a;

    struct writer w = {streams + image * slot, slot, 0, 0, 0, -1, 0};
    const uint head = code[CODE_HEAD_BITS];
    for (uint i = 0; i < head; i += 32)
        put(&w, code[CODE_HEAD + i / 32], min(head - i, 32u));
    if (png)
        write_png(&w, &s, code, &rows);
    else
        write_rows(&w, &s, code, &rows);
    const uint length = finish_stream(&w, code, b << 16 | a, (int)joined);
    /* A driver that has ended a loop early (see VERTICES_PER_LAUNCH) ends every later loop after its first iteration,
     * and this one needs two. It is volatile so that compilers keep it. */
    volatile uint iterations = 0;
    for (volatile uint i = 0; i <= layers; i++)
        iterations++;
    const int complete = iterations == layers + 1 && w.bytes == (ulong)height * (width + png);
    lengths[image] = complete ? length : UINT_MAX;
}
