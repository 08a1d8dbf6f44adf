#include "formats/text/text_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"

void table_chunk_free(struct table_chunk *chunk)
{
    free(chunk->values);
    free(chunk->times);
    free(chunk->sides);
    free(chunk->runs);
    *chunk = (struct table_chunk){0};
}

enum plotmill_status text_table_append(struct text_table *table, struct table_chunk *chunk, uint64_t rows,
                                       uint64_t lines, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (chunk->count && table->chunk_count == table->capacity) {
        const size_t capacity = table->capacity ? 2 * table->capacity : 8;
        struct table_chunk *chunks = realloc(table->chunks, capacity * sizeof *chunks);
        TRY_MEMORY(error, chunks);
        table->chunks = chunks;
        table->capacity = capacity;
    }
    if (chunk->count) {
        chunk->first = table->count;
        chunk->first_row = table->rows;
        chunk->lines = table->lines;
        table->count += chunk->count;
        table->chunks[table->chunk_count++] = *chunk;
        *chunk = (struct table_chunk){0};
    }
    table->rows += rows;
    table->lines += lines;
done:
    table_chunk_free(chunk);
    return status;
}

void text_table_free(struct text_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->chunk_count; i++)
        table_chunk_free(&table->chunks[i]);
    free(table->chunks);
    free(table->name);
    free(table);
}

/* The chunk that holds a kept row. */
static const struct table_chunk *chunk_of(const struct text_table *table, uint64_t at)
{
    size_t low = 0, high = table->chunk_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (table->chunks[middle].first <= at)
            low = middle;
        else
            high = middle;
    }
    return &table->chunks[low];
}

static const struct table_run *run_of(const struct table_chunk *chunk, uint64_t at)
{
    size_t low = 0, high = chunk->run_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (chunk->runs[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return &chunk->runs[low];
}

/* Samples are values where rows are sequences. */
static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct text_table *table = self;
    const size_t fields = table->sequences ? 1 : table->width;
    uint64_t value = first * fields, left = count * fields;
    (void)error;
    for (const struct table_chunk *chunk = left ? chunk_of(table, value / table->width) : NULL; left; chunk++) {
        const uint64_t skip = value - chunk->first * table->width, there = chunk->count * table->width - skip;
        const uint64_t n = MIN(left, there);
        memcpy(out, chunk->values + skip, (size_t)n * sizeof *out);
        out += n;
        value += n;
        left -= n;
    }
    return PLOTMILL_OK;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct text_table *table = self;
    const uint64_t at = table->sequences ? sample / table->width : sample;
    const struct table_chunk *chunk = chunk_of(table, at);
    const struct table_run *run = run_of(chunk, at - chunk->first);
    snprintf(text, size, "%s, line %" PRIu64, table->name,
             chunk->lines + run->line + (at - chunk->first - run->at) + 1);
}

static void destroy(void *self)
{
    text_table_free(self);
}

static void get_rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    const struct text_table *table = self;
    const struct table_chunk *chunk = count ? chunk_of(table, first) : NULL;
    for (; count; chunk++) {
        const struct table_run *run = run_of(chunk, first - chunk->first);
        for (; count && first < chunk->first + chunk->count; first++, count--) {
            const uint64_t at = first - chunk->first;
            if (run + 1 < chunk->runs + chunk->run_count && run[1].at <= at)
                run++;
            *out++ = chunk->first_row + run->row + (at - run->at);
        }
    }
}

static enum plotmill_status get_times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                      struct plotmill_error *error)
{
    const struct text_table *table = self;
    (void)error;
    for (const struct table_chunk *chunk = count ? chunk_of(table, first) : NULL; count; chunk++) {
        const uint64_t skip = first - chunk->first, there = chunk->count - skip;
        const uint64_t n = MIN(count, there);
        for (uint64_t i = 0; i < n; i++)
            for (int k = 0; k <= table->sequences; k++)
                *out++ = chunk->times[skip + i];
        first += n;
        count -= n;
    }
    return PLOTMILL_OK;
}

static enum plotmill_status get_side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                     struct plotmill_error *error)
{
    const struct text_table *table = self;
    (void)error;
    for (const struct table_chunk *chunk = count ? chunk_of(table, first) : NULL; count; chunk++) {
        const uint64_t skip = first - chunk->first, there = chunk->count - skip;
        const uint64_t n = MIN(count, there);
        memcpy(out, chunk->sides + column * chunk->count + skip, (size_t)n * sizeof *out);
        out += n;
        first += n;
        count -= n;
    }
    return PLOTMILL_OK;
}

const struct source_ops text_table_ops = {read_samples, locate, destroy, get_rows, get_times, get_side};
const struct source_ops text_table_ops_no_times = {read_samples, locate, destroy, get_rows, NULL, get_side};
