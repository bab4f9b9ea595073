#include "shell/load_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/pool.h"
#include "crypto/ct.h"
#include "shell/clock.h"
#include "shell/load_helper.h"
#include "shell/load_inbox.h"

#define HELPER_BASE_S  60
#define HELPER_PER_S   5 /* members in a second, at least */
#define HELPER_STEP_MS 2
#define CONNECT_S      20
#define START_S        10
#define DRAIN_MS       500
#define TICK_MS        20
#define EVENTS_MAX     256
#define SPARE_MEMBERS  16
#define SETTLE_S       15   /* until who is on the way is in, or out */
#define SLOTS_MS       1500 /* until slots carry what they are going to */
#define FRAMES_AT_ONCE 4    /* of one publisher, when it is behind; then what came is looked at */

struct run {
    const struct ic_load_run_config *config;
    struct ic_load_crowd crowd;
    struct ic_load_helper helper;
    struct ic_load_inbox *inbox;
    struct ic_load_meeting meeting;
    bool is_live; /* the meeting has begun */
    bool is_sending, is_watched;
    struct ic_time now, tick_next;
    int64_t late_max_us;
    int64_t server_pid;
    char *why;
};

static bool fail(struct run *r, const char *text)
{
    snprintf(r->why, IC_LOAD_WHY_MAX, "%s", text);
    return false;
}

static void say(const struct run *r, const char *text)
{
    if (r->config->on_phase != NULL)
        r->config->on_phase(text);
}

/* ---- coming in ---- */

static bool init_run(struct run *r)
{
    const struct ic_load_run_config *config = r->config;
    size_t count = config->publishers + config->subscribers, cap = count;
    if (config->shape->is_live)
        cap += SPARE_MEMBERS + (size_t)(config->warm_up_s + config->seconds) *
                                   config->joins_per_min / 30; /* twice as many as should come */
    r->crowd.common.is_live = config->shape->is_live;
    r->inbox = ic_load_inbox_create(config->has_runs);
    if (r->inbox == NULL || ic_load_crowd_init(&r->crowd, cap) != IC_OK)
        return fail(r, "There is not enough memory for so many members.");
    for (size_t i = 0; i < count; i++) {
        bool sends = i < config->publishers;
        size_t slots = sends && !config->is_mutual ? 0 : config->slots;
        if (ic_load_crowd_add(&r->crowd, sends, slots) == IC_OK)
            continue;
        snprintf(r->why, IC_LOAD_WHY_MAX, "Socket %zu of %zu cannot be opened: %s.", i + 1, count,
                 strerror(errno));
        return false;
    }
    return true;
}

static void deinit_run(struct run *r)
{
    ic_load_meeting_deinit(&r->meeting);
    ic_load_crowd_deinit(&r->crowd);
    ic_load_helper_stop(&r->helper);
    ic_load_inbox_destroy(r->inbox);
}

static const char *kind_of(const struct ic_load_shape *shape)
{
    if (shape->sound != NULL)
        return "mix";
    return shape->kind == IC_KIND_VIDEO ? "video" : "audio";
}

static bool ask_helper(struct run *r)
{
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    char text[IC_FINGERPRINT_TEXT_LEN + 1];
    json_t *list = json_array();
    ic_dtls_credentials_fingerprint(r->crowd.shared.credentials, fingerprint);
    ic_fingerprint_encode(fingerprint, text);
    for (size_t i = 0; i < r->crowd.count; i++)
        json_array_append_new(list, ic_load_member_offer(&r->crowd.members[i]));
    json_t *request = json_pack("{s:s,s:i,s:b,s:s,s:s,s:o}", "type", "members", "version", 1,
                                "live", (int)r->config->shape->is_live, "kind",
                                kind_of(r->config->shape), "fingerprint", text, "members", list);
    return ic_load_helper_write(&r->helper, request) == IC_OK ||
           fail(r, "The helper does not listen.");
}

/* ---- one turn of the loop ---- */

static bool send_due(struct run *r)
{
    for (size_t i = 0; i < r->crowd.count && r->is_sending; i++) {
        struct ic_load_member *m = &r->crowd.members[i];
        for (int n = 0; n < FRAMES_AT_ONCE; n++) {
            struct ic_time due = ic_load_member_deadline(m);
            if (!ic_time_reached(due, r->now))
                break;
            int64_t late_us = ic_time_sub(r->now, due).us;
            r->late_max_us = late_us > r->late_max_us ? late_us : r->late_max_us;
            if (!ic_load_member_send_frame(m, r->now))
                return fail(r, "A publisher has lost its connection to the server.");
            r->now = ic_clock_now();
        }
    }
    return true;
}

static void tick_members(struct run *r)
{
    if (!ic_time_reached(r->tick_next, r->now))
        return;
    for (size_t i = 0; i < r->crowd.count; i++)
        if (ic_load_crowd_is_here(&r->crowd.members[i]))
            ic_load_member_tick(&r->crowd.members[i], r->now);
    r->tick_next = ic_time_add(r->now, IC_MS(TICK_MS));
}

static void receive(struct run *r, struct ic_load_member *m)
{
    uint8_t *bytes;
    size_t len;
    if (!ic_load_inbox_read(r->inbox, m->fd))
        return;
    r->now = ic_clock_now();
    while (ic_load_inbox_next(r->inbox, &bytes, &len))
        ic_load_member_input(m, r->now, bytes, len);
}

static bool is_over(const struct run *r)
{
    return r->config->is_over != NULL && *r->config->is_over != 0;
}

static bool turn(struct run *r, struct ic_time deadline)
{
    struct epoll_event events[EVENTS_MAX];
    if (is_over(r) && !r->is_watched)
        return fail(r, "It was ended before anything was measured.");
    r->now = ic_clock_now();
    if (!send_due(r))
        return false;
    tick_members(r);
    struct ic_time next = ic_time_min(deadline, r->tick_next);
    if (r->is_live) {
        const char *why = ic_load_meeting_turn(&r->meeting, r->now);
        if (why != NULL)
            return fail(r, why);
        next = ic_time_min(next, ic_load_meeting_deadline(&r->meeting));
    }
    for (size_t i = 0; i < r->crowd.count && r->is_sending; i++)
        next = ic_time_min(next, ic_load_member_deadline(&r->crowd.members[i]));
    int64_t left_us = ic_time_sub(next, ic_clock_now()).us;
    left_us = left_us < 0 ? 0 : left_us;
    struct timespec wait = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
    int count = epoll_pwait2(r->crowd.epoll_fd, events, EVENTS_MAX, &wait, NULL);
    for (int i = 0; i < count; i++)
        receive(r, events[i].data.ptr);
    return true;
}

/* Meanwhile those who are in connect: a server may let nobody watch who is not. */
static bool read_line(struct run *r, struct ic_time deadline, struct ic_load_line *line)
{
    const char *text;
    size_t len;
    enum ic_err err;
    while ((err = ic_load_helper_read(&r->helper, ic_clock_now(), &text, &len)) == IC_ERR_STATE &&
           !ic_time_reached(deadline, ic_clock_now()))
        if (!turn(r, ic_time_add(ic_clock_now(), IC_MS(HELPER_STEP_MS))))
            return false;
    if (err == IC_ERR_GONE || err == IC_ERR_STATE)
        return fail(r, "The helper has not brought all members in: it ended, or took too long.");
    if (err != IC_OK || ic_load_line_read(text, len, line) != IC_OK)
        return fail(r, "The helper said something that is no line of this protocol.");
    if (line->type == IC_LOAD_LINE_ERROR) {
        snprintf(r->why, IC_LOAD_WHY_MAX, "The helper says: %s", line->text);
        return false;
    }
    return true;
}

static bool place_member(struct run *r, size_t i, struct ic_load_line *line)
{
    if (line->type != IC_LOAD_LINE_MEMBER)
        return fail(r, "The helper says that all are in, and has not told of all.");
    enum ic_err err = ic_load_member_place(&r->crowd.members[i], ic_clock_now(), &line->member);
    ic_ct_wipe(line, sizeof *line);
    if (err == IC_OK)
        return true;
    snprintf(r->why, IC_LOAD_WHY_MAX, "Member %zu cannot connect as the helper says: %s.", i + 1,
             err == IC_ERR_INPUT ? "it has not what was asked for" : strerror(errno));
    return false;
}

static bool come_in(struct run *r)
{
    struct ic_load_line line;
    struct ic_dur patience = IC_SEC(HELPER_BASE_S + r->crowd.count / HELPER_PER_S);
    struct ic_time deadline = ic_time_add(ic_clock_now(), patience);
    if (ic_load_helper_start(&r->helper, r->config->helper) != IC_OK) {
        snprintf(r->why, IC_LOAD_WHY_MAX, "%.200s cannot be started: %s.", r->config->helper[0],
                 strerror(errno));
        return false;
    }
    if (!ask_helper(r))
        return false;
    for (size_t i = 0; i < r->crowd.count; i++)
        if (!read_line(r, deadline, &line) || !place_member(r, i, &line))
            return false;
    if (!read_line(r, deadline, &line))
        return false;
    if (line.type != IC_LOAD_LINE_READY)
        return fail(r, "The helper tells of more members than were asked for.");
    r->server_pid = line.server_pid;
    return true;
}

static bool turn_for(struct run *r, struct ic_dur time)
{
    struct ic_time deadline = ic_time_add(ic_clock_now(), time);
    while (!ic_time_reached(deadline, ic_clock_now()))
        if (!turn(r, deadline))
            return false;
    return true;
}

static bool turn_until(struct run *r, int seconds, bool (*has)(const struct ic_load_member *m),
                       const char *what)
{
    struct ic_time deadline = ic_time_add(ic_clock_now(), IC_SEC(seconds));
    while (ic_load_crowd_count(&r->crowd, has) < r->crowd.count) {
        if (ic_time_reached(deadline, ic_clock_now())) {
            snprintf(r->why, IC_LOAD_WHY_MAX, "After %d s %zu of %zu members %s.", seconds,
                     ic_load_crowd_count(&r->crowd, has), r->crowd.count, what);
            return false;
        }
        if (!turn(r, ic_time_add(ic_clock_now(), IC_MS(TICK_MS))))
            return false;
    }
    return true;
}

/* ---- the phases ---- */

/* The publishers' frames are spread over the time between two of one. */
static bool begin_sending(struct run *r)
{
    struct ic_time now = ic_clock_now();
    for (size_t i = 0; i < r->config->publishers; i++) {
        int64_t offset_us = ic_load_phase_us(i, r->config->frames_per_s);
        struct ic_time began = ic_time_add(now, IC_US(offset_us));
        if (ic_load_member_begin(&r->crowd.members[i], began) != IC_OK)
            return fail(r, "The crypto library failed.");
    }
    r->is_sending = true;
    return true;
}

static uint64_t sent_of(const struct run *r)
{
    return ic_load_crowd_counts(&r->crowd).sent;
}

static bool begin_meeting(struct run *r)
{
    struct ic_load_meeting_config config = {.crowd = &r->crowd,
                                            .helper = &r->helper,
                                            .people = r->config->publishers,
                                            .joins_per_min = r->config->joins_per_min,
                                            .slots = r->config->slots};
    if (ic_load_meeting_init(&r->meeting, &config, ic_clock_now()) != IC_OK)
        return fail(r, "There is not enough memory.");
    r->is_live = true;
    return true;
}

/* Nobody comes or goes any more; who is on the way gets there. */
static bool settle(struct run *r)
{
    struct ic_time deadline = ic_time_add(ic_clock_now(), IC_SEC(SETTLE_S));
    r->meeting.is_ending = true;
    while (r->meeting.coming + r->meeting.leaving > 0 && !ic_time_reached(deadline, ic_clock_now()))
        if (!turn(r, ic_time_add(ic_clock_now(), IC_MS(TICK_MS))))
            return false;
    return turn_for(r, IC_MS(SLOTS_MS));
}

static int64_t own_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

static bool watch(struct run *r, struct ic_load_result *out)
{
    struct ic_load_tally *tally = &r->crowd.common.tally;
    struct ic_load_usage before = {0}, after = {0};
    uint64_t sent = sent_of(r), packets = tally->packets, bytes = tally->bytes;
    uint64_t padding = tally->padding;
    struct ic_load_meeting_counts meeting = r->meeting.counts;
    int64_t own = own_us();
    r->late_max_us = 0;
    struct ic_time began = ic_clock_now();
    bool has_before = r->server_pid > 0 && ic_load_usage_read(r->server_pid, &before);
    struct ic_time deadline = ic_time_add(began, IC_SEC(r->config->seconds));
    tally->is_timed = r->is_watched = true;
    while (!ic_time_reached(deadline, ic_clock_now()) && !is_over(r))
        if (!turn(r, deadline))
            return false;
    tally->is_timed = false;
    out->has_usage = has_before && ic_load_usage_read(r->server_pid, &after);
    out->window_us = ic_time_sub(ic_clock_now(), began).us;
    out->own_us = own_us() - own;
    out->server_pid = r->server_pid;
    out->server = (struct ic_load_usage){.user_us = after.user_us - before.user_us,
                                         .system_us = after.system_us - before.system_us,
                                         .run_us = after.run_us - before.run_us,
                                         .main_us = after.main_us - before.main_us,
                                         .resident_kib = after.resident_kib};
    out->window_sent = sent_of(r) - sent;
    out->window_packets = tally->packets - packets;
    out->window_bytes = tally->bytes - bytes;
    out->window_padding = tally->padding - padding;
    out->window_joins = r->meeting.counts.joins - meeting.joins;
    out->window_leaves = r->meeting.counts.leaves - meeting.leaves;
    out->window_epochs = r->meeting.counts.epochs - meeting.epochs;
    out->late_max_us = r->late_max_us;
    return true;
}

static void conclude(struct run *r, struct ic_load_result *out)
{
    out->config = *r->config;
    out->counts = ic_load_crowd_counts(&r->crowd);
    out->missing = ic_load_crowd_missing(&r->crowd);
    out->lost_members = ic_load_crowd_count(&r->crowd, ic_load_member_is_lost);
    out->tally = r->crowd.common.tally;
    out->meeting = r->meeting.counts;
    out->stuck = r->meeting.coming + r->meeting.leaving;
    for (size_t i = 0; i < r->crowd.count; i++)
        if (ic_load_crowd_is_here(&r->crowd.members[i]))
            ic_load_member_close(&r->crowd.members[i]);
}

static bool go(struct run *r, struct ic_load_result *out)
{
    if (!init_run(r))
        return false;
    say(r, "coming in");
    if (!come_in(r))
        return false;
    say(r, "connecting");
    if (!turn_until(r, CONNECT_S, ic_load_member_is_connected, "are connected"))
        return false;
    say(r, "starting");
    if (!begin_sending(r) ||
        !turn_until(r, START_S, ic_load_member_has_all, "receive all that they should"))
        return false;
    say(r, "warming up");
    if (r->config->shape->is_live && !begin_meeting(r))
        return false;
    if (!turn_for(r, IC_SEC(r->config->warm_up_s)))
        return false;
    say(r, "measuring");
    if (!watch(r, out))
        return false;
    if (r->is_live && !settle(r))
        return false;
    r->is_sending = false;
    if (!turn_for(r, IC_MS(DRAIN_MS)))
        return false;
    conclude(r, out);
    return true;
}

enum ic_err ic_load_run(const struct ic_load_run_config *config, struct ic_load_result *out,
                        char why[static IC_LOAD_WHY_MAX])
{
    struct run *r = ic_array_alloc(1, sizeof *r);
    memset(out, 0, sizeof *out);
    if (r == NULL) {
        snprintf(why, IC_LOAD_WHY_MAX, "There is not enough memory.");
        return IC_ERR_SYSTEM;
    }
    r->config = config;
    r->why = why;
    r->crowd.epoll_fd = -1;
    r->helper.to_fd = r->helper.from_fd = -1;
    r->crowd.shared.shape = config->shape;
    r->crowd.shared.frames_per_s = config->frames_per_s;
    r->crowd.shared.has_runs = config->has_runs;
    r->tick_next = ic_clock_now();
    bool ok = go(r, out);
    deinit_run(r);
    ic_array_free(r);
    return ok ? IC_OK : IC_ERR_SYSTEM;
}

bool ic_load_result_is_verified(const struct ic_load_result *r)
{
    return ic_load_tally_is_clean(&r->tally) && r->missing == 0 && r->lost_members == 0 &&
           r->stuck == 0 && r->counts.lost_to_send == 0 && r->window_packets > 0;
}
