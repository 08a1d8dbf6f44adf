#include <stdio.h>
#include <string.h>

#include "tools/common/options.h"

#define PAGE_COLUMNS 79
#define HELP_COLUMN 27

/* Prints words from column `at` on, the following lines indented by `indent`. */
static void print_wrapped(const char *text, size_t at, size_t indent)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at > indent && at + 1 + word > PAGE_COLUMNS) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)word, text);
        at += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_option(char letter, const char *name, const char *argument, const char *help)
{
    char left[80], short_form[8] = "    ";
    if (letter)
        snprintf(short_form, sizeof short_form, "-%c, ", letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", short_form, name, argument ? " " : "", argument ? argument : "");
    size_t length = strlen(left);
    fputs(left, stdout);
    if (length + 2 > HELP_COLUMN) {
        putchar('\n');
        length = 0;
    }
    printf("%*s", (int)(HELP_COLUMN - length), "");
    print_wrapped(help, HELP_COLUMN, HELP_COLUMN);
}

void options_print_help(const struct usage *usage)
{
    printf("Usage: plotmill %s %s%s[options]\n\n", usage->command, usage->arguments, *usage->arguments ? " " : "");
    print_wrapped(usage->summary, 0, 0);
    for (size_t g = 0; g < usage->group_count; g++) {
        const struct option_group *group = &usage->groups[g];
        printf("\n%s\n", group->title);
        for (size_t i = 0; i < group->count; i++)
            print_option(group->options[i].letter, group->options[i].name, group->options[i].argument,
                         group->options[i].help);
    }
    print_option('h', "help", NULL, "show this text");
    printf("\nExamples\n%s", usage->examples);
}
