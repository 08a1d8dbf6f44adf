/* Numbers: the smaller and the larger, and floating-point numbers as text. */
#ifndef BASE_NUMBERS_H
#define BASE_NUMBERS_H

/* Arguments are evaluated twice. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(value, lowest, highest) ((value) < (lowest) ? (lowest) : MIN(value, highest))

/* Text has a decimal point, whatever the locale of the program is. */
#define DECIMAL_SIZE 40

/* With the fewest digits, of 15 to 17, that read back as the same value; or "nan", "inf", "-inf". */
void decimal_write(char text[DECIMAL_SIZE], double value);

/* Reads a number of any length, rounded to the nearest double. Returns its end; NULL: no number at `text`. */
const char *decimal_read(const char *text, double *value);

#endif
