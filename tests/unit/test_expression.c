/* Fields of a chart: their canonical text, what they are made of, and messages about what is no field. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "chart/expression.h"

static struct expression parsed(const char *text)
{
    struct expression expression;
    struct plotmill_error error = {0};
    cr_assert_eq(expression_parse(&expression, text, &error), PLOTMILL_OK, "%s: %s", text, error.message);
    return expression;
}

/* The canonical text, which is its own canonical text. */
static void check_text(const char *text, const char *expected)
{
    struct expression expression = parsed(text);
    char *found = expression_text(&expression);
    cr_assert_str_eq(found, expected);
    struct expression again = parsed(found);
    char *second = expression_text(&again);
    cr_assert_str_eq(second, expected);
    cr_assert_eq(again.count, expression.count, "%s", text);
    for (size_t i = 0; i < again.count; i++) {
        const struct expression_node *a = &expression.nodes[i], *b = &again.nodes[i];
        cr_assert(a->kind == b->kind && a->field == b->field && a->left == b->left && a->right == b->right &&
                      a->rows == b->rows && !memcmp(&a->number, &b->number, sizeof a->number),
                  "%s: node %zu", text, i);
    }
    free(found);
    free(second);
    expression_free(&expression);
    expression_free(&again);
}

Test(expression, canonical_text)
{
    check_text("", "");
    check_text("close", "close");
    check_text(" Close ", "Close");
    check_text("_x.1", "_x.1");
    check_text("preço", "preço");
    check_text("ma( close , 020 )", "ma(close,20)");
    check_text("sd(ema(close, 5), 2)", "sd(ema(close,5),2)");
    check_text("(high + low) / 2", "(high+low)/2");
    check_text("((a))", "a");
    check_text("a + (b + c)", "a+(b+c)");
    check_text("(a + b) + c", "a+b+c");
    check_text("a - (b - c) - d", "a-(b-c)-d");
    check_text("a / (b * c) * d", "a/(b*c)*d");
    check_text("(a / b) * (c - 1)", "a/b*(c-1)");
    check_text("a * 1e3", "a*1000");
    check_text("a * .5", "a*0.5");
    check_text("a - -2", "a--2");
    check_text("-2 * a", "-2*a");
    check_text("-0 * a", "0*a");
    check_text("-a", "-1*a");
    check_text("a * -(b + c)", "a*(-1*(b+c))");
    check_text("1e21 + a", "1e+21+a");
    check_text("1e-7 * a", "1e-7*a");
    check_text("'close'", "close");
    check_text("'adj close'", "'adj close'");
    check_text("'it''s' + a", "'it''s'+a");
    check_text("'3' * 2", "'3'*2");
    check_text("ma", "ma");
    check_text("ma + sd", "ma+sd");
    check_text("ma('ma(x,3)',3)", "ma('ma(x,3)',3)");
}

Test(expression, reach)
{
    const struct {
        const char *text;
        uint64_t rows;
    } cases[] = {{"ma(x,5)", 5},
                 {"x + 2", 0},
                 {"ma(sd(x,3) + x,5) - ma(x,7)", 8},
                 {"sd(ma(ma(x,2),3),4) * ma(x,20)", 20},
                 {"ema(x,5)", UINT64_MAX},
                 {"x - ma(ema(x,3),2)", UINT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expression e = parsed(cases[i].text);
        cr_assert_eq(expression_reach(&e), cases[i].rows, "%s", cases[i].text);
        expression_free(&e);
    }
}

Test(expression, parts)
{
    struct expression e = parsed("ma(close,20) - ma(close,5) * open");
    cr_assert_eq(e.name_count, 2);
    cr_assert_str_eq(e.names[0], "close");
    cr_assert_str_eq(e.names[1], "open");
    cr_assert_eq(expression_rows(&e), 20);
    cr_assert(!expression_is_field(&e));
    const struct expression_node *last = &e.nodes[e.count - 1];
    cr_assert_eq(last->kind, EXPRESSION_SUBTRACT);
    cr_assert_eq(e.nodes[last->left].kind, EXPRESSION_MA);
    cr_assert_eq(e.nodes[last->right].kind, EXPRESSION_MULTIPLY);
    for (size_t i = 0; i < e.count; i++)
        cr_assert(e.nodes[i].kind < EXPRESSION_ADD || e.nodes[i].left < i, "operands come first");
    cr_assert_eq(expression_reach(&e), 20);
    expression_free(&e);
    e = parsed("'adj close'");
    cr_assert(expression_is_field(&e) && expression_rows(&e) == 0 && expression_reach(&e) == 0);
    expression_free(&e);
    e = parsed("");
    cr_assert(expression_is_field(&e) && !*e.names[0]);
    expression_free(&e);
}

static void check_message(const char *text, const char *message)
{
    struct expression expression;
    struct plotmill_error error = {0};
    cr_assert_eq(expression_parse(&expression, text, &error), PLOTMILL_BAD_INPUT, "%s", text);
    cr_assert_str_eq(error.message, message);
    cr_assert(!expression.nodes && !expression.names);
}

Test(expression, messages)
{
    check_message("close +", "found the end, expected a field, a number or '('");
    check_message("+close", "found '+', expected a field, a number or '('");
    check_message("close $ 2", "found '$', expected +, -, *, / or the end");
    check_message("close)", "found ')', expected +, -, *, / or the end");
    check_message("(close", "found the end, expected an operator or ')'");
    check_message("adj close", "found 'adj close', expected an operator between fields (the name of one column with "
                               "spaces is quoted: \"'adj close'\")");
    check_message("3", "found '3' without a field, expected the name of one");
    check_message("1.2.3*a", "found '1.2.3', expected a number");
    check_message("1e999*a", "found '1e999', expected a number");
    check_message("ma(close)", "found ')', expected a comma and the number of rows, as in ma(close,20)");
    check_message("ma(close,0)", "found '0', expected a number of rows, 1 to 16777216");
    check_message("ma(close,2.5)", "found '2.5', expected a number of rows, 1 to 16777216");
    check_message("ma(close,16777217)", "found '16777217', expected a number of rows, 1 to 16777216");
    check_message("ma(close,99999999999999999999999)",
                  "found '99999999999999999999999', expected a number of rows, 1 to 16777216");
    check_message("ma(close,n)", "found 'n', expected a number of rows, 1 to 16777216");
    check_message("sd(close,1)", "found '1', expected a number of rows, 2 to 16777216");
    check_message("ma(close,5,6)", "found ',', expected ')'");
    check_message("wma(close,5)", "found 'wma(', expected ma(FIELD,N), ema(FIELD,N) or sd(FIELD,N)");
    check_message("'close", "found a name without a quote at its end: 'close");
    check_message("''", "found an empty name, expected a column's name");
    check_message("'a\tb'", "found a name with control characters, expected a column's name");
    check_message("\xff", "found bytes that are not UTF-8, expected a field");
}

Test(expression, limits)
{
    char text[2000] = "";
    for (int i = 0; i < 32; i++)
        strcat(text, "(");
    strcat(text, "a");
    check_message(text, "nested over 32 levels deep");
    strcpy(text, "a");
    for (int i = 0; i < 127; i++)
        strcat(text, "+a");
    struct expression e = parsed(text);
    cr_assert(e.count == 255 && e.name_count == 1);
    expression_free(&e);
    strcat(text, "+a");
    check_message(text, "found more than 256 fields, numbers and operators");
    memset(text, 'x', 201);
    text[201] = 0;
    check_message(text, "found a name over 200 bytes long, expected a column's name");
}

/* RFC 8785, appendix B. */
Test(expression, canonical_numbers)
{
    static const struct {
        uint64_t bits;
        const char *text;
    } cases[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DECIMAL_SIZE];
        double value;
        memcpy(&value, &cases[i].bits, sizeof value);
        decimal_write_canonical(text, value);
        cr_assert_str_eq(text, cases[i].text);
    }
}
