/* Columns in the label table of a jkx set, under the names of the published one: Date (the last time), StockID (the
 * group), Ret_Hd (the label return:H). Others keep their names. */
#ifndef FORMATS_PUBLISHED_TABLE_H
#define FORMATS_PUBLISHED_TABLE_H

#include "formats/column_arrays.h"

/* The fields of image i of the batch; of batch NULL the names. Freed by the caller; NULL: there are none. */
char *published_fields(const struct dataset_info *info, const struct image_batch *batch, uint64_t i);

/* Whether the table has the column: rows of several values have no place in it. */
bool published_has(const struct image_column *column);

/* Reads all columns of info's, all of which the table has. First times are missing. *arrays starts as {0} and is freed
 * by the caller. */
enum plotmill_status published_read(struct column_arrays *arrays, const char *path, const struct dataset_info *info,
                                    struct plotmill_error *error);

#endif
