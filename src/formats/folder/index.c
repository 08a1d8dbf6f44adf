#include "formats/folder/index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"

#define COLUMNS "index,file,window_start,y_lo,y_hi"

/* The fields of a line that are numbers; false where it is not as the sink writes it. */
static bool parse_line(const char *line, uint64_t index, int64_t *window_start, double y_range[2])
{
    char *end = NULL;
    if (strtoull(line, &end, 10) != index || end == line || *end != ',')
        return false;
    const char *at = strchr(end + 1, ',');
    if (!at)
        return false;
    *window_start = strtoll(at + 1, &end, 10);
    if (end == at + 1 || *end != ',')
        return false;
    at = decimal_read(end + 1, &y_range[0]);
    if (!at || *at != ',')
        return false;
    at = decimal_read(at + 1, &y_range[1]);
    return at && !*at;
}

static bool read_line(FILE *file, char *line, size_t size)
{
    if (!fgets(line, (int)size, file))
        return false;
    line[strcspn(line, "\r\n")] = 0;
    return true;
}

static enum plotmill_status read_lines(struct folder_index *index, const char *path, FILE *file, uint64_t images,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char line[256];
    if (!read_line(file, line, sizeof line) || strcmp(line, COLUMNS))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: line 1: expected %s", path, COLUMNS);
    for (uint64_t i = 0; i < images; i++) {
        if (!read_line(file, line, sizeof line))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: ends after %llu images, expected %llu", path, (unsigned long long)i,
                 (unsigned long long)images);
        if (!parse_line(line, i, &index->window_start[i], &index->y_range[2 * i]))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: line %llu: found \"%.100s\", expected %s of image %llu", path,
                 (unsigned long long)(i + 2), line, COLUMNS, (unsigned long long)i);
    }
    if (read_line(file, line, sizeof line))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: line %llu: expected the end after %llu images", path,
             (unsigned long long)(images + 2), (unsigned long long)images);
done:
    return status;
}

enum plotmill_status folder_index_read(struct folder_index *index, const char *folder, uint64_t images,
                                       struct plotmill_error *error)
{
    static const char name[] = "/index.csv";
    enum plotmill_status status = PLOTMILL_OK;
    FILE *file = NULL;
    char *path = NULL;
    size_t size = strlen(folder) + sizeof name;
    *index = (struct folder_index){0};
    TRY_ALLOCATE(error, path, size, 1);
    snprintf(path, size, "%s%s", folder, name);
    if (!os_exists(path))
        goto done;
    file = fopen(path, "rb");
    if (!file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY_ALLOCATE(error, index->window_start, (size_t)images, sizeof *index->window_start);
    TRY_ALLOCATE(error, index->y_range, (size_t)images, 2 * sizeof *index->y_range);
    TRY(read_lines(index, path, file, images, error));
done:
    if (file)
        fclose(file);
    free(path);
    if (status)
        folder_index_free(index);
    return status;
}

void folder_index_free(struct folder_index *index)
{
    free(index->window_start);
    free(index->y_range);
    *index = (struct folder_index){0};
}
