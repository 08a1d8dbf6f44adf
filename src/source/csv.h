/* CSV files, which may follow each other in time. */
#ifndef SOURCE_CSV_H
#define SOURCE_CSV_H

#include "source/period.h"
#include "source/source.h"
#include "source/times.h"

/* `previous`: of the file before (NULL: none); *span tells what the time column says, for times_report_seam. */
enum plotmill_status csv_open(struct source *source, const char *path, const struct plotmill_source_options *options,
                              const struct period *period, const struct log *log, const struct time_span *previous,
                              struct time_span *span, struct plotmill_error *error);

#endif
