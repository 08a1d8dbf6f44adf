#include "formats/text/text_loader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/thread.h"
#include "base/try.h"

/* Text that waits or is parsed: in all at most two batches of so many blocks, and bytes, the last block aside. */
#define BATCH_BLOCKS 32
#define BATCH_BYTES ((size_t)1 << 25)
#define BLOCKS_PER_THREAD 8
#define LINE_LIMIT ((size_t)1 << 28) /* bytes */

struct batch {
    struct text_block blocks[BATCH_BLOCKS];
    size_t count;
};

struct loader {
    struct load_result *result;
    struct load_plan *plan;
    const char *name;
    struct load_sizes sizes;
    size_t batch_blocks;
    struct batch batches[2];

    /* The reader of text: one thread at a time. */
    struct text_stream *stream;
    char *carry; /* text before the next block */
    size_t carry_size, carry_capacity;
    bool complete; /* nothing follows the carry */
    bool ended;    /* the last block is filled */
    enum plotmill_status read_status;
    struct plotmill_error read_error;

    /* The batch that is filled, and the one that is parsed. */
    struct batch *filled, *parsed;
    char *pending; /* text of a record that goes on in the next batch */
    size_t pending_size;
};

static enum plotmill_status reserve(char **bytes, size_t *capacity, size_t size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (size > *capacity) {
        char *grown = realloc(*bytes, size);
        TRY_MEMORY(error, grown);
        *bytes = grown;
        *capacity = size;
    }
done:
    return status;
}

/* After the last line that certainly ends in the text; 0: none does. A CR at the end may be half of a line end. */
static size_t last_line_end(const char *text, size_t size)
{
    for (size_t i = size; i-- > 0;)
        if (text[i] == '\n' || (text[i] == '\r' && i + 1 < size))
            return i + 1;
    return 0;
}

/* Moves the carry and more text to the block, up to the end of a line. */
static enum plotmill_status fill_block(struct loader *loader, struct text_block *block, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t cut = 0, got;
    block->size = 0;
    TRY(reserve(&block->text, &block->capacity, loader->carry_size + loader->sizes.block_bytes, error));
    if (loader->carry_size)
        memcpy(block->text, loader->carry, loader->carry_size);
    block->size = loader->carry_size;
    loader->carry_size = 0;
    while (!cut && !loader->complete) {
        if (block->size > LINE_LIMIT)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: found a line of over %zu bytes, expected less", loader->name,
                 LINE_LIMIT);
        const size_t wanted = MAX(loader->sizes.block_bytes, block->size / 2);
        TRY(reserve(&block->text, &block->capacity, block->size + wanted, error));
        TRY(text_stream_read(loader->stream, block->text + block->size, wanted, &got, error));
        block->size += got;
        loader->complete = got < wanted;
        cut = last_line_end(block->text, block->size);
    }
    block->last = loader->complete;
    if (block->last)
        goto done;
    loader->carry_size = block->size - cut;
    TRY(reserve(&loader->carry, &loader->carry_capacity, loader->carry_size, error));
    memcpy(loader->carry, block->text + cut, loader->carry_size);
    block->size = cut;
done:
    return status;
}

static void fill_batch(struct loader *loader, struct batch *batch)
{
    size_t bytes = 0;
    batch->count = 0;
    while (!loader->read_status && !loader->ended && batch->count < loader->batch_blocks && bytes < BATCH_BYTES) {
        struct text_block *block = &batch->blocks[batch->count++];
        /* Long lines need large blocks; these are not kept. */
        if (block->capacity > 4 * loader->sizes.block_bytes) {
            free(block->text);
            block->text = NULL;
            block->capacity = 0;
        }
        loader->read_status = fill_block(loader, block, &loader->read_error);
        loader->ended = block->last;
        bytes += block->size;
    }
}

/* Piece 0 fills the next batch while the others parse the blocks of this one. */
static void work(void *user, uint64_t piece)
{
    struct loader *loader = user;
    if (piece == 0)
        fill_batch(loader, loader->filled);
    else
        block_parse(&loader->parsed->blocks[piece - 1], loader->plan);
}

struct row_complaint row_complain(const struct row_problem *problem, const struct load_plan *plan, const char *name)
{
    struct row_complaint complaint;
    const struct dialect *dialect = plan->dialect;
    const struct field_label label = field_label(&dialect->list, problem->column);
    char *text = complaint.text;
    const size_t size = sizeof complaint.text, expected = dialect->list.count;
    const unsigned long long line = problem->line, model = plan->model_line;
    switch (problem->kind) {
    case PROBLEM_QUOTE:
        snprintf(text, size, "%s, line %llu: found a quote that is not closed in its field, expected a second %c", name,
                 line, dialect->quote);
        break;
    case PROBLEM_FIELDS:
        snprintf(text, size, "%s, line %llu: found %zu field%s, expected %zu as in line %llu", name, line,
                 problem->fields, problem->fields == 1 ? "" : "s", expected, model);
        break;
    case PROBLEM_NUMBER:
        snprintf(text, size, "%s, line %llu, column %s: found \"%s\", expected a number", name, line, label.text,
                 problem->found.text);
        break;
    default:
        snprintf(text, size, "%s, line %llu, column %s: found \"%s\", expected a time: %s", name, line, label.text,
                 problem->found.text, time_format_name(&dialect->time).text);
    }
    return complaint;
}

/* Puts the text before that of the block. */
static enum plotmill_status prepend(struct text_block *block, const char *text, size_t size,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(reserve(&block->text, &block->capacity, block->size + size, error));
    memmove(block->text + size, block->text, block->size);
    memcpy(block->text, text, size);
    block->size += size;
done:
    return status;
}

/* Numbers of classes of the block become those of all blocks. */
static enum plotmill_status merge_classes(struct loader *loader, struct text_block *block, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t *map = NULL;
    const size_t rows = block->chunk.count;
    for (size_t i = 0; i < loader->plan->side_count; i++) {
        const struct classes *classes = &block->classes[i];
        double *side = block->chunk.sides + i * rows;
        if (!loader->plan->sides[i].text || !rows)
            continue;
        free(map);
        TRY_ALLOCATE(error, map, classes->count, sizeof *map);
        for (size_t k = 0; k < classes->count; k++) {
            const struct class_text *item = &classes->items[k];
            TRY(classes_add(&loader->result->classes[i], classes->bytes + item->at, item->length, &map[k], error));
        }
        for (size_t k = 0; k < rows; k++)
            if (side[k] >= 0)
                side[k] = map[(size_t)side[k]];
    }
done:
    free(map);
    return status;
}

static void merge_times(struct load_result *result, const struct text_block *block)
{
    if (block->first_time == SOURCE_NO_TIME)
        return;
    if (result->first_time == SOURCE_NO_TIME || block->first_time < result->first_time)
        result->first_time = block->first_time;
    result->last_time = MAX(result->last_time, block->last_time);
}

/* Which form the times have: the first row that only one of them fits decides. */
static void merge_forms(struct loader *loader, const struct text_block *block)
{
    struct load_result *result = loader->result;
    if (!loader->plan->open)
        return;
    if (block->forms_differ && !result->undecided) {
        result->undecided = true;
        result->example = block->example;
    }
    if (block->other_refused)
        loader->plan->open = false;
    else
        result->other_needed = block->other_needed;
    if (block->other_refused || block->other_needed)
        result->undecided = false;
}

static enum plotmill_status check_rows(struct loader *loader, const struct text_block *block,
                                       struct plotmill_error *error)
{
    struct load_result *result = loader->result;
    if (!block->problem.kind)
        return PLOTMILL_OK;
    struct row_problem problem = block->problem;
    problem.line += result->table->lines;
    if (!loader->plan->skip_bad)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s (bad-rows skip leaves such rows out)",
                                  row_complain(&problem, loader->plan, loader->name).text);
    if (!result->bad)
        result->bad_row = problem;
    result->bad += block->bad;
    return PLOTMILL_OK;
}

/* Adds the rows of a block, whose text begins where that of the block before ended. */
static enum plotmill_status append(struct loader *loader, struct text_block *block, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct load_result *result = loader->result;
    if (block->status) {
        if (error)
            *error = block->error;
        return block->status;
    }
    merge_forms(loader, block);
    if (result->other_needed)
        return PLOTMILL_OK;
    /* It stopped at a time of the other form, which an earlier row has ruled out. */
    if (block->other_needed && !loader->plan->open)
        block_parse(block, loader->plan);
    TRY(check_rows(loader, block, error));
    result->left_out += block->left_out;
    merge_times(result, block);
    TRY(merge_classes(loader, block, error));
    for (size_t i = 0; i < loader->plan->watch_count; i++)
        TRY(column_watch_join(&result->watches[i], &block->watches[i], result->table->lines, error));
    TRY(text_table_append(result->table, &block->chunk, block->rows, block->lines, error));
done:
    return status;
}

/* Adds the blocks of a batch in their order. A record that goes on after its block is parsed again with the next one,
 * which was parsed as if it began with a record. */
static enum plotmill_status append_batch(struct loader *loader, struct batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < batch->count && !loader->result->other_needed; i++) {
        struct text_block *block = &batch->blocks[i];
        TRY(append(loader, block, error));
        if (!block->rest)
            continue;
        const char *rest = block->text + block->size - block->rest;
        if (i + 1 < batch->count) {
            TRY(prepend(&batch->blocks[i + 1], rest, block->rest, error));
            block_parse(&batch->blocks[i + 1], loader->plan);
        } else {
            loader->pending_size = block->rest;
            loader->pending = malloc(block->rest);
            TRY_MEMORY(error, loader->pending);
            memcpy(loader->pending, rest, block->rest);
        }
    }
done:
    return status;
}

static enum plotmill_status load_batches(struct loader *loader, struct pool *pool, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    loader->filled = &loader->batches[0];
    fill_batch(loader, loader->filled);
    while (loader->filled->count && !loader->result->other_needed) {
        struct batch *batch = loader->filled;
        if (loader->read_status) {
            if (error)
                *error = loader->read_error;
            return loader->read_status;
        }
        if (loader->pending) {
            TRY(prepend(&batch->blocks[0], loader->pending, loader->pending_size, error));
            free(loader->pending);
            loader->pending = NULL;
        }
        loader->parsed = batch;
        loader->filled = &loader->batches[batch == &loader->batches[0]];
        if (pool)
            pool_run(pool, work, loader, batch->count + 1);
        else
            for (uint64_t piece = 0; piece <= batch->count; piece++)
                work(loader, piece);
        TRY(append_batch(loader, batch, error));
    }
done:
    return status;
}

static enum plotmill_status prepare(struct loader *loader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct load_plan *plan = loader->plan;
    struct load_result *result = loader->result;
    TRY_ALLOCATE(error, result->table, 1, sizeof *result->table);
    result->table->width = plan->width;
    result->table->side_count = plan->side_count;
    TRY(string_keep(&result->table->name, loader->name, error));
    TRY_ALLOCATE(error, result->classes, plan->side_count, sizeof *result->classes);
    TRY_ALLOCATE(error, result->watches, plan->watch_count, sizeof *result->watches);
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < loader->batch_blocks; k++)
            TRY(block_prepare(&loader->batches[i].blocks[k], plan, error));
done:
    return status;
}

enum plotmill_status load_rows(struct load_result *result, struct load_plan *plan, const char *name,
                               struct text_stream *stream, const char *head, size_t size, bool complete, uint64_t lines,
                               struct load_sizes sizes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct loader *loader = NULL;
    struct pool *pool = NULL;
    *result = (struct load_result){.first_time = SOURCE_NO_TIME, .last_time = SOURCE_NO_TIME};
    TRY_ALLOCATE(error, loader, 1, sizeof *loader);
    loader->result = result;
    loader->plan = plan;
    loader->name = name;
    loader->sizes = sizes;
    loader->stream = stream;
    loader->complete = complete;
    const unsigned threads = sizes.threads ? sizes.threads : os_cores();
    loader->batch_blocks = complete ? 1 : MIN(BLOCKS_PER_THREAD * threads, BATCH_BLOCKS);
    TRY(prepare(loader, error));
    result->table->lines = lines;
    TRY(reserve(&loader->carry, &loader->carry_capacity, size, error));
    if (size)
        memcpy(loader->carry, head, size);
    loader->carry_size = size;
    if (!complete)
        TRY(pool_create(&pool, threads, error));
    TRY(load_batches(loader, pool, error));
done:
    pool_destroy(pool);
    for (int i = 0; loader && i < 2; i++)
        for (size_t k = 0; k < loader->batch_blocks; k++)
            block_free(&loader->batches[i].blocks[k], plan);
    if (loader) {
        free(loader->carry);
        free(loader->pending);
    }
    free(loader);
    return status;
}

void load_result_free(struct load_result *result, const struct load_plan *plan)
{
    text_table_free(result->table);
    for (size_t i = 0; result->classes && i < plan->side_count; i++)
        classes_free(&result->classes[i]);
    for (size_t i = 0; result->watches && i < plan->watch_count; i++)
        column_watch_free(&result->watches[i]);
    free(result->classes);
    free(result->watches);
    *result = (struct load_result){0};
}
