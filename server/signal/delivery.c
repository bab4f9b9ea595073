#include "signal/delivery.h"

#include <string.h>

#include "signal/client.h"
#include "signal/roster.h"

static struct ic_seat *first_seat(const struct ic_hub *h, const struct ic_room *room)
{
    struct ic_ref ref;
    return ic_roster_seat(h, room->first, &ref);
}

static struct ic_seat *next_seat(const struct ic_hub *h, const struct ic_seat *seat)
{
    struct ic_ref ref;
    return ic_roster_seat(h, seat->next, &ref);
}

void ic_delivery_tell(struct ic_hub *h, const struct ic_room *room, struct ic_text text,
                      struct ic_ref except)
{
    for (const struct ic_seat *s = first_seat(h, room); s != NULL; s = next_seat(h, s)) {
        if (ic_client_is_member(h, s->client) && !ic_ref_eq(s->client, except))
            ic_client_send(h, s->client, text);
    }
}

/* ---- knocks ---- */

static const struct ic_seat *replaced_seat(const struct ic_hub *h, const struct ic_knock *knock)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, knock->replaces);
    return seat == NULL || seat->state == IC_SEAT_OVER ? NULL : seat;
}

bool ic_delivery_hears_of(const struct ic_room *room, const struct ic_knock *knock,
                          const struct ic_seat *seat)
{
    bool is_for_all = knock->has_authority || !ic_ref_is_none(knock->replaces);
    return seat->has_authority || is_for_all || !ic_roster_has_lobby(room);
}

static struct ic_text knock_text(struct ic_hub *h, const struct ic_knock *knock)
{
    const struct ic_seat *replaced = replaced_seat(h, knock);
    struct ic_sig_knocking knocking = {
        .key_package = {knock->package, knock->package_len},
        .note = {knock->note, knock->note_len},
        .identity = knock->keypackage.identity,
        .replaces = replaced == NULL ? IC_SIG_NO_LEAF : replaced->leaf,
    };
    memcpy(knocking.knock, knock->id, sizeof knocking.knock);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_knock(&w, &knocking);
    return ic_effect_text_close(&h->effects, &w);
}

void ic_delivery_knock(struct ic_hub *h, const struct ic_room *room, const struct ic_knock *knock,
                       const struct ic_seat *to)
{
    struct ic_text text = knock_text(h, knock);
    if (to != NULL) {
        ic_client_send(h, to->client, text);
        return;
    }
    for (const struct ic_seat *s = first_seat(h, room); s != NULL; s = next_seat(h, s)) {
        if (ic_client_is_member(h, s->client) && ic_delivery_hears_of(room, knock, s))
            ic_client_send(h, s->client, text);
    }
}

/* ---- application messages ---- */

static bool is_of_group(const struct ic_mlsgroup *group, const struct ic_mls_private *message)
{
    return message->group_id.len == group->id_len &&
           memcmp(message->group_id.at, group->id, group->id_len) == 0;
}

/* The epoch is checked, so that a client that fell behind learns it; the rest is for the members.
 */
static bool is_present(const struct ic_mlsgroup *group, uint64_t epoch)
{
    return epoch <= group->epoch && epoch + IC_SIGNAL_EPOCHS_KEPT >= group->epoch;
}

static enum ic_err check_message(const struct ic_mlsgroup *group, struct ic_mls_span bytes)
{
    struct ic_mls_message message;
    struct ic_mls_private private;
    if (ic_mls_message_parse(bytes.at, bytes.len, &message) != IC_OK ||
        message.wire_format != IC_MLS_PRIVATE_MESSAGE ||
        ic_mls_private_parse(message.body, &private) != IC_OK ||
        private.content_type != IC_MLS_APPLICATION || !is_of_group(group, &private))
        return IC_ERR_INPUT;
    return is_present(group, private.epoch) ? IC_OK : IC_ERR_STATE;
}

void ic_delivery_message(struct ic_hub *h, struct ic_ref ref, struct ic_mls_span message)
{
    struct ic_client *client = ic_client_at(h, ref);
    const struct ic_seat *seat = ic_pool_at(&h->seats, client->seat);
    const struct ic_room *room = ic_roster_room(h, seat);
    if (!ic_bucket_take(&client->privates, h->now, IC_SIGNAL_PRIVATE_PER_S,
                        IC_SIGNAL_PRIVATE_BURST)) {
        ic_client_refused(h, ref, IC_SIG_MESSAGE, IC_SIG_REFUSED_BUSY);
        return;
    }
    enum ic_err e = check_message(ic_pool_at(&h->groups, room->group), message);
    if (e != IC_OK) {
        ic_client_refused(h, ref, IC_SIG_MESSAGE,
                          e == IC_ERR_STATE ? IC_SIG_REFUSED_EPOCH : IC_SIG_REFUSED_INVALID);
        return;
    }
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_message(&w, message);
    ic_delivery_tell(h, room, ic_effect_text_close(&h->effects, &w), ref);
}

/* ---- keys ---- */

static void command_key_frames(struct ic_hub *h, const struct ic_room *room)
{
    struct ic_cmd_brief cmd = {.kind = IC_CMD_ROOM_KEY_FRAMES, .room = room->key};
    ic_effect_cmd(&h->effects, room->worker, &cmd);
}

/* Its media came before keys that fit: it has thrown away the key frames that its slots began with.
 * Who had keys of what was sent before reads on, and who has no media yet gets key frames with it;
 * for them a key frame would only keep the next one waiting (media/pli_gate.h). */
static bool needs_key_frames(const struct ic_room *room, const struct ic_seat *seat)
{
    return seat->key != 0 && seat->since >= room->ready_told;
}

void ic_delivery_check_ready(struct ic_hub *h, struct ic_room *room)
{
    const struct ic_mlsgroup *group = ic_pool_at(&h->groups, room->group);
    bool is_late = false, is_anybody_there = false;
    if (group == NULL || room->ready_told > group->epoch)
        return;
    for (const struct ic_seat *s = first_seat(h, room); s != NULL; s = next_seat(h, s)) {
        bool is_there = ic_client_is_member(h, s->client);
        if (is_there && s->ready <= group->epoch)
            return;
        is_anybody_there = is_anybody_there || is_there;
        is_late = is_late || (is_there && needs_key_frames(room, s));
    }
    if (!is_anybody_there)
        return;
    room->ready_told = group->epoch + 1;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_epoch_ready(&w, group->epoch);
    ic_delivery_tell(h, room, ic_effect_text_close(&h->effects, &w), (struct ic_ref){0});
    if (is_late)
        command_key_frames(h, room);
}

/* ---- those who wait ---- */

bool ic_delivery_has_host(const struct ic_hub *h, const struct ic_room *room)
{
    for (const struct ic_seat *s = first_seat(h, room); s != NULL; s = next_seat(h, s)) {
        if (s->has_authority && ic_client_is_member(h, s->client))
            return true;
    }
    return false;
}

void ic_delivery_check_host(struct ic_hub *h, struct ic_room *room, bool is_group_news)
{
    bool has_host = ic_delivery_has_host(h, room);
    bool is_news = is_group_news || has_host != room->has_host;
    room->has_host = has_host;
    for (uint32_t i = room->knock_first; is_news && i != IC_INDEX_NONE;) {
        struct ic_ref ref;
        const struct ic_knock *knock = ic_pool_at_index(&h->knocks, i, &ref);
        struct ic_client *client = ic_pool_at(&h->clients, knock->client);
        if (client != NULL && client->state == IC_CLIENT_WAITING) {
            client->tell_waiting = true;
            ic_client_touch(h, knock->client);
        }
        i = knock->next;
    }
}
