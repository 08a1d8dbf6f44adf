/* Small things about numbers: the smaller and the larger; floating-point numbers and dates as text. */
#ifndef BASE_NUMBERS_H
#define BASE_NUMBERS_H

#include <stdint.h>

/* Arguments are evaluated twice. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(value, lowest, highest) ((value) < (lowest) ? (lowest) : MIN(value, highest))

/* Text has a decimal point, whatever the locale of the program is. */
#define DECIMAL_SIZE 40

/* With the fewest digits, of 15 to 17, that read back as the same value; or "nan", "inf", "-inf". */
void decimal_write(char text[DECIMAL_SIZE], double value);

/* A finite value as ECMAScript writes it, which canonical JSON (RFC 8785) requires: 0.001, 1e+21, 0 for -0. */
void decimal_write_canonical(char text[DECIMAL_SIZE], double value);

/* Reads a number of any length, rounded to the nearest double. Returns its end; NULL: no number at `text`. */
const char *decimal_read(const char *text, double *value);

/* A day or, with day 0, a month of the Gregorian calendar. */
struct date {
    int year, month, day;
};

/* Reads YYYY-MM-DD or YYYY-MM. Returns its end; NULL: no such date at `text`. */
const char *date_read(const char *text, struct date *date);

int64_t date_days(int year, int month, int day); /* since 1970-01-01 */
int date_month_length(int year, int month);      /* days */

/* ns since 1970 UTC as "2024-01-31T12:00:00Z", with as many digits after the second as are needed. */
#define TIME_SIZE 40
void time_write(char text[TIME_SIZE], int64_t ns);

/* Reads exactly `count` digits at *text and moves *text behind them; -1: they are not there. */
int digits_read(const char **text, int count);

#endif
