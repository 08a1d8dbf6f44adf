#include "formats/text/text_stream.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/stream.h"

#define RAW_BYTES ((size_t)1 << 16)
#define DECODED_BYTES (4 * RAW_BYTES)
#define NO_ICONV ((iconv_t)-1)

struct text_stream {
    struct input input; /* not owned */
    char *name;         /* of the input; owned */
    struct stream *stream;
    char encoding[40];
    size_t mark;
    iconv_t iconv; /* NO_ICONV: the bytes are UTF-8 */
    /* Bytes that are not returned yet: of UTF-8 the beginning of the input, else what is not decoded yet. */
    char *raw; /* (RAW_BYTES) */
    size_t raw_at, raw_size;
    bool ended;      /* of the bytes */
    bool guessed;    /* the encoding: each further byte must be certain too */
    uint64_t offset; /* of the next byte that is checked or decoded */
    char *decoded;   /* (DECODED_BYTES); those from decoded_at on are not returned yet */
    size_t decoded_at, decoded_size;
    char tail[4]; /* UTF-8: the beginning of a character that the next block continues */
    size_t tail_size;
};

static bool is_utf8_name(const char *name)
{
    return string_same(name, "utf-8") || string_same(name, "utf-8-sig") || string_same(name, "utf8") ||
           string_same(name, "us-ascii") || string_same(name, "ascii");
}

/* The encoding by a byte order mark, or by the zero bytes of UTF-16 text; "" where it is UTF-8, as far as is known. */
static const char *encoding_of(const char *bytes, size_t size, size_t *mark)
{
    size_t zeros[2] = {0};
    *mark = 0;
    if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
        *mark = 3;
        return "";
    }
    if (size >= 4 && !memcmp(bytes, "\xff\xfe\0\0", 4)) {
        *mark = 4;
        return "UTF-32LE";
    }
    if (size >= 4 && !memcmp(bytes, "\0\0\xfe\xff", 4)) {
        *mark = 4;
        return "UTF-32BE";
    }
    if (size >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2))) {
        *mark = 2;
        return *bytes == '\xff' ? "UTF-16LE" : "UTF-16BE";
    }
    const size_t looked = MIN(size, 4096) & ~(size_t)1;
    for (size_t i = 0; i < looked; i++)
        zeros[i & 1] += !bytes[i];
    if (looked >= 8 && !zeros[0] && zeros[1] >= looked / 2 * 9 / 10)
        return "UTF-16LE";
    if (looked >= 8 && !zeros[1] && zeros[0] >= looked / 2 * 9 / 10)
        return "UTF-16BE";
    return "";
}

/* As iconv names it. The option may say UTF-16 without an order: that of the mark, or the usual one. */
static const char *name_of(const char *said, const char *found)
{
    static const char *const names[][2] = {
        {"utf-16-le", "UTF-16LE"}, {"utf-16-be", "UTF-16BE"}, {"utf-32-le", "UTF-32LE"}, {"utf-32-be", "UTF-32BE"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (string_same(said, names[i][0]))
            return names[i][1];
    const bool wide = string_same(said, "utf-16") || string_same(said, "utf16") || string_same(said, "ucs-2");
    return !wide ? said : *found ? found : "UTF-16LE";
}

/* What is the same in Windows-1252, Windows-1250, ISO-8859-1 and ISO-8859-2 where it stands beside ASCII letters. */
static const unsigned char certain_letters[] = "\xc1\xc2\xc4\xc7\xc9\xcb\xcd\xce\xd3\xd4\xd6\xda\xdc\xdf"
                                               "\xe1\xe2\xe4\xe7\xe9\xeb\xed\xee\xf3\xf4\xf6\xfa\xfc\xfd";
/* Signs: a no-break space, paragraph, copyright, degree, plus-minus, dashes, quotes, .. */
static const unsigned char certain_signs[] = "\xa0\xa7\xa9\xae\xb0\xb1\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99";

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the byte, which is no ASCII, is certainly a character of Windows-1252: languages that use other encodings of
 * one byte have other letters, and in them words of several such bytes. */
static bool is_certain(const char *text, size_t size, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)text;
    const unsigned char c = bytes[at];
    const unsigned before = at ? bytes[at - 1] : 'a', after = at + 1 < size ? bytes[at + 1] : 'a';
    const unsigned second = at > 1 ? bytes[at - 2] : 'a', next = at + 2 < size ? bytes[at + 2] : 'a';
    if (before >= 0x80 && after >= 0x80)
        return false;
    if (strchr((const char *)certain_signs, c))
        return before < 0x80 && after < 0x80;
    if (c == 0xb5) /* micro */
        return before < 0x80 && is_letter((unsigned char)after);
    if (c == 0xb2 || c == 0xb3) /* squared, cubed */
        return before == 'm';
    if (c == 0x80 || c == 0xa3) /* euro, pound */
        return before < 0x80 && after < 0x80 && !is_letter((unsigned char)before) && !is_letter((unsigned char)after);
    return strchr((const char *)certain_letters, c) &&
           (is_letter((unsigned char)before) || is_letter((unsigned char)after) ||
            (after >= 0x80 && is_letter((unsigned char)next)) || (before >= 0x80 && is_letter((unsigned char)second)));
}

/* The first byte from `at` on that is neither ASCII nor certain; size: there is none. */
static size_t first_doubt(const char *text, size_t size, size_t at)
{
    while (at < size && ((unsigned char)text[at] < 0x80 || is_certain(text, size, at)))
        at++;
    return at;
}

/* Whether the beginning of a text is no UTF-8, but certainly Windows-1252. */
static bool is_western(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        char whole[5] = "";
        memcpy(whole, text + at, MIN(size - at, 4));
        const size_t length = (unsigned char)*whole < 0x80 ? 1 : utf8_length(whole);
        if (!length)
            return size - at >= 4 && first_doubt(text, size, 0) == size;
        at += length;
    }
    return false;
}

static enum plotmill_status choose(struct text_stream *stream, const char *said, struct plotmill_error *error)
{
    const char *found = encoding_of(stream->raw, stream->raw_size, &stream->mark);
    if (!said && !*found && !stream->mark && is_western(stream->raw, stream->raw_size)) {
        found = "WINDOWS-1252";
        stream->guessed = true;
    }
    const char *encoding = said ? name_of(said, found) : found;
    const bool utf8 = (!said && !*encoding) || is_utf8_name(encoding);
    if (said && *found && !strncmp(found, "UTF-", 4) && utf8)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: encoding %s: found %s text", stream->name, said,
                                  found);
    snprintf(stream->encoding, sizeof stream->encoding, "%s", utf8 ? "UTF-8" : encoding);
    if (said && !utf8 && strncmp(encoding, "UTF-", 4) != 0)
        stream->mark = 0;
    stream->raw_at = stream->offset = stream->mark;
    if (utf8)
        return PLOTMILL_OK;
    /* What follows a slash changes what iconv does with bytes that are no text. */
    if (!strchr(encoding, '/'))
        stream->iconv = iconv_open("UTF-8", encoding);
    return stream->iconv != NO_ICONV
               ? PLOTMILL_OK
               : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                    "encoding: found '%s', expected a name that iconv knows, such as UTF-8, UTF-16, "
                                    "ISO-8859-1 or WINDOWS-1252 ('iconv -l' lists them)",
                                    encoding);
}

enum plotmill_status text_stream_open(struct text_stream **made, const struct input *input, const char *encoding,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct text_stream *stream = NULL;
    TRY_ALLOCATE(error, stream, 1, sizeof *stream);
    stream->iconv = NO_ICONV;
    stream->input = *input;
    TRY(string_keep(&stream->name, input->name, error));
    TRY(stream_open(&stream->stream, input, error));
    TRY_ALLOCATE(error, stream->raw, RAW_BYTES, 1);
    TRY(stream_read(stream->stream, stream->raw, RAW_BYTES, &stream->raw_size, error));
    if (!stream->raw_size)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", stream->name);
    stream->ended = stream->raw_size < RAW_BYTES;
    TRY(choose(stream, encoding, error));
    if (stream->iconv != NO_ICONV)
        TRY_ALLOCATE(error, stream->decoded, DECODED_BYTES, 1);
    *made = stream;
    stream = NULL;
done:
    text_stream_close(stream);
    return status;
}

/* The line, from 1, in which the byte at `offset` lies: the input is read again. 0: it cannot be. */
static uint64_t line_of(const struct text_stream *stream, uint64_t offset)
{
    struct plotmill_error ignored;
    struct stream *again = NULL;
    uint64_t line = 1, at = 0;
    char *block = malloc(RAW_BYTES);
    size_t got = RAW_BYTES;
    if (!block || stream_open(&again, &stream->input, &ignored))
        line = 0;
    while (line && at < offset && got == RAW_BYTES) {
        if (stream_read(again, block, RAW_BYTES, &got, &ignored))
            break;
        for (size_t i = 0; i < got && at < offset; i++, at++)
            line += block[i] == '\n';
    }
    stream_close(again);
    free(block);
    return line;
}

static enum plotmill_status refuse(const struct text_stream *stream, uint64_t offset, const char *found,
                                   struct plotmill_error *error)
{
    const uint64_t line = line_of(stream, offset);
    if (stream->iconv != NO_ICONV)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "%s, line %llu: found bytes that are no %s text: the option encoding can name another", stream->name,
            (unsigned long long)line, stream->encoding);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu, offset %llu: found %s, expected UTF-8 text: the option encoding names "
                              "another, such as ISO-8859-1 or WINDOWS-1252",
                              stream->name, (unsigned long long)line, (unsigned long long)offset, found);
}

/* Whether eight bytes are ASCII and none is 0. */
static bool are_plain(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
    return !((word | ((word - ones) & ~word)) & high);
}

/* The bytes that a character has which begins so; 0: none does. */
static size_t expected_bytes(char first)
{
    const unsigned char c = (unsigned char)first;
    return c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

/* Checks the bytes that were appended to `text` at `from`, with the beginning of a character before them. */
static enum plotmill_status check_utf8(struct text_stream *stream, const char *text, size_t size,
                                       struct plotmill_error *error)
{
    size_t at = 0;
    while (stream->tail_size && at < size) { /* a character over the end of the last block */
        stream->tail[stream->tail_size++] = text[at++];
        if (stream->tail_size < expected_bytes(*stream->tail))
            continue;
        char whole[5] = "";
        memcpy(whole, stream->tail, stream->tail_size);
        if (utf8_length(whole) != stream->tail_size)
            return refuse(stream, stream->offset + at - stream->tail_size, "bytes that are none", error);
        stream->tail_size = 0;
    }
    while (at < size) {
        if (size - at >= 8 && are_plain(text + at)) {
            at += 8;
            continue;
        }
        char whole[5] = "", found[32];
        const size_t length = expected_bytes(text[at]), left = MIN(size - at, 4);
        memcpy(whole, text + at, MIN(length, left));
        if (!text[at])
            return refuse(stream, stream->offset + at, "a zero byte", error);
        if (length > left) {
            memcpy(stream->tail, text + at, left);
            stream->tail_size = left;
            break;
        }
        if (!length || utf8_length(whole) != length) {
            snprintf(found, sizeof found, "the byte 0x%02x", (unsigned char)text[at]);
            return refuse(stream, stream->offset + at, found, error);
        }
        at += length;
    }
    stream->offset += size;
    return PLOTMILL_OK;
}

static enum plotmill_status read_utf8(struct text_stream *stream, char *buffer, size_t size, size_t *got,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t kept = MIN(size, stream->raw_size - stream->raw_at);
    size_t more = 0;
    memcpy(buffer, stream->raw + stream->raw_at, kept);
    stream->raw_at += kept;
    if (size > kept && !stream->ended) {
        TRY(stream_read(stream->stream, buffer + kept, size - kept, &more, error));
        stream->ended = more < size - kept;
    }
    *got = kept + more;
    TRY(check_utf8(stream, buffer, *got, error));
    if (stream->tail_size && *got < size)
        TRY(refuse(stream, stream->offset - stream->tail_size, "an incomplete character at the end", error));
done:
    return status;
}

/* More bytes behind those that are not decoded yet. */
static enum plotmill_status fill(struct text_stream *stream, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t left = stream->raw_size - stream->raw_at;
    size_t got;
    memmove(stream->raw, stream->raw + stream->raw_at, left);
    stream->raw_at = 0;
    stream->raw_size = left;
    TRY(stream_read(stream->stream, stream->raw + left, RAW_BYTES - left, &got, error));
    stream->ended = got < RAW_BYTES - left;
    stream->raw_size += got;
    const size_t doubt = stream->guessed ? first_doubt(stream->raw, stream->raw_size, left) : stream->raw_size;
    if (doubt < stream->raw_size) {
        char found[32];
        snprintf(found, sizeof found, "the byte 0x%02x", (unsigned char)stream->raw[doubt]);
        TRY(refuse(stream, stream->offset + doubt, found, error));
    }
done:
    return status;
}

/* Decodes some bytes into stream->decoded, which is empty; nothing at the end. */
static enum plotmill_status decode(struct text_stream *stream, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    stream->decoded_at = stream->decoded_size = 0;
    while (!stream->decoded_size && !(stream->ended && stream->raw_at == stream->raw_size)) {
        char *from = stream->raw + stream->raw_at, *to = stream->decoded;
        size_t left = stream->raw_size - stream->raw_at, room = DECODED_BYTES;
        const size_t before = left;
        const bool stopped = iconv(stream->iconv, &from, &left, &to, &room) == (size_t)-1;
        const int reason = stopped ? errno : 0;
        stream->raw_at += before - left;
        stream->offset += before - left;
        stream->decoded_size = DECODED_BYTES - room;
        if (memchr(stream->decoded, 0, stream->decoded_size))
            TRY(refuse(stream, stream->offset, "", error));
        if (!stream->decoded_size && (reason == EILSEQ || (reason == EINVAL && stream->ended)))
            TRY(refuse(stream, stream->offset, "", error));
        if (!stream->decoded_size && !stream->ended)
            TRY(fill(stream, error));
    }
done:
    return status;
}

static enum plotmill_status read_decoded(struct text_stream *stream, char *buffer, size_t size, size_t *got,
                                         struct plotmill_error *error)
{
    while (*got < size) {
        if (stream->decoded_at == stream->decoded_size) {
            enum plotmill_status status = decode(stream, error);
            if (status || !stream->decoded_size)
                return status;
        }
        const size_t n = MIN(size - *got, stream->decoded_size - stream->decoded_at);
        memcpy(buffer + *got, stream->decoded + stream->decoded_at, n);
        stream->decoded_at += n;
        *got += n;
    }
    return PLOTMILL_OK;
}

enum plotmill_status text_stream_read(struct text_stream *stream, char *buffer, size_t size, size_t *got,
                                      struct plotmill_error *error)
{
    *got = 0;
    return stream->iconv == NO_ICONV ? read_utf8(stream, buffer, size, got, error)
                                     : read_decoded(stream, buffer, size, got, error);
}

const char *text_stream_encoding(const struct text_stream *stream)
{
    return stream->encoding;
}

size_t text_stream_mark(const struct text_stream *stream)
{
    return stream->mark;
}

void text_stream_close(struct text_stream *stream)
{
    if (!stream)
        return;
    if (stream->iconv != NO_ICONV)
        iconv_close(stream->iconv);
    stream_close(stream->stream);
    free(stream->raw);
    free(stream->decoded);
    free(stream->name);
    free(stream);
}
