/* What the files of the chart language share (language.c). */
#ifndef OPTIONS_CHART_READER_H
#define OPTIONS_CHART_READER_H

#include "options/language.h"

struct chart_reader {
    struct chart *chart;
    const struct chart_text *text;
    const struct chart_overrides *overrides;
    uint64_t window;           /* 0: there is no layout */
    double dpi;                /* turns points into px */
    const struct node **share; /* (chart->panel_count): the name of each panel's scale; NULL: none */
    const struct node **inks;  /* (chart->layer_count): a coloured ink of each layer; NULL: all are grey */
    struct plotmill_error *error;
};

/* Where a key may stand, as bits. */
enum {
    IN_CHART = 1,
    IN_PANEL = 2,
    IN_X = 4,
    IN_Y = 8,
    IN_LINE = 16, /* IN_LINE << mark */
    IN_BAR = 32,
    IN_CANDLE = 64,
    IN_COLUMN = 128
};

/* "NAME:LINE:COLUMN: KEY: ..."; returns PLOTMILL_BAD_INPUT. */
enum plotmill_status reader_wrong(const struct chart_reader *reader, const struct node *node, const char *key,
                                  const char *format, ...) PLOTMILL_PRINTF(4, 5);

/* chart_keys.c: checks that the node is a map of keys that may stand in `place`; `key` is its own. */
enum plotmill_status reader_check_keys(const struct chart_reader *reader, const struct node *map, const char *key,
                                       int place);

/* chart_values.c: the value of a key of `map`. Where the key is absent, *value stays as it is. */
enum plotmill_status read_whole(const struct chart_reader *reader, const struct node *map, const char *key,
                                uint32_t least, uint32_t most, uint32_t *value);
enum plotmill_status read_real(const struct chart_reader *reader, const struct node *map, const char *key, double least,
                               double most, double *value);
enum plotmill_status read_flag(const struct chart_reader *reader, const struct node *map, const char *key, bool *value);
/* *value: the index in `words`, which end with NULL. */
enum plotmill_status read_word(const struct chart_reader *reader, const struct node *map, const char *key,
                               const char *const *words, int *value);
enum plotmill_status read_ink(const struct chart_reader *reader, const struct node *map, const char *key,
                              struct ink *ink);

/* Of single values. */
enum plotmill_status parse_number(const struct chart_reader *reader, const struct node *node, const char *key,
                                  double *number);

/* The number of a field, by its text, which may be "": the chart's, added where it is new. `rows` is the largest N of
 * its averages; replace > 0 replaces that of an average. */
enum plotmill_status take_field(const struct chart_reader *reader, const struct node *node, const char *key,
                                const char *text, uint32_t replace, uint32_t *field, uint32_t *rows);

/* Whether a text is an average, ma(...). */
bool is_average(const char *text);

/* chart_layers.c: adds the layers of the last panel, whose x scale is known. */
enum plotmill_status reader_take_layers(struct chart_reader *reader, const struct node *panel);

/* chart_panels.c: adds a panel with its layers and its own scale; then, of all panels, joins scales. */
enum plotmill_status reader_take_panel(struct chart_reader *reader, const struct node *map, bool is_chart);
enum plotmill_status reader_finish_scales(struct chart_reader *reader);

#endif
