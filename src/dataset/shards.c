#include "dataset/shards.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "dataset/compare.h"

/* Digits of a file's number; more for many files, but the number stays below 2^64. */
#define DIGITS 5
#define DIGITS_MAX 19

/* The usual limit of open files per process is 1024. */
#define MANY_FILES 1000

/* Bytes of the path before its extension. */
static size_t stem_of(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - path) : strlen(path);
}

void shard_name(const char *path, uint64_t number, char *name, size_t size)
{
    size_t stem = stem_of(path);
    snprintf(name, size, "%.*s-%0*llu%s", (int)stem, path, DIGITS, (unsigned long long)number, path + stem);
}

/* The number of the file whose name `name`, an entry of the folder, starts with; *rest follows it. */
static bool parse_name(const char *path, const char *name, uint64_t *number, const char **rest)
{
    const char *base = path_name(path), *extension = path + stem_of(path);
    size_t stem = (size_t)(extension - base);
    if (strncmp(name, base, stem) || name[stem] != '-')
        return false;
    const char *digits = name + stem + 1;
    size_t count = strspn(digits, "0123456789");
    if (count < DIGITS || count > DIGITS_MAX || (count > DIGITS && *digits == '0'))
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++)
        *number = *number * 10 + (uint64_t)(digits[i] - '0');
    if (strncmp(digits + count, extension, strlen(extension)))
        return false;
    *rest = digits + count + strlen(extension);
    return true;
}

struct lowest {
    const char *path;
    bool found;
    uint64_t number;
};

static bool take_lowest(void *user, const char *entry)
{
    struct lowest *lowest = user;
    uint64_t number;
    const char *rest;
    if (parse_name(lowest->path, entry, &number, &rest) && !*rest && (!lowest->found || number < lowest->number)) {
        lowest->found = true;
        lowest->number = number;
    }
    return true;
}

bool shard_lowest(const char *path, bool *found, uint64_t *number)
{
    struct lowest lowest = {.path = path};
    char *folder = path_folder(path);
    bool read = folder && os_list_folder(folder, take_lowest, &lowest);
    int reason = errno;
    free(folder);
    errno = reason;
    *found = lowest.found;
    *number = lowest.number;
    return read;
}

uint64_t shard_count(const struct dataset_info *info, uint64_t per_file)
{
    return (info->images - 1) / per_file + 1;
}

struct dataset_info shard_info(const struct dataset_info *info, uint64_t per_file, uint64_t number)
{
    struct dataset_info file = *info;
    file.first += number * per_file;
    file.images = MIN(info->images - number * per_file, per_file);
    file.whole = info->images;
    return file;
}

/* Shares differ by at most one file. Quotient and remainder are used apart, so that nothing overflows. */
void shard_share(const struct sink_options *options, uint64_t files, uint64_t *begin, uint64_t *count)
{
    const uint64_t shards = options->shards ? options->shards : 1, shard = options->shards ? options->shard - 1 : 0;
    const uint64_t each = files / shards, more = files % shards;
    *begin = shard * each + MIN(shard, more);
    *count = each + (shard < more);
}

void shard_set_init(struct shard_set *set, const char *path, uint64_t per_file)
{
    *set = (struct shard_set){.path = path,
                              .metadata = METADATA_UNKNOWN,
                              .per_file = per_file,
                              .name = shard_name,
                              .name_size = strlen(path) + SHARD_NAME_EXTRA};
}

struct metadata shard_expected(const struct shard_set *set, uint64_t number)
{
    struct metadata file = set->metadata;
    file.info = shard_info(&set->metadata.info, set->per_file, number);
    return file;
}

struct cleaning {
    const char *path;   /* of the whole */
    const char *folder; /* it is in */
    uint64_t begin, end;
    const struct log *log;
    enum plotmill_status status;
    struct plotmill_error *error;
};

/* Removes an entry if it is an unfinished file of ours and nobody holds its lock, which is released with the file. */
static bool clean_entry(void *user, const char *entry)
{
    struct cleaning *cleaning = user;
    uint64_t number;
    const char *rest, *base = path_name(cleaning->path);
    bool ours = parse_name(cleaning->path, entry, &number, &rest)
                    ? number >= cleaning->begin && number < cleaning->end && output_is_temporary(rest)
                    : !strncmp(entry, base, strlen(base)) && output_is_temporary(entry + strlen(base));
    if (!ours)
        return true;
    char *path = strcmp(cleaning->folder, ".") ? path_join(cleaning->folder, entry) : string_copy(entry);
    FILE *file = path ? fopen(path, "r+b") : NULL;
    if (file && os_lock_file(file)) {
        if (os_remove_file(path))
            log_line(cleaning->log, PLOTMILL_LOG_INFO, "%s: removed: a killed run left it", path);
    } else if (file && os_lock_held()) {
        cleaning->status = plotmill_error_set(cleaning->error, PLOTMILL_BAD_INPUT,
                                              "%s: is being written: another process is making the same files", path);
    } else if (file) {
        log_line(cleaning->log, PLOTMILL_LOG_WARNING,
                 "%s: not removed: this file system cannot say whether it is being written", path);
    }
    if (file)
        fclose(file);
    free(path);
    return !cleaning->status;
}

/* Removes what a killed run left of files begin..end-1, and of the whole itself. */
static enum plotmill_status remove_leftovers(const char *path, uint64_t begin, uint64_t end, const struct log *log,
                                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *folder = path_folder(path);
    TRY_MEMORY(error, folder);
    struct cleaning cleaning = {.path = path, .folder = folder, .begin = begin, .end = end, .log = log, .error = error};
    if (!os_list_folder(folder, clean_entry, &cleaning))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", folder, strerror(errno));
    status = cleaning.status;
done:
    free(folder);
    return status;
}

enum plotmill_status shard_check(const struct shard_set *set, const struct shard_impl *impl, uint64_t number,
                                 const char *name, enum shard_state *state, char reason[SHARD_REASON_SIZE],
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct metadata found, expected = shard_expected(set, number);
    *state = impl->describe(name, &found, reason);
    if (*state == SHARD_FOREIGN)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s, but a file of this data set belongs there: move it", name, reason);
    if (*state == SHARD_COMPLETE) {
        TRY(compare_stored(name, &found, &expected, error));
        *state = impl->verify(name, &found, reason);
    }
    if (*state == SHARD_CLOSED)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s", name, reason);
done:
    metadata_free(&found);
    return status;
}

static enum plotmill_status add_range(struct shard_scan *scan, uint64_t first, uint64_t count,
                                      struct plotmill_error *error)
{
    scan->wanted += count;
    struct image_range *last = scan->range_count ? &scan->ranges[scan->range_count - 1] : NULL;
    if (last && last->first + last->count == first) {
        last->count += count;
        return PLOTMILL_OK;
    }
    if (scan->range_count == scan->room) {
        size_t room = scan->room ? 2 * scan->room : 16;
        struct image_range *ranges = realloc(scan->ranges, room * sizeof *ranges);
        if (!ranges)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
        scan->ranges = ranges;
        scan->room = room;
    }
    scan->ranges[scan->range_count++] = (struct image_range){first, count};
    return PLOTMILL_OK;
}

enum plotmill_status shard_scan_run(struct shard_scan *scan, const struct shard_set *set,
                                    const struct sink_options *options, const struct shard_impl *impl,
                                    const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t begin, count, complete_files = 0;
    char *name = NULL;
    *scan = (struct shard_scan){0};
    shard_share(options, set->files, &begin, &count);
    if (options->resume)
        TRY(remove_leftovers(set->path, begin, begin + count, log, error));
    TRY_ALLOCATE(error, name, set->name_size, 1);
    for (uint64_t number = begin; number < begin + count; number++) {
        const uint64_t images = shard_expected(set, number).info.images;
        enum shard_state state = SHARD_ABSENT;
        char reason[SHARD_REASON_SIZE] = "";
        shard_name(set->path, number, name, set->name_size);
        if (options->resume)
            TRY(shard_check(set, impl, number, name, &state, reason, error));
        if (state == SHARD_DAMAGED)
            log_line(log, PLOTMILL_LOG_WARNING, "%s: is damaged (%s): making it again", name, reason);
        if (state == SHARD_COMPLETE) {
            scan->kept += images;
            complete_files++;
        } else {
            TRY(add_range(scan, number * set->per_file, images, error));
        }
    }
    if (impl && set->files > MANY_FILES)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s: %llu files: programs that read them as one through HDF5 keep each open, and get blank images "
                 "beyond the limit of open files (ulimit -n): expected a larger images-per-file",
                 set->path, (unsigned long long)set->files);
    if (options->shards && !count) {
        log_line(log, PLOTMILL_LOG_INFO, "%s: has %llu files: none for shard %lu/%lu", set->path,
                 (unsigned long long)set->files, (unsigned long)options->shard, (unsigned long)options->shards);
    } else if (options->shards) {
        shard_name(set->path, begin, name, set->name_size);
        log_line(log, PLOTMILL_LOG_DETAIL, "%s: shard %lu/%lu is %llu of %llu files, from %s on", set->path,
                 (unsigned long)options->shard, (unsigned long)options->shards, (unsigned long long)count,
                 (unsigned long long)set->files, name);
    }
    if (count && options->resume && !scan->wanted)
        log_line(log, PLOTMILL_LOG_INFO, "%s: all %llu files are complete, nothing is left to do", set->path,
                 (unsigned long long)count);
    else if (count && options->resume && complete_files)
        log_line(log, PLOTMILL_LOG_INFO, "%s: %llu of %llu files are complete and kept", set->path,
                 (unsigned long long)complete_files, (unsigned long long)count);
    else if (count && options->resume)
        log_line(log, PLOTMILL_LOG_INFO, "%s: no file is complete yet, nothing to resume", set->path);
done:
    free(name);
    if (status)
        shard_scan_free(scan);
    return status;
}

void shard_scan_free(struct shard_scan *scan)
{
    free(scan->ranges);
    *scan = (struct shard_scan){0};
}

enum plotmill_status shard_check_open(const struct shard_impl *impl, const char *path, struct plotmill_error *error)
{
    char reason[SHARD_REASON_SIZE] = "";
    struct metadata found;
    const bool closed = impl->describe(path, &found, reason) == SHARD_CLOSED;
    metadata_free(&found);
    return closed ? plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s", path, reason) : PLOTMILL_OK;
}

bool shard_is_virtual(const struct shard_impl *impl, const char *path)
{
    char reason[SHARD_REASON_SIZE];
    struct metadata found;
    bool is_virtual = impl->describe(path, &found, reason) == SHARD_COMPLETE && found.is_virtual;
    metadata_free(&found);
    return is_virtual;
}

bool shard_virtual_matches(const struct shard_impl *impl, const struct shard_set *set)
{
    char reason[SHARD_REASON_SIZE];
    struct metadata found, expected = set->metadata;
    struct plotmill_error error;
    expected.chunk_images = 0; /* virtual datasets have no chunks */
    expected.compressed = false;
    bool same = impl->describe(set->path, &found, reason) == SHARD_COMPLETE && found.is_virtual &&
                !compare_stored(set->path, &found, &expected, &error) && impl->has_sources(set);
    metadata_free(&found);
    return same;
}
