/* Windows by their starts, while a set is planned. */
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/window_parts.h"

enum plotmill_status window_runs_add(struct window_runs *runs, uint64_t start, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct window_run *last = runs->run_count ? &runs->runs[runs->run_count - 1] : NULL;
    runs->count++;
    if (last && start > last->start && start - last->start == last->count * runs->step) {
        last->count++;
        return PLOTMILL_OK;
    }
    if (runs->run_count == runs->capacity) {
        const size_t capacity = runs->capacity ? 2 * runs->capacity : 16;
        struct window_run *grown = realloc(runs->runs, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        runs->runs = grown;
        runs->capacity = capacity;
    }
    runs->runs[runs->run_count++] = (struct window_run){start, 1};
done:
    return status;
}

enum plotmill_status window_runs_list(struct window_runs *runs, uint64_t start, uint64_t table_row,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (runs->count == runs->list_capacity) {
        const uint64_t capacity = runs->list_capacity ? 2 * runs->list_capacity : 1024;
        uint64_t *list = realloc(runs->list, (size_t)capacity * sizeof *list), *rows;
        TRY_MEMORY(error, list);
        runs->list = list;
        rows = realloc(runs->table_rows, (size_t)capacity * sizeof *rows);
        TRY_MEMORY(error, rows);
        runs->table_rows = rows;
        runs->list_capacity = capacity;
    }
    runs->list[runs->count] = start;
    runs->table_rows[runs->count++] = table_row;
done:
    return status;
}

void window_runs_free(struct window_runs *runs)
{
    free(runs->runs);
    free(runs->list);
    free(runs->table_rows);
    *runs = (struct window_runs){0};
}

bool window_walk_next(struct window_walk *walk)
{
    const struct window_runs *runs = walk->runs;
    walk->count = 0;
    walk->table_rows = NULL;
    if (runs->list) {
        const uint64_t left = runs->count - walk->done;
        walk->count = (size_t)MIN(left, WINDOW_BLOCK);
        memcpy(walk->starts, runs->list + walk->done, walk->count * sizeof *walk->starts);
        walk->table_rows = runs->table_rows + walk->done;
    }
    while (!runs->list && walk->run < runs->run_count && walk->count < WINDOW_BLOCK) {
        const struct window_run *run = &runs->runs[walk->run];
        if (walk->at == run->count) {
            walk->run++;
            walk->at = 0;
            continue;
        }
        walk->starts[walk->count++] = run->start + walk->at++ * runs->step;
    }
    walk->done += walk->count;
    return walk->count > 0;
}
