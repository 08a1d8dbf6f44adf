#include "formats/image_index.h"

#include "base/os.h"

/* So many go to the file at once. */
#define BLOCK 64

bool labels_open(struct labels *labels, const char *path)
{
    labels->file = fopen(path, "w+b");
    return labels->file;
}

bool labels_write(const struct labels *labels, const struct plotmill_batch *batch)
{
    struct label block[BLOCK];
    for (uint64_t done = 0; done < batch->count;) {
        size_t count = 0;
        for (uint64_t i = done; count < BLOCK && i < batch->count; i++)
            block[count++] = (struct label){batch->window_start[i], {batch->y_range[2 * i], batch->y_range[2 * i + 1]}};
        if (!os_write_at(labels->file, (batch->first + done) * sizeof *block, block, count * sizeof *block))
            return false;
        done += count;
    }
    return true;
}

bool labels_rewind(const struct labels *labels)
{
    return os_seek(labels->file, 0) == 0;
}

bool labels_next(const struct labels *labels, struct label *label)
{
    return fread(label, sizeof *label, 1, labels->file) == 1;
}

void labels_close(struct labels *labels)
{
    if (labels->file)
        fclose(labels->file);
    labels->file = NULL;
}
