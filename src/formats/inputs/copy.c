#include "formats/inputs/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

enum plotmill_status input_open_failed(const char *name, struct plotmill_error *error)
{
    if (errno != EMFILE)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", name, strerror(errno));
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "%s: cannot be opened: this process may have %llu files open at once, and each input array "
        "takes one or two: raise the limit (ulimit -n), or give fewer inputs",
        name, (unsigned long long)os_open_files_most());
}

enum plotmill_status copy_create(struct copy *copy, struct plotmill_error *error)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    bool named;
    copy->file = os_temporary_file(folder, &copy->path, &named);
    copy->named = named;
    if (copy->file && copy->path)
        return PLOTMILL_OK;
    if (errno == EMFILE)
        return input_open_failed("a temporary copy", error);
    return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                              "a temporary copy cannot be made in %s: %s; TMPDIR can name another folder", folder,
                              strerror(errno));
}

static enum plotmill_status failed(struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                              "a temporary copy cannot be written: %s; TMPDIR can name another folder",
                              strerror(errno));
}

enum plotmill_status copy_write(struct copy *copy, const void *data, size_t size, struct plotmill_error *error)
{
    copy->size += size;
    return fwrite(data, 1, size, copy->file) == size ? PLOTMILL_OK : failed(error);
}

enum plotmill_status copy_end(struct copy *copy, struct plotmill_error *error)
{
    return fflush(copy->file) ? failed(error) : PLOTMILL_OK;
}

void copy_close(struct copy *copy)
{
    if (copy->file)
        fclose(copy->file);
    if (copy->named && copy->path)
        os_remove_file(copy->path);
    free(copy->path);
    *copy = (struct copy){0};
}
