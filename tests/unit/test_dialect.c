/* How the beginning of a text table is understood, or refused. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text/dialect.h"

/* One text and what must be found: "SEPARATOR skip+HEADER[u]: NAME=KIND ... [@TIME COLUMNS]", or parts of the refusal
 * between '!' and '!'. Kinds: n numbers, t times, x texts, e empty. */
struct example {
    const char *text;
    struct text_options options;
    const char *expected;
};

static void add(char *text, size_t size, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void summarize(const struct dialect *dialect, char *text, size_t size)
{
    const char separator = dialect->separator;
    *text = 0;
    add(text, size, "%s %llu+%u%s%s%s%s:",
        separator == '\t'  ? "tab"
        : separator == ' ' ? "space"
                           : (char[]){separator, 0},
        (unsigned long long)dialect->skip, dialect->header_lines, dialect->units ? "u" : "",
        dialect->names_in_comment ? "c" : "", dialect->quote == '\'' ? "q" : "", dialect->kline ? "k" : "");
    for (size_t i = 0; i < dialect->list.count; i++)
        add(text, size, " %s=%c", dialect->list.fields[i].name, "ntxe"[dialect->columns[i].holds]);
    for (size_t i = 0; i < dialect->time_count; i++)
        add(text, size, "%s%zu", i ? "+" : " @", dialect->time_columns[i]);
}

static void check(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *example = &examples[i];
        const struct source_options options = {.text = example->options};
        struct dialect dialect;
        struct plotmill_error error = {0};
        char found[MESSAGE_SIZE + 2];
        enum plotmill_status status =
            dialect_find(&dialect, "a.csv", example->text, strlen(example->text), true, &options, &error);
        if (status) {
            snprintf(found, sizeof found, "!%s", error.message);
            cr_expect_eq(status, PLOTMILL_BAD_INPUT);
        } else {
            summarize(&dialect, found, sizeof found);
        }
        if (*example->expected == '!' && status) {
            char words[512];
            snprintf(words, sizeof words, "%s", example->expected + 1);
            for (char *word = strtok(words, "!"); word; word = strtok(NULL, "!"))
                cr_expect(strstr(found, word), "%zu: expected \"%s\" in \"%s\" for \"%.60s\"", i, word, found,
                          example->text);
        } else {
            cr_expect_str_eq(found, example->expected, "%zu: found \"%s\", expected \"%s\" for \"%.60s\"", i, found,
                             example->expected, example->text);
        }
        dialect_free(&dialect);
    }
}

#define CHECK(...)                                              \
    do {                                                        \
        static const struct example examples[] = {__VA_ARGS__}; \
        check(examples, sizeof examples / sizeof *examples);    \
    } while (0)

Test(dialect, clean)
{
    CHECK({"time,acc\n0,0.5\n1,0.25\n", {0}, ", 0+1: time=t acc=n @0"},
          {"Date,Close\n2024-01-02,1.5\n2024-01-03,2\n", {0}, ", 0+1: Date=t Close=n @0"},
          {"x;y\n1;2\n3;4\n", {0}, "; 0+1: x=n y=n"}, {"x\ty\n1\t2\n3\t4\n", {0}, "tab 0+1: x=n y=n"},
          {"x|y\n1|2\n3|4\n", {0}, "| 0+1: x=n y=n"}, {"x y\n1 2\n3 4\n", {0}, "space 0+1: x=n y=n"},
          {"1.5\n2.5\n0.5\n", {0}, ", 0+0: =n"}, {"1.5,2.5\n2.5,3\n0.5,1\n", {0}, ", 0+0: =n =n"},
          {"x\r\n1.5\r\n2\r\n", {0}, ", 0+1: x=n"}, {"x,y\r1.5,3\r2,4\r", {0}, ", 0+1: x=n y=n"},
          {"x,y\n1.5,3\n2,4", {0}, ", 0+1: x=n y=n"}, {"x,y\n1.5,3", {0}, ", 0+1: x=n y=n"},
          {"\n\nx,y\n1.5,3\n\n2,4\n\n", {0}, ", 0+1: x=n y=n"}, {"x,,z\n1,2,3\n4,5,6\n", {0}, ", 0+1: x=n =n z=n"},
          {"x,x\n1.5,2\n3,4\n", {0}, ", 0+1: x=n x=n"},
          {"größe,\"a,b\",\"q\"\"q\"\n1.5,2,3\n3,4,5\n", {0}, ", 0+1: größe=n a,b=n q\"q=n"},
          {" x , y \n1.5, 2\n3, 4\n", {0}, ", 0+1: x=n y=n"},
          {"\"line\nbreak\",y\n1.5,2\n3,4\n", {0}, ", 0+1: line\nbreak=n y=n"},
          {"x,y\n", {0}, "!no data after the header"}, {"", {0}, "!no data"}, {"\n\n", {0}, "!no data"},
          {"x,name\n1,a\n2,b\n", {0}, ", 0+1: x=n name=x"}, {"x,y\n1,\n2,\n", {0}, ", 0+1: x=n y=e"},
          {"x,y\nNaN,1\nNaN,2\n3,4\n", {0}, ", 0+1: x=n y=n"},
          {"symbol,exchange\nA,N\nB,N\n", {0}, ", 0+1: symbol=x exchange=x"}, );
}

Test(dialect, separators)
{
    CHECK({"a|b|c\n1|2|3\n4|5|6\n",
           {.separator = ";"},
           "!separator: found no line of a.csv that has \";\"!3 fields separated by \"|\""},
          {"x\n1.5\n2.5\n", {.separator = ";"}, "; 0+1: x=n"}, {"1,5\n2,6\n4,9\n", {.separator = ";"}, "; 0+0: =n"},
          {"a;b\n1,5;2,5\n3,5;4,5\n", {0}, "; 0+1: a=n b=n"},
          {"a\tb\n2024-01-01 00:00\t5\n2024-01-02 00:00\t6\n", {0}, "tab 0+1: a=t b=n @0"},
          {"a,b\n2024-01-01 00:00,5\n2024-01-02 00:00,6\n", {0}, ", 0+1: a=t b=n @0"},
          {"  1.5   2.5  \n  3.25  4.5\n 10.5 -3\n", {0}, "space 0+0: =n =n"},
          {"1.5\t 2.5\n3.25 \t4.5\n10.5\t-3\n", {0}, "tab 0+0: =n =n"},
          {"1,5 2,5\n3,25 4,5\n", {0}, "space 0+0: =n =n"}, {"x:y\n1:2\n3:4\n", {.separator = ":"}, ": 0+1: x=n y=n"},
          {"x,y;z\n1,2;3\n", {.separator = ";"}, "; 0+1: x,y=n z=n"},
          {"x\ty\n1\t2\n", {.separator = "tab"}, "tab 0+1: x=n y=n"},
          {"x y\n1 2\n", {.separator = "space"}, "space 0+1: x=n y=n"},
          {"x,y\n1,2\n", {.separator = "ab"}, "!separator: found \"ab\""},
          {"a,b,\n1,2,\n3,4,\n", {0}, ", 0+1: a=n b=n"}, {"1.5,x,2;\n2.5,y,3;\n3.5,z,4;\n", {0}, ", 0+0: =n =x =n"},
          {"a;b;;\n1,5;2;;\n2,5;3;;\n", {0}, "; 0+1: a=n b=n =e"},
          {"sep=;\nx;y\n1,5;2\n2,5;3\n", {0}, "; 1+1: x=n y=n"}, {"\"sep=|\"\nx|y\n1|2\n2|3\n", {0}, "| 1+1: x=n y=n"},
          {"sep=\t\nx\ty\n1\t2\n", {0}, "tab 1+1: x=n y=n"}, {"sep=,\r\nx,y\r\n1,2\r\n", {0}, ", 1+1: x=n y=n"},
          {"name,x\n\"Doe, J\",1\n\"Roe, K\",2\n", {0}, ", 0+1: name=x x=n"},
          {"x;note\n1;a, b\n2;c, d\n3;e, f\n", {0}, "; 0+1: x=n note=x"},
          {"1 000,5;2 000,5\n1 100,5;2 100,5\n", {0}, "; 0+0: =n =n"},
          {"Mar 30, 2024;5\nMar 31, 2024;6\n", {0}, "; 0+0: =t =n @0"}, );
}

Test(dialect, commas)
{
    CHECK({"1,5\n2,6\n4,9\n", {0}, "!1,5!decimal: ,!separator: ,"},
          {"1,5\n2,6\n4,9\n", {.separator = ","}, ", 0+0: =n =n"}, {"1,5\n2,6\n4,9\n", {.decimal = ","}, "; 0+0: =n"},
          {"1,5\n2,6\n4,9\n", {.decimal = "."}, ", 0+0: =n =n"}, {"0,5\n1,6\n2,9\n3,9\n", {0}, ", 0+0: =n =n"},
          {"0,5\n7,100\n2,12\n3,9\n", {0}, ", 0+0: =n =n"}, {"1,-5\n7,6\n4,9\n", {0}, ", 0+0: =n =n"},
          {"1,5.5\n7,6\n4,9\n", {0}, ", 0+0: =n =n"}, {"x\n1,5\n2,6\n4,9\n", {0}, "!decimal: ,!separator: ,"},
          {"x\n1,5\n2,6\n4,9\n", {.decimal = ","}, "; 0+1: x=n"}, {"x,y\n1,5\n2,6\n4,9\n", {0}, ", 0+1: x=n y=n"},
          {"96,46;18,85\n102,01;17,71\n", {0}, "; 0+0: =n =n"},
          {"\"1,5\",\"2,5\"\n\"1,6\",\"2,6\"\n", {0}, ", 0+0: =n =n"}, );
}

Test(dialect, preambles)
{
    CHECK({"https://www.example.com\nacc\n0.5\n0.6\n", {0}, ", 1+1: acc=n"},
          {"acc\nmV\n0.5\n0.6\n0.7\n", {0}, ", 0+1u: acc=n"},
          {"% Change,Price\n0.5,100\n0.6,120\n", {0}, ", 1+0c: Change=n Price=n"},
          {"latitude,longitude,elevation\n52.5,13.4,38\n\ntime,temp\n2024-01-01T00:00,5\n2024-01-01T01:00,6\n2024-01-"
           "01T02:00,6\n",
           {0},
           "!line 2: found 3 fields, expected 2!skip: 3"},
          {"a,b,c\n52.5,13.4,38\n\ntime,temp\n2024-01-01T00:00,5\n2024-01-01T01:00,6\n2024-01-01T02:00,6\n",
           {.skip = "3"},
           ", 3+1: time=t temp=n @0"},
          {"Name,Sport,Date\nJ,RUNNING,01-01-2024\nRate,Time,HR,Pace\n1,00:00:01,80,\n1,00:00:02,81,\n1,00:00:03,81,"
           "\n1,00:00:04,81,\n",
           {0},
           ", 2+1: Rate=n Time=t HR=n Pace=e"},
          {"%head one\n%head two\nA, B\n1.5, 2\n2.5, 3\n", {0}, ", 2+1: A=n B=n"},
          {"x,y\n1,2\n#3,4\n5,6\n", {.comment = "#"}, ", 0+1: x=n y=n"},
          {"https://www.example.com\ntime,x,y\n0,1.5,2\n1,2.5,3\n", {0}, ", 1+1: time=t x=n y=n @0"},
          {"Device:,X1\nRate:,50 Hz\n\ntime,acc\n0,0.5\n1,0.6\n", {0}, ", 3+1: time=t acc=n @0"},
          {"Device:,X1\nRate:,50\ntime,acc\n0,0.5\n1,0.6\n", {0}, ", 2+1: time=t acc=n @0"},
          {"Device,X1\n\ntime,acc\n0,0.5\n1,0.6\n", {0}, ", 2+1: time=t acc=n @0"},
          {"Device,X1\nRate,50\ntime,acc\n0,0.5\n1,0.6\n", {0}, "!header: 3!skip: 2"},
          {"Device,X1\nRate,50\ntime,acc\n0,0.5\n1,0.6\n", {.skip = "2"}, ", 2+1: time=t acc=n @0"},
          {"Device X1\n0.5,1.5\n0.6,1.6\n", {0}, ", 1+0: =n =n"},
          {"# device: X1\n# rate: 50 Hz\ntime,acc\n0,0.5\n1,0.6\n", {0}, ", 2+1: time=t acc=n @0"},
          {"% made by me\n0.5 1.5\n0.6 1.6\n", {0}, "space 1+0: =n =n"},
          {"# time acc\n0.5 1.5\n0.6 1.6\n", {0}, "space 1+0c: time=t acc=n @0"},
          {"#time,acc\n0.5,1.5\n0.6,1.6\n", {0}, ", 1+0c: time=t acc=n @0"},
          {"#,a,b\n0,1.5,3\n1,1.6,4\n", {0}, ", 1+0c: =n a=n b=n"}, {"# a\n0.5\n0.6\n", {0}, ", 1+0: =n"},
          {"# a\n# b\n", {0}, "!no data"}, {"; a b\nx,y\n1.5,2\n", {.comment = ";"}, ", 0+1: x=n y=n"},
          {"#x,y\n1.5,2\n3,4\n", {.comment = "none"}, ", 0+1: #x=n y=n"},
          {"x,y\n1,2\n", {.comment = ""}, "!comment: found \"\""},
          {"Title\nSubtitle\n\na;b;c\n1;2;3\n4;5;6\n", {0}, "; 3+1: a=n b=n c=n"},
          {"line one\nline two, with comma\na,b,c\n1,2,3\n4,5,6\n", {0}, ", 2+1: a=n b=n c=n"},
          {"64.0\n1,2,3\n4,5,6\n7,8,9\n", {0}, "!line 1: found 1 field!skip: 1"},
          {"1,2\n1,2,3\n4,5,6\n7,8,9\n", {0}, "!line 1: found 2 fields!skip: 1"},
          {"64.0\n1,2,3\n4,5,6\n7,8,9\n", {.skip = "1"}, ", 1+0: =n =n =n"},
          {"x,y\n1,2\n", {.skip = "5"}, "!skip 5: a.csv has 2 lines"},
          {"x,y\n1,2\n", {.skip = "-1"}, "!skip: found \"-1\""}, {"x,y\n1.5,2\n3,4\n", {.skip = "1"}, ", 1+0: =n =n"},
          {";;\n;;\na;b;c\n1;2;3\n4;5;6\n", {0}, "; 2+1: a=n b=n c=n"}, );
}

Test(dialect, headers)
{
    CHECK({"time,ax,ay\ns,counts,degrees\n0,1.5,2\n1,1.6,3\n2,1.7,4\n", {0}, ", 0+1u: time=t ax=n ay=n @0"},
          {"\"\",\"x\",\"y\"\n\"1\",1.5,2\n\"2\",2.5,3\n", {0}, ", 0+1: =n x=n y=n"},
          {"label;1;2;3\nA;0.5;0.7;1.5\nA;1.5;1.7;1.5\n", {0}, "; 0+1: label=x 1=n 2=n 3=n"},
          {"a\n\"x", {0}, "!line 2: a quote opens"}, {"\"x", {0}, "!line 1: a quote opens"},
          {"Total,1.5\n2,2.5\n3,4\n", {0}, "!header: 1!none"},
          {"1700000000.0, IBI\n1.5,0.5\n2.5,0.6\n", {0}, "!header: 1!none"},
          {"Datetime Open\n2024-01-01 00:00:00 1.5\n2024-01-01 01:00:00 1.6\n",
           {0},
           "space 0+1: =t Datetime=t Open=n @0+1"},
          {"x,y\n1,2\n3\n5,6\n", {0}, ", 0+1: x=n y=n"},
          {"x,y,z\n1,2,3\n4,5\n7,8,9\n7,8,9\nsum,12\n", {0}, ", 0+1: x=n y=n z=n"},
          {"Price,Close,High\nTicker,T,T\nDate,,\n2024-03-04,1.5,2\n2024-03-05,1.6,3\n2024-03-06,1.6,3\n2024-03-07,1.6,"
           "3\n",
           {0},
           ", 0+3: Price=t Close=n High=n @0"},
          {"Price,Close,Close\nTicker,A,B\nDate,,\n2024-03-04,1.5,2\n2024-03-05,1.6,3\n2024-03-06,1.6,3\n2024-03-07,1."
           "6,3\n",
           {0},
           ", 0+3: Price=t Close A=n Close B=n @0"},
          {"a,b\ntext,more\n1,2\n3,4\n5,6\n", {0}, "!lines 1 and 2!header: 2!skip: 1"},
          {"a,b\ntext,more\n1,2\n3,4\n5,6\n", {.header = "2"}, ", 0+2: a=n b=n"},
          {"a,b\ntext,more\n1,2\n3,4\n5,6\n", {.skip = "1"}, ", 1+1: text=n more=n"},
          {"time,acc\ns,m/s^2\n0,0.5\n1,0.6\n2,0.7\n", {0}, ", 0+1u: time=t acc=n @0"},
          {"time,ECG\n(s),(mV)\n0,0.5\n1,0.6\n2,0.7\n", {0}, ", 0+1u: time=t ECG=n @0"},
          {"'Elapsed time','MLII'\n'hh:mm:ss.mmm','mV'\n'0:00.000',0.5\n'0:00.003',0.6\n'0:00.006',0.7\n",
           {0},
           ", 0+1uq: Elapsed time=t MLII=n"},
          {"'sample #','MLII'\n0,1000\n1,1010\n", {0}, ", 0+1: sample #=n MLII=n"},
          {"time,acc\ns,m/s^2\n0,0.5\n1,0.6\n2,0.7\n", {.no_units = true}, ", 0+1: time=t acc=n @0"},
          {"time,acc\ns,m/s^2\n0,0.5\n1,0.6\n", {.header = "1"}, ", 0+1u: time=t acc=n @0"},
          {"<DATE>\t<CLOSE>\n2024.01.02\t1.5\n2024.01.03\t1.6\n", {0}, "tab 0+1: <DATE>=t <CLOSE>=n @0"},
          {"2024-01-02,1.5\n2024-01-03,1.6\n", {0}, ", 0+0: =t =n @0"},
          {"1,431.6,False\n2,431.7,True\n", {0}, ", 0+0: =n =n =x"},
          {"20240101 170000;1.5;0\n20240101 170100;1.6;0\n", {0}, "; 0+0: =t =n =n @0"},
          {"2011.12.08,18:00,77.6\n2011.12.08,18:01,77.7\n", {0}, ", 0+0: =t =t =n @0+1"},
          {"33,Jogging,0.5\n33,Jogging,0.6\n", {0}, ", 0+0: =n =x =n"}, {"a,b\nc,d\na,d\n", {0}, ", 0+0: =x =x"},
          {"a\nb\nc\n", {0}, ", 0+1: a=x"}, {"1,2,3\n", {0}, ", 0+0: =n =n =n"}, {"1.5\n", {0}, ", 0+0: =n"},
          {"x,y\n1,2\n3,4\n", {.header = "none"}, ", 0+0: =n =n"},
          {"1,2\n3,4\n5,7\n", {.header = "1"}, ", 0+1: 1=n 2=n"},
          {"x,y\n1,2\n", {.header = "two"}, "!header: found \"two\""},
          {"x,y\n1,2\n", {.header = "2"}, "!header 2: a.csv has 2 lines"},
          {"\"a\" \"b\"\n\"1\" 1.5 2\n\"2\" 2.5 3\n", {0}, "space 0+1: =n a=n b=n"},
          {"a,b\n2024-01-01,1.5,2\n2024-01-02,2.5,3\n", {0}, ", 0+1: =t a=n b=n @0"},
          {"a,b\n5,1.5,2\n9,2.5,3\n", {0}, "!line 1: found 2 fields of text above rows of 3!skip: 1"},
          {"a,b,\n1.5,2\n3,4\n", {0}, ", 0+1: a=n b=n"},
          {"Date,\"1. open\"\n2024-01-01,1.5\n2024-01-02,1.6\n", {0}, ", 0+1: Date=t 1. open=n @0"},
          {"?,1.5\n1,2.5\n3,4\n", {0}, ", 0+0: =n =n"},
          {"1,err,3\n4,5,7\n7,8,4\n", {0}, "!may be names of columns or data!header: 1"}, );
}

Test(dialect, numeric_headers)
{
    CHECK({"|close\n0|w0\n1|w1\n", {0}, "| 0+1: =n close=x"}, {"nan,1\n2,nan\n3,nan\n", {0}, ", 0+0: =n =n"},
          {",0,1,2\n0,1.5,2.5,3.5\n1,1.6,2.6,3.6\n", {0}, ", 0+1: =n 0=n 1=n 2=n"},
          {",0\n0,5\n1,7\n2,9\n", {0}, ", 0+1: =n 0=n"},
          {",0,1\n2024-01-01,5,6\n2024-01-02,7,9\n", {0}, ", 0+1: =t 0=n 1=n @0"},
          {"0,1,2\n1.5,2.5,3.5\n1.6,2.6,3.6\n", {0}, ", 0+1: 0=n 1=n 2=n"},
          {"0,1\n0.5,0.25\n0.7,0.1\n", {0}, "!header: 1!none"}, {"0\n0.5\n0.7\n", {0}, "!header: 1!none"},
          {"0\n5\n7\n", {0}, "!header: 1!none"},
          {"2019|2020|2021\n100.35|2|0\n101.17|3|8\n", {0}, "| 0+1: 2019=n 2020=n 2021=n"},
          {";2019\n0;foo\n1;bar\n2;foo\n", {0}, "; 0+1: =n 2019=x"},
          {"0,1,2\nFalse,41499,1.25\n", {0}, ", 0+1: 0=x 1=n 2=n"},
          {"0\t1\n4\t2024-01-05\n8\t2024-01-06\n", {0}, "tab 0+1: 0=n 1=t @1"}, {"-0.5\n\"\"\n", {0}, ", 0+0: =n"},
          {"0\n1\n2\n", {0}, ", 0+0: =n"}, {"5\n0.5\n0.7\n", {0}, ", 0+0: =n"},
          {"2019,2020,2021\n1.5,2.5,3.5\n1.6,2.6,3.6\n", {0}, ", 0+1: 2019=n 2020=n 2021=n"},
          {"2019,2020,2021\n100,200,150\n110,210,170\n", {0}, "!header: 1!none"},
          {"2019,2020,2021\n2018,2019,2020\n2011,2012,2013\n", {0}, "!header: 1!none"},
          {"0,1,2\n3,4,5\n6,7,8\n", {0}, ", 0+0: =n =n =n"}, {"0,1,2\n5,9,7\n6,3,8\n", {0}, "!header: 1!none"},
          {"Date,2019,2020\n01-02,1.5,2.5\n01-03,1.6,2.6\n", {0}, ", 0+1: Date=x 2019=n 2020=n"},
          {"time,0\n0,5\n1,7\n2,8\n", {0}, ", 0+1: time=t 0=n @0"},
          {"Month,2019,2020\n1,10,20\n2,11,21\n", {0}, ", 0+1: Month=n 2019=n 2020=n"},
          {"400,450,500\n0.1,0.2,0.3\n0.2,0.3,0.4\n", {0}, "!header: 1!none"},
          {"100,100,100\n100.5,99.5,101.5\n99.5,98.5,97.5\n", {0}, ", 0+0: =n =n =n"},
          {"0,1,2\n1.5,2.5,3.5\n1.6,2.6,3.6\n", {.header = "none"}, ", 0+0: =n =n =n"},
          {"2019,2020,2021\n100,200,150\n", {.header = "1"}, ", 0+1: 2019=n 2020=n 2021=n"},
          {"1700000000.000000\n64.000000\n0.00\n0.20\n0.39\n0.5\n", {0}, "!line 1: found 1700000000.000000!skip: 2"},
          {"1700000000.0,1700000000.0\n32.0,32.0\n5,6\n-7,8\n9,9\n", {0}, "!skip: 2!0 where all are samples"},
          {"1700000000.0\n64.0\n0.00\n0.20\n0.39\n0.5\n", {.skip = "2"}, ", 2+0: =n"},
          {"1700000000.0\n64.0\n0.00\n0.20\n0.39\n0.5\n", {.skip = "0"}, ", 0+0: =n"},
          {"bvp\n1700000000.0\n64.0\n0.00\n0.20\n0.39\n0.5\n", {0}, "!line 2!skip: 3"}, );
}

Test(dialect, numbers)
{
    CHECK({"a;b\n1.5;2.25\n3.5;4.25\n", {.decimal = ","}, "!decimal: a.csv, column 0 (a): found \"1.5\""},
          {"a;b\n1,5;x\n3,5;y\n", {.decimal = ","}, "; 0+1: a=n b=x"},
          {"d;k\n01.01.2024;1.227,88\n02.01.2024;1.229,77\n", {0}, "; 0+1: d=t k=n @0"},
          {"p,v\n$1.5,100\n$2.5,200\n", {0}, ", 0+1: p=n v=n"},
          {"p,v\n1.5 apples,100\n2.5 apples,200\n", {0}, ", 0+1: p=x v=n"},
          {"p,v\n5%,1.2K\n6%,1.3M\n", {0}, ", 0+1: p=n v=n"}, {"p,flag\n5,true\n6,false\n", {0}, ", 0+1: p=n flag=x"},
          {"p,v\n\"1,234.5\",1\n\"2,234.5\",2\n", {0}, ", 0+1: p=n v=n"},
          {"p,v\n1,x\n2,y\nbad,z\n", {0}, ", 0+1: p=n v=x"}, );
}

Test(dialect, times)
{
    CHECK({"<DATE>;<TIME>;<CLOSE>\n20240102;090000;1.5\n20240102;100000;1.6\n",
           {0},
           "; 0+1: <DATE>=t <TIME>=t <CLOSE>=n @0+1"},
          {"Local time,x\n01.01.2024 00:00:00.000 GMT+0100,1.5\n13.01.2024 00:00:00.000 GMT+0100,1.6\n",
           {0},
           ", 0+1: Local time=t x=n @0"},
          {"Date,Time,x\n2024.01.02,00:00:00,1.5\n2024.01.02,01:00:00,1.6\n", {0}, ", 0+1: Date=t Time=t x=n @0+1"},
          {"Time,Date,x\n00:00:00,2024-01-02,1.5\n01:00:00,2024-01-02,1.6\n", {0}, ", 0+1: Time=t Date=t x=n @1+0"},
          {"a,b,x\n2024-01-02,2024-01-03,1.5\n2024-01-03,2024-01-04,1.6\n", {0}, ", 0+1: a=t b=t x=n @0"},
          {"a,b,x\n2024-01-02,2024-01-03,1.5\n2024-01-03,2024-01-04,1.6\n", {.time = "b"}, ", 0+1: a=t b=t x=n @1"},
          {"a,b,x\n2024-01-02,00:00,1.5\n2024-01-03,01:00,1.6\n", {.time = "a,b"}, ", 0+1: a=t b=t x=n @0+1"},
          {"a,b,x\n2024-01-02,00:00,1.5\n2024-01-03,01:00,1.6\n", {.time = "none"}, ", 0+1: a=t b=t x=n"},
          {"a,x\n1,1.5\n2,1.6\n", {.time = "b"}, "!no column \"b\""},
          {"a,x\n1,1.5\n2,1.6\n", {.time = "0"}, ", 0+1: a=t x=n @0"},
          {"ts,x\n1700000000000,1.5\n1700000060000,1.6\n1700000120000,1.6\n", {0}, ", 0+1: ts=t x=n @0"},
          {"id,x\n1700000000000,1.5\n1600000060000,1.6\n1700000120000,1.6\n", {0}, ", 0+1: id=n x=n"},
          {"time,x\nfoo,1.5\nbar,1.6\n", {0}, ", 0+1: time=x x=n"}, );
}

Test(dialect, long_lines)
{
    const size_t size = (size_t)2 << 20;
    char *text = malloc(size);
    cr_assert(text);
    static const char patterns[][4] = {",", "1,", "a ", "\"", "\"a\"", "a\n", "1\n", "#\n", "\n", ";,\t", "'"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        for (int complete = 0; complete < 2; complete++) {
            struct dialect dialect;
            struct plotmill_error error;
            const size_t length = strlen(patterns[i]);
            for (size_t at = 0; at < size; at++)
                text[at] = patterns[i][at % length];
            if (!dialect_find(&dialect, "a.csv", text, size, complete, NULL, &error))
                cr_expect_gt(dialect.list.count, 0);
            dialect_free(&dialect);
        }
    free(text);
}

Test(dialect, is_reported)
{
    static const char text[] = "sep=;\nDate;Close;Change\n2024-01-02;1.227,88;0,5%\n2024-01-03;1.229,77;-0,25%\n";
    struct dialect dialect;
    struct plotmill_error error;
    cr_assert_eq(dialect_find(&dialect, "a.csv", text, sizeof text - 1, true, NULL, &error), PLOTMILL_OK);
    const struct dialect_line line = dialect_describe(&dialect);
    char *json = dialect_json(&dialect);
    cr_expect_str_eq(line.text,
                     "UTF-8, separated by semicolons, 1 line before the table, 1 header line, 3 columns, decimal "
                     "commas, thousands separated by points, percentages, times in column 0 (Date): "
                     "YYYY-MM-DD, with a time of day or without");
    cr_assert(json);
    static const char *const parts[] = {
        "\"separator\": \";\"",
        "\"skip\": 1",
        "\"header\": 1",
        "{\"name\": \"Close\", \"holds\": \"numbers\", \"decimal\": \",\", \"thousands\": \".\"",
        "\"percent\": true",
        "\"time\": [0]"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect(strstr(json, parts[i]), "%s in %s", parts[i], json);
    free(json);
    dialect_free(&dialect);
}

/* A column that can be read in two ways is refused where it is used. */
Test(dialect, doubts_of_a_column)
{
    static const char text[] = "x;y\n1,234;5\n2,345;6\n";
    struct dialect dialect;
    struct plotmill_error error;
    cr_assert_eq(dialect_find(&dialect, "a.csv", text, sizeof text - 1, true, NULL, &error), PLOTMILL_OK);
    cr_assert(dialect.columns[0].doubt);
    cr_expect(strstr(dialect.columns[0].doubt, "option decimal"), "%s", dialect.columns[0].doubt);
    cr_expect_null(dialect.columns[1].doubt);
    dialect_free(&dialect);
}

/* A number that is a name and another column's position: names count where the option says that there are some. */
Test(dialect, numbers_as_names)
{
    static const char text[] = ",0,1,2\n0,1.5,2.5,3.5\n1,1.6,2.6,3.6\n",
                      years[] = "Date,2019,2020\na,1.5,2.5\nb,1.6,2.6\n";
    const struct source_options said = {.text.header = "1"};
    struct dialect dialect;
    struct plotmill_error error;
    size_t field;
    cr_assert_eq(dialect_find(&dialect, "a.csv", text, sizeof text - 1, true, NULL, &error), PLOTMILL_OK);
    cr_expect_eq(fields_find(&dialect.list, "label", "1", &field, &error), PLOTMILL_BAD_INPUT);
    cr_expect(strstr(error.message, "\"1\" is the name of column 2, and the number of column 1 (0)"), "%s",
              error.message);
    cr_expect_eq(fields_find(&dialect.list, "label", "3", &field, &error), PLOTMILL_OK);
    cr_expect_eq(field, 3);
    dialect_free(&dialect);
    cr_assert_eq(dialect_find(&dialect, "a.csv", text, sizeof text - 1, true, &said, &error), PLOTMILL_OK);
    cr_expect_eq(fields_find(&dialect.list, "label", "1", &field, &error), PLOTMILL_OK);
    cr_expect_eq(field, 2);
    dialect_free(&dialect);
    cr_assert_eq(dialect_find(&dialect, "a.csv", years, sizeof years - 1, true, NULL, &error), PLOTMILL_OK);
    cr_expect_eq(fields_find(&dialect.list, "label", "2020", &field, &error), PLOTMILL_OK);
    cr_expect_eq(field, 2);
    dialect_free(&dialect);
}

Test(dialect, names_without_decoration)
{
    static const char text[] =
        "<DATE>\tOpen Price\tAdj Close**\t\"1. high\"\n2024.01.02\t1.5\t2\t3\n2024.01.03\t1.6\t3\t4\n";
    static const struct {
        const char *name;
        size_t field;
    } names[] = {{"date", 0}, {"<Date>", 0}, {"open_price", 1}, {"adj close", 2}, {"HIGH", 3}};
    struct dialect dialect;
    struct plotmill_error error;
    size_t field;
    cr_assert_eq(dialect_find(&dialect, "a.csv", text, sizeof text - 1, true, NULL, &error), PLOTMILL_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_expect_eq(fields_find(&dialect.list, "label", names[i].name, &field, &error), PLOTMILL_OK, "%s",
                     names[i].name);
        cr_expect_eq(field, names[i].field, "%s", names[i].name);
    }
    dialect_free(&dialect);
}
