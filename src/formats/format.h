/* The formats: sources of samples, sinks of images, readers of stored images, and one table of what each can do.
 *
 * To add a format:
 *  1. Write formats/NAME.c with a source_opener, a sink_constructor, a reader_opener, or several of them.
 *  2. Add the file to formats/meson.build.
 *  3. Declare the functions below, add a row to the table in formats/format.c, and the name to formats_choices. If the
 *     format needs an optional library, name it in the row; a build without it then refuses the format in one line.
 * An option for one format also needs a member of sink_options, an entry in the command's option table, an
 * ability below and its name in format_options. Messages and checks of options take
 * their lists from the table; the help of --format describes each format.
 */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include <stdbool.h>

#include "base/log.h"
#include "formats/input.h"
#include "formats/sink.h"
#include "formats/source.h"
#include "plotmill/context.h"

#define SOURCE_NONE_SELECTED SIZE_MAX

/* A column that may say which series each row belongs to: one of texts, or one of numbers under a name such as symbol
 * or patient. Found while the rows are read (formats/text/column_watch.h). */
struct column_about {
    char *name;      /* owned; "": it has none */
    size_t column;   /* from 0 */
    char *first;     /* its first value; owned */
    char *other;     /* the first one that differs; owned; NULL: all are alike */
    uint64_t line;   /* where that stands, from 1; 0: unknown */
    bool is_row;     /* it is the row, from 1, of an array */
    uint64_t rows;   /* with a value */
    uint64_t values; /* different ones, at most COLUMN_VALUES_MOST */
    uint64_t blocks; /* of rows one after another with one value */
    uint64_t stops;  /* blocks whose first time is not later than that of the row before */
    uint64_t stays;  /* other rows whose time is not later than that of the row before */
};
#define COLUMN_VALUES_MOST 65536
#define COLUMN_WATCHES_MOST 16 /* columns of an input */

/* What plotmill_source_describe says beside the shape. */
struct source_about {
    char *fields;      /* the names of all fields as a JSON array; owned; NULL: there are none */
    uint64_t field;    /* the index of the selected one */
    char **names;      /* (name_count) of the values of a sample, in their order; owned; NULL: one without a name */
    size_t name_count; /* that of the shape's fields */
    size_t selected;   /* the index of the selected one among these, or SOURCE_NONE_SELECTED */
    uint64_t groups;   /* 0: the rows have no groups */
    bool has_times;
    int64_t first_time, last_time; /* the earliest and the latest, ns since 1970 UTC */
    uint64_t rows;                 /* data rows (or sequences) of the input: those read, left out, and bad ones */
    uint64_t left_out;             /* outside from and to */
    uint64_t bad_rows;             /* left out by bad-rows skip */
    char *reading;                 /* a JSON object: what was decided of the input (text: its dialect); owned; NULL */
    char *said;                    /* the same as a line, without the name and rows; owned; NULL */
    struct column_about *columns;  /* (column_count) owned; NULL: none */
    size_t column_count;
};

/* Beside the fields: labels, or groups. */
struct side_column {
    char *name;     /* owned */
    bool whole;     /* all its numbers are whole and below 2^53 */
    char **classes; /* (class_count) texts, ascending bytewise; owned; NULL: it holds numbers */
    size_t class_count;
    bool unnamed; /* of groups: the classes are their numbers, which are no names */
};

/* Samples from files or arrays. */
struct source {
    const struct source_ops *ops;
    void *self;
    struct source_shape shape;
    char *input;         /* JSON that describes the files (source/fingerprint.h); owned; NULL for arrays */
    const double *array; /* the samples themselves, where they lie one after another in memory; else NULL */
    struct source_about about;
    struct side_column *sides; /* (side_count) those of the options, in their order, then that of label-column; owned */
    size_t side_count;
    char **groups; /* (group_count) names, by the numbers of the ranges; owned; NULL: groups have no names */
    size_t group_count;
    char *read; /* a JSON array: how each of the first 64 inputs was read; owned; NULL: it is not of files */
};

/* What an opener may need beside the path. */
struct source_context {
    const struct source_options *options; /* NULL: all defaults */
    const struct period *period;          /* of --from and --to */
    const struct log *log;                /* NULL: none */
};

/* Fills *source or leaves nothing behind. Checks all that can be checked without reading every sample (CSV is read
 * whole). */
typedef enum plotmill_status source_opener(struct source *source, const struct input *input,
                                           const struct source_context *context, struct plotmill_error *error);
source_opener source_open_text, source_open_npy, source_open_hdf5;

/* Images to files. */
struct sink {
    const struct sink_ops *ops;
    void *self;
};

/* Copies `path` and options. Refuses an existing output (base/output.h); creates nothing before ops->open. */
typedef enum plotmill_status sink_constructor(struct sink *sink, const char *path, const struct sink_options *options,
                                              struct plotmill_error *error);
sink_constructor sink_create_hdf5, sink_create_npy, sink_create_raw, sink_create_jkx, sink_create_tar, sink_create_npz,
    sink_create_png, sink_create_jpeg, sink_create_null, sink_create_hash;

/* Stored images to pixels. */
struct reader_impl {
    /* As plotmill_reader_read; first and count lie inside the data set. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, uint8_t *pixels, int64_t *window_start,
                                 double *y_range, struct plotmill_error *error);
    void (*destroy)(void *self);
    /* Writes info.columns[column] of images first..first+count-1: (count, width) of its type. NULL where formats have
     * no columns. */
    enum plotmill_status (*column)(void *self, size_t column, uint64_t first, uint64_t count, void *values,
                                   struct plotmill_error *error);
};

struct reader {
    const struct reader_impl *impl;
    void *self;
    struct dataset_info info;   /* strings owned by self */
    const uint64_t *drawn_hash; /* lossy formats: the recorded hash of the drawn pixels, owned by self; NULL: the hash
                                   is that of the pixels read */
};

typedef enum plotmill_status reader_opener(struct reader *reader, const char *path, struct plotmill_error *error);
reader_opener reader_open_hdf5, reader_open_npy, reader_open_raw, reader_open_jkx, reader_open_folder, reader_open_npz,
    reader_open_tar;

/* What a format is and which options apply to it. */
enum format_ability {
    FORMAT_INPUT = 1 << 0,     /* of samples */
    FORMAT_OUTPUT = 1 << 1,    /* of images */
    FORMAT_FOLDER = 1 << 2,    /* the output is a folder, not a file */
    FORMAT_ARRAYS = 1 << 3,    /* --dtype, --layout */
    FORMAT_COMPRESS = 1 << 4,  /* --compress */
    FORMAT_CHUNKS = 1 << 5,    /* --chunk-images */
    FORMAT_SEQUENCES = 1 << 6, /* --store-sequences */
    FORMAT_SPLIT = 1 << 7,     /* --images-per-file, --shard */
    FORMAT_RESUME = 1 << 8,    /* --resume; has shard operations */
    FORMAT_QUALITY = 1 << 9,   /* --quality */
    FORMAT_STREAM = 1 << 10,   /* may be written to standard output */
    FORMAT_COLUMNS = 1 << 11,  /* --column, --columns */
    FORMAT_DATES = 1 << 12,    /* --from, --to */
    FORMAT_DATASETS = 1 << 13, /* --dataset */
    FORMAT_AXES = 1 << 14,     /* --axes */
    FORMAT_COPIES = 1 << 15,   /* --channels 3 of grey charts */
    FORMAT_LAYERS = 1 << 16    /* pixels of any number of channels; else 1 or 3 */
};

struct format {
    const char *names[2];      /* as --format takes them; the first one is the name in messages */
    const char *extensions[4]; /* of files */
    const char *path;          /* an output that is no file: "null:" */
    unsigned abilities;        /* of enum format_ability */
    const char *magic;         /* the bytes from magic_offset on by which files are recognized; NULL: none */
    unsigned magic_size, magic_offset;
    const char *library;             /* what the build lacks if the functions are NULL in spite of the abilities */
    source_opener *open;             /* NULL: unless FORMAT_INPUT */
    sink_constructor *create;        /* NULL: unless FORMAT_OUTPUT */
    reader_opener *read;             /* NULL: what is written cannot be read */
    const struct shard_impl *shards; /* with FORMAT_RESUME */
};

/* The format of that name, or of a path with one of its extensions or special names, case ignored, that has one of the
 * abilities; NULL: none. */
extern const char *const formats_choices[]; /* the values of --format, up to a NULL */
const struct format *format_named(const char *name, unsigned abilities);
const struct format *format_of_path(const char *path, unsigned abilities);

/* The format of files that begin with these FORMAT_MAGIC_BYTES bytes; NULL: none. */
#define FORMAT_MAGIC_BYTES 512
const struct format *format_of_contents(const char bytes[FORMAT_MAGIC_BYTES]);

/* The extension of a path, dot included; "": none. A dot at the start of the name begins no extension. */
const char *format_extension(const char *path);

/* The ability that an option of the command needs, by its name without dashes; 0: it applies to every format. */
unsigned format_ability_for(const char *option);

/* The names, or the extensions, of all formats with one of these abilities: "hdf5, npy and raw". `last` joins the last
 * two: " and ", " or " or ", ". */
struct format_list {
    char text[200];
};
struct format_list format_names(unsigned abilities, const char *last);
struct format_list format_extensions(unsigned abilities, const char *last);

/* PLOTMILL_UNSUPPORTED: this build cannot `verb` ("read", "write") the format. */
enum plotmill_status format_unsupported(const struct format *format, const char *path, const char *verb,
                                        struct plotmill_error *error);

#endif
