/* Joins the files of a data set in a virtual one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "dataset/shards.h"
#include "formats/format.h"

/* How many gaps a message names. */
#define GAPS_NAMED 4

/* Describes the whole by one file that is there. `name`: room for a file's path. */
static enum plotmill_status describe_whole(struct shard_set *set, const struct shard_impl *impl, char *name,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dataset_info *info = &set->metadata.info;
    char reason[SHARD_REASON_SIZE] = "it was removed";
    bool found;
    uint64_t number;
    if (!shard_lowest(set->path, &found, &number))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: its folder cannot be read: %s", set->path, strerror(errno));
    shard_name(set->path, found ? number : 0, name, set->name_size);
    if (!found)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: none of its files is there, expected %s and so on", set->path, name);
    enum shard_state state = impl->describe(name, &set->metadata, reason);
    if (state == SHARD_FOREIGN)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: only HDF5 files that plotmill wrote can be linked: %s %s", set->path, name,
             reason);
    if (state == SHARD_CLOSED)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s", name, reason);
    if (state != SHARD_COMPLETE)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is damaged (%s): render with the option resume makes it again", name,
             reason);
    set->per_file = number ? info->first / number : info->images;
    if (!info->whole || !set->per_file || set->per_file * number != info->first)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: is not one of several files of a data set (made with the option images-per-file)", name);
    info->images = info->whole;
    info->first = info->whole = 0;
    info->format = "";
    set->files = shard_count(info, set->per_file);
done:
    return status;
}

static bool is_there(const struct shard_set *set, uint64_t number, char *name)
{
    shard_name(set->path, number, name, set->name_size);
    return os_exists(name);
}

static enum plotmill_status check_names(const struct shard_set *set, char *name, struct plotmill_error *error)
{
    char gaps[1000] = "";
    uint64_t missing = 0, count = 0;
    size_t used = 0;
    for (uint64_t number = 0, end; number < set->files; number = end + 1) {
        for (end = number; end < set->files && !is_there(set, end, name);)
            end++;
        missing += end - number;
        if (end > number && count++ < GAPS_NAMED && used < sizeof gaps)
            used += (size_t)snprintf(gaps + used, sizeof gaps - used,
                                     end - number > 1 ? "%s%05" PRIu64 " to %05" PRIu64 : "%s%05" PRIu64,
                                     count > 1 ? ", " : "", number, end - 1);
    }
    if (missing)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %" PRIu64 " of %" PRIu64 " files %s missing: %s%s",
                                  set->path, missing, set->files, missing == 1 ? "is" : "are", gaps,
                                  count > GAPS_NAMED ? ", ..." : "");
    if (is_there(set, set->files, name))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: exists, but this data set has %" PRIu64
                                  " files: remove what is left of a longer one",
                                  name, set->files);
    return PLOTMILL_OK;
}

enum plotmill_status link_files(const char *path, bool force, const struct log *log, struct link_summary *summary,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct format *hdf5 = format_named("hdf5", FORMAT_RESUME); /* whatever the extension */
    const struct shard_impl *impl = hdf5->shards;
    struct shard_set set;
    struct output output = {0};
    char *name = NULL;
    shard_set_init(&set, path, 0);
    if (!impl)
        TRY(format_unsupported(hdf5, path, "read", error));
    TRY(output_init(&output, path, false, force, error));
    TRY(output_check_locks(path, error));
    TRY_ALLOCATE(error, name, set.name_size, 1);
    TRY(describe_whole(&set, impl, name, error));
    TRY(check_names(&set, name, error));
    for (uint64_t number = 0; number < set.files; number++) {
        char reason[SHARD_REASON_SIZE] = "it was removed";
        enum shard_state state;
        shard_name(path, number, name, set.name_size);
        TRY(shard_check(&set, impl, number, name, &state, reason, error));
        if (state != SHARD_COMPLETE)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: is damaged (%s): render with the option resume makes it again", name,
                 reason);
    }
    TRY(impl->write_virtual(&set, log, error));
    *summary = (struct link_summary){set.files, set.metadata.info.images};
done:
    output_free(&output);
    metadata_free(&set.metadata);
    free(name);
    return status;
}
