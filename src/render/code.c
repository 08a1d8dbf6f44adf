#include "render/code.h"

#include <string.h>

#include "base/numbers.h"

#define LITERALS 286 /* literals, end of block and lengths: RFC 1951, 3.2.5 */
#define END_OF_BLOCK 256
#define DISTANCES 30
#define LENGTHS 19 /* the alphabet of the code lengths: RFC 1951, 3.2.7 */
#define LONGEST 15 /* bits of a code */

/* How often each symbol occurs in streams of strokes, as measured by bench/fit_code.py. */
struct code_weights {
    uint32_t background; /* the background; in PNG an unchanged byte */
    uint32_t ink;        /* each ink; in PNG each difference of two values */
    uint32_t partial;    /* each other value, with antialiasing */
    uint32_t row;        /* PNG: the filter's number */
    uint32_t length[29]; /* symbols 257..285 */
};

/* Of each difference of bytes that hold several pixels. */
#define PACKED 500

/* [png][shaded] */
static const struct code_weights code_weights[2][2] = {
    {{9747, 18475, 0, 0, {79,  27,  26,  32,  171, 162, 159, 150, 274, 246, 231, 215, 641, 405,  418,
                          230, 413, 393, 353, 299, 520, 430, 410, 383, 668, 620, 612, 711, 12245}},
     {22625, 56955, 259, 0, {130, 36,   38,  41,  790, 726,  683, 638, 1055, 925,  825, 758, 1835, 1029, 786,
                             668, 1110, 929, 779, 678, 1105, 818, 853, 644,  1256, 978, 945, 1082, 9138}}},
    {{23956, 7971, 0, 5000, {463, 270, 221, 193, 171, 155, 163, 157, 282, 272,  225,  220,  425,  1349, 360,
                             326, 613, 533, 501, 492, 893, 790, 704, 620, 1238, 1198, 1049, 1053, 10106}},
     {85600, 859, 330, 5000, {1471, 957,  957,  858,  836,  747,  699,  631,  1112, 1001, 866,  814,  1505, 1249, 1090,
                              938,  1672, 1292, 1176, 1046, 1416, 1146, 1018, 919,  1664, 1577, 1203, 1062, 7343}}},
};

struct bits {
    uint32_t *words;
    uint32_t count;
};

static void put(struct bits *bits, uint32_t value, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, bits->count++)
        if (value >> i & 1)
            bits->words[bits->count / 32] |= 1u << bits->count % 32;
}

/* Lengths of an optimal prefix code; returns the longest. A search replaces the usual heap, because alphabets are small
 * and codes are made once per job. */
static uint32_t huffman_lengths(const uint32_t *weights, size_t count, uint8_t *lengths)
{
    uint64_t weight[2 * LITERALS];
    int parent[2 * LITERALS];
    size_t nodes = count;
    uint32_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        weight[i] = weights[i];
        parent[i] = -1;
    }
    for (;;) {
        int least = -1, second = -1;
        for (size_t i = 0; i < nodes; i++) {
            if (!weight[i] || parent[i] >= 0)
                continue;
            if (least < 0 || weight[i] < weight[least]) {
                second = least;
                least = (int)i;
            } else if (second < 0 || weight[i] < weight[second])
                second = (int)i;
        }
        if (second < 0)
            break;
        weight[nodes] = weight[least] + weight[second];
        parent[nodes] = -1;
        parent[least] = parent[second] = (int)nodes++;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t length = 0;
        for (int node = (int)i; weights[i] && parent[node] >= 0; node = parent[node])
            length++;
        lengths[i] = (uint8_t)(weights[i] && !length ? 1 : length);
        longest = MAX(length, longest);
    }
    return longest;
}

/* A canonical code (RFC 1951, 3.2.2) with no code longer than `limit` bits: its lengths, and its entries for the table.
 * Weights are flattened until the lengths fit. Codes are packed from their most significant bit on, so they are
 * reversed.
 */
static void make_code(const uint32_t *weights, size_t count, uint32_t limit, uint8_t *lengths, uint32_t *entries)
{
    uint32_t flat[LITERALS], next[LONGEST + 2] = {0}, of_length[LONGEST + 1] = {0};
    memcpy(flat, weights, count * sizeof *flat);
    while (huffman_lengths(flat, count, lengths) > limit)
        for (size_t i = 0; i < count; i++)
            flat[i] = flat[i] ? flat[i] / 2 + 1 : 0;
    for (size_t i = 0; i < count; i++)
        of_length[lengths[i]] += lengths[i] != 0;
    for (uint32_t length = 1; length <= LONGEST; length++)
        next[length + 1] = (next[length] + of_length[length]) << 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t length = lengths[i], code = length ? next[length]++ : 0;
        entries[i] = length << 24;
        for (uint32_t bit = 0; bit < length; bit++)
            entries[i] |= (code >> bit & 1) << (length - 1 - bit);
    }
}

/* A code and its extra bits as one entry. */
static uint32_t extended(uint32_t entry, uint32_t extra, uint32_t extra_bits)
{
    uint32_t length = entry >> 24;
    return (entry & 0xffffff) | extra << length | (length + extra_bits) << 24;
}

/* RFC 1951, 3.2.5: symbols of lengths and distances stand for ranges; the position in a range is written as extra bits.
 * The first 2 * `step` symbols have no extra bits, then each `step` symbols have one more. */
static uint32_t range_symbol(uint32_t offset, uint32_t step, uint32_t *extra, uint32_t *extra_bits)
{
    uint32_t bits = 0;
    while (offset >> bits >= 2 * step)
        bits++;
    *extra_bits = bits;
    *extra = offset & ((1u << bits) - 1);
    return step * bits + (offset >> bits);
}

/* The entry of a copy's length, 3..258; 258 has a symbol of its own. */
static uint32_t length_entry(const uint32_t *entries, uint32_t length)
{
    uint32_t extra, extra_bits;
    if (length == 258)
        return entries[285];
    uint32_t symbol = 257 + range_symbol(length - 3, 4, &extra, &extra_bits);
    return extended(entries[symbol], extra, extra_bits);
}

static uint32_t value_of(const struct code_use *use, size_t number)
{
    return number < use->count ? use->inks[number] : use->background;
}

/* The bytes of pixels: those of the inks and of the background. */
static void weigh_values(const struct code_use *use, const struct code_weights *fitted, uint32_t *weights)
{
    for (uint32_t shift = 0; shift < 8 * use->bytes; shift += 8) {
        const uint32_t background = use->background >> shift & 255;
        for (size_t i = 0; i < use->count; i++) {
            const uint32_t ink = use->inks[i] >> shift & 255;
            if (ink != background)
                weights[ink] = MAX(weights[ink], fitted->ink);
        }
    }
    for (uint32_t shift = 0; shift < 8 * use->bytes; shift += 8)
        weights[use->background >> shift & 255] = fitted->background;
}

/* The differences of bytes in PNG: of the inks, of the background and 0; the filter's number; and row 0, which holds
 * the bytes themselves. */
static void weigh_differences(const struct code_use *use, const struct code_weights *fitted, uint32_t *weights)
{
    for (uint32_t shift = 0; shift < 8 * use->bytes; shift += 8) {
        for (size_t i = 0; i <= use->count; i++)
            for (size_t j = 0; j <= use->count; j++) {
                const uint32_t from = value_of(use, i) >> shift & 255, to = value_of(use, j) >> shift & 255;
                if (from != to)
                    weights[(to - from) & 255] = fitted->ink;
            }
    }
    for (uint32_t shift = 0; shift < 8 * use->bytes; shift += 8) {
        for (size_t i = 0; i < use->count; i++)
            weights[use->inks[i] >> shift & 255] += 1;
        weights[use->background >> shift & 255] += fitted->row / 500;
    }
    weights[0] += fitted->background;
    weights[PNG_FILTER_UP] += fitted->row;
}

/* The weights of literals and lengths. */
static void weigh_literals(const struct code_use *use, uint32_t *weights)
{
    const struct code_weights *fitted = &code_weights[use->png][use->shaded];
    for (int value = 0; value < 256; value++)
        weights[value] = use->shaded ? fitted->partial : use->pack ? PACKED : 0;
    if (use->png)
        weigh_differences(use, fitted, weights);
    else
        weigh_values(use, fitted, weights);
    weights[END_OF_BLOCK] = 1;
    for (int i = 0; i < 29; i++)
        weights[257 + i] = fitted->length[i];
}

/* Writes the block header of RFC 1951, 3.2.7: the lengths of both codes, `all`, run-length encoded and Huffman coded.
 */
static void put_block_header(struct bits *head, const uint8_t *all, uint32_t distances, bool final)
{
    static const uint8_t order[LENGTHS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint32_t weights[LENGTHS] = {0}, entries[LENGTHS];
    uint8_t lengths[LENGTHS], symbols[LITERALS + DISTANCES], extra[LITERALS + DISTANCES];
    size_t count = LITERALS + distances, used = 0;
    for (size_t i = 0; i < count;) {
        size_t run = 1;
        while (i + run < count && all[i + run] == all[i] && run < 138)
            run++;
        bool zeros = !all[i] && run >= 3;
        /* Symbol 16 repeats the previous length 3 to 6 times, 17 and 18 are 3 to 138 zeros. */
        bool repeat = !zeros && i && all[i] == all[i - 1] && run >= 3;
        run = zeros ? run : repeat ? MIN(run, 6) : 1;
        symbols[used] = zeros ? (run < 11 ? 17 : 18) : repeat ? 16 : all[i];
        extra[used] = (uint8_t)(zeros ? run - (run < 11 ? 3 : 11) : repeat ? run - 3 : 0);
        weights[symbols[used++]]++;
        i += run;
    }
    make_code(weights, LENGTHS, 7, lengths, entries);
    uint32_t count_lengths = LENGTHS;
    while (count_lengths > 4 && !lengths[order[count_lengths - 1]])
        count_lengths--;
    put(head, final | 2 << 1, 3);
    put(head, LITERALS - 257, 5);
    put(head, distances - 1, 5);
    put(head, count_lengths - 4, 4);
    for (uint32_t i = 0; i < count_lengths; i++)
        put(head, lengths[order[i]], 3);
    for (size_t i = 0; i < used; i++) {
        put(head, entries[symbols[i]] & 0xffffff, entries[symbols[i]] >> 24);
        put(head, extra[i], symbols[i] == 16 ? 2 : symbols[i] == 17 ? 3 : symbols[i] == 18 ? 7 : 0);
    }
}

void code_make(const struct code_use *use, uint32_t *table)
{
    /* Literals and lengths, then distances. */
    uint32_t weights[LITERALS + DISTANCES] = {0}, entries[LITERALS + DISTANCES], extra = 0, extra_bits = 0;
    uint8_t lengths[LITERALS + DISTANCES];
    const uint32_t beside = range_symbol(use->bytes - 1, 2, &extra, &extra_bits); /* no extra bits */
    const uint32_t above = use->png ? beside : range_symbol(use->width * use->bytes - 1, 2, &extra, &extra_bits);
    memset(table, 0, CODE_WORDS * sizeof *table);
    weigh_literals(use, weights);
    weights[LITERALS + beside] = 1;
    if (!use->png)
        weights[LITERALS + above] = 2;
    make_code(weights, LITERALS, LONGEST, lengths, entries);
    make_code(weights + LITERALS, DISTANCES, LONGEST, lengths + LITERALS, entries + LITERALS);

    memcpy(table + CODE_LITERAL, entries, 256 * sizeof *entries);
    for (uint32_t length = 3; length <= 258; length++)
        table[CODE_LENGTH + length] = length_entry(entries, length);
    table[CODE_NEAR] = entries[LITERALS + beside];
    if (!use->png)
        table[CODE_ABOVE] = extended(entries[LITERALS + above], extra, extra_bits);
    table[CODE_END] = entries[END_OF_BLOCK];

    struct bits head = {table + CODE_HEAD, 0};
    if (!use->joined)
        put(&head, 0x0178, 16); /* RFC 1950: deflate with a window of 32 kB, no dictionary, fastest */
    put_block_header(&head, lengths, above + 1, !use->joined);
    table[CODE_HEAD_BITS] = head.count;
}
