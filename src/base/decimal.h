/* Floating-point numbers as text with a decimal point, whatever the locale of the program around the library. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#define DECIMAL_SIZE 40

/* The shortest of 15, 16 or 17 digits that reads back as the same value; "nan", "inf" and "-inf" for those. */
void decimal_write(char text[DECIMAL_SIZE], double value);

/* Reads a number at `text`, of any length, rounded exactly; returns what follows it, NULL where there is none. */
const char *decimal_read(const char *text, double *value);

#endif
