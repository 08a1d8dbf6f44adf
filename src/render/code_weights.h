/* How often each symbol occurs in streams of strokes, as measured by bench/fit_code.py. */
#ifndef RENDER_CODE_WEIGHTS_H
#define RENDER_CODE_WEIGHTS_H

#include <stdint.h>

struct code_weights {
    uint32_t background; /* the background; in PNG an unchanged byte */
    uint32_t ink;        /* each ink; in PNG each difference of two values */
    uint32_t partial;    /* each other value, with antialiasing */
    uint32_t row;        /* PNG: the filter's number */
    uint32_t length[29]; /* symbols 257..285 */
};

/* [png][antialias] */
static const struct code_weights code_weights[2][2] = {
    {{9747, 18475, 0, 0, {79,  27,  26,  32,  171, 162, 159, 150, 274, 246, 231, 215, 641, 405,  418,
                          230, 413, 393, 353, 299, 520, 430, 410, 383, 668, 620, 612, 711, 12245}},
     {22625, 56955, 259, 0, {130, 36,   38,  41,  790, 726,  683, 638, 1055, 925,  825, 758, 1835, 1029, 786,
                             668, 1110, 929, 779, 678, 1105, 818, 853, 644,  1256, 978, 945, 1082, 9138}}},
    {{23956, 7971, 0, 5000, {463, 270, 221, 193, 171, 155, 163, 157, 282, 272,  225,  220,  425,  1349, 360,
                             326, 613, 533, 501, 492, 893, 790, 704, 620, 1238, 1198, 1049, 1053, 10106}},
     {85600, 859, 330, 5000, {1471, 957,  957,  858,  836,  747,  699,  631,  1112, 1001, 866,  814,  1505, 1249, 1090,
                              938,  1672, 1292, 1176, 1046, 1416, 1146, 1018, 919,  1664, 1577, 1203, 1062, 7343}}},
};

#endif
