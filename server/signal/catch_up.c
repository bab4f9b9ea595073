#include "signal/catch_up.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"
#include "signal/delivery.h"
#include "signal/roster.h"
#include "signal/seat.h"

static void read_more(struct ic_hub *h, struct ic_ref ref, const struct ic_room *room)
{
    const struct ic_client *client = ic_client_at(h, ref);
    struct ic_store_request request = {
        .kind = IC_STORE_COMMITS_READ, .token = ic_hub_token(ref), .n = client->log_size};
    memcpy(request.meeting, room->meeting, sizeof request.meeting);
    ic_effect_store(&h->effects, &request, NULL);
}

static void finish(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = ic_client_at(h, ref);
    const struct ic_seat *seat = ic_pool_at(&h->seats, client->seat);
    client->is_catching = false;
    client->timeout_at = IC_NEVER;
    ic_client_touch(h, ref);
    ic_seat_tell_client(h, client->seat);
    ic_delivery_check_ready(h, ic_roster_room(h, seat));
    h->resumes_done++;
}

static struct ic_time timeout(const struct ic_hub *h)
{
    return ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS));
}

bool ic_catch_up_begin(struct ic_hub *h, struct ic_ref ref, const struct ic_room *room)
{
    struct ic_client *client = ic_client_at(h, ref);
    struct ic_ref seat_ref = {0};
    struct ic_seat *seat = ic_seat_of_session(h, room, client->resuming.session_hash, &seat_ref);
    if (seat == NULL || seat->state == IC_SEAT_GONE || client->log_size == 0 ||
        client->log_size > room->log.size ||
        client->log_size + IC_STORE_COMMITS_KEPT < room->log.size)
        return false;
    struct ic_ref holder = seat->client;
    if (!ic_ref_is_none(holder)) {
        ic_client_expel(h, holder, IC_SIG_TAKEN_OVER);
        ic_seat_detach(h, seat_ref, false);
    }
    client->seat = seat_ref;
    client->is_catching = true;
    ic_client_move(h, ref, seat->state == IC_SEAT_TAKEN ? IC_CLIENT_JOINED : IC_CLIENT_ADMITTED,
                   timeout(h));
    ic_seat_attach(h, seat_ref, ref);
    if (client->log_size == room->log.size)
        finish(h, ref);
    else
        read_more(h, ref, room);
    return true;
}

static void send_commit(struct ic_hub *h, struct ic_ref ref, const struct ic_store_part *commit,
                        const struct ic_store_part *note)
{
    struct ic_client *client = ic_client_at(h, ref);
    char checkpoint[IC_CHECKPOINT_MAX + 1];
    struct ic_sig_head head = {.size = client->log_size + 1, .checkpoint = checkpoint};
    memcpy(checkpoint, note->bytes, note->len);
    checkpoint[note->len] = '\0';
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_commit(&w, (struct ic_mls_span){commit->bytes, commit->len}, &head);
    ic_client_send(h, ref, ic_effect_text_close(&h->effects, &w));
    client->log_size++;
    client->caught_len += (uint32_t)commit->len;
}

enum ic_err ic_catch_up_go_on(struct ic_hub *h, struct ic_ref ref,
                              const struct ic_store_reply *reply)
{
    struct ic_client *client = ic_client_at(h, ref);
    const struct ic_seat *seat = ic_pool_at(&h->seats, client->seat);
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_rd r = ic_rd_init(reply->parts, reply->parts_len);
    struct ic_store_part commit, note;
    uint64_t before = client->log_size;
    while (client->log_size < room->log.size && ic_store_part_next(&r, &commit)) {
        if (!ic_store_part_next(&r, &note) || commit.kind != IC_STORE_COMMIT ||
            commit.len > IC_COMMIT_MAX || commit.len == 0 || note.kind != IC_STORE_NOTE ||
            note.len > IC_CHECKPOINT_MAX || note.len == 0)
            return IC_ERR_SYSTEM;
        if (client->caught_len + commit.len > IC_SIGNAL_CATCH_UP_MAX)
            return IC_ERR_GONE;
        send_commit(h, ref, &commit, &note);
    }
    if (client->log_size == room->log.size) {
        finish(h, ref);
        return IC_OK;
    }
    if (client->log_size == before)
        return IC_ERR_GONE;
    client->timeout_at = timeout(h);
    ic_client_touch(h, ref);
    read_more(h, ref, room);
    return IC_OK;
}
