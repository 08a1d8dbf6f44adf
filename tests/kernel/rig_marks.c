#include "rig_marks.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct plotmill_error error;

static void expect_ok(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s", error.message);
}

void machine_open(struct machine *m, const struct rig_variant *variant)
{
    char defines[256];
    *m = (struct machine){0};
    rig_open(&m->rig, variant);
    m->config = launch_config_choose(variant->launch, compute_device(m->rig.compute),
                                     compute_item_limits(m->rig.compute), 100, false, 100);
    m->config.layered = true;
    launch_config_defines(&m->config, false, defines, sizeof defines);
    expect_ok(program_build(&m->program, m->rig.compute, defines, &error));
    for (int mark = 0; mark < MARKS; mark++) {
        const struct chart_layer layer = {.mark = (enum mark)mark, .shape = SHAPE_PIXEL};
        expect_ok(kernel_create(&m->kernels[mark], m->rig.compute, m->program, pixel_mark_of(&layer)->kernel, &error));
    }
}

void machine_close(struct machine *m)
{
    for (int mark = 0; mark < MARKS; mark++)
        kernel_destroy(m->kernels[mark]);
    rig_close(&m->rig);
}

static struct buffer *upload(struct machine *m, const void *data, size_t size)
{
    struct buffer *buffer;
    expect_ok(buffer_create(&buffer, m->rig.compute, size, BUFFER_PLAIN, &error));
    expect_ok(buffer_write(buffer, 0, data, size, &error));
    return buffer;
}

uint16_t *machine_run(struct machine *m, const struct drawing *d, const struct layer_table *table, size_t least)
{
    const size_t count = (size_t)d->images * table->span_size;
    uint16_t *spans[2];
    struct buffer *in[] = {
        upload(m, d->rows, sizeof d->rows),
        upload(m, d->starts, sizeof d->starts),
        upload(m, d->rows_before, sizeof d->rows_before),
        upload(m, d->ranges, sizeof d->ranges),
        upload(m, d->panel_scales, sizeof d->panel_scales),
        upload(m, table->marks, d->chart.layer_count * sizeof *table->marks),
    };
    for (int pass = 0; pass < 2; pass++) {
        spans[pass] = malloc((count + 1) * sizeof **spans); /* one more, which must stay */
        cr_assert(spans[pass]);
        memset(spans[pass], pass ? RIG_CANARY : 0x5a, (count + 1) * sizeof **spans);
        struct buffer *out = upload(m, spans[pass], (count + 1) * sizeof **spans);
        for (uint32_t layer = 0; layer < d->chart.layer_count; layer++) {
            struct kernel *kernel = m->kernels[d->chart.layers[layer].mark];
            const struct shared_launch launch =
                launch_shares(&m->config, kernel_work_group_limit(kernel), least, d->window, 1, d->images, d->images);
            kernel_begin(kernel);
            for (int i = 0; i < 6; i++)
                kernel_buffer(kernel, in[i]);
            kernel_buffer(kernel, out);
            const uint32_t numbers[] = {layer,       d->window, d->fields, d->chart.panel_count, table->span_size,
                                        launch.share};
            for (int i = 0; i < 6; i++)
                kernel_u32(kernel, numbers[i]);
            expect_ok(kernel_run(kernel, &launch.launch, &error));
        }
        expect_ok(buffer_read(out, spans[pass], (count + 1) * sizeof **spans, &error));
        buffer_destroy(out);
    }
    cr_assert(spans[0][count] == 0x5a5a && spans[1][count] == RIG_CANARY * 0x101, "%s: written beyond the spans",
              m->rig.text);
    for (size_t i = 0; i < count; i++)
        cr_assert(spans[0][i] == spans[1][i], "%s: entry %zu of %u is not written", m->rig.text, i,
                  (unsigned)table->span_size);
    for (int i = 0; i < 6; i++)
        buffer_destroy(in[i]);
    free(spans[1]);
    return spans[0];
}
