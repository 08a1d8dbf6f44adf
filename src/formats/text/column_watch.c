#include "formats/text/column_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/strings.h"
#include "base/try.h"

#define FIRST_CAPACITY 16

bool column_names_series(const char *name)
{
    static const char *const names[] = {"symbol",    "symbols",    "ticker",     "tickers", "tic",        "sym",
                                        "name",      "instrument", "pair",       "asset",   "stock",      "stock_id",
                                        "security",  "isin",       "cusip",      "figi",    "ric",        "permno",
                                        "gvkey",     "ts_code",    "coin",       "device",  "device_id",  "sensor",
                                        "sensor_id", "station",    "station_id", "machine", "machine_id", "meter",
                                        "meter_id",  "patient",    "patient_id", "subject", "subject_id", "id",
                                        "series",    "series_id",  "unique_id",  "item_id", "store_id"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (string_same(name, names[i]))
            return true;
    return false;
}

bool column_is_watched(const char *name, bool texts)
{
    return texts || column_names_series(name);
}

static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a, which is fast on short texts */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
    return hash ? hash : 1;
}

/* The slot of a hash, or the free one where it belongs. */
static size_t slot_of(const uint64_t *values, size_t capacity, uint64_t hash)
{
    size_t at = (size_t)hash_fold(hash, 0) & (capacity - 1);
    while (values[at] && values[at] != hash)
        at = (at + 1) & (capacity - 1);
    return at;
}

static enum plotmill_status add_value(struct column_watch *watch, uint64_t hash, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *grown = NULL;
    if (watch->about.values == COLUMN_VALUES_MOST)
        return PLOTMILL_OK;
    if (2 * (watch->about.values + 1) > watch->capacity) {
        const size_t capacity = watch->capacity ? 2 * watch->capacity : FIRST_CAPACITY;
        TRY_ALLOCATE(error, grown, capacity, sizeof *grown);
        for (size_t i = 0; i < watch->capacity; i++)
            if (watch->values[i])
                grown[slot_of(grown, capacity, watch->values[i])] = watch->values[i];
        free(watch->values);
        watch->values = grown;
        watch->capacity = capacity;
    }
    const size_t at = slot_of(watch->values, watch->capacity, hash);
    watch->about.values += !watch->values[at];
    watch->values[at] = hash;
done:
    return status;
}

static enum plotmill_status keep(char **kept, const char *text, size_t length, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *kept = string_start(text, length);
    TRY_MEMORY(error, *kept);
done:
    return status;
}

/* Whether time does not go on from `before` to `after`. */
static bool stands(int64_t before, int64_t after)
{
    return before != SOURCE_NO_TIME && after != SOURCE_NO_TIME && after <= before;
}

enum plotmill_status column_watch_add(struct column_watch *watch, const char *text, size_t length, int64_t time,
                                      uint64_t line, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct column_about *about = &watch->about;
    const uint64_t hash = hash_text(text, length);
    if (!length)
        return PLOTMILL_OK;
    const bool stops = about->rows && stands(watch->last_time, time), same = about->rows && hash == watch->last_hash;
    if (!about->rows) {
        watch->first_hash = hash;
        watch->first_time = time;
        watch->first_line = line;
        TRY(keep(&about->first, text, length, error));
    } else if (!about->other && hash != watch->first_hash) {
        about->line = line;
        TRY(keep(&about->other, text, length, error));
    }
    if (!same)
        TRY(add_value(watch, hash, error));
    about->rows++;
    about->blocks += !same;
    about->stops += stops && !same;
    about->stays += stops && same;
    watch->last_hash = hash;
    watch->last_time = time;
done:
    return status;
}

enum plotmill_status column_watch_join(struct column_watch *watch, const struct column_watch *next, uint64_t lines,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct column_about *about = &watch->about;
    const struct column_about *more = &next->about;
    if (!more->rows)
        return PLOTMILL_OK;
    const bool stops = about->rows && stands(watch->last_time, next->first_time);
    const bool same = about->rows && watch->last_hash == next->first_hash;
    if (!about->rows) {
        watch->first_hash = next->first_hash;
        watch->first_time = next->first_time;
        watch->first_line = next->first_line + lines;
        TRY(string_keep(&about->first, more->first, error));
    }
    if (!about->other && next->first_hash != watch->first_hash) {
        about->line = next->first_line + lines;
        TRY(string_keep(&about->other, more->first, error));
    } else if (!about->other && more->other) {
        about->line = more->line + lines;
        TRY(string_keep(&about->other, more->other, error));
    }
    for (size_t i = 0; i < next->capacity; i++)
        if (next->values[i])
            TRY(add_value(watch, next->values[i], error));
    about->rows += more->rows;
    about->blocks += more->blocks - same;
    about->stops += more->stops + (stops && !same);
    about->stays += more->stays + (stops && same);
    watch->last_hash = next->last_hash;
    watch->last_time = next->last_time;
done:
    return status;
}

struct column_about column_watch_finish(struct column_watch *watch)
{
    const struct column_about about = watch->about;
    watch->about = (struct column_about){0};
    column_watch_free(watch);
    return about;
}

void column_watch_free(struct column_watch *watch)
{
    free(watch->values);
    free(watch->about.name);
    free(watch->about.first);
    free(watch->about.other);
    *watch = (struct column_watch){0};
}
