#include "source/derive.h"

#include <math.h>
#include <stdlib.h>

#include "base/try.h"

/* What a node has seen of its group. */
struct state {
    double *last; /* ma, sd: a ring of the last `rows` values of its operand; NULL: no group is that long */
    uint32_t at;  /* of the ring: where the next value goes, which is where the oldest one is once it is full */
    uint64_t seen;
    uint32_t missing; /* values in the ring */
    double average;   /* ema; NaN: no value yet */
};

struct derivation {
    const struct expression *expression;
    const size_t *fields;
    struct state *states; /* (nodes) */
    double *values;       /* (nodes), of the current row */
};

static bool has_ring(const struct expression_node *node)
{
    return node->kind == EXPRESSION_MA || node->kind == EXPRESSION_SD;
}

enum plotmill_status derivation_create(struct derivation **derivation, const struct expression *expression,
                                       const size_t *fields, uint64_t longest, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct derivation *made = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->expression = expression;
    made->fields = fields;
    TRY_ALLOCATE(error, made->states, expression->count, sizeof *made->states);
    TRY_ALLOCATE(error, made->values, expression->count, sizeof *made->values);
    for (size_t i = 0; i < expression->count; i++) {
        const struct expression_node *node = &expression->nodes[i];
        if (has_ring(node) && node->rows <= longest)
            TRY_ALLOCATE(error, made->states[i].last, node->rows, sizeof(double));
    }
    *derivation = made;
    made = NULL;
done:
    derivation_free(made);
    return status;
}

void derivation_free(struct derivation *derivation)
{
    if (!derivation)
        return;
    for (size_t i = 0; derivation->states && i < derivation->expression->count; i++)
        free(derivation->states[i].last);
    free(derivation->states);
    free(derivation->values);
    free(derivation);
}

void derivation_begin(struct derivation *derivation)
{
    for (size_t i = 0; i < derivation->expression->count; i++)
        derivation->states[i] = (struct state){.last = derivation->states[i].last, .average = NAN};
}

/* The sum of `power`-th powers (1 or 2) of the differences to `from`, oldest first. */
static double sum_ring(const struct state *state, uint32_t rows, double from, int power)
{
    double sum = 0;
    for (uint32_t k = 0, at = state->at; k < rows; k++) {
        const double difference = state->last[at] - from;
        sum += power == 1 ? difference : difference * difference;
        at = at + 1 == rows ? 0 : at + 1;
    }
    return sum;
}

static double next_of_ring(struct state *state, const struct expression_node *node, double value)
{
    const uint32_t rows = node->rows;
    if (!state->last)
        return NAN;
    if (state->seen >= rows)
        state->missing -= !isfinite(state->last[state->at]);
    state->missing += !isfinite(value);
    state->last[state->at] = value;
    state->at = state->at + 1 == rows ? 0 : state->at + 1;
    state->seen++;
    if (state->seen < rows || state->missing)
        return NAN;
    const double mean = sum_ring(state, rows, 0, 1) / rows;
    return node->kind == EXPRESSION_MA ? mean : sqrt(sum_ring(state, rows, mean, 2) / (rows - 1));
}

/* Infinities are missing too: 1/inf is not 0. */
static double present(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

static double next_ema(struct state *state, uint32_t rows, double value)
{
    const double alpha = 2 / ((double)rows + 1);
    if (!isfinite(value))
        return NAN;
    state->average = isnan(state->average) ? value : alpha * value + (1 - alpha) * state->average;
    return state->average;
}

double derivation_next(struct derivation *derivation, const double *row)
{
    const struct expression *expression = derivation->expression;
    double *values = derivation->values;
    for (size_t i = 0; i < expression->count; i++) {
        const struct expression_node *node = &expression->nodes[i];
        const double left = values[node->left], right = values[node->right];
        switch (node->kind) {
        case EXPRESSION_FIELD:
            values[i] = present(row[derivation->fields[node->field]]);
            break;
        case EXPRESSION_NUMBER:
            values[i] = node->number;
            break;
        case EXPRESSION_ADD:
            values[i] = left + right;
            break;
        case EXPRESSION_SUBTRACT:
            values[i] = left - right;
            break;
        case EXPRESSION_MULTIPLY:
            values[i] = left * right;
            break;
        case EXPRESSION_DIVIDE:
            values[i] = left / right;
            break;
        case EXPRESSION_MA:
        case EXPRESSION_SD:
            values[i] = next_of_ring(&derivation->states[i], node, left);
            break;
        case EXPRESSION_EMA:
            values[i] = next_ema(&derivation->states[i], node->rows, left);
            break;
        }
    }
    return values[expression->count - 1];
}
