/* Fields of CSV tables that plotmill writes. A text is in quotes where a reader needs them, and where it is empty: an
 * empty field without quotes is a missing value. */
#ifndef FORMATS_CSV_FIELD_H
#define FORMATS_CSV_FIELD_H

#include <stdio.h>

#include "base/strings.h"

void csv_field_write(FILE *file, const char *text);
void csv_field_add(struct text *row, const char *text);

#endif
