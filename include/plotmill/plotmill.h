/* plotmill: numeric series into chart images by the million, on any OpenCL device.
 *
 * Start at job.h (a source into a sink) or renderer.h (arrays to pixels). */
#ifndef PLOTMILL_PLOTMILL_H
#define PLOTMILL_PLOTMILL_H

#include "plotmill/chart.h"
#include "plotmill/context.h"
#include "plotmill/device.h"
#include "plotmill/doctor.h"
#include "plotmill/job.h"
#include "plotmill/reader.h"
#include "plotmill/renderer.h"
#include "plotmill/sink.h"
#include "plotmill/source.h"
#include "plotmill/status.h"

#endif
