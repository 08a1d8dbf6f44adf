#include "source/windows.h"

#include "base/try.h"

static enum plotmill_status plan_series(struct windows *windows, uint64_t samples, const struct window_rule *rule,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!rule->window)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "one long series of %llu samples: expected the option window, the number of samples per image",
             (unsigned long long)samples);
    if (rule->window > samples)
        FAIL(error, PLOTMILL_BAD_INPUT, "window %llu: the series has only %llu samples",
             (unsigned long long)rule->window, (unsigned long long)samples);
    windows->window = rule->window;
    windows->step = windows->start_step = rule->stride;
    windows->images = (samples - rule->window) / rule->stride + 1;
done:
    return status;
}

static enum plotmill_status plan_sequences(struct windows *windows, struct source_shape shape,
                                           const struct window_rule *rule, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t sequences = shape.samples / shape.row_length;
    if (rule->window && rule->window != shape.row_length)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "window %llu: the input holds ready sequences of %llu samples each, expected no option window",
             (unsigned long long)rule->window, (unsigned long long)shape.row_length);
    if (!sequences)
        FAIL(error, PLOTMILL_BAD_INPUT, "the input holds no sequence");
    windows->window = shape.row_length;
    windows->start_step = rule->stride;
    windows->images = (sequences - 1) / rule->stride + 1;
    /* A stride beyond the end selects only the first sequence; the product must not overflow. */
    windows->step = windows->images > 1 ? rule->stride * shape.row_length : shape.row_length;
done:
    return status;
}

enum plotmill_status windows_plan(struct windows *windows, struct source_shape shape, const struct window_rule *rule,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *windows = (struct windows){0};
    if (shape.row_length)
        TRY(plan_sequences(windows, shape, rule, error));
    else
        TRY(plan_series(windows, shape.samples, rule, error));
    if (rule->limit && rule->limit < windows->images)
        windows->images = rule->limit;
done:
    return status;
}
