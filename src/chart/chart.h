/* What an image shows: panels with layers of marks, over the fields of a frame. docs/definition.md has the full
 * definition, options/language.h the text form. */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/ink.h"
#include "chart/options.h"

/* Limits beside those of chart/options.h. */
#define CHART_PANELS_MAX 1024
#define CHART_LAYERS_MAX 1024
#define CHART_FIELDS_MAX 4096

enum mark {
    MARK_LINE,   /* field y */
    MARK_BAR,    /* open, high, low, close */
    MARK_CANDLE, /* the same */
    MARK_COLUMN, /* y */
    MARKS
};

/* The fields of a mark. */
enum { FIELD_Y = 0, FIELD_OPEN = 0, FIELD_HIGH, FIELD_LOW, FIELD_CLOSE, MARK_FIELDS_MAX };

/* Their names, then NULL. */
extern const char *const mark_names[MARKS + 1];

/* How many fields a mark has. */
static inline uint32_t mark_fields(enum mark mark)
{
    return mark == MARK_BAR || mark == MARK_CANDLE ? 4 : 1;
}

enum line_shape { SHAPE_STROKE = 0, SHAPE_PIXEL };
enum column_height { HEIGHT_POSITION = 0, HEIGHT_COUNT };
enum y_range { RANGE_MINMAX = 0, RANGE_ZERO, RANGE_FIXED };
enum rounding { ROUND_EVEN = 0, ROUND_HALF_UP, ROUND_TRUNCATE };

struct chart_layer {
    enum mark mark;
    uint32_t panel;                  /* its number */
    uint32_t field[MARK_FIELDS_MAX]; /* numbers of the chart's fields, by role; beyond those of the mark: 0 */
    struct ink ink;                  /* of bars and candles: the one of rising samples (close >= open) */
    struct ink down;                 /* of bars and candles: of falling ones; elsewhere equal to `ink` */
    uint32_t lead; /* `whole`: left out of windows with fewer rows of their group before them; 0: never */
    /* line */
    enum line_shape shape;
    double width; /* px, of a stroke, CHART_LINE_WIDTH_MIN.._MAX */
    enum missing_mode missing;
    /* candle, column; whole px, 1..pitch */
    uint32_t body; /* of candles; the width of columns */
    uint32_t wick;
    bool hollow; /* candle: rising bodies are outlines */
    /* column */
    enum column_height height;
    bool absolute;   /* of values below 0 */
    bool zero_pixel; /* a count of 0 rows paints one */
};

/* A field that a scale covers. */
struct scale_field {
    uint32_t field;
    uint32_t lead; /* left out of windows with fewer rows of their group before them */
    bool absolute; /* covered without the sign: a column with `abs` shows it */
};

struct chart_panel {
    uint32_t x, y, width, height; /* px, inside the image, not empty */
    double margin;                /* px */
    bool band;                    /* each sample has `pitch` whole columns, from x + margin on; else point scale */
    uint32_t pitch;               /* px, >= 1, pitch * window <= width - 2 margin; 0 with a point scale */
    struct scale_field *scale; /* (scale_count): what `minmax` and `zero` cover; with `share` the fields of all panels
                                  that share it */
    uint32_t scale_count;
    uint32_t share; /* panels of the same number above 0 share their scale; 0: it has one of its own */
    enum y_range range;
    double lo, hi; /* RANGE_FIXED: lo < hi; else NaN */
    bool clip;     /* samples outside the range are drawn where they lie and cut off; else moved to the limit */
};

/* Resolved: whole pixels, and numbers instead of names. Layers are grouped by panel, and bottom to top in each; panels
 * are painted in their order. */
struct chart {
    uint64_t window;        /* samples per image, for which it is laid out; 0: it is not, and its size and where and
                               how wide its parts are is not known yet (options/language.h) */
    uint32_t width, height; /* px, 1..CHART_SIDE_MAX */
    uint32_t channels;      /* bytes of a pixel: 1 (all inks are grey), 3, or one per layer */
    bool per_layer;         /* `channels: layer`: channel k is layer k alone, 255 on 0 */
    struct ink background;
    bool antialias;
    enum rounding rounding; /* of whole-pixel marks */
    bool from_top;          /* `origin: top`: rows are counted from the top when rounded */
    bool flip;              /* row 0 of the image is the bottom row */
    char **fields;          /* (field_count): what a frame holds for each row, in this order: names of the input's
                               fields or expressions of them (chart/expression.h), as written canonically; "": the
                               input's selected field */
    uint32_t field_count;
    char *adjust; /* the input's field of returns by which prices are adjusted; NULL: none */
    struct chart_panel *panels;
    uint32_t panel_count;
    struct chart_layer *layers;
    uint32_t layer_count;
    char *spec; /* the chart as canonical JSON, RFC 8785 */
};

/* Frees what the chart holds; takes one that is all zero. */
void chart_free(struct chart *chart);

/* A stroke: coverage decides, not whole pixels. */
static inline bool layer_is_stroke(const struct chart_layer *layer)
{
    return layer->mark == MARK_LINE && layer->shape == SHAPE_STROKE;
}

/* Whether pixels may be partly covered: it is antialiased, and has strokes. */
bool chart_is_shaded(const struct chart *chart);

/* The chart of one stroke over a whole grey image of which all kernels of the first edition are made: the usual case,
 * which has kernels of its own. NULL: another chart. */
const struct chart_layer *chart_single_line(const struct chart *chart);

/* Whether a layer treats missing samples this way. */
bool chart_has_missing(const struct chart *chart, enum missing_mode missing);

/* Whether a layer or a scale leaves windows out that begin too early in their group. */
bool chart_has_lead(const struct chart *chart);

/* Whether all its layers have one grey ink, on grey. */
bool chart_one_grey(const struct chart *chart);

/* The chart that these options describe. Nothing is to be freed: `storage` must stay as long as the chart is used. */
struct line_chart {
    struct chart chart;
    struct chart_panel panel;
    struct chart_layer layer;
    struct scale_field scale;
    char *fields[1];
    char field[1];
    char spec[600];
};
const struct chart *line_chart(struct line_chart *storage, const struct chart_options *options);

/* The options of one of its strokes, with the size of its panel; background and foreground are those of grey charts. */
struct chart_options line_options(const struct chart *chart, uint32_t layer);

/* Makes a chart for windows of so many samples: who asks for charts knows the window only when the input is open. With
 * window 0 only what the input must be opened with: `fields` and `adjust`. */
struct chart_maker {
    enum plotmill_status (*make)(const struct chart_maker *self, uint64_t window, struct chart *chart,
                                 struct plotmill_error *error);
};

/* A chart that was made, or that of the line that options describe. It must not move. */
struct made_chart {
    const struct chart *chart;
    struct chart made;
    struct line_chart line;
};

/* maker NULL: the line. Free with made_chart_free, also after a failure. */
enum plotmill_status made_chart_init(struct made_chart *made, const struct chart_maker *maker,
                                     const struct chart_options *line, uint64_t window, struct plotmill_error *error);
void made_chart_free(struct made_chart *made);

/* The form of its PNG images. */
void chart_png_form(const struct chart *chart, struct png_form *form);

#endif
