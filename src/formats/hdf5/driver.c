#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "formats/hdf5/common.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* What the property list carries. */
struct driver_options {
    int *failure;
};

struct driver_file {
    H5FD_t base; /* HDF5's, first */
    FILE *file;
    int descriptor; /* of files that are read */
    int *failure;
    haddr_t allocated; /* the end of the file for HDF5.. */
    haddr_t end;       /* ..and for the system */
};

static void note_failure(struct driver_file *file)
{
    if (!*file->failure)
        *file->failure = errno ? errno : EIO;
}

static H5FD_t *open_file(const char *path, unsigned flags, hid_t access, haddr_t maximum)
{
    (void)maximum;
    const struct driver_options *options = H5Pget_driver_info(access);
    struct driver_file *file = options ? calloc(1, sizeof *file) : NULL;
    if (!file)
        return NULL;
    bool fresh = flags & H5F_ACC_TRUNC;
    file->failure = options->failure;
    errno = 0;
    file->file = fopen(path, fresh ? "w+b" : "r+b");
    if (!file->file) {
        /* HDF5 first checks for an existing file: a missing one is not a failure. */
        if (fresh)
            note_failure(file);
        free(file);
        return NULL;
    }
    setvbuf(file->file, NULL, _IONBF, 0);
    file->end = fresh ? 0 : os_file_size(path);
    return &file->base;
}

static herr_t close_file(H5FD_t *base)
{
    struct driver_file *file = (struct driver_file *)base;
    errno = 0;
    if (fclose(file->file))
        note_failure(file);
    free(file);
    return 0;
}

/* No two files are the same: each sink opens only its own. */
static int compare(const H5FD_t *a, const H5FD_t *b)
{
    return a < b ? -1 : a > b;
}

static herr_t query(const H5FD_t *base, unsigned long *features)
{
    (void)base;
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t allocated_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct driver_file *)base)->allocated;
}

static herr_t set_allocated_end(H5FD_t *base, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    ((struct driver_file *)base)->allocated = end;
    return 0;
}

static haddr_t file_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct driver_file *)base)->end;
}

/* Bytes beyond the end read as zeros. */
static herr_t read_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, void *bytes)
{
    (void)type, (void)transfer;
    struct driver_file *file = (struct driver_file *)base;
    size_t got = os_seek(file->file, at) ? 0 : fread(bytes, 1, size, file->file);
    memset((char *)bytes + got, 0, size - got);
    return 0;
}

static herr_t write_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, const void *bytes)
{
    (void)type, (void)transfer;
    struct driver_file *file = (struct driver_file *)base;
    errno = 0;
    if (!*file->failure && (os_seek(file->file, at) || fwrite(bytes, 1, size, file->file) != size))
        note_failure(file);
    file->end = MAX(file->end, at + size);
    return 0;
}

static herr_t truncate_file(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer, (void)closing;
    struct driver_file *file = (struct driver_file *)base;
    if (file->end == file->allocated)
        return 0;
    errno = 0;
    if (!*file->failure && !os_set_size(file->file, file->allocated))
        note_failure(file);
    file->end = file->allocated;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)(H5_VFD_RESERVED + 0x6d69), /* any free value; never stored */
#endif
    .name = "plotmill",
    .maxaddr = ((haddr_t)1 << 62),
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct driver_options),
    .open = open_file,
    .close = close_file,
    .cmp = compare,
    .query = query,
    .get_eoa = allocated_end,
    .set_eoa = set_allocated_end,
    .get_eof = file_end,
    .read = read_bytes,
    .write = write_bytes,
    .truncate = truncate_file,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* Under the lock of HDF5. */
static struct {
    int number;
    bool locked;
} failed;

static void note_read_failure(int number, bool locked)
{
    if (failed.number || number == ENOENT || number == ENOTDIR)
        return;
    failed.number = number ? number : EIO;
    failed.locked = locked;
}

static H5FD_t *open_for_reading(const char *path, unsigned flags, hid_t access, haddr_t maximum)
{
    (void)access, (void)maximum;
    struct driver_file *file = flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC) ? NULL : calloc(1, sizeof *file);
    if (!file)
        return NULL;
    errno = 0;
    file->file = fopen(path, "rb");
    if (!file->file) {
        note_read_failure(errno, false);
        free(file);
        return NULL;
    }
    setvbuf(file->file, NULL, _IONBF, 0);
    file->end = os_file_size(path);
    file->descriptor = os_descriptor(file->file);
    return &file->base;
}

/* HDF5 looks for the sources of a virtual dataset also where a symbolic link leads, if it can ask the system which file
 * this is. It cannot of a temporary copy without a name, which links lead to. */
static herr_t query_reading(const H5FD_t *base, unsigned long *features)
{
    const struct driver_file *file = (const struct driver_file *)base;
    query(base, features);
    if (!file || os_has_name(file->file))
        *features |= H5FD_FEAT_POSIX_COMPAT_HANDLE;
    return 0;
}

static herr_t get_handle(H5FD_t *base, hid_t access, void **handle)
{
    (void)access;
    *handle = &((struct driver_file *)base)->descriptor;
    return 0;
}

static herr_t close_read_file(H5FD_t *base)
{
    struct driver_file *file = (struct driver_file *)base;
    fclose(file->file);
    free(file);
    return 0;
}

/* A file system without locks is one on which no other program can hold one. */
static herr_t lock_file(H5FD_t *base, hbool_t writing)
{
    struct driver_file *file = (struct driver_file *)base;
    (void)writing;
    if (os_lock_shared(file->file) || !os_lock_held())
        return 0;
    note_read_failure(errno, true);
    return -1;
}

static herr_t unlock_file(H5FD_t *base)
{
    (void)base; /* closing releases the lock */
    return 0;
}

static herr_t read_or_fail(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, void *bytes)
{
    (void)type, (void)transfer;
    struct driver_file *file = (struct driver_file *)base;
    clearerr(file->file);
    const size_t got = os_seek(file->file, at) ? 0 : fread(bytes, 1, size, file->file);
    memset((char *)bytes + got, 0, size - got);
    return got < size && ferror(file->file) ? -1 : 0;
}

/* HDF5 wants one, and calls it never. */
static herr_t refuse_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, const void *bytes)
{
    (void)base, (void)type, (void)transfer, (void)at, (void)size, (void)bytes;
    return -1;
}

static const H5FD_class_t read_driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)(H5_VFD_RESERVED + 0x6d6a),
#endif
    .name = "plotmill reading",
    .maxaddr = ((haddr_t)1 << 62),
    .fc_degree = H5F_CLOSE_WEAK,
    .open = open_for_reading,
    .close = close_read_file,
    .cmp = compare,
    .query = query_reading,
    .get_handle = get_handle,
    .get_eoa = allocated_end,
    .set_eoa = set_allocated_end,
    .get_eof = file_end,
    .read = read_or_fail,
    .write = refuse_write,
    .lock = lock_file,
    .unlock = unlock_file,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

herr_t hdf5_driver_read(hid_t access)
{
    static hid_t id = -1; /* never unregistered, as below */
    if (id < 0 || H5Iget_type(id) != H5I_VFL)
        id = H5FDregister(&read_driver);
    return id < 0 ? -1 : H5Pset_driver(access, id, NULL);
}

int hdf5_driver_failure(bool *locked)
{
    const int number = failed.number;
    *locked = failed.locked;
    failed.number = 0;
    failed.locked = false;
    return number;
}

herr_t hdf5_driver_use(hid_t access, int *failure)
{
    /* Never unregistered: HDF5 1.10 frees an unreferenced driver when its last file closes, then accesses it again. */
    static hid_t id = -1;
    struct driver_options options = {failure};
    if (id < 0 || H5Iget_type(id) != H5I_VFL)
        id = H5FDregister(&driver);
    return id < 0 ? -1 : H5Pset_driver(access, id, &options);
}
