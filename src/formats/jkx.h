/* The published set of price-trend images (Jiang, Kelly, Xiu, "(Re-)Imag(in)ing Price Trends"): a headerless .dat file
 * of uint8 images whose name states their size, 20d_month_has_vb_[20]_ma_1993_images.dat, and a table of labels with a
 * row for each image. */
#ifndef FORMATS_JKX_H
#define FORMATS_JKX_H

#include <stdbool.h>

/* Whether a file of this name belongs to such a set: it ends in "_images.dat". */
bool jkx_is_name(const char *path);

/* The beginnings of names that state a size, for messages. */
#define JKX_NAMES "5d_, 20d_ or 60d_"

#endif
