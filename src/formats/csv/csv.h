/* CSV files, which may follow each other in time. */
#ifndef FORMATS_CSV_CSV_H
#define FORMATS_CSV_CSV_H

#include "formats/csv/period.h"
#include "formats/csv/times.h"
#include "formats/format.h"

/* `previous`: of the file before (NULL: none); *span tells what the time column says, for times_report_seam. */
enum plotmill_status csv_open(struct source *source, const char *path, const struct plotmill_source_options *options,
                              const struct period *period, const struct log *log, const struct time_span *previous,
                              struct time_span *span, struct plotmill_error *error);

#endif
