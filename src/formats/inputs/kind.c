#include "formats/inputs/kind.h"

#include <string.h>

#include "base/strings.h"

/* Files that begin with these bytes. */
static const struct {
    const char *magic;
    unsigned size, offset;
    struct kind kind;
} magics[] = {
    {"\x93NUMPY", 6, 0, {KIND_INPUT, INPUT_NPY, NULL, NULL}},
    {"\x89HDF\r\n\x1a\n", 8, 0, {KIND_INPUT, INPUT_HDF5, NULL, NULL}},
    {"\x89HDF\r\n\x1a\n", 8, 512, {KIND_INPUT, INPUT_HDF5, NULL, NULL}},
    {"\x89HDF\r\n\x1a\n", 8, 1024, {KIND_INPUT, INPUT_HDF5, NULL, NULL}},
    {"\x89HDF\r\n\x1a\n", 8, 2048, {KIND_INPUT, INPUT_HDF5, NULL, NULL}},
    {"\x1f\x8b", 2, 0, {.class = KIND_COMPRESSED, .what = "gzip"}},
    {"\xfd"
     "7zXZ",
     6,
     0,
     {.class = KIND_COMPRESSED, .what = "xz"}},
    {"\x28\xb5\x2f\xfd", 4, 0, {.class = KIND_COMPRESSED, .what = "zstd"}},
    {"BZh", 3, 0, {.class = KIND_COMPRESSED, .what = "bzip2"}},
    {"\x04\x22\x4d\x18", 4, 0, {.class = KIND_COMPRESSED, .what = "lz4"}},
    {"PK\x03\x04", 4, 0, {.class = KIND_ARCHIVE, .what = "zip"}},
    {"PK\x05\x06", 4, 0, {.class = KIND_ARCHIVE, .what = "zip"}},
    {"ustar", 5, 257, {.class = KIND_ARCHIVE, .what = "tar"}},
#define OTHER(what, advice)                  \
    {                                        \
        KIND_OTHER, INPUT_TEXT, what, advice \
    }
    {"PAR1", 4, 0,
     OTHER("a Parquet file",
           "python3 -c \"import pandas; pandas.read_parquet('FILE').to_csv('FILE.csv', index=False)\"")},
    {"ARROW1", 6, 0,
     OTHER("an Arrow file",
           "python3 -c \"import pandas; pandas.read_feather('FILE').to_csv('FILE.csv', index=False)\"")},
    {"FEA1", 4, 0,
     OTHER("a Feather file",
           "python3 -c \"import pandas; pandas.read_feather('FILE').to_csv('FILE.csv', index=False)\"")},
    {"ORC", 3, 0, OTHER("an ORC file", "python3 -c \"import pandas; pandas.read_orc('FILE').to_csv('FILE.csv')\"")},
    {"Obj\x01", 4, 0, OTHER("an Avro file", "convert it to CSV")},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, OTHER("an Excel .xls file", "save the sheet as CSV")},
    {"SQLite format 3", 16, 0,
     OTHER("an SQLite database", "sqlite3 -header -csv FILE 'SELECT * FROM table' > FILE.csv")},
    {"MATLAB 5.0 MAT-file", 19, 0,
     OTHER("a MATLAB .mat file",
           "python3 -c \"import numpy, scipy.io; numpy.save('x.npy', scipy.io.loadmat('FILE')['NAME'])\"")},
    {"\x80\x02", 2, 0, OTHER("a Python pickle", "load it where you trust it, and save it with numpy.save or to_csv")},
    {"\x80\x03", 2, 0, OTHER("a Python pickle", "load it where you trust it, and save it with numpy.save or to_csv")},
    {"\x80\x04", 2, 0, OTHER("a Python pickle", "load it where you trust it, and save it with numpy.save or to_csv")},
    {"\x80\x05", 2, 0, OTHER("a Python pickle", "load it where you trust it, and save it with numpy.save or to_csv")},
    {"CDF\x01", 4, 0, OTHER("a NetCDF 3 file", "nccopy -k nc4 FILE FILE.h5, which is HDF5")},
    {"CDF\x02", 4, 0, OTHER("a NetCDF 3 file", "nccopy -k nc4 FILE FILE.h5, which is HDF5")},
    {"SIMPLE  =", 9, 0,
     OTHER("a FITS file", "python3 -c \"from astropy.table import Table; "
                          "Table.read('FILE').write('FILE.csv')\"")},
    {"RIFF", 4, 0,
     OTHER("a RIFF file, such as WAVE audio",
           "python3 -c \"import numpy, scipy.io.wavfile as w; numpy.save('x.npy', w.read('FILE')[1])\"")},
    {"0       ", 8, 0,
     OTHER("an EDF recording",
           "python3 -c \"import mne, numpy; numpy.save('x.npy', mne.io.read_raw_edf('FILE').get_data())\"")},
    {"\xff"
     "BIOSEMI",
     8, 0, OTHER("a BDF recording", "convert it, for example with mne, to NPY")},
    {"\x89PNG", 4, 0, OTHER("a PNG image", "")},
    {"\xff\xd8\xff", 3, 0, OTHER("a JPEG image", "")},
    {"GIF8", 4, 0, OTHER("a GIF image", "")},
    {"%PDF", 4, 0, OTHER("a PDF document", "")},
    {"7z\xbc\xaf\x27\x1c", 6, 0, OTHER("a 7z archive", "extract it first: 7z x FILE")},
    {"Rar!", 4, 0, OTHER("a RAR archive", "extract it first: unrar x FILE")},
    {"\x7f"
     "ELF",
     4, 0, OTHER("a program", "")},
    {"version https://git-lfs", 23, 0, OTHER("a Git LFS pointer, not the file itself", "run git lfs pull")},
#undef OTHER
};

static bool begins(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    char start[32] = "";
    if (size < length || length >= sizeof start)
        return false;
    memcpy(start, text, length);
    return string_same(start, word);
}

/* The first line of a WFDB header names the record and the numbers of signals and samples; the next ones begin with the
 * file of a signal. */
static bool is_wfdb_header(const char *text, size_t size, const char *name)
{
    const char *line = memchr(text, '\n', size);
    if (!text_ends(name, ".hea") || !line)
        return false;
    const size_t left = size - (size_t)(line + 1 - text);
    const char *blank = memchr(line + 1, ' ', left);
    return blank && blank - line > 4 && (!memcmp(blank - 4, ".dat", 4) || !memcmp(blank - 4, ".mat", 4));
}

/* An object, or an array of objects, arrays, numbers or strings. */
static bool is_json(const char *text, size_t size)
{
    size_t at = 1;
    if (!size || (*text != '{' && *text != '['))
        return false;
    while (at < size && strchr(" \t\r\n", text[at]))
        at++;
    if (at == size)
        return true;
    return *text == '{' ? text[at] == '"' || text[at] == '}'
                        : text[at] != 0 && strchr("{[\"]-0123456789", text[at]) != NULL;
}

static struct kind kind_of_text(const char *text, size_t size, const char *name)
{
    const struct kind html = {KIND_OTHER, INPUT_TEXT, "an HTML page",
                              "download the file itself; the server may have answered with an error or a login page"};
    const struct kind json = {KIND_OTHER, INPUT_TEXT, "JSON",
                              "python3 -c \"import pandas; pandas.read_json('FILE').to_csv('FILE.csv', index=False)\" "
                              "(lines=True for JSON lines)"};
    const struct kind xml = {KIND_OTHER, INPUT_TEXT, "XML", "convert it to CSV"};
    const struct kind wfdb = {
        KIND_OTHER, INPUT_TEXT, "a WFDB header",
        "python3 -c \"import numpy, wfdb; numpy.save('x.npy', wfdb.rdrecord('RECORD').p_signal)\""};
    while (size && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')) {
        text++;
        size--;
    }
    if (begins(text, size, "<!doctype html") || begins(text, size, "<html") || begins(text, size, "<head"))
        return html;
    if (begins(text, size, "{\\rtf"))
        return (struct kind){KIND_OTHER, INPUT_TEXT, "an RTF document", "save it as CSV"};
    if (begins(text, size, "<!--"))
        return (struct kind){KIND_OTHER, INPUT_TEXT, "HTML or XML", html.advice};
    if (begins(text, size, "<?xml"))
        return xml;
    if (is_json(text, size))
        return json;
    if (is_wfdb_header(text, size, name))
        return wfdb;
    return (struct kind){0};
}

/* Whether there are many control characters that text has not. Of UTF-16 every second byte is often 0. */
static bool is_binary(const char *bytes, size_t size)
{
    size_t zeros[2] = {0}, controls = 0;
    if (size >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2)))
        return false;
    if (size >= 4 && !memcmp(bytes, "\0\0\xfe\xff", 4))
        return false;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        zeros[i & 1] += !c;
        controls += c && c < 32 && !strchr("\t\n\v\f\r\033\032", c);
    }
    const bool wide = (zeros[0] == 0) != (zeros[1] == 0) && zeros[0] + zeros[1] >= size / 2 * 9 / 10;
    return controls > 2 + size / 50 || (!wide && zeros[0] + zeros[1] > size / 10);
}

struct kind kind_of(const char *bytes, size_t size, const char *name)
{
    const struct kind binary = {KIND_OTHER, INPUT_TEXT, "binary data", "convert it to CSV or NPY"};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].offset + magics[i].size &&
            !memcmp(bytes + magics[i].offset, magics[i].magic, magics[i].size))
            return magics[i].kind;
    if (is_binary(bytes, size))
        return binary;
    if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        return kind_of_text(bytes + 3, size - 3, name);
    return kind_of_text(bytes, size, name);
}

enum plotmill_status kind_refuse(const struct kind *kind, const char *name, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found %s, expected text (CSV), NPY, NPZ or HDF5%s%s",
                              name, kind->what, *kind->advice ? ": " : "", kind->advice);
}
