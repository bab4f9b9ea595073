#include "sim/bot_slot.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/seq.h"
#include "media/ntp.h"

#define KEY_FRAME_WAIT_MS 300
#define KEY_FRAME_ASK_MS  600
#define REORDER_MAX       3 /* this many behind a hole: lost, not late */

__attribute__((format(printf, 2, 3))) static void violate(struct ic_bot_slot *s, const char *format,
                                                          ...)
{
    if (s->violation[0] != '\0')
        return;
    va_list args;
    va_start(args, format);
    int n = snprintf(s->violation, sizeof s->violation, "mid %s: ", s->mid);
    vsnprintf(s->violation + n, sizeof s->violation - (size_t)n, format, args);
    va_end(args);
}

/* ---- who is in the slot ---- */

void ic_bot_slot_assign(struct ic_bot_slot *s, struct ic_time now, uint64_t source)
{
    memmove(&s->assigned[1], &s->assigned[0], sizeof s->assigned - sizeof s->assigned[0]);
    s->assigned[0] = (struct ic_bot_assignment){.source = source, .at = now};
    if (source == s->owner)
        violate(s, "got its own source");
}

uint64_t ic_bot_slot_source(const struct ic_bot_slot *s)
{
    return s->assigned[0].source;
}

/* Assigned now, or not long ago. */
static bool may_carry(const struct ic_bot_slot *s, struct ic_time now, uint64_t source)
{
    if (s->assigned[0].source == source)
        return true;
    for (size_t i = 1; i < IC_BOT_ASSIGNED_MAX; i++) {
        int64_t gone_us = ic_time_sub(now, s->assigned[i - 1].at).us;
        if (s->assigned[i].source == source && gone_us <= IC_MS(IC_BOT_GRACE_MS).us)
            return true;
    }
    return false;
}

/* ---- the stream in order ---- */

static uint16_t picture_id_step(const struct ic_pdesc *d, uint16_t before)
{
    return (uint16_t)(d->picture_id - before) & (uint16_t)((1U << d->picture_id_bits) - 1);
}

static void check_inside_frame(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    const struct ic_bot_packet *l = &s->last;
    if (p->ts != l->ts || p->codec != l->codec || p->pdesc.picture_id != l->pdesc.picture_id ||
        p->pdesc.tl0 != l->pdesc.tl0)
        violate(s, "frame %u: numbers change inside the frame", p->mark.frame);
}

/* The numbers of a new frame go on behind the newest of the slot, whoever and whichever codec they
 * were of. */
static void check_pictures(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    const struct ic_pdesc *d = &p->pdesc;
    if (d->picture_id_bits > 0 && s->has_picture_id && picture_id_step(d, s->picture_id) != 1)
        violate(s, "source %u, frame %u: PictureID %u after %u", (unsigned)p->mark.source,
                p->mark.frame, d->picture_id, s->picture_id);
    if (d->tl0_offset > 0 && s->has_tl0 && d->tl0 != (uint8_t)(s->tl0 + 1))
        violate(s, "source %u, frame %u: TL0PICIDX %u after %u", (unsigned)p->mark.source,
                p->mark.frame, d->tl0, s->tl0);
}

static void check_next_frame(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    const struct ic_bot_packet *l = &s->last;
    if (p->ts - l->ts != p->mark.ts - l->mark.ts)
        violate(s, "frame %u: timestamp step %u, at the source %u", p->mark.frame, p->ts - l->ts,
                p->mark.ts - l->mark.ts);
    check_pictures(s, p);
}

/* Another source or another codec. */
static void check_switch(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    if (!ic_seq32_lt(s->last.ts, p->ts))
        violate(s, "switch to %u: timestamp goes back", (unsigned)p->mark.source);
    if (s->kind == IC_KIND_VIDEO && (!p->mark.key || p->mark.index != 0))
        violate(s, "switch to %u: frame %u packet %u of %u is no start of a key frame",
                (unsigned)p->mark.source, p->mark.frame, p->mark.index, p->mark.count);
    check_pictures(s, p);
}

/* Compare with the packet before. */
static void check_continuity(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    const struct ic_mark *m = &p->mark, *last = &s->last.mark;
    bool is_same = m->source == last->source && m->codec == last->codec;
    if (is_same && m->frame == last->frame && m->index == last->index + 1) {
        check_inside_frame(s, p);
    } else if (is_same && m->frame == last->frame + 1 && m->index == 0 &&
               last->index + 1 == last->count) {
        check_next_frame(s, p);
    } else {
        check_switch(s, p);
        s->switches++;
        s->codec_changes += m->codec != last->codec;
    }
}

static void set_broken(struct ic_bot_slot *s, struct ic_time now)
{
    if (!s->broken)
        s->broken_since = now;
    s->broken = true;
}

/* Whole frames; a video frame can be shown when nothing is missing since a key frame. */
static void count_frame(struct ic_bot_slot *s, const struct ic_bot_packet *p)
{
    const struct ic_mark *m = &p->mark;
    if (s->kind == IC_KIND_VIDEO && m->key && m->index == 0)
        s->broken = false;
    if (m->index + 1 != m->count)
        return;
    s->frames++;
    if (s->broken)
        s->undecodable++;
    else if (m->source < IC_BOT_SOURCES_MAX)
        s->heard[m->source]++;
    s->decoded[m->codec] += !s->broken;
}

static void note_sync(struct ic_bot_slot *s, struct ic_time now, const struct ic_bot_packet *p)
{
    if (!s->has_sr || ic_time_sub(now, s->sr_at).us > IC_SEC(3).us)
        return;
    int64_t rate = s->kind == IC_KIND_AUDIO ? 48000 : 90000;
    int64_t since_us = (int64_t)(int32_t)(p->ts - s->sr_ts) * 1000000 / rate;
    int64_t ntp_us = ic_ntp_us((int64_t)(s->sr_ntp >> 1)) * 2; /* keeps the sign bit out of it */
    s->sync_us = ntp_us + since_us - p->mark.captured_us;
    s->sync_source = p->mark.source;
}

static void take(struct ic_bot_slot *s, struct ic_time now, const struct ic_bot_packet *p)
{
    if (p->empty)
        return;
    if (s->has_last && !s->after_hole)
        check_continuity(s, p);
    else if (s->has_last && ic_seq32_lt(p->ts, s->last.ts))
        violate(s, "frame %u: timestamp goes back behind a hole", p->mark.frame);
    if (s->after_hole && s->kind == IC_KIND_VIDEO)
        set_broken(s, now);
    s->after_hole = false;
    if (s->has_last && p->mark.source != s->last.mark.source)
        s->has_sr = false; /* it told the time of another source */
    count_frame(s, p);
    note_sync(s, now, p);
    if (p->pdesc.picture_id_bits > 0) {
        s->has_picture_id = true;
        s->picture_id = p->pdesc.picture_id;
    }
    if (p->pdesc.tl0_offset > 0) {
        s->has_tl0 = true;
        s->tl0 = p->pdesc.tl0;
    }
    s->last = *p;
    s->has_last = true;
}

static struct ic_bot_packet *place(struct ic_bot_slot *s, uint64_t ext_seq)
{
    return &s->ring[ext_seq % IC_BOT_RING];
}

static void skip_hole(struct ic_bot_slot *s)
{
    s->holes++;
    s->after_hole = true;
    s->next++;
}

static void advance(struct ic_bot_slot *s, struct ic_time now)
{
    int64_t patience_us =
        IC_MS(s->kind == IC_KIND_VIDEO ? IC_BOT_GIVE_UP_MS : IC_BOT_GIVE_UP_AUDIO_MS).us;
    while (s->started && s->next <= s->highest) {
        struct ic_bot_packet *p = place(s, s->next);
        if (p->present) {
            take(s, now, p);
            p->present = false;
            s->next++;
        } else if (ic_time_sub(now, p->missed).us > patience_us) {
            skip_hole(s);
        } else {
            return;
        }
    }
}

/* ---- input ---- */

static bool parse(struct ic_bot_slot *s, struct ic_time now, struct ic_bot_packet *p,
                  const uint8_t *payload, size_t len)
{
    if (len == 0) {
        p->empty = true;
        return true;
    }
    if (ic_mark_parse(payload, len, p->codec, &p->mark, &p->pdesc) != IC_OK) {
        violate(s, "payload of %zu bytes is not a mark", len);
        return false;
    }
    if (p->pdesc.key_frame != (p->mark.key && p->mark.index == 0))
        violate(s, "frame %u: the descriptor tells another kind of frame", p->mark.frame);
    if (p->mark.source == s->owner)
        violate(s, "hears itself");
    else if (p->mark.source < IC_BOT_SOURCES_MAX)
        s->came[p->mark.source] = now;
    if (!may_carry(s, now, p->mark.source))
        violate(s, "source %u is not in the slot", (unsigned)p->mark.source);
    return true;
}

/* Make room up to ext_seq; what lies between is missing. */
static void reach(struct ic_bot_slot *s, struct ic_time now, uint64_t ext_seq)
{
    while (s->highest < ext_seq) {
        s->highest++;
        while (s->highest - s->next >= IC_BOT_RING)
            skip_hole(s); /* nothing that came is here: advance took it */
        *place(s, s->highest) = (struct ic_bot_packet){.missed = now, .asked = now};
    }
}

void ic_bot_slot_input(struct ic_bot_slot *s, struct ic_time now, uint64_t ext_seq, uint32_t ts,
                       enum ic_codec codec, const uint8_t *payload, size_t len, bool retransmitted)
{
    struct ic_bot_packet p = {.ext_seq = ext_seq, .ts = ts, .codec = codec, .present = true};
    if (!parse(s, now, &p, payload, len))
        return;
    s->packets += !retransmitted;
    s->retransmissions += retransmitted;
    if (!s->started) {
        s->started = true;
        s->next = ext_seq;
        s->highest = ext_seq - 1;
        s->broken = s->kind == IC_KIND_VIDEO;
        s->broken_since = now;
    }
    if (ext_seq > s->highest)
        reach(s, now, ext_seq);
    if (ext_seq < s->next || place(s, ext_seq)->present) {
        s->duplicates++;
        return;
    }
    *place(s, ext_seq) = p;
    advance(s, now);
}

/* ---- asking ---- */

size_t ic_bot_slot_take_nacks(struct ic_bot_slot *s, struct ic_time now, uint16_t *seqs, size_t cap)
{
    size_t count = 0;
    advance(s, now);
    if (!s->started || s->kind != IC_KIND_VIDEO)
        return 0;
    for (uint64_t n = s->next; n <= s->highest && count < cap; n++) {
        struct ic_bot_packet *p = place(s, n);
        bool is_due = p->tries == 0 ? s->highest - n >= REORDER_MAX ||
                                          ic_time_sub(now, p->missed).us >= IC_MS(20).us
                                    : ic_time_sub(now, p->asked).us >= IC_MS(IC_BOT_NACK_MS).us;
        if (p->present || !is_due || p->tries >= IC_BOT_NACK_TRIES)
            continue;
        p->tries++;
        p->asked = now;
        seqs[count++] = (uint16_t)n;
    }
    s->nacks += count;
    return count;
}

bool ic_bot_slot_wants_key_frame(struct ic_bot_slot *s, struct ic_time now)
{
    if (!s->broken || ic_bot_slot_source(s) == 0 ||
        ic_time_sub(now, s->broken_since).us < IC_MS(KEY_FRAME_WAIT_MS).us ||
        ic_time_sub(now, s->asked_key_frame).us < IC_MS(KEY_FRAME_ASK_MS).us)
        return false;
    s->asked_key_frame = now;
    s->key_frame_requests++;
    return true;
}

void ic_bot_slot_on_report(struct ic_bot_slot *s, struct ic_time now,
                           const struct ic_rtcp_sender *sender)
{
    s->has_sr = true;
    s->sr_ntp = sender->ntp;
    s->sr_ts = sender->rtp_ts;
    s->sr_at = now;
}
