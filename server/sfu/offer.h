/* Is what a client offers fit to be served? The control plane checked the text; this checks the
 * sense: counts, names, payload types and extension ids that contradict each other. */
#ifndef IC_SFU_OFFER_H
#define IC_SFU_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg/transport.h"
#include "wire/hdrext.h"

/* Every section can be served as it is. Cost: O(sections^2). */
bool ic_offer_is_fit(const struct ic_client_transport *offer);
/* Clock of the codecs of a kind (RFC 7587 4.1; RFC 7741 6.1, RFC 9628 6.1, AV1 7.1). */
uint32_t ic_offer_clock_rate(enum ic_kind kind);
/* The extension ids of the sending sections: one numbering for the whole transport. */
struct ic_hdrext_ids ic_offer_extension_ids(const struct ic_client_transport *offer);

#endif
