/* What a bot offers: sections as a browser numbers them. */
#ifndef IC_SIM_BOT_OFFER_H
#define IC_SIM_BOT_OFFER_H

#include <stdint.h>

#include "msg/transport.h"

/* Fill in the sections: microphone, camera, nine slots of each kind.
 *  numbering  0: as Chromium numbers, 1: as Firefox does
 *  lacks      codecs that it does not have: 1 << enum ic_codec each */
void ic_bot_offer_sections(struct ic_client_transport *offer, uint8_t numbering, uint32_t lacks);

#endif
