#include "chart/expression.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/options.h"

/*  sum      = product {("+" | "-") product}
 *  product  = factor {("*" | "/") factor}
 *  factor   = "-" factor | number | name | ("ma" | "ema" | "sd") "(" sum "," rows ")" | "(" sum ")"
 *  name     = letters, digits, "_" and ".", no digit or point first; else anything in single quotes, ' written twice */

#define NODES_MAX 256
#define DEPTH_MAX 32
#define NAME_MAX 200 /* bytes */

static const char digits[] = "0123456789";

struct parser {
    struct expression *expression;
    const char *at;
    int depth;
    struct plotmill_error *error;
};

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (starts_name(text[length]) || (length && text[length] && strchr("0123456789.", text[length])))
        length++;
    return length;
}

static void skip_space(struct parser *p)
{
    p->at += strspn(p->at, " \t");
}

/* What stands at the place of an error: a word, or a character. */
static enum plotmill_status wrong(const struct parser *p, const char *expected)
{
    size_t length = name_length(p->at);
    if (!length && *p->at)
        length = utf8_length(p->at) ? utf8_length(p->at) : 1;
    if (!length)
        return plotmill_error_set(p->error, PLOTMILL_BAD_INPUT, "found the end, expected %s", expected);
    return plotmill_error_set(p->error, PLOTMILL_BAD_INPUT, "found '%s', expected %s", text_quote(p->at, length).text,
                              expected);
}

static enum plotmill_status add_node(struct parser *p, struct expression_node node, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct expression *e = p->expression;
    if (e->count == NODES_MAX)
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found more than %d fields, numbers and operators", NODES_MAX);
    struct expression_node *nodes = realloc(e->nodes, (e->count + 1) * sizeof *nodes);
    TRY_MEMORY(p->error, nodes);
    e->nodes = nodes;
    *index = (uint32_t)e->count;
    nodes[e->count++] = node;
done:
    return status;
}

/* A field; owns `name`, which may be NULL when memory ran out. */
static enum plotmill_status add_field(struct parser *p, char *name, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct expression *e = p->expression;
    size_t i = 0;
    TRY_MEMORY(p->error, name);
    while (i < e->name_count && strcmp(e->names[i], name))
        i++;
    if (i == e->name_count) {
        char **names = realloc(e->names, (e->name_count + 1) * sizeof *names);
        TRY_MEMORY(p->error, names);
        e->names = names;
        names[e->name_count++] = name;
        name = NULL;
    }
    TRY(add_node(p, (struct expression_node){.kind = EXPRESSION_FIELD, .field = (uint32_t)i}, index));
done:
    free(name);
    return status;
}

/* 'a name in quotes' */
static enum plotmill_status parse_quoted(struct parser *p, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    char name[NAME_MAX + 1];
    size_t length = 0;
    const char *at = p->at + 1;
    for (; *at != '\'' || at[1] == '\''; at++) {
        if (!*at)
            FAIL(p->error, PLOTMILL_BAD_INPUT, "found a name without a quote at its end: %s", p->at);
        if ((unsigned char)*at < 0x20 || length == NAME_MAX)
            FAIL(p->error, PLOTMILL_BAD_INPUT, "found a name %s, expected a column's name",
                 length == NAME_MAX ? "over 200 bytes long" : "with control characters");
        name[length++] = *at;
        at += *at == '\'';
    }
    name[length] = 0;
    if (!length)
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found an empty name, expected a column's name");
    p->at = at + 1;
    TRY(add_field(p, string_copy(name), index));
done:
    return status;
}

static enum plotmill_status parse_number(struct parser *p, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    char text[64] = "";
    double number = NAN;
    const char *end = p->at + strspn(p->at, "0123456789.");
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (strspn(exponent, digits))
            end = exponent + strspn(exponent, digits);
    }
    snprintf(text, sizeof text, "%.*s", (int)(end - p->at), p->at);
    if ((size_t)(end - p->at) >= sizeof text || !decimal_read(text, &number) || !isfinite(number))
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found '%s', expected a number", text);
    p->at = end;
    TRY(add_node(p, (struct expression_node){.kind = EXPRESSION_NUMBER, .number = number}, index));
done:
    return status;
}

static enum plotmill_status parse_sum(struct parser *p, uint32_t *index);

/* Behind "ma(" */
static enum plotmill_status parse_arguments(struct parser *p, enum expression_kind kind, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    const unsigned least = kind == EXPRESSION_SD ? 2 : 1;
    char text[24];
    uint32_t left;
    TRY(parse_sum(p, &left));
    if (*p->at != ',')
        TRY(wrong(p, "a comma and the number of rows, as in ma(close,20)"));
    p->at++;
    skip_space(p);
    const size_t length = strspn(p->at, digits);
    snprintf(text, sizeof text, "%.*s", (int)MIN(length, 20), p->at);
    const double rows = length ? strtod(text, NULL) : 0;
    if (!length || rows < least || rows > CHART_WINDOW_MAX || starts_name(p->at[length]) || p->at[length] == '.')
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found '%s', expected a number of rows, %u to %u",
             text_quote(p->at, strcspn(p->at, ",) ")).text, least, CHART_WINDOW_MAX);
    p->at += length;
    skip_space(p);
    if (*p->at != ')')
        TRY(wrong(p, "')'"));
    p->at++;
    TRY(add_node(p, (struct expression_node){.kind = kind, .left = left, .rows = (uint32_t)rows}, index));
done:
    return status;
}

static enum plotmill_status parse_name(struct parser *p, uint32_t *index)
{
    static const char *const functions[] = {"ma", "ema", "sd"};
    enum plotmill_status status = PLOTMILL_OK;
    const size_t length = name_length(p->at);
    const char *after = p->at + length + strspn(p->at + length, " \t");
    if (*after == '(') {
        for (int i = 0; i < 3; i++)
            if (strlen(functions[i]) == length && !memcmp(functions[i], p->at, length)) {
                p->at = after + 1;
                return parse_arguments(p, (enum expression_kind)(EXPRESSION_MA + i), index);
            }
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found '%s(', expected ma(FIELD,N), ema(FIELD,N) or sd(FIELD,N)",
             text_quote(p->at, length).text);
    }
    if (length > NAME_MAX)
        FAIL(p->error, PLOTMILL_BAD_INPUT, "found a name over %d bytes long, expected a column's name", NAME_MAX);
    char *name = string_start(p->at, length);
    p->at += length;
    TRY(add_field(p, name, index));
done:
    return status;
}

static enum plotmill_status parse_factor(struct parser *p, uint32_t *index);

/* Of a number its negative, else -1 times the operand, which is exact too. */
static enum plotmill_status parse_negative(struct parser *p, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t minus = 0, right = 0;
    p->at++;
    skip_space(p);
    if (*p->at && strchr("0123456789.", *p->at)) {
        TRY(parse_number(p, index));
        p->expression->nodes[*index].number = 0 - p->expression->nodes[*index].number; /* never -0 */
    } else {
        TRY(add_node(p, (struct expression_node){.kind = EXPRESSION_NUMBER, .number = -1}, &minus));
        TRY(parse_factor(p, &right));
        TRY(add_node(p, (struct expression_node){.kind = EXPRESSION_MULTIPLY, .left = minus, .right = right}, index));
    }
done:
    return status;
}

static enum plotmill_status parse_factor(struct parser *p, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (++p->depth > DEPTH_MAX)
        FAIL(p->error, PLOTMILL_BAD_INPUT, "nested over %d levels deep", DEPTH_MAX);
    skip_space(p);
    if (*p->at == '(') {
        p->at++;
        TRY(parse_sum(p, index));
        if (*p->at != ')')
            TRY(wrong(p, "an operator or ')'"));
        p->at++;
    } else if (*p->at == '-') {
        TRY(parse_negative(p, index));
    } else if (*p->at == '\'') {
        TRY(parse_quoted(p, index));
    } else if (*p->at && strchr("0123456789.", *p->at)) {
        TRY(parse_number(p, index));
    } else if (starts_name(*p->at)) {
        TRY(parse_name(p, index));
    } else {
        TRY(wrong(p, "a field, a number or '('"));
    }
    skip_space(p);
    p->depth--;
done:
    return status;
}

/* Operands joined by one of two operators, from left to right. */
static enum plotmill_status parse_chain(struct parser *p, enum plotmill_status (*operand)(struct parser *, uint32_t *),
                                        const char operators[3], enum expression_kind first, uint32_t *index)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(operand(p, index));
    while (*p->at == operators[0] || *p->at == operators[1]) {
        struct expression_node node = {.kind = *p->at == operators[0] ? first : first + 1, .left = *index};
        p->at++;
        TRY(operand(p, &node.right));
        TRY(add_node(p, node, index));
    }
done:
    return status;
}

static enum plotmill_status parse_product(struct parser *p, uint32_t *index)
{
    return parse_chain(p, parse_factor, "*/", EXPRESSION_MULTIPLY, index);
}

static enum plotmill_status parse_sum(struct parser *p, uint32_t *index)
{
    return parse_chain(p, parse_product, "+-", EXPRESSION_ADD, index);
}

/* Behind an operand that no operator follows. */
static enum plotmill_status wrong_rest(const struct parser *p, const char *text)
{
    if (starts_name(*p->at) || strchr(digits, *p->at))
        return plotmill_error_set(p->error, PLOTMILL_BAD_INPUT,
                                  "found '%s', expected an operator between fields (the name of one column with "
                                  "spaces is quoted: \"'%s'\")",
                                  text_quote(text, strlen(text)).text, text_quote(text, strlen(text)).text);
    return wrong(p, "+, -, *, / or the end");
}

enum plotmill_status expression_parse(struct expression *expression, const char *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct parser p = {.expression = expression, .at = text, .error = error};
    uint32_t result;
    *expression = (struct expression){0};
    if (!*text) {
        TRY(add_field(&p, string_copy(""), &result));
        goto done;
    }
    if (!utf8_is_valid(text))
        FAIL(error, PLOTMILL_BAD_INPUT, "found bytes that are not UTF-8, expected a field");
    TRY(parse_sum(&p, &result));
    if (*p.at)
        TRY(wrong_rest(&p, text));
    if (!expression->name_count)
        FAIL(error, PLOTMILL_BAD_INPUT, "found '%s' without a field, expected the name of one", text);
done:
    if (status)
        expression_free(expression);
    return status;
}

void expression_free(struct expression *expression)
{
    for (size_t i = 0; i < expression->name_count; i++)
        free(expression->names[i]);
    free(expression->names);
    free(expression->nodes);
    *expression = (struct expression){0};
}

/* The canonical text. */

static void write_name(struct text *text, const char *name)
{
    const size_t length = strlen(name);
    if (!length || name_length(name) == length) {
        text_add(text, name);
        return;
    }
    text_add(text, "'");
    for (; *name; name++)
        text_add(text, (char[]){*name, *name == '\'' ? '\'' : 0, 0});
    text_add(text, "'");
}

/* How tightly a node binds: sums 1, products 2, others 3. A number below 0 binds as tightly as its sign. */
static int strength(const struct expression_node *node)
{
    return node->kind == EXPRESSION_ADD || node->kind == EXPRESSION_SUBTRACT      ? 1
           : node->kind == EXPRESSION_MULTIPLY || node->kind == EXPRESSION_DIVIDE ? 2
                                                                                  : 3;
}

/* Puts what binds less tightly than `least` in parentheses: what is computed differently is written differently. */
static void write_node(struct text *text, const struct expression *e, uint32_t index, int least)
{
    static const char *const words[] = {
        [EXPRESSION_ADD] = "+",  [EXPRESSION_SUBTRACT] = "-", [EXPRESSION_MULTIPLY] = "*", [EXPRESSION_DIVIDE] = "/",
        [EXPRESSION_MA] = "ma(", [EXPRESSION_EMA] = "ema(",   [EXPRESSION_SD] = "sd("};
    const struct expression_node *node = &e->nodes[index];
    const int own = strength(node);
    char number[DECIMAL_SIZE];
    if (node->kind == EXPRESSION_FIELD) {
        write_name(text, e->names[node->field]);
    } else if (node->kind == EXPRESSION_NUMBER) {
        decimal_write_canonical(number, node->number);
        text_add(text, number);
    } else if (own == 3) {
        snprintf(number, sizeof number, ",%u)", (unsigned)node->rows);
        text_add(text, words[node->kind]);
        write_node(text, e, node->left, 0);
        text_add(text, number);
    } else {
        text_add(text, own < least ? "(" : "");
        write_node(text, e, node->left, own);
        text_add(text, words[node->kind]);
        write_node(text, e, node->right, own + 1);
        text_add(text, own < least ? ")" : "");
    }
}

char *expression_text(const struct expression *expression)
{
    struct text text = {0};
    write_node(&text, expression, (uint32_t)expression->count - 1, 0);
    return text_finish(&text);
}

uint32_t expression_rows(const struct expression *expression)
{
    uint32_t rows = 0;
    for (size_t i = 0; i < expression->count; i++)
        rows = MAX(rows, expression->nodes[i].rows);
    return rows;
}

/* Of the node's value; operands may be shared by no other node. */
static uint64_t node_reach(const struct expression *expression, uint32_t index)
{
    const struct expression_node *node = &expression->nodes[index];
    if (node->kind == EXPRESSION_FIELD || node->kind == EXPRESSION_NUMBER)
        return 0;
    if (node->kind == EXPRESSION_EMA)
        return UINT64_MAX;
    const uint64_t left = node_reach(expression, node->left);
    if (node->kind == EXPRESSION_MA || node->kind == EXPRESSION_SD)
        return left == UINT64_MAX ? left : left + node->rows;
    const uint64_t right = node_reach(expression, node->right);
    return MAX(left, right);
}

uint64_t expression_reach(const struct expression *expression)
{
    return expression->count ? node_reach(expression, (uint32_t)(expression->count - 1)) : 0;
}

bool expression_is_field(const struct expression *expression)
{
    return expression->count == 1;
}
