/* What the hub wants done, in order: a row of effects and the texts they lend. Emptied when
 * drained. A text is written once, however many sockets get it. */
#ifndef IC_SIGNAL_EFFECT_H
#define IC_SIGNAL_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/wr.h"
#include "signal/hub.h"
#include "signal/message_write.h"

struct ic_effect {
    struct ic_hub_out out;
    bool is_final; /* goes out although the hub has forgotten the socket */
    struct ic_cmd_brief {
        enum ic_cmd_kind kind;
        uint64_t peer, room;
        bool microphone, camera;
        uint64_t beside; /* PEER_ADD */
        struct ic_receipt_chain chain;
        enum ic_meter_end end;
    } cmd;
    struct ic_receipt_facts receipt;
};

struct ic_effects {
    struct ic_effect *items;
    uint8_t *text;
    uint32_t count, next;
    size_t text_len;
};

/* A text in the row, lent until the row is emptied. */
struct ic_text {
    const char *bytes;
    size_t len;
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_effects_init(struct ic_effects *e);
void ic_effects_deinit(struct ic_effects *e);
/* Start of an input: empties the row if everything was polled. */
void ic_effects_begin(struct ic_effects *e);
bool ic_effects_drained(const struct ic_effects *e);
/* One more step of the hub fits, whatever it is. */
bool ic_effects_has_room(const struct ic_effects *e);
/* Two more steps fit: one of a tick, and one for the store's answer that it was not asked. */
bool ic_effects_has_room_for_tick(const struct ic_effects *e);
/* The next effect; NULL when drained. */
const struct ic_effect *ic_effects_next(struct ic_effects *e);

/* A writer on the free text, then what was written with it. */
struct ic_wr ic_effect_text_open(struct ic_effects *e);
struct ic_text ic_effect_text_close(struct ic_effects *e, const struct ic_wr *w);

void ic_effect_send(struct ic_effects *e, struct ic_conn_id conn, struct ic_text text);
/* Goes out although the hub forgets the socket in the same step. */
void ic_effect_send_last(struct ic_effects *e, struct ic_conn_id conn, struct ic_text text);
void ic_effect_send_error(struct ic_effects *e, struct ic_conn_id conn, enum ic_sig_error error,
                          bool is_fatal);
/* reason: static text. */
void ic_effect_close(struct ic_effects *e, struct ic_conn_id conn, uint16_t code,
                     const char *reason);
void ic_effect_cmd(struct ic_effects *e, uint32_t worker, const struct ic_cmd_brief *cmd);
/* parts: what was written with ic_effect_text_open, or NULL; lent until the row is emptied. */
void ic_effect_store(struct ic_effects *e, const struct ic_store_request *request,
                     const struct ic_wr *parts);
void ic_effect_receipt(struct ic_effects *e, const struct ic_receipt_facts *facts);
/* meeting: lent; NULL unless IC_HUB_MADE */
void ic_effect_answer(struct ic_effects *e, struct ic_conn_id conn, enum ic_hub_answer answer,
                      const uint8_t *meeting);
/* Copies the bytes. */
void ic_effect_blob(struct ic_effects *e, struct ic_conn_id conn, enum ic_err result,
                    const uint8_t *bytes, size_t len);
/* Fixed words and ids only: names and tokens never. event, detail: static text. */
void ic_effect_log(struct ic_effects *e, const char *event, uint64_t peer, uint64_t room,
                   const char *detail);

#endif
