#include "shell/load_meeting.h"

#include <jansson.h>
#include <stdio.h>

#include "base/pool.h"
#include "crypto/ct.h"

#define COME_S 30 /* until who comes is connected */
#define SPARE  2  /* so many more or fewer than there should be */

/* Member 0 makes the commits: it stays. */
#define FIRST_WHO_MAY_GO 1

static const char GONE[] = "The helper ended, or does not listen any more.";
static const char BAD_LINE[] =
    "The helper said something in the meeting that is no line of this protocol.";

enum ic_err ic_load_meeting_init(struct ic_load_meeting *m,
                                 const struct ic_load_meeting_config *config, struct ic_time now)
{
    *m = (struct ic_load_meeting){.config = *config};
    ic_load_life_init(&m->life, 1, config->joins_per_min, now);
    m->asked = ic_array_alloc(config->crowd->cap, sizeof *m->asked);
    return m->asked != NULL ? IC_OK : IC_ERR_FULL;
}

void ic_load_meeting_deinit(struct ic_load_meeting *m)
{
    ic_array_free(m->asked);
}

struct ic_time ic_load_meeting_deadline(const struct ic_load_meeting *m)
{
    return m->is_ending ? IC_NEVER : ic_load_life_deadline(&m->life);
}

/* ---- what people do ---- */

static bool is_sending(const struct ic_load_member *m)
{
    return m->source_count > 0;
}

/* Anybody from this number on who sends; NULL: there is nobody. */
static struct ic_load_member *choose(struct ic_load_meeting *m, size_t first)
{
    struct ic_load_crowd *crowd = m->config.crowd;
    uint32_t n = 0;
    for (size_t i = first; i < crowd->count; i++)
        n += is_sending(&crowd->members[i]);
    uint32_t chosen = n == 0 ? 0 : ic_load_life_choose(&m->life, n);
    for (size_t i = first; i < crowd->count; i++)
        if (is_sending(&crowd->members[i]) && chosen-- == 0)
            return &crowd->members[i];
    return NULL;
}

static size_t here(const struct ic_load_meeting *m)
{
    return ic_load_crowd_count(m->config.crowd, is_sending);
}

static const char *come(struct ic_load_meeting *m, struct ic_time now)
{
    struct ic_load_crowd *crowd = m->config.crowd;
    if (here(m) + m->coming >= m->config.people + SPARE || crowd->count == crowd->cap)
        return NULL;
    if (ic_load_crowd_add(crowd, true, m->config.slots) != IC_OK)
        return "A socket for somebody who comes cannot be opened.";
    size_t index = crowd->count - 1;
    json_t *line = ic_load_member_offer(&crowd->members[index]);
    json_object_set_new(line, "type", json_string("come"));
    json_object_set_new(line, "member", json_integer((json_int_t)index));
    m->asked[index] = now;
    m->coming++;
    return ic_load_helper_write(m->config.helper, line) == IC_OK ? NULL : GONE;
}

static const char *go(struct ic_load_meeting *m)
{
    struct ic_load_member *who =
        here(m) + SPARE > m->config.people ? choose(m, FIRST_WHO_MAY_GO) : NULL;
    if (who == NULL)
        return NULL;
    json_t *line = json_pack("{s:s,s:I}", "type", "go", "member", (json_int_t)who->index);
    ic_load_crowd_leave(m->config.crowd, who);
    m->leaving++;
    return ic_load_helper_write(m->config.helper, line) == IC_OK ? NULL : GONE;
}

/* Two in three are on. What is off sends nothing before the server hears of it, as in a browser. */
static const char *toggle(struct ic_load_meeting *m, struct ic_time now, size_t source)
{
    struct ic_load_member *who = choose(m, 0);
    if (who == NULL || source >= who->source_count)
        return NULL;
    struct ic_load_source *s = &who->sources[source];
    if (!s->is_off && ic_load_life_choose(&m->life, 2) == 0)
        return NULL;
    ic_load_source_switch(s, now, s->is_off);
    m->counts.switches++;
    json_t *line =
        json_pack("{s:s,s:I,s:b,s:b}", "type", "media", "member", (json_int_t)who->index, "camera",
                  (int)!who->sources[0].is_off, "microphone", (int)!who->sources[1].is_off);
    return ic_load_helper_write(m->config.helper, line) == IC_OK ? NULL : GONE;
}

static const char *act(struct ic_load_meeting *m, struct ic_time now, enum ic_load_life_act what)
{
    switch (what) {
    case IC_LOAD_LIFE_COME:
        return come(m, now);
    case IC_LOAD_LIFE_GO:
        return go(m);
    case IC_LOAD_LIFE_CAMERA:
        return toggle(m, now, 0);
    case IC_LOAD_LIFE_MICROPHONE:
        return toggle(m, now, 1);
    }
    return NULL;
}

/* ---- what the helper tells ---- */

static const char *place(struct ic_load_meeting *m, struct ic_time now, struct ic_load_line *line)
{
    struct ic_load_crowd *crowd = m->config.crowd;
    struct ic_load_member *who = line->index < crowd->count ? &crowd->members[line->index] : NULL;
    if (who == NULL || !ic_load_crowd_is_here(who) || who->is_placed)
        return "The helper tells of somebody who has not been asked to come.";
    return ic_load_member_place(who, now, &line->member) == IC_OK
               ? NULL
               : "Somebody who comes cannot connect as the helper says.";
}

/* Of somebody who left meanwhile, or is not in yet, nothing is of interest. */
static const char *take_line(struct ic_load_meeting *m, struct ic_time now,
                             struct ic_load_line *line)
{
    struct ic_load_crowd *crowd = m->config.crowd;
    struct ic_load_member *who = line->index < crowd->count ? &crowd->members[line->index] : NULL;
    if (line->type == IC_LOAD_LINE_MEMBER)
        return place(m, now, line);
    if (line->type == IC_LOAD_LINE_GONE) {
        m->counts.leaves++;
        m->leaving -= m->leaving > 0;
        return NULL;
    }
    if (line->type == IC_LOAD_LINE_ERROR) {
        snprintf(m->why, sizeof m->why, "The helper says: %s", line->text);
        return m->why;
    }
    if (line->type == IC_LOAD_LINE_READY)
        return BAD_LINE;
    if (who == NULL || !who->is_placed)
        return NULL;
    if (line->type == IC_LOAD_LINE_EPOCH) {
        m->counts.epochs += line->epoch.epoch > m->epoch;
        m->epoch = line->epoch.epoch > m->epoch ? line->epoch.epoch : m->epoch;
        ic_load_member_add_epoch(who, now, &line->epoch);
        return NULL;
    }
    enum ic_err err = IC_OK;
    if (line->type == IC_LOAD_LINE_SLOTS)
        err = ic_load_member_announce(who, &line->slots);
    else if (line->epoch.epoch >= who->place.epoch) /* else it is over already */
        err = ic_load_member_switch_epoch(who, line->epoch.epoch);
    return err == IC_OK ? NULL : BAD_LINE;
}

static const char *read_lines(struct ic_load_meeting *m, struct ic_time now)
{
    struct ic_load_line line;
    const char *text, *why = NULL;
    size_t len;
    enum ic_err err = IC_OK;
    while (why == NULL &&
           (err = ic_load_helper_read(m->config.helper, now, &text, &len)) == IC_OK) {
        why = ic_load_line_read(text, len, &line) == IC_OK ? take_line(m, now, &line) : BAD_LINE;
        ic_ct_wipe(&line, sizeof line);
    }
    return why != NULL || err == IC_ERR_STATE ? why : GONE;
}

/* ---- who has come ---- */

static const char *begin_who_came(struct ic_load_meeting *m, struct ic_time now)
{
    struct ic_load_crowd *crowd = m->config.crowd;
    for (size_t i = 0; i < crowd->count && m->coming > 0; i++) {
        struct ic_load_member *who = &crowd->members[i];
        if (!ic_load_crowd_is_here(who) || is_sending(who))
            continue;
        if (ic_load_member_is_connected(who)) {
            if (ic_load_member_begin(who, now) != IC_OK)
                return "The crypto library failed.";
            ic_load_histogram_add(&m->counts.took, ic_time_sub(now, m->asked[i]).us);
            m->counts.joins++;
            m->coming--;
        } else if (ic_time_sub(now, m->asked[i]).us > IC_SEC(COME_S).us) {
            return "Somebody who came was not connected in 30 s.";
        }
    }
    return NULL;
}

const char *ic_load_meeting_turn(struct ic_load_meeting *m, struct ic_time now)
{
    enum ic_load_life_act what;
    const char *why = read_lines(m, now);
    if (why == NULL)
        why = begin_who_came(m, now);
    while (why == NULL && !m->is_ending && ic_load_life_poll(&m->life, now, &what))
        why = act(m, now, what);
    return why;
}
