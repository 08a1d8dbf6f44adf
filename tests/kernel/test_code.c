/* Every entry of the Huffman table: zlib decodes a stream that uses all of them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "render/code.h"

#define CANARY 0xdeadbeefu
#define MEANT_MAX ((size_t)1 << 19)

/* A stream, and the bytes that it should decode to. */
struct message {
    uint8_t *stream;
    size_t bits;
    uint8_t *meant;
    size_t size;
};

static const char *name_of(const struct code_use *use)
{
    static char name[120];
    snprintf(name, sizeof name, "%s%s, width %u, %u bytes, 2^%u pixels per byte, %zu inks, background %06x%s",
             use->png ? "PNG" : "rows", use->shaded ? " antialiased" : "", (unsigned)use->width, (unsigned)use->bytes,
             (unsigned)use->pack, use->count, (unsigned)use->background, use->joined ? ", joined" : "");
    return name;
}

static void put(struct message *m, uint32_t value, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, m->bits++)
        m->stream[m->bits / 8] = (uint8_t)(m->stream[m->bits / 8] | (value >> i & 1) << m->bits % 8);
}

static void put_entry(struct message *m, uint32_t entry)
{
    put(m, entry & 0xffffff, entry >> 24);
}

static void put_literal(struct message *m, const uint32_t *table, uint8_t value)
{
    put_entry(m, table[CODE_LITERAL + value]);
    m->meant[m->size++] = value;
}

static void put_copy(struct message *m, const uint32_t *table, uint32_t length, uint32_t distance, int entry)
{
    put_entry(m, table[CODE_LENGTH + length]);
    put_entry(m, table[entry]);
    for (uint32_t i = 0; i < length; i++, m->size++)
        m->meant[m->size] = m->meant[m->size - distance];
}

/* The byte values that streams of these images may contain. */
static void find_needed(const struct code_use *use, bool needed[256])
{
    memset(needed, use->shaded || use->pack, 256);
    if (use->png)
        needed[0] = needed[2] = true;
    for (uint32_t shift = 0; shift < 8 * use->bytes; shift += 8) {
        needed[use->background >> shift & 255] = true;
        for (size_t i = 0; i < use->count; i++) {
            const uint32_t ink = use->inks[i] >> shift & 255;
            needed[ink] = true;
            for (size_t j = 0; use->png && j <= use->count; j++) {
                const uint32_t other = (j < use->count ? use->inks[j] : use->background) >> shift & 255;
                needed[(ink - other) & 255] = needed[(other - ink) & 255] = true;
            }
        }
    }
}

static void write_literals(struct message *m, const uint32_t *table, const struct code_use *use)
{
    bool needed[256];
    find_needed(use, needed);
    for (int value = 0; value < 256; value++) {
        cr_assert(!needed[value] || table[CODE_LITERAL + value], "%s: no code for %d", name_of(use), value);
        if (table[CODE_LITERAL + value])
            put_literal(m, table, (uint8_t)value);
    }
}

/* Every length at every distance, with literals after each, so that a wrong length changes the result. */
static void write_message(struct message *m, const uint32_t *table, const struct code_use *use)
{
    for (uint32_t i = 0; i < table[CODE_HEAD_BITS]; i++)
        put(m, table[CODE_HEAD + i / 32] >> i % 32 & 1, 1);
    while (m->size < use->bytes)
        write_literals(m, table, use);
    write_literals(m, table, use);
    while (m->size < (size_t)use->width * use->bytes) {
        write_literals(m, table, use);
        put_copy(m, table, 200, use->bytes, CODE_NEAR);
    }
    for (uint32_t length = 3; length <= 258; length++) {
        put_copy(m, table, length, use->bytes, CODE_NEAR);
        write_literals(m, table, use);
        if (!use->png) {
            put_copy(m, table, length, use->width * use->bytes, CODE_ABOVE);
            write_literals(m, table, use);
        }
    }
    put_entry(m, table[CODE_END]);
    if (use->joined)
        put(m, 3, 10); /* an empty last block with the fixed code */
}

static void expect_understood(const struct message *m, const struct code_use *use)
{
    uint8_t *found = calloc(1, MEANT_MAX);
    z_stream z = {0};
    cr_assert_not_null(found);
    cr_assert_eq(inflateInit2(&z, use->joined ? -15 : 15), Z_OK);
    z.next_in = m->stream;
    z.avail_in = (uInt)((m->bits + 7) / 8 + (use->joined ? 0 : 4));
    z.next_out = found;
    z.avail_out = MEANT_MAX;
    int result = inflate(&z, Z_FINISH);
    cr_assert_eq(result, Z_STREAM_END, "%s: %s", name_of(use), z.msg ? z.msg : "the stream does not end");
    cr_assert_eq(z.avail_in, 0, "%s: %u bytes too many", name_of(use), z.avail_in);
    cr_assert_eq(z.total_out, m->size, "%s: %zu bytes, expected %zu", name_of(use), (size_t)z.total_out, m->size);
    cr_assert(!memcmp(found, m->meant, m->size), "%s: other bytes", name_of(use));
    inflateEnd(&z);
    free(found);
}

static void check_table(const struct code_use *use)
{
    uint32_t table[CODE_WORDS + 8];
    struct message m = {calloc(1, MEANT_MAX), 0, calloc(1, MEANT_MAX), 0};
    cr_assert(m.stream && m.meant);
    for (size_t i = 0; i < CODE_WORDS + 8; i++)
        table[i] = CANARY;
    code_make(use, table);
    for (size_t i = CODE_WORDS; i < CODE_WORDS + 8; i++)
        cr_assert_eq(table[i], CANARY, "%s: written beyond the table", name_of(use));
    cr_assert_leq(table[CODE_HEAD_BITS], (CODE_WORDS - CODE_HEAD) * 32, "%s", name_of(use));
    for (size_t i = 0; i < CODE_HEAD_BITS; i++)
        cr_assert(table[i] >> 24 <= 24 && !((table[i] & 0xffffff) >> (table[i] >> 24)), "%s: entry %zu is %08x",
                  name_of(use), i, (unsigned)table[i]);
    for (size_t i = table[CODE_HEAD_BITS]; i < (size_t)(CODE_WORDS - CODE_HEAD) * 32; i++)
        cr_assert(!(table[CODE_HEAD + i / 32] >> i % 32 & 1), "%s: bits after the head", name_of(use));

    write_message(&m, table, use);
    if (!use->joined) {
        uint32_t sum = (uint32_t)adler32(1, m.meant, (uInt)m.size);
        put(&m, 0, (uint32_t)(-m.bits & 7));
        for (int shift = 24; shift >= 0; shift -= 8)
            put(&m, sum >> shift & 255, 8);
        m.bits -= 32;
    }
    expect_understood(&m, use);
    free(m.stream);
    free(m.meant);
}

static void check_kind(bool png, bool shaded)
{
    static const uint32_t widths[] = {1, 2, 3, 4, 5, 6, 7, 24, 25, 192, 193, 800, 24576, 24577, 32767, 32768};
    static const uint32_t inks[][3] = {{0, 255, 128}, {255, 0, 2},     {2, 2, 2},
                                       {7, 7, 9},     {250, 251, 252}, {1, 128, 129}};
    static const uint32_t backgrounds[] = {0, 255, 2, 7, 128};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t i = 0; i < sizeof inks / sizeof *inks; i++)
            for (size_t count = 1; count <= 3; count++)
                for (int joined = 0; joined < 2; joined++) {
                    struct code_use use = {
                        .png = png,
                        .shaded = shaded,
                        .joined = joined,
                        .bytes = 1,
                        .pack = png ? (uint32_t)(w % 4) : 0,
                        .width = widths[w],
                        .background = backgrounds[(w + i + count) % 5],
                        .inks = inks[i],
                        .count = count,
                    };
                    if (i < 2 || widths[w] == 800)
                        check_table(&use);
                }
}

Test(code, rows_binary)
{
    check_kind(false, false);
}

Test(code, rows_antialiased)
{
    check_kind(false, true);
}

Test(code, png_binary)
{
    check_kind(true, false);
}

Test(code, png_antialiased)
{
    check_kind(true, true);
}

/* Three bytes per pixel, and rows up to the size of deflate's window. */
Test(code, colours)
{
    static const uint32_t widths[] = {1, 2, 3, 8, 266, 10921, 10922};
    static const uint32_t inks[] = {0xffffff, 0, 0x26a69a, 0xef5350, 0x1f77b4, 0x020202, 0xff0000};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t count = 0; count <= 7; count++)
            for (unsigned kind = 0; kind < 8; kind++) {
                struct code_use use = {
                    .png = kind & 1,
                    .shaded = kind & 2,
                    .joined = kind & 4,
                    .bytes = 3,
                    .width = widths[w],
                    .background = inks[(w + kind) % 7],
                    .inks = inks,
                    .count = count,
                };
                check_table(&use);
            }
}
