#include "dataset/link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "dataset/shard_scan.h"
#include "dataset/sink.h"
#include "formats/shard.h"
#include "formats/shard_names.h"

/* How many gaps a message names. */
#define GAPS_TOLD 4

struct linking {
    const char *path;
    const struct shard_impl *impl;
    char *name; /* room for a file's path */
    size_t name_size;
    uint64_t lowest; /* number of a file that is there */
    struct shard_told told;
    uint64_t per_file;
    uint64_t files;
};

static enum plotmill_status find_one(struct linking *linking, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool found;
    if (!shard_lowest(linking->path, &found, &linking->lowest))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: its folder cannot be read: %s", linking->path, strerror(errno));
    shard_name(linking->path, 0, linking->name, linking->name_size);
    if (!found)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no file of it is there, expected %s and on", linking->path, linking->name);
done:
    return status;
}

static enum plotmill_status check_kind(const struct linking *linking, struct plotmill_error *error)
{
    char magic[8] = {0};
    FILE *file = fopen(linking->name, "rb");
    size_t got = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file)
        fclose(file);
    if (got != sizeof magic || memcmp(magic, "\x89HDF\r\n\x1a\n", sizeof magic))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: HDF5 files alone can be joined, %s is none",
                                  linking->path, linking->name);
    return PLOTMILL_OK;
}

/* What one file tells of the whole. */
static enum plotmill_status learn(struct linking *linking, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    shard_name(linking->path, linking->lowest, linking->name, linking->name_size);
    TRY(check_kind(linking, error));
    TRY(linking->impl->tell(linking->name, &linking->told, error));
    const struct plotmill_dataset_info *info = &linking->told.info;
    linking->per_file = linking->lowest ? info->first / linking->lowest : info->images;
    if (!info->whole || !linking->per_file || linking->per_file * linking->lowest != info->first)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is not one of several files of a data set (render --images-per-file)",
             linking->name);
    linking->told.info.images = info->whole;
    linking->told.info.first = linking->told.info.whole = 0;
    linking->files = survey_file_count(&linking->told.info, linking->per_file);
done:
    return status;
}

static bool is_there(struct linking *linking, uint64_t number)
{
    shard_name(linking->path, number, linking->name, linking->name_size);
    return os_exists(linking->name);
}

static enum plotmill_status check_gaps(struct linking *linking, struct plotmill_error *error)
{
    char gaps[1000] = "";
    uint64_t missing = 0, told = 0;
    size_t at = 0;
    for (uint64_t number = 0, end; number < linking->files; number = end) {
        for (end = number; end < linking->files && !is_there(linking, end);)
            end++;
        missing += end - number;
        if (end > number && told++ < GAPS_TOLD && at < sizeof gaps)
            at += (size_t)snprintf(gaps + at, sizeof gaps - at,
                                   end - number > 1 ? "%s%05" PRIu64 " to %05" PRIu64 : "%s%05" PRIu64,
                                   told > 1 ? ", " : "", number, end - 1);
        end += end == number;
        while (end < linking->files && is_there(linking, end))
            end++;
    }
    if (missing)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %" PRIu64 " of %" PRIu64 " files %s missing: %s%s",
                                  linking->path, missing, linking->files, missing == 1 ? "is" : "are", gaps,
                                  told > GAPS_TOLD ? ", ..." : "");
    if (is_there(linking, linking->files))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: is there, but this data set has %" PRIu64
                                  " files: remove what is left of a longer one",
                                  linking->name, linking->files);
    return PLOTMILL_OK;
}

static enum plotmill_status check_contents(struct linking *linking, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t number = 0; number < linking->files; number++) {
        struct plotmill_dataset_info file = survey_file_info(&linking->told.info, linking->per_file, number);
        enum shard_state state = SHARD_ABSENT;
        char reason[SHARD_REASON_SIZE] = "";
        shard_name(linking->path, number, linking->name, linking->name_size);
        TRY(linking->impl->check(linking->name, &file, &linking->told.options, &state, reason, error));
        if (state != SHARD_COMPLETE)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: is damaged (%s): render --resume makes it again", linking->name,
                 state == SHARD_ABSENT ? "it has gone" : reason);
    }
done:
    return status;
}

enum plotmill_status link_files(const char *path, bool force, struct plotmill_link_summary *summary,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_sink_options hdf5 = {.format = "hdf5"}; /* whatever the name ends in */
    struct linking linking = {.path = path, .name_size = strlen(path) + SHARD_NAME_EXTRA};
    struct output output = {0};
    linking.impl = sink_shards(path, &hdf5);
    TRY(output_init(&output, path, false, force, error));
    TRY_ALLOCATE(error, linking.name, linking.name_size, 1);
    TRY(find_one(&linking, error));
    TRY(learn(&linking, error));
    TRY(check_gaps(&linking, error));
    TRY(check_contents(&linking, error));
    TRY(linking.impl->join(path, &linking.told.info, linking.per_file, &linking.told.options, error));
    *summary = (struct plotmill_link_summary){linking.files, linking.told.info.images};
done:
    output_free(&output);
    shard_told_free(&linking.told);
    free(linking.name);
    return status;
}
