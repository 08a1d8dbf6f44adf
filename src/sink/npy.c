/* One .npy file, uint8 (N,H,W) in C order, which numpy.load can map into memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "sink/sink.h"
#include "sink/tally.h"

/* Magic, version and length take 10 bytes; the pixels start at a multiple of 64, as NumPy aligns them. */
#define PREFIX_BYTES 10
#define HEADER_BYTES 128

struct npy_sink {
    struct output output;
    struct tally tally;
    FILE *file;
};

static enum plotmill_status write_failed(const struct npy_sink *sink, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path,
                              strerror(errno));
}

static bool write_header(const struct npy_sink *sink)
{
    char header[HEADER_BYTES + 1];
    unsigned length = HEADER_BYTES - PREFIX_BYTES;
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    int used =
        snprintf(header + PREFIX_BYTES, HEADER_BYTES - PREFIX_BYTES,
                 "{'descr': '|u1', 'fortran_order': False, 'shape': (%llu, %u, %u), }",
                 (unsigned long long)sink->tally.images, (unsigned)sink->tally.height, (unsigned)sink->tally.width);
    memset(header + PREFIX_BYTES + used, ' ', HEADER_BYTES - PREFIX_BYTES - (size_t)used);
    header[HEADER_BYTES - 1] = '\n';
    return fwrite(header, HEADER_BYTES, 1, sink->file) == 1;
}

static void abort_sink(void *self)
{
    struct npy_sink *sink = self;
    if (sink->file)
        fclose(sink->file);
    sink->file = NULL;
    output_discard(&sink->output);
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct npy_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_start(&sink->tally, info, NULL, error));
    sink->file = os_open_file(sink->output.temporary, "wb");
    if (!sink->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", sink->output.path, strerror(errno));
    if (!write_header(sink))
        TRY(write_failed(sink, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct npy_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_add(&sink->tally, batch, error));
    if (os_seek(sink->file, HEADER_BYTES + batch->first * sink->tally.image_bytes) ||
        fwrite(batch->data, sink->tally.image_bytes, (size_t)batch->count, sink->file) != batch->count)
        TRY(write_failed(sink, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct npy_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_finish(&sink->tally, sink->output.path, error));
    FILE *file = sink->file;
    sink->file = NULL;
    if (fclose(file))
        TRY(write_failed(sink, error));
    TRY(output_commit(&sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct npy_sink *sink = self;
    if (sink->file)
        abort_sink(sink);
    output_free(&sink->output);
    free(sink);
}

static const struct plotmill_sink_ops npy_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = destroy_sink,
};

enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->output, path, false, options->force, error));
    *sink = (struct sink){&npy_ops, self};
done:
    if (status)
        free(self);
    return status;
}
