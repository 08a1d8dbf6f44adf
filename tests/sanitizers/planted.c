/* Three mistakes, each of which the sanitizer build must notice: what it does not notice here, it would not notice in
 * the library either. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

Test(planted, overflow)
{
    volatile char *bytes = malloc(8);
    volatile int index = 8;
    bytes[index] = 1;
    free((void *)bytes);
}

Test(planted, leak)
{
    void *volatile bytes = malloc(80);
    bytes = NULL;
    cr_assert_null(bytes);
}

Test(planted, undefined)
{
    volatile int most = INT_MAX;
    most++;
}

Test(planted, faultless)
{
    cr_assert(1);
}
