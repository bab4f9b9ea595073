/* room: cluster */
/* One end of a channel between two nodes, and another node that says anything: bytes in pieces,
 * between which this end asks, answers, says, closes, and time passes. What was told always adds
 * up: nothing is asked or closed twice, and at the end of the channel nothing is left on it. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "cluster/relay_channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEETINGS 4

enum standing { NONE, ASKED_US, ASKED_THEM, JOINING, BOTH };

static struct {
    struct ic_relay_channel *channel;
    struct ic_time now;
    enum standing standing[MEETINGS]; /* as this end was told; meeting i is i, then zeros */
    bool is_dead;
} end;

static enum standing *standing_of(const uint8_t *meeting)
{
    static const uint8_t zeros[IC_MEETING_ID_LEN - 1];
    bool is_known = meeting[0] < MEETINGS && memcmp(&meeting[1], zeros, sizeof zeros) == 0;
    return is_known ? &end.standing[meeting[0]] : NULL;
}

static void on_out(const struct ic_relay_channel_out *out)
{
    enum standing *s = standing_of(out->meeting);
    IC_ASSERT(!end.is_dead);
    switch (out->kind) {
    case IC_RELAY_CHANNEL_ASKED:
        IC_ASSERT(out->message->kind == IC_RELAY_JOIN ||
                  (out->message->kind == IC_RELAY_OPEN && out->message->policy != NULL));
        if (s != NULL) {
            IC_ASSERT(*s == NONE);
            *s = ASKED_US;
        } else {
            ic_relay_channel_answer(end.channel, out->meeting, IC_PLACE_BUSY, 0, 0);
        }
        break;
    case IC_RELAY_CHANNEL_ANSWERED:
        IC_ASSERT(s != NULL && (*s == ASKED_THEM || *s == JOINING));
        IC_ASSERT((out->reason == IC_PLACE_GOOD && *s == ASKED_THEM) == (out->places > 0));
        *s = out->reason == IC_PLACE_GOOD ? BOTH : NONE;
        break;
    case IC_RELAY_CHANNEL_SAID:
        IC_ASSERT(
            out->message->kind == IC_RELAY_CARRIER ||
            (out->message->kind >= IC_RELAY_NAMES && out->message->kind <= IC_RELAY_TRANSPORT));
        break;
    case IC_RELAY_CHANNEL_CLOSED:
        IC_ASSERT(s != NULL && (*s == BOTH || *s == ASKED_US));
        *s = NONE;
        break;
    case IC_RELAY_CHANNEL_DEAD:
        end.is_dead = true;
        break;
    }
}

static void listen_all(void)
{
    struct ic_relay_channel_out out;
    while (ic_relay_channel_poll(end.channel, &out))
        on_out(&out);
}

static void act(uint8_t what, uint8_t number)
{
    struct ic_relay_message m = {.kind = IC_RELAY_OPEN,
                                 .generation = number >> 2,
                                 .places = 3,
                                 .hops = 2,
                                 .policy = (const uint8_t *)"p",
                                 .policy_len = 1};
    uint8_t meeting[IC_MEETING_ID_LEN] = {number % MEETINGS};
    memcpy(m.meeting, meeting, sizeof m.meeting);
    enum standing *s = standing_of(meeting);
    if (what == 0) {
        m.kind = number >= 128 ? IC_RELAY_JOIN : IC_RELAY_OPEN;
        if (ic_relay_channel_open(end.channel, end.now, &m) == IC_OK) {
            IC_ASSERT(*s == NONE);
            *s = m.kind == IC_RELAY_JOIN ? JOINING : ASKED_THEM;
        }
    } else if (what == 1 && *s == ASKED_US) {
        ic_relay_channel_answer(end.channel, meeting, IC_PLACE_GOOD, 1 + number / MEETINGS, 0);
        *s = ic_relay_channel_has(end.channel, meeting) ? BOTH : *s == ASKED_US ? NONE : *s;
    } else if (what == 2) {
        ic_relay_channel_close(end.channel, end.now, meeting);
        *s = NONE;
    } else if (what == 3) {
        end.now = ic_time_add(end.now, IC_MS(10 * number));
        ic_relay_channel_tick(end.channel, end.now);
    } else if (what == 4) {
        m.kind = number % 7 == 6 ? IC_RELAY_CARRIER
                                 : (enum ic_relay_message_kind)(IC_RELAY_NAMES + number % 7);
        m.number = 1 + number / 32;
        m.person = 1 + number % 8;
        m.act = IC_RELAY_ACT_REMOVE;
        m.news = IC_RELAY_NEWS_CONNECTED;
        memset(m.ufrag, 'a', IC_UFRAG_LEN);
        memset(m.pwd, 'a', IC_PWD_LEN);
        m.address.port = 1;
        (void)!ic_relay_channel_say(end.channel, &m);
    }
}

static void run(struct ic_rd *r)
{
    while (ic_rd_ok(r) && r->left > 0) {
        uint8_t what = ic_rd_u8(r), number = ic_rd_u8(r);
        size_t done = 0, len = number < r->left ? number : r->left;
        if (what % 8 < 5) {
            act(what % 8, number);
        } else {
            const uint8_t *bytes = ic_rd_take(r, len);
            while (bytes != NULL && done < len) {
                done += ic_relay_channel_input(end.channel, &bytes[done], len - done);
                listen_all();
            }
        }
        listen_all();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd r = ic_rd_init(data, size);
    size_t len;
    struct ic_relay_channel_config config = {
        .has_lower_id = ic_rd_u8(&r) % 2 == 0, .worker_count = 2, .seed = {1, 2}};
    memset(&end, 0, sizeof end);
    end.now = (struct ic_time){.us = 1};
    end.channel = ic_relay_channel_create(&config);
    if (end.channel == NULL)
        return 0;
    run(&r);
    for (uint8_t i = 0; i < MEETINGS; i++) {
        uint8_t meeting[IC_MEETING_ID_LEN] = {i};
        IC_ASSERT(ic_relay_channel_has(end.channel, meeting) == (end.standing[i] == BOTH));
    }
    ic_relay_channel_end(end.channel);
    listen_all();
    IC_ASSERT(end.is_dead && ic_relay_channel_meetings(end.channel) == 0 &&
              ic_relay_channel_people(end.channel) == 0);
    for (uint8_t i = 0; i < MEETINGS; i++)
        IC_ASSERT(end.standing[i] == NONE);
    (void)ic_relay_channel_bytes(end.channel, &len);
    IC_ASSERT(len == 0);
    ic_relay_channel_destroy(end.channel);
    return 0;
}
