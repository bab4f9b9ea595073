/* The caps on a JSON text, checked before any parser sees it (docs/protocol/signalling.md 1.1):
 * size, encoding, depth, number of tokens, form of numbers. Not the grammar: that is the parser's.
 */
#ifndef IC_SIGNAL_MESSAGE_TEXT_H
#define IC_SIGNAL_MESSAGE_TEXT_H

#include <stddef.h>

#include "base/err.h"

/* Check len bytes of text, borrowed.
 *  IC_ERR_INPUT  a cap is exceeded, malformed UTF-8, or a number with fraction or exponent
 * Cost: O(len), no allocation. */
IC_NODISCARD enum ic_err ic_message_text_check(const char *text, size_t len);

#endif
