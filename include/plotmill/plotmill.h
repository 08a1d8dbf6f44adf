/* plotmill: numeric series into chart images by the million, on any OpenCL device. docs/library.md is the guide.
 *
 * Start at run.h (files, arrays or callbacks into files or callbacks) or renderer.h (arrays to images in memory). */
#ifndef PLOTMILL_PLOTMILL_H
#define PLOTMILL_PLOTMILL_H

#include "plotmill/context.h"
#include "plotmill/options.h"
#include "plotmill/renderer.h"
#include "plotmill/run.h"
#include "plotmill/sink.h"
#include "plotmill/source.h"
#include "plotmill/status.h"

#endif
