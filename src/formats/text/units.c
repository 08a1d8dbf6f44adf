#include <string.h>

#include "base/strings.h"
#include "formats/text/cell.h"

/* Lower case; compared in any. */
static const char *const units[] = {"s",          "ms",
                                    "us",         "ns",
                                    "sec",        "secs",
                                    "seconds",    "second",
                                    "min",        "minutes",
                                    "h",          "hours",
                                    "hr",         "day",
                                    "days",       "mv",
                                    "uv",         "\u00b5v",
                                    "\u03bcv",    "v",
                                    "nv",         "kv",
                                    "a",          "ma",
                                    "ua",         "w",
                                    "kw",         "mw",
                                    "kwh",        "wh",
                                    "hz",         "khz",
                                    "mhz",        "ghz",
                                    "db",         "dbm",
                                    "g",          "mg",
                                    "kg",         "ug",
                                    "m",          "mm",
                                    "cm",         "km",
                                    "um",         "nm",
                                    "ft",         "in",
                                    "m/s",        "km/h",
                                    "m/s2",       "m/s^2",
                                    "m/s\u00b2",  "m/s/s",
                                    "deg/s",      "rad/s",
                                    "rad",        "deg",
                                    "degree",     "degrees",
                                    "degc",       "degf",
                                    "\u00b0",     "\u00b0c",
                                    "\u00b0f",    "c",
                                    "f",          "k",
                                    "pa",         "kpa",
                                    "hpa",        "mpa",
                                    "bar",        "mbar",
                                    "psi",        "%",
                                    "pct",        "percent",
                                    "ppm",        "ppb",
                                    "bpm",        "rpm",
                                    "n",          "j",
                                    "kj",         "l",
                                    "ml",         "l/min",
                                    "lux",        "lx",
                                    "t",          "mt",
                                    "ut",         "\u00b5t",
                                    "ohm",        "kohm",
                                    "\u03a9",     "usd",
                                    "eur",        "gbp",
                                    "jpy",        "btc",
                                    "eth",        "count",
                                    "counts",     "adc",
                                    "adu",        "au",
                                    "a.u.",       "arb",
                                    "mmhg",       "cmh2o",
                                    "samples",    "sample",
                                    "index",      "date",
                                    "time",       "datetime",
                                    "utc",        "gmt",
                                    "-",          "n/a",
                                    "none",       "dimensionless",
                                    "unitless",   "counts/s",
                                    "e-/s",       "electron/s",
                                    "mag",        "jd",
                                    "bjd",        "hh:mm:ss.mmm",
                                    "mm:ss.mmm",  "hh:mm:ss",
                                    "mm:ss",      "hh:mm",
                                    "yyyy-mm-dd", "dd/mm/yyyy",
                                    "mm/dd/yyyy", "yyyymmdd",
                                    "dd.mm.yyyy", "yyyy-mm-dd hh:mm:ss",
                                    "epoch",      "unix",
                                    "mg/m^3",     "mg/m3",
                                    "ug/m3",      "\u00b5g/m\u00b3",
                                    "\u00b5g/m3", "w/m2",
                                    "w/m^2",      "w/m\u00b2",
                                    "\u00b5s",    "\u00b5a",
                                    "\u00b5m",    "mol",
                                    "mmol/l",     "units",
                                    "unit",       "string",
                                    "float",      "int",
                                    "double"};

bool cell_is_unit(const char *text)
{
    char unit[32];
    size_t length = strlen(text);
    while (length && text[length - 1] == ' ')
        length--;
    while (length && *text == ' ') {
        text++;
        length--;
    }
    if (length >= 2 && ((*text == '(' && text[length - 1] == ')') || (*text == '[' && text[length - 1] == ']') ||
                        (*text == '\'' && text[length - 1] == '\'') || (*text == '<' && text[length - 1] == '>'))) {
        /* What stands in brackets under a name is a unit. */
        if (*text != '\'')
            return length <= 24;
        text++;
        length -= 2;
    }
    if (!length || length >= sizeof unit)
        return !length;
    memcpy(unit, text, length);
    unit[length] = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (string_same(unit, units[i]))
            return true;
    return false;
}
