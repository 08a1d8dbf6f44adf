/* Fields of a chart: an input's field by name, or an expression of such fields: ma(close,20), (high+low)/2. */
#ifndef CHART_EXPRESSION_H
#define CHART_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A parsed expression: nodes in the order in which they are computed, operands before what uses them. */
enum expression_kind {
    EXPRESSION_FIELD,  /* names[field] */
    EXPRESSION_NUMBER, /* number */
    EXPRESSION_ADD,    /* of the nodes left and right */
    EXPRESSION_SUBTRACT,
    EXPRESSION_MULTIPLY,
    EXPRESSION_DIVIDE,
    EXPRESSION_MA, /* of the node left, over `rows` rows: their sum, oldest first, divided by rows */
    EXPRESSION_EMA,
    EXPRESSION_SD
};

struct expression_node {
    enum expression_kind kind;
    uint32_t field;       /* index of `names` */
    uint32_t left, right; /* nodes */
    uint32_t rows;        /* N of ma, ema, sd */
    double number;
};

struct expression {
    struct expression_node *nodes; /* the last one is the result */
    size_t count;
    char **names; /* (name_count): of the input's fields, each once */
    size_t name_count;
};

/* Parses a field as it stands in a chart. The message names what was found and what was expected, without the place of
 * the text. Free *expression with expression_free. */
enum plotmill_status expression_parse(struct expression *expression, const char *text, struct plotmill_error *error);
void expression_free(struct expression *expression);

/* The text in its one canonical form: "ma(close,20)". Freed by the caller; NULL: out of memory. */
char *expression_text(const struct expression *expression);

/* The largest N of its ma, ema and sd; 0: it has none. */
uint32_t expression_rows(const struct expression *expression);

/* How many rows before a row its value may depend on: the sum of N over nested ma and sd. UINT64_MAX: with ema, on all
 * of them. */
uint64_t expression_reach(const struct expression *expression);

/* Whether it is an input's field as it stands. */
bool expression_is_field(const struct expression *expression);

#endif
