/* plotmill: numeric series into chart images by the million, on any OpenCL device. */
#ifndef PLOTMILL_PLOTMILL_H
#define PLOTMILL_PLOTMILL_H

#include "plotmill/context.h"
#include "plotmill/status.h"

#endif
