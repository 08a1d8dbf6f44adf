/* Events -> a complete zlib stream (RFC 1950, 1951) of the image, without drawing pixels.
 *
 * Between the events of cl/compose.cl a row equals the row above. Two kinds of stream express "the row above":
 *   - rows: the pixels as they are, with copies at distance `width` pixels; HDF5 stores these;
 *   - PNG: filter Up on every row, so that an unchanged byte is 0 and an event is the difference. A byte may hold
 *     several pixels, numbers in a palette.
 * Stretches of background are runs: copies at a distance of one pixel.
 *
 * One work-item encodes one image. It writes literals and copies with a Huffman code that the host made and that is the
 * same for all images (src/render/code.h). Adler-32 is that of the blank image plus a closed form for each event. */

#define COPY_MIN 3
#define SHORT_COPY 6 /* up to this many unchanged bytes cost less as literals than as a copy with its distance */
#define COPY_MAX 258

/* Writes bits into a slot of 32-bit words. Words beyond the slot are counted but not written. */
struct writer {
    __global uint *out;
    __global const uint *code;
    uint slot;   /* words in the slot */
    uint words;  /* words so far */
    ulong held;  /* bits not yet written */
    uint count;  /* number of held bits */
    int last;    /* the last pixel of the image so far; -1: not known */
    ulong bytes; /* bytes of the image so far */
    long a, b;   /* congruent to the two sums of Adler-32 modulo ADLER_BASE; may be negative */
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

/* A value of `bytes` bytes. */
ALWAYS_INLINE static void put_value(struct writer *w, const uint value, const uint bytes)
{
    for (uint shift = 0; shift < 8 * bytes; shift += 8)
        put_entry(w, w->code[CODE_LITERAL + (value >> shift & 0xff)]);
    w->last = (int)value;
    w->bytes += bytes;
}

/* Writes copies for n bytes but up to 2, which are too few for a copy; returns how many are left. */
static uint put_copies(struct writer *w, uint n, const uint distance)
{
    while (n >= COPY_MIN) {
        const uint rest = n - min(n, (uint)COPY_MAX);
        const uint length = rest == 0 ? n : rest < COPY_MIN ? n - COPY_MIN : COPY_MAX;
        put_entry(w, w->code[CODE_LENGTH + length]);
        put_entry(w, w->code[distance]);
        w->bytes += length;
        n -= length;
    }
    return n;
}

/* n pixels of one value. */
ALWAYS_INLINE static void put_run(struct writer *w, uint n, const uint value, const uint bytes)
{
    if (n && w->last != (int)value) {
        put_value(w, value, bytes);
        n--;
    }
    for (n = put_copies(w, n * bytes, CODE_NEAR); n; n--) /* only pixels of one byte may be left */
        put_value(w, value, 1);
}

static void reduce(struct writer *w)
{
    /* A change adds less than 2^24 to a and less than 2^57 to b, so b reaches its limit long before a does. */
    const long limit = 1L << 60;
    if (w->b > limit || w->b < -limit) {
        w->b %= ADLER_BASE;
        w->a %= ADLER_BASE;
    }
}

/* n unchanged pixels from a position on, across row ends. `column` is the column of the pixel after them. */
ALWAYS_INLINE static void put_unchanged(struct writer *w, const struct stack *s, __global const uchar *line,
                                        ulong position, ulong n, const uint column, const int blank, const uint bytes)
{
    while (n) {
        uint part = (uint)min(n, (ulong)((1 << 30) / bytes));
        const int first = position < s->width; /* row 0 has no row above; its unchanged pixels are background */
        if (first)
            part = min(part, s->width - (uint)position);
        if (first || blank) {
            put_run(w, part, s->background, bytes);
        } else {
            const uint left = part * bytes <= SHORT_COPY ? part : put_copies(w, part * bytes, CODE_ABOVE);
            if (part > left)
                w->last = -1;
            /* Only the last part can be too short for copies. */
            uint x = left ? (column + SHORT_COPY * s->width - left) % s->width : 0;
            for (uint i = left; i; i--) {
                put_value(w, line_value(line, x, bytes), bytes);
                x = x + 1 == s->width ? 0 : x + 1;
            }
        }
        position += part;
        n -= part;
    }
}

/* Adds the change of a pixel to Adler-32. It applies to all rows below too: it is multiplied by the sum of
 * `bytes of the image - position` over them. */
ALWAYS_INLINE static void sum_rows(struct writer *w, const struct stack *s, const uint x, const uint y,
                                   const uint before, const uint value, const uint bytes)
{
    const ulong row = (ulong)s->width * bytes;
    const ulong below = s->height - y, row_sum = below * (s->height - 1 + y) / 2;
    for (uint i = 0; i < bytes; i++) {
        const long change = (long)(value >> 8 * i & 0xff) - (long)(before >> 8 * i & 0xff);
        w->a += change * (long)below;
        w->b += change * (long)(below * (row * s->height - bytes * x - i) - row * row_sum);
    }
    reduce(w);
}

ALWAYS_INLINE static void write_rows(struct writer *w, const struct stack *s, const struct rows *rows,
                                     const uint bytes)
{
    ulong position = 0;
    uint inked = 0; /* columns that are not background */
    for (uint y = 0; y <= s->height; y++) {
        const uint end = y < s->height ? rows->ends[y] : 1;
        for (uint i = y < s->height ? rows->begins[y] : 0; i < end; i++) {
            const uint column = y < s->height ? EVENT_COLUMN(rows->events[i]) : 0;
            const ulong at = (ulong)y * s->width + column;
            if (at > position)
                put_unchanged(w, s, rows->line, position, at - position, column, !inked, bytes);
            if (y == s->height)
                break;
            const uint value = event_value(s, rows, i), before = line_value(rows->line, column, bytes);
            put_value(w, value, bytes);
            set_line_value(rows->line, column, value, bytes);
            sum_rows(w, s, column, y, before, value, bytes);
            inked += before == s->background ? 1 : 0;
            inked -= value == s->background ? 1 : 0;
            position = at + 1;
        }
    }
}

/* A changed byte of a PNG row. In a blank image row 0 holds the background, the other rows hold 0. */
ALWAYS_INLINE static void sum_png(struct writer *w, const ulong left, const uint byte, const uint blank)
{
    const long change = (long)byte - (long)blank;
    w->a += change;
    w->b += change * (long)left;
    reduce(w);
}

/* Bytes of a PNG row without its filter's number; `pack`: 2^pack pixels per byte. */
static uint png_row(const struct stack *s, const uint pack)
{
    return (s->width * s->bytes + (1u << pack) - 1) >> pack;
}

/* Pixels of one byte or less. The difference of two bytes is the sum of the differences of their pixels. */
static void write_png(struct writer *w, const struct stack *s, const struct rows *rows, const uint pack)
{
    const uint row = png_row(s, pack), inside = (1u << pack) - 1, bits = 8 >> pack;
    ulong left = (ulong)s->height * (row + 1);
    for (uint y = 0; y < s->height; y++, left -= row + 1) {
        const uint unchanged = y ? 0 : s->background, end = rows->ends[y];
        uint i = rows->begins[y], x = 0;
        put_value(w, PNG_FILTER_UP, 1);
        while (x < row) {
            const uint at = i < end ? EVENT_COLUMN(rows->events[i]) >> pack : row;
            put_run(w, at - x, unchanged, 1);
            x = at + 1;
            if (at == row)
                break;
            uint byte = unchanged;
            do {
                const uint column = EVENT_COLUMN(rows->events[i]), value = rows->events[i] >> 16;
                byte += (value - rows->line[column]) << (inside - (column & inside)) * bits;
                rows->line[column] = (uchar)value;
                i++;
            } while (i < end && EVENT_COLUMN(rows->events[i]) >> pack == at);
            put_value(w, byte & 0xff, 1);
            sum_png(w, left - 1 - at, byte & 0xff, unchanged);
        }
    }
}

/* Pixels of three bytes. */
static void write_truecolour(struct writer *w, const struct stack *s, const struct rows *rows)
{
    const uint row = png_row(s, 0);
    ulong left = (ulong)s->height * (row + 1);
    for (uint y = 0; y < s->height; y++, left -= row + 1) {
        uint i = rows->begins[y], x = 0;
        put_value(w, PNG_FILTER_UP, 1);
        w->last = -1;
        while (x < s->width) {
            const uint at = i < rows->ends[y] ? EVENT_COLUMN(rows->events[i]) : s->width;
            put_run(w, at - x, y ? 0 : s->background, 3);
            x = at + 1;
            if (at == s->width)
                break;
            const uint value = rows->values[i++], before = line_value(rows->line, at, 3);
            uint change = 0;
            for (uint k = 0; k < 3; k++) {
                const uint old = before >> 8 * k & 0xff, byte = ((value >> 8 * k) - (y ? old : 0)) & 0xff;
                sum_png(w, left - 1 - 3 * at - k, byte, y ? 0 : old);
                change |= byte << 8 * k;
            }
            put_value(w, change, 3);
            set_line_value(rows->line, at, value, 3);
        }
    }
}

/* Ends the stream with its checksum. `joined`: ends at a byte boundary instead, with an empty stored block, so that the
 * next image's blocks can follow. Returns the stream's length in bytes. */
static uint finish_stream(struct writer *w, const uint adler, const int joined)
{
    put_entry(w, w->code[CODE_END]);
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
 * inks, background: values of pixels, of 3 bytes or one; with PNG numbers in the palette where there is one.
 * pack: PNG: 2^pack pixels per byte, in each of which the background is 0.
 * first_ink, first_code: where this part's values and its table of shared.h begin.
 * scratch: uint (image, SCRATCH_WORDS).
 * streams: uint (image, parts, slot); this launch makes part number `part`.
 * lengths: uint (image, parts), bytes of the stream. A stream longer than 4*slot, or UINT_MAX (more than `room`
 *          events), is incomplete, and the host must make it.
 * adlers: uint (image, parts), Adler-32 of the uncompressed bytes.
 * blank_a, blank_b: the two sums of Adler-32 for an image without events. */
__kernel void deflate(STACK_PARAMETERS, __global const uint *restrict code, __global uint *restrict scratch,
                      __global uint *restrict streams, __global uint *restrict lengths, __global uint *restrict adlers,
                      const uint png, const uint pack, const uint joined, const uint slot, const uint room,
                      const uint parts, const uint part, const uint first_ink, const uint first_code,
                      const uint blank_a, const uint blank_b, const uint images)
{
    const ulong image = get_global_id(0), out = image * parts + part;
    if (image >= images)
        return;
    struct stack s = STACK(image);
    s.inks += first_ink;
#if !LAYERED
    /* A chart of one line has one layer and grey pixels. Compilers leave the rest out. */
    s.first = 0;
    s.end = 1;
    s.bytes = 1;
#endif
    const struct rows rows =
        rows_in(scratch + image * (ulong)SCRATCH_WORDS(width, height, bytes, end - first, room), &s, room);
    if (!find_events(&s, &rows, room, 0, 0)) {
        lengths[out] = UINT_MAX;
        return;
    }
    fill_line(&s, rows.line);
    struct writer w = {streams + out * slot, code + first_code, slot, 0, 0, 0, -1, 0, (long)blank_a, (long)blank_b};
    const uint head = w.code[CODE_HEAD_BITS];
    for (uint i = 0; i < head; i += 32)
        put(&w, w.code[CODE_HEAD + i / 32], min(head - i, 32u));
    if (png && s.bytes == 1)
        write_png(&w, &s, &rows, pack);
    else if (png)
        write_truecolour(&w, &s, &rows);
    else if (s.bytes == 1)
        write_rows(&w, &s, &rows, 1);
    else
        write_rows(&w, &s, &rows, 3);
    const uint a = (uint)((w.a % ADLER_BASE + ADLER_BASE) % ADLER_BASE);
    const uint b = (uint)((w.b % ADLER_BASE + ADLER_BASE) % ADLER_BASE);
    adlers[out] = b << 16 | a;
    const uint length = finish_stream(&w, b << 16 | a, (int)joined);
    /* A driver that has ended a loop early (see VERTICES_PER_LAUNCH) ends every later loop after its first iteration,
     * and this one needs two. It is volatile so that compilers keep it. */
    volatile uint iterations = 0;
    for (volatile uint i = 0; i < 2; i++)
        iterations++;
    const ulong size = (ulong)height * (png ? png_row(&s, pack) + 1 : width * bytes);
    lengths[out] = iterations == 2 && w.bytes == size ? length : UINT_MAX;
}
