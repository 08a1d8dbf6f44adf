#include "render/buffers.h"

#include "base/try.h"

void buffers_need(struct buffers *buffers, enum buffer_id id, const char *name, enum buffer_place place, uint64_t bytes)
{
    buffers->need[id] = (struct buffer_need){name, place, bytes, bytes};
}

void buffers_add_needs(const struct buffers *buffers, bool discrete, struct memory_needs *needs)
{
    for (int id = 0; id < BUF_COUNT; id++) {
        const struct buffer_need *need = &buffers->need[id];
        if (need->place == PLACE_HOST || (need->place == PLACE_DOWNLOADED && discrete))
            needs->host += need->further;
        if (need->place == PLACE_HOST)
            continue;
        needs->first += need->first;
        needs->further += need->further;
        if (id != BUF_SAMPLES && id != BUF_NEIGHBOURS && need->further > needs->largest)
            needs->largest = need->further;
    }
}

static uint64_t bytes_of(const struct buffers *buffers, int id, uint64_t batch)
{
    return buffers->need[id].first + (batch - 1) * buffers->need[id].further;
}

enum plotmill_status buffers_create(struct buffers *buffers, struct compute *compute, uint64_t batch,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int id = 0; id < BUF_COUNT; id++) {
        enum buffer_use use = buffers->need[id].place == PLACE_DOWNLOADED ? BUFFER_DOWNLOAD : BUFFER_PLAIN;
        if (buffers->need[id].first && buffers->need[id].place != PLACE_HOST)
            TRY(buffer_create(&buffers->at[id], compute, (size_t)bytes_of(buffers, id, batch), use, error));
    }
done:
    return status;
}

enum plotmill_status buffers_write_table(struct buffers *buffers, enum buffer_id id, const void *data,
                                         struct plotmill_error *error)
{
    return buffer_write(buffers->at[id], 0, data, (size_t)buffers->need[id].first, error);
}

void buffers_destroy(struct buffers *buffers)
{
    for (int id = 0; id < BUF_COUNT; id++)
        buffer_destroy(buffers->at[id]);
    *buffers = (struct buffers){0};
}

void buffers_report(const struct buffers *buffers, uint64_t batch, struct trace *trace)
{
    for (int id = 0; id < BUF_COUNT; id++) {
        size_t pinned = buffer_pinned_size(buffers->at[id]);
        if (buffers->at[id])
            trace_memory(trace, buffers->need[id].name, true, 1, buffer_size(buffers->at[id]));
        if (pinned)
            trace_memory(trace, buffers->need[id].name, false, 1, pinned);
        if (buffers->need[id].place == PLACE_HOST)
            trace_memory(trace, buffers->need[id].name, false, 1, bytes_of(buffers, id, batch));
    }
}
