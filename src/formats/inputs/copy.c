#include "formats/inputs/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

enum plotmill_status copy_create(struct copy *copy, struct plotmill_error *error)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    bool named;
    copy->file = os_temporary_file(folder, &copy->path, &named);
    copy->named = named;
    if (copy->file && copy->path)
        return PLOTMILL_OK;
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
