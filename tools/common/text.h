/* Numbers, times and devices as text and JSON, and what the name of an output says. */
#ifndef TOOLS_COMMON_TEXT_H
#define TOOLS_COMMON_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "api/engine.h"
#include "base/json.h"

/* "1.5 GiB" */
void text_bytes(uint64_t bytes, char *text, size_t size);

/* "0.042", "1.2", "123" */
void text_seconds(double seconds, char *text, size_t size);

/* Now: "2026-11-22T18:25:03.123Z" */
#define TIMESTAMP_SIZE 32
void text_timestamp(char *text, size_t size);

/* An object with all properties of a device. */
void json_device(struct json *json, const char *key, const struct device_info *device);

#endif
