/* Numbers and times as text, and results on standard output. */
#ifndef TOOLS_COMMON_TEXT_H
#define TOOLS_COMMON_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* "1.5 GiB" */
void text_bytes(uint64_t bytes, char *text, size_t size);

/* "0.042", "1.2", "123" */
void text_seconds(double seconds, char *text, size_t size);

/* Prints a result of api/report.h and frees it. 0: it is NULL. */
int print_report(char *json);

#endif
