#include "formats/text/classes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(classes);

static struct plotmill_error error;

static uint32_t add(struct classes *classes, const char *text)
{
    uint32_t number;
    cr_assert_eq(classes_add(classes, text, strlen(text), &number, &error), PLOTMILL_OK);
    return number;
}

Test(classes, are_numbered_as_they_come)
{
    struct classes classes = {0};
    cr_expect_eq(add(&classes, "b"), 0);
    cr_expect_eq(add(&classes, ""), 1);
    cr_expect_eq(add(&classes, "ab"), 2);
    cr_expect_eq(add(&classes, "b"), 0);
    cr_expect_eq(add(&classes, "a"), 3);
    cr_expect_eq(add(&classes, ""), 1);
    classes_clear(&classes);
    cr_expect_eq(add(&classes, "a"), 0);
    cr_expect_eq(classes.count, 1);
    classes_free(&classes);
}

Test(classes, are_sorted_by_bytes)
{
    static const char *const texts[] = {"b", "\xc3\xa4", "Z", "", "ab", "a", "B"};
    static const char *const expected[] = {"", "B", "Z", "a", "ab", "b", "\xc3\xa4"};
    struct classes classes = {0};
    char **sorted;
    uint32_t *ranks;
    for (size_t i = 0; i < 7; i++)
        add(&classes, texts[i]);
    cr_assert_eq(classes_sort(&classes, &sorted, &ranks, &error), PLOTMILL_OK);
    for (size_t i = 0; i < 7; i++) {
        cr_expect_str_eq(sorted[i], expected[i]);
        cr_expect_str_eq(sorted[ranks[i]], texts[i]);
    }
    for (size_t i = 0; i < 7; i++)
        free(sorted[i]);
    free(sorted);
    free(ranks);
    classes_free(&classes);
}

Test(classes, stay_apart_when_there_are_many)
{
    enum { MANY = 50000 };
    struct classes classes = {0};
    char text[20];
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            snprintf(text, sizeof text, "%x", i * 2654435761u);
            cr_assert_eq(add(&classes, text), i);
        }
        cr_assert_eq(classes.count, MANY);
        if (round == 1)
            classes_clear(&classes);
    }
    classes_free(&classes);
}
