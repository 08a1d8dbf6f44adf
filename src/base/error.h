/* Errors: a status and a message. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "plotmill/status.h"

#define MESSAGE_SIZE 4096

/* A message is a sentence that says where, what was found and what was expected. Always terminated. */
struct plotmill_error {
    enum plotmill_status status;
    char message[MESSAGE_SIZE];
};

/* "MAJOR.MINOR.PATCH" */
const char *version_text(void);

#endif
