/* Text of one setting to its value and back. */
#ifndef IC_SHELL_CONFIG_VALUE_H
#define IC_SHELL_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

/* Decimal number within [least, most].  IC_ERR_INPUT: anything else */
IC_NODISCARD enum ic_err ic_value_number(const char *text, uint32_t least, uint32_t most,
                                         uint32_t *out);
/* Which of the words it is, from 0.  IC_ERR_INPUT: none */
IC_NODISCARD enum ic_err ic_value_word(const char *text, const char *const *words, unsigned count,
                                       unsigned *out);
/* "1.2.3.4:443", "[::1]:443", ":443" (every address).  IC_ERR_INPUT */
IC_NODISCARD enum ic_err ic_value_endpoint(const char *text, size_t len, struct ic_addr *out);
/* The next item of a comma-separated list, blanks trimmed; false at the end. */
bool ic_value_next_item(const char **list, const char **item, size_t *len);
/* A list of "nats://host:port" or "tls://host:port": no path, and no name or password, which would
 * be shown to whoever lists processes or settings. */
bool ic_value_is_nats_url(const char *text);
/* A name as NATS has them for clusters and tags: letters, digits, and "-_.:". */
bool ic_value_is_tag(const char *text, size_t len);
/* Edit distance, for "did you mean". */
size_t ic_value_distance(const char *a, const char *b);

#define IC_ENDPOINT_TEXT_MAX (IC_ADDR_TEXT_MAX + 8)
void ic_value_endpoint_text(const struct ic_addr *addr, char out[static IC_ENDPOINT_TEXT_MAX]);

#endif
