/* Arrays as sources of the public API: every type, axis order and stride; fields; what is refused. */
#include "source_fixture.h"

TestSuite(api_array, .init = begin, .fini = end);

/* Every type, axis order and stride against one plain formula. */

static const struct {
    enum plotmill_type type;
    int size;
} types[] = {{PLOTMILL_FLOAT64, 8}, {PLOTMILL_FLOAT32, 4}, {PLOTMILL_INT64, 8},  {PLOTMILL_INT32, 4},
             {PLOTMILL_INT16, 2},   {PLOTMILL_INT8, 1},    {PLOTMILL_UINT64, 8}, {PLOTMILL_UINT32, 4},
             {PLOTMILL_UINT16, 2},  {PLOTMILL_UINT8, 1}};

static double element(const char *at, enum plotmill_type type)
{
    union {
        double f64;
        float f32;
        int64_t i64;
        int32_t i32;
        int16_t i16;
        int8_t i8;
        uint64_t u64;
        uint32_t u32;
        uint16_t u16;
        uint8_t u8;
    } value;
    memcpy(&value, at, type == PLOTMILL_INT8 || type == PLOTMILL_UINT8 ? 1 : sizeof value);
    switch (type) {
    case PLOTMILL_FLOAT64:
        return value.f64;
    case PLOTMILL_FLOAT32:
        return value.f32;
    case PLOTMILL_INT64:
        return (double)value.i64;
    case PLOTMILL_INT32:
        return value.i32;
    case PLOTMILL_INT16:
        return value.i16;
    case PLOTMILL_INT8:
        return value.i8;
    case PLOTMILL_UINT64:
        return (double)value.u64;
    case PLOTMILL_UINT32:
        return value.u32;
    case PLOTMILL_UINT16:
        return value.u16;
    default:
        return value.u8;
    }
}

#define ROOM 4096
static char bytes[ROOM + 16];

/* 64-bit integers get 32 bits, also when they are read from the next byte on. */
static void fill_bytes(enum plotmill_type type)
{
    const bool wide = type == PLOTMILL_UINT64 || type == PLOTMILL_INT64;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(wide && (i % 8 == 0 || i % 8 > 4) ? 0 : random_number(256));
}

static void check_elements(const struct plotmill_array *array, int field)
{
    enum { MOST = 400 };
    const bool ready = array->axes[0] == 'N', has_fields = strchr(array->axes, 'F') != NULL;
    const int time = ready, axis_count = (int)strlen(array->axes);
    int64_t strides[3], dense = 0;
    uint64_t elements = 1;
    double found[MOST];
    for (int k = 0; k < 3; k++)
        dense |= array->strides[k];
    for (int k = axis_count - 1; k >= 0; k--) {
        strides[k] = dense ? array->strides[k] : (int64_t)(elements * (uint64_t)types[array->type].size);
        elements *= array->shape[k];
    }
    char number[16];
    snprintf(number, sizeof number, "%d", field);
    set("column", has_fields ? number : NULL);
    plotmill_source *source = from_array(array);
    const uint64_t sequences = ready ? array->shape[0] : 1, length = array->shape[time], count = sequences * length;
    cr_assert(count <= MOST);
    const struct source_shape shape = api_source_shape(source);
    cr_assert(shape.samples == count && shape.row_length == (ready ? length : 0));
    /* In one piece, and in pieces that cross sequences. */
    for (uint64_t step = count; step; step = step > 5 ? 5 : 0) {
        for (uint64_t first = 0; first < count; first += step)
            cr_assert_eq(api_source_read(pm, source, first, first + step > count ? count - first : step, found + first),
                         PLOTMILL_OK, "%s", plotmill_message(pm));
        for (uint64_t i = 0; i < count; i++) {
            const char *at = (const char *)array->data + (int64_t)(i % length) * strides[time] +
                             (ready ? (int64_t)(i / length) * strides[0] : 0) +
                             (has_fields ? field * strides[axis_count - 1] : 0);
            const double expected = element(at, array->type);
            cr_assert(!memcmp(&found[i], &expected, sizeof expected) || (isnan(found[i]) && isnan(expected)),
                      "type %d, %s, sample %d: %g, expected %g", (int)array->type, array->axes, (int)i, found[i],
                      expected);
        }
    }
    plotmill_source_destroy(source);
}

Test(api_array, every_type_axis_order_and_stride)
{
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const int64_t size = types[t].size;
        const enum plotmill_type type = types[t].type;
        fill_bytes(type);
        char *middle = bytes + ROOM / 2;
        const struct plotmill_array arrays[] = {
            {.data = bytes, .axes = "T", .shape = {100}},
            {.data = bytes, .axes = "TF", .shape = {50, 4}},
            {.data = bytes, .axes = "NT", .shape = {7, 9}},
            {.data = bytes, .axes = "NTF", .shape = {4, 9, 3}},
            {.data = bytes, .axes = "T", .shape = {100}, .strides = {3 * size}},
            {.data = middle, .axes = "T", .shape = {100}, .strides = {-size}},
            {.data = bytes,
             .axes = "TF",
             .shape = {20, 4},
             .strides = {size, 20 * size}}, /* fields one after another */
            {.data = middle, .axes = "TF", .shape = {20, 4}, .strides = {-4 * size, -size}},
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {size, size}}, /* windows that overlap */
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {0, size}},    /* one sequence, repeated */
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {size, 0}},
            {.data = middle, .axes = "NT", .shape = {9, 11}, .strides = {-11 * size, size}},
            {.data = bytes, .axes = "NT", .shape = {9, 11}, .strides = {size, 9 * size}}, /* Fortran order */
            {.data = bytes, .axes = "NT", .shape = {1, 11}, .strides = {0, size}},
            {.data = bytes, .axes = "NTF", .shape = {4, 9, 3}, .strides = {size, 4 * size, 36 * size}},
            {.data = middle, .axes = "NTF", .shape = {4, 9, 3}, .strides = {-27 * size, 3 * size, -size}},
            {.data = bytes, .axes = "NTF", .shape = {1, 1, 3}},
        };
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
            struct plotmill_array array = arrays[i];
            array.size = sizeof array;
            array.type = type;
            const int fields = array.axes[strlen(array.axes) - 1] == 'F' ? (int)array.shape[strlen(array.axes) - 1] : 1;
            for (int field = 0; field < fields; field++) {
                check_elements(&array, field);
                array.data = (const char *)array.data + 1; /* not aligned */
                check_elements(&array, field);
                array.data = (const char *)array.data - 1;
            }
        }
    }
}

Test(api_array, integers_that_float64_cannot_hold)
{
    static const int64_t below[] = {0, INT64_C(1) << 53, -(INT64_C(1) << 53), INT64_C(1) << 62, INT64_MIN};
    static const int64_t above[] = {1, 2, (INT64_C(1) << 53) + 1, INT64_MAX};
    static const uint64_t natural[] = {UINT64_C(1) << 63, 7, UINT64_MAX, 3};
    static const int64_t times[] = {0, DAY, 2 * DAY + 1500000000, -1};
    double out[5];
    struct plotmill_array array = {
        .size = sizeof array, .data = below, .type = PLOTMILL_INT64, .axes = "T", .shape = {5}};
    plotmill_source *source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 5, out), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(out[1] == 0x1p53 && out[2] == -0x1p53 && out[3] == 0x1p62 && out[4] == -0x1p63);
    plotmill_source_destroy(source);
    array.data = above;
    array.shape[0] = 4;
    array.times = times;
    set("order", "file");
    source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 4, out), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(
        plotmill_message(pm),
        "array, row 2, 1970-01-03T00:00:01.5Z: found 9007199254740993, which no float64 equals: expected "
        "integers up to 2^53: convert them to float64, which rounds them, or subtract what all have in common");
    cr_assert_eq(api_source_read(pm, source, 3, 1, out), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "array, row 3, 1969-12-31T23:59:59.999999999Z: found 9223372036854775807,"));
    plotmill_source_destroy(source);
    set("order", NULL);
    array = (struct plotmill_array){
        .size = sizeof array, .data = natural, .type = PLOTMILL_UINT64, .axes = "NT", .shape = {2, 2}};
    source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 4, out), PLOTMILL_BAD_INPUT);
    cr_assert(out[0] == 0x1p63);
    cr_assert(strstr(plotmill_message(pm), "array, sequence 1, sample 0: found 18446744073709551615,"));
    plotmill_source_destroy(source);
}

Test(api_array, fields_by_name_and_index)
{
    static const double data[6] = {0, 1, 2, 3, 4, 5};
    static const char *names[] = {"Close", "close", "0"};
    double out[2];
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "TF", .shape = {2, 3}, .fields = names};
    static const char *const wanted[] = {"Close", "close", "0", "1", "2"};
    static const double first[] = {0, 1, 2, 1, 2}; /* a name comes before an index */
    for (int i = 0; i < 5; i++) {
        set("column", wanted[i]);
        plotmill_source *source = from_array(&array);
        cr_assert_eq(api_source_read(pm, source, 0, 2, out), PLOTMILL_OK);
        cr_assert(out[0] == first[i] && out[1] == first[i] + 3, "%s", wanted[i]);
        plotmill_source_destroy(source);
    }
    set("column", "CLOSE");
    refuse(&array, "array: several columns are named \"CLOSE\", expected the number of one: 0 (Close), 1 (close)");
    set("column", "3");
    refuse(&array, "array: no column \"3\", expected one of 0 (Close), 1 (close), 2 (0)");
    set("column", NULL);
    refuse(&array, "array: 3 numeric columns, expected the option column to name one: 0 (Close), 1 (close), 2 (0)");
    array.fields = NULL;
    refuse(&array, "array: 3 numeric columns, expected the option column to name one: 0, 1, 2");
    names[1] = NULL;
    array.fields = names;
    refuse(&array, "array: fields[1] is NULL, expected a name");
    set("column", "0");
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "T", .shape = {6}};
    refuse(&array, "array: the option column applies to arrays with the axes TF or NTF, not T");
}

Test(api_array, arrays_that_are_refused)
{
    static const double data[6];
    static const char *const names[] = {"a"};
    const struct plotmill_array good = {.size = sizeof good, .data = data, .axes = "T", .shape = {6}};
    struct plotmill_array array = good;
    array.data = NULL;
    refuse(&array, "array: data is NULL, expected a value");
    array = good;
    array.axes = NULL;
    refuse(&array, "array: axes is NULL, expected a value");
    array.axes = "TN";
    refuse(&array, "array: axes: found \"TN\", expected T, TF, NT or NTF");
    array = good;
    array.type = (enum plotmill_type)10;
    refuse(&array, "array: type 10, expected PLOTMILL_FLOAT64 or another enum plotmill_type");
    array.type = (enum plotmill_type) - 1;
    refuse(&array, "array: type -1, expected PLOTMILL_FLOAT64 or another enum plotmill_type");
    array = good;
    array.shape[0] = 0;
    refuse(&array, "array: shape[0] is 0, expected at least 1");
    array = good;
    array.shape[1] = 7;
    refuse(&array, "array: axes \"T\": shape[1] is 7 and strides[1] 0, expected 0 beyond the last axis");
    array = good;
    array.fields = names;
    refuse(&array, "array: fields: axes \"T\" have no F, expected NULL");
    array = good;
    array.shape[0] = UINT64_MAX;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    array.shape[0] = 3;
    array.strides[0] = INT64_MIN;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    array = good;
    array.axes = "NT";
    array.shape[0] = array.shape[1] = UINT64_C(1) << 32;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    set("dataset", "/x");
    refuse(&good, "array: the option dataset applies to hdf5");
}

/* Windows that are cut from sequences, of which each keeps its order and its gaps. */
Test(api_array, order_and_gaps_of_sequences)
{
    static const double data[6];
    static const int64_t times[6] = {0, 1, 90, 0, 1, 2};
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "NT", .shape = {2, 3}, .times = times};
    plotmill_source_destroy(from_array(&array));
    set("order", "time");
    refuse(&array, "array: the option order applies to one long series, found ready sequences");
    set("window", "2");
    refuse(&array, "array: the option order applies to one long series, found sequences");
    set("order", NULL);
    set("break-at-gaps", "3");
    refuse(&array, "array: the option break-at-gaps applies to one long series, found sequences");
}

Test(api_array, structs_of_other_versions)
{
    static const double data[6] = {1, 2, 3, 4, 5, 6};
    static const uint32_t ids[6] = {1, 2, 1, 2, 1, 2};
    static const char *const none[1] = {NULL};
    struct {
        struct plotmill_array array;
        uint64_t newer[2];
    } later = {{.data = data, .axes = "T", .shape = {6}, .groups = ids, .group_names = none, .group_count = 1}, {0}};
    char message[200];
    /* A program from before groups: they are not looked at. */
    later.array.size = offsetof(struct plotmill_array, groups);
    plotmill_source_destroy(from_array(&later.array));
    later.array.size = sizeof later.array;
    cr_assert_eq(plotmill_source_from_array(pm, &later.array, options, &(plotmill_source *){NULL}), PLOTMILL_BAD_INPUT);
    later.array.size = offsetof(struct plotmill_array, group_names);
    plotmill_source_destroy(from_array(&later.array));
    later.array = (struct plotmill_array){.size = sizeof later, .data = data, .axes = "T", .shape = {6}};
    plotmill_source_destroy(from_array(&later.array));
    later.newer[1] = 1;
    plotmill_source *source = NULL;
    cr_assert_neq(plotmill_source_from_array(pm, &later.array, options, &source), PLOTMILL_OK);
    cr_assert(strstr(plotmill_message(pm), "struct plotmill_array: sets a member that this library"));
    snprintf(message, sizeof message, "struct plotmill_array: size is 8, expected sizeof(struct plotmill_array): %d",
             (int)sizeof(struct plotmill_array));
    later.array.size = 8;
    refuse(&later.array, message);
}
