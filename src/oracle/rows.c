/* Rows of whole-pixel marks, by exact integers where the values of a window are multiples of one power of two. */
#include <float.h>
#include <math.h>

#include "base/numbers.h"
#include "oracle/judge.h"

__extension__ typedef __int128 wide_int;

/* Elsewhere values this close to a tie may be rounded either way. The rest is for the error of oracle_height: 2^-51 of
 * at most 2^18 rows. */
static const double undecided = 0x1p-30 + 0x1p-33;

/* The powers of two of the lowest and the highest bit of any value so far. */
struct bits {
    int lowest, highest;
};

static void add_bits(struct bits *bits, double value)
{
    int exponent;
    if (!isfinite(value) || value == 0)
        return;
    /* 53 bits before the point, and as many trailing zeros less. */
    int64_t mantissa = (int64_t)ldexp(frexp(value, &exponent), 53);
    int lowest = exponent - 53;
    while (mantissa % 2 == 0) {
        mantissa /= 2;
        lowest++;
    }
    bits->lowest = MIN(bits->lowest, lowest);
    bits->highest = MAX(bits->highest, exponent - 1);
}

static void add_field(struct bits *bits, const struct chart *chart, const struct oracle_window *window, uint32_t field)
{
    for (uint64_t i = 0; i < window->count; i++)
        add_bits(bits, window->rows[i * chart->field_count + field]);
}

void oracle_rows_init(struct oracle_rows *rows, const struct oracle_layer *layer, const struct oracle_window *window,
                      const struct oracle_scale *scale)
{
    const struct chart_panel *panel = layer->panel;
    struct bits bits = {.lowest = 2000, .highest = -2000};
    for (uint32_t f = 0; f < panel->scale_count; f++)
        if (window->rows_before >= panel->scale[f].lead)
            add_field(&bits, layer->chart, window, panel->scale[f].field);
    for (uint32_t role = 0; role < mark_fields(layer->layer->mark); role++)
        add_field(&bits, layer->chart, window, layer->layer->field[role]);
    add_bits(&bits, scale->lo);
    add_bits(&bits, scale->hi);
    const int64_t margin = oracle_margin(panel);
    *rows = (struct oracle_rows){
        .scale = *scale,
        .rounding = layer->chart->rounding,
        .from_top = layer->chart->from_top,
        .exact = bits.highest - bits.lowest < 63,
        .exponent = bits.lowest == 2000 ? 0 : bits.lowest,
        .first = margin,
        .count = (int64_t)panel->height - 2 * margin,
    };
}

static int64_t round_ratio(wide_int number, wide_int by, enum rounding rounding)
{
    wide_int whole = number / by;
    if (whole * by > number)
        whole--;
    const wide_int twice = 2 * (number - whole * by);
    if (rounding == ROUND_HALF_UP)
        whole += twice >= by;
    else if (rounding == ROUND_EVEN)
        whole += twice > by || (twice == by && whole % 2 != 0);
    return (int64_t)whole;
}

static int64_t round_double(double number, enum rounding rounding)
{
    if (rounding == ROUND_HALF_UP)
        return (int64_t)floor(number + 0.5);
    return (int64_t)(rounding == ROUND_EVEN ? nearbyint(number) : floor(number));
}

static wide_int whole(const struct oracle_rows *rows, double value)
{
    return (wide_int)ldexp(value, -rows->exponent);
}

/* round(u * size), or of 1 - u: the lower and the higher of what is right. */
static struct oracle_row rounded(const struct oracle_rows *rows, double value, int64_t size, bool down)
{
    const struct oracle_scale *scale = &rows->scale;
    if (!scale->clip)
        value = CLAMP(value, scale->lo, scale->hi);
    int64_t least, most;
    if (scale->lo == scale->hi) {
        least = most = round_ratio(size, 2, rows->rounding);
    } else if (value == scale->lo || value == scale->hi) {
        least = most = (value == scale->hi) != down ? size : 0;
    } else if (rows->exact) {
        const wide_int lo = whole(rows, scale->lo), hi = whole(rows, scale->hi), range = hi - lo;
        const wide_int up = CLAMP(whole(rows, value) - lo, -3 * range, 4 * range);
        least = most = round_ratio((down ? range - up : up) * size, range, rows->rounding);
    } else {
        const double u = oracle_height(scale, value), limited = CLAMP(u, -3, 4);
        const double number = (down ? 1 - limited : limited) * (double)size;
        least = round_double(number - undecided, rows->rounding);
        most = round_double(number + undecided, rows->rounding);
    }
    return (struct oracle_row){least, most};
}

struct oracle_row oracle_row_of(const struct oracle_rows *rows, double value)
{
    const struct oracle_row row = rounded(rows, value, rows->count - 1, rows->from_top);
    if (rows->from_top)
        return (struct oracle_row){rows->first + row.upper, rows->first + row.lower};
    const int64_t last = rows->first + rows->count - 1;
    return (struct oracle_row){last - row.lower, last - row.upper};
}

struct oracle_row oracle_count_of(const struct oracle_rows *rows, double value)
{
    const struct oracle_row count = rounded(rows, value, rows->count, false);
    const int64_t end = rows->first + rows->count;
    return (struct oracle_row){end - count.lower, end - count.upper};
}
