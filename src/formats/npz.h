/* The members of an .npz file, in this order. */
#ifndef FORMATS_NPZ_H
#define FORMATS_NPZ_H

#define NPZ_MARK "plotmill.json" /* sink/mark.h; the others are arrays */
#define NPZ_IMAGES "images.npy"
#define NPZ_STARTS "window_start.npy"
#define NPZ_RANGES "y_range.npy"

#endif
