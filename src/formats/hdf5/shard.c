/* One of several HDF5 files: whether it is complete. */
#include "formats/shard.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "formats/hdf5/content.h"
#include "formats/hdf5/facts.h"
#include "formats/hdf5/lock.h"
#include "formats/hdf5/virtual.h"

static const char signature[] = "\x89HDF\r\n\x1a\n";

/* What a power cut leaves of a file whose bytes had not reached the disk is short or begins with zeros. A file that
 * begins otherwise is somebody else's. */
static enum plotmill_status look(const char *path, enum shard_state *state, char *reason, struct plotmill_error *error)
{
    char magic[8] = {0};
    static const char zeros[8] = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    size_t got = fread(magic, 1, sizeof magic, file);
    fclose(file);
    if (got == sizeof magic && !memcmp(magic, signature, sizeof magic))
        return PLOTMILL_OK;
    if (memcmp(magic, signature, got) && memcmp(magic, zeros, sizeof magic))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: is no HDF5 file, so not one that plotmill made: it is in the way", path);
    *state = SHARD_DAMAGED;
    snprintf(reason, SHARD_REASON_SIZE, "its first bytes are missing");
    return PLOTMILL_OK;
}

static void judge_content(hid_t file, hid_t images, const struct hdf5_facts *found, enum shard_state *state,
                          char *reason)
{
    uint64_t sum = 0;
    char content[HDF5_CONTENT_SIZE] = "";
    *state = SHARD_DAMAGED;
    if (!*found->content) {
        snprintf(reason, SHARD_REASON_SIZE, "it tells no hash of its contents");
    } else if (hdf5_content_read(file, images, found, &sum) < 0) {
        snprintf(reason, SHARD_REASON_SIZE, "its images cannot all be read");
    } else {
        hdf5_content_text(sum, found->images, content);
        *state = strcmp(content, found->content) ? SHARD_DAMAGED : SHARD_COMPLETE;
        snprintf(reason, SHARD_REASON_SIZE, "its contents have the hash %s, expected %s", content, found->content);
    }
}

static enum plotmill_status judge(const char *path, hid_t file, const struct hdf5_facts *expected,
                                  enum shard_state *state, char *reason, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_facts found = {0};
    hid_t images = H5Lexists(file, "images", H5P_DEFAULT) > 0 ? H5Dopen2(file, "images", H5P_DEFAULT) : -1;
    if (images < 0 || H5Aexists(images, "plotmill_version") <= 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is an HDF5 file that plotmill did not make: it is in the way", path);
    TRY(hdf5_facts_read(&found, images, error));
    TRY(hdf5_facts_compare(&found, expected, path, error));
    judge_content(file, images, &found, state, reason);
done:
    hdf5_facts_free(&found);
    if (images >= 0)
        H5Dclose(images);
    return status;
}

static enum plotmill_status open_and_judge(const char *path, const struct hdf5_facts *expected, enum shard_state *state,
                                           char *reason, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        *state = SHARD_DAMAGED;
        snprintf(reason, SHARD_REASON_SIZE, "it cannot be opened as HDF5");
    } else {
        status = judge(path, file, expected, state, reason, error);
        H5Fclose(file);
    }
    return status;
}

static enum plotmill_status read_facts(const char *path, struct hdf5_facts *facts, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), images = -1;
    if (file < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened as HDF5", path);
    if (H5Lexists(file, "images", H5P_DEFAULT) > 0)
        images = H5Dopen2(file, "images", H5P_DEFAULT);
    if (images < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no dataset /images", path);
    TRY(hdf5_facts_read(facts, images, error));
done:
    if (images >= 0)
        H5Dclose(images);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

static enum plotmill_status tell_shard(const char *path, struct shard_told *told, struct plotmill_error *error)
{
    enum plotmill_status status;
    struct hdf5_facts facts = {0};
    *told = (struct shard_told){0};
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = read_facts(path, &facts, error);
    }
    H5E_END_TRY
    hdf5_unlock();
    if (!status && !hdf5_facts_tell(&facts, &told->info, &told->options))
        status = plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is no file that plotmill made", path);
    if (!status) {
        told->spec = facts.spec;
        told->input = facts.input;
        told->info.spec = told->spec;
        told->info.input = told->input;
        facts.spec = facts.input = NULL;
    }
    hdf5_facts_free(&facts);
    return status;
}

static enum plotmill_status check_shard(const char *path, const struct plotmill_dataset_info *info,
                                        const struct plotmill_sink_options *options, enum shard_state *state,
                                        char reason[SHARD_REASON_SIZE], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_facts expected = {0};
    *state = SHARD_ABSENT;
    if (!os_exists(path))
        return PLOTMILL_OK;
    TRY(look(path, state, reason, error));
    if (*state == SHARD_DAMAGED)
        return PLOTMILL_OK;
    TRY(hdf5_facts_expect(&expected, info, options, error));
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = open_and_judge(path, &expected, state, reason, error);
    }
    H5E_END_TRY
    hdf5_unlock();
done:
    hdf5_facts_free(&expected);
    return status;
}

const struct shard_impl hdf5_shards = {tell_shard,    check_shard,     hdf5_joint_write,
                                       hdf5_joint_is, hdf5_joint_torn, hdf5_joint_fits};

#else

const struct shard_impl hdf5_shards = {0};

#endif
