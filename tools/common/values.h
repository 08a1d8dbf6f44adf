/* Texts of a command line -> values. */
#ifndef TOOLS_COMMON_VALUES_H
#define TOOLS_COMMON_VALUES_H

#include "tools/common/options.h"

/* Stores `text` at `store` as entry->kind says. Returns 1; or 0 when it is malformed or out of limits. */
int value_store(const struct option_entry *entry, const char *text, void *store);

/* What value_store would have taken: "a whole number from 2 to 16777216". */
void value_expected(const struct option_entry *entry, char *text, size_t size);

#endif
