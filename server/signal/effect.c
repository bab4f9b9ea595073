#include "signal/effect.h"

#include <string.h>

#include "base/assert.h"

/* LIMIT: the largest step is a commit by which half of a full group is removed: everybody hears of
 * it, those who are removed are told and closed, their media ends, others are added. What more
 * there is to tell, of people and of knocks, is told by ticks, one after the other. */
#define STEP_EFFECTS (4 * IC_MLS_LEAVES_MAX + 2 * IC_MLS_ADDS_MAX + 64)
#define EFFECTS_MAX  (4 * STEP_EFFECTS)

/* LIMIT: the longest bytes of a step are those of a group for the store. The longest texts are a
 * commit and a Welcome, the commits that a resume brings, all knocks of a meeting, all people. */
#define STEP_TEXT IC_STORE_PARTS_MAX
#define TEXT_MAX  (4 * STEP_TEXT)

#define PERSON_TEXT 128
#define KNOCK_TEXT  (IC_BASE64URL_LEN(IC_MLS_KEYPACKAGE_MAX + IC_NOTE_MAX) + 256)

static_assert(2 * IC_WS_MESSAGE_MAX + 16384 <= STEP_TEXT, "a commit and a Welcome fit");
static_assert(2 * (IC_SIGNAL_CATCH_UP_MAX + IC_COMMIT_MAX) <= STEP_TEXT, "missed commits fit");
static_assert(IC_SIGNAL_KNOCKS_MAX * KNOCK_TEXT <= STEP_TEXT, "all knocks fit");
static_assert(IC_MLS_LEAVES_MAX * PERSON_TEXT + 16384 <= STEP_TEXT, "all people fit");
static_assert(IC_SIGNAL_PEERS_MAX * PERSON_TEXT < IC_WS_MESSAGE_MAX, "a part of a list fits");
static_assert(2 * IC_MLS_TREE_MAX + IC_STORE_RECORD_MAX + IC_COMMIT_MAX + IC_WELCOME_MAX +
                      IC_MLS_ADDS_MAX * (IC_IDENTITY_MAX + 64) + 32768 <=
                  IC_STORE_PARTS_MAX,
              "what a commit writes fits");

enum ic_err ic_effects_init(struct ic_effects *e)
{
    memset(e, 0, sizeof *e);
    e->items = ic_array_alloc(EFFECTS_MAX, sizeof *e->items);
    e->text = ic_array_alloc(TEXT_MAX, 1);
    if (e->items != NULL && e->text != NULL)
        return IC_OK;
    ic_effects_deinit(e);
    return IC_ERR_FULL;
}

void ic_effects_deinit(struct ic_effects *e)
{
    ic_array_free(e->items);
    ic_array_free(e->text);
    memset(e, 0, sizeof *e);
}

bool ic_effects_drained(const struct ic_effects *e)
{
    return e->next == e->count;
}

void ic_effects_begin(struct ic_effects *e)
{
    if (!ic_effects_drained(e))
        return;
    e->next = e->count = 0;
    e->text_len = 0;
}

bool ic_effects_has_room(const struct ic_effects *e)
{
    return e->count + STEP_EFFECTS <= EFFECTS_MAX && e->text_len + STEP_TEXT <= TEXT_MAX;
}

bool ic_effects_has_room_for_tick(const struct ic_effects *e)
{
    return e->count + 2 * STEP_EFFECTS <= EFFECTS_MAX && e->text_len + 2 * STEP_TEXT <= TEXT_MAX;
}

const struct ic_effect *ic_effects_next(struct ic_effects *e)
{
    return ic_effects_drained(e) ? NULL : &e->items[e->next++];
}

struct ic_wr ic_effect_text_open(struct ic_effects *e)
{
    return ic_wr_init(&e->text[e->text_len], TEXT_MAX - e->text_len);
}

struct ic_text ic_effect_text_close(struct ic_effects *e, const struct ic_wr *w)
{
    struct ic_text text = {.bytes = (const char *)w->base, .len = w->len};
    IC_ASSERT(ic_wr_ok(w) && w->base == &e->text[e->text_len] && w->len <= IC_WS_MESSAGE_MAX);
    e->text_len += w->len;
    return text;
}

static struct ic_effect *push(struct ic_effects *e, enum ic_hub_out_kind kind)
{
    IC_ASSERT(e->count < EFFECTS_MAX);
    struct ic_effect *effect = &e->items[e->count++];
    memset(effect, 0, sizeof *effect);
    effect->out.kind = kind;
    return effect;
}

void ic_effect_send(struct ic_effects *e, struct ic_conn_id conn, struct ic_text text)
{
    struct ic_effect *effect = push(e, IC_HUB_SEND);
    effect->out.conn = conn;
    effect->out.text = text.bytes;
    effect->out.text_len = text.len;
}

void ic_effect_send_last(struct ic_effects *e, struct ic_conn_id conn, struct ic_text text)
{
    ic_effect_send(e, conn, text);
    e->items[e->count - 1].is_final = true;
}

void ic_effect_send_error(struct ic_effects *e, struct ic_conn_id conn, enum ic_sig_error error,
                          bool is_fatal)
{
    struct ic_wr w = ic_effect_text_open(e);
    ic_message_write_error(&w, error, is_fatal);
    ic_effect_send(e, conn, ic_effect_text_close(e, &w));
    e->items[e->count - 1].is_final = is_fatal;
}

void ic_effect_close(struct ic_effects *e, struct ic_conn_id conn, uint16_t code,
                     const char *reason)
{
    struct ic_effect *effect = push(e, IC_HUB_CLOSE);
    effect->out.conn = conn;
    effect->out.close_code = code;
    effect->out.close_reason = reason;
}

void ic_effect_cmd(struct ic_effects *e, uint32_t worker, const struct ic_cmd_brief *cmd)
{
    struct ic_effect *effect = push(e, IC_HUB_CMD);
    effect->out.worker = worker;
    effect->cmd = *cmd;
}

/* Bytes that are no text: only the bound is another one. */
static const uint8_t *keep(struct ic_effects *e, const struct ic_wr *w)
{
    IC_ASSERT(ic_wr_ok(w) && w->base == &e->text[e->text_len] && w->len <= STEP_TEXT);
    e->text_len += w->len;
    return w->base;
}

void ic_effect_store(struct ic_effects *e, const struct ic_store_request *request,
                     const struct ic_wr *parts)
{
    struct ic_effect *effect = push(e, IC_HUB_STORE);
    effect->out.store = *request;
    if (parts == NULL)
        return;
    effect->out.store.parts = keep(e, parts);
    effect->out.store.parts_len = parts->len;
}

void ic_effect_receipt(struct ic_effects *e, const struct ic_receipt_facts *facts)
{
    struct ic_effect *effect = push(e, IC_HUB_RECEIPT);
    effect->receipt = *facts;
}

void ic_effect_answer(struct ic_effects *e, struct ic_conn_id conn, enum ic_hub_answer answer,
                      const uint8_t *meeting)
{
    struct ic_effect *effect = push(e, IC_HUB_ANSWER);
    effect->out.conn = conn;
    effect->out.answer = answer;
    if (answer == IC_HUB_MADE)
        ic_base64url_encode(meeting, IC_MEETING_ID_LEN, effect->out.meeting);
}

void ic_effect_blob(struct ic_effects *e, struct ic_conn_id conn, enum ic_err result,
                    const uint8_t *bytes, size_t len)
{
    struct ic_effect *effect = push(e, IC_HUB_BLOB);
    effect->out.conn = conn;
    effect->out.result = result;
    if (result != IC_OK)
        return;
    struct ic_wr w = ic_effect_text_open(e);
    ic_wr_bytes(&w, bytes, len);
    effect->out.blob = keep(e, &w);
    effect->out.blob_len = len;
}

void ic_effect_log(struct ic_effects *e, const char *event, uint64_t peer, uint64_t room,
                   const char *detail)
{
    struct ic_effect *effect = push(e, IC_HUB_LOG);
    effect->out.text = event;
    effect->out.text_len = strlen(event);
    effect->out.log_peer = peer;
    effect->out.log_room = room;
    effect->out.log_detail = detail;
}
