#include "formats/text/records.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/stream.h"

#define BLOCK_BYTES ((size_t)1 << 20)
/* A quote that is never closed makes one field of the rest of the file. This limit finds it early. */
#define FIELD_LIMIT ((size_t)4 << 20)
#define FIELD_BYTES ((size_t)1 << 16)

struct walker {
    struct csv_parser parser;
    const struct records_visitor *visitor;
    void *user;
    const char *path;
    struct plotmill_error *error;
    struct records_place place;
    size_t width;        /* fields of the first record */
    uint64_t first_line; /* where that ended */
    uint64_t last_line;  /* where the last complete record ended */
    uint64_t feeds;      /* line ends before the current piece */
    uint64_t returns;    /* carriage returns in it that ended a record, alone or in a CR LF */
    char previous;       /* the last byte parsed */
    bool ended;          /* the last thing parsed was an unquoted line end */
    bool stop;
    enum plotmill_status status;
};

static void apply(struct walker *walker, enum records_next next)
{
    walker->stop |= next != RECORDS_CONTINUE;
    if (next == RECORDS_FAILED)
        walker->status = walker->error ? walker->error->status : PLOTMILL_BAD_INPUT;
}

static void fail(struct walker *walker, enum plotmill_status status)
{
    walker->stop = true;
    walker->status = status;
}

static void on_field(void *text, size_t length, void *user)
{
    struct walker *walker = user;
    walker->ended = false;
    if (walker->stop)
        return;
    walker->place.line = 1 + walker->feeds + walker->returns;
    apply(walker, walker->visitor->field(walker->user, &walker->place, text, length));
    walker->place.column++;
}

static void check_width(struct walker *walker)
{
    size_t width = walker->place.column;
    if (walker->place.record == 0) {
        walker->width = width;
        walker->first_line = walker->place.line;
    } else if (width != walker->width) {
        fail(walker, plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT,
                                        "%s, line %llu: found %zu field%s, expected %zu as in line %llu", walker->path,
                                        (unsigned long long)walker->place.line, width, width == 1 ? "" : "s",
                                        walker->width, (unsigned long long)walker->first_line));
    }
}

/* Called for every unquoted line end, blank lines included. */
static void on_line_end(int end, void *user)
{
    struct walker *walker = user;
    walker->ended = true;
    if (!walker->stop && walker->place.column > 0) {
        check_width(walker);
        if (!walker->stop && walker->visitor->end)
            apply(walker, walker->visitor->end(walker->user, &walker->place));
        walker->last_line = walker->place.line;
        walker->place.record++;
        walker->place.column = 0;
    }
    if (end == '\r')
        walker->returns++;
}

/* A piece has at most one line feed, at its end. So lines are counted, quoted ones included. */
static void parse_piece(struct walker *walker, const char *piece, size_t size)
{
    char before = size > 1 ? piece[size - 2] : walker->previous;
    if (csv_parse(&walker->parser, piece, size, on_field, on_line_end, walker) != size)
        fail(walker, plotmill_error_set(walker->error, PLOTMILL_NO_MEMORY, "%s: %s", walker->path,
                                        csv_strerror(csv_error(&walker->parser))));
    walker->previous = piece[size - 1];
    if (walker->previous == '\n') {
        walker->feeds += 1 + walker->returns - (walker->returns && before == '\r');
        walker->returns = 0;
    }
}

static void parse_block(struct walker *walker, const char *block, size_t size)
{
    while (size && !walker->stop) {
        const char *feed = memchr(block, '\n', size);
        size_t n = feed ? (size_t)(feed - block) + 1 : size;
        parse_piece(walker, block, n);
        block += n;
        size -= n;
    }
    size_t field = csv_get_buffer_size(&walker->parser);
    if (!walker->stop && field > FIELD_LIMIT)
        fail(walker, plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT,
                                        "%s: found a field of over %zu bytes after line %llu, expected less; look for "
                                        "a quote that is not closed",
                                        walker->path, FIELD_LIMIT, (unsigned long long)walker->last_line));
    /* libcsv grows its buffer by a fixed size. That size must grow too, or long fields take quadratic time. */
    csv_set_blk_size(&walker->parser, MAX(field, FIELD_BYTES));
}

/* In tab-separated text only the blank is white space. */
static int is_space(unsigned char c)
{
    return c == ' ';
}

static void choose_separator(struct walker *walker, const char *name, const char *block, size_t size)
{
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false, begun = false;
    for (size_t i = 0; i < size && !(begun && !quoted && (block[i] == '\n' || block[i] == '\r')); i++) {
        begun |= block[i] != '\n' && block[i] != '\r';
        quoted ^= block[i] == '"';
        commas += !quoted && block[i] == ',';
        semicolons += !quoted && block[i] == ';';
        tabs += !quoted && block[i] == '\t';
    }
    if (text_ends(name, ".tsv") || (!commas && tabs > semicolons)) {
        csv_set_delim(&walker->parser, CSV_TAB);
        csv_set_space_func(&walker->parser, is_space);
    } else if (!commas && semicolons) {
        csv_set_delim(&walker->parser, ';');
    }
}

/* Refuses what is not text. *skip is the size of the byte order mark. */
static enum plotmill_status check_text(const struct walker *walker, const char *block, size_t size, size_t *skip)
{
    if (size == 0)
        return plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT, "%s: empty file", walker->path);
    if (size >= 2 && (!memcmp(block, "\xff\xfe", 2) || !memcmp(block, "\xfe\xff", 2)))
        return plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT, "%s: found UTF-16 text, expected UTF-8",
                                  walker->path);
    const char *zero = memchr(block, 0, size);
    if (zero)
        return plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT, "%s, offset %zu: found a zero byte, expected text",
                                  walker->path, (size_t)(zero - block));
    *skip = size >= 3 && !memcmp(block, "\xef\xbb\xbf", 3) ? 3 : 0;
    return PLOTMILL_OK;
}

/* Ends the last line in case the file does not. Only inside a quote the parser does not see this line end. */
static enum plotmill_status finish_parsing(struct walker *walker)
{
    if (walker->stop || walker->previous == 0)
        return walker->status;
    walker->ended = false;
    parse_piece(walker, "\n", 1);
    if (!walker->stop && !walker->ended)
        return plotmill_error_set(walker->error, PLOTMILL_BAD_INPUT,
                                  "%s: a quote opened after line %llu is not closed, expected a second \"",
                                  walker->path, (unsigned long long)walker->last_line);
    return walker->status;
}

enum plotmill_status records_walk(const char *path, const struct records_visitor *visitor, void *user,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct walker walker = {.visitor = visitor, .user = user, .path = path, .error = error};
    struct stream *stream = NULL;
    char *block = NULL;
    size_t size, skip = 0;
    bool parsing = false;
    TRY(stream_open(&stream, path, error));
    TRY_ALLOCATE(error, block, 1, BLOCK_BYTES);
    if (csv_init(&walker.parser, CSV_APPEND_NULL | CSV_REPALL_NL))
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    parsing = true;
    csv_set_blk_size(&walker.parser, FIELD_BYTES);
    TRY(stream_read(stream, block, BLOCK_BYTES, &size, error));
    TRY(check_text(&walker, block, size, &skip));
    choose_separator(&walker, stream_name(stream), block + skip, size - skip);
    parse_block(&walker, block + skip, size - skip);
    while (!walker.stop && size == BLOCK_BYTES) {
        TRY(stream_read(stream, block, BLOCK_BYTES, &size, error));
        parse_block(&walker, block, size);
    }
    status = finish_parsing(&walker);
done:
    if (parsing)
        csv_free(&walker.parser);
    stream_close(stream);
    free(block);
    return status;
}
