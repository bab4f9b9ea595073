/* One item of the setting "issuer": who may sign people in. */
#ifndef IC_SHELL_CONFIG_ISSUER_H
#define IC_SHELL_CONFIG_ISSUER_H

#include <stdbool.h>
#include <stddef.h>

#include "shell/web_issuers.h"

/* Read "https://issuer client-id name".
 *  item   borrows
 *  False  it is not of that form */
bool ic_config_issuer_read(const char *item, size_t len, struct ic_web_issuer *out);

#endif
