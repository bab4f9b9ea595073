/* RTCP of a bot: answers NACK and PLI, sends NACK, PLI, RR and SR as a browser does. */
#ifndef IC_SIM_BOT_RTCP_H
#define IC_SIM_BOT_RTCP_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "sim/bot.h"
#include "sim/outbox.h"

/* A decrypted compound; borrows. */
void ic_bot_rtcp_input(struct ic_bot *b, struct ic_time now, const uint8_t *bytes, size_t len,
                       struct ic_outbox *out);
/* NACK and PLI for what the slots miss. */
void ic_bot_rtcp_send_feedback(struct ic_bot *b, struct ic_time now, struct ic_outbox *out);
/* Sender reports of the sources, receiver reports of the slots. */
void ic_bot_rtcp_send_reports(struct ic_bot *b, struct ic_time now, struct ic_outbox *out);

#endif
