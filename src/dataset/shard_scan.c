#include "dataset/shard_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "dataset/leftovers.h"
#include "formats/shard_names.h"

/* Open files that most systems let a process have, less what it needs besides. */
#define MANY_FILES 1000

uint64_t survey_file_count(const struct plotmill_dataset_info *info, uint64_t per_file)
{
    return (info->images - 1) / per_file + 1;
}

struct plotmill_dataset_info survey_file_info(const struct plotmill_dataset_info *info, uint64_t per_file,
                                              uint64_t number)
{
    struct plotmill_dataset_info file = *info;
    uint64_t left = info->images - number * per_file;
    file.first += number * per_file;
    file.images = left < per_file ? left : per_file;
    file.whole = info->images;
    return file;
}

static enum plotmill_status want(struct survey *survey, uint64_t first, uint64_t count, struct plotmill_error *error)
{
    survey->wanted += count;
    struct plotmill_range *last = survey->range_count ? &survey->ranges[survey->range_count - 1] : NULL;
    if (last && last->first + last->count == first) {
        last->count += count;
        return PLOTMILL_OK;
    }
    if (survey->range_count == survey->room) {
        size_t room = survey->room ? 2 * survey->room : 16;
        struct plotmill_range *ranges = realloc(survey->ranges, room * sizeof *ranges);
        if (!ranges)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
        survey->ranges = ranges;
        survey->room = room;
    }
    survey->ranges[survey->range_count++] = (struct plotmill_range){first, count};
    return PLOTMILL_OK;
}

static enum plotmill_status judge_file(struct survey *survey, const struct survey_task *task, uint64_t number,
                                       char *name, size_t size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    enum shard_state state = SHARD_ABSENT;
    char reason[SHARD_REASON_SIZE];
    struct plotmill_dataset_info file = survey_file_info(task->info, task->per_file, number);
    shard_name(task->path, number, name, size);
    if (task->options->resume)
        TRY(task->impl->check(name, &file, task->options, &state, reason, error));
    if (state == SHARD_DAMAGED)
        log_line(task->log, PLOTMILL_LOG_WARNING, "%s: is damaged (%s): made again", name, reason);
    if (state == SHARD_COMPLETE)
        survey->kept += file.images;
    else
        TRY(want(survey, number * task->per_file, file.images, error));
done:
    return status;
}

static void tell(const struct survey *survey, const struct survey_task *task, uint64_t files)
{
    uint64_t kept = (survey->kept + task->per_file - 1) / task->per_file;
    if (!survey->wanted)
        log_line(task->log, PLOTMILL_LOG_INFO, "%s: all %llu files are complete, nothing is left to do", task->path,
                 (unsigned long long)files);
    else if (kept)
        log_line(task->log, PLOTMILL_LOG_INFO, "%s: %llu of %llu files are complete and kept", task->path,
                 (unsigned long long)kept, (unsigned long long)files);
    else
        log_line(task->log, PLOTMILL_LOG_INFO, "%s: no file of it is complete, nothing to resume", task->path);
}

/* Shares differ by one file at most; quotient and remainder apart, so that nothing overflows. */
void survey_share(const struct plotmill_sink_options *options, uint64_t files, uint64_t *begin, uint64_t *count)
{
    const uint64_t shards = options->shards ? options->shards : 1, shard = options->shards ? options->shard - 1 : 0;
    const uint64_t each = files / shards, more = files % shards;
    *begin = shard * each + (shard < more ? shard : more);
    *count = each + (shard < more);
}

/* Which files a share has. */
static void tell_share(const struct survey_task *task, uint64_t files, uint64_t begin, uint64_t count, char *name,
                       size_t size)
{
    const struct plotmill_sink_options *options = task->options;
    if (!count) {
        log_line(task->log, PLOTMILL_LOG_INFO, "%s: has %llu files: none for shard %lu/%lu", task->path,
                 (unsigned long long)files, (unsigned long)options->shard, (unsigned long)options->shards);
        return;
    }
    shard_name(task->path, begin, name, size);
    log_line(task->log, PLOTMILL_LOG_DETAIL, "%s: shard %lu/%lu is %llu of %llu files, from %s on", task->path,
             (unsigned long)options->shard, (unsigned long)options->shards, (unsigned long long)count,
             (unsigned long long)files, name);
}

enum plotmill_status survey_run(struct survey *survey, const struct survey_task *task, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_sink_options *options = task->options;
    const uint64_t files = survey_file_count(task->info, task->per_file);
    uint64_t begin, count;
    const size_t size = strlen(task->path) + SHARD_NAME_EXTRA;
    char *name = NULL;
    *survey = (struct survey){0};
    survey_share(options, files, &begin, &count);
    if (options->resume)
        TRY(leftovers_remove(task->path, begin, begin + count, task->log, error));
    TRY_ALLOCATE(error, name, size, 1);
    for (uint64_t number = begin; number < begin + count; number++)
        TRY(judge_file(survey, task, number, name, size, error));
    if (task->impl && files > MANY_FILES)
        log_line(
            task->log, PLOTMILL_LOG_WARNING,
            "%s: %llu files: what reads them as one through HDF5 keeps each open, and gets blank images beyond its "
            "limit of open files (ulimit -n): expected larger --images-per-file",
            task->path, (unsigned long long)files);
    if (options->shards)
        tell_share(task, files, begin, count, name, size);
    if (count && options->resume)
        tell(survey, task, count);
done:
    free(name);
    if (status)
        survey_free(survey);
    return status;
}

void shard_told_free(struct shard_told *told)
{
    free(told->spec);
    free(told->input);
    *told = (struct shard_told){0};
}

void survey_free(struct survey *survey)
{
    free(survey->ranges);
    *survey = (struct survey){0};
}
