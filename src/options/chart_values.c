/* Single values of the chart language. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/expression.h"
#include "options/chart_reader.h"
#include "options/option.h"
#include "base/suggest.h"

static bool is_scalar(const struct node *node)
{
    return node->kind == NODE_PLAIN || node->kind == NODE_QUOTED;
}

enum plotmill_status parse_number(const struct chart_reader *reader, const struct node *node, const char *key,
                                  double *number)
{
    const char *end = node->kind == NODE_PLAIN ? decimal_read(node->text, number) : NULL;
    if (end && !*end && isfinite(*number))
        return PLOTMILL_OK;
    return reader_wrong(reader, node, key, "found %s%s, expected a number", node_quote(node).text,
                        node->kind == NODE_QUOTED ? " in quotes" : "");
}

enum plotmill_status read_real(const struct chart_reader *reader, const struct node *map, const char *key, double least,
                               double most, double *value)
{
    const struct node *node = node_member(map, key);
    char lower[DECIMAL_SIZE], upper[DECIMAL_SIZE];
    double number;
    if (!node)
        return PLOTMILL_OK;
    enum plotmill_status status = parse_number(reader, node, key, &number);
    if (status)
        return status;
    decimal_write(lower, least);
    decimal_write(upper, most);
    if (!(number >= least && number <= most))
        return reader_wrong(reader, node, key, "found %s, expected %s to %s", node->text, lower, upper);
    *value = number;
    return PLOTMILL_OK;
}

enum plotmill_status read_whole(const struct chart_reader *reader, const struct node *map, const char *key,
                                uint32_t least, uint32_t most, uint32_t *value)
{
    const struct node *node = node_member(map, key);
    double number;
    if (!node)
        return PLOTMILL_OK;
    const char *end = node->kind == NODE_PLAIN ? decimal_read(node->text, &number) : NULL;
    if (!end || *end || !(number >= least && number <= most) || number != floor(number))
        return reader_wrong(reader, node, key, "found %s%s, expected a whole number from %u to %u",
                            node_quote(node).text, node->kind == NODE_QUOTED ? " in quotes" : "", (unsigned)least,
                            (unsigned)most);
    *value = (uint32_t)number;
    return PLOTMILL_OK;
}

enum plotmill_status read_flag(const struct chart_reader *reader, const struct node *map, const char *key, bool *value)
{
    const struct node *node = node_member(map, key);
    const int truth = node && node->kind == NODE_PLAIN ? option_truth(node->text) : -1;
    if (node && truth < 0)
        return reader_wrong(reader, node, key, "found %s, expected true or false", node_quote(node).text);
    if (node)
        *value = truth == 1;
    return PLOTMILL_OK;
}

enum plotmill_status read_word(const struct chart_reader *reader, const struct node *map, const char *key,
                               const char *const *words, int *value)
{
    const struct node *node = node_member(map, key);
    struct suggestion suggestion = {.meant = node ? node->text : ""};
    struct text_list list = {0};
    if (!node)
        return PLOTMILL_OK;
    for (int i = 0; words[i]; i++) {
        if (is_scalar(node) && !strcmp(words[i], node->text)) {
            *value = i;
            return PLOTMILL_OK;
        }
        text_list_add(&list, "%s", words[i]);
        suggestion_offer(&suggestion, words[i]);
    }
    text_list_end(&list);
    return reader_wrong(reader, node, key, "found %s, expected one of %s%s%s%s", node_quote(node).text, list.text,
                        suggestion.name ? ": did you mean '" : "", suggestion.name ? suggestion.name : "",
                        suggestion.name ? "'?" : "");
}

enum plotmill_status read_ink(const struct chart_reader *reader, const struct node *map, const char *key,
                              struct ink *ink)
{
    const struct node *node = node_member(map, key);
    if (!node || (is_scalar(node) && ink_read(node->text, ink)))
        return PLOTMILL_OK;
    return reader_wrong(reader, node, key,
                        "found %s, expected a grey from 0 to 255, or a colour in quotes: \"#rrggbb\"",
                        node_quote(node).text);
}

/* The index of a field in the chart; *text becomes the chart's if it is new. */
static enum plotmill_status find_field(const struct chart_reader *reader, char **text, uint32_t *field)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    uint32_t i = 0;
    while (i < chart->field_count && strcmp(chart->fields[i], *text))
        i++;
    *field = i;
    if (i < chart->field_count)
        goto done;
    if (i == CHART_FIELDS_MAX)
        FAIL(reader->error, PLOTMILL_BAD_INPUT, "%s: found more than %d fields", reader->text->name, CHART_FIELDS_MAX);
    char **fields = realloc(chart->fields, (i + 1) * sizeof *fields);
    TRY_MEMORY(reader->error, fields);
    chart->fields = fields;
    fields[chart->field_count++] = *text;
    *text = NULL;
done:
    return status;
}

enum plotmill_status take_field(const struct chart_reader *reader, const struct node *node, const char *key,
                                const char *text, uint32_t replace, uint32_t *field, uint32_t *rows)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct expression expression = {0};
    struct plotmill_error reason;
    char *canonical = NULL;
    status = expression_parse(&expression, text, &reason);
    if (status == PLOTMILL_BAD_INPUT)
        TRY(reader_wrong(reader, node, key, "%s", reason.message));
    TRY_MEMORY(reader->error, status ? NULL : "");
    if (replace)
        expression.nodes[expression.count - 1].rows = replace;
    *rows = expression_rows(&expression);
    canonical = expression_text(&expression);
    TRY_MEMORY(reader->error, canonical);
    TRY(find_field(reader, &canonical, field));
done:
    free(canonical);
    expression_free(&expression);
    return status;
}

bool is_average(const char *text)
{
    struct expression expression;
    struct plotmill_error error;
    bool found = false;
    if (!expression_parse(&expression, text, &error)) {
        found = expression.nodes[expression.count - 1].kind == EXPRESSION_MA;
        expression_free(&expression);
    }
    return found;
}
